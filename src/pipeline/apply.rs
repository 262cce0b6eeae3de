//! A step done to one group of images, whatever memory they lie in. Runs, previews and the warm-up of a
//! worker all do it here.

use super::operation::{Input, PlacedKey, Way};
use super::{ResolvedStep, Scratch, StepError, StepNote};
use crate::cancel::Cancel;
use crate::image::{ImageFormat, ImageMut, ImageRef};
use crate::plate::ImageKey;

/// An image in some memory, which is aligned to 8 bytes.
pub trait Held {
    /// The image with its size and type, to read.
    fn view(&self) -> ImageRef<'_>;

    /// Its pixels, to change.
    fn view_mut(&mut self) -> ImageMut<'_>;

    /// All of its memory, to be written as a whole.
    fn fresh_mut(&mut self) -> ImageMut<'_> {
        self.view_mut()
    }
}

/// An image in memory of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnImage {
    format: ImageFormat,
    units: Vec<u64>,
}

impl OwnImage {
    /// All pixels 0.
    pub fn new(format: ImageFormat) -> Self {
        let bytes = usize::try_from(format.bytes()).unwrap_or(usize::MAX);
        Self { format, units: vec![0; bytes.div_ceil(size_of::<u64>())] }
    }

    /// With the pixels of another.
    pub fn copy_of(image: ImageRef<'_>) -> Self {
        let mut copy = Self::new(image.format);
        copy.view_mut().bytes.copy_from_slice(image.bytes);
        copy
    }

    #[allow(clippy::cast_possible_truncation)] // it is in memory
    fn len(&self) -> usize {
        self.format.bytes() as usize
    }
}

impl Held for OwnImage {
    fn view(&self) -> ImageRef<'_> {
        ImageRef { format: self.format, bytes: &bytemuck::cast_slice(&self.units)[..self.len()] }
    }

    fn view_mut(&mut self) -> ImageMut<'_> {
        let (format, len) = (self.format, self.len());
        ImageMut { format, bytes: &mut bytemuck::cast_slice_mut(&mut self.units)[..len] }
    }
}

/// The images of a group, in the order of their keys.
#[derive(Debug)]
pub struct GroupImages<I> {
    /// What they are, and where they lie.
    pub members: Vec<PlacedKey>,
    /// Their pixels.
    pub images: Vec<I>,
    /// What is [reserved](ResolvedStep::reserves) for the group.
    pub reserves: Option<ImageFormat>,
}

/// What a step leaves of a group.
#[derive(Debug)]
pub struct Applied<I> {
    /// What it has to say.
    pub note: StepNote,
    /// Its results: one of each image, where it works in place; else one.
    pub results: Vec<I>,
    /// Images that are done with.
    pub spent: Vec<I>,
}

/// Does a step to a group. What was reserved for it, or for a group before, is taken; where there is nothing,
/// it is made by `reserve`. A workspace stays there for the next group. What the step has found
/// is in the scratch.
pub fn apply<I: Held, E: From<StepError>>(
    step: &ResolvedStep,
    group: GroupImages<I>,
    reserved: &mut Option<I>,
    reserve: impl FnOnce(ImageFormat) -> Result<I, E>,
    scratch: &mut Scratch,
    cancel: &Cancel,
) -> Result<Applied<I>, E> {
    let GroupImages { members, mut images, reserves } = group;
    if reserved.is_none() {
        *reserved = reserves.map(reserve).transpose()?;
    }
    match step.way() {
        Way::InPlace(operation) => {
            let keys: Vec<ImageKey> = members.iter().map(|member| member.key).collect();
            let mut views: Vec<ImageMut<'_>> = images.iter_mut().map(I::view_mut).collect();
            let workspace = match (reserved, reserves) {
                (Some(image), Some(format)) => image.fresh_mut().resized(format).bytes,
                _ => &mut [],
            };
            let note = operation.run(&keys, &mut views, workspace, scratch, cancel)?;
            Ok(Applied { note, results: images, spent: Vec::new() })
        }
        Way::NewImage(operation) => {
            let Some(mut result) = reserved.take() else {
                return Ok(Applied { note: StepNote::default(), results: Vec::new(), spent: images });
            };
            let inputs: Vec<Input<'_>> = members
                .iter()
                .zip(&images)
                .map(|(PlacedKey { key, position }, image)| Input {
                    key: *key,
                    position: *position,
                    image: image.view(),
                })
                .collect();
            let note = operation.run(&inputs, result.fresh_mut(), scratch, cancel)?;
            Ok(Applied { note, results: vec![result], spent: images })
        }
    }
}
