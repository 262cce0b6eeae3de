//! Exported files on the disk: beside and renamed, so that a kill leaves no half file.

use std::fs;
use std::path::{Path, PathBuf};

/// Why something could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file could not be written.
    #[error("{}: {source}: choose a folder that you may write to and that has room", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The chart could not be turned into pixels.
    #[error("{}: the chart could not be drawn: {why}; export it as SVG instead", path.display())]
    Drawing {
        /// The file that was to be written.
        path: PathBuf,
        /// Where it went wrong.
        why: String,
    },
    /// The file could not be brought into its form.
    #[error("{}: {why}", path.display())]
    Form {
        /// The file that was to be written.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// Writes an SVG, beside and renamed.
pub fn write_svg(path: &Path, svg: &str) -> Result<(), ExportError> {
    write_beside(path, svg.as_bytes())
}

/// Writes a file under another name beside it, then renames it.
pub(crate) fn write_beside(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    let io = |source| ExportError::Io { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(io)?;
    }
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    fs::write(&part, bytes).and_then(|()| fs::rename(&part, path)).map_err(|source| {
        // The half file is of no use; that it cannot be removed is told by the error already.
        fs::remove_file(&part).ok();
        io(source)
    })
}
