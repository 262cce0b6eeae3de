//! What each combination of a run needed, gathered from the events of its record.

use std::collections::BTreeMap;

use super::RunRecord;
use crate::events::EventKind;
use crate::plan::CombinationId;

/// One combination of a run in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct CombinationRow {
    /// Which one.
    pub id: CombinationId,
    /// Images that were preloaded.
    pub images: usize,
    /// Their pixel bytes.
    pub bytes: u64,
    /// When the run began to wait for its images, in seconds.
    pub from_secs: f64,
    /// When it was cleared, or its last event where it was not.
    pub to_secs: f64,
    /// Seconds spent waiting for its images.
    pub preload_secs: f64,
    /// Seconds spent in steps.
    pub step_secs: f64,
    /// Seconds spent saving.
    pub save_secs: f64,
    /// Resident memory before the preload.
    pub rss_before_preload: Option<u64>,
    /// Resident memory when all its images were in memory.
    pub rss_preloaded: Option<u64>,
    /// The most resident memory while it was worked on.
    pub rss_peak: Option<u64>,
    /// The most pixel bytes counted while it was worked on.
    pub counted_peak: u64,
    /// What its clear left; `None` where it was not cleared.
    pub cleared: Option<ClearedTo>,
}

/// Memory around a clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClearedTo {
    /// Resident memory before.
    pub rss_before: Option<u64>,
    /// Resident memory after.
    pub rss_after: Option<u64>,
    /// Its anonymous part.
    pub anonymous_after: Option<u64>,
    /// What the threads go on holding for decoding and steps, by their own count.
    pub scratch_bytes: u64,
}

impl CombinationRow {
    fn new(id: &CombinationId, at_secs: f64) -> Self {
        Self {
            id: id.clone(),
            images: 0,
            bytes: 0,
            from_secs: at_secs,
            to_secs: at_secs,
            preload_secs: 0.0,
            step_secs: 0.0,
            save_secs: 0.0,
            rss_before_preload: None,
            rss_preloaded: None,
            rss_peak: None,
            counted_peak: 0,
            cleared: None,
        }
    }
}

impl RunRecord {
    /// The combinations of the run in order, as far as it came.
    pub fn combinations(&self) -> Vec<CombinationRow> {
        let mut rows: BTreeMap<usize, CombinationRow> = BTreeMap::new();
        for event in &self.events {
            // What is read ahead is not in hand yet.
            let is_ahead = matches!(event.kind, EventKind::ReadingAhead { .. });
            let Some(combination) = event.kind.combination().filter(|_| !is_ahead) else { continue };
            let row = rows
                .entry(combination.index)
                .or_insert_with(|| CombinationRow::new(combination, event.at_secs));
            row.to_secs = row.to_secs.max(event.at_secs);
            match &event.kind {
                EventKind::Preloaded { images, bytes, secs, rss_before, rss_after, .. } => {
                    row.images = *images;
                    row.bytes = *bytes;
                    row.preload_secs += secs;
                    row.from_secs = (event.at_secs - secs).max(0.0);
                    row.rss_before_preload = *rss_before;
                    row.rss_preloaded = *rss_after;
                    row.rss_peak = row.rss_peak.max(*rss_after);
                    row.counted_peak = row.counted_peak.max(*bytes);
                }
                EventKind::StepDone { secs, .. } => row.step_secs += secs,
                EventKind::Saved { secs, .. } => row.save_secs += secs,
                EventKind::Cleared {
                    rss_before,
                    rss_after,
                    rss_peak,
                    counted_peak,
                    anonymous_after,
                    scratch_bytes,
                    ..
                } => {
                    row.rss_peak = row.rss_peak.max(*rss_before).max(*rss_peak);
                    row.counted_peak = row.counted_peak.max(*counted_peak);
                    row.cleared = Some(ClearedTo {
                        rss_before: *rss_before,
                        rss_after: *rss_after,
                        anonymous_after: *anonymous_after,
                        scratch_bytes: *scratch_bytes,
                    });
                }
                _ => {}
            }
        }
        let mut rows: Vec<CombinationRow> = rows.into_values().collect();
        // Samples are finer than events, and all there is where the system keeps no high-water mark.
        for row in &mut rows {
            let from = self.samples.partition_point(|sample| sample.at_secs < row.from_secs);
            let to = self.samples.partition_point(|sample| sample.at_secs <= row.to_secs);
            for sample in self.samples.get(from..to).unwrap_or_default() {
                row.rss_peak = row.rss_peak.max(sample.rss);
            }
        }
        rows
    }
}
