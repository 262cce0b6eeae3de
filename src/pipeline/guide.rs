//! The page of the guide that tells what each step does: the table of definitions, as Markdown.

use std::fmt::Write as _;

use super::spec::DEFINITIONS;
use super::steps::Step;

/// The definitions of all steps.
pub fn definitions_page() -> String {
    let mut page = format!(
        "# What each step does\n\n\
         Each definition is exact, so that a result can be checked with another program, pixel for pixel. Images are named\n\
         in the log, on the command line and in the report where a definition has to say something of them. In tables of\n\
         objects, what is not known is empty.\n\n\
         Terms: *x* is a pixel of the image. Sums and means are worked out in 64-bit floats. *Rounded* is to the nearest whole\n\
         number, halves to the even one; the setting `rounding: TowardsZero` drops the decimals instead, as\n\
         NumPy turns floats into whole numbers and OpenHCS makes its images. Floats are never rounded. *Held* is\n\
         a value beyond the limits of the image's type that becomes the limit; how many there are, and in which images, is a\n\
         note.\n\n\
         A pipeline file says with which definitions it was made (`definitions: {DEFINITIONS}`). Where a definition has changed since, the\n\
         file says so when it is loaded.\n",
    );
    for step in Step::all() {
        // Writing to a string cannot fail.
        let _ = write!(page, "\n## {}\n\n| | |\n|---|---|\n", step.name());
        for (heading, text) in step.definition().rows() {
            let _ = writeln!(page, "| {heading} | {} |", text.replace('|', "\\|"));
        }
    }
    page
}
