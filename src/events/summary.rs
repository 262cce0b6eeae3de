//! What a run came to, gathered from its events. The worker and whoever watches it use the same
//! code, so that a run whose worker was killed still has a summary of what was seen.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::event::{Event, EventKind, FailedImage, SavedTable};
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
    /// Source images of the combination at hand; 0 between two.
    #[serde(skip)]
    pub images_at_hand: usize,
}

impl RunSummary {
    /// The summary of a run that has not begun.
    pub fn of(plan: &Plan, cached_share: Option<f64>) -> Self {
        Self {
            cached_share,
            forecast_counted_bytes: plan.forecast.counted_bytes,
            forecast_rss_bytes: plan.forecast.rss_bytes,
            ..Self::default()
        }
    }

    /// Takes an event into account.
    pub fn apply(&mut self, event: &Event) {
        let see_rss = |peak: &mut Option<u64>, rss: Option<u64>| {
            *peak = (*peak).max(rss);
        };
        self.wall_secs = self.wall_secs.max(event.at_secs);
        match &event.kind {
            EventKind::Started { forecast, baseline_rss, .. } => {
                self.forecast_counted_bytes = forecast.counted_bytes;
                self.forecast_rss_bytes = forecast.rss_bytes;
                self.baseline_rss_bytes = *baseline_rss;
                see_rss(&mut self.peak_rss_bytes, *baseline_rss);
            }
            EventKind::Preloaded { images, secs, rss_after, .. } => {
                self.images += images;
                self.images_at_hand = *images;
                self.images_at_once = self.images_at_once.max(*images);
                self.preload_secs += secs;
                see_rss(&mut self.peak_rss_bytes, *rss_after);
            }
            EventKind::ReadingAhead { images, .. } => {
                self.images_at_once = self.images_at_once.max(self.images_at_hand + images);
            }
            EventKind::StepDone { secs, .. } => self.step_secs += secs,
            EventKind::Saved { images, secs, .. } => {
                self.saved += images;
                self.save_secs += secs;
            }
            EventKind::Cleared { rss_before, rss_after, rss_peak, counted_peak, scratch_bytes, .. } => {
                self.peak_scratch_bytes = self.peak_scratch_bytes.max(*scratch_bytes);
                self.peak_counted_bytes = self.peak_counted_bytes.max(*counted_peak);
                self.combinations += 1;
                self.images_at_hand = 0;
                self.rss_after_clear_bytes.push(*rss_after);
                see_rss(&mut self.peak_rss_bytes, *rss_before);
                see_rss(&mut self.peak_rss_bytes, *rss_peak);
            }
            EventKind::Sample(sample) => {
                self.peak_counted_bytes = self.peak_counted_bytes.max(sample.counted);
                see_rss(&mut self.peak_rss_bytes, sample.rss);
            }
            EventKind::TableSaved(table) => self.tables.push(table.clone()),
            EventKind::ImageFailed(failed) => self.failed.push(failed.clone()),
            EventKind::Ended { summary, .. } => *self = (**summary).clone(),
            EventKind::WellStarted { .. }
            | EventKind::Preloading { .. }
            | EventKind::StepStarted { .. }
            | EventKind::Stepping { .. }
            | EventKind::Warning { .. }
            | EventKind::WellDone { .. } => {}
        }
    }
}
