//! Writing images as planes of arrays of version 3: a shard of zstd chunks for each image and level of its pyramid.
//!
//! Each image has files of its own, so that one thread writes it alone, whole or not at all: all its levels are
//! written beside, then renamed, the full size last. So a full-sized plane that is there has all its levels. Where pixels have
//! several samples (red, green, blue), these are planes of their own in the one shard of their image. Deliberately absent: chunks that several images share, other codecs, groups.

mod metadata;
mod pyramid;
mod shard;

use std::io;

pub(crate) use metadata::{LeadingAxis, array_metadata};
use pyramid::Reducer;
pub(crate) use pyramid::{Level, Reduction, levels};
use shard::{ShardGrid, ShardWriter};

use crate::disk::{Destination, PartFile};
use crate::image::{EncodeError, ImageFormat, ImageRef};
use crate::limits;

/// Writes an image, given the file of the shard at each level (as many as [`levels`] has), in folders that are there. Gives the
/// bytes of all files.
///
/// # Errors
/// [`EncodeError`], which names the file; then none of the files is there that was not there before, unless a rename failed.
pub(crate) fn write_plane(
    shards: &[Destination],
    image: ImageRef<'_>,
    reduction: Reduction,
) -> Result<u64, EncodeError> {
    let path = |level: usize| shards.get(level).map(|shard| shard.path().to_owned()).unwrap_or_default();
    let levels = levels(image.format);
    if image.bytes.len() as u64 != image.format.bytes() || image.bytes.is_empty() {
        let why = "the pixels do not fit the size of the image".to_owned();
        return Err(EncodeError::Unwritable { path: path(0), why });
    }
    if image.format.bytes() > limits::IMAGE_BYTES {
        let why = "the image is larger than 2 GB".to_owned();
        return Err(EncodeError::Unwritable { path: path(0), why });
    }
    let io = |level: usize| move |source: io::Error| EncodeError::Io { path: path(level), source };
    let mut writer = ShardWriter::new().map_err(io(0))?;
    let mut reducer = Reducer::new(image, reduction);
    let mut parts = Vec::with_capacity(levels.len());
    let mut bytes = 0;
    for (index, shard) in shards.iter().enumerate().take(levels.len()) {
        let mut part = PartFile::begin(shard).map_err(io(index))?;
        bytes += writer.write(reducer.level(), &mut part).map_err(io(index))?;
        parts.push(part);
        if index + 1 < levels.len() {
            reducer.next_level();
        }
    }
    for (index, part) in parts.into_iter().enumerate().rev() {
        part.finish().map_err(io(index))?;
    }
    Ok(bytes)
}

/// Upper bound of what [`write_plane`] allocates: a chunk and what it is compressed to, the compressor, the two
/// levels that follow the full size, and the places of the chunks.
pub(crate) fn plane_scratch_bytes(format: ImageFormat) -> u64 {
    let levels = levels(format);
    let reduced = levels.iter().skip(1).take(2).map(|level| level.format.bytes() + 8).sum::<u64>();
    let grid = ShardGrid::of(format);
    grid.chunk_bytes() + grid.most_chunk_bytes() + shard::COMPRESSOR_BYTES + reduced + 2 * grid.index_bytes()
}

/// Upper bound of the files that [`write_plane`] makes.
pub(crate) fn most_plane_bytes(format: ImageFormat) -> u64 {
    levels(format).iter().map(|level| ShardGrid::of(level.format).most_bytes()).sum()
}
