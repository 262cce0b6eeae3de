//! What goes between the runs room, the user and the threads, but for the runs on disk, which are in
//! [`super::history`].

use crate::cancel::Cancel;
use crate::engine::{JobEvent, JobRequest, JobResult};
use crate::plan::{CombinationId, Mode};
use crate::record::{RunId, RunRecord};

/// What the user asks for to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunsCommand {
    /// Run all selected wells.
    Run(Mode),
    /// Run both ways and compare.
    Compare {
        /// All selected wells, not only the largest.
        is_all_wells: bool,
    },
    /// Stop the job.
    CancelJob,
    /// Show a run in the chart, or not.
    ShowRun {
        /// The run.
        id: RunId,
        /// Whether.
        is_shown: bool,
    },
}

/// What has to be done outside for it.
#[derive(Debug)]
pub enum RunsWork {
    /// Run.
    Run {
        /// For the answer.
        generation: u64,
        /// What.
        request: Box<JobRequest>,
        /// Stops it.
        cancel: Cancel,
    },
}

/// What came of it.
#[derive(Debug)]
pub enum RunsEvent {
    /// The runs of a job are planned.
    Planned {
        /// Of the job.
        generation: u64,
        /// An empty record of each run with its combinations and their image counts.
        runs: Vec<(RunRecord, Vec<(CombinationId, usize)>)>,
        /// What the user should know about the choice.
        notes: Vec<String>,
    },
    /// Something happened in a job.
    Job {
        /// Of the job.
        generation: u64,
        /// What.
        event: Box<JobEvent>,
    },
    /// A job is over.
    JobDone {
        /// Of the job.
        generation: u64,
        /// What came of it, or why it could not be done.
        result: Result<Box<JobResult>, String>,
    },
}
