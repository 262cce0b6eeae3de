//! Planes of Zarr arrays: of all kinds as zarr-python writes them (`data/make_zarr_references.py`), of a real plate,
//! and of arrays that are damaged.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use proptest::prelude::*;
use serde_json::{Value, json};
use stepwell::image::{
    DecodeError, DecodeScratch, ImageFormat, ImageSource, PixelType, SourceFolder, ZarrFault,
};

use crate::support::plates_dir;
use crate::temporary_folder;

const PACKED: &[u8] = include_bytes!("../data/zarr.bin");

/// The value of the samples that no chunk has.
const FILL: u8 = 3;

/// The files of all arrays, with their paths.
fn packed_files() -> Vec<(String, Vec<u8>)> {
    let mut bytes = vec![0; 4 << 20];
    let length = libdeflater::Decompressor::new().zlib_decompress(PACKED, &mut bytes).expect("zlib data");
    let mut rest = &bytes[..length];
    let mut files = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == 0) {
        let path = String::from_utf8(rest[..end].to_vec()).expect("a path");
        let length = u32::from_le_bytes(*rest[end + 1..].first_chunk().expect("a length")) as usize;
        let (data, after) = rest[end + 5..].split_at(length);
        files.push((path, data.to_vec()));
        rest = after;
    }
    files
}

/// A folder with the arrays whose names begin so, and these names.
fn arrays(beginning: &str) -> (tempfile::TempDir, Vec<String>) {
    let folder = temporary_folder();
    let mut names = BTreeSet::new();
    for (path, data) in packed_files() {
        let (name, _) = path.split_once('/').expect("a file in an array");
        if name.starts_with(beginning) {
            names.insert(name.to_owned());
            let path = folder.path().join(&path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, data).expect("a file");
        }
    }
    (folder, names.into_iter().collect())
}

fn plane(folder: &Path, name: &str, plane: u32) -> ImageSource {
    ImageSource::plane(&SourceFolder::new(folder, ""), name, plane)
}

fn metadata_file(array: &Path) -> PathBuf {
    let version_3 = array.join("zarr.json");
    if version_3.is_file() { version_3 } else { array.join(".zarray") }
}

fn metadata(array: &Path) -> Value {
    serde_json::from_slice(&fs::read(metadata_file(array)).expect("metadata")).expect("JSON")
}

/// Shape, and type of the samples, as NumPy reads the metadata.
fn kind(metadata: &Value) -> (Vec<u64>, String) {
    let shape =
        metadata["shape"].as_array().expect("a shape").iter().map(|len| len.as_u64().expect("a length"));
    let kind = match metadata["data_type"].as_str() {
        Some(name) => name.to_owned(),
        None => {
            let (kind, bytes) = metadata["dtype"].as_str().expect("a type")[1..].split_at(1);
            let kind =
                ["uint", "int", "float"].into_iter().find(|name| name.starts_with(kind)).expect("a kind");
            format!("{kind}{}", bytes.parse::<u32>().expect("bytes") * 8)
        }
    };
    (shape.collect(), kind)
}

/// The samples of a plane: the formula of `make_zarr_references.py`.
fn expected(kind: &str, plane: u64, height: u64, width: u64) -> (PixelType, Vec<u8>) {
    let mut bytes = Vec::new();
    let mut pixel = PixelType::U8;
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let smooth = plane * 1009 + y * 101 + x * 7;
        let noise = (smooth * 2_654_435_761 % (1 << 32)) * 40503;
        let number = if y < 16 { smooth } else { noise };
        let is_fill = (8..16).contains(&y) && (16..32).contains(&x);
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
        let float = if is_fill { f64::from(FILL) } else { (number % 2048) as f64 / 4.0 - 100.0 };
        let number = if is_fill { u64::from(FILL) } else { number };
        #[allow(clippy::cast_possible_truncation)] // as NumPy does it
        let (of, sample) = match kind {
            "uint8" => (PixelType::U8, (number as u8).to_ne_bytes().to_vec()),
            "uint16" => (PixelType::U16, (number as u16).to_ne_bytes().to_vec()),
            "uint32" => (PixelType::U32, (number as u32).to_ne_bytes().to_vec()),
            "uint64" => (PixelType::U64, number.to_ne_bytes().to_vec()),
            "int8" => (PixelType::I8, (number as u8).to_ne_bytes().to_vec()),
            "int16" => (PixelType::I16, (number as u16).to_ne_bytes().to_vec()),
            "int32" => (PixelType::I32, (number as u32).to_ne_bytes().to_vec()),
            "int64" => (PixelType::I64, number.to_ne_bytes().to_vec()),
            "float16" => (PixelType::F32, half::f16::from_f64(float).to_f32().to_ne_bytes().to_vec()),
            "float32" => (PixelType::F32, (float as f32).to_ne_bytes().to_vec()),
            _ => (PixelType::F64, float.to_ne_bytes().to_vec()),
        };
        pixel = of;
        bytes.extend(sample);
    }
    (pixel, bytes)
}

