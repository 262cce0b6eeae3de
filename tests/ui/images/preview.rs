//! Previews: the engine's pixels, and one at a time.

use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use stepwell::app::images::decoder::Decoder;
use stepwell::app::images::image_loader::{CacheLimits, ImageLoader};
use stepwell::app::images::load_state::LoadState;
use stepwell::app::images::preview::{MOST_BYTES, Preview, PreviewError};
use stepwell::cancel::Cancel;
use stepwell::engine::run;
use stepwell::events::EventKind;
use stepwell::image::ImageSource;
use stepwell::image::{ImageFormat, PixelType};
use stepwell::pipeline::steps::{FlatField, PercentileNormalize, Placement, Stitching};
use stepwell::pipeline::{KeepImages, PipelineSpec, PipelineStep, Step};
use stepwell::plate::{Component, ImageKey, Measured, Plate, PlateImage};

use crate::support::{full_well, open, plan, request, spec, write_plate};

fn decode(source: &ImageSource, _most_bytes: u64) -> Result<(ImageFormat, Vec<u8>), String> {
    source.decode_owned().map_err(|error| error.to_string())
}

fn plate_of(folder: &Path, keys: &[ImageKey]) -> Plate {
    write_plate(folder, keys, 40, 30);
    open(folder)
}

#[test]
fn a_preview_has_the_pixels_of_a_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let (plate_folder, results) = (folder.path().join("plate"), folder.path().join("results"));
    std::fs::create_dir_all(&plate_folder).expect("writable");
    std::fs::create_dir_all(&results).expect("writable");
    let plate = plate_of(&plate_folder, &full_well(2, 2, 3, 1));
    // Every kind of step, once in this order and once the other way round; colours come last, because some
    // steps after them need grey images.
    let grid = Stitching { placement: Placement::USUAL_GRID };
    let mut steps = Step::all().map(|step| match step {
        Step::Stitching(_) => PipelineStep { step: Step::Stitching(grid), keep_images: true },
        step => PipelineStep { step, keep_images: true },
    });
    for round in 0..2 {
        let pipeline = PipelineSpec::of(steps.to_vec()).keeping(KeepImages::All);
        let spec = stepwell::plan::RunSpec { pipeline, ..spec(&[]) };
        let results = results.join(round.to_string());
        let outputs = Mutex::new(Vec::new());
        let take = |event: stepwell::events::Event| {
            if let EventKind::Saved { outputs: saved, .. } = event.kind {
                outputs.lock().expect("no panic").extend(saved);
            }
        };
        run(&request(plan(&plate, &spec), results.clone()), &take, &Cancel::new());
        let outputs = outputs.into_inner().expect("no panic");
        assert!(outputs.iter().any(|output| output.step == steps.len() - 1), "the run has results");
        for output in outputs {
            let saved = ImageSource::file(results.join(output.path.expect("kept")));
            let (format, bytes) = decode(&saved, MOST_BYTES).expect("readable");
            // The last of the images that it was made of: any plane of a stack has the stack's preview.
            let belongs = |key: ImageKey| {
                Component::ALL.into_iter().all(|component| {
                    output.key.get(component).is_none_or(|value| key.get(component) == Some(value))
                })
            };
            let key = plate.images.iter().rev().map(PlateImage::key).find(|key| belongs(*key));
            let key = key.expect("an image of the plate");
            let preview =
                Preview::of(&plate, &Measured::default(), key, &steps[..=output.step]).expect("a preview");
            let made = preview.make(decode, &Cancel::new()).expect("made");
            assert_eq!((made.key, made.format), (output.key, format));
            assert!(made.bytes == bytes, "{} after step {}", output.key, output.step + 1);
        }
        steps.reverse();
        steps.rotate_left(1);
    }
}

#[test]
fn what_cannot_be_previewed_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut keys = full_well(2, 2, 3, 1);
    let missing = keys.remove(4);
    let plate = plate_of(folder.path(), &keys);
    let steps = PipelineSpec::default().steps;
    // The stack lacks a plane; a single plane beside it does not.
    let why = Preview::of(&plate, &Measured::default(), keys[3], &steps).expect_err("the stack is not whole");
    assert!(why.contains(&missing.to_string()) && why.contains("missing"), "{why}");
    assert_eq!(
        Preview::of(&plate, &Measured::default(), keys[3], &steps[..1]).expect("a plane").images.len(),
        1
    );
    assert!(Preview::of(&plate, &Measured::default(), missing, &steps[..1]).is_err());
    let odd = Step::PercentileNormalize(PercentileNormalize { low_percentile: 99.0, high_percentile: 1.0 });
    let odd = [PipelineStep { step: odd, keep_images: false }];
    let why = Preview::of(&plate, &Measured::default(), keys[0], &odd).expect_err("the settings are wrong");
    assert!(why.starts_with("Step 1, Percentile normalisation: "), "{why}");
}

