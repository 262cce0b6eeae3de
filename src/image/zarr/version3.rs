//! Metadata of version 3: a file `zarr.json`.

use crate::limits;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::coding::{Coding, Compression, Content, Index, Packing, Shards};
use super::fault::ZarrFault;
use super::layout::{ChunkNames, ZarrArray};
use super::samples::Samples;
use super::version2::separator;

#[derive(Deserialize)]
struct Kind {
    zarr_format: u64,
    node_type: String,
}

#[derive(Deserialize)]
struct Metadata {
    shape: Vec<u64>,
    data_type: Value,
    chunk_grid: Extension,
    chunk_key_encoding: Extension,
    fill_value: Value,
    codecs: Vec<Extension>,
    #[serde(default)]
    storage_transformers: Vec<Extension>,
}

/// A thing with a name and settings, written as the name alone where there are no settings.
#[derive(Deserialize)]
#[serde(untagged)]
enum Extension {
    Name(String),
    Full {
        name: String,
        #[serde(default)]
        configuration: Map<String, Value>,
    },
}

impl Extension {
    fn name(&self) -> &str {
        match self {
            Self::Name(name) | Self::Full { name, .. } => name,
        }
    }

    fn setting(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Name(_) => None,
            Self::Full { configuration, .. } => configuration.get(key),
        }
    }

    /// A setting of a type.
    fn read<'a, T: Deserialize<'a>>(&'a self, key: &str) -> Result<T, ZarrFault> {
        let value = self.setting(key).unwrap_or(&Value::Null);
        T::deserialize(value)
            .map_err(|error| ZarrFault::damaged(format!("zarr.json: {} of {:?}: {error}", key, self.name())))
    }
}

pub(super) fn parse(text: &[u8]) -> Result<ZarrArray, ZarrFault> {
    let at = |error: serde_json::Error| ZarrFault::unreadable("zarr.json", &error);
    let kind: Kind = serde_json::from_slice(text).map_err(at)?;
    if kind.zarr_format != 3 {
        return Err(ZarrFault::Unsupported(format!("Zarr of version {}", kind.zarr_format)));
    }
    if kind.node_type != "array" {
        return Err(ZarrFault::Unsupported(format!("a Zarr {}, which is not an array,", kind.node_type)));
    }
    let metadata: Metadata = serde_json::from_slice(text).map_err(at)?;
    if let Some(transformer) = metadata.storage_transformers.first() {
        return Err(ZarrFault::Unsupported(format!("the storage {:?}", transformer.name())));
    }
    let samples = metadata.data_type.as_str().and_then(Samples::named);
    let samples = samples
        .ok_or_else(|| ZarrFault::Unsupported(format!("an array of samples {}", metadata.data_type)))?;
    if metadata.chunk_grid.name() != "regular" {
        return Err(ZarrFault::Unsupported(format!("the chunk grid {:?}", metadata.chunk_grid.name())));
    }
    let names = &metadata.chunk_key_encoding;
    let (has_c, usual) = match names.name() {
        "default" => (true, '/'),
        "v2" => (false, '.'),
        name => return Err(ZarrFault::Unsupported(format!("the names of chunks {name:?}"))),
    };
    let between = names.read::<Option<char>>("separator")?.unwrap_or(usual);
    let (coding, is_big_endian) = coding(&metadata.codecs, samples)?;
    Ok(ZarrArray {
        fill: samples.fill(&metadata.fill_value)?,
        chunk: metadata.chunk_grid.read("chunk_shape")?,
        shape: metadata.shape,
        samples,
        is_big_endian,
        names: ChunkNames { has_c, separator: separator(between)? },
        coding,
    })
}

