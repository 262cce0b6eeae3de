//! Why a job could not be done at all.

use std::path::PathBuf;

use crate::disk::InPlate;
use crate::pipeline::FileFault;

/// Why a job could not be done at all.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JobError {
    /// The forecast is over the budget.
    #[error("{0}")]
    OverBudget(String),
    /// This system cannot take files out of its page cache.
    #[error("this system cannot take files out of its page cache: compare with warm files")]
    Cold,
    /// The flat and dark images that were given are of no use.
    #[error(transparent)]
    File(#[from] FileFault),
    /// The results would lie in a plate.
    #[error("results cannot go there: {0}")]
    InPlate(#[from] InPlate),
    /// The results have no place.
    #[error("results cannot go to {}: {why}", folder.display())]
    Results {
        /// The folder that was chosen for the results.
        folder: PathBuf,
        /// Why, and what to do.
        why: String,
    },
}
