//! One mapping for all images of a combination, images at page-aligned places in it.
//!
//! The general allocator is not used for pixels, because it keeps much of what is freed. A
//! reservation costs nothing until it is written to; pages go back to the system when an image is
//! released early, and the rest when the reservation ends. One mapping per image is no answer:
//! Linux allows 65,530 of them.
//!
//! Huge pages load twice as fast, but giving back part of one leaves the whole in use. So where
//! images are given back one by one, only large ones lie on huge pages, each on its own; where
//! memory is released whole, all do.
//!
//! This is the one file of the store with `unsafe`. Its whole claim: a [`Slot`] is the only access
//! to its bytes, because a place in the reservation is handed out once until all slots are gone, and
//! the mapping lives as long as any slot, which holds an `Arc` of it.
#![allow(unsafe_code)]

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use memmap2::{Advice, MmapOptions, MmapRaw, UncheckedAdvice};

use super::Counter;
use crate::memory::probe::system_page_bytes;
use crate::paging::{HUGE_PAGE_BYTES, has_huge_pages, slot_bytes};

/// A part of the mapping from which places are handed out, one after the other.
#[derive(Debug)]
struct Part {
    end: usize,
    /// Where the next place starts.
    next: AtomicUsize,
}

impl Part {
    fn new(start: usize, len: usize) -> Self {
        Self { end: start + len, next: AtomicUsize::new(start) }
    }

    fn take(&self, len: usize) -> Option<usize> {
        let take = |start: usize| start.checked_add(len).filter(|end| *end <= self.end);
        self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok()
    }
}

#[derive(Debug)]
struct Mapping {
    memory: MmapRaw,
    /// Places on huge pages of their own.
    large: Part,
    /// All other places.
    small: Part,
    /// The kernel's page size: what can be given back is whole pages of this size.
    page_bytes: usize,
    /// Whether images are given back one by one.
    returns_early: bool,
    /// Whether the pages of a slot go back when it is dropped. Off where memory is kept or is about
    /// to be released whole.
    gives_back: AtomicBool,
}

/// A reservation from which slots are taken.
#[derive(Debug)]
pub(in crate::memory) struct Arena {
    mapping: Arc<Mapping>,
    counter: Arc<Counter>,
}

/// Bytes of an arena, exclusively. Dropping it releases them.
#[derive(Debug)]
pub(in crate::memory) struct Slot {
    mapping: Arc<Mapping>,
    counter: Arc<Counter>,
    start: usize,
    len: usize,
    slot_len: usize,
}

impl Arena {
    /// Reserves address space for images of so many bytes each. With `returns_early`, the pages of a
    /// dropped slot go back to the system at once; without, memory is released whole.
    pub(in crate::memory) fn reserve(
        images: impl Iterator<Item = u64>,
        returns_early: bool,
        counter: Arc<Counter>,
    ) -> Result<Self, (u64, io::Error)> {
        let (mut large, mut small) = (0, 0);
        for bytes in images {
            let part = if has_huge_pages(bytes, returns_early) { &mut large } else { &mut small };
            *part += slot_bytes(bytes, returns_early);
        }
        // The system aligns mappings to its pages; for huge pages the start is looked for inside.
        let huge = if large > 0 { HUGE_PAGE_BYTES } else { 0 };
        let bytes = (large + small + huge).max(1);
        let too_much = |error| (bytes, error);
        let size =
            |bytes: u64| usize::try_from(bytes).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory));
        let len = size(bytes).map_err(too_much)?;
        let memory = MmapOptions::new().len(len).no_reserve_swap().map_anon().map_err(too_much)?;
        let memory = MmapRaw::from(memory);
        let huge = size(huge.max(1)).map_err(too_much)?;
        let start = (memory.as_ptr() as usize).next_multiple_of(huge) - memory.as_ptr() as usize;
        let (large, small) = (size(large).map_err(too_much)?, size(small).map_err(too_much)?);
        let (on_huge, rest) = (Part::new(start, large), Part::new(start + large, small));
        // Kernels built without huge pages refuse the advice; base pages are right as well.
        drop(memory.advise(if returns_early { Advice::NoHugePage } else { Advice::HugePage }));
        if large > 0 {
            drop(memory.advise_range(Advice::HugePage, start, large));
        }
        let mapping = Mapping {
            memory,
            large: on_huge,
            small: rest,
            page_bytes: system_page_bytes(),
            returns_early,
            gives_back: AtomicBool::new(returns_early),
        };
        Ok(Self { mapping: Arc::new(mapping), counter })
    }

    /// Whether images of so many bytes each fit.
    pub(in crate::memory) fn fits(&self, images: impl Iterator<Item = u64>) -> bool {
        let needed: u64 = images.map(|bytes| slot_bytes(bytes, self.mapping.returns_early)).sum();
        !self.mapping.returns_early && needed <= self.mapping.small.end as u64
    }

    /// Takes the next `bytes`; `None` where the reservation is used up.
    pub(in crate::memory) fn take(&self, bytes: u64) -> Option<Slot> {
        let returns_early = self.mapping.returns_early;
        let len = usize::try_from(bytes).ok()?;
        let slot_len = usize::try_from(slot_bytes(bytes, returns_early)).ok()?;
        let is_large = has_huge_pages(bytes, returns_early);
        let start = if is_large { &self.mapping.large } else { &self.mapping.small }.take(slot_len)?;
        self.counter.add(bytes);
        let (mapping, counter) = (Arc::clone(&self.mapping), Arc::clone(&self.counter));
        Some(Slot { mapping, counter, start, len, slot_len })
    }

    /// Announces that all slots will now be dropped, so that none gives its pages back singly.
    pub(in crate::memory) fn release_whole(&self) {
        self.mapping.gives_back.store(false, Ordering::Relaxed);
    }

    /// The arena without images, its memory as it is; how many there are, where some are alive.
    pub(in crate::memory) fn emptied(mut self) -> Result<Self, usize> {
        match Arc::get_mut(&mut self.mapping) {
            // Only memory that is released whole is used again, and it has one part.
            Some(mapping) => mapping.small.next = AtomicUsize::new(0),
            None => return Err(Arc::strong_count(&self.mapping) - 1),
        }
        Ok(self)
    }
}

