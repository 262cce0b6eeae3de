//! Who reads the images that the window shows.

use std::sync::Arc;

use crate::image::{ImageFormat, ImageSource};

/// Reads one page of a file: size, type and pixels, or what is wrong in words.
pub type Decoder = Arc<dyn Fn(&ImageSource) -> Result<(ImageFormat, Vec<u8>), String> + Send + Sync>;
