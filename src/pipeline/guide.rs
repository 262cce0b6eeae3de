//! The page of the guide that tells what each step does: the table of definitions, as Markdown.

use std::fmt::Write as _;

use super::spec::DEFINITIONS;
use super::steps::Step;

/// The definitions of all steps.
pub fn definitions_page() -> String {
    let mut page = format!(
        "# What each step does\n\n\
         This page has the exact definition of each step, so that you can check a result with another program, pixel by pixel.\n\n\
         Some definitions mention a *note*. Notes name the images, and are in the log, on the command line and in the report. In tables\n\
         of objects, a value that is not known is empty.\n\n\
         * *x* is a pixel of the image.\n\
         * Sums and means are computed in 64-bit floats.\n\
         * *Rounded* means to the nearest whole number, halves to the even one. Floats are never rounded. The setting\n  \
           `rounding: TowardsZero` drops the decimals instead, as NumPy and OpenHCS do.\n\
         * *Limited* means that a value beyond the limits of the pixel type becomes the limit (*held*, in notes). A note says how many\n  \
           there are, and in which images.\n\n\
         A pipeline file says with which definitions it was made (`definitions: {DEFINITIONS}`). If a definition has changed since, Stepwell\n\
         says so when it loads the file.\n",
    );
    for step in Step::all() {
        // Writing to a string cannot fail.
        let _ = write!(page, "\n## {}\n\n| about | what the step does |\n|---|---|\n", step.name());
        for (heading, text) in step.definition().rows() {
            let _ = writeln!(page, "| {heading} | {} |", text.replace('|', "\\|"));
        }
    }
    page
}
