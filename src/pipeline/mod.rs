//! What is done to the images: steps and their order. Pure: pixels in, pixels out.
//!
//! A step works on a *group* of images: a single image, or all images that differ only in the
//! component that the step assembles (a z projection takes all planes of a stack). It makes one new
//! image of the group, or works in place: then each image of the group becomes its own result. To add
//! a step: one file in [`steps`], which says all that is particular to it, and one arm of [`Step`]. Deliberately absent: graphs and branches; a
//! pipeline is a list, so that what is in memory can be read off the list.

pub mod file;
mod objects;
mod operation;
mod presets;
pub mod steps;

use std::fmt;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::cancel::{Cancel, Cancelled};
use crate::image::{ImageFormat, ImageMut, ImageRef, MAX_IMAGE_BYTES};
use crate::plate::{Component, ImageKey};
use crate::quantity::bytes_text;
pub use objects::Object;
use operation::Operation;
pub use presets::{PRESETS, Preset};
use steps::{
    BackgroundSubtraction, Bin, ColourComposite, Crop, FlatField, GaussianSmoothing, MedianFilter,
    NucleiCount, PercentileNormalize, Stitching, Threshold, ZProjection,
};

/// One operation with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// Keeps a rectangle.
    Crop(Crop),
    /// Evens out the illumination, as the sites of a well show it.
    FlatField(FlatField),
    /// Takes away what is wider than a square.
    BackgroundSubtraction(BackgroundSubtraction),
    /// Blurs noise and details narrower than a Gaussian.
    GaussianSmoothing(GaussianSmoothing),
    /// Takes away single bright and dark pixels.
    MedianFilter(MedianFilter),
    /// Stretches each image between two of its percentiles.
    PercentileNormalize(PercentileNormalize),
    /// Makes one image of a stack of planes.
    ZProjection(ZProjection),
    /// Joins the sites of a well.
    Stitching(Stitching),
    /// Makes one pixel of a square of them.
    Bin(Bin),
    /// Tells bright from dark.
    Threshold(Threshold),
    /// Numbers, counts and measures nuclei.
    NucleiCount(NucleiCount),
    /// Makes one picture of all channels.
    ColourComposite(ColourComposite),
}

/// An image as a step takes it to make a new one: what it is, and its pixels.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// What it is.
    pub key: ImageKey,
    /// Its pixels.
    pub image: ImageRef<'a>,
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
    /// The result would be larger than any image may be.
    #[error(
        "{step} would make an image of {width} × {height} pixels, more than the {} that an image may have: check the positions of the sites and the size of a pixel",
        bytes_text(MAX_IMAGE_BYTES)
    )]
    TooLarge {
        /// Name of the step.
        step: &'static str,
        /// Pixels across.
        width: u64,
        /// Pixels down.
        height: u64,
    },
    /// It is not known where an image lies among the others.
    #[error("{step} does not know where {key} lies among the other sites")]
    Unplaced {
        /// Name of the step.
        step: &'static str,
        /// The image.
        key: ImageKey,
    },
    /// No pixel of the image would be left.
    #[error("{step} leaves nothing of an image of {image}: choose other settings")]
    NothingLeft {
        /// Name of the step.
        step: &'static str,
        /// Format of the image.
        image: ImageFormat,
    },
    /// The step makes sense of grey images only.
    #[error(
        "{step} needs grey images, but got one of {image}: put it before the step that makes colours, or remove it"
    )]
    NotGrey {
        /// Name of the step.
        step: &'static str,
        /// Format of the image.
        image: ImageFormat,
    },
    /// There is no flat image for the channel of an image.
    #[error("{step} has no flat image for {channel}: choose one in the settings of the step")]
    NoFlat {
        /// Name of the step.
        step: &'static str,
        /// `channel 2`.
        channel: String,
    },
    /// The given light is of another size than the image.
    #[error(
        "{step} was given a flat image of {light_width} × {light_height} pixels, which does not fit an image of {image}"
    )]
    LightDiffers {
        /// Name of the step.
        step: &'static str,
        /// Pixels across of the flat image.
        light_width: u32,
        /// Pixels down of the flat image.
        light_height: u32,
        /// Format of the image.
        image: ImageFormat,
    },
    /// The given light has not been read.
    #[error("{step} has not read its flat and dark images")]
    LightNotRead {
        /// Name of the step.
        step: &'static str,
    },
    /// A length in micrometres is not known in pixels.
    #[error("{step} does not know the size of a pixel: give its settings in pixels")]
    UnknownPixelSize {
        /// Name of the step.
        step: &'static str,
    },
    /// There are more objects in an image than can be numbered.
    #[error(
        "{step} found more than {most} objects in {key}: smooth the images before, or raise the threshold or the smallest area"
    )]
    TooManyObjects {
        /// Name of the step.
        step: &'static str,
        /// The image.
        key: ImageKey,
        /// The most that can be numbered.
        most: u16,
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
    /// Samples in the type of the image (8-byte units for alignment): what becomes of each value, or
    /// the rows of a sliding window; or the places of few samples in the order of values.
    pub(crate) values: Vec<u64>,
    /// A number for each pixel.
    pub(crate) pixels: Vec<u32>,
    /// What was found in the image that a step has done last.
    pub(crate) objects: Vec<Object>,
}

