//! What is told of groups of which a step makes no result: each output that is withheld, with the file that it is
//! because of.
//!
//! An image that is unlike the rest of its channel is told as the one at fault, as one that cannot be read is; the
//! images that are withheld with it name its file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::context::Context;
use crate::pipeline::StepError;
use crate::plan::{CombinationPlan, Group, Item, PlannedImage};
use crate::plate::ImageKey;

/// The source images of a combination, by what they have become before a step.
struct Sources<'a>(BTreeMap<ImageKey, Vec<&'a PlannedImage>>);

/// An image at fault.
struct Odd<'a> {
    image: &'a PlannedImage,
    /// What is odd about it.
    why: String,
    /// Whether it is there; else it has been told.
    is_there: bool,
}

/// Tells of the groups of a step that have a fault, as far as their images are there: those that are not have been
/// told before.
pub(super) fn tell(
    context: &Context<'_>,
    combination: &CombinationPlan,
    step_index: usize,
    items: &[Item],
    groups: &[Group],
    is_there: impl Fn(&usize) -> bool,
) {
    let mut faulty = groups.iter().filter_map(|group| Some((group, group.fault.as_ref()?))).peekable();
    if faulty.peek().is_none() {
        return;
    }
    let step = &context.plan.pipeline.steps()[step_index];
    let works_in_place = step.step().works_in_place();
    let sources = Sources::before(context, combination, step_index);
    for (group, fault) in faulty {
        let odd = match fault {
            StepError::MixedFormats { .. } => sources.odd(context, items, group, &is_there),
            _ => Vec::new(),
        };
        for Odd { image, why, .. } in odd.iter().filter(|odd| odd.is_there) {
            context.fail_source(image.key, image.source.path(), &format!("{}: {why}", image.source));
        }
        if !works_in_place && odd.iter().any(|odd| odd.is_there) {
            // Of its one result the images at fault have told.
            continue;
        }
        for (result, input) in group.results.iter().zip(&group.inputs).filter(|(_, input)| is_there(input)) {
            let key = items[*input].key;
            if sources.of(key).any(|source| odd.iter().any(|odd| odd.image.key == source.key)) {
                continue;
            }
            let (path, because) = match odd.first() {
                Some(Odd { image, why, .. }) => {
                    let step = step.step().name();
                    let because =
                        format!("{step} needs images of one size and type, but {} is {why}", image.source);
                    (Some(image.source.path()), because)
                }
                None => sources.because_of(fault, key),
            };
            let path = path.unwrap_or_else(|| context.plan.plate.root.clone());
            context.fail(result.key, path, format!("{} is withheld: {because}", result.key));
        }
    }
}

/// Tells of a step that could not be done to the images of a group: of each of its results.
pub(super) fn tell_of_error(
    context: &Context<'_>,
    combination: &CombinationPlan,
    step_index: usize,
    group: &Group,
    error: &StepError,
) {
    let sources = Sources::before(context, combination, step_index);
    let step = &context.plan.pipeline.steps()[step_index];
    for result in &group.results {
        let is_of_result = |key: &&ImageKey| step.step().result_of(**key) == result.key;
        let key = sources.0.keys().find(is_of_result).copied().unwrap_or(result.key);
        let (path, because) = sources.because_of(error, key);
        let path = path.unwrap_or_else(|| context.plan.plate.root.clone());
        let last = sources.of(key).next().map(|source| context.plan.result_of(source.key));
        let with_it = last.filter(|last| *last != result.key);
        let with_it =
            with_it.map_or_else(String::new, |last| format!("; so is the result {last}, which needs it"));
        context.fail(result.key, path, format!("{} is withheld: {because}{with_it}", result.key));
    }
}

impl<'a> Sources<'a> {
    /// Those of the images of a combination as a step finds them.
    fn before(context: &Context<'_>, combination: &'a CombinationPlan, step_index: usize) -> Self {
        let steps = context.plan.pipeline.steps().iter().take(step_index);
        let mut sources: BTreeMap<ImageKey, Vec<&PlannedImage>> = BTreeMap::new();
        for image in &combination.images {
            let key = steps.clone().fold(image.key, |key, step| step.step().result_of(key));
            sources.entry(key).or_default().push(image);
        }
        Self(sources)
    }

    /// Those of an image as the step finds it.
    fn of(&self, key: ImageKey) -> impl Iterator<Item = &'a PlannedImage> {
        self.0.get(&key).into_iter().flatten().copied()
    }

    /// Those of a group that are unlike the rest of their channel.
    fn odd(
        &self,
        context: &Context<'_>,
        items: &[Item],
        group: &Group,
        is_there: impl Fn(&usize) -> bool,
    ) -> Vec<Odd<'a>> {
        let mut found = Vec::new();
        for input in &group.inputs {
            found.extend(self.of(items[*input].key).filter_map(|image| {
                let why = context.plan.facts.oddity(image)?;
                Some(Odd { image, why, is_there: is_there(input) })
            }));
        }
        found
    }

    /// The file that a fault is because of where no image is odd, and its sentence with the files that it speaks of.
    fn because_of(&self, fault: &StepError, key: ImageKey) -> (Option<PathBuf>, String) {
        let file = |key| self.of(key).next().map(|image| &image.source);
        match fault {
            StepError::MixedFormats { first, other, .. } => match (file(first.0), file(other.0)) {
                (Some(first), Some(other)) => (Some(other.path()), format!("{fault} ({first} and {other})")),
                _ => (None, fault.to_string()),
            },
            _ => match file(key) {
                Some(source) => (Some(source.path()), format!("{fault} ({source})")),
                None => (None, fault.to_string()),
            },
        }
    }
}
