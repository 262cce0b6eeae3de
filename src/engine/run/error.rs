//! Why a run could not go on.

use std::path::PathBuf;

use crate::cancel::Cancelled;
use crate::disk::{FolderGone, InPlate};
use crate::image::EncodeError;
use crate::memory::StoreError;
use crate::pipeline::{FileFault, StepError};
use crate::plan::SpecFault;

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a result could not be saved: {0}")]
    Save(#[from] EncodeError),
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    File(FileFault),
    #[error(transparent)]
    Step(StepError),
    #[error("Stepwell has a fault: the run met something unexpected")]
    Fault,
    /// What a panic said, and where it was.
    #[error("Stepwell has a fault: {0}")]
    Panicked(String),
    #[error("the threads could not be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    #[error(transparent)]
    InPlate(#[from] InPlate),
    #[error(transparent)]
    Gone(#[from] FolderGone),
    #[error(transparent)]
    Spec(#[from] SpecFault),
}

/// Cancelled reading is a cancelled run.
impl From<FileFault> for RunError {
    fn from(fault: FileFault) -> Self {
        match fault {
            FileFault::Cancelled(cancelled) => Self::Cancelled(cancelled),
            fault => Self::File(fault),
        }
    }
}

/// A cancelled step is a cancelled run.
impl From<StepError> for RunError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            error => Self::Step(error),
        }
    }
}
