//! A contrast that suits an image.
//!
//! It is estimated from some 65,000 pixels that are spread over the image, so that it takes the
//! same short time for an image of any size.

use serde::{Deserialize, Serialize};

use super::{ImageRef, PixelType};

/// The values that are shown black and brightest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// Shown black, as is all below it.
    pub low: f64,
    /// Shown brightest, as is all above it.
    pub high: f64,
}

/// About this many pixels are looked at.
const LOOKED_AT: f64 = 65_536.0;
/// The share of pixels that may be darker than black: a few dead pixels do not count.
const DARKER: f64 = 0.002;
/// The share of pixels up to the brightest: a few dividing cells and specks of dust do not count.
const UP_TO_BRIGHTEST: f64 = 0.998;

/// A contrast in which nearly all pixels differ in brightness. Alpha and values that are not finite
/// do not count; of an image without any other, and of bytes that are too few for their format,
/// black is 0 and the brightest 1.
pub(crate) fn auto_contrast(image: ImageRef<'_>) -> Contrast {
    let mut values = spread_values(image);
    let Some(last) = values.len().checked_sub(1) else { return Contrast { low: 0.0, high: 1.0 } };
    values.sort_unstable_by(f64::total_cmp);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let at = |share: f64| values[((share * last as f64).round() as usize).min(last)];
    let (low, high) = (at(DARKER), at(UP_TO_BRIGHTEST));
    if low < high {
        Contrast { low, high }
    } else {
        // Few pixels differ (a mask of few objects): all of them count then.
        Contrast { low: values[0], high: values[last] }
    }
}

/// The finite colour values of pixels in a grid over the image; each row of the grid begins
/// elsewhere, so that stripes of the image are met at all their places.
fn spread_values(image: ImageRef<'_>) -> Vec<f64> {
    let format = image.format;
    let samples = usize::from(format.samples);
    let colours = if samples >= 3 { 3 } else { samples.min(1) };
    let sample_bytes = format.pixel.bytes();
    let (width, height) = (format.width as usize, format.height as usize);
    if samples == 0 || (image.bytes.len() as u64) < format.bytes() {
        return Vec::new();
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let step = ((width as f64 * height as f64 / LOOKED_AT).sqrt().ceil() as usize).max(1);
    let mut values = Vec::new();
    for y in (0..height).step_by(step) {
        for x in ((y / step * 7) % step..width).step_by(step) {
            let pixel = (y * width + x) * samples * sample_bytes;
            let pixel = &image.bytes[pixel..pixel + colours * sample_bytes];
            let colours =
                pixel.chunks_exact(sample_bytes).filter_map(|bytes| sample_value(bytes, format.pixel));
            values.extend(colours.filter(|value| value.is_finite()));
        }
    }
    values
}

/// A sample of its bytes, as a number to show.
#[allow(clippy::cast_precision_loss)] // for showing, 53 bits are more than enough
pub(crate) fn sample_value(bytes: &[u8], pixel: PixelType) -> Option<f64> {
    Some(match pixel {
        PixelType::U8 => f64::from(*bytes.first()?),
        PixelType::I8 => f64::from(i8::from_ne_bytes(bytes.try_into().ok()?)),
        PixelType::U16 => f64::from(u16::from_ne_bytes(bytes.try_into().ok()?)),
        PixelType::I16 => f64::from(i16::from_ne_bytes(bytes.try_into().ok()?)),
        PixelType::U32 => f64::from(u32::from_ne_bytes(bytes.try_into().ok()?)),
        PixelType::I32 => f64::from(i32::from_ne_bytes(bytes.try_into().ok()?)),
        PixelType::U64 => u64::from_ne_bytes(bytes.try_into().ok()?) as f64,
        PixelType::I64 => i64::from_ne_bytes(bytes.try_into().ok()?) as f64,
        PixelType::F32 => f64::from(f32::from_ne_bytes(bytes.try_into().ok()?)),
        PixelType::F64 => f64::from_ne_bytes(bytes.try_into().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::ImageFormat;

    fn contrast(width: u32, samples: u16, pixel: PixelType, bytes: &[u8]) -> (f64, f64) {
        let height = u32::try_from(bytes.len() / pixel.bytes()).expect("small") / width / u32::from(samples);
        let format = ImageFormat { width, height, samples, pixel };
        let contrast = auto_contrast(ImageRef { format, bytes });
        (contrast.low, contrast.high)
    }

    #[test]
    fn black_and_brightest_are_near_the_ends_of_what_occurs() {
        let ramp: Vec<u8> = (0..10_000_u16).flat_map(u16::to_ne_bytes).collect();
        assert_eq!(contrast(100, 1, PixelType::U16, &ramp), (20.0, 9_979.0));
        let signed: Vec<u8> = [-5_i32, 7, 0].iter().flat_map(|v| v.to_ne_bytes()).collect();
        assert_eq!(contrast(3, 1, PixelType::I32, &signed), (-5.0, 7.0));
        let floats: Vec<u8> =
            [f32::NAN, 0.5, f32::INFINITY, 2.5].iter().flat_map(|v| v.to_ne_bytes()).collect();
        assert_eq!(contrast(2, 1, PixelType::F32, &floats), (0.5, 2.5));
        // Alpha is no brightness.
        assert_eq!(contrast(2, 4, PixelType::U8, &[1, 2, 3, 255, 4, 5, 6, 255]), (1.0, 6.0));
        assert_eq!(contrast(2, 2, PixelType::U8, &[1, 255, 4, 255]), (1.0, 4.0));
    }

    #[test]
    fn images_of_few_values_have_a_contrast_too() {
        let mut mask = vec![0_u8; 10_000];
        assert_eq!(contrast(100, 1, PixelType::U8, &mask), (0.0, 0.0));
        mask[50] = 9;
        assert_eq!(contrast(100, 1, PixelType::U8, &mask), (0.0, 9.0));
        let nothing: Vec<u8> = [f64::NAN; 4].iter().flat_map(|v| v.to_ne_bytes()).collect();
        assert_eq!(contrast(2, 1, PixelType::F64, &nothing), (0.0, 1.0));
        let cut_off = ImageRef { format: ImageFormat::grey(9, 9, PixelType::U8), bytes: &mask[..3] };
        assert_eq!(auto_contrast(cut_off), Contrast { low: 0.0, high: 1.0 });
    }

    #[test]
    fn stripes_of_a_large_image_are_met() {
        // Every 64th column is bright; a grid of whole columns would see all of them or none.
        let (width, height) = (2048_usize, 2048_usize);
        let stripes: Vec<u8> =
            (0..width * height).map(|at| if at % width % 64 == 1 { 200 } else { 10 }).collect();
        assert_eq!(contrast(2048, 1, PixelType::U8, &stripes), (10.0, 200.0));
    }
}
