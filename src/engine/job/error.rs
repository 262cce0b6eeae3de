//! Why a job could not be done at all.

use std::path::PathBuf;
use std::sync::Arc;

use crate::disk::InPlate;
use crate::engine::folder::WorkError;
use crate::pipeline::FileFault;
use crate::record::RecordError;

/// Why a job could not be done at all.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JobError {
    /// The forecast is over the budget.
    #[error("{0}")]
    OverBudget(String),
    /// This system cannot take files out of its page cache.
    #[error("this system cannot remove files from its page cache: compare with warm files")]
    Cold,
    /// The flat and dark images that were given are of no use.
    #[error(transparent)]
    File(#[from] FileFault),
    /// The results would lie in a plate.
    #[error("results cannot go there: {0}")]
    InPlate(#[from] InPlate),
    /// There can be no work in the folder of the run.
    #[error("{0}")]
    Work(Arc<WorkError>),
    /// A record cannot be read that was just written.
    #[error("the runs cannot be compared: {0}")]
    Record(Arc<RecordError>),
    /// The results have no place.
    #[error("results cannot go to {}: {why}", folder.display())]
    Results {
        /// The folder that was chosen for the results.
        folder: PathBuf,
        /// Why, and what to do.
        why: String,
    },
}

impl From<RecordError> for JobError {
    fn from(error: RecordError) -> Self {
        Self::Record(Arc::new(error))
    }
}

impl From<WorkError> for JobError {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::InPlate(refused) => Self::InPlate(refused),
            error => Self::Work(Arc::new(error)),
        }
    }
}
