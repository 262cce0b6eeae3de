//! What a run tells while it goes: the only way in which results leave the engine.
//!
//! Events carry keys and byte counts, never pixels. On the wire and in records an event is written
//! as serde derives it; [`Event::to_json`] is the flat form that scripts read.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::summary::RunSummary;
use crate::machine::Machine;
use crate::plan::{CombinationId, Forecast, PlanSummary, TableKind};
use crate::plate::{ImageKey, WellId};

/// One image that a step produced and that the run saved or would have saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputImage {
    /// Zero-based index of the step that produced it.
    pub step: usize,
    /// What it is.
    pub key: ImageKey,
    /// Hash of its size, type and pixels (XXH3, 128 bits, hexadecimal).
    pub hash: String,
    /// Where it is, relative to the run's folder; `None` where the run keeps no images.
    pub path: Option<String>,
}

/// A table that a run has written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedTable {
    /// Zero-based index of the step that found what is in it.
    pub step: usize,
    /// What its rows are.
    pub kind: TableKind,
    /// Where it is, relative to the run's folder.
    pub path: String,
    /// Its rows, without the header.
    pub rows: u64,
    /// Hash of the file (XXH3, 128 bits, hexadecimal).
    pub hash: String,
}

/// An image or output that could not be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedImage {
    /// The source image concerned, or the output that was withheld.
    pub key: ImageKey,
    /// Absolute path of the file; for a missing image, the plate folder.
    pub path: PathBuf,
    /// What is wrong.
    pub why: String,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// All combinations were done; single images may have failed.
    Completed,
    /// The user stopped it.
    Cancelled,
    /// It could not go on.
    Failed,
}

/// A memory sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Resident memory of the worker; `None` where the system does not tell.
    pub rss: Option<u64>,
    /// Pixel bytes that the image store holds.
    pub counted: u64,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EventKind {
    /// The worker is up, at rest and about to begin.
    Started {
        /// What will be done.
        plan: PlanSummary,
        /// What it is expected to need, with this worker's own resting memory.
        forecast: Forecast,
        /// The computer.
        machine: Machine,
        /// Resting memory of the worker.
        baseline_rss: Option<u64>,
        /// Its anonymous part.
        baseline_anonymous: Option<u64>,
    },
    /// A well begins.
    WellStarted {
        /// The well.
        well: WellId,
        /// How many combinations it has.
        combinations: usize,
    },
    /// The next combination begins to be read while another is still worked on; room for its images
    /// is taken.
    ReadingAhead {
        /// Which combination.
        combination: CombinationId,
        /// Images to read.
        images: usize,
    },
    /// Images of a combination are being read, and waited for; may be thinned.
    Preloading {
        /// Which combination.
        combination: CombinationId,
        /// Images read so far.
        done: usize,
        /// Images to read.
        of: usize,
    },
    /// All images of a combination are in memory.
    Preloaded {
        /// Which combination.
        combination: CombinationId,
        /// Images in memory.
        images: usize,
        /// Their pixel bytes.
        bytes: u64,
        /// How long the run waited for them: all of the reading, or, read ahead, what was left of it.
        secs: f64,
        /// Resident memory before.
        rss_before: Option<u64>,
        /// Resident memory after.
        rss_after: Option<u64>,
    },
    /// A step begins.
    StepStarted {
        /// Which combination.
        combination: CombinationId,
        /// Zero-based index of the step.
        step: usize,
        /// Name of the step.
        name: String,
        /// Groups that it will work on.
        groups: usize,
    },
    /// Part of a step is done; may be thinned.
    Stepping {
        /// Which combination.
        combination: CombinationId,
        /// Zero-based index of the step.
        step: usize,
        /// Groups done so far.
        done: usize,
        /// Groups in all.
        of: usize,
    },
    /// A step is done.
    StepDone {
        /// Which combination.
        combination: CombinationId,
        /// Zero-based index of the step.
        step: usize,
        /// Images it took.
        images_in: usize,
        /// Images it made.
        images_out: usize,
        /// How long it took.
        secs: f64,
    },
    /// The images of a step were saved (or, where none are kept, hashed).
    Saved {
        /// Which combination.
        combination: CombinationId,
        /// Zero-based index of the step whose images these are.
        step: usize,
        /// Images written.
        images: usize,
        /// Bytes written.
        bytes: u64,
        /// How long it took.
        secs: f64,
        /// Each image with its hash.
        outputs: Vec<OutputImage>,
    },
    /// The combination's images are gone from memory.
    Cleared {
        /// Which combination.
        combination: CombinationId,
        /// Images that were held.
        images: usize,
        /// Their pixel bytes.
        bytes: u64,
        /// Resident memory before.
        rss_before: Option<u64>,
        /// Resident memory after.
        rss_after: Option<u64>,
        /// Largest resident memory since the combination began, by the kernel's own high-water mark;
        /// `None` where the system keeps none.
        rss_peak: Option<u64>,
        /// The most pixel bytes held in the combination.
        counted_peak: u64,
        /// Anonymous part of the resident memory after.
        anonymous_after: Option<u64>,
        /// What the threads hold for decoding and steps.
        #[serde(default)]
        scratch_bytes: u64,
    },
    /// Memory at this moment; may be thinned.
    Sample(Sample),
    /// One image could not be had; the run goes on without it and without what needs it.
    ImageFailed(FailedImage),
    /// Something the user should know.
    Warning {
        /// What.
        why: String,
    },
    /// A well is done.
    WellDone {
        /// The well.
        well: WellId,
        /// Images of the well that failed, outputs withheld included.
        failed: usize,
    },
    /// A table is written; after the last combination.
    TableSaved(SavedTable),
    /// The run is over; always the last event, exactly once.
    Ended {
        /// How.
        outcome: Outcome,
        /// The reason, where it did not complete.
        why: Option<String>,
        /// What it came to.
        summary: Box<RunSummary>,
    },
}

impl EventKind {
    /// The combination that it is about; `None` where it is about the run, a well or an image.
    pub fn combination(&self) -> Option<&CombinationId> {
        match self {
            Self::ReadingAhead { combination, .. }
            | Self::Preloading { combination, .. }
            | Self::Preloaded { combination, .. }
            | Self::StepStarted { combination, .. }
            | Self::Stepping { combination, .. }
            | Self::StepDone { combination, .. }
            | Self::Saved { combination, .. }
            | Self::Cleared { combination, .. } => Some(combination),
            _ => None,
        }
    }
}

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Name of the run: the name of its folder.
    pub run: String,
    /// Seconds since the worker was ready.
    pub at_secs: f64,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    /// The flat JSON form: `{"event": "Preloaded", "run": …, "at_secs": …, …}`.
    pub fn to_json(&self) -> Value {
        let mut flat = serde_json::Map::new();
        let (name, fields) = match serde_json::to_value(&self.kind) {
            Ok(Value::Object(kind)) => kind.into_iter().next().unwrap_or_default(),
            Ok(Value::String(name)) => (name, Value::Null),
            _ => (String::new(), Value::Null),
        };
        flat.insert("event".to_owned(), Value::String(name));
        flat.insert("run".to_owned(), Value::String(self.run.clone()));
        flat.insert("at_secs".to_owned(), Value::from(self.at_secs));
        if let Value::Object(fields) = fields {
            flat.extend(fields);
        }
        Value::Object(flat)
    }
}
