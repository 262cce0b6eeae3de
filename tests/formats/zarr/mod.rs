//! Planes of Zarr arrays: of all kinds as zarr-python writes them (`data/make_zarr_references.py`), of a real plate,
//! and of arrays that are damaged.

mod damage;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use stepwell::image::{
    DecodeError, DecodeScratch, ImageFormat, ImageSource, PixelType, SourceFolder, ZarrFault,
};

use crate::support::plates_dir;
use crate::temporary_folder;

const PACKED: &[u8] = include_bytes!("../../data/zarr.bin");

/// The value of the samples that no chunk has.
const FILL: u8 = 3;

/// The files in a file of references, with their paths.
pub(crate) fn packed_files(packed: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut bytes = vec![0; 4 << 20];
    let length = libdeflater::Decompressor::new().zlib_decompress(packed, &mut bytes).expect("zlib data");
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
    for (path, data) in packed_files(PACKED) {
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

#[test]
fn planes_name_their_array() {
    let folder = SourceFolder::new("/plate", "A/1/0");
    let source = ImageSource::plane(&folder, "0", 3);
    assert_eq!(source.to_string(), "/plate/A/1/0/0 (plane 4)");
    assert_eq!(source.with_page(0).to_string(), "/plate/A/1/0/0");
    assert_eq!((source.relative(), source.page()), ("A/1/0/0".to_owned(), 3));
    assert_eq!(
        (source.shown_name().as_str(), source.beside("0.tif").shown_name().as_str()),
        ("A/1/0/0", "0.tif")
    );
    assert!(source.with_page(1).is_plane() && !source.beside("0.tif").is_plane());
    assert_ne!(source, ImageSource::new(&folder, "0", 3));
}
