//! The images of a step that a plan lets expect, well after well: those that are made, and those that are withheld.
//!
//! A run takes its combinations in an order of its own; here each well has its images together, in the order of
//! their keys, and no more wells are in memory than the run takes together.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{CombinationPlan, Group, Item, Plan, groups, results};
use crate::image::ImageFormat;
use crate::pipeline::ResolvedStep;
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
        for Made { item, .. } in made_by(self.plan, combination, self.step_index) {
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

/// An image that a step makes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Made {
    pub item: Item,
    /// The format of the image that it names objects of; `None` of one that names none.
    pub over: Option<ImageFormat>,
}

/// What a step makes of groups of images, in the order of [`results`].
pub(crate) fn made(step: &ResolvedStep, groups: &[Group], items: &[Item]) -> Vec<Made> {
    let makes_labels = step.step().makes_labels();
    let of_group = |group: &Group| {
        let first = group.inputs.first().filter(|_| makes_labels);
        let over = first.and_then(|input| items[*input].format);
        group.results.iter().map(move |item| Made { item: *item, over }).collect::<Vec<_>>()
    };
    let mut made: Vec<Made> = groups.iter().flat_map(of_group).collect();
    made.sort_by_key(|made| made.item.key);
    made
}

/// What a step makes of the images of a combination.
pub(super) fn made_by(plan: &Plan, combination: &CombinationPlan, step_index: usize) -> Vec<Made> {
    let items = items_before(plan, combination, step_index);
    let step = plan.pipeline.steps().get(step_index);
    step.map(|step| made(step, &groups(step, &items), &items)).unwrap_or_default()
}

/// The images of a combination as a step finds them.
fn items_before(plan: &Plan, combination: &CombinationPlan, step_index: usize) -> Vec<Item> {
    let steps = plan.pipeline.steps().iter().take(step_index);
    steps.fold(combination.items(), |items, step| results(&groups(step, &items)))
}
