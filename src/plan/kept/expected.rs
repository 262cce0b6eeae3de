//! The images of a step that a plan lets expect, well after well: those that are made, and those that are withheld.
//!
//! A run takes its combinations in an order of its own; here each well has its images together, in the order of
//! their keys, and no more wells are in memory than the run takes together.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{CombinationPlan, Item, Plan, groups, results};
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

/// Goes through the wells of a plan in their order, with what a step makes of each.
///
/// # Errors
/// The first error of `take`, which then is not called again.
pub(crate) fn for_each_well<E>(
    plan: &Plan,
    step_index: usize,
    mut take: impl FnMut(WellId, ExpectedWell) -> Result<(), E>,
) -> Result<(), E> {
    let result_of = |key: &ImageKey| plan.result_after(step_index, *key);
    let mut last_of: BTreeMap<WellId, usize> = BTreeMap::new();
    for (index, combination) in plan.combinations.iter().enumerate() {
        last_of.extend(combination.id.wells().map(|well| (well, index)));
    }
    let mut open: BTreeMap<WellId, ExpectedWell> = BTreeMap::new();
    for (index, combination) in plan.combinations.iter().enumerate() {
        for begins in &combination.begins {
            let well = open.entry(begins.well).or_default();
            well.missing.extend(begins.missing.iter().map(|image| result_of(&image.key)));
            well.further = begins.further_missing;
        }
        for key in &combination.missing {
            open.entry(key.well).or_default().missing.insert(result_of(key));
        }
        for item in items_after(plan, combination, step_index) {
            open.entry(item.key.well).or_default().items.push(item);
        }
        // A well without images is done with where it begins; no well is done with before one that comes earlier.
        while let Some(first) = open.first_entry()
            && last_of.get(first.key()).is_none_or(|last| *last <= index)
        {
            let (id, mut well) = first.remove_entry();
            well.items.sort_by_key(|item| item.key);
            take(id, well)?;
        }
    }
    Ok(())
}

/// The images of a combination as a step leaves them.
fn items_after(plan: &Plan, combination: &CombinationPlan, step_index: usize) -> Vec<Item> {
    let steps = plan.pipeline.steps().iter().take(step_index + 1);
    steps.fold(combination.items(), |items, step| results(&groups(step, &items)))
}
