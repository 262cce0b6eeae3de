//! TIFF files that lack tags, or whose tags say what cannot be: the pixels are those that were put in.

use std::fs;

use stepwell::image::{DecodeError, ImageFormat, ImageSource, PixelType, description};

use crate::support;
use crate::support::tiff::{Entry, Layout, long, short};

const WIDTH: u64 = 12;
const HEIGHT: u64 = 10;

/// A grey image of 16 bits in strips of this many rows, with nothing left out.
fn tags(layout: Layout, strips: &[Vec<u8>], rows: u64, compression: u64) -> Vec<Entry> {
    let mut at = layout.data_at();
    let mut next = |strip: &Vec<u8>| {
        at += strip.len() as u64;
        at - strip.len() as u64
    };
    let offsets = strips.iter().map(&mut next).collect();
    let lengths = strips.iter().map(|strip| strip.len() as u64).collect();
    vec![
        long(254, 0),
        long(256, WIDTH),
        long(257, HEIGHT),
        short(258, 16),
        short(259, compression),
        short(262, 1),
        Entry::Numbers(273, 4, offsets),
        short(277, 1),
        long(278, rows),
        Entry::Numbers(279, 4, lengths),
        short(339, 1),
    ]
}

fn pixels() -> Vec<u16> {
    (0..WIDTH * HEIGHT).map(|at| u16::try_from(at * 257 % 60_013).expect("small")).collect()
}

fn strips(layout: Layout, rows: u64, compression: u64) -> Vec<Vec<u8>> {
    let bytes = pixels()
        .into_iter()
        .flat_map(|pixel| if layout.big_endian { pixel.to_be_bytes() } else { pixel.to_le_bytes() });
    let bytes: Vec<u8> = bytes.collect();
    let rows = usize::try_from(rows.min(HEIGHT) * WIDTH * 2).expect("small");
    bytes.chunks(rows).map(|strip| packed(strip, compression)).collect()
}

fn packed(strip: &[u8], compression: u64) -> Vec<u8> {
    match compression {
        5 => weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
            .encode(strip)
            .expect("packed"),
        8 => {
            let mut packer = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
            let mut bytes = vec![0; packer.zlib_compress_bound(strip.len())];
            let length = packer.zlib_compress(strip, &mut bytes).expect("packed");
            bytes.truncate(length);
            bytes
        }
        50_000 => zstd::bulk::compress(strip, 1).expect("packed"),
        _ => strip.to_vec(),
    }
}

/// What is changed of a file that has all: tags that go, and what is put in.
type Change = (&'static str, &'static [u16], Vec<Entry>);

fn changes(strips: &[Vec<u8>]) -> Vec<Change> {
    let all = |value| vec![Entry::Numbers(279, 4, vec![value; strips.len()])];
    vec![
        ("whole", &[], vec![]),
        ("no photometric interpretation", &[262], vec![]),
        ("no samples of a pixel", &[277], vec![]),
        ("no sample format", &[339], vec![]),
        ("sample format that says nothing", &[339], vec![short(339, 4)]),
        ("neither of them", &[254, 262, 277, 339], vec![]),
        ("no lengths", &[279], vec![]),
        ("lengths of 0", &[279], all(0)),
        ("lengths of 4 GB", &[279], all(0xffff_ff00)),
        (
            "lengths that are eight bytes of nonsense",
            &[279],
            vec![Entry::Numbers(279, 16, vec![u64::MAX - 7; strips.len()])],
        ),
        ("the length of the first alone", &[279], vec![long(279, strips[0].len() as u64)]),
    ]
}

/// Of each image: pixels equal, no forecast of more bytes than the file has.
fn expect_pixels(file: &[u8], what: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    fs::write(&path, file).expect("written");
    let measured = ImageSource::file(&path).measure().unwrap_or_else(|error| panic!("{what}: {error}"));
    let size = |of| u32::try_from(of).expect("small");
    assert_eq!(measured.format, ImageFormat::grey(size(WIDTH), size(HEIGHT), PixelType::U16), "{what}");
    assert!(measured.stored_bytes <= file.len() as u64, "{what}: {}", measured.stored_bytes);
    assert!(measured.stored_bytes > 0, "{what}");
    assert!(measured.scratch_bytes < 300_000, "{what}: {}", measured.scratch_bytes);
    let (_, bytes) =
        ImageSource::file(&path).decode_owned().unwrap_or_else(|error| panic!("{what}: {error}"));
    let expected: Vec<u8> = pixels().into_iter().flat_map(u16::to_ne_bytes).collect();
    assert!(bytes == expected, "{what}: other pixels");
}

