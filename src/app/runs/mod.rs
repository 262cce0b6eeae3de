//! Runs: the job that is going, those of this session, and all that are on disk.

pub(crate) mod failures;
pub(crate) mod history;
mod history_handling;
mod history_work;
mod jobs;
pub(crate) mod run;
