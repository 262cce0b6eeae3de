//! Exported files on the disk, in folders that are made for them.

use std::path::PathBuf;

use crate::cancel::Cancelled;
use crate::disk::{self, Destination};

/// Why something could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file could not be written.
    #[error("{}: {source}: choose a folder that you may write to and that has room", path.display())]
    Io {
        /// The file that was to be written.
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
        #[source]
        why: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It is not wanted any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A row could not be brought into the form of a table.
    #[error("{}: {source}", path.display())]
    Table {
        /// The file that was to be written.
        path: PathBuf,
        /// What is wrong.
        source: ::csv::Error,
    },
}

/// Writes an SVG.
pub(crate) fn write_svg(destination: &Destination, svg: &str) -> Result<(), ExportError> {
    write(destination, svg.as_bytes())
}

/// Writes a file, and makes the folder around it.
pub(crate) fn write(destination: &Destination, bytes: &[u8]) -> Result<(), ExportError> {
    let path = destination.path().to_owned();
    destination
        .make_folder_around()
        .and_then(|()| disk::write(destination, bytes))
        .map_err(|source| ExportError::Io { path, source })
}
