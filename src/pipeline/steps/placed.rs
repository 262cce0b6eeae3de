//! Steps that leave a part of an image: where that lies.

use serde::{Deserialize, Serialize};

use crate::image::ImageFormat;
use crate::pipeline::operation::PlacedKey;
use crate::pipeline::surroundings::Surroundings;
use crate::plate::{PixelSizes, SitePosition};

/// A step with the sizes of pixels where it finds the images, as far as they are known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Placed<S> {
    pub(super) step: S,
    sizes: PixelSizes,
}

impl<S> Placed<S> {
    pub(super) fn new(step: S, around: &Surroundings<'_>) -> Self {
        Self { step, sizes: around.known_pixel_sizes() }
    }

    /// Where the middle of a part of an image lies, given its upper left corner and its sides in pixels. Not known
    /// where the part is moved by pixels of unknown size.
    pub(super) fn part(
        &self,
        placed: PlacedKey,
        image: ImageFormat,
        corner: [u32; 2],
        sides: [u32; 2],
    ) -> Option<SitePosition> {
        let position = placed.position?;
        let moved = |corner: u32, part: u32, whole: u32| {
            f64::from(corner) + (f64::from(part) - f64::from(whole)) / 2.0
        };
        let [x, y] = [moved(corner[0], sides[0], image.width), moved(corner[1], sides[1], image.height)];
        if x == 0.0 && y == 0.0 {
            return Some(position);
        }
        let size = self.sizes.of(placed.key.channel)?;
        Some(SitePosition { x_um: position.x_um + x * size.x_um, y_um: position.y_um + y * size.y_um })
    }
}
