//! What each step says of itself and does: one implementation in each file of [`steps`](super::steps).
//! [`Step`](super::Step) hands on to these and has the documentation of units, shapes and errors.

use super::{Input, Scratch, StepError, StepNote};
use crate::cancel::Cancel;
use crate::image::{ImageFormat, ImageMut};
use crate::plate::{Component, ImageKey};

/// An operation with its settings. It has either [`Self::run_in_place`] or [`Self::run`], as
/// [`Self::works_in_place`] says.
pub(super) trait Operation {
    fn name(&self) -> &'static str;

    fn slug(&self) -> &'static str;

    fn settings_text(&self) -> String;

    fn explanation(&self) -> &'static str;

    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    fn assembles(&self) -> Option<Component> {
        None
    }

    fn works_in_place(&self) -> bool;

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

    fn finds_objects(&self) -> bool {
        false
    }

    /// The images are of one format, and at least one.
    fn output_format(&self, inputs: &[(ImageKey, ImageFormat)]) -> Result<ImageFormat, StepError> {
        Ok(inputs[0].1)
    }

    fn workspace_format(&self, _input: ImageFormat) -> Option<ImageFormat> {
        None
    }

    fn scratch_bytes(&self, _input: ImageFormat) -> u64 {
        0
    }

    /// Bytes that it holds as long as a run lasts, where images have this format.
    fn standing_bytes(&self, _input: ImageFormat) -> u64 {
        0
    }

    fn run_in_place(
        &self,
        _keys: &[ImageKey],
        _images: &mut [ImageMut<'_>],
        _workspace: &mut [u8],
        _scratch: &mut Scratch,
        _cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        unreachable!("{} makes a new image", self.name())
    }

    fn run(
        &self,
        _inputs: &[Input<'_>],
        _output: ImageMut<'_>,
        _scratch: &mut Scratch,
        _cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        unreachable!("{} works in place", self.name())
    }
}
