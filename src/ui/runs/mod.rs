//! Runs: those of this session, and all that are on disk.

pub(crate) mod going_on;
pub(crate) mod history;
pub(crate) mod other_programs;
pub(crate) mod session;
