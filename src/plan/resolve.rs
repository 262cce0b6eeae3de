//! A plate as the steps of a pipeline see it, and what a plan makes of a pipeline for it.

use std::collections::BTreeSet;

use super::conflicts::has_single_value;
use crate::pipeline::{PipelineSpec, PlateView, ResolvedPipeline, UnresolvedStep};
use crate::plate::{Component, ImageKey, Plate, SitePosition, WellId};

/// A plate with the images of it that are processed.
#[derive(Clone, Copy, Debug)]
pub struct PlateImages<'a> {
    plate: &'a Plate,
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
        Self { plate, processed: Processed::All }
    }

    /// Of some wells.
    pub fn of_wells(plate: &'a Plate, wells: &'a BTreeSet<WellId>) -> Self {
        Self { plate, processed: Processed::Wells(wells) }
    }

    /// Of these images.
    pub(crate) fn of_images(plate: &'a Plate, images: &'a [ImageKey]) -> Self {
        Self { plate, processed: Processed::Images(images) }
    }

    /// The pipeline on this plate.
    pub(crate) fn resolve(&self, pipeline: &PipelineSpec) -> Result<ResolvedPipeline, UnresolvedStep> {
        ResolvedPipeline::new(pipeline, self)
    }
}

impl PlateView for PlateImages<'_> {
    fn pixel_um(&self) -> Option<f64> {
        self.plate.pixel_sizes.common()?.side_um()
    }

    fn site_position(&self, site: u32) -> Option<SitePosition> {
        self.plate.site_positions.wells().next().and_then(|well| {
            self.plate.site_positions.sites_of(well).find(|(known, _)| *known == site).map(|(_, at)| at)
        })
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
                images.filter_map(|image| image.key.get(component)).collect()
            }
            Processed::Images(keys) => keys.iter().filter_map(|key| key.get(component)).collect(),
        }
    }

    fn channel_name(&self, channel: u32) -> Option<&str> {
        self.plate.channel_names.get(&channel).map(String::as_str)
    }
}
