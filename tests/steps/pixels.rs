//! Decoding and encoding, against what tifffile reads (see `data/make_references.py`).

use std::fs;
use std::path::Path;

use stepwell::image::{
    Compression, DecodeError, DecodeScratch, Description, ImageFormat, ImageRef, ImageSource, PixelType,
    decode_scratch_bytes, most_file_bytes, write_tiff,
};

use crate::support;

const REFERENCE: &str = include_str!("../data/tiff_variety.csv");

/// The checksum that the reference table was made with (CRC-32, as in zip).
fn crc32(bytes: &[u8]) -> u32 {
    libdeflater::crc32(bytes)
}

fn describe(path: &Path, page: u32) -> String {
    match ImageSource::file(path).with_page(page).decode_owned() {
        Ok((format, pixels)) => format!(
            "{},{},{},{},{:08x}",
            format.width,
            format.height,
            format.samples,
            format.pixel.name(),
            crc32(&pixels)
        ),
        Err(error) => {
            assert!(error.to_string().contains(&path.display().to_string()), "no path in: {error}");
            let kind = match error {
                DecodeError::Io { .. } | DecodeError::LeadsOut(_) => "io",
                DecodeError::NoImage { .. } => "no image",
                DecodeError::NoPage { .. } => "no page",
                DecodeError::Truncated { .. } => "truncated",
                DecodeError::Corrupt { .. } => "corrupt",
                DecodeError::Unsupported { .. } => "unsupported",
                DecodeError::TooLarge { .. } => "too large",
                DecodeError::Beyond { .. } => "beyond",
                DecodeError::Changed { .. } => "changed",
                DecodeError::Zarr { .. } => "zarr",
            };
            format!("{kind}: {error}")
        }
    }
}

/// What is read otherwise than tifffile reads it, and why. All else must be equal.
const KNOWN_DIFFERENCES: &[(&str, &str, &str)] = &[
    ("image-tiff/quad-tile.jpg.tiff", "512,384,3,uint8,", "another JPEG decoder, within 4"),
    ("image-tiff/tiled-jpeg-rgb-u8.tif", "374,499,3,uint8,", "another JPEG decoder, within 1"),
    ("image-tiff/tiled-jpeg-ycbcr.tif", "374,499,3,uint8,", "another JPEG decoder, within 4"),
    ("imagecodecs/rgb.tiled.jpeg.u1.tif", "111,83,3,uint8,", "another JPEG decoder, within 3"),
    ("imagecodecs/rgb.tiled.jpeg.u2.tif", "unsupported", "12-bit JPEG"),
    ("image-tiff/big_g4.tif", "unsupported", "fax of more than 65,535 rows"),
    ("image-tiff/quad-lzw-compat.tiff", "corrupt", "LZW of before TIFF 6, bits the other way round"),
    ("image-tiff/logluv-3c-16b.tiff", "unsupported", "LogLuv; tifffile fails too"),
    ("image-tiff/seq/seq-1c-1b-fax3-71f6a21a.tiff", "unsupported", "fax group 3"),
    ("image-tiff/seq/seq-1c-1b-fax3-fillbits-71f6a21a.tiff", "unsupported", "fax group 3"),
    ("image-tiff/seq/seq-1c-1b-fax3-lsb-71f6a21a.tiff", "unsupported", "fax group 3"),
    ("imagecodecs/gray.c8.tif", "unsupported", "complex numbers"),
    ("imagecodecs/gray.c16.tif", "unsupported", "complex numbers"),
    ("imagecodecs/gray.depth.u1.tif", "unsupported", "a volume in one page"),
    ("imagecodecs/gray.depth.deflate.u1.tif", "unsupported", "a volume in one page"),
    ("imagecodecs/gray.lerc.u1.tif", "unsupported", "LERC"),
    ("imagecodecs/rgb.tiled.lerc.u1.tif", "unsupported", "LERC"),
    ("imagecodecs/gray.lzma.u1.tif", "unsupported", "LZMA"),
    ("imagecodecs/gray.lzma.u2.tif", "unsupported", "LZMA"),
    ("imagecodecs/rgb.tiled.lzma.u1.tif", "unsupported", "LZMA"),
    ("imagecodecs/rgb.tiled.jpeg2000.u1.tif", "unsupported", "JPEG 2000"),
    ("imagecodecs/rgb.tiled.jpegxl.u1.tif", "unsupported", "JPEG XL"),
    ("imagecodecs/rgb.tiled.jpegxr.u1.tif", "unsupported", "JPEG XR"),
    ("imagecodecs/rgb.tiled.png.u1.tif", "unsupported", "PNG in TIFF"),
    ("imagecodecs/rgb.tiled.webp.u1.tif", "unsupported", "WebP in TIFF"),
];

