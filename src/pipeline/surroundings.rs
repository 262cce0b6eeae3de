//! What a step may ask of the plate that it is to be done to.

use std::collections::BTreeSet;

use super::unresolved::Untold;
use crate::image::Rgb;
use crate::plate::{Component, ImageKey, PixelSize, PixelSizes, SitePosition};

/// What is known of a plate, and of the images of it that are processed.
pub trait PlateView {
    /// Size of a pixel of a channel's images, where the files tell.
    fn pixel_size(&self, channel: u32) -> Option<PixelSize>;

    /// Whether the files tell where any site lies.
    fn has_site_positions(&self) -> bool;

    /// The first image, of those that are processed, of which the files do not tell where it lies.
    fn unplaced(&self) -> Option<ImageKey>;

    /// Whether all images have the same value of a component.
    fn is_single(&self, component: Component) -> bool;

    /// The values of a component in the images that are processed.
    fn values(&self, component: Component) -> BTreeSet<u32>;

    /// The name that the files give a channel.
    fn channel_name(&self, channel: u32) -> Option<&str>;

    /// The colour that the files give a channel.
    fn channel_colour(&self, _channel: u32) -> Option<Rgb> {
        None
    }

    /// The sites that any well of the plate has, whatever is processed of it.
    fn sites(&self) -> BTreeSet<u32> {
        BTreeSet::new()
    }

    /// Where the sites of one of the wells that are processed lie, as far as the files tell.
    fn site_positions(&self) -> Vec<(u32, SitePosition)> {
        Vec::new()
    }
}

/// Nothing is known, as where a step is done to images of no plate.
#[derive(Clone, Copy, Debug)]
pub struct NoPlate;

impl PlateView for NoPlate {
    fn pixel_size(&self, _channel: u32) -> Option<PixelSize> {
        None
    }

    fn has_site_positions(&self) -> bool {
        false
    }

    fn unplaced(&self) -> Option<ImageKey> {
        None
    }

    fn is_single(&self, _component: Component) -> bool {
        false
    }

    fn values(&self, _component: Component) -> BTreeSet<u32> {
        BTreeSet::new()
    }

    fn channel_name(&self, _channel: u32) -> Option<&str> {
        None
    }
}

/// The plate as a step at its place in a pipeline sees it.
#[derive(Clone)]
pub(crate) struct Surroundings<'a> {
    pub plate: &'a dyn PlateView,
    /// Pixels of the plate, a side, that a pixel of the images stands for where the step finds them.
    pub pixel_scale: f64,
    /// Components of which one image was made by the steps before.
    pub joined: BTreeSet<Component>,
}

impl<'a> Surroundings<'a> {
    /// Before the first step.
    pub(crate) fn of(plate: &'a dyn PlateView) -> Self {
        Self { plate, pixel_scale: 1.0, joined: BTreeSet::new() }
    }

    /// The sizes of pixels of the images as the step finds them, by the channels that are processed, or which
    /// is not known. Where one image was made of all channels, they have one size.
    pub(crate) fn pixel_sizes(&self) -> Result<PixelSizes, Untold> {
        let mut sizes = PixelSizes::default();
        let mut unknown = None;
        for channel in self.plate.values(Component::Channel) {
            match self.plate.pixel_size(channel) {
                Some(size) => sizes.add(channel, size.scaled(self.pixel_scale)),
                None => unknown = unknown.or(Some(channel)),
            }
        }
        match unknown {
            _ if sizes.is_empty() => Err(Untold::PixelSize),
            Some(channel) => Err(Untold::PixelSizeOf { channel: self.channel_title(channel) }),
            None if self.joined.contains(&Component::Channel) && sizes.common().is_none() => {
                Err(Untold::PixelSizesDiffer)
            }
            None => Ok(sizes),
        }
    }

    /// Those sizes that are known.
    pub(crate) fn known_pixel_sizes(&self) -> PixelSizes {
        let mut sizes = PixelSizes::default();
        for channel in self.plate.values(Component::Channel) {
            if let Some(size) = self.plate.pixel_size(channel) {
                sizes.add(channel, size.scaled(self.pixel_scale));
            }
        }
        sizes
    }

    /// `2`, or `2 (FITC)`.
    pub(crate) fn channel_title(&self, channel: u32) -> String {
        match self.plate.channel_name(channel) {
            Some(name) => format!("{channel} ({name})"),
            None => channel.to_string(),
        }
    }
}
