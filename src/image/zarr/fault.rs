//! Why a plane of an array could not be read.

use crate::limits::IMAGE_BYTES;
use std::io;

/// Why a plane of a Zarr array could not be read: what is wrong, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ZarrFault {
    /// A file of the array could not be opened or read.
    #[error("{file}: {source}. Check that the file may be read")]
    Io {
        /// The file, as named in the array's folder.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The folder has no metadata of an array.
    #[error("this folder is not a Zarr array (it has neither zarr.json nor .zarray). Scan the plate again")]
    NoArray,
    /// The array has fewer planes.
    #[error("the array has {planes} planes, but no plane {}. Scan the plate again", plane + 1)]
    NoPlane {
        /// The plane that was asked for, from 0.
        plane: u32,
        /// How many there are.
        planes: u64,
    },
    /// The metadata contradicts itself, or a chunk is not as the metadata says.
    #[error("the array is damaged ({0}). Copy it again from where it was written")]
    Damaged(String),
    /// A kind of array that is not read.
    #[error(
        "{0} cannot be read. Write the array again with whole numbers or floats, and with blosc, zstd, gzip, zlib \
         or no compression"
    )]
    Unsupported(String),
    /// The plane, or a chunk of it, is larger than `IMAGE_BYTES`.
    #[error(
        "{what} would take {bytes} bytes, more than the {IMAGE_BYTES} that are read. If it truly is that large, \
         write the array again in smaller parts"
    )]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its bytes, as the metadata says.
        bytes: u64,
    },
}

impl ZarrFault {
    pub(super) fn damaged(why: impl Into<String>) -> Self {
        Self::Damaged(why.into())
    }

    /// A file of metadata that is no such thing.
    pub(super) fn unreadable(file: &str, error: &serde_json::Error) -> Self {
        Self::Damaged(format!("{file}: {error}"))
    }

    /// An error of the system on a file in the array's folder.
    pub(super) fn io(file: &str, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::UnexpectedEof => Self::Damaged(format!("{file} is cut off")),
            _ => Self::Io { file: file.to_owned(), source },
        }
    }
}