#[test]
fn every_tiff_is_read_as_tifffile_reads_it_or_refused_by_type() {
    let Some(plates) = support::plates_dir() else { return };
    let folder = plates.join("tiff-variety");
    let mut wrong = Vec::new();
    let mut compared = 0;
    for line in REFERENCE.lines().skip(1) {
        let mut fields = line.splitn(3, ',');
        let mut next = || fields.next().expect("path,page,width,height,samples,type,crc32");
        let (name, page, reference) = (next(), next().parse().expect("a page number"), next());
        let found = describe(&folder.join(name), page);
        let known = KNOWN_DIFFERENCES.iter().find(|(file, _, _)| *file == name);
        let as_expected = match known {
            Some((_, expected, _)) => found.starts_with(expected),
            None => found == reference,
        };
        compared += 1;
        if !as_expected {
            wrong.push(format!("{name} page {page}: {found} (tifffile: {reference})"));
        }
    }
    assert!(compared > 280, "only {compared} pages");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Bytes that repeat only after a long while, with runs as images have them.
fn pattern(count: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    (0..count)
        .map(|index| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            if index / 97 % 3 == 0 { 7 } else { state.to_le_bytes()[1] }
        })
        .collect()
}

const TYPES: [PixelType; 10] = [
    PixelType::U8,
    PixelType::U16,
    PixelType::U32,
    PixelType::U64,
    PixelType::I8,
    PixelType::I16,
    PixelType::I32,
    PixelType::I64,
    PixelType::F32,
    PixelType::F64,
];

#[test]
fn what_is_written_is_read_back_equal() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    let mut scratch = DecodeScratch::new();
    for pixel in TYPES {
        for samples in [1, 2, 3, 4] {
            for (width, height) in [(1, 1), (37, 23), (5, 2000), (9_000, 2)] {
                let format = ImageFormat { width, height, samples, pixel };
                let pixels = pattern(usize::try_from(format.bytes()).expect("a size"));
                for compression in Compression::ALL {
                    let image = ImageRef { format, bytes: &pixels };
                    let bytes = write_tiff(
                        &support::place(&path),
                        image,
                        compression,
                        Some(Description { text: "5 µm", pixel_size_um: Some([0.65; 2]) }),
                    )
                    .expect("written");
                    assert_eq!(bytes, fs::metadata(&path).expect("a file").len());
                    assert!(bytes <= most_file_bytes(format, compression), "{format} {compression:?}");
                    assert_eq!(
                        ImageSource::file(&path).measure().map(|header| header.format).expect("measured"),
                        format
                    );
                    let mut read = vec![1; pixels.len()];
                    ImageSource::file(&path).decode_into(format, &mut read, &mut scratch).expect("read");
                    assert!(read == pixels, "{format} {compression:?}");
                }
            }
        }
    }
    let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(left.len(), 1, "only the file itself is left: {left:?}");
}

#[test]
fn decoding_stays_within_the_scratch_that_was_announced() {
    let Some(plates) = support::plates_dir() else { return };
    for line in REFERENCE.lines().skip(1) {
        let name = line.split(',').next().expect("a path");
        let path = plates.join("tiff-variety").join(name);
        let Ok(measured) = ImageSource::file(&path).measure() else { continue };
        let mut scratch = DecodeScratch::new();
        let mut out = vec![0; usize::try_from(measured.format.bytes()).expect("a size")];
        let _ = ImageSource::file(&path).decode_into(measured.format, &mut out, &mut scratch);
        assert!(
            scratch.bytes() <= measured.scratch_bytes,
            "{name}: {} of {}",
            scratch.bytes(),
            measured.scratch_bytes
        );
    }
}

#[test]
fn the_scratch_of_a_format_covers_every_compression_of_noise() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("noise.tif");
    let format = ImageFormat::grey(2000, 900, PixelType::U16);
    let mut state = 1_u64;
    let noise: Vec<u8> = (0..format.bytes())
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        })
        .collect();
    for compression in Compression::ALL {
        let bytes = write_tiff(&support::place(&path), ImageRef { format, bytes: &noise }, compression, None)
            .expect("written");
        assert!(bytes <= most_file_bytes(format, compression), "{compression:?}: {bytes}");
        let mut scratch = DecodeScratch::new();
        let mut out = vec![0; noise.len()];
        ImageSource::file(&path).decode_into(format, &mut out, &mut scratch).expect("read");
        assert!(out == noise);
        assert!(scratch.bytes() <= decode_scratch_bytes(format), "{compression:?}: {}", scratch.bytes());
    }
}

