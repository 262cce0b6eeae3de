//! Images that are missing or failed in the runs that are shown, by what the images panel knows them as:
//! images of the plate, or results that were withheld because something that they need is not there.
//!
//! Deliberately absent: images that are missing on the plate. The plate knows them; only what was
//! withheld because of them is here.

use std::collections::HashSet;

use crate::app::runs::run::RunState;
use crate::app::runs::state::RunsState;
use crate::events::FailedImage;
use crate::plan::Mode;
use crate::plate::{ImageKey, Plate, PlateImage};

/// An image that is missing or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedEntry {
    /// What it is or would have been.
    pub key: ImageKey,
    /// Of a result that was withheld the step that would have made it; `None` of an image of the plate.
    pub withheld: Option<Withheld>,
    /// The reason, in words.
    pub why: String,
}

/// Where a result that was withheld would have come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Withheld {
    /// Zero-based index of the step.
    pub step: usize,
    /// Name of the step with its settings.
    pub step_name: String,
    /// How the run took its images.
    pub mode: Mode,
}

/// What failed in the runs that are shown.
#[derive(Clone, Debug, Default)]
pub struct Failures {
    /// Each image and result once, with the first reason.
    pub entries: Vec<FailedEntry>,
    /// Changes whenever they do.
    pub version: u64,
    known: HashSet<(ImageKey, Option<Withheld>)>,
}

impl Failures {
    /// Takes note of what is missing or failed in a run.
    pub fn add(&mut self, run: &RunState, plate: &Plate, failed: &FailedImage) {
        let is_image = failed.path != plate.root
            && [&plate.images, &plate.projections]
                .iter()
                .any(|images| images.binary_search_by_key(&failed.key, PlateImage::key).is_ok());
        if is_image {
            self.add_entry(failed.key, None, &failed.why);
        }
        let steps = &run.record.spec.pipeline.steps;
        if let Some((step, last)) = steps.iter().enumerate().next_back() {
            let withheld = Withheld { step, step_name: last.step.to_string(), mode: run.mode() };
            let result = steps.iter().fold(failed.key, |key, step| step.step.result_of(key));
            self.add_entry(result, Some(withheld), &failed.why);
        }
    }

    fn add_entry(&mut self, key: ImageKey, withheld: Option<Withheld>, why: &str) {
        if self.known.insert((key, withheld.clone())) {
            self.entries.push(FailedEntry { key, withheld, why: why.to_owned() });
            self.version += 1;
        }
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.known.clear();
        self.version += 1;
    }
}

impl Failures {
    /// Gathers again what failed in the runs of a plate that are shown.
    pub(crate) fn gather(&mut self, runs: &RunsState, plate: Option<&Plate>) {
        let Some(plate) = plate else { return self.clear() };
        // A run of another plate has wells of the same names.
        let of_plate = || runs.shown().filter(|run| run.record.plate.root == plate.root);
        if self.entries.is_empty() && of_plate().all(|run| run.summary().failed.is_empty()) {
            return;
        }
        self.clear();
        for run in of_plate() {
            for failed in &run.summary().failed {
                self.add(run, plate, failed);
            }
        }
    }
}
