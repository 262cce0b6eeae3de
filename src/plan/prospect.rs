//! What all choices for some wells of a plate share, whichever components are taken one at a time: worked out once, however
//! many choices there are.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::combinations::ChosenWells;
use super::error::list;
use super::{PlanError, PlateFacts, PlateImages, RunSpec};
use crate::image::ImageHeader;
use crate::pipeline::ResolvedPipeline;
use crate::plate::{Measured, Plate, SaveAs, ScanIssue, WellId, type_name};

/// How many wells are named of those that a plate has.
const MOST_NAMED: usize = 8;

/// What all choices share.
pub(super) struct Prospect {
    pub(super) chosen: Arc<ChosenWells>,
    pub(super) pipeline: ResolvedPipeline,
    pub(super) facts: PlateFacts,
    /// What the user should know of it, in sentences.
    pub(super) remarks: Vec<String>,
    /// See [`super::Basis::further_sets`].
    pub(super) further_sets: u64,
}

impl Prospect {
    /// For the given wells, which must have been measured. Of `spec` mode and components are ignored.
    pub(super) fn new(
        plate: &Arc<Plate>,
        measured: &Arc<Measured>,
        wells: &BTreeSet<WellId>,
        spec: &RunSpec,
    ) -> Result<Self, PlanError> {
        spec.check()?;
        spec.pipeline.check()?;
        let having = plate.wells();
        let unknown: Vec<_> = wells.difference(&having).copied().collect();
        if !unknown.is_empty() {
            let further = having.len().saturating_sub(MOST_NAMED);
            let mut having = list(&having.into_iter().take(MOST_NAMED).collect::<Vec<_>>());
            if further > 0 {
                having.push_str(&format!(" and {further} more"));
            }
            return Err(PlanError::NoSuchWell { wells: unknown, having });
        }
        let images = PlateImages::of_wells(plate, measured, wells);
        let pipeline = images.resolve(&spec.pipeline)?;
        let mut remarks = spec.pipeline.changed_steps();
        for remark in pipeline.steps().iter().filter_map(|step| step.step().remark(&images)) {
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
        let issues = measured.issues(plate, wells).into_iter();
        remarks.extend(issues.map(|ScanIssue { path, why }| format!("{path}: {why}.")));
        if wells.iter().all(|well| plate.images_of(*well).is_empty()) {
            let only_projections = if plate.images.is_empty() && !plate.projections.is_empty() {
                ": the plate holds ready-made projections only"
            } else {
                ""
            };
            return Err(PlanError::NoImages(only_projections.to_owned()));
        }
        if spec.save_as == SaveAs::OmeTiff && spec.pipeline.steps.iter().any(|step| step.keep_images) {
            let mut planned =
                wells.iter().flat_map(|well| plate.images_of(*well).iter().zip(measured.of_well(*well)));
            let is_nameless = |header: ImageHeader| type_name(header.format.pixel).is_none();
            if let Some((image, _)) = planned.find(|(_, header)| header.is_ok_and(is_nameless)) {
                return Err(PlanError::NoOmeType(image.key()));
            }
        }
        let facts = PlateFacts::of(plate, measured);
        let chosen = Arc::new(ChosenWells::new(plate, measured, wells, &pipeline));
        Ok(Self { chosen, pipeline, facts, remarks, further_sets: 0 })
    }

    /// The same where the first set of wells stands for so many more.
    pub(super) fn of_sets(self, further_sets: u64) -> Self {
        Self { further_sets, ..self }
    }
}
