//! The record of a run that was not put together yet, as those read it who write nothing.

use std::path::{Path, PathBuf};

use super::folder::{Merged, RunFolder};
use super::{RECORD_FILE, RecordError, RunRecord};
use crate::disk;

impl RunRecord {
    /// The record of a run of which there is only what its wells and stretches have written down.
    pub(super) fn of_wells(folder: &Path) -> Result<Self, RecordError> {
        let io = |source| RecordError::Io { path: folder.to_owned(), source };
        let (merged, path) = Self::merged(folder)?;
        let mut record = merged.whole().map_err(io)?;
        record.summary.record = Some(path);
        Ok(record)
    }

    /// A run put together of what its wells and stretches have written down, and where its record would be.
    pub(super) fn merged(folder: &Path) -> Result<(Merged, PathBuf), RecordError> {
        let path = folder.join(RECORD_FILE);
        let malformed = |why: String| RecordError::Malformed { path: path.clone(), why };
        let read = RunFolder::read(folder).map_err(|error| malformed(error.to_string()))?;
        let merged = disk::temporary_file(Some(folder))
            .and_then(|lists| read.merged(lists, &|_| None))
            .map_err(|source| RecordError::Io { path: folder.to_owned(), source })?
            .ok_or_else(|| malformed("nothing was begun in its folder".to_owned()))?;
        Ok((merged, std::path::absolute(&path).unwrap_or(path)))
    }
}
