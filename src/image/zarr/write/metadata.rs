//! What says how the planes of a level are written: the metadata of its array.

use serde_json::{Value, json};

use super::Level;
use super::shard::{ShardGrid, ZSTD_LEVEL};
use crate::image::PixelType;

/// An axis before rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LeadingAxis {
    /// Its name: `t`, `c` or `z`.
    pub name: &'static str,
    /// Number of planes along it.
    pub len: u64,
    /// Planes along it that lie in one shard: the samples of a pixel, else one.
    pub in_shard: u64,
}

/// The metadata of the array of a level, with these axes before rows and columns.
pub(crate) fn array_metadata(leading: &[LeadingAxis], level: Level) -> Value {
    let format = level.format;
    let grid = ShardGrid::of(format);
    let with_sides = |leading: Vec<u64>, [rows, columns]: [u32; 2]| -> Vec<u64> {
        leading.into_iter().chain([rows.into(), columns.into()]).collect()
    };
    let each = |of: fn(&LeadingAxis) -> u64| leading.iter().map(of).collect::<Vec<u64>>();
    let shape = with_sides(each(|axis| axis.len), [format.height, format.width]);
    let shard = with_sides(each(|axis| axis.in_shard), grid.shard());
    let chunk = with_sides(each(|_| 1), grid.chunk);
    let is_float = matches!(format.pixel, PixelType::F32 | PixelType::F64);
    let order = if cfg!(target_endian = "big") { "big" } else { "little" };
    let names: Vec<&str> = leading.iter().map(|axis| axis.name).chain(["y", "x"]).collect();
    json!({
        "zarr_format": 3,
        "node_type": "array",
        "shape": shape,
        "data_type": format.pixel.name(),
        "chunk_grid": { "name": "regular", "configuration": { "chunk_shape": shard } },
        "chunk_key_encoding": { "name": "default", "configuration": { "separator": "/" } },
        "fill_value": if is_float { json!(0.0) } else { json!(0) },
        "codecs": [{
            "name": "sharding_indexed",
            "configuration": {
                "chunk_shape": chunk,
                "codecs": [
                    { "name": "bytes", "configuration": { "endian": order } },
                    { "name": "zstd", "configuration": { "level": ZSTD_LEVEL, "checksum": false } },
                ],
                "index_codecs": [
                    { "name": "bytes", "configuration": { "endian": "little" } },
                    { "name": "crc32c" },
                ],
                "index_location": "end",
            },
        }],
        "dimension_names": names,
        "attributes": {},
    })
}
