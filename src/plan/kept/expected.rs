//! The images of a step that a plan lets expect, well after well: those that are made, and those that are withheld.
//!
//! A run takes its combinations in an order of its own; here each well has its images together, in the order of
//! their keys, and no more wells are in memory than the run takes together.

use std::collections::{BTreeMap, BTreeSet};

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

/// Goes through the wells of a plan in their order, with what a step makes of each.
pub(crate) struct ExpectedWells<'a> {
    plan: &'a Plan,
    step_index: usize,
    /// The combinations that are still to come.
    combinations: std::iter::Enumerate<std::slice::Iter<'a, CombinationPlan>>,
    /// The last combination that has images of a well.
    last_of: BTreeMap<WellId, usize>,
    /// The wells of which not all is known.
    open: BTreeMap<WellId, ExpectedWell>,
    /// Number of combinations that were taken.
    taken: usize,
}

impl<'a> ExpectedWells<'a> {
    pub(crate) fn of(plan: &'a Plan, step_index: usize) -> Self {
        let mut last_of: BTreeMap<WellId, usize> = BTreeMap::new();
        for (index, combination) in plan.combinations.iter().enumerate() {
            last_of.extend(combination.id.wells().map(|well| (well, index)));
        }
        let combinations = plan.combinations.iter().enumerate();
        Self { plan, step_index, combinations, last_of, open: BTreeMap::new(), taken: 0 }
    }

    fn take(&mut self, combination: &CombinationPlan) {
        let result_of = |key: &ImageKey| self.plan.result_after(self.step_index, *key);
        for begins in &combination.begins {
            let well = self.open.entry(begins.well).or_default();
            well.missing.extend(begins.missing.iter().map(|image| result_of(&image.key)));
            well.further = begins.further_missing;
        }
        for key in &combination.missing {
            self.open.entry(key.well).or_default().missing.insert(result_of(key));
        }
        for Made { item, .. } in made_by(&self.plan.pipeline, combination, self.step_index) {
            self.open.entry(item.key.well).or_default().items.push(item);
        }
    }
}

impl Iterator for ExpectedWells<'_> {
    type Item = (WellId, ExpectedWell);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            // A well without images is done with where it begins; no well is done with before one that comes earlier.
            if let Some(first) = self.open.first_entry()
                && self.last_of.get(first.key()).is_none_or(|last| *last < self.taken)
            {
                let (id, mut well) = first.remove_entry();
                well.items.sort_by_key(|item| item.key);
                return Some((id, well));
            }
            let (index, combination) = self.combinations.next()?;
            self.taken = index + 1;
            self.take(combination);
        }
    }
}
