//! Reading one image from the page cache, for each compression: `cargo bench --bench decoding`.

use std::fs;
use std::path::{Path, PathBuf};

use divan::Bencher;
use divan::counter::BytesCount;
use stepwell::cancel::Cancel;
use stepwell::demo::{DemoSpec, write};
use stepwell::image::{Compression, DecodeScratch, ImageSource};
use stepwell::plate::PlateLayout;
use tiff::encoder::compression::DeflateLevel;
use tiff::encoder::{Compression as TiffCompression, Predictor, TiffEncoder, colortype::Gray16};

fn main() {
    divan::main();
}

const SIZES: [(u32, u32); 2] = [(1000, 500), (2048, 2048)];

/// One image of the demo plate, in a folder that goes when the first value is dropped.
fn image((width, height): (u32, u32), compression: Compression) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let one = PlateLayout { channels: 1, sites: 1, planes: 1, width, height, ..PlateLayout::default() };
    let plate = folder.path().join("plate");
    let spec = DemoSpec { compression, ..one.into() };
    write(spec, &plate, &Cancel::new(), &|_, _| ()).expect("written");
    let path = plate.join("Demo_A01.TIF");
    (folder, path)
}

/// Reading the whole file: the least that any decoder does.
#[divan::bench(args = SIZES)]
fn plain_read(bencher: Bencher, size: (u32, u32)) {
    let (_folder, path) = image(size, Compression::None);
    let mut bytes = fs::read(&path).expect("readable");
    bencher.counter(BytesCount::new(bytes.len())).bench_local(|| {
        use std::io::Read;
        fs::File::open(&path).and_then(|mut file| file.read_exact(&mut bytes)).expect("readable");
    });
}

/// The same image with each row as differences, which the program reads but does not write.
fn image_of_differences(size: (u32, u32), compression: TiffCompression) -> (tempfile::TempDir, PathBuf) {
    let (folder, path) = image(size, Compression::None);
    let (format, bytes) = ImageSource::file(&path).decode_owned().expect("an image");
    let pixels: Vec<u16> = bytes.as_chunks().0.iter().map(|pixel| u16::from_ne_bytes(*pixel)).collect();
    let file = fs::File::create(&path).expect("a file");
    let encoder = TiffEncoder::new(file).expect("written");
    let mut encoder = encoder.with_compression(compression).with_predictor(Predictor::Horizontal);
    encoder.write_image::<Gray16>(format.width, format.height, &pixels).expect("written");
    assert!(ImageSource::file(&path).decode_owned().is_ok_and(|(_, read)| read == bytes), "the same pixels");
    (folder, path)
}

fn decode(bencher: Bencher, size: (u32, u32), compression: Compression) {
    let (_folder, path) = image(size, compression);
    decode_file(bencher, &path);
}

fn decode_file(bencher: Bencher, path: &Path) {
    let format = ImageSource::file(path).measure().map(|header| header.format).expect("an image");
    let mut pixels = vec![0; usize::try_from(format.bytes()).expect("small")];
    let mut scratch = DecodeScratch::new();
    bencher.counter(BytesCount::new(format.bytes())).bench_local(|| {
        ImageSource::file(path).decode_into(format, &mut pixels, &mut scratch).expect("an image");
    });
}

#[divan::bench(args = SIZES)]
fn uncompressed(bencher: Bencher, size: (u32, u32)) {
    decode(bencher, size, Compression::None);
}

#[divan::bench(args = SIZES)]
fn lzw(bencher: Bencher, size: (u32, u32)) {
    decode(bencher, size, Compression::Lzw);
}

#[divan::bench(args = SIZES)]
fn deflate(bencher: Bencher, size: (u32, u32)) {
    decode(bencher, size, Compression::Deflate);
}

#[divan::bench(args = SIZES)]
fn zstd(bencher: Bencher, size: (u32, u32)) {
    decode(bencher, size, Compression::Zstd);
}

#[divan::bench(args = SIZES)]
fn lzw_of_differences(bencher: Bencher, size: (u32, u32)) {
    let (_folder, path) = image_of_differences(size, TiffCompression::Lzw);
    decode_file(bencher, &path);
}

#[divan::bench(args = SIZES)]
fn deflate_of_differences(bencher: Bencher, size: (u32, u32)) {
    let (_folder, path) = image_of_differences(size, TiffCompression::Deflate(DeflateLevel::Fast));
    decode_file(bencher, &path);
}