impl Slot {
    pub(in crate::memory) fn bytes(&self) -> &[u8] {
        // SAFETY: start..start + len lies in the mapping (its `Part` checked it), which lives as long
        // as `self.mapping`. Anonymous memory is initialised. No other slot covers the range, and
        // writing needs `&mut self`.
        unsafe { std::slice::from_raw_parts(self.mapping.memory.as_ptr().add(self.start), self.len) }
    }

    pub(in crate::memory) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`; `&mut self` makes this the only access.
        unsafe { std::slice::from_raw_parts_mut(self.mapping.memory.as_mut_ptr().add(self.start), self.len) }
    }

    /// Has the system provide its pages at once, which takes less time than one by one at the first
    /// write to each.
    pub(in crate::memory) fn populate(&mut self) {
        // Kernels before 5.14 refuse; then pages come one by one.
        drop(self.mapping.memory.advise_range(Advice::PopulateWrite, self.start, self.len));
    }

    /// The whole kernel pages that the slot has to itself. Where the kernel's pages are larger than
    /// the places, those at both ends belong to neighbours too.
    fn own_pages(&self) -> std::ops::Range<usize> {
        let page = self.mapping.page_bytes;
        let end = self.start + self.slot_len;
        // The mapping's last page is nobody else's.
        let end = if end == self.mapping.memory.len() { end } else { end - end % page };
        self.start.next_multiple_of(page)..end
    }

    /// Each of its own pages: whether it is in memory.
    #[cfg(test)]
    pub(super) fn resident_pages(&self) -> Vec<bool> {
        resident(&self.mapping, self.own_pages())
    }

    /// A way to ask the same when the slot is gone and its arena still lives.
    #[cfg(test)]
    pub(super) fn resident_pages_later(&self) -> impl Fn() -> Vec<bool> + use<> {
        let (mapping, pages) = (Arc::downgrade(&self.mapping), self.own_pages());
        move || mapping.upgrade().map_or_else(Vec::new, |mapping| resident(&mapping, pages.clone()))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let pages = self.own_pages();
        if self.mapping.gives_back.load(Ordering::Relaxed) && !pages.is_empty() {
            // SAFETY: the pages lie in the mapping and are this slot's own, and the slot is going, so
            // nothing reads what they held. Failure leaves them resident, which is harmless.
            drop(unsafe {
                self.mapping.memory.unchecked_advise_range(
                    UncheckedAdvice::DontNeed,
                    pages.start,
                    pages.len(),
                )
            });
        }
        self.counter.subtract(self.len as u64);
    }
}

#[cfg(test)]
fn resident(mapping: &Mapping, range: std::ops::Range<usize>) -> Vec<bool> {
    let mut pages = vec![0_u8; range.len().div_ceil(mapping.page_bytes)];
    if !pages.is_empty() {
        // SAFETY: the range starts at a page of the mapping and lies in it, and there is one byte for
        // each of its pages.
        let result = unsafe {
            let start = mapping.memory.as_ptr().add(range.start);
            libc::mincore(start.cast_mut().cast(), range.len(), pages.as_mut_ptr())
        };
        assert_eq!(result, 0, "{}", io::Error::last_os_error());
    }
    pages.into_iter().map(|page| page & 1 == 1).collect()
}
