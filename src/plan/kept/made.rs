//! The images that a step makes of those of a combination, with what labels are made of.

use crate::image::ImageFormat;
use crate::pipeline::{ResolvedPipeline, ResolvedStep};
use crate::plan::{CombinationPlan, Group, Item, groups, results};

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
pub(super) fn made_by(
    pipeline: &ResolvedPipeline,
    combination: &CombinationPlan,
    step_index: usize,
) -> Vec<Made> {
    let items = items_before(pipeline, combination, step_index);
    let step = pipeline.steps().get(step_index);
    step.map(|step| made(step, &groups(step, &items), &items)).unwrap_or_default()
}

/// The images of a combination as a step finds them.
fn items_before(pipeline: &ResolvedPipeline, combination: &CombinationPlan, step_index: usize) -> Vec<Item> {
    let steps = pipeline.steps().iter().take(step_index);
    steps.fold(combination.items(), |items, step| results(&groups(step, &items)))
}