#[test]
fn arrays_of_all_kinds_are_read_as_numpy_reads_them() {
    let (folder, names) = arrays("");
    assert_eq!(names.len(), 102);
    // One scratch for all, as a thread of a run has it.
    let mut shared = DecodeScratch::new();
    let mut most = 0;
    for name in names {
        let array = folder.path().join(&name);
        let (shape, kind) = kind(&metadata(&array));
        let [leading @ .., height, width] = &shape[..] else { panic!("{name}: {shape:?}") };
        let planes: u64 = leading.iter().product();
        for number in 0..u32::try_from(planes).expect("few") {
            let source = plane(folder.path(), &name, number);
            let (pixel, expected) = expected(&kind, number.into(), *height, *width);
            let measured = source.measure().unwrap_or_else(|error| panic!("{error}"));
            let format = ImageFormat::grey(
                u32::try_from(*width).expect("a width"),
                u32::try_from(*height).expect("a height"),
                pixel,
            );
            assert_eq!(measured.format, format, "{name}");
            let mut own = DecodeScratch::new();
            most = most.max(measured.scratch_bytes);
            for scratch in [&mut own, &mut shared] {
                let mut image = vec![0xaa; expected.len()];
                source.decode_into(format, &mut image, scratch).unwrap_or_else(|error| panic!("{error}"));
                assert!(image == expected, "{name}, plane {number}: other pixels");
            }
            assert!(own.bytes() <= measured.scratch_bytes, "{name}: {own:?} of {measured:?}");
            assert!(shared.bytes() <= most, "{name}: {shared:?} of {most}");
        }
        let beyond = plane(folder.path(), &name, u32::try_from(planes).expect("few"));
        match beyond.measure() {
            Err(DecodeError::Zarr { path, fault: ZarrFault::NoPlane { .. } }) => assert_eq!(path, array),
            other => panic!("{name}: {other:?}"),
        }
    }
    // The block that is the fill value is in no file.
    assert!(folder.path().join("2-none/0.0.0.0").is_file());
    assert!(!folder.path().join("2-none/0.0.1.1").exists());
}

#[test]
fn stored_bytes_are_those_of_the_planes_files() {
    let (folder, _) = arrays("");
    let length = |path: &str| fs::metadata(folder.path().join(path)).expect("a chunk").len();
    let rows: Vec<String> = (0..5).map(|row| format!("2-rows/1.0.{row}.0")).collect();
    for (name, number, expected) in [
        (
            "2-volume",
            1,
            ["0.0.0", "0.0.1", "0.0.2", "0.1.0", "0.1.1", "0.1.2"]
                .map(|c| length(&format!("2-volume/{c}")))
                .iter()
                .sum(),
        ),
        ("2-rows", 2, rows.iter().map(|row| length(row)).sum::<u64>()),
        ("3-shards-end", 0, 0),
    ] {
        assert_eq!(
            plane(folder.path(), name, number).measure().expect("a plane").stored_bytes,
            expected,
            "{name}"
        );
    }
}

