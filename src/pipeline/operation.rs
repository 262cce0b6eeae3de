//! What each step says of itself and does: implemented once, in the step's own file.
//!
//! The settings answer what is known before there is a plate ([`StepSettings`]). Once the plate is known
//! they become an [`Operation`], which is done in one of two ways: [`InPlace`] or as a [`NewImage`].
//! [`Step`](super::Step) and [`ResolvedStep`](super::ResolvedStep) hand on to these.

use std::path::PathBuf;

use super::definition::Definition;
use super::files::{FileFault, FileReading, MeasureFile, SizesOfChannels};
use super::setting::Form;
use super::settings_fault::SettingsFault;
use super::surroundings::{PlateView, Surroundings};
use super::unresolved::Unresolved;
use super::{Scratch, ScratchBytes, StepError, StepNote};
use crate::cancel::Cancel;
use crate::image::{ImageFormat, ImageMut, ImageRef};
use crate::plate::{Component, ImageKey, SitePosition};

/// The settings of a step: what the user chose.
pub(crate) trait StepSettings {
    /// What is done, with all that it takes to know of the plate.
    type Operation: Operation
    where
        Self: Sized;

    /// The name on screen.
    fn name(&self) -> &'static str;

    /// A short name for folders and files: `normalised`, `z-max` …
    fn slug(&self) -> &'static str;

    /// The settings in a few words, as shown beside the name: `1 to 99 %`, `maximum`.
    fn settings_text(&self) -> String;

    /// What the step does, in one line for a biologist.
    fn explanation(&self) -> &'static str;

    /// What the step does, exactly, whatever its settings.
    fn definition(&self) -> Definition;

    /// What is wrong with the settings, if anything, and what to do.
    fn check(&self) -> Result<(), SettingsFault> {
        Ok(())
    }

    /// Goes through the settings, in the order in which they are shown.
    fn form(&mut self, form: &mut Form<'_>);

    /// Settings that files of earlier versions have, and that say nothing any more.
    fn former_settings(&self) -> &'static [&'static str] {
        &[]
    }

    /// The paths in the settings.
    fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        Vec::new()
    }

    /// The component of which the step needs all values together.
    fn assembles(&self) -> Option<Component> {
        None
    }

    /// Whether it cannot take images in colour.
    fn needs_grey(&self) -> bool {
        false
    }

    /// Whether it makes images in colour of grey ones.
    fn makes_colour(&self) -> bool {
        false
    }

    /// How many pixels a side one pixel of the result stands for.
    fn pixel_scale(&self) -> u32 {
        1
    }

    /// Whether it measures objects, which go into tables.
    fn finds_objects(&self) -> bool {
        false
    }

    /// Whether the values of its results name objects, so that no mean of them has a meaning.
    fn makes_labels(&self) -> bool {
        false
    }

    /// What it does otherwise than by an earlier version of the definitions, with these settings and in words that follow a
    /// colon; `None` where that is the same. See [`DEFINITIONS`](super::DEFINITIONS).
    fn changed_since(&self, _definitions: u32) -> Option<&'static str> {
        None
    }

    /// Takes settings that suit a plate.
    fn fit(&mut self, _plate: &dyn PlateView) {}

    /// What is to be known of the step on a plate, in a sentence.
    fn remark(&self, _plate: &dyn PlateView) -> Option<String> {
        None
    }

    /// Works out what the step needs to know of the plate, or says what is not known and what to do.
    fn resolve(&self, around: &Surroundings<'_>) -> Result<Self::Operation, Unresolved>
    where
        Self: Sized;
}

/// What is done to the images of a group.
pub(crate) trait Operation {
    /// What a group of images of this format needs of each buffer of a [`Scratch`], at most.
    fn scratch_bytes(&self, _input: ImageFormat) -> ScratchBytes {
        ScratchBytes::default()
    }

    /// Bytes that it holds as long as a run lasts, where images have this format.
    fn standing_bytes(&self, _input: ImageFormat) -> u64 {
        0
    }

    /// The most bytes that reading its files takes before the first image, where images have this format.
    fn reading_bytes(&self, _input: ImageFormat) -> u64 {
        0
    }

    /// Whether it has files that are to be read before the first image.
    fn has_files(&self) -> bool {
        false
    }

    /// Whether its files can serve images of these channels and sizes, as far as headers tell.
    fn check_files(&self, _uses: &SizesOfChannels, _measure: &MeasureFile<'_>) -> Result<(), FileFault> {
        Ok(())
    }

    /// Takes the pixels of its files.
    fn read_files(&mut self, _reading: &mut FileReading<'_>) -> Result<(), FileFault> {
        Ok(())
    }
}

/// An operation after which each image of a group is its own result, in the same memory.
pub(crate) trait InPlace: Operation {
    /// Whether it can be done to images of one format, which are at least one.
    fn accepts(&self, _inputs: &[(PlacedKey, ImageFormat)]) -> Result<(), StepError> {
        Ok(())
    }

    /// The image that it needs beside those of a group: room for what it finds out about all of them.
    fn workspace_format(&self, _input: ImageFormat) -> Option<ImageFormat> {
        None
    }

    /// Does it to images of one format; the keys are theirs, in their order. The workspace has as many bytes
    /// as its format, aligned to 8, whatever is in them.
    fn run(
        &self,
        keys: &[ImageKey],
        images: &mut [ImageMut<'_>],
        workspace: &mut [u8],
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError>;
}

/// What an image is of, and where it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlacedKey {
    /// Well, site, channel, z and timepoint of the image.
    pub key: ImageKey,
    /// Where its middle lies; `None` where that is not known.
    pub position: Option<SitePosition>,
}

/// Of an image that lies nobody knows where.
impl From<ImageKey> for PlacedKey {
    fn from(key: ImageKey) -> Self {
        Self { key, position: None }
    }
}

/// An image as a step takes it to make a new one: what it is, where it lies, and its pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input<'a> {
    pub key: ImageKey,
    pub position: Option<SitePosition>,
    pub image: ImageRef<'a>,
}

/// An operation that makes one new image of a group.
pub(crate) trait NewImage: Operation {
    /// What it makes of images of one format, which are at least one.
    fn output_format(&self, inputs: &[(PlacedKey, ImageFormat)]) -> Result<ImageFormat, StepError> {
        Ok(inputs[0].1)
    }

    /// Whether what it makes has another size where images lie otherwise.
    fn goes_by_positions(&self) -> bool {
        false
    }

    /// Where the middle of the new image lies, of images of one format that are at least one: where the first lies,
    /// unless the step moves it or joins sites. `None` where that is not known.
    fn output_position(&self, inputs: &[(PlacedKey, ImageFormat)]) -> Option<SitePosition> {
        inputs[0].0.position
    }

    /// Makes it of images of one format, in the order of the assembled component. Whatever is in the output
    /// before, it has the format that was asked for.
    fn run(
        &self,
        inputs: &[Input<'_>],
        output: ImageMut<'_>,
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError>;
}

/// In which of the two ways an operation is done.
#[derive(Clone, Copy)]
pub(super) enum Way<'a> {
    InPlace(&'a dyn InPlace),
    NewImage(&'a dyn NewImage),
}

/// The same without the operation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WayKind {
    InPlace,
    NewImage,
}
