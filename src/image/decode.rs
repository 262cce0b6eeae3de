//! Reading images into given memory.
//!
//! The values are those stored in the file, in the machine's byte order: nothing is inverted
//! (also where the file says that 0 is white), scaled or looked up in a palette. Samples of fewer
//! bits than a machine type has are widened to the next type, 16-bit floats to 32 bits. Separate
//! planes are put side by side. Pixels are read straight into the caller's memory wherever their
//! layout allows; files are read, never mapped, because mapped files stay in the page cache.

use std::io;
use std::path::{Path, PathBuf};

use super::tiff_chunks::{ChunkScratch, read_chunks};
use super::tiff_page::{Page, PageReader};
use super::{ImageFormat, PixelType};
use crate::disk;

/// The largest image that is read: 2^31 bytes of pixels. A header that asks for more is taken for
/// damage, so that a broken file cannot ask for all of the memory.
pub const MAX_IMAGE_BYTES: u64 = 1 << 31;

/// Why an image could not be read. Each message names the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The file could not be opened or read.
    #[error("{}: {source}. Check that the file exists and may be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file does not begin as a TIFF does.
    #[error("{}: this is not a TIFF file. Remove it from the plate or replace it by the original", path.display())]
    NotTiff {
        /// The file.
        path: PathBuf,
    },
    /// The file has fewer pages.
    #[error("{}: the file has no page {}. Scan the plate again", path.display(), page + 1)]
    NoPage {
        /// The file.
        path: PathBuf,
        /// The zero-based page that was asked for.
        page: u32,
    },
    /// The file ends before its image does.
    #[error("{}: the file is cut off. Copy it again from the microscope", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
    },
    /// The file contradicts itself or its compressed data is damaged.
    #[error("{}: the file is damaged ({why}). Copy it again from the microscope", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A kind of TIFF that is not read.
    #[error("{}: {what} cannot be read. Export the image as uncompressed 8- or 16-bit grey TIFF", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is not read.
        what: String,
    },
    /// The image is larger than [`MAX_IMAGE_BYTES`].
    #[error("{}: the image would take {bytes} bytes, more than the {MAX_IMAGE_BYTES} that are read. If it truly is that large, export it in parts", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Bytes of its pixels, as its header says.
        bytes: u64,
    },
    /// The image has another size or type than it had when it was measured.
    #[error("{}: the file changed since it was measured ({found}, was {expected}). Open the plate again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// As measured.
        expected: ImageFormat,
        /// As found now.
        found: ImageFormat,
    },
}

/// What is wrong, without the path: decoding speaks of data, and [`decode_into`] adds the file.
#[derive(Debug)]
pub(super) enum Fault {
    Io(io::Error),
    NotTiff,
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
            ) => Self::NotTiff,
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
    fn at(self, path: &Path, page: u32) -> DecodeError {
        let path = path.to_owned();
        match self {
            Self::Io(source) => DecodeError::Io { path, source },
            Self::NotTiff => DecodeError::NotTiff { path },
            Self::NoPage => DecodeError::NoPage { path, page },
            Self::Truncated => DecodeError::Truncated { path },
            Self::Corrupt(why) => DecodeError::Corrupt { path, why },
            Self::Unsupported(what) => DecodeError::Unsupported { path, what },
            Self::TooLarge(bytes) => DecodeError::TooLarge { path, bytes },
        }
    }
}

/// What decoding needs besides the memory of the image, held by a thread and used again for the
/// next image.
#[derive(Default)]
pub struct DecodeScratch {
    header: Vec<u8>,
    chunks: ChunkScratch,
}

impl std::fmt::Debug for DecodeScratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DecodeScratch").field("bytes", &self.bytes()).finish()
    }
}

impl DecodeScratch {
    /// Nothing is allocated before the first image.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes that it holds now.
    pub fn bytes(&self) -> u64 {
        self.header.capacity() as u64 + self.chunks.bytes()
    }
}

