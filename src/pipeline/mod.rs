//! What is done to the images: steps and their order. Pure: pixels in, pixels out.
//!
//! A step works on a *group* of images: a single image, or all images that differ only in the
//! component that the step assembles (a z projection takes all planes of a stack). To add a step:
//! one file in [`steps`] and one arm of [`Step`]. Deliberately absent: graphs and branches; a
//! pipeline is a list, so that what is in memory can be read off the list.

pub mod file;
mod presets;
pub mod steps;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cancel::{Cancel, Cancelled};
use crate::image::{ImageFormat, ImageMut, ImageRef};
use crate::plate::Component;
pub use presets::{PRESETS, Preset};
use steps::{PercentileNormalize, ZProjection};

/// One operation with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// Stretches each image between two of its percentiles.
    PercentileNormalize(PercentileNormalize),
    /// Makes one image of a stack of planes.
    ZProjection(ZProjection),
}

/// A step in its place in a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineStep {
    /// The operation.
    pub step: Step,
    /// Whether its images are saved. What is not kept is never on disk.
    pub keep_images: bool,
}

/// An ordered list of steps, as saved in a pipeline file (RON).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineSpec {
    /// The steps, first to last.
    pub steps: Vec<PipelineStep>,
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

/// Why a step could not be done to a group of images.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// The images of the group differ in size or type.
    #[error("{step} needs images of one size and type, but got {first} and {other}")]
    MixedFormats {
        /// Name of the step.
        step: &'static str,
        /// Format of the first image.
        first: ImageFormat,
        /// Format of the first image that differs.
        other: ImageFormat,
    },
    /// The run was cancelled in the middle of the step.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Memory that a step needs for itself while it works on one group, held by the thread and used
/// again for the next group.
#[derive(Debug, Default)]
pub struct Scratch {
    /// How many samples have a value, or one of a few beside each other.
    pub(crate) histogram: Vec<u32>,
    /// What becomes of each value, in the type of the image (8-byte units for alignment); or the
    /// places of few samples in the order of values.
    pub(crate) values: Vec<u64>,
}

impl Scratch {
    /// Bytes that it holds now.
    pub fn bytes(&self) -> u64 {
        (self.histogram.capacity() * size_of::<u32>() + self.values.capacity() * size_of::<u64>()) as u64
    }
}

/// What a step has to say about a group that it has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepNote {
    /// Samples whose true value was outside of the image's type and was held at its limit.
    pub saturated_samples: u64,
}

impl Step {
    /// One of each kind with its usual settings, in the order in which they are offered.
    pub fn all_defaults() -> [Self; 2] {
        [Self::PercentileNormalize(PercentileNormalize::default()), Self::ZProjection(ZProjection::default())]
    }

    /// The name on screen.
    pub fn name(&self) -> &'static str {
        match self {
            Self::PercentileNormalize(_) => "Percentile normalisation",
            Self::ZProjection(_) => "Z projection",
        }
    }

    /// A short name for folders and files: `normalised`, `z-max` …
    pub fn slug(&self) -> &'static str {
        match self {
            Self::PercentileNormalize(_) => "normalised",
            Self::ZProjection(step) => step.method.slug(),
        }
    }

    /// The settings in a few words, as shown beside the name: `1 to 99 %`, `maximum`.
    pub fn settings_text(&self) -> String {
        match self {
            Self::PercentileNormalize(step) => step.settings_text(),
            Self::ZProjection(step) => step.method.name().to_owned(),
        }
    }

    /// What the step does, in one line for a biologist.
    pub fn explanation(&self) -> &'static str {
        match self {
            Self::PercentileNormalize(_) => PercentileNormalize::EXPLANATION,
            Self::ZProjection(_) => ZProjection::EXPLANATION,
        }
    }

    /// The component of which the step needs all values together; `None` for a step that takes
    /// each image by itself.
    pub fn assembles(&self) -> Option<Component> {
        match self {
            Self::PercentileNormalize(_) => None,
            Self::ZProjection(_) => Some(Component::Z),
        }
    }

    /// Whether the result replaces its input in the same memory.
    pub fn works_in_place(&self) -> bool {
        match self {
            Self::PercentileNormalize(_) => true,
            Self::ZProjection(_) => false,
        }
    }

    /// What is wrong with the settings, if anything, and what to do.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::PercentileNormalize(step) => step.check(),
            Self::ZProjection(_) => Ok(()),
        }
    }

    /// The format of the result of a group of one or more images.
    pub fn output_format(&self, inputs: &[ImageFormat]) -> Result<ImageFormat, StepError> {
        let first = inputs[0];
        match inputs.iter().find(|format| **format != first) {
            Some(other) => Err(StepError::MixedFormats { step: self.name(), first, other: *other }),
            None => Ok(first),
        }
    }

    /// Bytes of [`Scratch`] that a group of images of this format needs at most.
    pub fn scratch_bytes(&self, input: ImageFormat) -> u64 {
        match self {
            Self::PercentileNormalize(_) => PercentileNormalize::scratch_bytes(input),
            Self::ZProjection(_) => 0,
        }
    }

    /// Does a step that [works in place](Self::works_in_place) to one image.
    pub fn run_in_place(
        &self,
        image: ImageMut<'_>,
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        match self {
            Self::PercentileNormalize(step) => step.run(image, scratch, cancel),
            Self::ZProjection(step) => unreachable!("{step:?} does not work in place"),
        }
    }

    /// Does a step to a group of one or more images of one format, in the order of the assembled
    /// component, into the output (of [`Self::output_format`]).
    pub fn run(
        &self,
        inputs: &[ImageRef<'_>],
        output: ImageMut<'_>,
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        match self {
            Self::PercentileNormalize(step) => {
                output.bytes.copy_from_slice(inputs[0].bytes);
                step.run(output, scratch, cancel)
            }
            Self::ZProjection(step) => step.run(inputs, output, cancel),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.settings_text())
    }
}

impl Default for PipelineSpec {
    /// Percentile normalisation, then z maximum, of which the last is kept: the study's pipeline.
    fn default() -> Self {
        Self {
            steps: vec![
                PipelineStep {
                    step: Step::PercentileNormalize(PercentileNormalize::default()),
                    keep_images: false,
                },
                PipelineStep { step: Step::ZProjection(ZProjection::default()), keep_images: true },
            ],
        }
    }
}

impl PipelineSpec {
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

    /// Where a step that is added belongs: what works on single images comes before what joins them.
    pub fn place_for(&self, step: &Step) -> usize {
        let first_joining = self.steps.iter().position(|step| step.step.assembles().is_some());
        match first_joining {
            Some(place) if step.assembles().is_none() => place,
            _ => self.steps.len(),
        }
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
    pub fn check(&self) -> Result<(), String> {
        if self.steps.is_empty() {
            return Err("the pipeline has no steps: add one".to_owned());
        }
        for (index, step) in self.steps.iter().enumerate() {
            step.step.check().map_err(|why| format!("step {} ({}): {why}", index + 1, step.step.name()))?;
        }
        Ok(())
    }
}