/// Sums, samples (of the middle row, a third across; the last row's first; the second row's last) and sums weighted by
/// position (from 1), as zarr-python and NumPy have them: `(p * np.arange(1, p.size + 1).reshape(p.shape)).sum()`.
#[test]
fn a_real_plate_has_the_pixels_that_numpy_finds() {
    let Some(plates) = plates_dir() else { return };
    let root = plates.join("omezarr04/hcs_ngff_2D.zarr");
    for (name, number, format, sum, samples, weighted) in [
        ("A/02/0/0", 0, (128, 128, PixelType::U8), 163_605, [6, 9, 6], 1_338_453_905),
        ("A/02/0/0", 1, (128, 128, PixelType::U8), 163_060, [8, 5, 15], 1_341_467_375),
        // Chunks larger than the array.
        ("A/02/1/3", 0, (16, 16, PixelType::U8), 2_636, [11, 12, 5], 341_203),
        ("A/02/1/3", 1, (16, 16, PixelType::U8), 2_513, [4, 13, 9], 319_962),
        ("B/03/2/0", 1, (128, 128, PixelType::U8), 163_811, [10, 9, 16], 1_343_208_394),
        ("B/03/2/4", 0, (8, 8, PixelType::U8), 648, [10, 9, 9], 20_843),
        ("B/03/2/labels/Label D/0", 0, (128, 128, PixelType::I64), 94_391, [0, 0, 0], 1_006_402_767),
        ("A/02/0/labels/Label A/3", 0, (16, 16, PixelType::I64), 1_480, [0, 0, 0], 248_490),
    ] {
        let (folder, array) = name.rsplit_once('/').expect("a folder");
        let source = ImageSource::plane(&SourceFolder::new(&root, folder), array, number);
        let (found, bytes) = source.decode_owned().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(found, ImageFormat::grey(format.0, format.1, format.2));
        let pixels: Vec<u64> = match format.2 {
            PixelType::U8 => bytes.iter().map(|value| u64::from(*value)).collect(),
            _ => bytes.as_chunks::<8>().0.iter().map(|value| u64::from_ne_bytes(*value)).collect(),
        };
        let (width, height) = (format.0 as usize, format.1 as usize);
        assert_eq!(pixels.iter().sum::<u64>(), sum, "{source}");
        let places = [height / 2 * width + width / 3, (height - 1) * width, 2 * width - 1];
        assert_eq!(places.map(|place| pixels[place]), samples, "{source}");
        assert_eq!(
            pixels.iter().zip(1..).map(|(value, place)| value * place).sum::<u64>(),
            weighted,
            "{source}"
        );
    }
}

/// What an array was changed to, and what is said of it.
type Damage = (&'static str, &'static str, Box<dyn Fn(&Path)>, &'static str);

fn set(key: &'static str, value: Value) -> Box<dyn Fn(&Path)> {
    Box::new(move |array| {
        let mut metadata = metadata(array);
        *metadata.pointer_mut(key).expect("a setting") = value.clone();
        fs::write(metadata_file(array), metadata.to_string()).expect("metadata");
    })
}

fn write(file: &'static str, bytes: &'static [u8]) -> Box<dyn Fn(&Path)> {
    Box::new(move |array| fs::write(array.join(file), bytes).expect("a file"))
}

/// Changes the bytes of a file.
fn edit(file: &'static str, change: fn(&mut Vec<u8>)) -> Box<dyn Fn(&Path)> {
    Box::new(move |array| {
        let path = array.join(file);
        let mut bytes = fs::read(&path).expect("a chunk");
        change(&mut bytes);
        fs::write(path, bytes).expect("a chunk");
    })
}

/// A frame of zstd that claims to be of 2^50 bytes, then nothing more.
const LYING_ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0];

