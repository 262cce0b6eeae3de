//! A whole image in memory.

use super::display::{Histogram, type_range};
use super::pixel_values::{SampleValue, values_at};
use crate::image::{self, Contrast, ImageFormat, ImageRef};

/// A whole image in memory, with what the viewer shows about it.
#[derive(Debug)]
pub struct WholeImage {
    /// Size and type.
    pub format: ImageFormat,
    /// How often its values occur.
    pub histogram: Histogram,
    /// A contrast that suits it.
    pub auto_contrast: Contrast,
    bytes: Vec<u8>,
}

impl WholeImage {
    pub(crate) fn of(format: ImageFormat, bytes: Vec<u8>) -> Self {
        let image = ImageRef { format, bytes: &bytes };
        let (histogram, auto_contrast) = (Histogram::of(image), auto_contrast(image));
        Self { format, histogram, auto_contrast, bytes }
    }

    /// The samples of a pixel, or `None` outside of the image.
    pub fn values_at(&self, x: u32, y: u32) -> Option<Vec<SampleValue>> {
        values_at(self.pixels(), x, y)
    }

    pub(crate) fn pixels(&self) -> ImageRef<'_> {
        ImageRef { format: self.format, bytes: &self.bytes }
    }
}

/// A contrast that suits an image.
pub(crate) fn auto_contrast(image: ImageRef<'_>) -> Contrast {
    // A colour image is shown as it was taken.
    if image.format.samples >= 3 { type_range(image.format.pixel) } else { image::auto_contrast(image) }
}
