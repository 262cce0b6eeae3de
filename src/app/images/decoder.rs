//! Who reads the images that the window shows.

use std::sync::Arc;

use crate::image::{ImageFormat, ImageSource};

/// Reads one page of a file into at most this many bytes of memory: size, type and pixels, or what is wrong in words.
pub type Decoder = Arc<dyn Fn(&ImageSource, u64) -> Result<(ImageFormat, Vec<u8>), String> + Send + Sync>;
