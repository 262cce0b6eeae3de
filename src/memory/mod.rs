//! Memory: the store that owns all pixels of a run, the probe that reads what the system says of
//! the process, and the budget.
//!
//! Counted bytes and resident memory are two numbers with two names and are never mixed. Unknown is
//! `None`, never 0.

mod arena;
mod budget;
mod probe;
mod store;

pub use budget::Budget;
pub use probe::{Probe, Resident};
pub use store::{Room, Store, StoreError, StoredImage};
