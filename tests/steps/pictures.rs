//! PNG and JPEG files, against what Pillow and imagecodecs read (see `data/make_picture_references.py`).

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use stepwell::image::{DecodeError, DecodeScratch, ImageFormat, ImageSource, PixelType};

const TABLE: &str = include_str!("../data/pictures.csv");

fn picture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures").join(name)
}

/// Name, format, checksum and by how much a sample may differ.
fn references() -> impl Iterator<Item = (&'static str, ImageFormat, u32, u8)> {
    TABLE.lines().skip(1).map(|line| {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |at: usize| fields[at].parse().expect("a number");
        let format = ImageFormat {
            width: number(1),
            height: number(2),
            samples: fields[3].parse().expect("a number"),
            pixel: if fields[4] == "uint16" { PixelType::U16 } else { PixelType::U8 },
        };
        let crc = u32::from_str_radix(fields[5], 16).expect("a checksum");
        (fields[0], format, crc, fields[6].parse().expect("a number"))
    })
}

fn most_difference(a: &[u8], b: &[u8]) -> u8 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

#[test]
fn pictures_are_read_as_other_programs_read_them() {
    let mut scratch = DecodeScratch::new();
    let mut count = 0;
    for (name, format, crc, tolerance) in references() {
        let path = picture(name);
        let measured = ImageSource::file(&path).measure().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(measured.format, format, "{name}");
        assert_eq!(measured.stored_bytes, fs::metadata(&path).expect("a file").len(), "{name}");
        let mut pixels = vec![1; usize::try_from(format.bytes()).expect("small")];
        ImageSource::file(&path)
            .decode_into(format, &mut pixels, &mut scratch)
            .unwrap_or_else(|error| panic!("{error}"));
        if tolerance == 0 {
            assert_eq!(libdeflater::crc32(&pixels), crc, "{name}");
        } else {
            let (_, reference) =
                ImageSource::file(picture(&format!("{name}.png"))).decode_owned().expect("a reference");
            assert_eq!(libdeflater::crc32(&reference), crc, "{name}");
            let difference = most_difference(&pixels, &reference);
            assert!(difference <= tolerance, "{name}: {difference}");
        }
        assert!(scratch.bytes() <= measured.scratch_bytes, "{name}: {}", scratch.bytes());
        count += 1;
    }
    assert_eq!(count, 18);
}

#[test]
fn the_content_counts_and_not_the_name() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, other) in [("grey-16.png", "a.tif"), ("rgb-444.jpg", "b.TIF"), ("grey.jpg", "c.png")] {
        let path = folder.path().join(other);
        fs::copy(picture(name), &path).expect("copied");
        assert_eq!(
            ImageSource::file(&path).decode_owned().expect("read"),
            ImageSource::file(picture(name)).decode_owned().expect("read")
        );
    }
}

