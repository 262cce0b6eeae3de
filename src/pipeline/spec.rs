//! A pipeline as the user makes it: steps in their order, and which of them keep their images.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};

use super::operation::StepSettings;
use super::settings_fault::{NumberedStep, PipelineFault};
use super::steps::Step;
use crate::plate::Component;

/// A step in its place in a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PipelineStep {
    /// The operation.
    pub step: Step,
    /// Whether its images are saved. What is not kept is never on disk.
    pub keep_images: bool,
}

/// An ordered list of steps, as saved in a pipeline file (RON).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredPipeline")]
pub struct PipelineSpec {
    /// Of which of the [`DEFINITIONS`] of the steps it was made.
    definitions: u32,
    /// The steps, first to last.
    pub steps: Vec<PipelineStep>,
}

/// The version of what steps do. It goes up where a definition changes, so that a pipeline of before can say what is
/// different: see [`PipelineSpec::changed_steps`].
pub const DEFINITIONS: u32 = 2;

/// Of pipelines that do not say.
fn first_definitions() -> u32 {
    1
}

/// A pipeline as it is stored, where things may be left out.
#[derive(Deserialize)]
#[serde(rename = "Pipeline", deny_unknown_fields)]
struct StoredPipeline {
    #[serde(default = "first_definitions")]
    definitions: u32,
    steps: Vec<StoredStep>,
}

#[derive(Deserialize)]
#[serde(rename = "PipelineStep", deny_unknown_fields)]
struct StoredStep {
    step: Step,
    #[serde(default, deserialize_with = "as_some")]
    keep_images: Option<bool>,
}

/// A value that is given becomes `Some`, without the `Some` that RON would ask for.
fn as_some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    bool::deserialize(deserializer).map(Some)
}

impl TryFrom<StoredPipeline> for PipelineSpec {
    type Error = String;

    /// Where it is not told whether images are kept, those of the last step are: what comes last is what was
    /// wanted, as where steps are added in the window.
    fn try_from(stored: StoredPipeline) -> Result<Self, String> {
        let definitions = stored.definitions;
        if !(1..=DEFINITIONS).contains(&definitions) {
            let what_to_do = if definitions > DEFINITIONS { ": use a newer one" } else { "" };
            return Err(format!(
                "it was made with definitions {definitions} of the steps, and this Stepwell knows 1 to \
                 {DEFINITIONS}{what_to_do}"
            ));
        }
        let last = stored.steps.len().saturating_sub(1);
        let step = |(index, StoredStep { step, keep_images })| PipelineStep {
            step,
            keep_images: keep_images.unwrap_or(index == last),
        };
        let steps = stored.steps.into_iter().enumerate().map(step).collect();
        Ok(Self { definitions, steps })
    }
}

/// Which steps' images are saved, as one choice for a whole pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeepImages {
    /// No images are saved.
    None,
    /// Those of the last step.
    Last,
    /// Those of every step.
    All,
}

impl PipelineSpec {
    /// Of steps as they are defined now.
    pub fn of(steps: Vec<PipelineStep>) -> Self {
        Self { definitions: DEFINITIONS, steps }
    }

    /// The same as steps are defined now, whatever it was made for.
    #[must_use]
    pub(crate) fn renewed(self) -> Self {
        Self::of(self.steps)
    }

    /// What steps do otherwise than when the pipeline was made, a sentence for each.
    pub fn changed_steps(&self) -> Vec<String> {
        let change = |(index, step): (usize, &PipelineStep)| {
            let change = step.step.settings_of().changed_since(self.definitions)?;
            Some(format!(
                "Step {} ({}) works differently than when this pipeline was made: {change}. Save the pipeline again, or \
                 write “definitions: {DEFINITIONS}” into it, if that is what you want.",
                index + 1,
                step.step.name(),
            ))
        };
        self.steps.iter().enumerate().filter_map(change).collect()
    }

    /// The same steps with another choice of what is kept.
    #[must_use]
    pub fn keeping(mut self, keep: KeepImages) -> Self {
        let last = self.steps.len().saturating_sub(1);
        for (index, step) in self.steps.iter_mut().enumerate() {
            step.keep_images = match keep {
                KeepImages::None => false,
                KeepImages::Last => index == last,
                KeepImages::All => true,
            };
        }
        self
    }

    /// Where a step that is added belongs: before the first of those that are best done later, in the
    /// order of [`Step::all`].
    pub(crate) fn insertion_index(&self, step: &Step) -> usize {
        let kind = std::mem::discriminant(step);
        let later = Step::all().into_iter().skip_while(|other| std::mem::discriminant(other) != kind).skip(1);
        let later: Vec<_> = later.map(|other| std::mem::discriminant(&other)).collect();
        let is_later = |present: &PipelineStep| later.contains(&std::mem::discriminant(&present.step));
        self.steps.iter().position(is_later).unwrap_or(self.steps.len())
    }

    /// The image files that its steps are given.
    pub fn given_files(&self) -> Vec<PathBuf> {
        let mut steps = self.steps.clone();
        steps.iter_mut().flat_map(|step| step.step.paths_mut()).map(|path| path.clone()).collect()
    }

    /// The first step that assembles the component, with its index.
    pub fn assembler_of(&self, component: Component) -> Option<(usize, &Step)> {
        self.steps
            .iter()
            .enumerate()
            .map(|(index, step)| (index, &step.step))
            .find(|(_, step)| step.assembles() == Some(component))
    }

    /// What is wrong with the pipeline, if anything.
    pub fn check(&self) -> Result<(), PipelineFault> {
        if self.steps.is_empty() {
            return Err(PipelineFault::NoSteps);
        }
        for (index, step) in self.steps.iter().enumerate() {
            let fault = |source| PipelineFault::Settings { step: self.numbered_step(index), source };
            step.step.check().map_err(fault)?;
        }
        self.check_colours()
    }

    /// Steps that need grey images stand before those that make colours of them.
    fn check_colours(&self) -> Result<(), PipelineFault> {
        let first_index = |what: fn(&dyn StepSettings) -> bool, from: usize| {
            let of = |step: &PipelineStep| what(step.step.settings_of());
            self.steps.iter().skip(from).position(of).map(|index| index + from)
        };
        let Some(colours) = first_index(|step| step.makes_colour(), 0) else { return Ok(()) };
        let Some(grey) = first_index(|step| step.needs_grey(), colours + 1) else { return Ok(()) };
        let (grey, colours) = (self.numbered_step(grey), self.numbered_step(colours));
        Err(PipelineFault::ColoursBeforeGrey { grey, colours })
    }

    /// How a step is named in messages.
    fn numbered_step(&self, index: usize) -> NumberedStep {
        NumberedStep { number: index + 1, name: self.steps[index].step.name() }
    }
}
