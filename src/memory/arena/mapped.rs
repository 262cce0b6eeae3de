//! One mapping for all images of a combination, images at page-aligned places in it.
//!
//! The general allocator is not used for pixels, because it keeps much of what is freed. A
//! reservation costs nothing until it is written to; pages go back to the system when an image is
//! released early, and the rest when the reservation ends. One mapping per image is no answer:
//! Linux allows 65,530 of them.
//!
//! Huge pages load twice as fast, but giving back part of one leaves the whole in use. So where
//! images are given back one by one, only large ones lie on huge pages, each on its own; where
//! memory is released whole, all do. Only Linux is asked for them.
//!
//! What systems do differently is in `system` below: Windows promises memory when a slot is taken,
//! and may refuse then; the others promise nothing and provide pages as they are written to.
//!
//! This is the one file of the store with `unsafe`. Its whole claim: a [`Slot`] is the only access
//! to its bytes, because a place in the reservation is handed out once until all slots are gone, and
//! the mapping lives as long as any slot, which holds an `Arc` of it.
#![allow(unsafe_code)]

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use system::Memory;

use super::Counter;
use crate::memory::probe::system_page_bytes;
use crate::paging::{HUGE_PAGE_BYTES, has_huge_pages, slot_bytes};

/// Why there is no slot.
#[derive(Debug)]
pub(in crate::memory) enum NoSlot {
    /// The reservation is used up.
    UsedUp,
    /// The system has no memory for it.
    Refused(io::Error),
}

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
    memory: Memory,
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
    /// Reserves address space for images of this many bytes each. With `returns_early`, the pages of a
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
        let memory = Memory::reserve(len).map_err(too_much)?;
        let huge = size(huge.max(1)).map_err(too_much)?;
        let start = (memory.start() as usize).next_multiple_of(huge) - memory.start() as usize;
        let (large, small) = (size(large).map_err(too_much)?, size(small).map_err(too_much)?);
        let (on_huge, rest) = (Part::new(start, large), Part::new(start + large, small));
        #[cfg(target_os = "linux")]
        {
            memory.set_huge_pages(0..len, !returns_early);
            if large > 0 {
                memory.set_huge_pages(start..start + large, true);
            }
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

    /// Whether images of this many bytes each fit.
    pub(in crate::memory) fn fits(&self, images: impl Iterator<Item = u64>) -> bool {
        let needed: u64 = images.map(|bytes| slot_bytes(bytes, self.mapping.returns_early)).sum();
        !self.mapping.returns_early && needed <= self.mapping.small.end as u64
    }

    /// Takes the next `bytes`.
    pub(in crate::memory) fn take(&self, bytes: u64) -> Result<Slot, NoSlot> {
        let returns_early = self.mapping.returns_early;
        let len = usize::try_from(bytes).map_err(|_| NoSlot::UsedUp)?;
        let slot_len = usize::try_from(slot_bytes(bytes, returns_early)).map_err(|_| NoSlot::UsedUp)?;
        let is_large = has_huge_pages(bytes, returns_early);
        let part = if is_large { &self.mapping.large } else { &self.mapping.small };
        let start = part.take(slot_len).ok_or(NoSlot::UsedUp)?;
        // A place that was refused stays unused until the arena is emptied.
        self.mapping.memory.promise(start..start + slot_len).map_err(NoSlot::Refused)?;
        self.counter.add(bytes);
        let (mapping, counter) = (Arc::clone(&self.mapping), Arc::clone(&self.counter));
        Ok(Slot { mapping, counter, start, len, slot_len })
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
        // as `self.mapping`, and was promised when the slot was taken. Anonymous memory is initialised.
        // No other slot covers the range, and writing needs `&mut self`.
        unsafe { std::slice::from_raw_parts(self.mapping.memory.start().add(self.start), self.len) }
    }

    pub(in crate::memory) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`; `&mut self` makes this the only access.
        unsafe { std::slice::from_raw_parts_mut(self.mapping.memory.start().add(self.start), self.len) }
    }

    /// Has Linux provide its pages at once, which takes less time than one by one at the first write to
    /// each. Other systems have no such call.
    pub(in crate::memory) fn populate(&mut self) {
        #[cfg(target_os = "linux")]
        self.mapping.memory.populate(self.start..self.start + self.len);
    }

    /// The whole kernel pages that the slot has to itself. Where the kernel's pages are larger than
    /// the places, those at both ends belong to neighbours too.
    fn own_pages(&self) -> Range<usize> {
        let page = self.mapping.page_bytes;
        let end = self.start + self.slot_len;
        // The mapping's last page is nobody else's.
        let end = if end == self.mapping.memory.len() { end } else { end - end % page };
        self.start.next_multiple_of(page)..end
    }

    /// Each of its own pages: whether it is in memory.
    #[cfg(all(test, any(target_os = "linux", windows)))]
    pub(super) fn resident_pages(&self) -> Vec<bool> {
        self.mapping.memory.resident(self.own_pages(), self.mapping.page_bytes)
    }

    /// A way to ask the same when the slot is gone and its arena still lives.
    #[cfg(all(test, any(target_os = "linux", windows)))]
    pub(super) fn resident_pages_later(&self) -> impl Fn() -> Vec<bool> + use<> {
        let (mapping, pages) = (Arc::downgrade(&self.mapping), self.own_pages());
        move || {
            mapping
                .upgrade()
                .map_or_else(Vec::new, |mapping| mapping.memory.resident(pages.clone(), mapping.page_bytes))
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let pages = self.own_pages();
        if self.mapping.gives_back.load(Ordering::Relaxed) && !pages.is_empty() {
            // SAFETY: the pages lie in the mapping and are this slot's own, and the slot is going, so
            // nothing reads what they held or writes there before the place is taken again.
            unsafe { self.mapping.memory.give_back(pages) };
        }
        self.counter.subtract(self.len as u64);
    }
}

/// Anonymous memory by `mmap`, of which pages come when they are written to.
#[cfg(unix)]
mod system {
    use std::io;
    use std::ops::Range;

    use memmap2::{MmapOptions, MmapRaw};

    #[derive(Debug)]
    pub(super) struct Memory(MmapRaw);

    impl Memory {
        pub(super) fn reserve(len: usize) -> io::Result<Self> {
            let memory = MmapOptions::new().len(len).no_reserve_swap().map_anon()?;
            Ok(Self(MmapRaw::from(memory)))
        }

        pub(super) fn start(&self) -> *mut u8 {
            self.0.as_mut_ptr()
        }

        pub(super) fn len(&self) -> usize {
            self.0.len()
        }

        /// Nothing is promised beforehand.
        pub(super) fn promise(&self, _: Range<usize>) -> io::Result<()> {
            Ok(())
        }

        /// Kernels built without huge pages refuse the advice; base pages are right as well.
        #[cfg(target_os = "linux")]
        pub(super) fn set_huge_pages(&self, range: Range<usize>, wanted: bool) {
            let advice = if wanted { memmap2::Advice::HugePage } else { memmap2::Advice::NoHugePage };
            drop(self.0.advise_range(advice, range.start, range.len()));
        }

        /// Kernels before 5.14 refuse; then pages come one by one.
        #[cfg(target_os = "linux")]
        pub(super) fn populate(&self, range: Range<usize>) {
            drop(self.0.advise_range(memmap2::Advice::PopulateWrite, range.start, range.len()));
        }

        /// Pages go back to the system at once. Failure leaves them resident, which is harmless.
        ///
        /// # Safety
        /// The pages lie in the memory, and nothing refers to what they hold.
        #[cfg(not(target_vendor = "apple"))]
        pub(super) unsafe fn give_back(&self, pages: Range<usize>) {
            use memmap2::UncheckedAdvice::DontNeed;
            // SAFETY: as the caller says.
            drop(unsafe { self.0.unchecked_advise_range(DontNeed, pages.start, pages.len()) });
        }

        /// Pages go back to the system at once. macOS only notes advice: after `MADV_DONTNEED` and
        /// `MADV_FREE` pages stay until memory is short, and `MADV_FREE_REUSABLE` takes them off the
        /// footprint, but not off resident memory, because they stay mapped (`pmap_clear_refmod_options` in
        /// Apple's xnu, `osfmk/arm/pmap`). So fresh memory is mapped over them, which lets go of them as
        /// `munmap` does. Failure leaves them resident or not there, and no place is taken again where
        /// single ones are given back.
        ///
        /// # Safety
        /// The pages lie in the memory, and nothing refers to what they hold or writes there later.
        #[cfg(target_vendor = "apple")]
        pub(super) unsafe fn give_back(&self, pages: Range<usize>) {
            // SAFETY: only the given pages are replaced, whole, in memory that `self` keeps mapped.
            unsafe {
                libc::mmap(
                    self.start().add(pages.start).cast(),
                    pages.len(),
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED,
                    -1,
                    0,
                );
            }
        }

        #[cfg(all(test, target_os = "linux"))]
        pub(super) fn resident(&self, range: Range<usize>, page_bytes: usize) -> Vec<bool> {
            let mut pages = vec![0_u8; range.len().div_ceil(page_bytes)];
            if !pages.is_empty() {
                // SAFETY: the range starts at a page of the mapping and lies in it, and there is one
                // byte for each of its pages.
                let result = unsafe {
                    libc::mincore(self.start().add(range.start).cast(), range.len(), pages.as_mut_ptr())
                };
                assert_eq!(result, 0, "{}", io::Error::last_os_error());
            }
            pages.into_iter().map(|page| page & 1 == 1).collect()
        }
    }
}

/// Address space that is reserved whole; memory in it is committed for each slot, and decommitted when
/// the slot is dropped, so that it does not count against what the system can promise others.
#[cfg(windows)]
mod system {
    use std::io;
    use std::ops::Range;
    use std::ptr::{NonNull, null};

    use windows_sys::Win32::System::Memory::{
        MEM_COMMIT, MEM_DECOMMIT, MEM_RELEASE, MEM_RESERVE, PAGE_READWRITE, VirtualAlloc, VirtualFree,
    };

    #[derive(Debug)]
    pub(super) struct Memory {
        start: NonNull<u8>,
        len: usize,
    }

    // SAFETY: it is address space of the process, which no thread owns; who may read and write where is
    // said by the slots.
    unsafe impl Send for Memory {}
    // SAFETY: likewise.
    unsafe impl Sync for Memory {}

    impl Memory {
        pub(super) fn reserve(len: usize) -> io::Result<Self> {
            // SAFETY: the system chooses where; no memory that exists is touched.
            let start = unsafe { VirtualAlloc(null(), len, MEM_RESERVE, PAGE_READWRITE) };
            let start = NonNull::new(start.cast()).ok_or_else(io::Error::last_os_error)?;
            Ok(Self { start, len })
        }

        pub(super) fn start(&self) -> *mut u8 {
            self.start.as_ptr()
        }

        pub(super) fn len(&self) -> usize {
            self.len
        }

        /// The system promises memory for the range, or says that it has none. What is promised already
        /// stays as it is.
        pub(super) fn promise(&self, range: Range<usize>) -> io::Result<()> {
            if range.is_empty() {
                return Ok(());
            }
            // SAFETY: the range lies in the reservation, as its `Part` checked.
            let start = unsafe {
                let start = self.start().add(range.start);
                VirtualAlloc(start.cast(), range.len(), MEM_COMMIT, PAGE_READWRITE)
            };
            if start.is_null() { Err(io::Error::last_os_error()) } else { Ok(()) }
        }

        /// Pages go back to the system at once. Failure leaves them promised, which is harmless.
        ///
        /// # Safety
        /// The pages lie in the memory, and nothing refers to what they hold. Before anything reads or
        /// writes there again, they are promised again.
        pub(super) unsafe fn give_back(&self, pages: Range<usize>) {
            // SAFETY: as the caller says.
            unsafe { VirtualFree(self.start().add(pages.start).cast(), pages.len(), MEM_DECOMMIT) };
        }

        #[cfg(test)]
        pub(super) fn resident(&self, range: Range<usize>, page_bytes: usize) -> Vec<bool> {
            use windows_sys::Win32::System::ProcessStatus::{
                K32QueryWorkingSetEx, PSAPI_WORKING_SET_EX_INFORMATION,
            };
            use windows_sys::Win32::System::Threading::GetCurrentProcess;

            let mut pages: Vec<PSAPI_WORKING_SET_EX_INFORMATION> = range
                .step_by(page_bytes)
                .map(|page| PSAPI_WORKING_SET_EX_INFORMATION {
                    VirtualAddress: self.start().wrapping_add(page).cast(),
                    ..Default::default()
                })
                .collect();
            let bytes = u32::try_from(size_of_val(pages.as_slice())).expect("few pages");
            // SAFETY: the list is as long as is said.
            let told = unsafe { K32QueryWorkingSetEx(GetCurrentProcess(), pages.as_mut_ptr().cast(), bytes) };
            assert_ne!(told, 0, "{}", io::Error::last_os_error());
            // SAFETY: all parts of the union are the same flags; the lowest says that the page is there.
            pages.iter().map(|page| unsafe { page.VirtualAttributes.Flags } & 1 == 1).collect()
        }
    }

    impl Drop for Memory {
        fn drop(&mut self) {
            // SAFETY: nothing refers to the memory any more, because each slot keeps it.
            unsafe { VirtualFree(self.start().cast(), 0, MEM_RELEASE) };
        }
    }
}
