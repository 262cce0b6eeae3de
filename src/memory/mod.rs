//! Memory: the store that owns all pixels of a run, the probe that reads what the system says of
//! the process, the budget, and what the page cache holds of files.
//!
//! Counted bytes and resident memory are two numbers with two names and are never mixed. Unknown is
//! `None`, never 0.

mod arena;
mod budget;
mod page_cache;
mod probe;
mod store;

pub use budget::Budget;
pub use page_cache::{CAN_FORGET_FILES, cached_bytes, forget_file};
#[cfg(target_os = "linux")]
pub(crate) use probe::system_page_bytes;
pub use probe::{Probe, Resident};
pub use store::{Room, Store, StoreError, StoredImage};
