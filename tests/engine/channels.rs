//! Steps that tell channels apart: colour composites, and flat-field correction by given images.

use std::path::{Path, PathBuf};

use stepwell::cancel::Cancel;
use stepwell::engine::{CacheState, Job, JobError, Rounds, run_job};
use stepwell::events::{EventKind, Outcome};
use stepwell::image::{Compression, ImageFormat, ImageRef, PixelType, write_tiff};
use stepwell::pipeline::steps::{ColourComposite, Crop, FlatField, GivenLight, PercentileNormalize};
use stepwell::pipeline::{FileFault, PipelineSpec, Step};
use stepwell::plan::{AfterClear, Intermediates, RunSpec, conflicts};
use stepwell::plate::{Component, ImageKey};

use super::support::{self, full_well, open, place, plan, program, spec, write_plate};
use super::{events_of, outputs_agree, pipeline_of};

/// A flat image that is darker to the right.
fn write_flat(path: &Path, width: u32, height: u32) {
    let format = ImageFormat::grey(width, height, PixelType::U16);
    let pixels: Vec<u16> = (0..width * height).map(|at| 1000 - 10 * (at % width) as u16).collect();
    let image = ImageRef { format, bytes: bytemuck::cast_slice(&pixels) };
    write_tiff(&place(path), image, Compression::None, None).expect("writable");
}

/// A plate of 40 x 30 with flat images of its two channels, and a dark image of the first.
fn plate_with_light(folder: &Path) -> (PathBuf, GivenLight) {
    let plate = folder.join("plate");
    std::fs::create_dir_all(&plate).expect("writable");
    write_plate(&plate, &full_well(4, 2, 2, 2), 40, 30);
    let at = |name: &str| folder.join(name);
    write_flat(&at("flat.tif"), 40, 30);
    let dark = ImageFormat::grey(40, 30, PixelType::U8);
    let image = ImageRef { format: dark, bytes: &[7; 1200] };
    write_tiff(&place(&at("dark.tif")), image, Compression::Lzw, None).expect("writable");
    let flats = [(1, at("flat.tif")), (2, at("flat.tif"))].into();
    (plate, GivenLight::new(flats, [(1, at("dark.tif"))].into()))
}

#[test]
fn given_light_leaves_every_component_free() {
    let folder = tempfile::tempdir().expect("a folder");
    let (plate, light) = plate_with_light(folder.path());
    let normalize = Step::PercentileNormalize(PercentileNormalize::default());
    let pipeline = pipeline_of([Step::FlatField(FlatField::given(light)), normalize]);
    assert!(conflicts(&pipeline).is_empty());
    for intermediates in [Intermediates::Free, Intermediates::Hold] {
        for threads in [1, 3] {
            for sequential in [vec![Component::Site], vec![Component::Channel, Component::Z]] {
                let (bulk, one_at_a_time) = outputs_agree(&plate, &sequential, |spec| {
                    spec.intermediates = intermediates;
                    spec.threads = threads;
                    spec.pipeline = pipeline.clone();
                });
                for summary in [&bulk.summary, &one_at_a_time.summary] {
                    assert_eq!((summary.saved, summary.failed.len()), (64, 0));
                    assert_eq!(summary.peak_counted_bytes, summary.forecast_counted_bytes, "{summary:?}");
                }
            }
        }
    }
}

#[test]
fn a_composite_is_the_same_all_at_once_and_one_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(3, 3, 2, 2), 40, 30);
    let pipeline = pipeline_of([Step::ColourComposite(ColourComposite::default())]);
    let conflicts = conflicts(&pipeline);
    assert_eq!(conflicts.iter().map(|conflict| conflict.component).collect::<Vec<_>>(), [Component::Channel]);
    assert!(conflicts[0].why.contains("Colour composite"), "{}", conflicts[0].why);
    for (after_clear, threads) in [(AfterClear::Return, 1), (AfterClear::Keep, 4)] {
        let (bulk, one_at_a_time) = outputs_agree(folder.path(), &[Component::Site, Component::Z], |spec| {
            (spec.after_clear, spec.threads) = (after_clear, threads);
            spec.pipeline = pipeline.clone();
        });
        for summary in [&bulk.summary, &one_at_a_time.summary] {
            assert_eq!((summary.saved, summary.failed.len()), (12, 0));
            assert_eq!(summary.peak_counted_bytes, summary.forecast_counted_bytes, "{summary:?}");
        }
    }
}

