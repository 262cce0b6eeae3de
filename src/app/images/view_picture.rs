//! What the viewer shows, as a picture for the clipboard or a PNG file.
//!
//! The pixels are those of the window, cut to the image's area, so that the picture is what was seen.

use std::fmt;
use std::sync::Arc;

use egui::{ColorImage, Rect};

/// What is to be done with a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewUse {
    /// Put it on the clipboard.
    Copy,
    /// Save it as a file.
    Save,
}

/// A picture of what the viewer shows.
#[derive(Clone, PartialEq, Eq)]
pub struct ViewPicture {
    /// What it shows, as the beginning of a file name.
    pub name: String,
    /// Width and height in pixels of the screen.
    pub size: [u32; 2],
    /// Red, green and blue of each pixel, row by row.
    pub rgb: Arc<[u8]>,
}

impl fmt::Debug for ViewPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ViewPicture")
            .field("name", &self.name)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl ViewPicture {
    /// A part of a picture of the window; `area` is in points. `None` where nothing of it lies inside.
    pub fn cut(name: String, window: &ColorImage, area: Rect, pixels_per_point: f32) -> Option<Self> {
        let [width, height] = window.size;
        let within =
            |points: f32, most: usize| ((points * pixels_per_point).round().max(0.0) as usize).min(most);
        let (left, right) = (within(area.left(), width), within(area.right(), width));
        let (top, bottom) = (within(area.top(), height), within(area.bottom(), height));
        if left >= right || top >= bottom {
            return None;
        }
        let mut rgb = Vec::with_capacity((right - left) * (bottom - top) * 3);
        for row in window.pixels.chunks_exact(width).take(bottom).skip(top) {
            for pixel in row.get(left..right)? {
                rgb.extend_from_slice(&[pixel.r(), pixel.g(), pixel.b()]);
            }
        }
        let size = [u32::try_from(right - left).ok()?, u32::try_from(bottom - top).ok()?];
        Some(Self { name, size, rgb: rgb.into() })
    }

    /// `1234 x 800 px`.
    pub fn size_text(&self) -> String {
        format!("{} x {} px", self.size[0], self.size[1])
    }

    /// As the toolkit's clipboard takes it.
    pub(crate) fn to_color_image(&self) -> ColorImage {
        ColorImage::from_rgb(self.size.map(|side| side as usize), &self.rgb)
    }

    /// As the bytes of a PNG file.
    ///
    /// # Errors
    /// What the encoder says, which it does where there is no memory for it.
    pub(crate) fn to_png(&self) -> Result<Vec<u8>, image::ImageError> {
        use image::ImageEncoder as _;
        let mut png = Vec::new();
        let encoder = image::codecs::png::PngEncoder::new(&mut png);
        encoder.write_image(&self.rgb, self.size[0], self.size[1], image::ExtendedColorType::Rgb8)?;
        Ok(png)
    }
}

#[cfg(test)]
mod tests {
    use egui::{Color32, pos2};

    use super::*;

    /// 6 x 4 pixels: red tells the column, green the row.
    fn window() -> ColorImage {
        let pixels = (0..4).flat_map(|y| (0..6).map(move |x| Color32::from_rgb(x, y, 7)));
        ColorImage::new([6, 4], pixels.collect())
    }

    #[test]
    fn the_picture_is_the_area_and_what_lies_outside_is_left_out() {
        let area = |from: [f32; 2], to: [f32; 2]| Rect::from_min_max(from.into(), to.into());
        for (area, ppp, expected) in [
            (area([1.0, 1.0], [3.0, 2.0]), 1.0, Some(([2, 1], [1, 1]))),
            (area([0.5, 0.5], [1.5, 1.0]), 2.0, Some(([2, 1], [1, 1]))),
            (area([4.0, 2.0], [90.0, 90.0]), 1.0, Some(([2, 2], [4, 2]))),
            (area([-5.0, -5.0], [1.0, 1.0]), 1.0, Some(([1, 1], [0, 0]))),
            (area([6.0, 0.0], [9.0, 4.0]), 1.0, None),
            (Rect::NOTHING, 1.0, None),
        ] {
            let picture = ViewPicture::cut("a".to_owned(), &window(), area, ppp);
            let found = picture.map(|picture| (picture.size, [picture.rgb[0], picture.rgb[1]]));
            assert_eq!(found, expected, "{area:?}");
        }
    }

    #[test]
    fn a_png_holds_the_same_pixels() {
        let all = Rect::from_min_max(pos2(0.0, 0.0), pos2(6.0, 4.0));
        let picture = ViewPicture::cut("a".to_owned(), &window(), all, 1.0).unwrap();
        let back = image::load_from_memory(&picture.to_png().unwrap()).unwrap().to_rgb8();
        assert_eq!((back.dimensions(), back.as_raw().as_slice()), ((6, 4), &*picture.rgb));
        assert_eq!(picture.to_color_image(), window());
    }
}
