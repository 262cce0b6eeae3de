//! TIFF files: their directories, what the tags of a page say, and its pixels.

mod chunks;
mod directory;
mod page;
mod samples;
mod stack;
mod tags;

pub(super) use chunks::read_chunks;
pub(super) use directory::{Directory, PageReader, TiffHeader};
pub(super) use page::{FIXED_SCRATCH_BYTES, PLACE_BYTES, Page};
pub(super) use samples::to_native_order;
pub(super) use stack::{Axis, ImageJ, Stack, axis};
pub(super) use tags::{Samples, size};
