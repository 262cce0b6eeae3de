//! What a run came to, in numbers, as its course gathers them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::facts::{FailedImage, SavedTable};
use crate::plan::Plan;

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
    /// Seconds from the first event to the end.
    pub wall_secs: f64,
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
    /// What could not be had.
    pub failed: Vec<FailedImage>,
    /// Whether the run was stopped because memory met the budget.
    pub stopped_at_budget: bool,
    /// Path of the run's record.
    pub record: Option<PathBuf>,
}

impl RunSummary {
    /// Number of images and results that could not be had, with those that are not listed.
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
