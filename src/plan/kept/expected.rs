//! The images of a step that a plan lets expect, well after well: those that are made, and those that are withheld.
//!
//! A run takes its combinations in an order of its own; here each well has its images together, in the order of
//! their keys, and no more wells are in memory than the run takes together.

use std::collections::{BTreeMap, BTreeSet};

use super::super::combinations::Part;
use super::super::{CombinationPlan, Item, Plan};
use super::made::{Made, made_by};
use crate::plate::{ImageKey, WellId};

/// What a step makes of a well.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ExpectedWell {
    /// The images, sorted by key; of those that the plan withholds the format is `None`.
    pub items: Vec<Item>,
    /// The results that an image is missing for, which need not be among the images.
    pub missing: BTreeSet<ImageKey>,
    /// How many more images of the plate are missing in the well that are not listed.
    pub further: usize,
}

/// Wells in their order, with what a step makes of each.
pub(crate) type ExpectedWells<'a> = Box<dyn Iterator<Item = (WellId, ExpectedWell)> + Send + 'a>;

/// Goes through the wells of a plan, with what a step makes of each.
pub(crate) fn expected_wells(plan: &Plan, step_index: usize) -> ExpectedWells<'_> {
    let of_part = move |part: Part<'_>| of_part(plan, step_index, &part.combinations());
    Box::new(plan.combinations.parts().flat_map(of_part))
}

/// Those of wells that are processed together, and of those without images that begin with them.
fn of_part(
    plan: &Plan,
    step_index: usize,
    combinations: &[CombinationPlan],
) -> BTreeMap<WellId, ExpectedWell> {
    let mut wells: BTreeMap<WellId, ExpectedWell> = BTreeMap::new();
    let result_of = |key: &ImageKey| plan.result_after(step_index, *key);
    for combination in combinations {
        for begins in &combination.begins {
            let well = wells.entry(begins.well).or_default();
            well.missing.extend(begins.missing.iter().map(|image| result_of(&image.key)));
            well.further = begins.further_missing;
        }
        for key in &combination.missing {
            wells.entry(key.well).or_default().missing.insert(result_of(key));
        }
        for Made { item, .. } in made_by(&plan.pipeline, combination, step_index) {
            wells.entry(item.key.well).or_default().items.push(item);
        }
    }
    for well in wells.values_mut() {
        well.items.sort_by_key(|item| item.key);
    }
    wells
}
