//! What the names and places of kept images follow from: alike for all wells of a plate, however these are divided over runs,
//! so that the images of a well are the same files whoever makes them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::grid::WellSites;
use super::made::{Made, made_by};
use super::zarr::{Series, SeriesOfStep};
use crate::pipeline::ResolvedPipeline;
use crate::plan::combinations::ChosenWells;
use crate::plan::{Combinations, RunSpec};
use crate::plate::{Component, SaveAs, WellId};

/// What all wells of a plate share whose images are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KeptLayout {
    /// The form of the images.
    pub(super) form: SaveAs,
    /// The values of the components on the whole plate.
    pub(super) values: BTreeMap<Component, BTreeSet<u32>>,
    /// Where the sites of a well lie that has all of the plate; `None` where no such well is known.
    pub(super) whole: Option<WellSites>,
    /// The kept steps by their index.
    pub(super) steps: BTreeMap<usize, StepLayout>,
}

/// What the images of a kept step share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StepLayout {
    /// The short name of the step.
    pub(super) slug: String,
    pub(super) makes_labels: bool,
    /// The components that steps have assembled.
    pub(super) joined: BTreeSet<Component>,
    /// Pixels of the plate, a side, that a pixel of the images stands for.
    pub(super) pixel_scale: f64,
    /// The series of the images, where they are kept as OME-Zarr.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) series: Vec<Series>,
}

impl KeptLayout {
    /// Of a plate, given what is planned of it; the series are those of the images that are planned.
    pub(in crate::plan) fn of(
        chosen: &ChosenWells,
        spec: &RunSpec,
        pipeline: &ResolvedPipeline,
        combinations: &Combinations,
    ) -> Self {
        let (plate, images) = (chosen.plate(), chosen.images());
        let sites = plate.values(Component::Site);
        let sites_of = |well: WellId| -> WellSites { plate.site_positions.sites_of(well).collect() };
        let is_whole = |well: &WellSites| sites.iter().all(|site| well.contains_key(site));
        let known = plate.site_positions.wells().map(sites_of).find(is_whole);
        let measured = || chosen.wells().iter().map(|well| images.sites_of(*well)).find(is_whole);
        let (mut joined, mut pixel_scale) = (BTreeSet::new(), 1.0);
        let mut steps = BTreeMap::new();
        for (step_index, step) in pipeline.steps().iter().enumerate() {
            joined.extend(step.step().joins());
            pixel_scale *= f64::from(step.step().pixel_scale());
            if step.keep_images() {
                let series = match spec.save_as {
                    SaveAs::OmeZarr => series_of(pipeline, combinations, step_index),
                    SaveAs::Tiff | SaveAs::OmeTiff => Vec::new(),
                };
                let layout = StepLayout {
                    slug: step.step().slug().to_owned(),
                    makes_labels: step.step().makes_labels(),
                    joined: joined.clone(),
                    pixel_scale,
                    series,
                };
                steps.insert(step_index, layout);
            }
        }
        let values = Component::ALL.map(|component| (component, plate.values(component))).into();
        Self {
            form: spec.save_as,
            values,
            whole: known.or_else(measured).filter(|_| !sites.is_empty()),
            steps,
        }
    }
}

/// The series of a kept step.
fn series_of(pipeline: &ResolvedPipeline, combinations: &Combinations, step_index: usize) -> Vec<Series> {
    let mut times = BTreeMap::new();
    for part in combinations.parts() {
        *times.entry(part.kind()).or_default() += 1;
    }
    let mut series = SeriesOfStep::default();
    for (alike, times) in combinations.alike().zip(times.into_values()) {
        let made = alike.combinations.iter().flat_map(|one| made_by(pipeline, one, step_index));
        for Made { item, over } in made {
            if let Some(format) = item.format {
                series.add(item.key, format, over, times);
            }
        }
    }
    series.finish()
}
