//! What each combination of a run needed.

use crate::events::sample::TimedSample;
use crate::plan::CombinationId;

/// One combination of a run in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct CombinationRow {
    /// Which combination the numbers are of.
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
    /// The step, by its zero-based index, whose results were saved last.
    pub saved_step: Option<usize>,
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
    pub(super) fn new(id: &CombinationId, at_secs: f64) -> Self {
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
            saved_step: None,
            cleared: None,
        }
    }

    pub(super) fn preloaded(
        &mut self,
        images: usize,
        bytes: u64,
        at_secs: f64,
        secs: f64,
        rss: [Option<u64>; 2],
    ) {
        let [before, after] = rss;
        self.images = images;
        self.bytes = bytes;
        self.preload_secs += secs;
        self.from_secs = (at_secs - secs).max(0.0);
        self.rss_before_preload = before;
        self.rss_preloaded = after;
        self.rss_peak = self.rss_peak.max(after);
        self.counted_peak = self.counted_peak.max(bytes);
    }

    pub(super) fn saved(&mut self, step: usize, secs: f64) {
        self.save_secs += secs;
        self.saved_step = Some(step);
    }

    pub(super) fn cleared(&mut self, cleared: ClearedTo, rss_peak: Option<u64>, counted_peak: u64) {
        self.rss_peak = self.rss_peak.max(cleared.rss_before).max(rss_peak);
        self.counted_peak = self.counted_peak.max(counted_peak);
        self.cleared = Some(cleared);
    }

    /// Samples are finer than events, and all there is where the system keeps no high-water mark.
    pub(crate) fn add_samples(&mut self, samples: &[TimedSample]) {
        let from = samples.partition_point(|sample| sample.at_secs < self.from_secs);
        let to = samples.partition_point(|sample| sample.at_secs <= self.to_secs);
        for sample in samples.get(from..to).unwrap_or_default() {
            self.rss_peak = self.rss_peak.max(sample.rss);
        }
    }
}
