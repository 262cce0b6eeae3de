//! What is said of the images that a run has kept, once it is over.
//!
//! Said of each kept step is what was saved and what was not, from what the run told: so it is true of a run that was
//! cancelled, that failed or of which the process was killed, too. It goes through the plan well after well, and never has
//! the whole of it in memory. The HTD is written again: while a run goes on, it opens nothing by itself. Deliberately absent:
//! what each file says by itself, which is written with it.

mod load_data;
mod saved;

use std::collections::BTreeMap;
use std::io;

use load_data::LoadData;
use saved::{Saved, SavedFile};

use super::request::RunRequest;
use crate::disk::{self, Destination};
use crate::events::{Outcome, OutputImage};
use crate::plan::{ExpectedWell, Item, KeptPlate, KeptStep, Plan, for_each_well};
use crate::plate::{Companion, DescribedImage, DescribedWell, ImageKey, Lack, destination};

/// Describes the kept steps of a run that is over, given what it saved.
///
/// # Errors
/// In a sentence, what could not be written and why. The images are what they are all the same.
pub(super) fn describe(
    request: &RunRequest,
    outputs: &[OutputImage],
    outcome: Outcome,
) -> Result<(), String> {
    if outputs.iter().all(|output| output.path.is_none()) {
        return Ok(());
    }
    let run = destination(&request.folder, [&request.plan.plate.root]).map_err(|why| why.to_string())?;
    let plate = KeptPlate::of(&request.plan);
    for (step_index, step) in plate.steps(&request.plan) {
        let mut saved = Saved::of(&step, step_index, outputs);
        if saved.is_empty() {
            continue;
        }
        let folder = run.join(&step.folder);
        let wrong = |why: io::Error| {
            format!("The images in {} could not be described: {why}.", folder.path().display())
        };
        let result = KeptResult { plan: &request.plan, step_index, step: &step, folder: &folder };
        result.write(&mut saved, outcome).map_err(wrong)?;
        if let Some(htd) = step.htd_path().map(|path| run.join(path)) {
            let text = step.htd_of(&saved.values, saved.len()).text();
            disk::write(&htd, text.as_bytes()).map_err(wrong)?;
        }
    }
    Ok(())
}

/// A kept step of a run that is over.
struct KeptResult<'a> {
    plan: &'a Plan,
    step_index: usize,
    step: &'a KeptStep<'a>,
    folder: &'a Destination,
}

impl KeptResult<'_> {
    /// Writes the companion, and what CellProfiler takes.
    fn write(&self, saved: &mut Saved<'_>, outcome: Outcome) -> io::Result<()> {
        let name = self.step.naming.companion_name();
        let described = self.step.described(&name, &saved.values);
        let mut companion = Companion::begin(&self.folder.join(&name), &described)?;
        let mut load_data = LoadData::begin(self.folder, &described)?;
        for_each_well(self.plan, self.step_index, |well, expected| {
            let (images, absent) = parted(&expected, saved, outcome);
            saved.values.formats.extend(images.iter().map(|image| image.format));
            let further = expected.further;
            load_data.well(well, &images)?;
            companion.well(&DescribedWell { well, images: &images, absent: &absent, further })
        })?;
        load_data.finish()?;
        companion.finish()
    }
}

/// The images of a well that were saved, and those that were not.
fn parted<'a>(
    expected: &ExpectedWell,
    saved: &Saved<'a>,
    outcome: Outcome,
) -> (Vec<DescribedImage<'a>>, Vec<(ImageKey, Lack)>) {
    let mut images = Vec::new();
    let mut absent = BTreeMap::new();
    for Item { key, position, format } in &expected.items {
        match (saved.file(*key), *format) {
            (Some(SavedFile { path: file, acquired }), Some(format)) => {
                images.push(DescribedImage { key: *key, format, position: *position, file, acquired });
            }
            _ => {
                let lack = if outcome == Outcome::Completed { Lack::Failed } else { Lack::Ended };
                absent.insert(*key, lack);
            }
        }
    }
    // An image that a step does without is not missing from its results.
    let is_saved = |key: &&ImageKey| saved.file(**key).is_some();
    absent.extend(expected.missing.iter().filter(|key| !is_saved(key)).map(|key| (*key, Lack::Missing)));
    (images, absent.into_iter().collect())
}
