//! Runs: a plan in, events out.
//!
//! [`run`] does a plan in this process and blocks. [`run_in_worker`] does it in a process of its
//! own, so that the memory measured is the run's, and a run that the system kills takes nothing
//! with it; it writes the record. [`run_job`] does what a user asks for: one run or a comparison.

mod combination;
mod context;
mod event;
mod files;
mod host;
mod job;
mod job_progress;
mod light;
mod load;
mod progress;
mod rest;
mod results;
mod run;
mod save;
mod stepping;
mod summary;
mod tables;
mod threads;
mod trial;
mod wire;
mod worker;

pub use event::{Event, EventKind, FailedImage, Outcome, OutputImage, Sample, SavedTable};
pub use files::CacheState;
pub use host::run_in_worker;
pub use job::{Job, JobError, JobEvent, JobResult, run_job};
pub use job_progress::{JobProgress, run_title};
pub use light::{check_light, read_light};
pub use progress::Progress;
pub use run::{RunRequest, run};
pub use summary::RunSummary;
pub use trial::{Trial, measure};
pub use worker::{WORKER_ARGUMENT, worker_main};
