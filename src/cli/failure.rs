//! How a command ends: its exit code, and the sentence where it did not do what it was asked to.

use std::process::ExitCode;

use crate::disk::InPlate;
use crate::engine::{JobError, WorkError};
use crate::plan::PlanError;
use crate::quantity::SizeError;

/// How a command ended, as its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    /// Done, but some images failed or results differ.
    SomeFailed = 1,
    /// The command was used wrongly.
    Usage = 2,
    /// The plate cannot be opened, or is no plate.
    CannotOpen = 3,
    /// The run does not fit the budget.
    OverBudget = 4,
    /// The run was cancelled or ended from outside.
    Stopped = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command did not do what it was asked to: a sentence and an exit code.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) why: String,
    /// What there is to choose from, a line each.
    pub(super) list: Vec<String>,
}

impl Failure {
    pub(super) fn new(exit: Exit, why: impl Into<String>) -> Self {
        Self { exit, why: why.into(), list: Vec::new() }
    }

    pub(super) fn usage(why: impl Into<String>) -> Self {
        Self::new(Exit::Usage, why)
    }
}

impl From<SizeError> for Failure {
    fn from(error: SizeError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        let exit = if matches!(error, PlanError::NoImages(_)) { Exit::CannotOpen } else { Exit::Usage };
        Self::new(exit, format!("{error}."))
    }
}

impl From<InPlate> for Failure {
    fn from(refused: InPlate) -> Self {
        Self::usage(format!("{refused}."))
    }
}

impl From<WorkError> for Failure {
    fn from(error: WorkError) -> Self {
        Self::new(exit_of(&error), format!("{error}."))
    }
}

fn exit_of(error: &WorkError) -> Exit {
    match error {
        WorkError::Cancelled(_) => Exit::Stopped,
        WorkError::Folder(_) | WorkError::Io { .. } => Exit::CannotOpen,
        _ => Exit::Usage,
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        let exit = match &error {
            JobError::OverBudget(_) => Exit::OverBudget,
            JobError::Work(error) => exit_of(error),
            _ => Exit::Usage,
        };
        Self::new(exit, error.to_string())
    }
}
