//! Decoding and encoding, against what tifffile reads (see `data/make_references.py`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use stepwell::image::{
    Compression, DecodeError, DecodeScratch, ImageFormat, ImageRef, PixelType, decode_into, decode_owned,
    decode_scratch_bytes, measure, measure_with_scratch, write_tiff,
};

mod support;

/// The checksum that the reference table was made with (CRC-32, as in zip).
fn crc32(bytes: &[u8]) -> u32 {
    libdeflater::crc32(bytes)
}

fn describe(path: &Path, page: u32) -> String {
    match decode_owned(path, page) {
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
                DecodeError::Io { .. } => "io",
                DecodeError::NotTiff { .. } => "not a TIFF",
                DecodeError::NoPage { .. } => "no page",
                DecodeError::Truncated { .. } => "truncated",
                DecodeError::Corrupt { .. } => "corrupt",
                DecodeError::Unsupported { .. } => "unsupported",
                DecodeError::TooLarge { .. } => "too large",
                DecodeError::Changed { .. } => "changed",
            };
            format!("{kind}: {error}")
        }
    }
}

#[test]
fn every_tiff_is_read_as_tifffile_reads_it_or_refused_by_type() {
    let Some(plates) = support::plates_dir() else { return };
    let folder = plates.join("tiff-variety");
    let table = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiff_variety.csv"))
        .expect("the reference table");
    let mut different = Vec::new();
    for line in table.lines().skip(1) {
        let mut fields = line.splitn(3, ',');
        let mut next = || fields.next().expect("path,page,width,height,samples,type,crc32");
        let (name, page, expected) = (next(), next().parse().expect("a page number"), next());
        let found = describe(&folder.join(name), page);
        if found != expected {
            different.push(format!("{name} page {page}: {found} (expected {expected})"));
        }
    }
    println!("{}", different.join("\n"));
}
