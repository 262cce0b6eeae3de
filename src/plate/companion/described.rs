//! What is told of a plate for its companion: what its images have in common, and well after well what is there.

use super::Lack;
use crate::image::{ImageFormat, Rgb};
use crate::plate::{Acquired, ImageKey, PixelSize, PlateShape, SitePosition, WellId};

/// What the images of a plate have in common.
#[derive(Clone, Debug)]
pub(crate) struct Described<'a> {
    /// Name of the plate.
    pub name: &'a str,
    /// Name of the companion's file.
    pub companion: &'a str,
    /// Rows and columns.
    pub shape: Option<PlateShape>,
    /// Instrument, where known.
    pub microscope: Option<&'a str>,
    /// Objective, where known.
    pub objective: Option<&'a str>,
    /// The channels that were saved, by their numbers.
    pub channels: Vec<DescribedChannel<'a>>,
    /// Numbers of the planes that were saved, in their order.
    pub planes: Vec<u32>,
    /// Numbers of the timepoints that were saved, in their order.
    pub timepoints: Vec<u32>,
}

/// A channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DescribedChannel<'a> {
    pub number: u32,
    pub name: Option<&'a str>,
    pub colour: Rgb,
    /// Size of a pixel, where known.
    pub pixel_size: Option<PixelSize>,
}

/// An image that was saved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DescribedImage<'a> {
    /// Components that have been assembled are `None`.
    pub key: ImageKey,
    /// Its size and type.
    pub format: ImageFormat,
    /// Where its middle lies, where known.
    pub position: Option<SitePosition>,
    /// Path of its file beside the companion, with `/` between folders.
    pub file: &'a str,
    /// How its source was recorded, where known.
    pub acquired: Option<Acquired>,
}

/// A well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DescribedWell<'a> {
    pub well: WellId,
    /// What was saved, sorted by key.
    pub images: &'a [DescribedImage<'a>],
    /// What should be there and is not, sorted by key.
    pub absent: &'a [(ImageKey, Lack)],
    /// How many more should be there that are not listed.
    pub further: usize,
}
