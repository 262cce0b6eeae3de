//! What each thread of a run holds for itself: scratch for decoding and for steps. It is taken for
//! a piece of work and put back, so that there is never more of it than there are threads.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use crate::image::DecodeScratch;
use crate::pipeline::Scratch;

/// Scratch of one thread.
#[derive(Debug, Default)]
pub(super) struct ThreadScratch {
    pub(super) decode: DecodeScratch,
    pub(super) step: Scratch,
}

/// The scratch that is not in use.
#[derive(Debug, Default)]
pub(super) struct ScratchPool(Mutex<Vec<ThreadScratch>>);

/// Scratch in use; it goes back to the pool when dropped.
pub(super) struct Borrowed<'a> {
    pool: &'a ScratchPool,
    scratch: ThreadScratch,
}

impl ScratchPool {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn borrow(&self) -> Borrowed<'_> {
        let scratch = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        Borrowed { pool: self, scratch }
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
        self.pool.0.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
    }
}
