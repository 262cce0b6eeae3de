//! The open plate: what is on it, what is selected and chosen.

pub(crate) mod messages;
pub(crate) mod state;
pub(crate) mod work;
