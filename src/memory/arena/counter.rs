//! What the slots of an arena hold.

use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes held by slots: now, and at the most since the last [`Counter::take_peak`].
#[derive(Debug, Default)]
pub(in crate::memory) struct Counter {
    now: AtomicU64,
    peak: AtomicU64,
}

impl Counter {
    pub(in crate::memory) fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// The peak since the last call; the next peak starts from what is held now.
    pub(in crate::memory) fn take_peak(&self) -> u64 {
        self.peak.swap(self.now(), Ordering::Relaxed)
    }

    pub(super) fn add(&self, bytes: u64) {
        // Released, so that whoever sees it sees the phase of the run that it is of.
        let now = self.now.fetch_add(bytes, Ordering::Release) + bytes;
        self.peak.fetch_max(now, Ordering::Relaxed);
    }

    pub(super) fn subtract(&self, bytes: u64) {
        self.now.fetch_sub(bytes, Ordering::Release);
    }
}
