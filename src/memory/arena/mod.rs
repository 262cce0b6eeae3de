//! Memory for the images of one combination, not from the general allocator where that can be had.
//!
//! On Linux images lie in one mapping ([`mapped`]); elsewhere each has an allocation of its own
//! ([`plain`]), which those systems give back when it is freed. Both have one interface: an `Arena`
//! is reserved for a known number of bytes, hands out `Slot`s, each the only access to its bytes,
//! and can be used again when all slots are gone.

#[cfg(target_os = "linux")]
mod mapped;
#[cfg(any(not(target_os = "linux"), test))]
mod plain;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(target_os = "linux")]
pub(super) use mapped::{Arena, Slot};
#[cfg(not(target_os = "linux"))]
pub(super) use plain::{Arena, Slot};

/// Bytes held by slots: now, and at the most since the last [`Counter::take_peak`].
#[derive(Debug, Default)]
pub(super) struct Counter {
    now: AtomicU64,
    peak: AtomicU64,
}

impl Counter {
    pub(super) fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// The peak since the last call; the next peak starts from what is held now.
    pub(super) fn take_peak(&self) -> u64 {
        self.peak.swap(self.now(), Ordering::Relaxed)
    }

    fn add(&self, bytes: u64) {
        let now = self.now.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.peak.fetch_max(now, Ordering::Relaxed);
    }

    fn subtract(&self, bytes: u64) {
        self.now.fetch_sub(bytes, Ordering::Relaxed);
    }
}
