//! The stretches of work in which a run was done, in short.

use serde::{Deserialize, Serialize};

use super::folder::{Stretch, StretchEnd};
use crate::events::{Outcome, RunSummary};
use crate::machine::Machine;

/// One stretch of work of a run: on one machine, by one command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StretchSummary {
    /// Its name, that of its file in the run's folder.
    pub id: String,
    /// When it began, in seconds since 1970 (UTC).
    pub started_unix_secs: u64,
    /// How far the time of its computer was from UTC then, in seconds to the east; `None` of earlier versions.
    #[serde(default)]
    pub utc_offset_secs: Option<i32>,
    /// The computer; `None` where that is not known.
    pub machine: Option<Machine>,
    /// Threads that worked on images.
    pub threads: usize,
    /// The most resident memory that it might use; `None` for no limit.
    pub budget_bytes: Option<u64>,
    /// Wells that it took on.
    pub wells: usize,
    /// Wells that are done by it.
    pub done: usize,
    /// How it ended; `None` while it goes on, and where the program that followed it was killed.
    pub outcome: Option<Outcome>,
    /// The reason, where it did not do all.
    pub why: Option<String>,
    /// Resting memory of its worker.
    pub baseline_rss_bytes: Option<u64>,
    /// The most resident memory seen.
    pub peak_rss_bytes: Option<u64>,
    /// The most pixel bytes that the store held.
    pub peak_counted_bytes: u64,
    /// What was forecast for the resident peak.
    pub forecast_rss_bytes: Option<u64>,
    /// Seconds that it took, as far as that is known.
    pub wall_secs: f64,
}

impl StretchSummary {
    pub(super) fn of(stretch: &Stretch, end: &StretchEnd, summary: &RunSummary, done: usize) -> Self {
        Self {
            id: stretch.id.clone(),
            started_unix_secs: stretch.started_unix_secs,
            utc_offset_secs: stretch.utc_offset_secs,
            machine: end.machine.clone(),
            threads: stretch.plan.threads,
            budget_bytes: stretch.budget_bytes,
            wells: stretch.taken.len(),
            done,
            outcome: stretch.end.as_ref().map(|end| end.outcome),
            why: end.why.clone(),
            baseline_rss_bytes: summary.baseline_rss_bytes,
            peak_rss_bytes: summary.peak_rss_bytes,
            peak_counted_bytes: summary.peak_counted_bytes,
            forecast_rss_bytes: summary.forecast_rss_bytes,
            wall_secs: summary.wall_secs,
        }
    }
}
