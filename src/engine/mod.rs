//! Runs: a plan in, events out.
//!
//! [`run`] does a plan in this process and blocks. [`run_in_worker`] does it in a process of its
//! own, so that the memory measured is the run's, and a run that the system kills takes nothing
//! with it; it writes the record. [`run_job`] does what a user asks for: one run or a comparison.

mod event;
mod progress;
mod summary;

pub use event::{Event, EventKind, FailedImage, Outcome, OutputImage, Sample};
pub use progress::{JobProgress, Progress, run_title};
pub use summary::RunSummary;

use std::path::PathBuf;

use crate::cancel::Cancel;
use crate::compare::Comparison;
use crate::plan::{Mode, Plan};
use crate::record::RunRecord;

/// What a user asked for.
#[derive(Clone, Debug)]
pub struct Job {
    /// The plans to run, at most one of each mode.
    pub plans: Vec<Plan>,
    /// Whether the two plans are to be compared: then a plan that is over budget is refused alone.
    pub compare: bool,
    /// Folder in which each run gets a folder of its own.
    pub results: PathBuf,
    /// The most resident memory that a run may use; `None` for no limit.
    pub budget_bytes: Option<u64>,
}

/// What a job tells while it goes.
#[derive(Clone, Debug)]
pub enum JobEvent {
    /// Files are read once so that both runs find them alike.
    Warming {
        /// Bytes read so far.
        done: u64,
        /// Bytes to read.
        of: u64,
    },
    /// A mode is not run, because its forecast is over the budget.
    Refused {
        /// The mode.
        mode: Mode,
        /// Why, and what to do.
        why: String,
    },
    /// An event of a run.
    Run {
        /// The run's mode.
        mode: Mode,
        /// The event.
        event: Event,
    },
}

/// What came of a job.
#[derive(Clone, Debug)]
pub struct JobResult {
    /// The records of the runs that were made.
    pub records: Vec<RunRecord>,
    /// The comparison, where one was asked for.
    pub comparison: Option<Comparison>,
}

/// Why a job could not be done at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// The forecast is over the budget.
    #[error("{0}")]
    OverBudget(String),
    /// The worker could not be started, or its results have no place.
    #[error("{0}")]
    Cannot(String),
}

/// Does a job, one worker after the other; blocks.
pub fn run_job(
    _job: &Job,
    _sink: &(dyn Fn(JobEvent) + Sync),
    _cancel: &Cancel,
) -> Result<JobResult, JobError> {
    Err(JobError::Cannot(String::new()))
}

/// The resting memory of a worker on this computer; `None` where the system does not tell.
/// Starts a worker and ends it; takes about 50 ms.
pub fn measure_resting() -> Option<u64> {
    None
}