#[test]
fn a_composite_that_lacks_a_channel_is_withheld() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = "A01_s2_w3_z1_t1";
    let keys: Vec<ImageKey> =
        full_well(3, 3, 2, 1).into_iter().filter(|key| key.to_string() != missing).collect();
    write_plate(folder.path(), &keys, 16, 16);
    let pipeline = pipeline_of([Step::ColourComposite(ColourComposite::default())]);
    let planned = plan(&open(folder.path()), &RunSpec { pipeline, ..spec(&[]) });
    let results = tempfile::tempdir().expect("a folder");
    let (events, summary) = events_of(&planned, results.path());
    assert_eq!((summary.saved, summary.failed.len()), (5, 1));
    assert_eq!(summary.failed[0].key.to_string(), missing);
    assert!(summary.failed[0].why.contains("the result A01_s2_z1_t1 is withheld"), "{:?}", summary.failed);
    let saved = events.iter().find_map(|event| match &event.kind {
        EventKind::Saved { outputs, .. } => Some(outputs.clone()),
        _ => None,
    });
    let saved: Vec<_> = saved.expect("most are saved").iter().map(|output| output.key.to_string()).collect();
    let expected = ["A01_s1_z1_t1", "A01_s1_z2_t1", "A01_s2_z2_t1", "A01_s3_z1_t1", "A01_s3_z2_t1"];
    assert_eq!(saved, expected);
}

#[test]
fn a_channel_without_a_flat_image_is_told_by_the_plan() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, light) = plate_with_light(folder.path());
    let light = GivenLight::new([(1, light.flats[&1].clone())].into(), light.darks.clone());
    let pipeline = pipeline_of([Step::FlatField(FlatField::given(light))]);
    let plate = open(&path);
    let spec = RunSpec { pipeline, ..spec(&[]) };
    let error = support::planned(&plate, &plate.wells(), &spec).expect_err("refused").to_string();
    assert!(error.contains("step 1 (Flat-field correction): channel 2"), "{error}");
    assert!(error.contains("choose one in the settings"), "{error}");
}

fn flat_of(light: GivenLight) -> Step {
    Step::FlatField(FlatField::given(light))
}

