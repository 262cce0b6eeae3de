//! How large the pixels of what the viewer shows are: those of the channel that is looked at, at the step that is
//! looked at.

use crate::app::images::preview::Preview;
use crate::pipeline::{ResolvedStep, pixel_scale};
use crate::plate::PixelSize;
use crate::ui::images::image_list::{ImagesModel, Item};

/// The pixels of an image, or of several that lie upon each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PanePixels {
    /// Their size, or why there is none to tell.
    pub(crate) size: Result<PixelSize, NoPixelSize>,
    /// How many pixels of the plate's images, a side, one of them stands for.
    scale: u32,
}

/// Why no size of a pixel can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPixelSize {
    /// The plate does not say.
    Untold,
    /// Images that are shown as one have different sizes.
    Different,
}

impl NoPixelSize {
    /// In a sentence.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Untold => "The images do not say how large a pixel is",
            Self::Different => {
                "The images that are shown together have different pixel sizes, so the same pixel is not the same \
                 place in the well"
            }
        }
    }
}

impl PanePixels {
    /// Those of an image of the plate, or of what a run made.
    pub(crate) fn of_item(model: &ImagesModel<'_>, item: &Item) -> Self {
        Self::of(model, item.key.channel, item.pixel_scale(model))
    }

    /// Those of what the first steps of the pipeline make.
    pub(crate) fn of_preview(model: &ImagesModel<'_>, preview: &Preview) -> Self {
        let steps = preview.pipeline.steps().iter().map(ResolvedStep::step);
        Self::of(model, preview.key.channel, pixel_scale(steps))
    }

    fn of(model: &ImagesModel<'_>, channel: Option<u32>, scale: u32) -> Self {
        let size = model.plate.pixel_sizes.of(channel).map(|size| size.scaled(f64::from(scale)));
        let is_known = !model.plate.pixel_sizes.is_empty();
        let why = if channel.is_none() && is_known { NoPixelSize::Different } else { NoPixelSize::Untold };
        Self { size: size.ok_or(why), scale }
    }

    /// Those of images that are shown as one.
    pub(crate) fn together(self, other: Self) -> Self {
        let size = match (self.size, other.size) {
            (Ok(one), Ok(other)) if one.is_same(other) => Ok(one),
            (Ok(_), Ok(_)) => Err(NoPixelSize::Different),
            (Err(why), _) | (_, Err(why)) => Err(why),
        };
        Self { size, scale: self.scale }
    }

    /// How many of these, along a row and along a column, one of the others is as large as.
    pub(crate) fn in_one_of(self, other: Self) -> [f64; 2] {
        match (other.size, self.size) {
            (Ok(other), Ok(own)) => [other.x_um / own.x_um, other.y_um / own.y_um],
            // Without a size on either side they are at least as many of the plate's pixels.
            (Err(_), Err(_)) => [f64::from(other.scale) / f64::from(self.scale); 2],
            _ => [1.0; 2],
        }
    }

    /// The pixel at the same part of the well as one of another pane.
    pub(crate) fn at(self, other: Self, (x, y): (u32, u32)) -> (u32, u32) {
        let [along_row, along_column] = self.in_one_of(other);
        let within = |pixel: u32, in_one: f64| ((f64::from(pixel) + 0.5) * in_one) as u32;
        (within(x, along_row), within(y, along_column))
    }

    /// `0.65 µm a pixel`; `None` where nothing is known.
    pub(crate) fn text(self) -> Option<String> {
        match self.size {
            Ok(size) => Some(format!("{size} a pixel")),
            Err(NoPixelSize::Different) => Some("different pixel sizes".to_owned()),
            Err(NoPixelSize::Untold) => None,
        }
    }
}
