//! What a run's record tells of each combination: memory before and after its preload and its clear.

use crate::record::RunRecord;

/// What is known of one combination. Memory is that of the whole worker, as the system told it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Numbers {
    /// In words: `A01 · FITC`.
    pub(super) combination: String,
    /// Source images in memory.
    pub(super) images: usize,
    /// Their pixel bytes.
    pub(super) bytes: u64,
    /// Resident memory before and after the preload.
    pub(super) preload: Option<[u64; 2]>,
    /// Resident memory before and after the clear.
    pub(super) clear: Option<[u64; 2]>,
    /// The most resident memory since its preload began.
    pub(super) peak: Option<u64>,
    /// What the threads go on holding after the clear, by their own count.
    pub(super) scratch_bytes: u64,
    /// The anonymous part of it after the clear.
    pub(super) anonymous_after: Option<u64>,
    /// Whether it was cleared.
    pub(super) is_cleared: bool,
}

impl Numbers {
    /// Of all combinations that were preloaded, in order.
    pub(super) fn of(record: &RunRecord) -> Vec<Self> {
        let rows = record.combinations().into_iter().filter(|row| row.images > 0);
        rows.map(|row| Self {
            images: row.images,
            bytes: row.bytes,
            preload: both(row.rss_before_preload, row.rss_preloaded),
            clear: row.cleared.and_then(|cleared| both(cleared.rss_before, cleared.rss_after)),
            peak: row.rss_peak,
            scratch_bytes: row.cleared.map_or(0, |cleared| cleared.scratch_bytes),
            anonymous_after: row.cleared.and_then(|cleared| cleared.anonymous_after),
            is_cleared: row.cleared.is_some(),
            combination: row.id.words(&record.plan.channel_names),
        })
        .collect()
    }

    /// What the system's counters and the program itself may vary by about the memory of this combination:
    /// 1 % of its images and 2 MB.
    pub(super) fn tolerance_bytes(&self) -> u64 {
        self.bytes / 100 + 2_000_000
    }

    /// What may be left after its clear: what memory varies by, and what the threads say that they go on holding
    /// for decoding and steps, which is in the forecast and is no image.
    pub(super) fn allowed_rest_bytes(&self) -> u64 {
        self.tolerance_bytes() + self.scratch_bytes
    }

    /// By how much the preload raised the memory.
    pub(super) fn added_bytes(&self) -> Option<u64> {
        self.preload.map(|[before, after]| after.saturating_sub(before))
    }
}

fn both(before: Option<u64>, after: Option<u64>) -> Option<[u64; 2]> {
    Some([before?, after?])
}
