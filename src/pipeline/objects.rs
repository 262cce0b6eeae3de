//! Objects that a step finds in an image, and what is measured of each: the rows of tables.
//!
//! Numbers are in pixels and grey levels; what they are in micrometres is known to whoever writes a table.
//! Deliberately absent: names of wells and components, which belong to the image and not to its objects.

/// One object of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Object {
    /// How many pixels it has.
    pub area_px: u64,
    /// Sum of the places of its pixels from the left, the first pixel being 0.
    pub sum_x: u64,
    /// Sum of the places of its pixels from the top, the first row being 0.
    pub sum_y: u64,
    /// How many of its pixels have a grey level: those that are finite numbers.
    pub measured_px: u64,
    /// Sum of its grey levels, in 64-bit floats, row by row.
    pub total_intensity: f64,
}

impl Object {
    /// The mean of the places of its pixels: from the left and from the top, in pixels, where the middle of
    /// the first pixel is (0, 0). As `skimage.measure.regionprops` has it, which says y first.
    pub fn centroid_px(&self) -> (f64, f64) {
        let area = self.area();
        #[allow(clippy::cast_precision_loss)] // sums within an image are far below 2^53
        (self.sum_x as f64 / area, self.sum_y as f64 / area)
    }

    /// The mean of its grey levels; `None` where none of its pixels has one.
    #[allow(clippy::cast_precision_loss)] // as many as an image has pixels
    pub fn mean_intensity(&self) -> Option<f64> {
        (self.measured_px > 0).then(|| self.total_intensity / self.measured_px as f64)
    }

    #[allow(clippy::cast_precision_loss)] // as many as an image has pixels
    fn area(&self) -> f64 {
        self.area_px as f64
    }
}