#[test]
fn damaged_arrays_say_what_is_wrong_with_them() {
    let cases: Vec<Damage> = vec![
        (
            "2-none",
            "no metadata",
            Box::new(|array| fs::remove_file(array.join(".zarray")).expect("removed")),
            "neither zarr.json nor .zarray",
        ),
        ("2-none", "no JSON", write(".zarray", b"{\"shape\": [2,"), ".zarray: EOF"),
        ("3-none", "no JSON", write("zarr.json", b"\xff\xfe"), "zarr.json: "),
        ("3-none", "a group", set("/node_type", json!("group")), "a Zarr group, which is no array,"),
        ("3-none", "a later version", set("/zarr_format", json!(4)), "Zarr of version 4"),
        ("2-none", "another sample", set("/dtype", json!("|O")), "samples \"|O\""),
        ("3-none", "another sample", set("/data_type", json!("complex64")), "samples \"complex64\""),
        ("3-none", "another grid", set("/chunk_grid/name", json!("rectilinear")), "grid \"rectilinear\""),
        ("2-none", "another coding", set("/compressor", json!({"id": "lzma"})), "the coding \"lzma\""),
        ("2-none", "a filter", set("/filters", json!([{"id": "delta"}])), "the coding \"delta\""),
        ("3-zlib", "another coding", set("/codecs/1/name", json!("lossy")), "the coding \"lossy\""),
        ("3-none", "no bytes", set("/codecs", json!([])), "how samples become bytes"),
        (
            "3-none",
            "another order of bytes",
            set("/codecs/0/configuration/endian", json!("middle")),
            "middle",
        ),
        (
            "3-turned",
            "another order of axes",
            set("/codecs/0/configuration/order", json!([0, 0, 1, 2])),
            "the order of its axes",
        ),
        ("2-none", "another name", set("/dimension_separator", json!("\\")), "named with"),
        ("2-none", "another fill value", set("/fill_value", json!(-1)), "its fill value -1"),
        ("2-none", "one axis", set("/shape", json!([7])), "an array of 1 axes"),
        ("2-none", "fewer axes of chunks", set("/chunks", json!([8, 16])), "its chunks have other axes"),
        ("2-none", "empty chunks", set("/chunks", json!([1, 1, 0, 16])), "its chunks are empty"),
        ("3-shards-end", "empty shards", set("/chunk_grid/configuration/chunk_shape", json!([0, 1, 16, 32])), "its chunks are empty"),
        ("2-none", "no pixels", set("/shape", json!([2, 2, 0, 36])), "no pixels"),
        (
            "2-none",
            "a vast plane",
            set("/shape", json!([2, 2, 1_000_000_000_000_u64, u64::MAX])),
            "the image would take",
        ),
        ("2-none", "vast chunks", set("/chunks", json!([u64::MAX, 1, 8, 16])), "a chunk would take"),
        (
            "2-none",
            "small chunks",
            Box::new(|array| {
                set("/shape", json!([1, 1, 20_000, 20_000]))(array);
                set("/chunks", json!([1, 1, 1, 1]))(array);
            }),
            "an image in 400000000 chunks",
        ),
        (
            "3-shards-end",
            "odd shards",
            set("/codecs/0/configuration/chunk_shape", json!([1, 1, 7, 16])),
            "no whole chunks",
        ),
        (
            "3-shards-end",
            "vast shards",
            set("/chunk_grid/configuration/chunk_shape", json!([1_u64 << 40, 1, 16, 32])),
            "a shard of more than",
        ),
        ("2-none", "a short chunk", edit("0.0.0.0", |bytes| bytes.truncate(100)), "0.0.0.0 is cut off"),
        ("2-none", "a long chunk", edit("0.0.0.0", |bytes| bytes.push(0)), "0.0.0.0: it is longer"),
        (
            "2-none",
            "a folder",
            Box::new(|array| {
                fs::remove_file(array.join("0.0.0.0")).expect("removed");
                fs::create_dir(array.join("0.0.0.0")).expect("a folder");
            }),
            "0.0.0.0: this is a folder and no file. Check",
        ),
        ("2-zlib", "a short chunk", edit("0.0.0.0", |bytes| bytes.truncate(30)), "0.0.0.0: zlib"),
        ("2-gzip", "another byte", edit("0.0.0.0", |bytes| bytes[20] ^= 0xff), "0.0.0.0: gzip"),
        ("2-zstd", "a vast size", write("0.0.0.0", LYING_ZSTD), "0.0.0.0: zstd"),
        ("2-zstd", "nothing", write("0.0.0.0", b""), "0.0.0.0: zstd: 0 bytes"),
        (
            "2-slashes",
            "a vast file",
            edit("0/0/0/0", |bytes| bytes.resize(1 << 20, 0)),
            "0/0/0/0: it is longer",
        ),
        (
            "2-rows",
            "a vast file",
            edit("0.0.0.0", |bytes| bytes.resize(1 << 20, 0)),
            "longer than a chunk can become",
        ),
        (
            "2-rows",
            "another size",
            edit("0.0.0.0", |bytes| bytes[4..8].fill(0x7f)),
            "another size of a Blosc chunk",
        ),
        (
            "2-rows",
            "another block size",
            edit("0.0.0.0", |bytes| bytes[8..12].fill(0x7f)),
            "another block size",
        ),
        (
            "2-rows",
            "a short chunk",
            edit("0.0.0.0", |bytes| bytes.truncate(40)),
            "another length of a Blosc chunk",
        ),
        ("2-rows", "a later version", edit("0.0.0.0", |bytes| bytes[0] = 5), "Blosc of version 5"),
        ("2-rows", "Snappy", edit("0.0.0.0", |bytes| bytes[2] = 2 << 5 | 1), "Blosc with Snappy"),
        ("3-checked", "another byte", edit("c/0/0/0/0", |bytes| bytes[9] ^= 1), "its checksum is another"),
        (
            "3-checked-twice",
            "another byte",
            edit("c/0/0/0/0", |bytes| bytes[9] ^= 1),
            "its checksum is another",
        ),
        (
            "3-shards-end",
            "another index",
            edit("c/0/0/0/0", |bytes| *bytes.last_mut().expect("bytes") ^= 1),
            "its checksum is another",
        ),
        (
            "3-shards-end",
            "a short shard",
            edit("c/0/0/0/0", |bytes| bytes.truncate(50)),
            "c/0/0/0/0 is cut off",
        ),
        (
            "3-shards-plain-index",
            "an index that leads out",
            edit("c/0/0/0/0", |bytes| {
                let index = bytes.len() - 8 * 16;
                bytes[index..index + 8].fill(0x7f);
            }),
            "its index leads out of it",
        ),
        (
            "3-shards-plain-index",
            "a vast length",
            edit("c/0/0/0/0", |bytes| {
                let index = bytes.len() - 8 * 16;
                bytes[index + 8..index + 16].fill(0xff);
            }),
            "its index leads out of it",
        ),
    ];
    for (name, what, damage, expected) in cases {
        let (folder, _) = arrays(name);
        let array = folder.path().join(name);
        damage(&array);
        let error = plane(folder.path(), name, 0).decode_owned().expect_err(what).to_string();
        assert!(error.starts_with(&format!("{}: ", array.display())), "{name} with {what}: {error}");
        assert!(error.contains(expected), "{name} with {what}: {error}");
        assert!(
            [". Copy", ". Write", ". Scan", ". Check", ", write"].iter().any(|todo| error.contains(todo)),
            "{error}"
        );
    }
    let none = plane(Path::new("/nowhere"), "0", 0);
    assert!(matches!(none.measure(), Err(DecodeError::Zarr { fault: ZarrFault::NoArray, .. })));
    assert_eq!(none.stamp(), None);
}

