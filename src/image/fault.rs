//! Why an image could not be read: what is wrong with its data, and the same with the file's name.

use crate::disk::LeadsOut;
use crate::limits::IMAGE_BYTES;
use std::io;
use std::path::{Path, PathBuf};

use super::{ImageFormat, ZarrFault};

/// Why an image could not be read. Each message names the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The file could not be opened or read.
    #[error("{}: {source}. Check that the file exists and may be read", path.display())]
    Io {
        /// The file that was to be read.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is named by a run, and does not lie in the run's folder.
    #[error(transparent)]
    LeadsOut(#[from] LeadsOut),
    /// The file begins as none of the kinds that are read does.
    #[error("{}: this is not a TIFF, PNG or JPEG file. Remove it from the plate or replace it by the original", path.display())]
    NoImage {
        /// The file that is no image.
        path: PathBuf,
    },
    /// The file has fewer pages.
    #[error("{}: the file has no page {}. Scan the plate again", path.display(), page + 1)]
    NoPage {
        /// The file that lacks the page.
        path: PathBuf,
        /// The zero-based page that was asked for.
        page: u32,
    },
    /// The file ends before its image does.
    #[error("{}: the file is cut off. Copy it again from the microscope", path.display())]
    Truncated {
        /// The file that is cut off.
        path: PathBuf,
    },
    /// The file contradicts itself or its compressed data is damaged.
    #[error("{}: the file is damaged ({why}). Copy it again from the microscope", path.display())]
    Corrupt {
        /// The file that is damaged.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A kind of image that is not read.
    #[error("{}: {what} cannot be read. Export the image as uncompressed 8- or 16-bit grey TIFF", path.display())]
    Unsupported {
        /// The file that cannot be read.
        path: PathBuf,
        /// What is not read.
        what: String,
    },
    /// The image is larger than `IMAGE_BYTES`.
    #[error("{}: the image would take {bytes} bytes, more than the {IMAGE_BYTES} that are read. If it truly is \
             that large, export it in parts", path.display())]
    TooLarge {
        /// The file whose image is too large.
        path: PathBuf,
        /// Bytes of its pixels, as its header says.
        bytes: u64,
    },
    /// Reading it takes more memory than there is for it where it is wanted.
    #[error("{}: the image ({format}) takes {} MB to read, more than the {} MB that are taken to show one. A run \
             can process it", path.display(), bytes / 1_000_000, most_bytes / 1_000_000)]
    Beyond {
        /// The file of the image.
        path: PathBuf,
        /// Size and type of the image.
        format: ImageFormat,
        /// What reading it takes.
        bytes: u64,
        /// What there is for it.
        most_bytes: u64,
    },
    /// The image has another size or type than it had when it was measured.
    #[error("{}: the file changed since it was measured ({found}, was {expected}). Open the plate again", path.display())]
    Changed {
        /// The file that changed.
        path: PathBuf,
        /// Size and type as they were measured.
        expected: ImageFormat,
        /// As found now.
        found: ImageFormat,
    },
    /// A plane of a Zarr array cannot be read.
    #[error("{}: {fault}", path.display())]
    Zarr {
        /// The folder of the array.
        path: PathBuf,
        /// What is wrong, and what to do.
        fault: ZarrFault,
    },
}

/// What is wrong, without the path: decoding speaks of data, and who opened the file adds its path.
#[derive(Debug)]
pub(super) enum Fault {
    Io(io::Error),
    NoImage,
    NoPage,
    Truncated,
    Corrupt(String),
    Unsupported(String),
    TooLarge(u64),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            io::ErrorKind::InvalidData => Self::Corrupt(error.to_string()),
            _ => Self::Io(error),
        }
    }
}

impl From<tiff::TiffError> for Fault {
    fn from(error: tiff::TiffError) -> Self {
        use tiff::{TiffError, TiffFormatError};
        match error {
            TiffError::IoError(error) => error.into(),
            TiffError::FormatError(
                TiffFormatError::TiffSignatureNotFound | TiffFormatError::TiffSignatureInvalid,
            ) => Self::NoImage,
            TiffError::FormatError(TiffFormatError::ImageFileDirectoryNotFound) => Self::NoPage,
            TiffError::FormatError(error) => Self::Corrupt(error.to_string()),
            TiffError::UnsupportedError(error) => Self::Unsupported(error.to_string()),
            TiffError::LimitsExceeded => Self::Corrupt("an entry is unreasonably large".to_owned()),
            TiffError::IntSizeError => Self::Unsupported("an image of this size in this coding".to_owned()),
            TiffError::UsageError(error) => Self::Corrupt(error.to_string()),
        }
    }
}

impl Fault {
    /// With the file and its page (zero-based).
    pub(super) fn at(self, path: &Path, page: u32) -> DecodeError {
        let path = path.to_owned();
        match self {
            Self::Io(source) => DecodeError::Io { path, source },
            Self::NoImage => DecodeError::NoImage { path },
            Self::NoPage => DecodeError::NoPage { path, page },
            Self::Truncated => DecodeError::Truncated { path },
            Self::Corrupt(why) => DecodeError::Corrupt { path, why },
            Self::Unsupported(what) => DecodeError::Unsupported { path, what },
            Self::TooLarge(bytes) => DecodeError::TooLarge { path, bytes },
        }
    }
}
