//! Messages between the images room, the user and the threads.

use std::path::PathBuf;

use super::view_picture::{ViewPicture, ViewUse};

/// What the user asks of the images.
#[derive(Clone, Debug, PartialEq)]
pub enum ImagesCommand {
    /// Copy or save a picture of what the viewer shows; `None` where the display gave none.
    UseView {
        /// What to do with it.
        to: ViewUse,
        /// Pixels of the view as the display gave them.
        picture: Option<ViewPicture>,
    },
}

/// What has to be done outside for it.
#[derive(Debug)]
pub enum ImagesWork {
    /// Put a picture of the view on the clipboard.
    CopyView(ViewPicture),
    /// Ask the user for a file and save a picture of the view in it.
    SaveView {
        /// What the viewer showed when the user asked.
        picture: ViewPicture,
        /// The plate folder, which is never written to.
        never_in: PathBuf,
    },
}

/// What came of saving a picture of the view.
#[derive(Clone, Debug)]
pub enum ImagesEvent {
    /// The user chose no file.
    Dismissed,
    /// It was saved.
    Saved {
        /// In which file.
        path: PathBuf,
        /// Its width and height in pixels.
        size: [u32; 2],
    },
    /// It could not be done; why.
    Failed(String),
}
