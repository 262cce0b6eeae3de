//! What a run came to, in numbers, as its course gathers them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::facts::{FailedImage, SavedTable};
use crate::plan::Plan;
use crate::quantity::{bytes_text, count_text, secs_text};

/// The numbers of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// Source images that were read.
    pub images: usize,
    /// Combinations that were cleared.
    pub combinations: usize,
    /// The most source images in memory at once.
    pub images_at_once: usize,
    /// Resting memory of the worker.
    pub baseline_rss_bytes: Option<u64>,
    /// The most resident memory seen.
    pub peak_rss_bytes: Option<u64>,
    /// The most pixel bytes that the store held.
    pub peak_counted_bytes: u64,
    /// What was forecast for the counted peak.
    pub forecast_counted_bytes: u64,
    /// What was forecast for the resident peak.
    pub forecast_rss_bytes: Option<u64>,
    /// The most that the threads held for decoding and steps.
    #[serde(default)]
    pub peak_scratch_bytes: u64,
    /// Resident memory after each clear, in order.
    pub rss_after_clear_bytes: Vec<Option<u64>>,
    /// The share of the bytes of its files that was in the page cache before it, 0 to 1; `None` where
    /// that is not known.
    #[serde(default)]
    pub cached_share: Option<f64>,
    /// Seconds from the first event to the end, without those in which the run was stopped.
    pub wall_secs: f64,
    /// Seconds in which the run was stopped, as by Ctrl-Z: no other time has them.
    #[serde(default)]
    pub paused_secs: f64,
    /// Seconds spent reading images.
    pub preload_secs: f64,
    /// Seconds spent in steps.
    pub step_secs: f64,
    /// Seconds spent saving.
    pub save_secs: f64,
    /// Images saved.
    pub saved: usize,
    /// Tables that were written.
    #[serde(default)]
    pub tables: Vec<SavedTable>,
    /// What is missing or failed.
    pub failed: Vec<FailedImage>,
    /// Whether the run was stopped because memory met the budget.
    pub stopped_at_budget: bool,
    /// Path of the run's record.
    pub record: Option<PathBuf>,
    /// How memory lay to the course that was expected; `None` where that was not looked at.
    #[serde(default)]
    pub course: Option<CourseCheck>,
}

impl RunSummary {
    /// How long it took, and how long it was stopped: `3.20 s (stopped for 4 min 10 s, which is not counted)`.
    pub fn time_text(&self) -> String {
        let wall = secs_text(self.wall_secs);
        match self.paused_secs > 0.0 {
            true => format!("{wall} (stopped for {}, which is not counted)", secs_text(self.paused_secs)),
            false => wall,
        }
    }
}

/// How the memory of a run lay to the course that was expected of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CourseCheck {
    /// Moments that were compared.
    pub compared: usize,
    /// What resident memory may be above its course without fault, for what no plan can know of it.
    #[serde(default)]
    pub allowed_bytes: u64,
    /// Those of them at which memory was above what was expected.
    pub above: usize,
    /// The largest distance of counted bytes at the end of a phase.
    pub counted: Option<CourseDistance>,
    /// The same of resident memory.
    pub rss: Option<CourseDistance>,
}

/// Memory at a moment, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseDistance {
    /// What was expected.
    pub expected_bytes: u64,
    /// What it was.
    pub bytes: u64,
    /// The moment in words: `after the preload of A01 · FITC`.
    pub place: String,
}

impl CourseCheck {
    /// Whether the forecast was at fault.
    pub fn is_fault(&self) -> bool {
        self.above > 0
    }

    /// In a sentence: `Memory kept to its expected course at all 214 moments; at the farthest 3.20 MB lower, after
    /// the clear of A01 · FITC.` Resident memory that is a little above, within what is allowed of it, keeps to it.
    pub fn sentence(&self) -> String {
        let distance = self.rss.as_ref().or(self.counted.as_ref()).map(|distance| {
            let off = bytes_text(distance.expected_bytes.abs_diff(distance.bytes));
            let is_higher = distance.bytes > distance.expected_bytes;
            let side = if is_higher { "higher" } else { "lower" };
            match distance.bytes == distance.expected_bytes {
                true => "; it was exactly as expected".to_owned(),
                false => {
                    let allowed = if is_higher && !self.is_fault() {
                        let allowed = bytes_text(self.allowed_bytes);
                        format!(" (up to {allowed} may be code that ran for the first time)")
                    } else {
                        String::new()
                    };
                    format!("; at the farthest {off} {side}, {}{allowed}", distance.place)
                }
            }
        });
        let distance = distance.unwrap_or_default();
        let moments = count_text(self.compared);
        if self.is_fault() {
            let above = count_text(self.above);
            format!(
                "Memory was above its expected course at {above} of {moments} moments, which is a fault of the \
                 forecast{distance}."
            )
        } else {
            format!("Memory kept to its expected course at all {moments} moments{distance}.")
        }
    }
}

impl RunSummary {
    /// Number of images and results that are missing or failed, with those that are not listed.
    pub fn failed_count(&self) -> usize {
        FailedImage::count(&self.failed)
    }

    /// The summary of a run that has not begun.
    pub fn of(plan: &Plan, cached_share: Option<f64>) -> Self {
        Self {
            cached_share,
            forecast_counted_bytes: plan.forecast.counted_bytes,
            forecast_rss_bytes: plan.forecast.rss_bytes,
            ..Self::default()
        }
    }
}
