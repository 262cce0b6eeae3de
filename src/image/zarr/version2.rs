//! Metadata of version 2: a file `.zarray`.

use serde::Deserialize;
use serde_json::Value;

use super::coding::{Coding, Compression, Content, Packing};
use super::fault::ZarrFault;
use super::layout::{ChunkNames, ZarrArray};
use super::samples::Samples;

#[derive(Deserialize)]
struct Metadata {
    zarr_format: u64,
    shape: Vec<u64>,
    chunks: Vec<u64>,
    dtype: Value,
    compressor: Option<Codec>,
    filters: Option<Vec<Codec>>,
    #[serde(default)]
    fill_value: Value,
    order: String,
    dimension_separator: Option<char>,
}

#[derive(Deserialize)]
struct Codec {
    id: String,
}

pub(super) fn parse(text: &[u8]) -> Result<ZarrArray, ZarrFault> {
    let metadata: Metadata =
        serde_json::from_slice(text).map_err(|error| ZarrFault::unreadable(".zarray", &error))?;
    if metadata.zarr_format != 2 {
        return Err(ZarrFault::Unsupported(format!("Zarr of version {}", metadata.zarr_format)));
    }
    let (samples, is_big_endian) = samples(&metadata.dtype)
        .ok_or_else(|| ZarrFault::Unsupported(format!("an array of samples {}", metadata.dtype)))?;
    let order = match metadata.order.as_str() {
        "C" => None,
        "F" => Some((0..metadata.chunks.len()).rev().collect()),
        order => return Err(ZarrFault::damaged(format!("its order is {order:?}"))),
    };
    let mut packing = Packing::default();
    for codec in metadata.filters.iter().flatten().chain(&metadata.compressor) {
        packing = match codec.id.as_str() {
            "blosc" => packing.compressed(Compression::Blosc)?,
            "gzip" => packing.compressed(Compression::Gzip)?,
            "zlib" => packing.compressed(Compression::Zlib)?,
            "zstd" => packing.compressed(Compression::Zstd)?,

            id => return Err(ZarrFault::Unsupported(format!("the coding {id:?}"))),
        };
    }
    Ok(ZarrArray {
        fill: samples.fill(&metadata.fill_value)?,
        shape: metadata.shape,
        chunk: metadata.chunks,
        samples,
        is_big_endian,
        names: ChunkNames {
            has_c: false,
            separator: separator(metadata.dimension_separator.unwrap_or('.'))?,
        },
        coding: Coding { order, content: Content::Samples(packing) },
    })
}

/// What stands between the numbers in the names of chunks: anything else would lead to other folders.
pub(super) fn separator(separator: char) -> Result<char, ZarrFault> {
    match separator {
        '.' | '/' => Ok(separator),
        _ => Err(ZarrFault::damaged(format!("its chunks are named with {separator:?}"))),
    }
}

/// Type and byte order of NumPy's `"<u2"`.
fn samples(dtype: &Value) -> Option<(Samples, bool)> {
    let (order, kind) = dtype.as_str()?.split_at_checked(1)?;
    let is_big_endian = match order {
        "<" | "|" => false,
        ">" => true,
        _ => return None,
    };
    let name = match kind {
        "u1" => "uint8",
        "u2" => "uint16",
        "u4" => "uint32",
        "u8" => "uint64",
        "i1" => "int8",
        "i2" => "int16",
        "i4" => "int32",
        "i8" => "int64",
        "f2" => "float16",
        "f4" => "float32",
        "f8" => "float64",
        _ => return None,
    };
    Some((Samples::named(name)?, is_big_endian))
}