/// What is known of an image from its header alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Size and type.
    pub format: ImageFormat,
    /// Bytes of [`DecodeScratch`] that reading this very image takes at most.
    pub scratch_bytes: u64,
    /// Bytes of its pixels in the file.
    pub stored_bytes: u64,
}

/// Bytes that the readers hold whatever the image: the window over the header (4 kB), the state of
/// the inflater (12 kB), of LZW (its table of 4,096 codes and buffers, 60 kB) and of zstd (160 kB).
pub(super) const FIXED_SCRATCH_BYTES: u64 = 256 * 1024;

/// Upper bound of [`DecodeScratch`] for any image of the format whose file is in strips or tiles
/// no larger than the image; [`measure_with_scratch`] says it exactly for one file.
///
/// It comes about so: the compressed bytes of one strip (LZW of noise takes 3/2 of the pixels;
/// every other coding less) and, where pixels have to be rearranged (tiles, separate planes, odd bits),
/// the strip once more in its packed form; the offsets and lengths of the strips (at most one per
/// row and sample, 48 bytes each while they are parsed); and what does not depend on the image.
pub fn decode_scratch_bytes(format: ImageFormat) -> u64 {
    let strips = u64::from(format.height) * u64::from(format.samples);
    format.bytes() * 5 / 2 + strips * 48 + FIXED_SCRATCH_BYTES
}

/// Reads the size and type of a page (zero-based), from the header only.
pub fn measure(path: &Path, page: u32) -> Result<ImageFormat, DecodeError> {
    measure_with_scratch(path, page).map(|measured| measured.format)
}

/// As [`measure`], with what decoding this file will take besides.
pub fn measure_with_scratch(path: &Path, page: u32) -> Result<Measured, DecodeError> {
    let mut header = Vec::new();
    let mut read = || -> Result<Measured, Fault> {
        let file = disk::open(path)?;
        let page = Page::read(&mut PageReader::new(&file, &mut header), page)?;
        let stored_bytes = page.lengths.iter().fold(0, |sum: u64, length| sum.saturating_add(*length));
        Ok(Measured { format: page.format, scratch_bytes: page.scratch_bytes(), stored_bytes })
    };
    read().map_err(|fault| fault.at(path, page))
}

/// Decodes a page (zero-based) into `out`, which holds exactly `format.bytes()` bytes.
///
/// When it fails, `out` holds anything.
pub fn decode_into(
    path: &Path,
    page: u32,
    format: ImageFormat,
    out: &mut [u8],
    scratch: &mut DecodeScratch,
) -> Result<(), DecodeError> {
    let at = |fault: Fault| fault.at(path, page);
    let file = disk::open(path).map_err(|error| at(error.into()))?;
    let found = Page::read(&mut PageReader::new(&file, &mut scratch.header), page).map_err(at)?;
    if found.format != format || out.len() as u64 != format.bytes() {
        return Err(DecodeError::Changed { path: path.to_owned(), expected: format, found: found.format });
    }
    read_chunks(&file, &found, page, out, &mut scratch.header, &mut scratch.chunks).map_err(at)
}

/// Decodes a page (zero-based) into memory of its own, for the window; a run decodes into its store.
pub fn decode_owned(path: &Path, page: u32) -> Result<(ImageFormat, Vec<u8>), DecodeError> {
    let format = measure(path, page)?;
    let bytes = usize::try_from(format.bytes())
        .map_err(|_| DecodeError::TooLarge { path: path.to_owned(), bytes: format.bytes() })?;
    let mut pixels = vec![0_u8; bytes];
    decode_into(path, page, format, &mut pixels, &mut DecodeScratch::new())?;
    Ok((format, pixels))
}

impl PixelType {
    /// The machine type that holds samples of so many bits.
    pub(super) fn unsigned_of_bits(bits: u16) -> Option<Self> {
        Some(match bits {
            1..=8 => Self::U8,
            9..=16 => Self::U16,
            17..=32 => Self::U32,
            33..=64 => Self::U64,
            _ => return None,
        })
    }
}
