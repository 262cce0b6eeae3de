//! Small OME-Zarr plates of a chosen layout of chunks, written file by file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

/// The value of a pixel, which tells where it belongs.
pub(crate) fn value(field: usize, [c, z, y, x]: [usize; 4]) -> u16 {
    u16::try_from((field * 7919 + c * 4001 + z * 1009 + y * 101 + x * 7) % 50_000).expect("small")
}

/// The attributes of a group in version 3.
pub(crate) fn group(ome: &Value) -> Value {
    json!({ "zarr_format": 3, "node_type": "group", "attributes": { "ome": ome } })
}

/// The metadata of an array of 16-bit samples in version 3.
pub(crate) fn array(shape: &[usize], chunk: &[usize], codecs: &Value) -> Value {
    json!({
        "zarr_format": 3, "node_type": "array", "shape": shape, "data_type": "uint16", "fill_value": 0,
        "chunk_grid": { "name": "regular", "configuration": { "chunk_shape": chunk } },
        "chunk_key_encoding": { "name": "default" }, "codecs": codecs,
    })
}

/// Samples as they are, lowest byte first, packed by zstd.
pub(crate) fn zstd() -> Value {
    json!([{ "name": "bytes", "configuration": { "endian": "little" } }, { "name": "zstd", "configuration": { "level": 1 } }])
}

/// What a field with these axes and levels says.
pub(crate) fn image(axes: &[&str], levels: &[&str]) -> Value {
    let axes: Vec<Value> = axes.iter().map(|name| json!({ "name": name })).collect();
    let datasets: Vec<Value> = levels
        .iter()
        .enumerate()
        .map(|(level, path)| {
            let scale: Vec<f64> = (0..axes.len()).map(|_| f64::from(1_u32 << level)).collect();
            json!({ "path": path, "coordinateTransformations": [{ "type": "scale", "scale": scale }] })
        })
        .collect();
    json!({ "version": "0.5", "multiscales": [{ "axes": axes, "datasets": datasets }] })
}

/// Writes a document, with the folders around it.
pub(crate) fn write_json(path: &Path, document: &Value) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    fs::write(path, serde_json::to_vec(document).expect("JSON")).expect("a file");
}

/// Writes the groups of a plate and of its wells, whose fields these are by their paths (`A/1/0`).
pub(crate) fn write_groups(root: &Path, fields: &[&str]) {
    let mut wells: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (well, field) in fields.iter().filter_map(|field| field.rsplit_once('/')) {
        wells.entry(well).or_default().push(json!({ "path": field }));
    }
    let named: Vec<Value> = wells.keys().map(|path| json!({ "path": path })).collect();
    write_json(&root.join("zarr.json"), &group(&json!({ "version": "0.5", "plate": { "wells": named } })));
    for (well, images) in wells {
        write_json(&root.join(well).join("zarr.json"), &group(&json!({ "well": { "images": images } })));
    }
}

/// Writes a plate of fields of channels, planes, rows and columns, in chunks of zstd that divide them.
pub(crate) fn write_plate(root: &Path, fields: &[&str], shape: [usize; 4], chunk: [usize; 4]) {
    write_groups(root, fields);
    for (nth, field) in fields.iter().enumerate() {
        let folder = root.join(field);
        write_json(&folder.join("zarr.json"), &group(&image(&["c", "z", "y", "x"], &["0"])));
        write_array(&folder.join("0"), shape, chunk, |at| value(nth, at));
    }
}

/// Writes an array with a value at each place.
pub(crate) fn write_array(
    folder: &Path,
    shape: [usize; 4],
    chunk: [usize; 4],
    value: impl Fn([usize; 4]) -> u16,
) {
    write_json(&folder.join("zarr.json"), &array(&shape, &chunk, &zstd()));
    let counts: [usize; 4] = std::array::from_fn(|axis| shape[axis] / chunk[axis]);
    for place in all(counts) {
        let sample = |at: [usize; 4]| value(std::array::from_fn(|axis| place[axis] * chunk[axis] + at[axis]));
        let samples: Vec<u8> = all(chunk).flat_map(|at| sample(at).to_le_bytes()).collect();
        let packed = zstd::bulk::compress(&samples, 1).expect("zstd");
        let path = place.iter().fold(folder.join("c"), |path, number| path.join(number.to_string()));
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, packed).expect("a chunk");
    }
}

/// All places below some counts, the last going fastest.
fn all(counts: [usize; 4]) -> impl Iterator<Item = [usize; 4]> {
    let count: usize = counts.iter().product();
    (0..count).map(move |mut number| {
        let mut place = [0; 4];
        for axis in (0..4).rev() {
            place[axis] = number % counts[axis];
            number /= counts[axis];
        }
        place
    })
}
