//! The difference of two images, as a picture and as a number.

use super::display::{RgbaPicture, colour_samples, for_each_colour_value};
use super::lookup_table::difference_colour;
use crate::image::{ImageFormat, ImageRef};

/// The picture of `a` − `b`, two images of one size and kind, and the difference that is largest without
/// its sign; that one has the colour at the end of the table, and no difference the one in its middle.
/// Goes row by row, so that it takes little memory beside the picture. Not-a-number does not count.
pub fn difference(a: ImageRef<'_>, b: ImageRef<'_>, block: u32) -> (RgbaPicture, f64) {
    let (format, block) = (a.format, block.max(1) as usize);
    let (width, height) = (format.width as usize, format.height as usize);
    let samples = colour_samples(format);
    let (columns, rows) = (width.div_ceil(block), height.div_ceil(block));
    let row_bytes = width * usize::from(format.samples) * format.pixel.bytes();
    let row_format = ImageFormat { height: 1, ..format };
    let mut means = vec![0.0_f32; columns * rows];
    let mut largest = 0.0_f64;
    let (mut row_a, mut row_b) = (Vec::new(), Vec::new());
    for (y, (bytes_a, bytes_b)) in
        a.bytes.chunks_exact(row_bytes.max(1)).zip(b.bytes.chunks_exact(row_bytes.max(1))).enumerate()
    {
        for (row, bytes) in [(&mut row_a, bytes_a), (&mut row_b, bytes_b)] {
            row.clear();
            for_each_colour_value(ImageRef { format: row_format, bytes }, |value| row.push(value));
        }
        let lines = block.min(height - y / block * block);
        for (x, (a, b)) in row_a.chunks_exact(samples).zip(row_b.chunks_exact(samples)).enumerate() {
            for (a, b) in a.iter().zip(b) {
                let difference = a - b;
                if difference.is_finite() {
                    largest = if difference.abs() > largest.abs() { difference } else { largest };
                    let pixels = lines * block.min(width - x / block * block) * samples;
                    means[y / block * columns + x / block] += (difference / pixels as f64) as f32;
                }
            }
        }
    }
    let limit = largest.abs();
    let words: Vec<u32> = (0..=u8::MAX)
        .map(|level| {
            let [red, green, blue] = difference_colour(level);
            u32::from_ne_bytes([red, green, blue, u8::MAX])
        })
        .collect();
    // From -1 to 1 become 1 to 255, so that 128 is the middle.
    let level = |mean: f32| if limit > 0.0 { f64::from(mean) / limit * 127.0 + 128.5 } else { 128.0 };
    let rgba = means.into_iter().map(|mean| words[usize::from(level(mean) as u8)]).collect();
    (RgbaPicture { width: columns, height: rows, rgba }, largest)
}
