//! The peak of a run before it begins, by the rules that the engine follows.
//!
//! Two numbers: *counted*, the exact pixel bytes of what the store will hold at its fullest, and
//! *RSS*, an upper bound of the worker's resident memory. The rules, for one combination:
//!
//! 1. all readable images are preloaded, those in the same chunks of an array in one go (see [`super::readings`]);
//! 2. a step that works in place reserves its workspace, if it needs one, for each group that will be in
//!    hand at once, and releases it when it is done (*free*) or keeps it (*hold*);
//! 3. any other step reserves one result for each thread that will work (at most one for each
//!    group) before any input is released; a thread that is done with a group releases its inputs
//!    (*free*) or keeps them (*hold*), and only then reserves the result of its next group;
//! 4. results are saved from where they are; the clear releases all;
//! 5. flat and dark images that are given are read before the first combination, while there is nothing else, and stay;
//! 6. with reading ahead, room for all images of the next combination is taken when the first step
//!    begins;
//! 7. those that read and those that do steps have scratch of their own (see [`super::scratch`]).

use serde::{Deserialize, Serialize};

/// What is allowed for the worker itself where its resting memory could not be measured, so that no forecast is lower because
/// something failed: twice what a release takes on the systems that were tried.
pub(crate) const UNKNOWN_RESTING_BYTES: u64 = 100_000_000;

/// What a run is expected to need at its fullest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// The most source images in memory at once.
    pub images_at_once: usize,
    /// The most pixel bytes of source images in memory at once.
    #[serde(default)]
    pub input_bytes: u64,
    /// Counted peak: exact pixel bytes.
    pub counted_bytes: u64,
    /// The same with every image rounded up to whole memory pages.
    pub mapped_bytes: u64,
    /// Memory beside the images: of the threads for decoding, steps and encoding, for keeping account of
    /// the images, and for flat and dark images that were given.
    pub scratch_bytes: u64,
    /// Of these, what the threads keep from one image and group to the next: exact for a run in which each
    /// buffer grows as far as it may.
    #[serde(default)]
    pub buffer_bytes: u64,
    /// What the files that steps were given may take while they are read, before there are any images: no more of them
    /// is read.
    #[serde(default)]
    pub given_bytes: u64,
    /// Memory of the plan in the worker, which has a few combinations of it at a time.
    pub plan_bytes: u64,
    /// Upper bound of the worker's resident memory, where its resting memory is known.
    pub rss_bytes: Option<u64>,
}

impl Forecast {
    /// The same forecast for a worker that rests at this.
    #[must_use]
    pub fn with_resting(mut self, resting_rss_bytes: Option<u64>) -> Self {
        self.rss_bytes = resting_rss_bytes.map(|resting| resting + self.above_resting_bytes());
        self
    }

    /// What is compared with a budget: the resident peak; where resting memory is unknown, what comes on
    /// top of it, with [`UNKNOWN_RESTING_BYTES`].
    pub(crate) fn needed_bytes(&self) -> u64 {
        self.rss_bytes.unwrap_or_else(|| self.above_resting_bytes() + UNKNOWN_RESTING_BYTES)
    }

    /// Upper bound of what the run adds to the worker's resting memory.
    pub fn above_resting_bytes(&self) -> u64 {
        self.mapped_bytes + self.scratch_bytes + self.plan_bytes
    }
}
