//! Plates as opened from disk: the real sets, each with its images written out, and made-up folders
//! for what no real set shows.
#![allow(clippy::print_stderr)]

mod ambiguity;
mod bounds;
mod cases;
mod cellvoyager;
mod demo;
mod expectations;
mod harmony;
mod harmony_layout;
mod imagexpress;
mod known;
mod layouts;
mod named;
mod ome_tiff;
mod ome_zarr;
mod paths;
mod pattern;
mod real;
mod refusals;
#[path = "../support/mod.rs"]
mod support;
mod zarr;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use stepwell::cancel::Cancel;
use stepwell::image::{Compression, ImageFormat, ImageRef, PixelType, write_tiff};
use stepwell::plate::{Candidate, Component, OpenError, Opened, Plate, PlateImage, open};

fn opened(path: &Path) -> Plate {
    match open(path, &Cancel::new()) {
        Ok(Opened::Plate(plate)) => *plate,
        Ok(Opened::Choose(choices)) => panic!("{} is a choice: {choices:?}", path.display()),
        Err(error) => panic!("{} does not open: {error}", path.display()),
    }
}

fn choices(path: &Path) -> Vec<Candidate> {
    match open(path, &Cancel::new()) {
        Ok(Opened::Choose(choices)) => choices,
        other => panic!("{} is no choice: {other:?}", path.display()),
    }
}

fn refused(path: &Path) -> OpenError {
    match open(path, &Cancel::new()) {
        Err(error) => error,
        Ok(other) => panic!("{} opens: {other:?}", path.display()),
    }
}

fn shown(images: &[PlateImage]) -> Vec<String> {
    images.iter().map(|image| image.key().to_string()).collect()
}

fn issues(plate: &Plate) -> Vec<String> {
    plate.issues.iter().map(|issue| format!("{}: {}", issue.path, issue.why)).collect()
}

/// What is at stake in every plate: each key and each file once, sorted, there, and a TIFF.
fn check(plate: &Plate) {
    let all: Vec<_> = plate.images.iter().chain(&plate.projections).collect();
    for images in [&plate.images, &plate.projections] {
        assert!(images.windows(2).all(|pair| pair[0].key() < pair[1].key()), "sorted, each key once");
    }
    let paths: BTreeSet<_> = all.iter().map(|image| image.source.clone()).collect();
    assert_eq!(paths.len(), all.len(), "each file once");
    for image in &all {
        assert!(image.source.path().is_file(), "{} is there", image.source);
        assert!(!image.source.file_name().to_lowercase().contains("thumb"), "{}", image.source);
        assert!(
            image
                .source
                .file_name()
                .to_lowercase()
                .rsplit('.')
                .next()
                .is_some_and(|e| ["tif", "tiff", "png", "jpg"].contains(&e))
        );
        assert!(plate.shape.contains(image.key().well));
    }
    for thumb in all.iter().filter_map(|image| plate.thumb_of(image)) {
        assert!(thumb.path().is_file() && thumb.file_name().to_lowercase().contains("thumb"), "{thumb}");
    }
    assert!(plate.projections.iter().all(|image| image.key().z.is_none()));
    assert!(plate.images.iter().all(|image| Component::ALL.iter().all(|c| image.key().get(*c).is_some())));
    assert!(plate.root.is_absolute() && plate.opened_by.is_absolute());
    assert!(plate.missing.windows(2).all(|pair| pair[0].key < pair[1].key));
}

/// An image of 2 by 2 pixels of one value.
fn write(path: &Path, value: u8) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
    let image = image::GrayImage::from_pixel(2, 2, image::Luma([value]));
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("tif" | "TIF" | "tiff") => {
            let format = ImageFormat::grey(2, 2, PixelType::U8);
            let image = ImageRef { format, bytes: &[value; 4] };
            write_tiff(&support::place(path), image, Compression::None, None).expect("writable");
        }
        // What a file is, its content says.
        _ => image.save_with_format(path, image::ImageFormat::Png).expect("writable"),
    }
}

/// Each image with its value.
fn values(plate: &Plate) -> Vec<String> {
    let value = |image: &PlateImage| {
        let (_, pixels) = image.source.decode_owned().expect("an image");
        format!("{} {}", image.key(), pixels[0])
    };
    plate.images.iter().map(value).collect()
}

/// An empty folder; in memory where the system has such a place, since some tests make thousands of files.
fn temporary_folder() -> tempfile::TempDir {
    let in_memory = tempfile::tempdir_in("/dev/shm");
    in_memory.or_else(|_| tempfile::tempdir()).expect("a temporary folder")
}

/// A folder tree of empty files; those with text are written with it.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = temporary_folder();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a file");
    }
    folder
}

fn empty_files(paths: &[&str]) -> tempfile::TempDir {
    tree(&paths.iter().map(|path| (*path, "")).collect::<Vec<_>>())
}
