//! What each thread of a run holds for itself: scratch for decoding and for steps. It is taken for
//! a piece of work and put back, so that there is never more of it than there are threads. It is
//! counted, beside the pixels in the store.

use std::ops::{Deref, DerefMut};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::lock::locked;
use crate::image::DecodeScratch;
use crate::pipeline::Scratch;

/// Scratch of one thread.
#[derive(Debug, Default)]
pub(super) struct ThreadScratch {
    pub(super) decode: DecodeScratch,
    pub(super) step: Scratch,
}

impl ThreadScratch {
    fn bytes(&self) -> u64 {
        self.decode.bytes() + self.step.bytes()
    }
}

/// The scratch of all threads.
#[derive(Debug, Default)]
pub(super) struct ScratchPool {
    idle: Mutex<Vec<ThreadScratch>>,
    bytes: AtomicU64,
}

/// Scratch in use; it goes back to the pool when dropped.
pub(super) struct Borrowed<'a> {
    pool: &'a ScratchPool,
    scratch: ThreadScratch,
    bytes_before: u64,
}

impl ScratchPool {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn borrow(&self) -> Borrowed<'_> {
        let scratch = locked(&self.idle).pop().unwrap_or_default();
        let bytes_before = scratch.bytes();
        Borrowed { pool: self, scratch, bytes_before }
    }

    /// What all of it takes, as far as it was put back.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Deref for Borrowed<'_> {
    type Target = ThreadScratch;

    fn deref(&self) -> &ThreadScratch {
        &self.scratch
    }
}

impl DerefMut for Borrowed<'_> {
    fn deref_mut(&mut self) -> &mut ThreadScratch {
        &mut self.scratch
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        let scratch = std::mem::take(&mut self.scratch);
        // It never shrinks, so the sum only grows.
        self.pool.bytes.fetch_add(scratch.bytes().saturating_sub(self.bytes_before), Ordering::Relaxed);
        locked(&self.pool.idle).push(scratch);
    }
}