#[test]
fn an_array_that_was_written_anew_is_read_anew() {
    let (folder, _) = arrays("2-none");
    let source = plane(folder.path(), "2-none", 1);
    let format = source.measure().expect("a plane").format;
    let mut scratch = DecodeScratch::new();
    let mut image = vec![0; usize::try_from(format.bytes()).expect("small")];
    source.decode_into(format, &mut image, &mut scratch).expect("decoded");
    let before = source.stamp();
    assert_eq!(image[(8 * 36 + 16) * 2], FILL);
    set("/fill_value", json!(77))(&folder.path().join("2-none"));
    assert_ne!(source.stamp(), before);
    source.decode_into(format, &mut image, &mut scratch).expect("decoded");
    assert_eq!(image[(8 * 36 + 16) * 2], 77);
    set("/dtype", json!(">i2"))(&folder.path().join("2-none"));
    let error = source.decode_into(format, &mut image, &mut scratch).expect_err("another type");
    let DecodeError::Changed { found, expected, .. } = error else { panic!("{error}") };
    assert_eq!((found.pixel, expected), (PixelType::I16, format));
}

#[test]
fn planes_name_their_array() {
    let folder = SourceFolder::new("/plate", "A/1/0");
    let source = ImageSource::plane(&folder, "0", 3);
    assert_eq!(source.to_string(), "/plate/A/1/0/0 (plane 4)");
    assert_eq!(source.with_page(0).to_string(), "/plate/A/1/0/0");
    assert_eq!((source.relative(), source.page()), ("A/1/0/0".to_owned(), 3));
    assert!(source.with_page(1).is_plane() && !source.beside("0.tif").is_plane());
    assert_ne!(source, ImageSource::new(&folder, "0", 3));
}