#[test]
fn what_cannot_be_read_is_refused_by_type() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image");
    let unsupported = ImageSource::file(picture("cmyk.jpg")).decode_owned();
    assert!(matches!(&unsupported, Err(DecodeError::Unsupported { .. })), "{unsupported:?}");
    for name in ["grey-8.png", "grey.jpg"] {
        assert!(
            matches!(
                ImageSource::file(picture(name)).with_page(1).measure().map(|header| header.format),
                Err(DecodeError::NoPage { .. })
            ),
            "{name}"
        );
        let format =
            ImageSource::file(picture(name)).measure().map(|header| header.format).expect("measured");
        let other = ImageFormat { height: format.height - 1, ..format };
        let mut scratch = DecodeScratch::new();
        for (format, bytes) in [(other, other.bytes()), (format, other.bytes())] {
            let mut out = vec![0; usize::try_from(bytes).expect("small")];
            let changed = ImageSource::file(picture(name)).decode_into(format, &mut out, &mut scratch);
            assert!(matches!(changed, Err(DecodeError::Changed { .. })), "{name}: {changed:?}");
        }
    }
    // A header that asks for 30 GB costs nothing but its own file.
    let mut huge = fs::read(picture("rgb-8.png")).expect("read");
    huge[16..24].copy_from_slice(&[0, 1, 134, 160, 0, 1, 134, 160]);
    let crc = libdeflater::crc32(&huge[12..29]);
    huge[29..33].copy_from_slice(&crc.to_be_bytes());
    fs::write(&path, huge).expect("written");
    let refused = ImageSource::file(&path).measure().map(|header| header.format);
    assert!(matches!(refused, Err(DecodeError::TooLarge { bytes: 30_000_000_000, .. })), "{refused:?}");
    let error = refused.expect_err("refused").to_string();
    assert!(error.contains(&path.display().to_string()), "{error}");
    // Nor does a long text; a short one is no matter.
    let whole = fs::read(picture("rgb-8.png")).expect("read");
    for (length, is_read) in [(10_000, true), (2_000_000, false)] {
        let text = [&b"tEXtComment\0"[..], &vec![b'x'; length]].concat();
        let size = u32::try_from(text.len() - 4).expect("small").to_be_bytes();
        let chunk = [&size[..], &text, &libdeflater::crc32(&text).to_be_bytes()].concat();
        fs::write(&path, [&whole[..33], &chunk, &whole[33..]].concat()).expect("written");
        let read = ImageSource::file(&path).decode_owned();
        match read {
            Ok(read) => assert!(
                is_read && read == ImageSource::file(picture("rgb-8.png")).decode_owned().expect("read")
            ),
            Err(DecodeError::Unsupported { .. }) => assert!(!is_read),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_file_that_is_cut_off_or_damaged_never_passes_for_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image");
    for (name, ..) in references() {
        let whole = fs::read(picture(name)).expect("read");
        let reference = ImageSource::file(picture(name)).decode_owned().expect("read");
        for length in (3..whole.len()).step_by(23).chain(whole.len() - 20..whole.len()) {
            fs::write(&path, &whole[..length]).expect("written");
            match ImageSource::file(&path).decode_owned() {
                // What stands behind the pixels may lack.
                Ok(read) => assert!(read == reference && name.ends_with("png"), "{name}: {length} bytes"),
                Err(DecodeError::Truncated { .. } | DecodeError::Corrupt { .. }) => {}
                Err(DecodeError::NoImage { .. }) => assert!(length < 8, "{name}: {length} bytes"),
                Err(other) => panic!("{name}: {length} bytes: {other}"),
            }
        }
        // PNG has checksums, so that no change passes; but that a value is transparent may be lost.
        if !name.ends_with("png") || name == "one-value-transparent.png" {
            continue;
        }
        for at in (8..whole.len()).step_by(11) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x55;
            fs::write(&path, &damaged).expect("written");
            if let Ok(read) = ImageSource::file(&path).decode_owned() {
                assert!(read == reference, "{name}: byte {at}");
            }
        }
    }
}

#[test]
fn a_header_behind_long_notes_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.jpg");
    let whole = fs::read(picture("rgb-444.jpg")).expect("read");
    // Three comments of 60,000 bytes each, before all else.
    let comment = [&[0xff, 0xfe, 0xea, 0x60][..], &[b'x'; 60_000 - 2]].concat();
    fs::write(&path, [&whole[..2], &comment.repeat(3), &whole[2..]].concat()).expect("written");
    assert_eq!(
        ImageSource::file(&path).decode_owned().expect("read"),
        ImageSource::file(picture("rgb-444.jpg")).decode_owned().expect("read")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever stands in a file: an image or an error, and no panic.
    #[test]
    fn no_bytes_make_it_panic(
        which in 0..18_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..30),
        keep in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let (name, ..) = references().nth(which).expect("a reference");
        let mut bytes = fs::read(picture(name)).expect("read");
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if is_cut {
            bytes.truncate(keep.index(bytes.len()));
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("image");
        fs::write(&path, bytes).expect("written");
        let _ = ImageSource::file(&path).decode_owned();
    }
}
