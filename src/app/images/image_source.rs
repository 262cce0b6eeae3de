//! Where the pixels of an image are, and who reads them.

use std::path::Path;
use std::sync::Arc;

use crate::image::ImageFormat;

/// Where an image is on disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageSource {
    /// Absolute path of the file.
    pub path: Arc<Path>,
    /// Zero-based page of a multi-page file.
    pub page: u32,
}

impl ImageSource {
    /// A page of a file.
    pub fn new(path: impl Into<Arc<Path>>, page: u32) -> Self {
        Self { path: path.into(), page }
    }

    /// Name of the file.
    pub fn file_name(&self) -> String {
        self.path
            .file_name()
            .map_or_else(|| self.path.display().to_string(), |name| name.to_string_lossy().into_owned())
    }
}

/// Reads one page of a file: size, type and pixels, or what is wrong in words.
pub type Decoder = Arc<dyn Fn(&ImageSource) -> Result<(ImageFormat, Vec<u8>), String> + Send + Sync>;
