//! Runs: the job that is going, those of this session, and all that are on disk.

mod again;
pub(crate) mod check;
mod check_work;
mod deleting;
pub(crate) mod going_on;
pub(crate) mod history;
mod history_handling;
mod history_work;
pub(crate) mod inputs;
mod jobs;
pub(crate) mod messages;
pub(crate) mod run;
pub(crate) mod showing;
pub(crate) mod state;
mod watched;
pub(crate) mod work;
