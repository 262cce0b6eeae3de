//! The open plate: what is on it, what is selected and chosen.

pub(crate) mod state;
