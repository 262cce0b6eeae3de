//! Memory for the images of one combination, not from the general allocator where that can be had.
//!
//! On Linux images lie in one mapping ([`mapped`]); elsewhere each has an allocation of its own
//! ([`plain`]), which those systems give back when it is freed. Both have one interface: an `Arena`
//! is reserved for a known number of bytes, hands out `Slot`s, each the only access to its bytes,
//! and can be used again when all slots are gone.

mod counter;
#[cfg(target_os = "linux")]
mod mapped;
#[cfg(any(not(target_os = "linux"), test))]
mod plain;
#[cfg(test)]
mod tests;

pub(super) use counter::Counter;
#[cfg(target_os = "linux")]
pub(super) use mapped::{Arena, Slot};
#[cfg(not(target_os = "linux"))]
pub(super) use plain::{Arena, Slot};