/// Numbers that metadata may lie with.
const NUMBERS: [&str; 10] =
    ["0", "1", "2", "7", "-1", "4294967296", "18446744073709551615", "1e300", "0.5", "null"];

/// The text with one of its numbers replaced.
fn with_number(text: &str, which: usize, number: &str) -> String {
    let mut places = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        let follows = at > 0 && text.as_bytes()[at - 1].is_ascii_alphanumeric();
        if byte.is_ascii_digit() && !follows {
            places.push(at);
        }
    }
    let at = places[which % places.len()];
    let end = text[at..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |end| at + end);
    format!("{}{number}{}", &text[..at], &text[end..])
}

/// Whatever the files of an array hold, reading a plane ends with an image or with an error, and soon.
#[test]
fn no_bytes_make_reading_panic() {
    let files = packed_files();
    let names: Vec<String> =
        files.iter().map(|(path, _)| path.split_once('/').expect("an array").0.to_owned()).collect();
    let parent = temporary_folder();
    let index = any::<prop::sample::Index>;
    let input = (index(), index(), index(), 0..7_usize, any::<[u8; 4]>());
    let mut config =
        ProptestConfig::with_cases(600);
    config.failure_persistence = None;
    proptest!(config, |((file, place, other, change, bytes) in input)| {
        let (path, original) = file.get(&files);
        let name = path.split_once('/').expect("an array").0;
        let folder = tempfile::tempdir_in(parent.path()).expect("a folder");
        for ((path, data), of) in files.iter().zip(&names) {
            if of == name {
                let path = folder.path().join(path);
                fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
                fs::File::create(path).and_then(|mut file| file.write_all(data)).expect("a file");
            }
        }
        let mut data = original.clone();
        let at = place.index(data.len());
        match (change, std::str::from_utf8(original)) {
            (0..4, Ok(text)) => {
                let number = NUMBERS[usize::from(bytes[0]) % NUMBERS.len()];
                data = with_number(text, place.index(1000), number).into_bytes();
            }
            (0, Err(_)) => data.truncate(at),
            (1, Err(_)) => data[at] ^= bytes[0],
            (2, Err(_)) => data.splice(at..at, bytes).for_each(drop),
            (_, _) => {
                // Near the beginning or the end, where headers and indexes are.
                let near = if bytes[0] < 128 { at % 32 } else { data.len() - 1 - at % data.len().min(140) };
                for (offset, byte) in bytes.iter().enumerate() {
                    if let Some(to) = data.get_mut(near + offset) {
                        *to = *byte;
                    }
                }
            }
        }
        fs::write(folder.path().join(path), data).expect("a file");
        let source = plane(folder.path(), name, u32::try_from(other.index(4)).expect("small"));
        let began = Instant::now();
        match source.measure() {
            Ok(measured) if measured.format.bytes() < 1 << 24 => {
                let mut image = vec![0; usize::try_from(measured.format.bytes()).expect("small")];
                let mut scratch = DecodeScratch::new();
                if let Err(error) = source.decode_into(measured.format, &mut image, &mut scratch) {
                    prop_assert!(error.to_string().contains(name));
                }
                prop_assert!(scratch.bytes() <= measured.scratch_bytes, "{scratch:?} of {measured:?}");
            }
            Ok(_) => {}
            Err(error) => prop_assert!(error.to_string().contains(name)),
        }
        prop_assert!(began.elapsed().as_secs() < 20);
    });
}
