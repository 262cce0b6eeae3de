//! What the threads of a run hold for themselves beside the pixels in the store: one kind of scratch for
//! those that read, another for those that do steps. It is counted, and the forecast has all of it.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use crate::engine::lock::locked;
use crate::image::DecodeScratch;
use crate::pipeline::Scratch;

/// Scratch that knows how much memory it holds.
pub(super) trait Held {
    fn held_bytes(&self) -> u64;
}

impl Held for DecodeScratch {
    fn held_bytes(&self) -> u64 {
        self.bytes()
    }
}

impl Held for Scratch {
    fn held_bytes(&self) -> u64 {
        self.held().total()
    }
}

/// The scratch of all that is in hand at once, in the order in which it was started: the first piece of work
/// has the first, whichever thread does it. So where little is in hand, little scratch grows.
#[derive(Debug)]
pub(super) struct ScratchSlots<T> {
    slots: Vec<Slot<T>>,
}

#[derive(Debug, Default)]
struct Slot<T> {
    scratch: Mutex<T>,
    /// What it held when it was last given back.
    bytes: AtomicU64,
}

/// Scratch in use.
pub(super) struct Taken<'a, T: Held> {
    scratch: MutexGuard<'a, T>,
    bytes: &'a AtomicU64,
}

impl<T: Held + Default> ScratchSlots<T> {
    pub(super) fn new(threads: usize) -> Self {
        let slot = |_| Slot { scratch: Mutex::default(), bytes: AtomicU64::new(0) };
        Self { slots: (0..threads.max(1)).map(slot).collect() }
    }

    /// The scratch of the nth piece of work in hand. There are never more of these than threads.
    pub(super) fn take(&self, nth: usize) -> Taken<'_, T> {
        let Slot { scratch, bytes } = &self.slots[nth % self.slots.len()];
        Taken { scratch: locked(scratch), bytes }
    }

    /// What all of it holds, as far as it was given back.
    pub(super) fn bytes(&self) -> u64 {
        self.slots.iter().map(|slot| slot.bytes.load(Ordering::Relaxed)).sum()
    }
}

impl ScratchSlots<DecodeScratch> {
    /// Gives back what those that read held for an image, where they read nothing just now.
    pub(super) fn release(&self) {
        for Slot { scratch, bytes } in &self.slots {
            if let Ok(mut scratch) = scratch.try_lock() {
                scratch.release();
                bytes.store(scratch.held_bytes(), Ordering::Relaxed);
            }
        }
    }
}

impl<T: Held> Deref for Taken<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.scratch
    }
}

impl<T: Held> DerefMut for Taken<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.scratch
    }
}

impl<T: Held> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        self.bytes.store(self.scratch.held_bytes(), Ordering::Relaxed);
    }
}
