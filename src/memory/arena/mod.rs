//! Memory for the images of one combination, not from the general allocator.
//!
//! An `Arena` is one reservation for a known number of bytes ([`mapped`]), hands out `Slot`s, each the only
//! access to its bytes, and can be used again when all slots are gone.

mod counter;
mod mapped;
#[cfg(test)]
mod tests;

pub(super) use counter::Counter;
pub(super) use mapped::{Arena, NoSlot, Slot};
