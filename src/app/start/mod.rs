//! The start screen: the way to a plate.

pub(crate) mod messages;
pub(crate) mod state;
pub(crate) mod work;
