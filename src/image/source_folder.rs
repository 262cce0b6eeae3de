//! The folder that images are in, which their sources share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

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
