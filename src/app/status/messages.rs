//! Messages between the frame of the window, the user and the system.

use std::path::PathBuf;

/// The pages in the centre of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Verdict and chart.
    #[default]
    Memory,
    /// Thumbnails and viewer.
    Images,
    /// The runs on disk.
    Runs,
    /// The log of all that happened.
    Log,
}

impl Tab {
    /// All pages in order.
    pub const ALL: [Self; 4] = [Self::Memory, Self::Images, Self::Runs, Self::Log];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "Memory",
            Self::Images => "Images",
            Self::Runs => "Runs",
            Self::Log => "Log",
        }
    }
}

/// What is said at the bottom of the window of something that was saved or copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What was saved or copied, in words.
    pub text: String,
    /// The folder in which it lies, where it was saved.
    pub folder: Option<PathBuf>,
}

/// Whether the window is to be closed while a run goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Closing {
    /// Nobody wants that.
    #[default]
    No,
    /// The user is asked.
    Asked,
    /// It closes when what is going on is over and written down.
    WhenOver,
}

/// What the user asks of the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusCommand {
    /// Bring a page to the front.
    ShowTab(Tab),
    /// Take note of what went wrong.
    DismissTrouble,
    /// Put a text on the clipboard.
    Copy(String),
    /// Show a folder in the system's file manager.
    ShowFolder(PathBuf),
    /// Close the window, or not.
    Close(Closing),
}

/// What has to be done outside for it.
#[derive(Debug)]
pub enum StatusWork {
    /// Tell by the desktop what has happened, where the window is in the background.
    Tell {
        /// In few words.
        title: String,
        /// In a sentence.
        sentence: String,
    },
    /// Put a text on the clipboard.
    Copy(String),
    /// Show a folder in the system's file manager.
    ShowFolder(PathBuf),
}
