//! What goes between the start room, the user and the threads.

use std::path::PathBuf;

use crate::cancel::Cancel;
use crate::demo::DemoSpec;
use crate::plate::Opened;

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
    /// Write the demo plate where it is not there yet, and open it.
    OpenDemo,
    /// Stop opening.
    CancelOpening,
    /// Go to the start screen.
    ShowStart,
    /// Go back to the open plate.
    ShowPlate,
}

/// What has to be done outside to open a plate.
#[derive(Debug)]
pub enum StartWork {
    /// Ask the user for a folder.
    PickFolder {
        /// Where to begin.
        from: Option<PathBuf>,
    },
    /// Open a plate.
    Open {
        /// For the answer.
        generation: u64,
        /// The path that the user gave for the plate.
        path: PathBuf,
        /// Stops it when the user asks for it or opens another plate.
        cancel: Cancel,
    },
    /// Write a made-up plate where it is not there yet.
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

/// What came of it.
#[derive(Debug)]
pub enum StartEvent {
    /// The folder that the user picked; `None` for none.
    FolderPicked(Option<PathBuf>),
    /// No folder was chosen, and the desktop may have no folder dialog.
    NoFolderDialog,
    /// A path was opened, or why not.
    Opened {
        /// Of the request.
        generation: u64,
        /// What was found, or the reason; `None` when it was cancelled.
        result: Option<Result<Opened, String>>,
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
