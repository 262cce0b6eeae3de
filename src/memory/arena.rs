//! Memory for the images of one combination: one reservation, images at page-aligned places in it.
//!
//! The general allocator is not used for pixels, because it keeps much of what is freed. A
//! reservation costs nothing until it is written to; pages go back to the system when an image is
//! released early, and the rest when the reservation ends. One mapping per image is no answer:
//! Linux allows 65,530 of them.
//!
//! This is the one file with `unsafe`. Its whole claim: a [`Slot`] is the only access to its bytes,
//! because a place in the reservation is handed out once until all slots are gone, and the mapping
//! lives as long as any slot, which holds an `Arc` of it.
#![allow(unsafe_code)]

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use memmap2::{MmapOptions, MmapRaw};

use super::probe::system_page_bytes;
use crate::plan::page_rounded;

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

#[derive(Debug)]
struct Mapping {
    memory: MmapRaw,
    /// Bytes handed out so far; the next slot starts here.
    used: AtomicUsize,
    /// The kernel's page size: what can be given back is whole pages of this size.
    page_bytes: usize,
    /// Whether the pages of a slot go back when it is dropped. Off where memory is kept or is about
    /// to be released whole.
    gives_back: AtomicBool,
}

/// A reservation from which slots are taken.
#[derive(Debug)]
pub(super) struct Arena {
    mapping: Arc<Mapping>,
    counter: Arc<Counter>,
}

/// Bytes of an arena, exclusively. Dropping it releases them.
#[derive(Debug)]
pub(super) struct Slot {
    mapping: Arc<Mapping>,
    counter: Arc<Counter>,
    start: usize,
    len: usize,
}

impl Arena {
    /// Reserves address space for slots whose page-rounded sizes add up to `bytes`. With
    /// `gives_back`, the pages of a dropped slot go back to the system at once; without, memory is
    /// released whole, and the system may use huge pages, which load twice as fast.
    pub(super) fn reserve(bytes: u64, gives_back: bool, counter: Arc<Counter>) -> io::Result<Self> {
        let len = usize::try_from(bytes.max(1)).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        let memory = MmapRaw::from(MmapOptions::new().len(len).no_reserve_swap().map_anon()?);
        #[cfg(target_os = "linux")]
        {
            let advice = if gives_back { memmap2::Advice::NoHugePage } else { memmap2::Advice::HugePage };
            // Kernels built without huge pages refuse the advice; base pages are right as well.
            drop(memory.advise(advice));
        }
        let mapping = Mapping {
            memory,
            used: AtomicUsize::new(0),
            page_bytes: system_page_bytes(),
            gives_back: AtomicBool::new(gives_back),
        };
        Ok(Self { mapping: Arc::new(mapping), counter })
    }

    /// Size of the reservation.
    pub(super) fn capacity(&self) -> usize {
        self.mapping.memory.len()
    }

    /// Takes the next `bytes`; `None` where the reservation is used up.
    pub(super) fn take(&self, bytes: u64) -> Option<Slot> {
        let len = usize::try_from(bytes).ok()?;
        let step = usize::try_from(page_rounded(bytes)).ok()?;
        let take = |used: usize| {
            let end = used.checked_add(step)?;
            (used.checked_add(len)? <= self.capacity()).then_some(end)
        };
        let start = self.mapping.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok()?;
        self.counter.add(bytes);
        Some(Slot { mapping: Arc::clone(&self.mapping), counter: Arc::clone(&self.counter), start, len })
    }

    /// Announces that all slots will now be dropped, so that none gives its pages back singly.
    pub(super) fn release_whole(&self) {
        self.mapping.gives_back.store(false, Ordering::Relaxed);
    }

    /// The arena without images, its memory as it is; how many there are, where some are alive.
    pub(super) fn emptied(mut self) -> Result<Self, usize> {
        match Arc::get_mut(&mut self.mapping) {
            Some(mapping) => mapping.used = AtomicUsize::new(0),
            None => return Err(Arc::strong_count(&self.mapping) - 1),
        }
        Ok(self)
    }
}

impl Slot {
    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: start..start + len lies in the mapping (`take` checked it), which lives as long as
        // `self.mapping`. Anonymous memory is initialised. No other slot covers the range, and
        // writing needs `&mut self`.
        unsafe { std::slice::from_raw_parts(self.mapping.memory.as_ptr().add(self.start), self.len) }
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`; `&mut self` makes this the only access.
        unsafe { std::slice::from_raw_parts_mut(self.mapping.memory.as_mut_ptr().add(self.start), self.len) }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        #[cfg(unix)]
        if self.len > 0 && self.mapping.gives_back.load(Ordering::Relaxed) {
            // The whole pages that this slot has to itself. Where the kernel's pages are larger than
            // the places in the arena, those at both ends belong to neighbours too and stay.
            let page = self.mapping.page_bytes;
            let place_end =
                usize::try_from(page_rounded((self.start + self.len) as u64)).unwrap_or(usize::MAX);
            let end = place_end.min(self.mapping.memory.len());
            let start = self.start.next_multiple_of(page);
            let end = if end == self.mapping.memory.len() { end } else { end - end % page };
            if start < end {
                // SAFETY: start..end lies in the mapping and in whole kernel pages of this slot's own
                // place (the mapping's last page is nobody else's), and the slot is going, so nothing
                // reads what they held. Failure leaves them resident, which is harmless.
                drop(unsafe {
                    self.mapping.memory.unchecked_advise_range(
                        memmap2::UncheckedAdvice::DontNeed,
                        start,
                        end - start,
                    )
                });
            }
        }
        self.counter.subtract(self.len as u64);
    }
}
