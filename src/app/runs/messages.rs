//! Messages between the runs room, the user and the threads, but for the runs on disk, which are in
//! [`super::history`].

use crate::cancel::Cancel;
use crate::engine::{JobEvent, JobRequest, JobResult};
use crate::plan::{CombinationId, Mode};
use crate::record::{RunId, RunRecord};
use crate::study::ShownBy;

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
    /// Make the run that would show a claim of the study.
    Show(ShownBy),
    /// Stop the job.
    CancelJob,
    /// Show a run in the chart, or not.
    ShowRun {
        /// The run to show or to hide.
        id: RunId,
        /// Whether the chart shows it from now on.
        is_shown: bool,
    },
}

/// What has to be done outside for it.
#[derive(Debug)]
pub enum RunsWork {
    /// Plan and make the runs of a job.
    Run {
        /// For the answer.
        generation: u64,
        /// What the user chose to run, copied.
        request: Box<JobRequest>,
        /// Stops the job when the user asks for it.
        cancel: Cancel,
    },
}

/// What came of it.
#[derive(Debug)]
pub enum RunsEvent {
    /// A job continues with a run: something is not as it was.
    Looked {
        /// Number under which the job was started.
        generation: u64,
        /// What, and what it means, in sentences.
        told: Vec<String>,
    },
    /// The runs of a job are planned.
    Planned {
        /// Number under which the job was started.
        generation: u64,
        /// An empty record of each run with its combinations and their image counts.
        runs: Vec<(RunRecord, Vec<(CombinationId, usize)>)>,
        /// What the user should know about the choice.
        notes: Vec<String>,
    },
    /// Something happened in a job.
    Job {
        /// Number under which the job was started.
        generation: u64,
        /// What the job tells while it goes.
        event: Box<JobEvent>,
    },
    /// A job is over.
    JobDone {
        /// Number under which the job was started.
        generation: u64,
        /// What came of it, or why it could not be done.
        result: Result<Box<JobResult>, String>,
    },
}
