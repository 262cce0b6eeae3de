//! Runs: those of this session, and all that are on disk.

pub(crate) mod history;
pub(crate) mod session;
