//! The steps under one name, whichever they are: what is asked of one is handed on to it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::operation::Operation;
use super::steps::{
    BackgroundSubtraction, Bin, ColourComposite, Crop, FlatField, GaussianSmoothing, MedianFilter,
    NucleiCount, PercentileNormalize, Stitching, Threshold, ZProjection,
};
use super::{Scratch, StepError, StepNote};
use crate::cancel::Cancel;
use crate::image::{ImageFormat, ImageMut, ImageRef};
use crate::plate::{Component, ImageKey};

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

    pub(super) fn operation(&self) -> &dyn Operation {
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

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.settings_text())
    }
}
