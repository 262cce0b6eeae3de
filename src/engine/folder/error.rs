//! Why there can be no work in the folder of a run.

use std::path::PathBuf;

use crate::disk::{FolderGone, InPlate};
use crate::plan::SpecFault;
use crate::record::folder::FolderError;

/// Why there can be no work in the folder of a run.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// Another run has the folder.
    #[error("{} holds another run: {}. Choose another folder, or ask for the same", folder.display(), differences.join("; "))]
    OtherRequest {
        /// The folder.
        folder: PathBuf,
        /// In what that run differs.
        differences: Vec<String>,
    },
    /// A run of an earlier version has the folder.
    #[error("{} holds a run of an earlier version, which cannot be continued: choose another folder", folder.display())]
    Earlier {
        /// The folder.
        folder: PathBuf,
    },
    /// Somebody else does one of the wells.
    #[error("{wells} in {} is being processed by another command: wait until that is over, or leave it out", folder.display())]
    Taken {
        /// The folder.
        folder: PathBuf,
        /// The wells, in words.
        wells: String,
    },
    /// A run that is put together is being put together by another command.
    #[error("{} is being put together by another command: wait until that is over", folder.display())]
    Merging {
        /// The folder.
        folder: PathBuf,
    },
    /// An image of a well has no place in the form in which the run keeps its images.
    #[error(
        "{image} is of a size or type, or has a number, that no image had when the run in {} began, and has no \
         place in it: \
         the plate has changed. Run it into another folder",
        folder.display()
    )]
    NoPlace {
        /// The folder.
        folder: PathBuf,
        /// The image.
        image: String,
    },
    /// No work was started in the folder.
    #[error("no run was started in {}: run wells into it first", folder.display())]
    Nothing {
        /// The folder.
        folder: PathBuf,
    },
    /// A number of the settings is none that a run can have.
    #[error(transparent)]
    Spec(#[from] SpecFault),
    /// What is asked for cannot be written down.
    #[error("the run cannot be recorded: {0}. Rename the files and folders whose names are not Unicode text")]
    NoText(String),
    /// The folder lies in a plate.
    #[error(transparent)]
    InPlate(#[from] InPlate),
    /// The folder is not where it was.
    #[error(transparent)]
    Gone(#[from] FolderGone),
    /// A file of the folder is of no use.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// It was cancelled.
    #[error("cancelled")]
    Cancelled(#[from] crate::cancel::Cancelled),
    /// A file could not be read or written.
    #[error("{}: {source}. Choose a folder that you may write to", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
