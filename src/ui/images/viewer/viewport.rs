//! Where an image lies on the screen: the transform of the viewer, its zoom and its pan.
//!
//! Image points count pixels from the top left corner of the image: the centre of the first pixel
//! is at (0.5, 0.5). Pure arithmetic; deliberately absent: rotation and mirroring.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

/// The largest zoom: screen points that a pixel of the image takes.
const MOST_POINTS_PER_PIXEL: f64 = 64.0;

/// A point of an image, in pixels from its top left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImagePoint {
    /// To the right.
    pub x: f64,
    /// Pixels down from the top edge.
    pub y: f64,
}

/// The part of an image that is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// The image point in the middle of the canvas.
    pub center_in_image: ImagePoint,
    /// Screen points that a pixel of the image takes.
    pub points_per_pixel: f64,
}

impl Viewport {
    /// The whole image, as large as the canvas allows.
    pub fn fit(canvas: Rect, size_in_pixels: Vec2) -> Self {
        let size = size_in_pixels.max(Vec2::splat(1.0));
        let scale = (f64::from(canvas.width()) / f64::from(size.x))
            .min(f64::from(canvas.height()) / f64::from(size.y));
        Self {
            center_in_image: ImagePoint { x: f64::from(size.x) / 2.0, y: f64::from(size.y) / 2.0 },
            points_per_pixel: scale.clamp(1e-6, MOST_POINTS_PER_PIXEL),
        }
    }

    /// The image point that is seen at a point of the screen.
    pub fn point_in_image(&self, canvas: Rect, point_in_screen: Pos2) -> ImagePoint {
        let offset = point_in_screen - canvas.center();
        ImagePoint {
            x: self.center_in_image.x + f64::from(offset.x) / self.points_per_pixel,
            y: self.center_in_image.y + f64::from(offset.y) / self.points_per_pixel,
        }
    }

    /// The point of the screen at which an image point is seen.
    pub fn point_in_screen(&self, canvas: Rect, point_in_image: ImagePoint) -> Pos2 {
        let x = (point_in_image.x - self.center_in_image.x) * self.points_per_pixel;
        let y = (point_in_image.y - self.center_in_image.y) * self.points_per_pixel;
        canvas.center() + vec2(x as f32, y as f32)
    }

    /// The whole image's place on the screen, which may reach far beyond the canvas.
    pub fn image_rect(&self, canvas: Rect, size_in_pixels: Vec2) -> Rect {
        let corner = ImagePoint { x: f64::from(size_in_pixels.x), y: f64::from(size_in_pixels.y) };
        Rect::from_two_pos(
            self.point_in_screen(canvas, ImagePoint { x: 0.0, y: 0.0 }),
            self.point_in_screen(canvas, corner),
        )
    }

    /// Zoomed by a factor so that what is under the cursor stays there.
    #[must_use]
    pub fn zoomed_about(self, canvas: Rect, cursor: Pos2, factor: f64) -> Self {
        let fixed = self.point_in_image(canvas, cursor);
        let smallest = 1e-3_f64.min(self.points_per_pixel);
        let points_per_pixel = (self.points_per_pixel * factor).clamp(smallest, MOST_POINTS_PER_PIXEL);
        let offset = cursor - canvas.center();
        Self {
            center_in_image: ImagePoint {
                x: fixed.x - f64::from(offset.x) / points_per_pixel,
                y: fixed.y - f64::from(offset.y) / points_per_pixel,
            },
            points_per_pixel,
        }
    }

    /// With one pixel of the image on one of the screen, of which so many make a point.
    #[must_use]
    pub fn one_to_one(self, canvas: Rect, pixels_per_point: f64) -> Self {
        self.zoomed_about(canvas, canvas.center(), 1.0 / pixels_per_point / self.points_per_pixel)
    }

    /// Moved as if the image were dragged by so many screen points.
    #[must_use]
    pub fn panned(mut self, by: Vec2) -> Self {
        self.center_in_image.x -= f64::from(by.x) / self.points_per_pixel;
        self.center_in_image.y -= f64::from(by.y) / self.points_per_pixel;
        self
    }

    /// The same part of the world in an image of which so many pixels, along a row and along a column, are as large
    /// as one of this.
    #[must_use]
    pub fn in_pixels(self, in_one: [f64; 2]) -> Self {
        let ImagePoint { x, y } = self.center_in_image;
        Self {
            center_in_image: ImagePoint { x: x * in_one[0], y: y * in_one[1] },
            points_per_pixel: self.points_per_pixel / in_one[0],
        }
    }

    /// With its centre upon the image, so that the image cannot be lost from sight.
    #[must_use]
    pub fn clamped_to_view(mut self, size_in_pixels: Vec2) -> Self {
        self.center_in_image.x = self.center_in_image.x.clamp(0.0, f64::from(size_in_pixels.x));
        self.center_in_image.y = self.center_in_image.y.clamp(0.0, f64::from(size_in_pixels.y));
        self
    }

    /// How many pixels of the image, a side, make one pixel of its picture: a power of two where
    /// the image is shown smaller than it is, and as many as the longest side of a texture needs.
    pub fn block(&self, pixels_per_point: f32, size_in_pixels: Vec2, most_texture_side: usize) -> u32 {
        let screen_pixels = self.points_per_pixel * f64::from(pixels_per_point);
        let mut block = 1_u32;
        while screen_pixels * f64::from(block) * 2.0 <= 1.0 && block < 1 << 15 {
            block *= 2;
        }
        let longest = size_in_pixels.x.max(size_in_pixels.y) as u32;
        let needed = longest.div_ceil(u32::try_from(most_texture_side.max(1)).unwrap_or(u32::MAX));
        block.max(needed).max(1)
    }
}

/// A length of 1, 2 or 5 times a power of ten, the longest that is not longer than `most`; used by
/// the scale bar.
pub fn round_length(most: f64) -> f64 {
    if !(most.is_finite() && most > 0.0) {
        return 0.0;
    }
    let power = 10_f64.powf(most.log10().floor());
    [5.0, 2.0, 1.0].into_iter().map(|digit| digit * power).find(|length| *length <= most).unwrap_or(power)
}

/// The place of the scale bar: its left end and its length in points, in the lower left.
pub(crate) fn scale_bar(canvas: Rect, points_per_pixel: f64, pixel_width_um: f64) -> (Pos2, f32, f64) {
    let um_per_point = pixel_width_um / points_per_pixel;
    let length_um = round_length(um_per_point * 120.0);
    let points = (length_um / um_per_point) as f32;
    (pos2(canvas.left() + 16.0, canvas.bottom() - 18.0), points, length_um)
}
