//! A measurement that was recognised and not yet read.

use std::path::PathBuf;

use super::parts::Format;

/// What of it is known from the listings of its folders.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) format: Format,
    /// The folder with the images or the folders of images.
    pub(super) folder: PathBuf,
    /// The plate folder, to which paths are relative.
    pub(super) root: PathBuf,
    /// Only images of this prefix (lower case), where several plates share the folder.
    pub(super) prefix: Option<String>,
    /// A file of this measurement and of no other; opening puts the path in its place that opens
    /// exactly this measurement.
    pub(super) opened_by: PathBuf,
    pub(super) name: String,
    pub(super) date: Option<String>,
    /// Image files seen.
    pub(super) images: usize,
    /// Whether there are images, and more than a well-like file name speaks for it.
    pub(super) is_sure: bool,
}
