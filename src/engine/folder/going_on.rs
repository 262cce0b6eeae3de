//! A run that goes on: what counts as done in its folder is looked at first, and what is missing is asked for. The same for
//! the window and the command line.

use std::collections::BTreeSet;
use std::path::Path;

use super::error::WorkError;
use super::unsound::Unsound;
use super::verify::verify;
use crate::cancel::Cancel;
use crate::plan::{Plan, RunSpec};
use crate::plate::WellId;
use crate::record::folder::{FolderRequest, RunFolder};

/// A run that goes on, as its folder was found.
#[derive(Clone, Debug, PartialEq)]
pub struct GoingOn {
    /// The folder, with what all wells share.
    pub folder: RunFolder,
    /// The wells that are done again, because something of them is not as it was written.
    pub unsound: Vec<Unsound>,
    /// The wells to ask for: those that are not done. Where nothing is missing, one that is done, which tells whether the same
    /// is asked for; nothing is done again then, and the run is put together.
    pub wells: BTreeSet<WellId>,
}

impl GoingOn {
    /// Looks at the wells that count as done among those that are wanted. Progress is in
    /// wells. With `failed`, wells of which anything failed are done again, too. Nothing is changed.
    ///
    /// # Errors
    /// [`WorkError`]: there is nothing to continue with, or it was cancelled.
    pub fn look(
        folder: &Path,
        wanted: &BTreeSet<WellId>,
        failed: bool,
        progress: &(dyn Fn(u64, u64) + Sync),
        cancel: &Cancel,
    ) -> Result<Self, WorkError> {
        let folder = RunFolder::read(folder)?;
        let unsound = verify(&folder, wanted, failed, progress, cancel)?;
        let mut done = folder.done();
        for one in &unsound {
            done.remove(&one.well);
        }
        let mut wells: BTreeSet<WellId> = wanted.difference(&done).copied().collect();
        if wells.is_empty() {
            wells.extend(wanted.first());
        }
        if wells.is_empty() {
            return Err(WorkError::Nothing { folder: folder.path().to_owned() });
        }
        Ok(Self { folder, unsound, wells })
    }

    /// The settings of the run, with so many threads.
    pub fn spec(&self, threads: usize) -> RunSpec {
        RunSpec { threads, ..self.folder.request.spec.clone() }
    }

    /// What has changed since the run began, given what is asked for now, in sentences with what it means. Reads the files that
    /// the pipeline is given.
    pub fn changes(&self, plan: &Plan, cancel: &Cancel) -> Vec<String> {
        self.folder.request.changes(&FolderRequest::of_plan(plan, cancel))
    }
}
