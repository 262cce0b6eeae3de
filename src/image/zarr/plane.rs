//! A plane of an array, measured and decoded.

use std::io;
use std::path::{Path, PathBuf};

use super::chunk::ChunkReader;
use super::fault::ZarrFault;
use super::layout::ZarrArray;
use super::metadata::{OpenedArray, read};
use super::part::{Part, pieces_of_all};
use crate::disk;
use crate::image::scratch::ChunkScratch;
use crate::image::tiff_file::{FIXED_SCRATCH_BYTES, to_native_order};
use crate::image::{ImageFormat, ImageHeader, PlaneAxes};
use crate::limits;

/// The lengths of this many files are looked up to say what reading a plane takes.
const MOST_MEASURED: u64 = 16;

/// A plane of an array, by its number among all that lie along these axes.
#[derive(Clone, Copy, Debug)]
pub(in crate::image) struct Plane {
    pub(in crate::image) number: u32,
    pub(in crate::image) axes: PlaneAxes,
}

/// The length of an array along each of its axes.
pub(in crate::image) fn shape(folder: &Path) -> Result<Vec<u64>, ZarrFault> {
    Ok(read(folder)?.shape)
}

/// The format of a plane, and the first of some arrays that is a smaller form of it and `suffices`: its planes are as many,
/// and of the same type. One that has nothing of the plane is no form of it, as where making it was broken off.
pub(in crate::image) fn smaller_form<T>(
    folder: &Path,
    plane: Plane,
    smaller: impl Iterator<Item = (T, PathBuf)>,
    suffices: impl Fn(ImageFormat, ImageFormat) -> bool,
) -> Result<Option<(ImageFormat, T)>, ZarrFault> {
    let whole = read(folder)?;
    let format = whole.format(plane.axes)?;
    let is_form = |folder: &Path| {
        let array = read(folder)?;
        let of_array = array.format(plane.axes)?;
        let is_smaller = of_array.width <= format.width && of_array.height <= format.height;
        let is_like = is_smaller
            && array.samples == whole.samples
            && array.planes(plane.axes)?.eq(whole.planes(plane.axes)?)
            && suffices(format, of_array);
        Ok::<_, ZarrFault>(is_like && is_stored(folder, &array, &checked_plane(&array, plane)?))
    };
    // What is wrong with a smaller form concerns nobody: the image itself is there.
    Ok(smaller.into_iter().find(|(_, path)| is_form(path).unwrap_or(false)).map(|(form, _)| (format, form)))
}

/// Whether any chunk of a plane is there, of the first [`MOST_MEASURED`].
fn is_stored(folder: &Path, array: &ZarrArray, part: &Part) -> bool {
    let mut chunks = part.pieces(&array.chunk).take(MOST_MEASURED as usize);
    chunks.any(|(place, _)| folder.join(array.names.of(&place)).exists())
}

/// Size and type of a plane, the most scratch that decoding it takes, and the bytes of the files that it is read
/// from (0 where these are many, or hold other planes in other chunks).
pub(in crate::image) fn measure(folder: &Path, plane: Plane) -> Result<ImageHeader, ZarrFault> {
    let array = read(folder)?;
    let part = checked_plane(&array, plane)?;
    let lengths = lengths(folder, &array, &part);
    let longest = lengths.as_ref().map(|lengths| lengths.iter().copied().max().unwrap_or(0));
    let format = array.format(plane.axes)?;
    let is_rows = array.has_chunks_of_rows(plane.axes);
    let (buffers, indexes) = array.coding.needs(&array.chunk, is_rows, array.samples, longest)?;
    let scratch_bytes = buffers.total().saturating_add(indexes).saturating_add(FIXED_SCRATCH_BYTES);
    let stored_bytes = lengths.map_or(0, |lengths| lengths.iter().sum());
    let shared = array.shared(&part, plane.axes)?;
    Ok(ImageHeader { format, scratch_bytes, stored_bytes, more_pages: false, shared })
}

/// Decodes planes that lie in the same chunks, each into one of `images`, unless the planes are of another format: this is
/// then given back. Each chunk is unpacked once. The array is taken from `at_hand` where it is there, and left there.
/// Before each chunk `goes_on` is asked; where it says no, the images hold anything.
pub(in crate::image) fn decode_into(
    folder: &Path,
    planes: &[Plane],
    format: ImageFormat,
    images: &mut [&mut [u8]],
    goes_on: &dyn Fn() -> bool,
    at_hand: &mut Option<OpenedArray>,
    scratch: &mut ChunkScratch,
) -> Result<ImageFormat, ZarrFault> {
    let array = &*OpenedArray::open(folder, at_hand)?;
    let mut parts = Vec::with_capacity(planes.len());
    for (plane, image) in planes.iter().zip(&*images) {
        let found = array.format(plane.axes)?;
        if found != format || image.len() as u64 != format.bytes() {
            return Ok(found);
        }
        parts.push(checked_plane(array, *plane)?);
    }
    let mut reader = ChunkReader { array, images, scratch };
    for (place, parts) in pieces_of_all(&parts, &array.chunk) {
        if !goes_on() {
            break;
        }
        let name = array.names.of(&place);
        match disk::open(&folder.join(&name)) {
            Ok(file) => reader.read(&file, &parts, &name)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => reader.fill(&parts),
            Err(error) => return Err(ZarrFault::io(&name, error)),
        }
    }
    if array.swaps() {
        for image in images {
            to_native_order(image, array.samples.pixel.bytes(), array.is_big_endian);
        }
    }
    Ok(format)
}

fn checked_plane(array: &ZarrArray, plane: Plane) -> Result<Part, ZarrFault> {
    let part = array.plane(plane.number, plane.axes)?;
    match part.piece_count(&array.chunk) {
        ..=limits::ZARR_CHUNKS => Ok(part),
        chunks => Err(ZarrFault::Unsupported(format!("an image in {chunks} chunks"))),
    }
}

/// The lengths of the files of a plane's chunks; `None` where these are many, or shards.
fn lengths(folder: &Path, array: &ZarrArray, part: &Part) -> Option<Vec<u64>> {
    if array.coding.has_shards() || part.piece_count(&array.chunk) > MOST_MEASURED {
        return None;
    }
    let length =
        |place: &[u64]| std::fs::metadata(folder.join(array.names.of(place))).map_or(0, |facts| facts.len());
    Some(part.pieces(&array.chunk).map(|(place, _)| length(&place)).collect())
}
