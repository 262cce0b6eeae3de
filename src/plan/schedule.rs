//! Which images a step takes together. The forecast and the engine both follow these functions, so
//! that what is predicted is what is done.

use super::CombinationPlan;
use crate::image::ImageFormat;
use crate::pipeline::{PlacedKey, ResolvedPipeline, ResolvedStep, StepError};
use crate::plate::{ImageKey, SitePosition};

/// An image as a step finds it: there, or absent (missing, unreadable, or withheld earlier).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Item {
    /// Well, site, channel, z and timepoint of the image.
    pub key: ImageKey,
    /// Where its middle lies; `None` where that is not known.
    pub position: Option<SitePosition>,
    /// Its size and type; `None` where it is absent.
    pub format: Option<ImageFormat>,
}

impl Item {
    /// What the step is told of it beside its pixels.
    pub fn placed(&self) -> PlacedKey {
        PlacedKey { key: self.key, position: self.position }
    }
}

/// Images that a step takes together, and what comes of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Places of the inputs in the list of items, in key order, absent ones included.
    pub inputs: Vec<usize>,
    /// What comes of them, in key order: one image, or where the step works in place one of each input.
    /// A result that is withheld is absent.
    pub results: Vec<Item>,
    /// Why no result can be made of inputs that are there.
    pub fault: Option<StepError>,
    /// What is reserved in memory before the group is worked on: its result, or where the step works in
    /// place what it needs beside the images.
    pub reserves: Option<ImageFormat>,
}

impl Group {
    /// Whether there is anything to do.
    pub(crate) fn has_result(&self) -> bool {
        self.results.iter().any(|result| result.format.is_some())
    }

    /// Whether the group is worked on when some of its inputs cannot be read after all. What the plan
    /// withholds stays withheld, whatever is there.
    pub(crate) fn is_workable(&self, step: &ResolvedStep, is_there: impl Fn(&usize) -> bool) -> bool {
        let mut inputs = self.inputs.iter();
        self.has_result()
            && if step.step().works_in_place() { inputs.any(is_there) } else { inputs.all(is_there) }
    }

    fn new(step: &ResolvedStep, key: ImageKey, inputs: Vec<usize>, items: &[Item]) -> Self {
        let present: Vec<(PlacedKey, ImageFormat)> =
            inputs.iter().filter_map(|index| Some((items[*index].placed(), items[*index].format?))).collect();
        // An image is made of all inputs or not at all; those that work in place do without some.
        let in_place = step.step().works_in_place();
        let is_workable = if in_place { !present.is_empty() } else { present.len() == inputs.len() };
        let format = is_workable.then(|| step.output_format(&present)).transpose();
        let (format, fault) = match format {
            Ok(format) => (format, None),
            Err(fault) => (None, Some(fault)),
        };
        let reserves = format.and_then(|format| step.reserves(format));
        if in_place {
            let result = |index: &usize| Item { format: format.and(items[*index].format), ..items[*index] };
            let results = inputs.iter().map(result).collect();
            Self { inputs, results, fault, reserves }
        } else {
            let position = format.and_then(|_| step.output_position(&present));
            Self { inputs, results: vec![Item { key, position, format }], fault, reserves }
        }
    }
}

impl CombinationPlan {
    /// The images as the first step finds them, sorted by key, absent ones included.
    pub fn items(&self) -> Vec<Item> {
        let mut items: Vec<Item> = self
            .images
            .iter()
            .map(|image| Item {
                key: image.key,
                position: image.position,
                format: image.format.as_ref().ok().copied(),
            })
            .chain(self.missing.iter().map(|key| Item { key: *key, position: None, format: None }))
            .collect();
        items.sort_by_key(|item| item.key);
        items
    }

    /// What each step has to do.
    fn step_counts(&self, pipeline: &ResolvedPipeline) -> Vec<StepCounts> {
        let mut items = self.items();
        let mut counts = Vec::with_capacity(pipeline.steps().len());
        for step in pipeline.steps() {
            let groups = groups(step, &items);
            items = results(&groups);
            counts.push(StepCounts {
                groups: groups.iter().filter(|group| group.has_result()).count(),
                results: items.iter().filter(|item| item.format.is_some()).count(),
            });
        }
        counts
    }
}

/// What a step has to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StepCounts {
    /// Groups with a result.
    pub groups: usize,
    /// Results that are not withheld.
    pub results: usize,
}

/// What there is to do in a well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct WellWork {
    /// Its combinations.
    pub combinations: usize,
    /// Images to read.
    pub images: usize,
    /// What each step has to do.
    pub steps: Vec<StepCounts>,
}

impl WellWork {
    pub(super) fn add(&mut self, combination: &CombinationPlan, pipeline: &ResolvedPipeline) {
        self.combinations += 1;
        self.images += combination.images.len();
        for (sum, counts) in self.steps.iter_mut().zip(combination.step_counts(pipeline)) {
            sum.groups += counts.groups;
            sum.results += counts.results;
        }
    }
}

/// The groups of a step, sorted by key.
pub fn groups(step: &ResolvedStep, items: &[Item]) -> Vec<Group> {
    let mut keyed: Vec<(ImageKey, usize)> =
        (0..).zip(items).map(|(index, item)| (step.step().group_of(item.key), index)).collect();
    keyed.sort_by_key(|(key, index)| (*key, items[*index].key));
    let group = |of: &[(ImageKey, usize)]| {
        let inputs = of.iter().map(|(_, index)| *index).collect();
        Group::new(step, of[0].0, inputs, items)
    };
    keyed.chunk_by(|(one, _), (other, _)| one == other).map(group).collect()
}

/// The images as the next step finds them, sorted by key, withheld ones included. A step that works in
/// place leaves each where it was in the list.
pub fn results(groups: &[Group]) -> Vec<Item> {
    let mut items: Vec<Item> = groups.iter().flat_map(|group| &group.results).copied().collect();
    items.sort_by_key(|item| item.key);
    items
}

/// The order in which groups with a result are worked on: those that reserve most first, so that what is
/// reserved when the step begins is the most that is ever reserved at once.
pub(crate) fn execution_order(groups: &[Group]) -> Vec<usize> {
    let mut order: Vec<usize> =
        (0..groups.len()).filter(|group_index| groups[*group_index].has_result()).collect();
    order.sort_by_key(|group_index| std::cmp::Reverse(groups[*group_index].reserves.map(ImageFormat::bytes)));
    order
}

/// What a step ever reserves, in the order in which its groups are worked on. The first of them, as many as groups are in
/// hand at once, are reserved when it begins: new images for one group after the other, or where it
/// works in place a workspace that serves one group after the other.
pub(crate) fn reservations(
    step: &ResolvedStep,
    groups: &[Group],
    order: &[usize],
    threads: usize,
) -> Vec<ImageFormat> {
    let in_place = step.step().works_in_place();
    let reserving = if in_place { in_hand(order.len(), threads) } else { order.len() };
    order[..reserving].iter().filter_map(|group_index| groups[*group_index].reserves).collect()
}

/// How many of some groups are worked on at once.
pub(crate) fn in_hand(groups: usize, threads: usize) -> usize {
    threads.max(1).min(groups)
}
