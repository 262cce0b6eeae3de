//! The results of the selected runs read again, because the user wants to know whether they are what was written: how
//! far that is, and what was found.

use std::path::PathBuf;

use crate::cancel::Cancel;
use crate::compare::FilesCheck;

/// A look at the files of some runs.
#[derive(Clone, Debug)]
pub struct ResultsCheck {
    /// The folders of the runs.
    pub folders: Vec<PathBuf>,
    /// How far it is, or what it came to.
    pub stage: CheckStage,
    pub(super) generation: u64,
    pub(super) cancel: Cancel,
}

/// How far a look at files is.
#[derive(Clone, Debug)]
pub enum CheckStage {
    /// Files are read.
    Reading {
        /// This many are done.
        done: usize,
        /// Of this many.
        of: usize,
    },
    /// What was found.
    Done(FilesCheck),
    /// Why nothing is known.
    Failed(String),
}

impl ResultsCheck {
    /// What was found, where these are the runs that were looked at.
    pub(crate) fn found(&self, folders: &[PathBuf]) -> Option<&FilesCheck> {
        match &self.stage {
            CheckStage::Done(check) if self.folders == folders => Some(check),
            _ => None,
        }
    }
}