#[test]
fn absent_tags_and_nonsense_lengths_change_no_pixel() {
    for layout in [(false, false), (true, false), (false, true), (true, true)] {
        let layout = Layout { big_endian: layout.0, big: layout.1 };
        for compression in [1, 5, 8, 50_000] {
            for rows in [HEIGHT, 4, 1] {
                let strips = strips(layout, rows, compression);
                for (what, without, with) in changes(&strips) {
                    let mut tags = tags(layout, &strips, rows, compression);
                    tags.retain(|entry| !without.contains(&entry.tag()));
                    tags.extend(with);
                    let file = layout.file(&strips.concat(), &[tags]);
                    expect_pixels(
                        &file,
                        &format!("{what}, {layout:?}, {rows} rows, compression {compression}"),
                    );
                }
            }
        }
    }
}

#[test]
fn without_the_rows_of_a_strip_they_follow_from_the_bytes() {
    let layout = Layout::default();
    for (rows, without, with) in [
        (HEIGHT, &[278_u16][..], vec![]),
        (HEIGHT, &[278], vec![long(278, 0xffff_ffff)]),
        (HEIGHT, &[278], vec![long(278, 0)]),
        (4, &[278], vec![]),
        (4, &[278], vec![long(278, 0xffff_ffff)]),
        // Then from how far strips lie apart.
        (4, &[278, 279], vec![]),
        (1, &[278, 279, 262, 277], vec![]),
    ] {
        let strips = strips(layout, rows, 1);
        let mut tags = tags(layout, &strips, rows, 1);
        tags.retain(|entry| !without.contains(&entry.tag()));
        let what = format!("{rows} rows, without {without:?}, with {with:?}");
        tags.extend(with);
        expect_pixels(&layout.file(&strips.concat(), &[tags]), &what);
    }
}

#[test]
fn no_compression_tag_is_no_compression() {
    let layout = Layout::default();
    let strips = strips(layout, 4, 1);
    let mut tags = tags(layout, &strips, 4, 1);
    tags.retain(|entry| entry.tag() != 259);
    expect_pixels(&layout.file(&strips.concat(), &[tags]), "no compression");
}

#[test]
fn without_the_bits_of_a_sample_they_follow_from_the_bytes() {
    let layout = Layout::default();
    for rows in [HEIGHT, 4] {
        let strips = strips(layout, rows, 1);
        let mut tags = tags(layout, &strips, rows, 1);
        tags.retain(|entry| entry.tag() != 258);
        expect_pixels(&layout.file(&strips.concat(), &[tags]), "no bits of a sample");
    }
    // One bit, as TIFF has it: the first and the last pixel of a row of twelve are set.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    let tags = |length| vec![long(256, WIDTH), long(257, 2), long(273, 8), long(279, length)];
    fs::write(&path, layout.file(&[0x80, 0x10, 0x80, 0x10], &[tags(4)])).expect("written");
    let (_, pixels) = ImageSource::file(&path).decode_owned().expect("read");
    assert_eq!(pixels, [[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]; 2].concat());
    fs::write(&path, layout.file(&[0; 100], &[tags(5)])).expect("written");
    let why = ImageSource::file(&path).decode_owned().expect_err("refused").to_string();
    assert!(why.contains("it does not say how many bits a sample has"), "{why}");
}

