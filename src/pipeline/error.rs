//! What can go wrong while a step is done, in words that say what to do.

use crate::cancel::Cancelled;
use crate::image::ImageFormat;
use crate::limits;
use crate::plate::ImageKey;
use crate::quantity::bytes_text;

/// Why a step could not be done to a group of images.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// The images of the group differ in size or type.
    #[error(
        "{step} needs images of one size and type, but {} is {} and {} is {}",
        first.0, first.1, other.0, other.1
    )]
    MixedFormats {
        /// Name of the step.
        step: &'static str,
        /// The first image.
        first: (ImageKey, ImageFormat),
        /// The first image that differs.
        other: (ImageKey, ImageFormat),
    },
    /// The result would be larger than any image may be.
    #[error(
        "{step} would make an image of {width} × {height} pixels, more than the {} that an image may have: check the positions of the sites and the size of a pixel",
        bytes_text(limits::IMAGE_BYTES)
    )]
    TooLarge {
        /// Name of the step.
        step: &'static str,
        /// Pixels across.
        width: u64,
        /// Number of pixels down.
        height: u64,
    },
    /// It is not known where an image lies among the others.
    #[error("{step} does not know where {key} lies among the other sites")]
    Unplaced {
        /// Name of the step.
        step: &'static str,
        /// The image whose place is not known.
        key: ImageKey,
    },
    /// It is not known how large the pixels of an image are.
    #[error("{step} does not know the size of a pixel of {key}")]
    PixelSizeUnknown {
        /// Name of the step.
        step: &'static str,
        /// The image whose pixels may have any size.
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
        /// The channel without a flat image, in words.
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
    /// There are more objects in an image than can be numbered.
    #[error(
        "{step} found more than {most} objects in {key}: smooth the images before, or raise the threshold or the smallest area"
    )]
    TooManyObjects {
        /// Name of the step.
        step: &'static str,
        /// The image with too many objects.
        key: ImageKey,
        /// The most that can be numbered.
        most: u16,
    },
    /// The run was cancelled in the middle of the step.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl StepError {
    /// Checks that the images that a step is to take together are of one size and type.
    pub(super) fn check_alike(
        step: &'static str,
        images: impl IntoIterator<Item = (ImageKey, ImageFormat)>,
    ) -> Result<(), Self> {
        let mut images = images.into_iter();
        let Some(first) = images.next() else { return Ok(()) };
        match images.find(|(_, format)| *format != first.1) {
            Some(other) => Err(Self::MixedFormats { step, first, other }),
            None => Ok(()),
        }
    }
}
