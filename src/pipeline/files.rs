//! Image files that a step is given beside the plate, one for a channel: which images they serve, and what can be
//! wrong with them. Deliberately absent: any reading of files; whoever does the steps reads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cancel::Cancelled;
use crate::image::{DecodeError, ImageFormat};

/// Channels, each with a size (width, height) of images.
pub(crate) type SizesOfChannels = BTreeSet<(u32, [u32; 2])>;

/// Says what an image file is like, or why that cannot be told.
pub(crate) type MeasureFile<'a> = dyn Fn(&Path) -> Result<ImageFormat, DecodeError> + 'a;

/// Reads an image file, or says why it cannot be read.
pub(crate) type DecodeFile<'a> = dyn Fn(&Path) -> Result<(ImageFormat, Vec<u8>), DecodeError> + 'a;

/// Why a file that a step was given is of no use. Each message names the file and says what to do.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FileFault {
    /// A file cannot be read.
    #[error(
        "the {role} of channel {channel} cannot be read: {source}, or choose another file in the settings of the step"
    )]
    Unreadable {
        /// `flat image` or `dark image`.
        role: &'static str,
        /// Number of the channel that the file was given for.
        channel: u32,
        /// Why, with the path.
        source: Arc<DecodeError>,
    },
    /// It is in colour.
    #[error("the {role} of channel {channel}, {}, is not grey ({format}): choose a grey image in the settings of the step", path.display())]
    NotGrey {
        /// `flat image` or `dark image`.
        role: &'static str,
        /// Number of the channel that the file was given for.
        channel: u32,
        /// The file that is in colour.
        path: PathBuf,
        /// Size and type of the image in the file.
        format: ImageFormat,
    },
    /// It is of another size than what it is for.
    #[error("the {role} of channel {channel}, {}, has {} × {} pixels, but the images that it is for have {width} × {height} in this step: choose an image of that size, or put the step before those that change the size", path.display(), format.width, format.height)]
    OtherSize {
        /// `flat image` or `dark image`.
        role: &'static str,
        /// Number of the channel that the file was given for.
        channel: u32,
        /// The file whose size does not fit.
        path: PathBuf,
        /// Size and type of the image in the file.
        format: ImageFormat,
        /// Pixels across of what it is for.
        width: u32,
        /// Pixels down of what it is for.
        height: u32,
    },
    /// There is nothing to divide by.
    #[error("the flat image of channel {channel}, {}, is not brighter than its dark image (or than 0): choose other images in the settings of the step", path.display())]
    NoLight {
        /// Number of the channel that the file was given for.
        channel: u32,
        /// The flat image that is not bright enough.
        path: PathBuf,
    },
    /// It is not wanted any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
