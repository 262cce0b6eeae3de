//! What a run tells while it goes: the only way in which results leave the engine.
//!
//! Events carry keys and byte counts, never pixels. On the wire and in records an event is written
//! as serde derives it; [`Event::to_json`] is the flat form that scripts read.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::facts::{FailedImage, Outcome, OutputImage, SavedTable};
use super::sample::{Sample, TimedSample};
use super::summary::RunSummary;
use crate::machine::Machine;
use crate::plan::{CombinationId, Forecast, PlanSummary};
use crate::plate::WellId;

/// What happened. A run has hundreds of thousands of them, so that what only the beginning and the end have lies apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EventKind {
    /// The worker is up, at rest and about to begin.
    Started {
        /// What will be done.
        plan: Box<PlanSummary>,
        /// What it is expected to need, with this worker's own resting memory.
        forecast: Forecast,
        /// The computer.
        machine: Box<Machine>,
        /// Resting memory of the worker.
        baseline_rss: Option<u64>,
        /// Its anonymous part.
        baseline_anonymous: Option<u64>,
    },
    /// A well begins.
    WellStarted {
        /// The well that begins.
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
        /// Groups that the plan has of it. Those that need an image which could not be read are done with
        /// from the start.
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
        /// How many of them the plan has; 0 where that is not known. The others were withheld.
        #[serde(default)]
        of: usize,
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
    /// One image is missing or failed; the run goes on without it and without what needs it.
    ImageFailed(FailedImage),
    /// Something the user should know.
    Warning {
        /// The warning in words, to be shown as it is.
        why: String,
    },
    /// A well is done.
    WellDone {
        /// The well that is done.
        well: WellId,
        /// Images of the well that failed, outputs withheld included.
        failed: usize,
    },
    /// The part of a well of a table is written, before the well is done.
    TablePart {
        /// The well whose rows it has.
        well: WellId,
        /// The part; its path is that of a file of this well alone.
        table: SavedTable,
    },
    /// A table is put together of those of the wells; after the last combination.
    TableSaved(SavedTable),
    /// The run is over; always the last event, exactly once.
    Ended {
        /// Whether the run completed, was cancelled or failed.
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

    /// The same, to be changed.
    pub(crate) fn combination_mut(&mut self) -> Option<&mut CombinationId> {
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

    /// The well that begins or is done with it.
    pub fn well(&self) -> Option<WellId> {
        match self {
            Self::WellStarted { well, .. } | Self::WellDone { well, .. } => Some(*well),
            _ => None,
        }
    }

    /// Whether it is for all that follow a run, and not only for whoever writes it down.
    pub(crate) fn is_for_others(&self) -> bool {
        !matches!(self, Self::TablePart { .. })
    }

    /// Whether it tells no more than how far something is, so that it may be left out.
    pub(crate) fn may_be_thinned(&self) -> bool {
        matches!(self, Self::Sample(_) | Self::Preloading { .. } | Self::Stepping { .. })
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
    /// The memory that it tells, where it is a sample.
    pub fn sample(&self) -> Option<TimedSample> {
        let EventKind::Sample(Sample { rss, counted, phases }) = self.kind else { return None };
        Some(TimedSample { at_secs: self.at_secs, rss, counted, phases })
    }

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
