//! What a run came to in one well.

use serde::{Deserialize, Serialize};

use crate::events::{Event, FailedImage, OutputImage, SavedTable, TimedSample};
use crate::machine::Machine;
use crate::plan::{Forecast, WellSources};
use crate::plate::{ImageKey, Lack, WellId};

/// What a run came to in one well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WellRecord {
    /// [`super::FOLDER_VERSION`] of the program that wrote it.
    pub version: u32,
    /// The well.
    pub well: WellId,
    /// The stretch in which it was done.
    pub stretch: String,
    /// Whether it is done; else it has what was saved before the stretch ended.
    pub is_whole: bool,
    /// The computer.
    pub machine: Option<Machine>,
    /// What the stretch was expected to need, with the resting memory of its worker.
    pub forecast: Forecast,
    /// Resting memory of the worker.
    pub baseline_rss_bytes: Option<u64>,
    /// Its source images in short.
    pub sources: WellSources,
    /// Its results with their hashes, in the order in which they were saved.
    pub outputs: Vec<OutputImage>,
    /// What is not there of each step whose images are kept.
    pub lacking: Vec<StepLack>,
    /// Its parts of the tables.
    pub tables: Vec<SavedTable>,
    /// Its images and results that are missing or failed.
    pub failed: Vec<FailedImage>,
    /// The events of its combinations. Of wells that were processed together the first has them.
    pub events: Vec<Event>,
    /// Memory over the time of these.
    pub samples: Vec<TimedSample>,
}

/// What is not there of a step whose images are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepLack {
    /// Zero-based index of the step.
    pub step: usize,
    /// The images that should be there, and why they are not.
    pub absent: Vec<(ImageKey, Lack)>,
    /// How many more images of the plate are missing in the well that are not listed.
    pub further: usize,
}