#[test]
fn colour_without_the_number_of_samples_has_as_many_as_bits_are_told_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("colour.tif");
    let pixels: Vec<u8> = (0..4 * 3 * 3).collect();
    for (bits, photometric) in [(vec![8, 8, 8], Some(2)), (vec![8, 8, 8], None), (vec![8], Some(2))] {
        let mut tags = vec![long(256, 4), long(257, 3), Entry::Numbers(258, 3, bits.clone()), long(273, 8)];
        tags.extend(photometric.map(|value| short(262, value)));
        fs::write(&path, Layout::default().file(&pixels, &[tags])).expect("written");
        let (format, read) =
            ImageSource::file(&path).decode_owned().unwrap_or_else(|error| panic!("{bits:?}: {error}"));
        assert_eq!((format, &read), (ImageFormat::rgb(4, 3), &pixels), "{bits:?} {photometric:?}");
    }
}

#[test]
fn what_cannot_follow_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    let layout = Layout::default();
    let packed = strips(layout, 4, 8);
    let plain = strips(layout, 4, 1);
    for (strips, compression, without, with, why) in [
        (&packed, 8, &[278_u16][..], vec![], "it does not say how many rows a strip has"),
        (&plain, 1, &[273], vec![], "the number of strips or tiles does not fit the size"),
        (&plain, 1, &[273], vec![Entry::Numbers(273, 4, vec![0; 3])], "a strip or tile without a place"),
        (&plain, 1, &[256], vec![], "an image without width"),
        (&plain, 1, &[257], vec![long(257, 0)], "an image without height"),
        (&plain, 1, &[277], vec![short(277, 0)], "pixels without samples"),
        (
            &plain,
            1,
            &[273],
            vec![Entry::Claim { tag: 273, kind: 4, count: 0xffff_ffff, value: 8 }],
            "the number of strips or tiles does not fit the size",
        ),
        (
            &plain,
            1,
            &[256, 257, 273, 278],
            vec![
                long(256, 1),
                long(257, 500_000_000),
                long(278, 1),
                Entry::Claim { tag: 273, kind: 4, count: 500_000_000, value: 8 },
            ],
            "an entry is unreasonably large",
        ),
    ] {
        let mut tags = tags(layout, strips, 4, compression);
        tags.retain(|entry| !without.contains(&entry.tag()));
        tags.extend(with);
        fs::write(&path, layout.file(&strips.concat(), &[tags])).expect("written");
        match ImageSource::file(&path).decode_owned() {
            Err(DecodeError::Corrupt { why: found, .. }) => assert_eq!(found, why),
            other => panic!("{why}: {other:?}"),
        }
    }
    // A file that ends before its pixels do says so, whatever it says of their lengths.
    for (strips, compression) in [(&packed, 8), (&plain, 1)] {
        let mut tags = tags(layout, strips, 4, compression);
        let far = 100_000;
        tags.retain(|entry| entry.tag() != 273);
        tags.push(Entry::Numbers(273, 4, vec![8, 9, far]));
        fs::write(&path, layout.file(&strips.concat(), &[tags])).expect("written");
        let cut_off = ImageSource::file(&path).decode_owned();
        assert!(matches!(cut_off, Err(DecodeError::Truncated { .. })), "{compression}: {cut_off:?}");
    }
}

/// Ten files of a set that is not committed, each of which lacks another tag: every pixel is the first of its
/// file (100 for A01, 200 for A02 and so on) and one more for each pixel to its right and one for each below.
#[test]
fn the_files_of_the_case_are_read() {
    let Some(plates) = support::plates_dir() else { return };
    let folder = plates.join("../cases/22-tiff-tags-absent");
    let wells = ["A01", "A02", "A03", "A04", "A05", "A06", "B01", "B02", "B03", "B04"];
    for (well, first) in wells.iter().zip((100_u16..).step_by(100)) {
        let path = folder.join(format!("Tags_{well}_s1_w1.TIF"));
        let (format, bytes) =
            ImageSource::file(&path).decode_owned().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(format, ImageFormat::grey(16, 16, PixelType::U16), "{well}");
        let raw = fs::read(&path).expect("a file");
        assert!(bytes == raw[8..8 + 512], "{well}");
        assert_eq!(bytes[..2], first.to_le_bytes(), "{well}");
        let measured = ImageSource::file(&path).measure().expect("measured");
        assert_eq!(measured.stored_bytes, 512, "{well}: what is read is what the pixels take");
    }
}

