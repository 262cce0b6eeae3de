//! The frame of the window: its pages, what went wrong, and what is said at the bottom.

pub(crate) mod messages;
pub(crate) mod state;
pub(crate) mod trouble;
pub(crate) mod work;