impl Scratch {
    /// Bytes that it holds now.
    pub fn bytes(&self) -> u64 {
        let counts = self.histogram.capacity() + self.pixels.capacity();
        let bytes = counts * size_of::<u32>() + self.values.capacity() * size_of::<u64>();
        (bytes + self.objects.capacity() * size_of::<Object>()) as u64
    }

    /// What a step that [finds objects](Step::finds_objects) has found in the image that it has done
    /// last: the first is that with number 1.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }
}

/// What a step has to say about a group that it has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepNote {
    /// Samples whose true value was outside of the image's type and was held at its limit.
    pub saturated_samples: u64,
}

impl Step {
    /// All steps with their usual settings, in the order in which they are best done.
    pub fn all() -> [Self; 12] {
        [
            Self::Crop(Crop::default()),
            Self::FlatField(FlatField::default()),
            Self::BackgroundSubtraction(BackgroundSubtraction::default()),
            Self::GaussianSmoothing(GaussianSmoothing::default()),
            Self::MedianFilter(MedianFilter::default()),
            Self::PercentileNormalize(PercentileNormalize::default()),
            Self::ZProjection(ZProjection::default()),
            Self::Stitching(Stitching::default()),
            Self::Bin(Bin::default()),
            Self::Threshold(Threshold::default()),
            Self::NucleiCount(NucleiCount::default()),
            Self::ColourComposite(ColourComposite::default()),
        ]
    }

    fn operation(&self) -> &dyn Operation {
        match self {
            Self::Crop(step) => step,
            Self::FlatField(step) => step,
            Self::BackgroundSubtraction(step) => step,
            Self::GaussianSmoothing(step) => step,
            Self::MedianFilter(step) => step,
            Self::PercentileNormalize(step) => step,
            Self::ZProjection(step) => step,
            Self::Stitching(step) => step,
            Self::Bin(step) => step,
            Self::Threshold(step) => step,
            Self::NucleiCount(step) => step,
            Self::ColourComposite(step) => step,
        }
    }

