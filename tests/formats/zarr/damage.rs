//! Arrays that are damaged, that lie, or that were written again.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use proptest::prelude::*;
use serde_json::{Value, json};
use stepwell::image::{DecodeError, DecodeScratch, PixelType, ZarrFault};

use super::{FILL, PACKED, arrays, metadata, metadata_file, packed_files, plane};
use crate::temporary_folder;

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
        ("3-none", "a group", set("/node_type", json!("group")), "a Zarr group, which is not an array,"),
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
        (
            "3-shards-end",
            "empty shards",
            set("/chunk_grid/configuration/chunk_shape", json!([0, 1, 16, 32])),
            "its chunks are empty",
        ),
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
            "not whole chunks",
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
            "0.0.0.0: this is a folder, not a file. Check",
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
        ("3-checked", "another byte", edit("c/0/0/0/0", |bytes| bytes[9] ^= 1), "its checksum is wrong"),
        (
            "3-checked-twice",
            "another byte",
            edit("c/0/0/0/0", |bytes| bytes[9] ^= 1),
            "its checksum is wrong",
        ),
        (
            "3-shards-end",
            "another index",
            edit("c/0/0/0/0", |bytes| *bytes.last_mut().expect("bytes") ^= 1),
            "its checksum is wrong",
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
    let files = packed_files(PACKED);
    let names: Vec<String> =
        files.iter().map(|(path, _)| path.split_once('/').expect("an array").0.to_owned()).collect();
    let parent = temporary_folder();
    let index = any::<prop::sample::Index>;
    let input = (index(), index(), index(), 0..7_usize, any::<[u8; 4]>());
    let mut config = ProptestConfig::with_cases(600);
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
