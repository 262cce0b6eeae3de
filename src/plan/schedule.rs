//! Which images a step takes together. The forecast and the engine both follow these functions, so
//! that what is predicted is what is done.

use std::collections::BTreeMap;

use super::CombinationPlan;
use crate::image::ImageFormat;
use crate::pipeline::{PipelineSpec, Step, StepError};
use crate::plate::ImageKey;

/// An image as a step finds it: there, or absent (missing, unreadable, or withheld earlier).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub key: ImageKey,
    /// Its size and type; `None` where it is absent.
    pub format: Option<ImageFormat>,
}

/// Images that a step takes together, and what comes of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What the result is.
    pub key: ImageKey,
    /// Places of the inputs in the list of items, in key order.
    pub inputs: Vec<usize>,
    /// The result's size and type; `Ok(None)` where an input is absent, so that the result is
    /// withheld.
    pub output: Result<Option<ImageFormat>, StepError>,
}

impl Group {
    /// The result's size and type, where there will be one.
    pub fn output_format(&self) -> Option<ImageFormat> {
        self.output.as_ref().ok().copied().flatten()
    }
}

impl CombinationPlan {
    /// The images as the first step finds them, sorted by key, absent ones included.
    pub fn items(&self) -> Vec<Item> {
        let mut items: Vec<Item> = self
            .images
            .iter()
            .map(|image| Item { key: image.key, format: image.format.as_ref().ok().copied() })
            .chain(self.missing.iter().map(|key| Item { key: *key, format: None }))
            .collect();
        items.sort_by_key(|item| item.key);
        items
    }

    /// The number of groups with a result that each step works on.
    pub fn group_counts(&self, pipeline: &PipelineSpec) -> Vec<usize> {
        let mut items = self.items();
        let mut counts = Vec::with_capacity(pipeline.steps.len());
        for step in &pipeline.steps {
            let groups = groups(&step.step, &items);
            counts.push(groups.iter().filter(|group| group.output_format().is_some()).count());
            items =
                groups.iter().map(|group| Item { key: group.key, format: group.output_format() }).collect();
        }
        counts
    }
}

/// The groups of a step, sorted by key.
pub fn groups(step: &Step, items: &[Item]) -> Vec<Group> {
    let mut inputs_of: BTreeMap<ImageKey, Vec<usize>> = BTreeMap::new();
    for (place, item) in items.iter().enumerate() {
        let key = match step.assembles() {
            Some(component) => item.key.with(component, None),
            None => item.key,
        };
        inputs_of.entry(key).or_default().push(place);
    }
    inputs_of
        .into_iter()
        .map(|(key, mut inputs)| {
            inputs.sort_by_key(|place| items[*place].key);
            let formats: Option<Vec<ImageFormat>> = inputs.iter().map(|place| items[*place].format).collect();
            let output = formats.map(|formats| step.output_format(&formats)).transpose();
            Group { key, inputs, output }
        })
        .collect()
}

/// The order in which groups with a result are worked on: those with the largest result first, so
/// that the slots reserved when the step begins are the most that are ever reserved at once.
pub fn execution_order(groups: &[Group]) -> Vec<usize> {
    let mut order: Vec<usize> =
        (0..groups.len()).filter(|place| groups[*place].output_format().is_some()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(groups[*place].output_format().map(ImageFormat::bytes)));
    order
}
