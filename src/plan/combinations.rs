//! The combinations of a plan: which images are preloaded, taken through all steps and cleared
//! together.

use std::collections::{BTreeMap, BTreeSet};

use super::{CombinationId, CombinationPlan, PlannedImage, PlannedWell, RunSpec};
use crate::plate::{Component, ImageKey, Measured, MissingImage, Plate, WellId};

/// The combinations that exist: well after well (or so many together as chosen), the first component
/// outermost, values in numeric order.
pub(super) fn of_wells(
    plate: &Plate,
    measured: &Measured,
    wells: &BTreeSet<WellId>,
    spec: &RunSpec,
    mut missing: BTreeMap<WellId, Vec<MissingImage>>,
) -> Vec<CombinationPlan> {
    let wells: Vec<WellId> = wells.iter().copied().collect();
    let mut all: Vec<CombinationPlan> = Vec::new();
    let mut begins = Vec::new();
    for together in wells.chunks(spec.wells_at_once.max(1)) {
        let missing: Vec<_> =
            together.iter().map(|well| (*well, missing.remove(well).unwrap_or_default())).collect();
        let mut combinations = of_wells_together(plate, measured, &missing, &spec.sequential);
        begins.extend(missing.into_iter().map(|(well, missing)| PlannedWell {
            well,
            combinations: combinations.iter().filter(|one| one.id.wells().any(|of| of == well)).count(),
            missing,
        }));
        // Wells without any image begin, and are done, with the next that has some.
        if let Some(first) = combinations.first_mut() {
            first.begins = std::mem::take(&mut begins);
        }
        all.append(&mut combinations);
    }
    if let Some(last) = all.last_mut() {
        last.begins.append(&mut begins);
    }
    for (index, combination) in all.iter_mut().enumerate() {
        combination.id.index = index;
    }
    all
}

/// The combinations of wells that are processed together.
fn of_wells_together(
    plate: &Plate,
    measured: &Measured,
    wells: &[(WellId, Vec<MissingImage>)],
    sequential: &[Component],
) -> Vec<CombinationPlan> {
    let values_of = |key: ImageKey| -> Vec<Option<u32>> {
        sequential.iter().map(|component| key.get(*component)).collect()
    };
    let mut combinations: BTreeMap<Vec<Option<u32>>, CombinationPlan> = BTreeMap::new();
    for image in wells.iter().flat_map(|(well, _)| plate.images_of(*well)) {
        let well = image.key.well;
        let combination = combinations.entry(values_of(image.key)).or_insert_with_key(|values| {
            let named = |(component, value): (&Component, &Option<u32>)| Some((*component, (*value)?));
            let values = sequential.iter().zip(values).filter_map(named).collect();
            CombinationPlan {
                id: CombinationId { index: 0, well, more_wells: Vec::new(), values },
                begins: Vec::new(),
                images: Vec::new(),
                missing: Vec::new(),
            }
        });
        if combination.id.wells().last() != Some(well) {
            combination.id.more_wells.push(well);
        }
        combination.images.push(PlannedImage {
            key: image.key,
            source: image.source.clone(),
            // In words from here on: they go to the worker and into the record.
            format: measured.format(image.key).map_err(|error| error.to_string()),
            decode_scratch_bytes: measured.decode_scratch_bytes(image.key),
            stored_bytes: measured.stored_bytes(image.key),
        });
    }
    for image in wells.iter().flat_map(|(_, missing)| missing) {
        if let Some(combination) = combinations.get_mut(&values_of(image.key)) {
            combination.missing.push(image.key);
        }
    }
    combinations.into_values().collect()
}
