//! Reading images into given memory.
//!
//! The values are those stored in the file, in the machine's byte order: nothing is inverted
//! (also where the file says that 0 is white), scaled or looked up in a palette. Samples of fewer
//! bits than a machine type has are widened to the next type, 16-bit floats to 32 bits. Separate
//! planes are put side by side. Pixels are read straight into the caller's memory wherever their
//! layout allows; files are read, never mapped, because mapped files stay in the page cache.

use std::path::Path;

use super::fault::{DecodeError, Fault};
use super::format::{ImageFormat, ImageHeader};
use super::picture::Picture;
use super::scratch::ChunkScratch;
use super::tiff_file::{FIXED_SCRATCH_BYTES, PLACE_BYTES, Page, PageReader, read_chunks};
use super::zarr::OpenedArray;
use crate::disk;

/// What decoding needs besides the memory of the image, held by a thread and used again for the
/// next image.
#[derive(Default)]
pub struct DecodeScratch {
    header: Vec<u8>,
    pub(super) chunks: ChunkScratch,
    pub(super) array: Option<OpenedArray>,
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

    /// Gives the buffers of chunks back, until the next image.
    pub(crate) fn release(&mut self) {
        self.chunks.release();
    }

    /// Bytes that it holds now.
    pub fn bytes(&self) -> u64 {
        self.header.capacity() as u64 + self.chunks.bytes()
    }
}

/// Upper bound of [`DecodeScratch`] for any image of the format whose file is in strips or tiles
/// no larger than the image; [`ImageHeader`] says it exactly for one file.
///
/// It comes about so: the compressed bytes of one strip (LZW of noise takes 3/2 of the pixels;
/// every other coding less) and, where pixels have to be rearranged (tiles, separate planes, odd bits),
/// the strip once more in its packed form; the offsets and lengths of the strips (at most one per
/// row and sample); and what does not depend on the image.
pub fn decode_scratch_bytes(format: ImageFormat) -> u64 {
    let strips = u64::from(format.height) * u64::from(format.samples);
    format.bytes() * 5 / 2 + strips * PLACE_BYTES + FIXED_SCRATCH_BYTES
}

/// Reads the size and type of a page (zero-based) and what decoding it will take besides, from the header only.
pub(super) fn measure(path: &Path, page: u32) -> Result<ImageHeader, DecodeError> {
    let mut header = Vec::new();
    let mut read = || -> Result<ImageHeader, Fault> {
        let file = disk::open(path)?;
        let (page, more_pages) = match Page::read_and_next(&mut PageReader::new(&file, &mut header), page) {
            Err(Fault::NoImage) => return picture(&header, page)?.measure(&file),
            page => page?,
        };
        Ok(ImageHeader {
            format: page.format,
            scratch_bytes: page.scratch_bytes(),
            stored_bytes: page.stored_bytes().min(file.metadata()?.len()),
            more_pages,
            shared: None,
        })
    };
    read().map_err(|fault| fault.at(path, page))
}

/// Decodes a page (zero-based) into `out`, which holds exactly `format.bytes()` bytes.
///
/// When it fails, `out` holds anything.
pub(super) fn decode_into(
    path: &Path,
    page: u32,
    format: ImageFormat,
    out: &mut [u8],
    scratch: &mut DecodeScratch,
) -> Result<(), DecodeError> {
    let at = |fault: Fault| fault.at(path, page);
    let file = disk::open(path).map_err(|error| at(error.into()))?;
    let changed = |found| DecodeError::Changed { path: path.to_owned(), expected: format, found };
    let found = match Page::read(&mut PageReader::new(&file, &mut scratch.header), page) {
        Err(Fault::NoImage) => {
            let fits = out.len() as u64 == format.bytes();
            let mut decode = || -> Result<ImageFormat, Fault> {
                let picture = picture(&scratch.header, page)?;
                let buffer = scratch.chunks.file_buffer(picture.buffer_bytes(&file)?)?;
                picture.decode_into(&file, format, out, buffer)
            };
            let found = decode().map_err(at)?;
            return if found == format && fits { Ok(()) } else { Err(changed(found)) };
        }
        found => found.map_err(at)?,
    };
    if found.format != format || out.len() as u64 != format.bytes() {
        return Err(changed(found.format));
    }
    read_chunks(&file, &found, page, out, &mut scratch.header, &mut scratch.chunks).map_err(at)
}

/// The kind of a file that is no TIFF, by the bytes at its beginning. Such a file has one page.
fn picture(first_bytes: &[u8], page: u32) -> Result<Picture, Fault> {
    match Picture::of(first_bytes) {
        Some(_) if page > 0 => Err(Fault::NoPage),
        picture => picture.ok_or(Fault::NoImage),
    }
}

/// Memory for an image, and the image in it.
pub(super) fn owned(
    path: &Path,
    format: ImageFormat,
    decode: impl FnOnce(&mut [u8]) -> Result<(), DecodeError>,
) -> Result<Vec<u8>, DecodeError> {
    let bytes = usize::try_from(format.bytes())
        .map_err(|_| DecodeError::TooLarge { path: path.to_owned(), bytes: format.bytes() })?;
    let mut pixels = vec![0_u8; bytes];
    decode(&mut pixels)?;
    Ok(pixels)
}
