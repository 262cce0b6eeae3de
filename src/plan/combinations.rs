//! The combinations of a plan: which images are preloaded, taken through all steps and cleared
//! together.

use std::collections::{BTreeMap, BTreeSet};

use super::{CombinationId, CombinationPlan, PlannedImage, PlannedWell, PlateImages, RunSpec};
use crate::plate::{Component, ImageKey, Measured, MissingOfWell, Plate, WellId};

/// The combinations that exist: well after well (or so many together as chosen), the first component
/// outermost, values in numeric order.
pub(super) fn of_wells(
    plate: &Plate,
    measured: &Measured,
    places: &PlateImages<'_>,
    wells: &BTreeSet<WellId>,
    spec: &RunSpec,
    mut missing: BTreeMap<WellId, MissingOfWell>,
) -> Vec<CombinationPlan> {
    let wells: Vec<WellId> = wells.iter().copied().collect();
    let mut all: Vec<CombinationPlan> = Vec::new();
    let mut begins = Vec::new();
    for together in wells.chunks(spec.wells_at_once.max(1)) {
        let missing: Vec<_> =
            together.iter().map(|well| (*well, missing.remove(well).unwrap_or_default())).collect();
        let mut combinations = of_wells_together(plate, measured, places, &missing, &spec.sequential);
        begins.extend(missing.into_iter().map(|(well, missing)| PlannedWell {
            well,
            combinations: combinations.iter().filter(|one| one.id.wells().any(|of| of == well)).count(),
            further_missing: missing.further(),
            missing: missing.listed,
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
    places: &PlateImages<'_>,
    wells: &[(WellId, MissingOfWell)],
    sequential: &[Component],
) -> Vec<CombinationPlan> {
    let values_of = |key: ImageKey| -> Vec<Option<u32>> {
        sequential.iter().map(|component| key.get(*component)).collect()
    };
    let mut combinations: BTreeMap<Vec<Option<u32>>, CombinationPlan> = BTreeMap::new();
    let images = wells.iter().flat_map(|(well, _)| {
        let positions = places.positions_of(*well);
        plate.images_of(*well).iter().map(move |image| (image, positions.and_then(|all| all.of(image.key))))
    });
    for (image, position) in images {
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
        let header = measured.header(image.key);
        combination.images.push(PlannedImage {
            key: image.key,
            source: image.source.clone(),
            position,
            acquired: plate.acquisitions.get(image.key).map(Box::new),
            // In words from here on: they go to the worker and into the record.
            format: header.map(|header| header.format).map_err(ToString::to_string),
            decode_scratch_bytes: header.map_or(0, |header| header.scratch_bytes),
            stored_bytes: header.map_or(0, |header| header.stored_bytes),
            shared: header.ok().and_then(|header| header.shared),
        });
    }
    for (_, missing) in wells {
        let listed = missing.listed.iter().map(|image| image.key);
        for key in listed.chain(missing.needed.iter().copied()) {
            if let Some(combination) = combinations.get_mut(&values_of(key)) {
                combination.missing.push(key);
            }
        }
    }
    for combination in combinations.values_mut() {
        // What is needed may be listed, too.
        combination.missing.sort_unstable();
        combination.missing.dedup();
    }
    combinations.into_values().collect()
}
