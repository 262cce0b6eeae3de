//! The folder that images are in, and its files, which their sources share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file_names::{FileName, FileNames};
use super::plane_axes::PlaneAxes;

/// A folder with images, which the sources in it share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceFolder {
    root: PathBuf,
    within: String,
    /// Whether nothing is opened that leads out of the root.
    is_closed: bool,
    /// Arrays in it that are smaller forms of all others, with `/` in their paths.
    smaller: Vec<Arc<str>>,
}

impl SourceFolder {
    /// The folder `within` a plate folder, written with `/` and `.` or nothing for the plate folder itself.
    pub fn new(root: impl Into<PathBuf>, within: &str) -> Arc<Self> {
        let within = if within == "." { "" } else { within };
        Arc::new(Self { root: root.into(), within: within.to_owned(), is_closed: false, smaller: Vec::new() })
    }

    /// The same folder in one that others may have made: what leads out of `root`, also by a link, is not opened.
    pub fn closed(root: impl Into<PathBuf>, within: &str) -> Arc<Self> {
        Self::closed_with_smaller(root, within, Vec::new())
    }

    /// The same, with the paths of those arrays in it that are smaller forms of all others.
    pub(crate) fn closed_with_smaller(
        root: impl Into<PathBuf>,
        within: &str,
        smaller: Vec<Arc<str>>,
    ) -> Arc<Self> {
        Arc::new(Self { root: root.into(), within: within.to_owned(), is_closed: true, smaller })
    }

    /// The folder of the plate.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The path below the plate folder, with `/`; empty for that itself.
    pub fn within(&self) -> &str {
        &self.within
    }

    /// Whether nothing is opened that leads out of the root.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Arrays that are smaller forms of those in it.
    pub(super) fn smaller(&self) -> &[Arc<str>] {
        &self.smaller
    }
}

/// Files of a folder, of which images are pages.
#[derive(Debug)]
pub struct SourceFiles {
    pub(super) folder: Arc<SourceFolder>,
    /// Empty where the root of the folder is the file itself.
    pub(super) names: Arc<FileNames>,
    /// Of planes of arrays, which of the axes are rows and columns.
    pub(super) axes: Option<PlaneAxes>,
}

impl SourceFiles {
    /// Files of a folder that have names among these; with axes arrays, of which the images are planes.
    pub fn new(folder: &Arc<SourceFolder>, names: &FileName, axes: Option<PlaneAxes>) -> Arc<Self> {
        Arc::new(Self { folder: Arc::clone(folder), names: Arc::clone(names.all()), axes })
    }

    /// Whether a file has its name among these.
    pub fn have(&self, name: &FileName) -> bool {
        Arc::ptr_eq(&self.names, name.all())
    }

    /// Of planes of arrays, which of the axes are rows and columns.
    pub fn axes(&self) -> Option<PlaneAxes> {
        self.axes
    }

    /// The folder that the files are in.
    pub fn folder(&self) -> &Arc<SourceFolder> {
        &self.folder
    }
}