#[test]
fn too_many_images_are_refused_after_the_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = full_well(1, 1, 3, 1);
    let preview = Preview::of(
        &plate_of(folder.path(), &keys),
        &Measured::default(),
        keys[0],
        &PipelineSpec::default().steps,
    );
    let preview = preview.expect("a preview");
    let decoded = Mutex::new(0);
    // With a result, four images of a quarter fit, and not a byte more.
    let make = |width: u64| {
        *decoded.lock().expect("no panic") = 0;
        let decode = |_: &ImageSource, _| {
            *decoded.lock().expect("no panic") += 1;
            let format = ImageFormat::grey(u32::try_from(width).expect("small"), 1, PixelType::U8);
            Ok((format, vec![7; usize::try_from(width).expect("small")]))
        };
        preview.make(decode, &Cancel::new())
    };
    assert!(make(1000).is_ok());
    let error = make(MOST_BYTES / 4 + 1).expect_err("too large");
    assert_eq!(*decoded.lock().expect("no panic"), 1);
    let PreviewError::Impossible(why) = error else { panic!("{error:?}") };
    assert!(why.contains("3 images") && why.contains("512 MB"), "{why}");
}

#[test]
fn a_preview_is_told_what_is_left_and_does_no_steps_that_need_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = full_well(1, 1, 1, 1);
    let step = PipelineStep { step: Step::FlatField(FlatField::estimated(5.0)), keep_images: false };
    let plate = plate_of(folder.path(), &keys);
    let preview = Preview::of(&plate, &Measured::default(), keys[0], &[step]).expect("a preview");
    let make = |width: u32| {
        let decode = |_: &ImageSource, most_bytes: u64| {
            assert_eq!(most_bytes, MOST_BYTES, "nothing is held");
            let format = ImageFormat::grey(width, 1000, PixelType::U8);
            Ok((format, vec![0; width as usize * 1000]))
        };
        preview.make(decode, &Cancel::new())
    };
    assert!(make(40).is_ok());
    // Image and light, two floats for each pixel, are more together, and neither is by itself.
    let Err(PreviewError::Impossible(why)) = make(60_000) else { panic!("it was made") };
    assert!(why.contains("54") && why.contains("512 MB"), "{why}");
    // What is read before counts against what comes after.
    let keys = full_well(1, 1, 3, 1);
    let folder = tempfile::tempdir().expect("a folder");
    let plate = plate_of(folder.path(), &keys);
    let preview = Preview::of(&plate, &Measured::default(), keys[0], &PipelineSpec::default().steps);
    let left = Mutex::new(Vec::new());
    let decode = |_: &ImageSource, most_bytes: u64| {
        left.lock().expect("no panic").push(MOST_BYTES - most_bytes);
        Ok((ImageFormat::grey(100, 1, PixelType::U8), vec![7; 100]))
    };
    preview.expect("a preview").make(decode, &Cancel::new()).expect("made");
    assert_eq!(*left.lock().expect("no panic"), [0, 100, 200]);
}

#[test]
fn an_out_of_date_preview_is_stopped_and_the_newest_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = full_well(4, 1, 3, 1);
    let plate = plate_of(folder.path(), &keys);
    let steps = PipelineSpec::default().steps;
    let preview = |site: usize| {
        Arc::new(Preview::of(&plate, &Measured::default(), keys[3 * (site - 1)], &steps).expect("a preview"))
    };
    // A decoder that waits for a permit per image and notes what it decodes.
    let (permit, permits) = mpsc::channel::<()>();
    let permits = Mutex::new(permits);
    let decoded = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&decoded);
    let decoder: Decoder = Arc::new(move |source: &ImageSource, _| {
        notes.lock().expect("no panic").push(source.file_name().to_owned());
        let permits = permits.lock().expect("no panic");
        permits.recv_timeout(Duration::from_secs(20)).map_err(|error| error.to_string())?;
        decode(source, MOST_BYTES)
    });
    let mut loader = ImageLoader::with_decoder(decoder, CacheLimits::default(), Arc::new(|| {}));
    loader.want_preview(Some(&preview(1)));
    poll_until(&mut loader, |_| decoded.lock().expect("no panic").len() == 1);
    // While the first image is read, the settings change twice, and back.
    for site in [2, 3, 1, 4] {
        loader.want_preview(Some(&preview(site)));
    }
    for _ in 0..4 {
        permit.send(()).expect("the loader is there");
    }
    let newest = preview(4);
    poll_until(&mut loader, |loader| loader.preview().is_some_and(|(made, _)| made == newest));
    let sites: Vec<String> =
        decoded.lock().expect("no panic").iter().map(|name| name[10..12].to_owned()).collect();
    assert_eq!(sites, ["s1", "s4", "s4", "s4"]);
    assert!(matches!(loader.preview(), Some((_, LoadState::Ready(_)))));
    // What is there is not made again; what was stopped is, when it is wanted.
    loader.want_preview(Some(&newest));
    loader.want_preview(Some(&preview(1)));
    for _ in 0..3 {
        permit.send(()).expect("the loader is there");
    }
    poll_until(&mut loader, |loader| {
        loader.want_preview(Some(&preview(1)));
        loader.preview().is_some_and(|(made, _)| made == preview(1))
    });
    assert_eq!(decoded.lock().expect("no panic").len(), 7);
    // What is not wanted is not kept.
    loader.want_preview(None);
    assert!(loader.preview().is_none());
}

/// Waits until `ready` holds, polling the loader as frames would.
fn poll_until(loader: &mut ImageLoader, mut ready: impl FnMut(&mut ImageLoader) -> bool) {
    let start = Instant::now();
    loop {
        loader.poll();
        if ready(loader) {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "the loader has not come to it in 20 s");
        std::thread::sleep(Duration::from_millis(1));
    }
}
