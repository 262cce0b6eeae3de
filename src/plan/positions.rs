//! Where sites lie in whole pixels, worked out once for forecast and engine.

use std::collections::{BTreeMap, BTreeSet};

use super::PlanError;
use crate::pipeline::steps::{Corner, Placement, Stitching, rounded};
use crate::pipeline::{PipelineSpec, Step};
use crate::plate::{Plate, SitePosition, WellId};

/// Gives the steps that stitch by stage position the places of the sites.
pub(crate) fn place_sites(
    plate: &Plate,
    wells: &BTreeSet<WellId>,
    pipeline: &mut PipelineSpec,
) -> Result<(), PlanError> {
    for (index, step) in pipeline.steps.iter_mut().enumerate() {
        let Step::Stitching(stitching) = &mut step.step else { continue };
        let Stitching { placement, corners } = stitching;
        *corners = match placement {
            Placement::Grid { .. } => BTreeMap::new(),
            Placement::StagePositions => stage_corners(plate, wells).map_err(|why| {
                PlanError::Pipeline(format!(
                    "step {} ({}): {why}: place the sites on a grid in the step's settings, or remove the step",
                    index + 1,
                    Stitching::NAME
                ))
            })?,
        };
    }
    Ok(())
}

/// The corners of all sites of some wells, or what is not known.
fn stage_corners(plate: &Plate, wells: &BTreeSet<WellId>) -> Result<BTreeMap<u32, Corner>, String> {
    let Some(pixel_um) = plate.pixel_size_um.filter(|um| um.is_finite() && *um > 0.0) else {
        return Err("the files of this plate do not tell the size of a pixel".to_owned());
    };
    let corner = |position: &SitePosition| Corner {
        x: rounded(position.x_um / pixel_um),
        y: rounded(position.y_um / pixel_um),
    };
    // Those of which nothing is there need no place: a mosaic without them is withheld.
    let images = wells.iter().flat_map(|well| plate.images_of(*well));
    let sites: BTreeSet<u32> = images.filter_map(|image| image.key.site).collect();
    sites
        .into_iter()
        .map(|site| match plate.site_positions.get(&site) {
            Some(position) => Ok((site, corner(position))),
            None => Err(format!("the files of this plate do not tell the stage position of site {site}")),
        })
        .collect()
}
