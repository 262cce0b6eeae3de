//! The combinations of wells that are processed together, made of the plate.

use std::collections::BTreeMap;

use super::wells::{ChosenWells, WellImage};
use crate::plan::{CombinationId, CombinationPlan, PlannedImage, PlannedWell};
use crate::plate::{Component, ImageKey, MissingOfWell, WellId};

/// The combinations of some wells, and which of them each image is in.
pub(super) struct Made {
    /// Those that exist, the first component outermost, values in numeric order. No well begins with them yet.
    pub(super) combinations: Vec<CombinationPlan>,
    /// Of each image of the wells, in order, the place of its combination.
    pub(super) places: Vec<u32>,
}

/// The values of the components that are taken one at a time, outermost first.
type Values = [Option<u32>; Component::ALL.len()];

/// The values by which images are distinguished.
pub(super) fn values_of(key: ImageKey, sequential: &[Component]) -> Values {
    let mut values = Values::default();
    for (value, component) in values.iter_mut().zip(sequential) {
        *value = key.get(*component);
    }
    values
}

impl Made {
    /// Of wells with images, in their order; `first_index` is that of the first combination in the run.
    pub(super) fn of(
        chosen: &ChosenWells,
        wells: &[WellId],
        sequential: &[Component],
        first_index: usize,
    ) -> Self {
        let mut found: BTreeMap<Values, usize> = BTreeMap::new();
        let mut combinations: Vec<CombinationPlan> = Vec::new();
        let mut found_at = Vec::new();
        // Images that follow each other mostly are in one combination.
        let mut last: Option<(Values, usize)> = None;
        for image in wells.iter().flat_map(|well| chosen.of_well(*well)) {
            let key = image.image.key();
            let values = values_of(key, sequential);
            let place = match last {
                Some((of, place)) if of == values => place,
                _ => *found.entry(values).or_insert_with(|| {
                    combinations.push(empty(key.well, &values, sequential));
                    combinations.len() - 1
                }),
            };
            last = Some((values, place));
            let combination = &mut combinations[place];
            if combination.id.wells().last() != Some(key.well) {
                combination.id.more_wells.push(key.well);
            }
            combination.images.push(planned(chosen, image));
            found_at.push(place);
        }
        for key in wells.iter().flat_map(|well| lacking(chosen, *well)) {
            if let Some(place) = found.get(&values_of(key, sequential)) {
                combinations[*place].missing.push(key);
            }
        }
        // In the order of their values, not in that in which they were found.
        let mut order = vec![0_u32; combinations.len()];
        for (place, found) in (0..).zip(found.values()) {
            order[*found] = place;
        }
        let mut sorted: Vec<(u32, CombinationPlan)> = order.iter().copied().zip(combinations).collect();
        sorted.sort_unstable_by_key(|(place, _)| *place);
        let finished = |(index, (_, mut combination)): (usize, (u32, CombinationPlan))| {
            combination.id.index = first_index + index;
            // What is needed may be listed, too.
            combination.missing.sort_unstable();
            combination.missing.dedup();
            combination
        };
        let combinations = sorted.into_iter().enumerate().map(finished).collect();
        Self { combinations, places: found_at.into_iter().map(|found| order[found]).collect() }
    }
}

/// A well as it begins, given the combinations in which it may have images.
pub(super) fn begun(chosen: &ChosenWells, well: WellId, combinations: &[CombinationPlan]) -> PlannedWell {
    let missing = chosen.missing_of(well);
    PlannedWell {
        well,
        combinations: combinations.iter().filter(|one| one.id.wells().any(|of| of == well)).count(),
        missing: missing.map(|missing| missing.listed.clone()).unwrap_or_default(),
        further_missing: missing.map_or(0, MissingOfWell::further),
    }
}

fn lacking(chosen: &ChosenWells, well: WellId) -> impl Iterator<Item = ImageKey> {
    let missing = chosen.missing_of(well).into_iter();
    missing.flat_map(|missing| {
        let listed = missing.listed.iter().map(|image| image.key);
        listed.chain(missing.needed.iter().copied())
    })
}

fn empty(well: WellId, values: &Values, sequential: &[Component]) -> CombinationPlan {
    let named = |(component, value): (&Component, &Option<u32>)| Some((*component, (*value)?));
    let values = sequential.iter().zip(values).filter_map(named).collect();
    CombinationPlan {
        id: CombinationId { index: 0, well, more_wells: Vec::new(), values },
        begins: Vec::new(),
        images: Vec::new(),
        missing: Vec::new(),
    }
}

fn planned(chosen: &ChosenWells, WellImage { image, position, header }: WellImage<'_>) -> PlannedImage {
    PlannedImage {
        key: image.key(),
        source: image.source.clone(),
        position,
        acquired: chosen.plate().acquisitions.get(image.key()).map(Box::new),
        // In words from here on: they go to the worker and into the record.
        format: header.map(|header| header.format).map_err(ToString::to_string),
        decode_scratch_bytes: header.map_or(0, |header| header.scratch_bytes),
        stored_bytes: header.map_or(0, |header| header.stored_bytes),
        shared: header.ok().and_then(|header| header.shared),
    }
}