    /// The name on screen.
    pub fn name(&self) -> &'static str {
        self.operation().name()
    }

    /// A short name for folders and files: `normalised`, `z-max` …
    pub fn slug(&self) -> &'static str {
        self.operation().slug()
    }

    /// The settings in a few words, as shown beside the name: `1 to 99 %`, `maximum`.
    pub fn settings_text(&self) -> String {
        self.operation().settings_text()
    }

    /// What the step does, in one line for a biologist.
    pub fn explanation(&self) -> &'static str {
        self.operation().explanation()
    }

    /// The component of which the step needs all values together; `None` for a step that takes
    /// each image by itself.
    pub fn assembles(&self) -> Option<Component> {
        self.operation().assembles()
    }

    /// Whether each image of a group becomes its own result, in the same memory; else the group
    /// becomes one new image.
    pub fn works_in_place(&self) -> bool {
        self.operation().works_in_place()
    }

    /// The component that results do not have any more, because one image was made of all its values.
    pub fn joins(&self) -> Option<Component> {
        self.assembles().filter(|_| !self.works_in_place())
    }

    /// How many pixels a side one pixel of the result stands for: 1, but where pixels are binned.
    pub fn pixel_scale(&self) -> u32 {
        self.operation().pixel_scale()
    }

    /// Whether the step measures objects, which go into tables. Such a step takes single images.
    pub fn finds_objects(&self) -> bool {
        self.operation().finds_objects()
    }

    /// What the images of a group have in common.
    pub fn group_of(&self, image: ImageKey) -> ImageKey {
        self.assembles().map_or(image, |component| image.with(component, None))
    }

    /// The result that an image takes part in.
    pub fn result_of(&self, image: ImageKey) -> ImageKey {
        if self.works_in_place() { image } else { self.group_of(image) }
    }

    /// What is wrong with the settings, if anything, and what to do.
    pub fn check(&self) -> Result<(), String> {
        self.operation().check()
    }

    /// The format of the result (of each, where the step works in place) of a group of one or more
    /// images.
    pub fn output_format(&self, inputs: &[(ImageKey, ImageFormat)]) -> Result<ImageFormat, StepError> {
        let (_, first) = inputs[0];
        if let Some((_, other)) = inputs.iter().find(|(_, format)| *format != first) {
            return Err(StepError::MixedFormats { step: self.name(), first, other: *other });
        }
        if self.operation().needs_grey() && first.samples != 1 {
            return Err(StepError::NotGrey { step: self.name(), image: first });
        }
        self.operation().output_format(inputs)
    }

    /// The image that a step that works in place needs beside those of a group while it works on
    /// them: room for what it finds out about all of them.
    pub fn workspace_format(&self, input: ImageFormat) -> Option<ImageFormat> {
        self.operation().workspace_format(input)
    }

    /// Bytes of [`Scratch`] that a group of images of this format needs at most.
    pub fn scratch_bytes(&self, input: ImageFormat) -> u64 {
        self.operation().scratch_bytes(input)
    }

    /// Bytes that the step holds as long as a run lasts, beside images and scratch, where the images that
    /// it takes are of this format: the flat and dark images that it was given.
    pub fn standing_bytes(&self, input: ImageFormat) -> u64 {
        self.operation().standing_bytes(input)
    }

    /// Does a step that [works in place](Self::works_in_place) to the images of a group, which are of
    /// one format; the keys are theirs, in their order. The workspace has as many bytes as its [format](Self::workspace_format), aligned
    /// to 8, whatever is in them.
    pub fn run_in_place(
        &self,
        keys: &[ImageKey],
        images: &mut [ImageMut<'_>],
        workspace: &mut [u8],
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        self.operation().run_in_place(keys, images, workspace, scratch, cancel)
    }

    /// Makes one new image of a group of one or more images of one format, in the order of the
    /// assembled component. The output is of [`Self::output_format`].
    pub fn run(
        &self,
        inputs: &[Input<'_>],
        output: ImageMut<'_>,
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        self.operation().run(inputs, output, scratch, cancel)
    }
}

impl AddAssign for StepNote {
    fn add_assign(&mut self, other: Self) {
        self.saturated_samples += other.saturated_samples;
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

    /// Where a step that is added belongs: before the first of those that are best done later, in the
    /// order of [`Step::all`].
    pub fn place_for(&self, step: &Step) -> usize {
        let kind = std::mem::discriminant(step);
        let later = Step::all().into_iter().skip_while(|other| std::mem::discriminant(other) != kind).skip(1);
        let later: Vec<_> = later.map(|other| std::mem::discriminant(&other)).collect();
        let is_later = |present: &PipelineStep| later.contains(&std::mem::discriminant(&present.step));
        self.steps.iter().position(is_later).unwrap_or(self.steps.len())
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
        self.check_colours()
    }

    /// Steps that need grey images stand before those that make colours of them.
    fn check_colours(&self) -> Result<(), String> {
        let place = |what: fn(&dyn Operation) -> bool, from: usize| {
            let of = |step: &PipelineStep| what(step.step.operation());
            self.steps.iter().skip(from).position(of).map(|place| place + from)
        };
        let Some(colours) = place(|step| step.makes_colour(), 0) else { return Ok(()) };
        let Some(grey) = place(|step| step.needs_grey(), colours + 1) else { return Ok(()) };
        Err(format!(
            "step {} ({}) needs grey images, and step {} ({}) makes them coloured: put it before that step, or remove it",
            grey + 1,
            self.steps[grey].step.name(),
            colours + 1,
            self.steps[colours].step.name()
        ))
    }
}