#[test]
fn a_description_is_given_as_it_lies_in_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    for layout in [(false, false), (true, false), (false, true)] {
        let layout = Layout { big_endian: layout.0, big: layout.1 };
        let strips = strips(layout, HEIGHT, 1);
        let with = |entry: Option<Entry>| {
            let mut tags = tags(layout, &strips, HEIGHT, 1);
            tags.extend(entry);
            tags
        };
        let long_text = vec![b'x'; 300 * 1024];
        for (text, expected) in [
            (&b"5 \xb5m, B\xfcro\0"[..], &b"5 \xb5m, B\xfcro"[..]),
            ("5 µm, Büro\0\0".as_bytes(), "5 µm, Büro".as_bytes()),
            (b"a\0b\0", b"a\0b"),
            (b"abc", b"abc"),
            (b"\0", b""),
            (b"", b""),
            (&long_text, &long_text[..256 * 1024]),
        ] {
            let pages = [with(None), with(Some(Entry::Text(270, text.to_vec())))];
            fs::write(&path, layout.file(&strips.concat(), &pages)).expect("written");
            assert_eq!(description(&path, 0).expect("a page"), None);
            let found = description(&path, 1).expect("a page").expect("a description");
            assert_eq!((found.width, found.height), (12, 10));
            assert!(found.bytes == expected, "{layout:?}: {:?}", String::from_utf8_lossy(text));
            assert!(matches!(description(&path, 2), Err(DecodeError::NoPage { .. })));
        }
    }
    // More is claimed than the file has: what there is.
    let layout = Layout::default();
    let claim = Entry::Claim { tag: 270, kind: 2, count: 0xffff_ffff, value: 8 };
    let file = layout.file(b"<MetaData>", &[vec![long(256, 1), long(257, 1), claim]]);
    fs::write(&path, &file).expect("written");
    let found = description(&path, 0).expect("a page").expect("a description");
    assert!(found.bytes.starts_with(b"<MetaData>") && found.bytes.len() <= file.len());
}

#[test]
fn values_of_written_files_lie_at_even_places() {
    use stepwell::image::{Compression, Description, ImageRef, write_tiff};
    let folder = tempfile::tempdir().expect("a folder");
    // Rows, strips and texts of odd lengths.
    let format = ImageFormat { width: 701, height: 401, samples: 3, pixel: PixelType::U8 };
    let bytes: Vec<u8> = (0..format.bytes()).map(|at| (at * at % 251) as u8).collect();
    for compression in Compression::ALL {
        for text in ["<MetaData></MetaData>", "<MetaData> </MetaData>"] {
            let path = folder.path().join("written.tif");
            let description = Description { text, pixel_size_um: Some([0.65, 0.65]) };
            let image = ImageRef { format, bytes: &bytes };
            write_tiff(&support::place(&path), image, compression, Some(description)).expect("writable");
            let file = fs::read(&path).expect("readable");
            let number = |at: usize, bytes: usize| {
                file[at..at + bytes].iter().rev().fold(0_usize, |sum, byte| sum * 256 + usize::from(*byte))
            };
            let directory = number(4, 4);
            assert_eq!(directory % 2, 0);
            for entry in (0..number(directory, 2)).map(|nth| directory + 2 + nth * 12) {
                let (tag, kind, count) = (number(entry, 2), number(entry + 2, 2), number(entry + 4, 4));
                let size = [0, 1, 1, 2, 4, 8][kind] * count;
                if size > 4 {
                    assert_eq!(number(entry + 8, 4) % 2, 0, "tag {tag} with {}", compression.name());
                }
                if tag == 273 {
                    let at = number(entry + 8, 4);
                    let strips: Vec<usize> = if count == 1 {
                        vec![at]
                    } else {
                        (0..count).map(|nth| number(at + 4 * nth, 4)).collect()
                    };
                    assert!(strips.iter().all(|strip| strip % 2 == 0), "{strips:?}");
                }
            }
            let (read, pixels) = ImageSource::file(&path).decode_owned().expect("an image");
            assert_eq!((read, pixels), (format, bytes.clone()));
        }
    }
}