#[test]
fn light_that_does_not_fit_is_refused_before_anything_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, light) = plate_with_light(folder.path());
    let plate = open(&path);
    let flat_of = |file: &str| {
        let mut flats = light.flats.clone();
        flats.insert(2, folder.path().join(file));
        Step::FlatField(FlatField::given(GivenLight::new(flats, light.darks.clone())))
    };
    write_flat(&folder.path().join("small.tif"), 20, 30);
    let crop = Step::Crop(Crop { x: 0, y: 0, width: 20, height: 30 });
    let refusal = |pipeline: PipelineSpec| {
        let results = folder.path().join("results");
        let job = Job {
            program: program(),
            plans: vec![plan(&plate, &RunSpec { pipeline, ..spec(&[]) })],
            compare: false,
            rounds: Rounds::Exactly(1),
            cache: CacheState::Warm,
            results: results.clone(),
            into: None,
            budget_bytes: None,
            resting_rss_bytes: None,
            fix: None,
            conditions: None,
        };
        let error = run_job(&job, &|event| panic!("{event:?}"), &Cancel::new()).expect_err("refused");
        assert!(!results.exists(), "nothing was made");
        match error {
            JobError::File(fault) => fault,
            other => panic!("{other}"),
        }
    };
    let fault = refusal(pipeline_of([flat_of("none.tif")]));
    assert!(matches!(&fault, FileFault::Unreadable { channel: 2, .. }), "{fault}");
    let fault = refusal(pipeline_of([flat_of("small.tif")]));
    assert!(matches!(&fault, FileFault::OtherSize { channel: 2, width: 40, height: 30, .. }), "{fault}");
    // The size that counts is that of the images as the step finds them.
    let fault = refusal(pipeline_of([crop, flat_of("small.tif")]));
    assert!(matches!(&fault, FileFault::OtherSize { channel: 1, width: 20, height: 30, .. }), "{fault}");
    // What changes after that is told by the run.
    let planned = plan(&plate, &RunSpec { pipeline: pipeline_of([flat_of("small.tif")]), ..spec(&[]) });
    let (events, summary) = events_of(&planned, &folder.path().join("run"));
    assert_eq!((summary.saved, summary.failed.len()), (16, 16));
    assert!(
        summary.failed.iter().all(|failed| failed.why.contains("20 × 30 pixels")),
        "{:?}",
        summary.failed
    );
    let planned = plan(&plate, &RunSpec { pipeline: pipeline_of([flat_of("none.tif")]), ..spec(&[]) });
    let (events_of_none, _) = events_of(&planned, &folder.path().join("run of none"));
    let end = |events: &[stepwell::events::Event]| match &events[events.len() - 1].kind {
        EventKind::Ended { outcome, why, .. } => (*outcome, why.clone().unwrap_or_default()),
        other => panic!("{other:?}"),
    };
    assert_eq!(end(&events).0, Outcome::Completed);
    let (outcome, why) = end(&events_of_none);
    assert!(outcome == Outcome::Failed && why.contains("none.tif"), "{outcome:?}: {why}");
    let is_read = |event: &stepwell::events::Event| matches!(event.kind, EventKind::Preloading { .. });
    assert!(!events_of_none.iter().any(is_read));
}

#[test]
fn light_of_channels_that_are_not_there_is_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, light) = plate_with_light(folder.path());
    let (mut flats, mut darks) = (light.flats.clone(), light.darks.clone());
    // One is no image, the other is there no more.
    flats.insert(9, path);
    darks.insert(7, folder.path().join("none.tif"));
    let plate = open(&folder.path().join("plate"));
    let of = |light| plan(&plate, &RunSpec { pipeline: pipeline_of([flat_of(light)]), ..spec(&[]) });
    let (with_more, alone) = (of(GivenLight::new(flats, darks)), of(light));
    assert_eq!(with_more.forecast, alone.forecast);
    assert!(with_more.forecast.given_bytes > 0);
    let note = "not processed (7, 9): these are not read";
    assert!(with_more.notes.iter().any(|text| text.contains(note)), "{:?}", with_more.notes);
    assert!(!alone.notes.iter().any(|text| text.contains("not read")), "{:?}", alone.notes);
    let (_, summary) = events_of(&with_more, &folder.path().join("run"));
    assert_eq!((summary.saved, summary.failed.len()), (32, 0));
}

#[test]
fn light_that_takes_more_than_was_forecast_is_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, light) = plate_with_light(folder.path());
    let plate = open(&path);
    let planned = plan(&plate, &RunSpec { pipeline: pipeline_of([flat_of(light)]), ..spec(&[]) });
    // After it was looked at, another image has its place.
    write_flat(&folder.path().join("flat.tif"), 90, 30_000);
    let (events, _) = events_of(&planned, &folder.path().join("run"));
    let EventKind::Ended { outcome, why, .. } = &events[events.len() - 1].kind else { panic!("no end") };
    let why = why.clone().unwrap_or_default();
    assert_eq!(*outcome, Outcome::Failed);
    assert!(why.contains("flat.tif, is 90 × 30000") && why.contains("that the forecast has"), "{why}");
}