/// The coding, and whether samples have their highest byte first.
fn coding(codecs: &[Extension], samples: Samples) -> Result<(Coding, bool), ZarrFault> {
    let mut order: Option<Vec<usize>> = None;
    let mut found: Option<(Content, bool)> = None;
    for codec in codecs {
        if codec.name() == "transpose" && found.is_none() {
            order = Some(turned(order.as_deref(), codec.read("order")?)?);
            continue;
        }
        found = Some(match (codec.name(), found) {
            ("bytes" | "endian", None) => {
                let is_big_endian = is_big_endian(codec, samples.stored_bytes())?;
                (Content::Samples(Packing::default()), is_big_endian)
            }
            ("sharding_indexed", None) => sharding(codec, samples)?,
            (name, Some((Content::Samples(packing), is_big_endian))) => {
                (Content::Samples(packed(packing, name)?), is_big_endian)
            }
            (name, Some((Content::Shards(_), _))) => {
                return Err(ZarrFault::Unsupported(format!("the coding {name:?} of whole shards")));
            }
            (name, None) => return Err(ZarrFault::Unsupported(format!("the coding {name:?}"))),
        });
    }
    let (content, is_big_endian) =
        found.ok_or_else(|| ZarrFault::damaged("zarr.json does not say how samples become bytes"))?;
    Ok((Coding { order, content }, is_big_endian))
}

/// What is done to bytes, after what was done before.
fn packed(packing: Packing, name: &str) -> Result<Packing, ZarrFault> {
    // zarr-python gives what is in no standard a prefix.
    match name.strip_prefix("numcodecs.").unwrap_or(name) {
        "blosc" => packing.compressed(Compression::Blosc),
        "gzip" => packing.compressed(Compression::Gzip),
        "zlib" => packing.compressed(Compression::Zlib),
        "zstd" => packing.compressed(Compression::Zstd),
        _ if name == "crc32c" => Ok(packing.checked()),
        _ => Err(ZarrFault::Unsupported(format!("the coding {name:?}"))),
    }
}

/// One turn of the axes after another.
fn turned(before: Option<&[usize]>, order: Vec<usize>) -> Result<Vec<usize>, ZarrFault> {
    if order.len() > limits::ZARR_AXES {
        return Err(ZarrFault::damaged("the order of its axes is invalid"));
    }
    let Some(before) = before else { return Ok(order) };
    order
        .iter()
        .map(|axis| before.get(*axis).copied())
        .collect::<Option<_>>()
        .ok_or_else(|| ZarrFault::damaged("the order of its axes is invalid"))
}

fn is_big_endian(codec: &Extension, sample_bytes: usize) -> Result<bool, ZarrFault> {
    match codec.setting("endian").and_then(Value::as_str) {
        Some("little") => Ok(false),
        Some("big") => Ok(true),
        None if sample_bytes == 1 => Ok(false),
        other => Err(ZarrFault::damaged(format!("zarr.json: the order of bytes is {other:?}"))),
    }
}

fn sharding(codec: &Extension, samples: Samples) -> Result<(Content, bool), ZarrFault> {
    let inner: Vec<Extension> = codec.read("codecs")?;
    let (inner, is_big) = coding(&inner, samples)?;
    let index: Vec<Extension> = codec.read("index_codecs")?;
    let index = match &index[..] {
        [bytes] if bytes.name() == "bytes" => (bytes, false),
        [bytes, sum] if bytes.name() == "bytes" && sum.name() == "crc32c" => (bytes, true),
        _ => return Err(ZarrFault::Unsupported("an index of shards in other than plain bytes".to_owned())),
    };
    let is_first = match codec.read::<Option<String>>("index_location")?.as_deref() {
        None | Some("end") => false,
        Some("start") => true,
        Some(other) => return Err(ZarrFault::damaged(format!("zarr.json: an index at {other:?}"))),
    };
    let shards = Shards {
        chunk: codec.read("chunk_shape")?,
        coding: inner,
        index: Index { is_first, is_big_endian: is_big_endian(index.0, 8)?, has_checksum: index.1 },
    };
    Ok((Content::Shards(Box::new(shards)), is_big))
}
