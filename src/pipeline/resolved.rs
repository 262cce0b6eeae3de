//! A pipeline on a plate: the user's settings with what follows from the plate, such as the places of sites
//! in pixels. Made by a plan and never changed into the user's settings; it goes to whoever does the work.

use serde::{Deserialize, Serialize};

use super::files::{FileFault, FileReading, MeasureFile, SizesOfChannels};
use super::operation::{PlacedKey, Way};
use super::settings_fault::NumberedStep;
use super::steps::{AnyOperation, Step};
use super::surroundings::{NoPlate, PlateView, Surroundings};
use super::unresolved::UnresolvedStep;
use super::{PipelineSpec, PipelineStep, ScratchBytes, StepError};
use crate::image::ImageFormat;
use crate::plate::SitePosition;

/// A step with all that it takes to do it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResolvedStep {
    step: Step,
    keep_images: bool,
    operation: AnyOperation,
}

/// The steps of a pipeline, first to last, with all that it takes to do them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ResolvedPipeline {
    steps: Vec<ResolvedStep>,
}

impl ResolvedPipeline {
    /// Works out what the steps of a pipeline need to know of a plate, or says which of them asks for
    /// something that is not known, and what to do.
    pub fn new(pipeline: &PipelineSpec, plate: &dyn PlateView) -> Result<Self, UnresolvedStep> {
        let mut around = Surroundings::of(plate);
        let mut steps = Vec::with_capacity(pipeline.steps.len());
        for (index, PipelineStep { step, keep_images }) in pipeline.steps.iter().enumerate() {
            let numbered = NumberedStep { number: index + 1, name: step.name() };
            let unresolved = |source| UnresolvedStep { step: numbered, source };
            let operation = step.operation(&around).map_err(unresolved)?;
            around.pixel_scale *= f64::from(step.pixel_scale());
            around.joined.extend(step.joins());
            steps.push(ResolvedStep { step: step.clone(), keep_images: *keep_images, operation });
        }
        Ok(Self { steps })
    }

    /// The same of steps by themselves, none of which is kept.
    pub fn of_steps(
        steps: impl IntoIterator<Item = Step>,
        plate: &dyn PlateView,
    ) -> Result<Self, UnresolvedStep> {
        let steps = steps.into_iter().map(|step| PipelineStep { step, keep_images: false });
        Self::new(&PipelineSpec::of(steps.collect()), plate)
    }

    /// Those steps that can be done to images of no plate, with settings that suit none: to see what a
    /// worker takes at rest.
    pub fn without_plate(pipeline: &PipelineSpec) -> Self {
        let step = |chosen: &PipelineStep| Self::of_steps([chosen.step.clone().fitted(&NoPlate)], &NoPlate);
        let steps = pipeline.steps.iter().filter_map(|chosen| step(chosen).ok());
        Self { steps: steps.flat_map(|one| one.steps).collect() }
    }

    /// The steps, first to last.
    pub fn steps(&self) -> &[ResolvedStep] {
        &self.steps
    }

    /// Takes the pixels of all files that its steps were given.
    pub(crate) fn read_files(&mut self, reading: &mut FileReading<'_>) -> Result<(), FileFault> {
        self.steps.iter_mut().try_for_each(|step| step.operation.any_mut().read_files(reading))
    }
}

impl ResolvedStep {
    /// The step as the user chose it.
    pub fn step(&self) -> &Step {
        &self.step
    }

    /// Whether its images are saved.
    pub fn keep_images(&self) -> bool {
        self.keep_images
    }

    pub(super) fn way(&self) -> Way<'_> {
        self.operation.way()
    }

    /// The format of the result (of each, where the step works in place) of a group of one or more
    /// images.
    pub fn output_format(&self, inputs: &[(PlacedKey, ImageFormat)]) -> Result<ImageFormat, StepError> {
        let (step, (_, first)) = (self.step(), inputs[0]);
        StepError::check_alike(step.name(), inputs.iter().map(|(image, format)| (image.key, *format)))?;
        if step.settings_of().needs_grey() && first.samples != 1 {
            return Err(StepError::NotGrey { step: step.name(), image: first });
        }
        match self.way() {
            Way::InPlace(operation) => operation.accepts(inputs).map(|()| first),
            Way::NewImage(operation) => operation.output_format(inputs),
        }
    }

    /// Whether the format of its results depends on where images lie.
    pub(crate) fn goes_by_positions(&self) -> bool {
        match self.way() {
            Way::InPlace(_) => false,
            Way::NewImage(operation) => operation.goes_by_positions(),
        }
    }

    /// Where the result of a group of one or more images of one format lies, of a step that makes a new one.
    pub(crate) fn output_position(&self, inputs: &[(PlacedKey, ImageFormat)]) -> Option<SitePosition> {
        match self.way() {
            Way::InPlace(_) => inputs[0].0.position,
            Way::NewImage(operation) => operation.output_position(inputs),
        }
    }

    /// What is reserved in memory before a group is worked on, given what the result is: that, or where
    /// the step works in place what it needs beside the images of the group while it works on them.
    pub fn reserves(&self, result: ImageFormat) -> Option<ImageFormat> {
        match self.way() {
            Way::InPlace(operation) => operation.workspace_format(result),
            Way::NewImage(_) => Some(result),
        }
    }

    /// What a group of images of this format needs of each buffer of a [`Scratch`](super::Scratch), at most.
    pub fn scratch_bytes(&self, input: ImageFormat) -> ScratchBytes {
        self.operation.any().scratch_bytes(input)
    }

    /// Bytes that the step holds as long as a run lasts, beside images and scratch, where the images that
    /// it takes are of this format: the files that it was given.
    pub(crate) fn standing_bytes(&self, input: ImageFormat) -> u64 {
        self.operation.any().standing_bytes(input)
    }

    /// The most bytes that reading the files takes that it was given, before there are any images.
    pub(crate) fn reading_bytes(&self, input: ImageFormat) -> u64 {
        self.operation.any().reading_bytes(input)
    }

    /// Whether it was given files, which are read before the first image.
    pub(crate) fn has_files(&self) -> bool {
        self.operation.any().has_files()
    }

    /// Whether the files that it was given can serve images of these channels and sizes, as far as headers tell.
    pub(crate) fn check_files(
        &self,
        uses: &SizesOfChannels,
        measure: &MeasureFile<'_>,
    ) -> Result<(), FileFault> {
        self.operation.any().check_files(uses, measure)
    }
}
