//! An allocation of its own for each image, by the system's allocator, which on macOS and Windows
//! takes memory of this size from the system and gives it back when it is freed. Zeroed allocations
//! of that size cost nothing until they are written to.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Counter;
use crate::paging::slot_bytes;

#[derive(Debug)]
struct Shared {
    capacity: u64,
    used: AtomicU64,
    returns_early: bool,
    /// Memory of slots that are gone, for the next.
    kept: Mutex<Vec<Vec<u64>>>,
}

/// A reservation from which slots are taken.
#[derive(Debug)]
pub(in crate::memory) struct Arena {
    shared: Arc<Shared>,
    counter: Arc<Counter>,
}

/// Bytes of an arena, exclusively. Dropping it releases them.
#[derive(Debug)]
pub(in crate::memory) struct Slot {
    shared: Arc<Shared>,
    counter: Arc<Counter>,
    /// In units of 8 bytes, to which pixels are aligned.
    memory: Vec<u64>,
    len: usize,
}

impl Arena {
    /// Sets a limit of the images of so many bytes each. With `returns_early`, the memory of a
    /// dropped slot goes back to the system at once; without, it is kept until the arena goes.
    #[expect(clippy::unnecessary_wraps, reason = "the same interface as that of the mapped arena")]
    pub(in crate::memory) fn reserve(
        images: impl Iterator<Item = u64>,
        returns_early: bool,
        counter: Arc<Counter>,
    ) -> Result<Self, (u64, io::Error)> {
        let shared = Shared {
            capacity: images.map(|bytes| slot_bytes(bytes, returns_early)).sum(),
            used: AtomicU64::new(0),
            returns_early,
            kept: Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared), counter })
    }

    /// Whether images of so many bytes each fit.
    pub(in crate::memory) fn fits(&self, images: impl Iterator<Item = u64>) -> bool {
        let needed: u64 = images.map(|bytes| slot_bytes(bytes, self.shared.returns_early)).sum();
        !self.shared.returns_early && needed <= self.shared.capacity
    }

    /// Takes the next `bytes`; `None` where the reservation is used up.
    pub(in crate::memory) fn take(&self, bytes: u64) -> Option<Slot> {
        let shared = &self.shared;
        let place = slot_bytes(bytes, shared.returns_early);
        let take = |used: u64| used.checked_add(place).filter(|end| *end <= shared.capacity);
        shared.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok()?;
        let len = usize::try_from(bytes).ok()?;
        let units = len.div_ceil(size_of::<u64>());
        let mut kept = shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let again = kept.iter().position(|memory| memory.len() == units).map(|place| kept.swap_remove(place));
        drop(kept);
        let memory = again.unwrap_or_else(|| vec![0; units]);
        self.counter.add(bytes);
        Some(Slot { shared: Arc::clone(shared), counter: Arc::clone(&self.counter), memory, len })
    }

    /// Announces that all slots will now be dropped. Each is freed by itself all the same.
    pub(in crate::memory) fn release_whole(&self) {}

    /// The arena without images, its memory as it is; how many there are, where some are alive.
    pub(in crate::memory) fn emptied(mut self) -> Result<Self, usize> {
        match Arc::get_mut(&mut self.shared) {
            Some(shared) => shared.used = AtomicU64::new(0),
            None => return Err(Arc::strong_count(&self.shared) - 1),
        }
        Ok(self)
    }
}

impl Slot {
    pub(in crate::memory) fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.memory)[..self.len]
    }

    pub(in crate::memory) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut bytemuck::cast_slice_mut(&mut self.memory)[..self.len]
    }

    /// Nothing that these systems could be asked for.
    pub(in crate::memory) fn populate(&mut self) {}
}

impl Drop for Slot {
    fn drop(&mut self) {
        if !self.shared.returns_early {
            let memory = std::mem::take(&mut self.memory);
            self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        }
        self.counter.subtract(self.len as u64);
    }
}
