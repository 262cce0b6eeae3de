//! Image files that a step is given beside the plate, one for a channel: which images they serve, how much memory
//! there is for them, and what can be wrong with them. Deliberately absent: any reading of files; whoever does the
//! steps reads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cancel::{Cancel, Cancelled};
use crate::image::{DecodeError, ImageFormat, ImageHeader};
use crate::quantity::bytes_text;

/// Channels, each with a size (width, height) of images.
pub(crate) type SizesOfChannels = BTreeSet<(u32, [u32; 2])>;

/// Says what an image file is like, or why that cannot be told.
pub(crate) type MeasureFile<'a> = dyn Fn(&Path) -> Result<ImageHeader, DecodeError> + 'a;

/// Reads an image file that was measured, or says why it cannot be read.
pub(crate) type DecodeFile<'a> = dyn Fn(&Path, ImageFormat) -> Result<Vec<u8>, DecodeError> + 'a;

/// How the files of all steps are read before the first image, and the memory that there is for them.
pub(crate) struct FileReading<'a> {
    pub measure: &'a MeasureFile<'a>,
    pub decode: &'a DecodeFile<'a>,
    /// What the forecast has for files that are not read yet.
    pub left_bytes: u64,
    pub cancel: &'a Cancel,
}

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
    #[error("the {role} of channel {channel}, {}, has {} × {} pixels, but the images have {width} × {height} in \
             this step: choose an image of that size, or put the step before those that change the size", path.display(), format.width, format.height)]
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
    /// Reading it takes more than the forecast has for it.
    #[error("the {role} of channel {channel}, {}, is {format} and takes {} to read, more than the {} that the \
             forecast has for it: choose an image of the size of the plate's images, and save it without compression", path.display(), bytes_text(*.needed_bytes), bytes_text(*.left_bytes))]
    BeyondForecast {
        /// `flat image` or `dark image`.
        role: &'static str,
        /// Number of the channel that the file was given for.
        channel: u32,
        /// The file that is too large.
        path: PathBuf,
        /// Size and type of the image in the file.
        format: ImageFormat,
        /// What reading and keeping it takes.
        needed_bytes: u64,
        /// What the forecast has left.
        left_bytes: u64,
    },
    /// There is nothing to divide by.
    #[error("the flat image of channel {channel}, {}, is not brighter than its dark image (or than 0): choose \
             other images in the settings of the step", path.display())]
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
