//! Runs: a plan in, events out.
//!
//! [`run`] does a plan in this process and blocks. [`run_in_worker`] does it in a process of its
//! own, so that the memory measured is the run's, and a run that the system kills takes nothing
//! with it; it writes the record. [`run_job`] does what a user asks for: one run or a comparison.

mod folder;
mod job;
mod kept;
mod lock;
mod request;
mod run;
mod worker;

pub use folder::{GoingOn, MergedRun, Unsound, WorkError, keep_conditions, kept_conditions, merge_run};
pub use job::{
    CacheState, Job, JobError, JobEvent, JobProgress, JobRequest, JobResult, Rounds, RunInto, RunProgress,
    Trial, can_try, measure, run_job,
};
pub use request::RunRequest;
pub(crate) use run::check_files;
pub use run::{read_files, run};
pub use worker::run_in_worker;
pub(crate) use worker::{WORKER_ARGUMENT, worker_main};
