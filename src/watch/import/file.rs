//! A file of another recorder that becomes a run among the results.

use std::io;
use std::path::{Path, PathBuf};

use super::error::ImportError;
use super::recognise::{ImportHints, import};
use crate::disk::{self, Destination};
use crate::limits;
use crate::watch::error::WatchError;
use crate::watch::folder::take_folder;
use crate::watch::record::WatchedRecord;

/// The endings of the names that such files usually have.
const ENDINGS: [&str; 8] = ["dat", "log", "txt", "csv", "tsv", "html", "htm", "json"];

/// Why a file did not become a run.
#[derive(Debug, thiserror::Error)]
pub enum ImportFileError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What is in it cannot be imported.
    #[error("{}: {why}", path.display())]
    Import {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: ImportError,
    },
    /// The run cannot be written.
    #[error(transparent)]
    Record(#[from] WatchError),
}

impl ImportFileError {
    /// Whether it is something else than what a recorder wrote.
    pub fn is_foreign(&self) -> bool {
        matches!(self, Self::Import { why: ImportError::Foreign, .. })
    }
}

/// Whether the name of a file is one that a recorder gives.
pub fn is_named_as_recorded(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// Makes a run of a file, in a folder of its own among the results, with a name where the user gives it one.
///
/// # Errors
/// [`ImportFileError`].
pub fn import_file(
    path: &Path,
    name: Option<String>,
    hints: &ImportHints,
    results: &Destination,
) -> Result<WatchedRecord, ImportFileError> {
    let bytes = disk::read(path, limits::IMPORTED_BYTES)
        .map_err(|source| ImportFileError::Io { path: path.to_owned(), source })?;
    let imported =
        import(&bytes, hints).map_err(|why| ImportFileError::Import { path: path.to_owned(), why })?;
    let mut record = imported.into_record(&path.file_name().unwrap_or_default().to_string_lossy());
    record.name = name;
    let folder = take_folder(results, &mut record)?;
    record.write(&folder).map_err(WatchError::from)?;
    Ok(record)
}
