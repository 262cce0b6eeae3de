//! Why a program cannot be watched, and why a record of one cannot be read.

use std::io;
use std::path::PathBuf;

use crate::disk::LeadsOut;

/// Why a record could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WatchedError {
    /// The file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The record.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is a link out of its folder.
    #[error(transparent)]
    LeadsOut(#[from] LeadsOut),
    /// The file is not a record.
    #[error("{}: not a record of a watched program: {why}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and what.
        why: String,
    },
    /// The file was written by a later version.
    #[error("{}: a record of version {version}, this Stepwell reads up to {reads}: use a newer Stepwell", path.display())]
    TooNew {
        /// The record of the later version.
        path: PathBuf,
        /// The version that the file gives.
        version: u32,
        /// The latest that this program reads.
        reads: u32,
    },
}

/// Why a program cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// No program is named.
    #[error("say which program to start, as in: stepwell watch -- python3 script.py")]
    NoProgram,
    /// The program cannot be started.
    #[error("“{program}” cannot be started: {source}")]
    NotStarted {
        /// What was to be started.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is no such process.
    #[error(
        "there is no process {pid}, or this system does not tell of it because it belongs to another user"
    )]
    NoProcess {
        /// The number that was named.
        pid: u32,
    },
    /// The process is this program.
    #[error("process {pid} is this program itself: a run of Stepwell has its memory in its own record")]
    Itself {
        /// Its number.
        pid: u32,
    },
    /// The folder of the record cannot be made, or the record not be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The record cannot be written.
    #[error(transparent)]
    Record(#[from] WatchedError),
}
