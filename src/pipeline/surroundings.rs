//! What a step may ask of the plate that it is to be done to.

use std::collections::BTreeSet;

use super::unresolved::Untold;
use crate::plate::{Component, SitePosition};

/// What is known of a plate, and of the images of it that are processed.
pub trait PlateView {
    /// Size of a pixel in micrometres, where the files tell one that can be.
    fn pixel_um(&self) -> Option<f64>;

    /// Where a site lies, in micrometres, where the files tell.
    fn site_position(&self, site: u32) -> Option<SitePosition>;

    /// Whether the files tell where any site lies.
    fn has_site_positions(&self) -> bool;

    /// Whether all images have the same value of a component.
    fn is_single(&self, component: Component) -> bool;

    /// The values of a component in the images that are processed.
    fn values(&self, component: Component) -> BTreeSet<u32>;

    /// The name that the files give a channel.
    fn channel_name(&self, channel: u32) -> Option<&str>;
}

/// Nothing is known, as where a step is done to images of no plate.
#[derive(Clone, Copy, Debug)]
pub struct NoPlate;

impl PlateView for NoPlate {
    fn pixel_um(&self) -> Option<f64> {
        None
    }

    fn site_position(&self, _site: u32) -> Option<SitePosition> {
        None
    }

    fn has_site_positions(&self) -> bool {
        false
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
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub plate: &'a dyn PlateView,
    /// Pixels of the plate, a side, that a pixel of the images stands for where the step finds them.
    pub pixel_scale: f64,
}

impl Surroundings<'_> {
    /// Size of a pixel of the images as the step finds them, in micrometres, or that it is not known.
    pub(crate) fn pixel_um(&self) -> Result<f64, Untold> {
        let known = self.plate.pixel_um().map(|um| um * self.pixel_scale);
        known.ok_or(Untold::PixelSize)
    }
}
