//! What lies in a folder of runs: a run of this program, or the record of one that was watched.

use std::path::Path;

use super::{RecordError, RunRecord};
use crate::watch::{WATCHED_FILE, WatchedRecord};

/// A record of either kind.
#[derive(Clone, Debug, PartialEq)]
pub enum AnyRecord {
    /// Of a run.
    Run(Box<RunRecord>),
    /// Of a watched program.
    Watched(Box<WatchedRecord>),
}

impl AnyRecord {
    /// Reads a record, given its path or that of its folder.
    ///
    /// # Errors
    /// As [`RunRecord::read`].
    pub fn read(path: &Path) -> Result<Self, RecordError> {
        match is_watched(path) {
            true => Ok(Self::Watched(Box::new(WatchedRecord::read(path)?))),
            false => RunRecord::read(path).map(|record| Self::Run(Box::new(record))),
        }
    }
}

/// Whether a path is the record of a watched program, or of its folder.
pub(crate) fn is_watched(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == WATCHED_FILE)
        || path.is_dir() && path.join(WATCHED_FILE).is_file()
}
