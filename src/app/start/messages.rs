//! Messages between the start room, the user and the threads.

use std::path::PathBuf;
use std::sync::Arc;

use super::patterns::{Fit, SavedPattern, Tried};
use crate::cancel::Cancel;
use crate::demo::DemoSpec;
use crate::plate::{ImageNames, NamePattern, Opened};

/// What the user asks for on the way to a plate.
#[derive(Clone, Debug, PartialEq)]
pub enum StartCommand {
    /// Ask for a folder and open it.
    PickFolder,
    /// Open the plate at this path.
    Open(PathBuf),
    /// Change the path that is being typed.
    TypePath(String),
    /// Open the typed path.
    OpenTyped,
    /// Write the demo plate if it does not exist yet, and open it, as if this computer had so much memory; `None` for what it
    /// has.
    OpenDemo {
        /// Bytes of memory.
        as_if_bytes: Option<u64>,
    },
    /// Choose how the names of the images in a folder are read.
    ReadNames(PathBuf),
    /// Ask for a folder and choose how the names of its images are read.
    PickFolderOfNames,
    /// Change how they are read.
    Names(NamesCommand),
    /// Open the folder by the pattern that is written.
    OpenByPattern,
    /// Stop opening.
    CancelOpening,
    /// Go to the start screen.
    ShowStart,
    /// Go back to the open plate.
    ShowPlate,
}

/// What the user changes about how names are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamesCommand {
    /// Change the pattern that is written.
    TypePattern(String),
    /// Show all names, or only those that the pattern does not read.
    ShowUnreadOnly(bool),
    /// Change the name under which the pattern is to be kept.
    TypeName(String),
}

/// What has to be done outside to open a plate.
#[derive(Debug)]
pub enum StartWork {
    /// Ask the user for a folder.
    PickFolder {
        /// Where to begin.
        from: Option<PathBuf>,
        /// Whether the names of its images are to be read by a pattern.
        by_names: bool,
    },
    /// List the images of a folder, and find patterns that read their names.
    ListNames {
        /// For the answer.
        generation: u64,
        /// The folder.
        path: PathBuf,
        /// The patterns that the user keeps.
        saved: Vec<SavedPattern>,
        /// Stops it.
        cancel: Cancel,
    },
    /// See what a pattern makes of names.
    TryPattern {
        /// For the answer.
        generation: u64,
        /// The names.
        names: Arc<ImageNames>,
        /// The pattern as it is written.
        text: String,
        /// Stops it.
        cancel: Cancel,
    },
    /// Open a plate.
    Open {
        /// For the answer.
        generation: u64,
        /// The path that the user gave for the plate.
        path: PathBuf,
        /// The pattern by which the names of its images are read.
        pattern: Option<Box<NamePattern>>,
        /// Stops it when the user asks for it or opens another plate.
        cancel: Cancel,
    },
    /// Write a made-up plate if it does not exist yet.
    WriteDemo {
        /// For the answer.
        generation: u64,
        /// What it holds.
        spec: Box<DemoSpec>,
        /// The folder in which the plate is written.
        path: PathBuf,
        /// Stops it when the user asks for it or opens another plate.
        cancel: Cancel,
    },
}

/// Why a path could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason in a sentence.
    pub why: String,
    /// The folder, where it has images that may be read by their names.
    pub folder_of_images: Option<PathBuf>,
}

impl From<String> for Refusal {
    fn from(why: String) -> Self {
        Self { why, folder_of_images: None }
    }
}

/// What came of it.
#[derive(Debug)]
pub enum StartEvent {
    /// The folder that the user picked; `None` for none.
    FolderPicked {
        /// The folder.
        path: Option<PathBuf>,
        /// Whether the names of its images are to be read by a pattern.
        by_names: bool,
    },
    /// Something about how names are read.
    Names(NamesEvent),
    /// The user could not be asked for a folder; why.
    NoFolderDialog(String),
    /// A path is being opened.
    Found {
        /// Of the request.
        generation: u64,
        /// Files and folders found so far.
        entries: usize,
    },
    /// A path was opened, or why not.
    Opened {
        /// Of the request.
        generation: u64,
        /// What was found, or the reason; `None` when it was cancelled.
        result: Option<Result<Opened, Refusal>>,
    },
    /// The demo plate grows.
    DemoProgress {
        /// Of the request.
        generation: u64,
        /// Images written.
        done: u64,
        /// Images to write.
        of: u64,
    },
    /// The demo plate is there, or why not.
    DemoWritten {
        /// Of the request.
        generation: u64,
        /// Its folder, or the reason; `None` when it was cancelled.
        result: Option<Result<PathBuf, String>>,
    },
}

/// What came of reading names.
#[derive(Debug)]
pub enum NamesEvent {
    /// The images of a folder with the patterns that read them, or why there are none.
    Listed {
        /// Of the request.
        generation: u64,
        /// The images and the patterns.
        result: Result<(Arc<ImageNames>, Vec<Fit>), String>,
    },
    /// What a pattern makes of them.
    Tried {
        /// Of the request.
        generation: u64,
        /// The answer.
        tried: Box<Tried>,
    },
}

impl NamesEvent {
    /// Of which request it is.
    pub(super) fn generation(&self) -> u64 {
        match self {
            Self::Listed { generation, .. } | Self::Tried { generation, .. } => *generation,
        }
    }
}
