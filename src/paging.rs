//! How images lie on the pages of memory, and when these go back to the system. The forecast and the
//! store both follow these rules, so that what is predicted is what is done. Deliberately absent: any
//! call of the system.

use serde::{Deserialize, Serialize};

/// What happens to the memory of a combination when it is cleared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AfterClear {
    /// It goes back to the system.
    #[default]
    Return,
    /// It is kept for the next combination.
    Keep,
}

/// What happens to an image between its last use and the clear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Intermediates {
    /// It is released after its last use.
    #[default]
    Free,
    /// It is held until the clear.
    Hold,
}

/// Whether memory of single images goes back to the system before the combination is cleared.
pub(crate) fn returns_early(after_clear: AfterClear, intermediates: Intermediates) -> bool {
    after_clear == AfterClear::Return && intermediates == Intermediates::Free
}

/// Images start at a multiple of this many bytes in the store: the page of most machines. Where the
/// kernel's pages are larger, images share one at their ends, and that one goes back with the last.
pub(crate) const MEMORY_PAGE_BYTES: u64 =
    if cfg!(all(target_vendor = "apple", target_arch = "aarch64")) { 16384 } else { 4096 };

/// The unit of huge pages, which only Linux is asked for.
pub(crate) const HUGE_PAGE_BYTES: u64 = 1 << 21;

/// The largest part of an image that may be wasted to put it on huge pages of its own.
const MOST_WASTED: u64 = 16;

/// Bytes rounded up to whole pages.
fn page_rounded(bytes: u64) -> u64 {
    bytes.next_multiple_of(MEMORY_PAGE_BYTES)
}

/// Whether an image of this many bytes lies on huge pages of its own. Where images are given back one
/// by one, that is those of which it wastes at most a sixteenth; where memory is released whole,
/// none needs its own.
pub(crate) fn has_huge_pages(bytes: u64, returns_early: bool) -> bool {
    let wasted = bytes.next_multiple_of(HUGE_PAGE_BYTES) - bytes;
    cfg!(target_os = "linux") && returns_early && bytes > 0 && wasted <= bytes / MOST_WASTED
}

/// Memory that is in use of the reservation of a combination when so much of it has been written to. Where
/// memory is released whole, the system provides it in huge pages, the last of which reaches beyond.
pub(crate) fn touched_bytes(written_bytes: u64, reserved_bytes: u64, returns_early: bool) -> u64 {
    let reaches_beyond = cfg!(target_os = "linux") && !returns_early && written_bytes > 0;
    let beyond = if reaches_beyond { HUGE_PAGE_BYTES } else { 0 };
    reserved_bytes.min(written_bytes + beyond)
}

/// Memory that an image of this many bytes takes in the store.
pub(crate) fn slot_bytes(bytes: u64, returns_early: bool) -> u64 {
    if has_huge_pages(bytes, returns_early) {
        bytes.next_multiple_of(HUGE_PAGE_BYTES)
    } else {
        page_rounded(bytes)
    }
}
