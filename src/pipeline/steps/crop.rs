//! Crop: a rectangle of each image.
//!
//! The result is `x[y:y + height, x:x + width]` as NumPy cuts it: what of the rectangle lies beyond the
//! image is left out. An image of which nothing is left is refused. All sites lose the same, so
//! distances between them stay what they were, and stitching by stage position stays right.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::placed::Placed;
use crate::cancel::Cancel;
use crate::image::{ImageFormat, ImageMut};
use crate::pipeline::definition::Definition;
use crate::pipeline::operation::{NewImage, Operation, PlacedKey, StepSettings};
use crate::pipeline::setting::{About, Form};
use crate::pipeline::settings_fault::SettingsFault;
use crate::pipeline::surroundings::Surroundings;
use crate::pipeline::unresolved::Unresolved;
use crate::pipeline::{Input, Scratch, StepError, StepNote};
use crate::plate::SitePosition;

/// Settings of cropping, in pixels of the image as the step finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Crop {
    /// Pixels left of the rectangle.
    pub x: u32,
    /// Pixels above it.
    pub y: u32,
    /// Width of the rectangle in pixels.
    pub width: u32,
    /// Height of the rectangle in pixels.
    pub height: u32,
}

impl Default for Crop {
    /// A corner that shows quickly what a pipeline does.
    fn default() -> Self {
        Self { x: 0, y: 0, width: 512, height: 512 }
    }
}

impl Crop {
    pub(crate) const NAME: &str = "Crop";

    /// Width and height of what is left of an image.
    fn sides(&self, image: ImageFormat) -> [u32; 2] {
        let width = image.width.saturating_sub(self.x).min(self.width);
        [width, image.height.saturating_sub(self.y).min(self.height)]
    }

    /// The positions that make sense.
    pub(crate) const POSITIONS_PX: std::ops::RangeInclusive<u32> = 0..=1_000_000;
    /// The sizes that make sense.
    pub(crate) const SIZES_PX: std::ops::RangeInclusive<u32> = 1..=1_000_000;
}

impl StepSettings for Crop {
    type Operation = Placed<Self>;

    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn slug(&self) -> &'static str {
        "cropped"
    }

    /// `512 × 512 pixels from 0, 0`.
    fn settings_text(&self) -> String {
        format!("{} × {} pixels from {}, {}", self.width, self.height, self.x, self.y)
    }

    fn explanation(&self) -> &'static str {
        "Keeps the same rectangle of each image, and removes what is around it."
    }

    fn definition(&self) -> Definition {
        Definition {
            does: "Keeps a rectangle of pixels. Parts of the rectangle outside the image are left out.",
            source: "Slicing of NumPy arrays, exactly.",
            types: "All. Pixels stay as they are.",
            constant: "Like any other image.",
            sizes: "An image without a pixel in the rectangle fails, by name. The position of the image moves \
                    with its middle.",
            not_numbers: "They stay as they are.",
        }
    }

    fn check(&self) -> Result<(), SettingsFault> {
        let is_good = [self.x, self.y].iter().all(|position| Self::POSITIONS_PX.contains(position))
            && [self.width, self.height].iter().all(|size| Self::SIZES_PX.contains(size));
        if is_good {
            return Ok(());
        }
        let Self { x, y, width, height } = *self;
        Err(SettingsFault::Rectangle { width, height, x, y })
    }

    fn form(&mut self, form: &mut Form<'_>) {
        form.whole(
            About::new("width", "Width of the rectangle").unit(" px"),
            &mut self.width,
            Self::SIZES_PX,
        );
        let height = About::new("height", "Height of the rectangle").caption("×").unit(" px");
        form.whole(height, &mut self.height, Self::SIZES_PX);
        form.next_line();
        let left = About::new("x", "Left edge of the rectangle").caption("from left").unit(" px");
        form.whole(left, &mut self.x, Self::POSITIONS_PX);
        let top = About::new("y", "Upper edge of the rectangle").caption("from top").unit(" px");
        form.whole(top, &mut self.y, Self::POSITIONS_PX);
    }

    fn resolve(&self, around: &Surroundings<'_>) -> Result<Placed<Self>, Unresolved> {
        Ok(Placed::new(*self, around))
    }
}

impl Operation for Placed<Crop> {}

impl NewImage for Placed<Crop> {
    fn output_format(&self, inputs: &[(PlacedKey, ImageFormat)]) -> Result<ImageFormat, StepError> {
        let image = inputs[0].1;
        let [width, height] = self.step.sides(image);
        if width == 0 || height == 0 {
            return Err(StepError::NothingLeft { step: Crop::NAME, image });
        }
        Ok(ImageFormat { width, height, ..image })
    }

    fn output_position(&self, inputs: &[(PlacedKey, ImageFormat)]) -> Option<SitePosition> {
        let (placed, image) = inputs[0];
        let Crop { x, y, .. } = self.step;
        self.part(placed, image, [x, y], self.step.sides(image))
    }

    fn run(
        &self,
        inputs: &[Input<'_>],
        output: ImageMut<'_>,
        _scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let image = inputs[0].image;
        let Crop { x, y, .. } = self.step;
        let pixel = usize::from(image.format.samples) * image.format.pixel.bytes();
        let (row, out_row) = (image.format.width as usize * pixel, output.format.width as usize * pixel);
        let rows = image.bytes.par_chunks_exact(row).skip(y as usize);
        output.bytes.par_chunks_exact_mut(out_row).zip(rows).try_for_each(|(out, row)| {
            cancel.check()?;
            out.copy_from_slice(&row[x as usize * pixel..][..out.len()]);
            Ok::<(), StepError>(())
        })?;
        Ok(StepNote::default())
    }
}
