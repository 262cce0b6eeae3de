//! The folders that files are written in.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::error::RunError;
use crate::disk::Destination;

/// Makes the folders of files, given their paths in the run's folder.
pub(super) fn make_folders(
    folder: &Destination,
    paths: impl Iterator<Item = String>,
) -> Result<(), RunError> {
    let folders: BTreeSet<_> = paths.filter_map(|path| Some(Path::new(&path).parent()?.to_owned())).collect();
    for folder in folders.into_iter().map(|below| folder.join(below)) {
        folder.make_folder().map_err(|source| RunError::Io { path: folder.path().to_owned(), source })?;
    }
    Ok(())
}
