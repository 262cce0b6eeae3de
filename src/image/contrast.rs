//! A contrast that suits an image.

use super::{ImageRef, PixelType};

/// The values that are shown black and brightest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// Shown black, as is all below it.
    pub low: f64,
    /// Shown brightest, as is all above it.
    pub high: f64,
}

/// Stand-in: from about the 1st to the 99.8th percentile of some pixels.
pub fn auto_contrast(image: ImageRef<'_>) -> Contrast {
    let size = image.format.pixel.bytes();
    let step = (image.format.sample_count() / 65_536).max(1);
    let mut values: Vec<f64> = image
        .bytes
        .chunks_exact(size)
        .step_by(step)
        .map(|b| match image.format.pixel {
            PixelType::U8 => f64::from(b[0]),
            PixelType::U16 => f64::from(u16::from_ne_bytes([b[0], b[1]])),
            PixelType::F32 => f64::from(f32::from_ne_bytes([b[0], b[1], b[2], b[3]])),
            _ => 0.0,
        })
        .collect();
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values.get((share * values.len() as f64) as usize).copied().unwrap_or(0.0);
    Contrast { low: at(0.01), high: at(0.998) }
}