#[test]
fn what_cannot_be_read_is_refused_by_type() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    let format = ImageFormat::grey(64, 64, PixelType::U16);
    let pixels = pattern(64 * 64 * 2);
    assert!(describe(&path, 0).starts_with("io:"), "absent");
    fs::write(&path, b"").expect("written");
    assert!(describe(&path, 0).starts_with("no image") || describe(&path, 0).starts_with("truncated"));
    fs::write(&path, b"PNG, really").expect("written");
    assert!(describe(&path, 0).starts_with("no image"), "{}", describe(&path, 0));
    write_tiff(&support::place(&path), ImageRef { format, bytes: &pixels }, Compression::None, None)
        .expect("written");
    assert!(describe(&path, 1).starts_with("no page"), "{}", describe(&path, 1));
    let whole = fs::read(&path).expect("read");

    let smaller = ImageFormat::grey(64, 63, PixelType::U16);
    let mut out = vec![0; usize::try_from(smaller.bytes()).expect("a size")];
    let changed = ImageSource::file(&path).decode_into(smaller, &mut out, &mut DecodeScratch::new());
    assert!(matches!(changed, Err(DecodeError::Changed { .. })));

    // A header that asks for more than 2^31 bytes: width, height and rows of a strip of 100,000.
    let mut huge = whole.clone();
    let directory =
        usize::try_from(u32::from_le_bytes(whole[4..8].try_into().expect("4 bytes"))).expect("small");
    for entry in huge[directory + 2..].as_chunks_mut::<12>().0 {
        if [256_u16, 257, 278].contains(&u16::from_le_bytes([entry[0], entry[1]])) {
            entry[2..4].copy_from_slice(&4_u16.to_le_bytes());
            entry[8..12].copy_from_slice(&100_000_u32.to_le_bytes());
        }
    }
    fs::write(&path, huge).expect("written");
    let refused = describe(&path, 0);
    assert!(refused.starts_with("too large"), "{refused}");
}

#[test]
fn damaged_files_are_refused_and_never_panic() {
    let Some(plates) = support::plates_dir() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("damaged.tif");
    let mut refused = 0;
    let mut names: Vec<_> = REFERENCE.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    names.dedup();
    for (index, name) in names.iter().enumerate() {
        let whole = fs::read(plates.join("tiff-variety").join(name)).expect("a file of the set");
        if whole.len() > 300_000 {
            continue;
        }
        let mut state = 0x9e37_79b9_u32.wrapping_add(u32::try_from(index).expect("small"));
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as usize % below
        };
        for round in 0..24 {
            let mut bytes = whole.clone();
            if round % 4 == 0 {
                bytes.truncate(random(whole.len()));
            }
            for _ in 0..round {
                // Headers lie at either end; damage there is what gets furthest.
                let at =
                    if round % 2 == 0 { random(200) } else { whole.len() - 1 - random(400.min(whole.len())) };
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(random(256)).expect("a byte");
                }
            }
            fs::write(&path, bytes).expect("written");
            refused += usize::from(ImageSource::file(&path).decode_owned().is_err());
        }
    }
    assert!(refused > 1000, "only {refused} were refused");
}

#[test]
fn a_last_strip_that_is_filled_up_is_cut() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    let rows = pattern(16 * 64);
    for compression in Compression::ALL {
        // A file of 16 rows becomes one of 10 rows by its header; its strip still holds 16.
        let format = ImageFormat::grey(64, 16, PixelType::U8);
        write_tiff(&support::place(&path), ImageRef { format, bytes: &rows }, compression, None)
            .expect("written");
        let mut bytes = fs::read(&path).expect("read");
        let directory =
            usize::try_from(u32::from_le_bytes(bytes[4..8].try_into().expect("4"))).expect("small");
        for entry in bytes[directory + 2..].as_chunks_mut::<12>().0 {
            match u16::from_le_bytes([entry[0], entry[1]]) {
                257 => entry[8..12].copy_from_slice(&10_u32.to_le_bytes()),
                278 => entry[8..12].copy_from_slice(&16_u32.to_le_bytes()),
                _ => {}
            }
        }
        fs::write(&path, bytes).expect("written");
        let (format, pixels) = ImageSource::file(&path).decode_owned().expect("read");
        assert_eq!((format.height, &pixels[..]), (10, &rows[..10 * 64]), "{compression:?}");
    }
}
