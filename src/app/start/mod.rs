//! The start screen: the way to a plate.

pub(crate) mod messages;
pub(crate) mod names;
pub(crate) mod patterns;
pub(crate) mod state;
pub(crate) mod work;
