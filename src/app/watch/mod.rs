//! Other programs whose memory is watched from the window.

pub(crate) mod draft;
pub(crate) mod messages;
pub(crate) mod state;
mod work;
