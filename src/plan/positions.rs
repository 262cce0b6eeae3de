//! What the plate's micrometres are in pixels, worked out once for forecast and engine: where sites lie,
//! and how wide smoothing is.

use std::collections::{BTreeMap, BTreeSet};

use super::PlanError;
use crate::pipeline::steps::{Corner, GaussianSmoothing, Placement, Sigma, Stitching, rounded};
use crate::pipeline::{PipelineSpec, Step};
use crate::plate::{Plate, SitePosition, WellId};

/// Gives the steps what they need to know in pixels: those that stitch by stage position the places of
/// the sites, those that smooth over micrometres how many pixels that is.
pub(crate) fn work_out_pixels(
    plate: &Plate,
    wells: &BTreeSet<WellId>,
    pipeline: &mut PipelineSpec,
) -> Result<(), PlanError> {
    // Pixels of the plate that one pixel stands for where the step finds it.
    let mut scale = 1.0;
    for (index, step) in pipeline.steps.iter_mut().enumerate() {
        let (name, scale_after) = (step.step.name(), scale * f64::from(step.step.pixel_scale()));
        let pixel_um = || pixel_um(plate).map(|um| um * scale);
        let fault = |why| PlanError::Pipeline(format!("step {} ({name}): {why}", index + 1));
        match &mut step.step {
            Step::Stitching(Stitching { placement, corners }) => {
                *corners = match placement {
                    Placement::Grid { .. } => BTreeMap::new(),
                    Placement::StagePositions => stage_corners(plate, pixel_um(), wells).map_err(|why| {
                        fault(format!(
                            "{why}: place the sites on a grid in the step's settings, or remove the step"
                        ))
                    })?,
                };
            }
            Step::GaussianSmoothing(GaussianSmoothing { sigma, planned_px }) => {
                *planned_px = match *sigma {
                    Sigma::Pixels(_) => None,
                    Sigma::Micrometres(micrometres) => {
                        Some(sigma_px(pixel_um(), micrometres).map_err(fault)?)
                    }
                };
            }
            _ => {}
        }
        scale = scale_after;
    }
    Ok(())
}

fn pixel_um(plate: &Plate) -> Result<f64, String> {
    let known = plate.pixel_size_um.filter(|um| um.is_finite() && *um > 0.0);
    known.ok_or_else(|| "the files of this plate do not tell the size of a pixel".to_owned())
}

/// A sigma in pixels, or what is not known or makes no sense.
fn sigma_px(pixel_um: Result<f64, String>, micrometres: f64) -> Result<f64, String> {
    let pixel_um = pixel_um
        .map_err(|why| format!("{why}: give sigma in pixels in the step's settings, or remove the step"))?;
    let pixels = micrometres / pixel_um;
    let range = Sigma::PIXELS;
    if range.contains(&pixels) {
        return Ok(pixels);
    }
    Err(format!(
        "a sigma of {micrometres} µm is {pixels:.3} pixels, which makes no sense: choose {:.3} to {:.3} µm",
        range.start() * pixel_um,
        range.end() * pixel_um
    ))
}

/// The corners of all sites of some wells, or what is not known.
fn stage_corners(
    plate: &Plate,
    pixel_um: Result<f64, String>,
    wells: &BTreeSet<WellId>,
) -> Result<BTreeMap<u32, Corner>, String> {
    let pixel_um = pixel_um?;
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
