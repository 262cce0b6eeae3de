//! A plate as the steps of a pipeline see it, and what a plan makes of a pipeline for it.

use std::collections::{BTreeMap, BTreeSet};

use super::conflicts::has_single_value;
use crate::image::Rgb;
use crate::pipeline::{PipelineSpec, PlateView, ResolvedPipeline, UnresolvedStep};
use crate::plate::{
    Component, ImageKey, Measured, PixelSize, Plate, PlateImage, SitePosition, WellId, WellPositions,
    distinct,
};

/// A plate with the images of it that are processed.
#[derive(Clone, Copy, Debug)]
pub struct PlateImages<'a> {
    plate: &'a Plate,
    /// What was read of the images themselves.
    measured: Option<&'a Measured>,
    processed: Processed<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Processed<'a> {
    All,
    Wells(&'a BTreeSet<WellId>),
    Images(&'a [ImageKey]),
}

impl<'a> PlateImages<'a> {
    /// Of a whole plate, with ready-made projections.
    pub fn of_plate(plate: &'a Plate) -> Self {
        Self { plate, measured: None, processed: Processed::All }
    }

    /// Of some wells, which have been measured.
    pub(super) fn of_wells(plate: &'a Plate, measured: &'a Measured, wells: &'a BTreeSet<WellId>) -> Self {
        Self { plate, measured: Some(measured), processed: Processed::Wells(wells) }
    }

    /// Of these images; not all need have been measured.
    pub(crate) fn of_images(plate: &'a Plate, measured: &'a Measured, images: &'a [ImageKey]) -> Self {
        Self { plate, measured: Some(measured), processed: Processed::Images(images) }
    }

    /// The pipeline on this plate.
    pub(crate) fn resolve(&self, pipeline: &PipelineSpec) -> Result<ResolvedPipeline, UnresolvedStep> {
        ResolvedPipeline::new(pipeline, self)
    }

    /// Where the sites of a well lie, as far as that is known: as its own images say where they do, and otherwise
    /// as the plate does. Never both, because the two may count from different places.
    pub(crate) fn positions_of(&self, well: WellId) -> Option<&'a WellPositions> {
        let measured = self.measured.and_then(|measured| measured.site_positions.of_well(well));
        measured.or_else(|| self.plate.site_positions.of_well(well))
    }

    /// Where each site of a well lies, as far as that is known.
    pub(super) fn sites_of(&self, well: WellId) -> BTreeMap<u32, SitePosition> {
        let measured = self.measured.map(|measured| &measured.site_positions);
        let measured = measured.filter(|positions| positions.of_well(well).is_some());
        measured.unwrap_or(&self.plate.site_positions).sites_of(well).collect()
    }

    /// The first image of a well, of some, of which it is not known where it lies.
    fn unplaced_of(&self, well: WellId, images: impl IntoIterator<Item = ImageKey>) -> Option<ImageKey> {
        let positions = self.positions_of(well);
        images.into_iter().find(|key| positions.and_then(|positions| positions.of(*key)).is_none())
    }
}

impl PlateView for PlateImages<'_> {
    fn pixel_size(&self, channel: u32) -> Option<PixelSize> {
        self.plate.pixel_sizes.of(Some(channel))
    }

    fn unplaced(&self) -> Option<ImageKey> {
        let of_well =
            |well: WellId| self.unplaced_of(well, self.plate.images_of(well).iter().map(PlateImage::key));
        match self.processed {
            Processed::All => self.plate.wells().into_iter().find_map(of_well),
            Processed::Wells(wells) => wells.iter().copied().find_map(of_well),
            Processed::Images(keys) => keys.iter().find_map(|key| self.unplaced_of(key.well, [*key])),
        }
    }

    fn has_site_positions(&self) -> bool {
        !self.plate.site_positions.is_empty()
    }

    fn is_single(&self, component: Component) -> bool {
        has_single_value(self.plate, component)
    }

    fn values(&self, component: Component) -> BTreeSet<u32> {
        match self.processed {
            Processed::All => self.plate.values(component),
            Processed::Wells(wells) => {
                let images = wells.iter().flat_map(|well| self.plate.images_of(*well));
                distinct(images.filter_map(|image| image.key().get(component)))
            }
            Processed::Images(keys) => keys.iter().filter_map(|key| key.get(component)).collect(),
        }
    }

    fn channel_name(&self, channel: u32) -> Option<&str> {
        self.plate.channel_names.get(&channel).map(String::as_str)
    }

    fn channel_colour(&self, channel: u32) -> Option<Rgb> {
        self.plate.channel_colours.get(&channel).copied()
    }

    fn sites(&self) -> BTreeSet<u32> {
        self.plate.values(Component::Site)
    }

    fn site_positions(&self) -> Vec<(u32, SitePosition)> {
        let well = match self.processed {
            Processed::All => self.plate.site_positions.wells().next(),
            Processed::Wells(wells) => wells.first().copied(),
            Processed::Images(keys) => keys.first().map(|key| key.well),
        };
        well.map_or_else(Vec::new, |well| self.plate.site_positions.sites_of(well).collect())
    }
}
