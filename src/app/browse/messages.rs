//! Messages between the folder browser, the user and the threads.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::app::desktop::{Question, Wanted};
use crate::cancel::Cancel;

/// What the user does in the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrowseCommand {
    /// Show a folder.
    Go(PathBuf),
    /// Show the folder around.
    Up,
    /// Change the path that is being typed.
    TypePath(String),
    /// Take the path that was typed: show the folder, or choose the file.
    TakePath,
    /// Change the name of the file to write.
    TypeName(String),
    /// Point at an entry of the folder; `None` for none.
    Select(Option<OsString>),
    /// Show the folder that is pointed at, or choose the file.
    Open,
    /// Choose what is asked for.
    Choose,
    /// Replace the file that is there, or leave it.
    Replace(bool),
    /// Show names that begin with a point, or leave them out.
    ShowHidden(bool),
    /// Choose nothing.
    Cancel,
}

/// What has to be done outside for it.
#[derive(Debug)]
pub enum BrowseWork {
    /// List a folder.
    List {
        /// Tells it from earlier requests.
        generation: u64,
        /// The folder.
        folder: PathBuf,
        /// What of it is shown.
        shown: Shown,
        /// The request to stop.
        cancel: Cancel,
    },
    /// Look what is at a path.
    Look {
        /// Tells it from earlier requests.
        generation: u64,
        /// The path.
        path: PathBuf,
        /// Whether a folder is to be shown as well where it is one that was asked for.
        is_chosen: bool,
    },
    /// Find the places where folders mostly are.
    FindPlaces,
    /// Give the answer to whoever asked.
    Answer(Reply, Option<PathBuf>),
    /// Stop waiting for a dialog of the desktop that may never have come up.
    AskHere,
}

/// What of a folder is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What is asked for.
    pub wanted: Wanted,
    /// The endings of the files that are shown; none for all.
    pub endings: &'static [&'static str],
    /// Whether names that begin with a point are.
    pub hidden: bool,
}

/// What came of it, and what the threads ask for.
#[derive(Debug)]
pub enum BrowseEvent {
    /// The desktop is waited for.
    Waiting,
    /// It is not waited for any more: it has a dialog, or the dialog is answered.
    Answered,
    /// The user is to be asked in the window.
    Asked {
        /// What for.
        question: Question,
        /// Why not by the desktop's dialog.
        why: NoDialog,
        /// Where the answer goes.
        reply: Reply,
    },
    /// The places where folders mostly are.
    Places(Vec<Place>),
    /// What a folder holds, so far or whole.
    Listed {
        /// Of the request.
        generation: u64,
        /// What was found so far, or why nothing can be.
        listing: Result<Listing, String>,
    },
    /// Folders among them that are plates.
    Plates {
        /// Of the request.
        generation: u64,
        /// Their names.
        names: Vec<OsString>,
    },
    /// What is at a path.
    Looked {
        /// Of the request.
        generation: u64,
        /// The path that was looked at.
        path: PathBuf,
        /// What is there.
        found: AtPath,
        /// As it was asked for.
        is_chosen: bool,
    },
}

/// Why the user is not asked by a dialog of the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDialog {
    /// There is none.
    Absent,
    /// The desktop does not say whether there is one.
    Silent,
    /// It was closed sooner than anyone can.
    Closed,
    /// It may not have come up: the user has asked again.
    Unseen,
}

impl NoDialog {
    /// In one sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Absent => {
                "This desktop has no file dialog of its own (xdg-desktop-portal or zenity), so Stepwell shows this one."
            }
            Self::Silent => {
                "The file dialog of this desktop (xdg-desktop-portal) does not answer, so Stepwell shows this one."
            }
            Self::Closed => "The file dialog of this desktop closed at once, so Stepwell shows this one.",
            Self::Unseen => "The file dialog of this desktop may be open. Choose there or here.",
        }
    }
}

/// Where an answer goes.
#[derive(Clone, Debug)]
pub struct Reply(Sender<Option<PathBuf>>);

impl Reply {
    /// A way for one answer, with its other end.
    pub fn channel() -> (Self, Receiver<Option<PathBuf>>) {
        let (sender, receiver) = bounded(1);
        (Self(sender), receiver)
    }

    /// Gives the answer; `None` where nothing was chosen. Who asked has one already, where it is not taken.
    pub(super) fn give(&self, path: Option<PathBuf>) {
        let _taken = self.0.try_send(path);
    }
}

/// One of the places where folders mostly are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it is called.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
}

/// What a folder holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Folders, then files, each in natural order.
    pub entries: Arc<[Entry]>,
    /// Files that are not shown because they are not asked for.
    pub other_files: usize,
    /// Whether there is more than is shown.
    pub is_cut: bool,
    /// Whether it is whole.
    pub is_whole: bool,
}

/// A folder or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: OsString,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AtPath {
    /// Nothing, in a folder that is there.
    Nothing,
    /// A folder.
    Folder,
    /// A file.
    File,
    /// It cannot be told, or there is no folder for it; why.
    Unknown(String),
}
