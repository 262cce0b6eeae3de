//! The engine at its boundary: a plan in, events and files out.

#[path = "engine/channels.rs"]
mod channels;
mod support;
#[path = "engine/withheld.rs"]
mod withheld;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;

use stepwell::cancel::Cancel;
use stepwell::compare::{OutputComparison, Tone};
use stepwell::engine::{CacheState, Job, JobEvent, measure, run, run_job};
use stepwell::events::{Event, EventKind, Outcome, RunSummary};
use stepwell::image::{DecodeScratch, ImageFormat};
use stepwell::pipeline::steps::{
    BackgroundSubtraction, FlatField, GaussianSmoothing, Placement, Sigma, Stitching,
};
use stepwell::pipeline::{KeepImages, PRESETS, PipelineSpec, PipelineStep, Step};
use stepwell::plan::{AfterClear, Intermediates, Mode, Plan, PlateImages, RunSpec};
use stepwell::plate::{Component, ImageKey, Plate, SitePosition};
use stepwell::record::{RunRecord, TimedSample};

use support::{full_well, open, plan, plates_dir, program, spec, write_plate};

/// Runs a plan in this process and returns its events.
fn events_of(plan: &Plan, folder: &Path) -> (Vec<Event>, RunSummary) {
    let request = support::request(plan.clone(), folder.to_owned());
    let events = Mutex::new(Vec::new());
    let summary = run(&request, &|event| events.lock().expect("no panic").push(event), &Cancel::new());
    (events.into_inner().expect("no panic"), summary)
}

/// Lifecycle events in short: their names, with the channel of the combination.
fn short(events: &[Event]) -> Vec<String> {
    let channel = |values: &BTreeMap<Component, u32>| {
        values.get(&Component::Channel).map_or_else(String::new, |channel| format!(" {channel}"))
    };
    events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Started { .. } => Some("started".to_owned()),
            EventKind::WellStarted { well, combinations } => Some(format!("well {well} {combinations}")),
            EventKind::ReadingAhead { combination, images } => {
                Some(format!("ahead{} {images}", channel(&combination.values)))
            }
            EventKind::Preloaded { combination, images, .. } => {
                Some(format!("preloaded{} {images}", channel(&combination.values)))
            }
            EventKind::StepStarted { step, groups, .. } => Some(format!("step {step} of {groups}")),
            EventKind::StepDone { step, images_in, images_out, .. } => {
                Some(format!("step {step} done {images_in} to {images_out}"))
            }
            EventKind::Saved { step, images, .. } => Some(format!("saved {images} of {step}")),
            EventKind::Cleared { combination, images, .. } => {
                Some(format!("cleared{} {images}", channel(&combination.values)))
            }
            EventKind::WellDone { failed, .. } => Some(format!("well done {failed}")),
            EventKind::Ended { outcome, .. } => Some(format!("{outcome:?}")),
            EventKind::ImageFailed(failed) => Some(format!("failed {}", failed.key)),
            EventKind::Warning { why } => Some(why.clone()),
            EventKind::TableSaved(table) => Some(format!("table {} of {}", table.path, table.rows)),
            EventKind::Preloading { .. } | EventKind::Stepping { .. } | EventKind::Sample(_) => None,
        })
        .collect()
}

#[test]
fn the_studys_54_images_are_54_at_once_and_27_by_channel() {
    let plate_folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(plate_folder.path(), &full_well(9, 2, 3, 1), 32, 32);
    let plate = open(plate_folder.path());

    let (events, bulk) = events_of(&plan(&plate, &spec(&[])), &results.path().join("bulk"));
    assert_eq!(
        short(&events),
        [
            "started",
            "well A01 1",
            "preloaded 54",
            "step 0 of 54",
            "step 0 done 54 to 54",
            "step 1 of 18",
            "step 1 done 54 to 18",
            "saved 18 of 1",
            "cleared 18",
            "well done 0",
            "Completed"
        ]
    );
    assert_eq!((bulk.images_at_once, bulk.images, bulk.combinations), (54, 54, 1));

    let (events, sequential) =
        events_of(&plan(&plate, &spec(&[Component::Channel])), &results.path().join("sequential"));
    assert_eq!(
        short(&events),
        [
            "started",
            "well A01 2",
            "preloaded 1 27",
            "step 0 of 27",
            "step 0 done 27 to 27",
            "step 1 of 9",
            "step 1 done 27 to 9",
            "saved 9 of 1",
            "cleared 1 9",
            "preloaded 2 27",
            "step 0 of 27",
            "step 0 done 27 to 27",
            "step 1 of 9",
            "step 1 done 27 to 9",
            "saved 9 of 1",
            "cleared 2 9",
            "well done 0",
            "Completed"
        ]
    );
    assert_eq!((sequential.images_at_once, sequential.images, sequential.combinations), (27, 54, 2));
    // Two threads, so two results are reserved before any input is released.
    assert_eq!(bulk.peak_counted_bytes, 56 * 2048);
    assert_eq!(sequential.peak_counted_bytes, 29 * 2048);
    for summary in [&bulk, &sequential] {
        assert_eq!(summary.peak_counted_bytes, summary.forecast_counted_bytes);
        assert_eq!(summary.saved, 18);
    }
    assert!(events.is_sorted_by(|a, b| a.at_secs <= b.at_secs));
}

/// Two wells of two channels with the settings, as their events in short.
fn two_wells(change: impl Fn(&mut RunSpec)) -> (Vec<String>, RunSummary) {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    let mut keys = full_well(1, 2, 3, 1);
    let second: Vec<ImageKey> =
        keys.iter().map(|key| ImageKey { well: "B02".parse().expect("a well"), ..*key }).collect();
    keys.extend(second);
    // The second well lacks channel 2, and with it a plane of channel 1.
    keys.truncate(8);
    write_plate(folder.path(), &keys, 32, 32);
    let plate = open(folder.path());
    let mut spec = spec(&[Component::Channel]);
    change(&mut spec);
    let (events, summary) = events_of(&plan(&plate, &spec), results.path());
    (short(&events), summary)
}

#[test]
fn several_wells_at_once_share_their_combinations() {
    let (events, summary) = two_wells(|spec| spec.wells_at_once = 2);
    assert_eq!(
        events,
        [
            "started",
            "well A01 2",
            "well B02 1",
            "failed B02_s1_w1_z3_t1",
            "failed B02_s1_w2_z1_t1",
            "failed B02_s1_w2_z2_t1",
            "failed B02_s1_w2_z3_t1",
            "preloaded 1 5",
            "step 0 of 5",
            "step 0 done 5 to 5",
            "step 1 of 1",
            "step 1 done 3 to 1",
            "saved 1 of 1",
            "cleared 1 1",
            "preloaded 2 3",
            "step 0 of 3",
            "step 0 done 3 to 3",
            "step 1 of 1",
            "step 1 done 3 to 1",
            "saved 1 of 1",
            "cleared 2 1",
            "well done 0",
            "well done 4",
            "Completed"
        ]
    );
    assert_eq!((summary.images_at_once, summary.images, summary.combinations), (5, 8, 2));
}

#[test]
fn the_next_combination_is_read_ahead_also_across_wells() {
    let (events, summary) = two_wells(|spec| spec.read_ahead = true);
    // Reading is told when it begins, and as preloaded when its turn has come.
    let told: Vec<&str> = events
        .iter()
        .map(String::as_str)
        .filter(|event| ["ahead", "preloaded", "cleared", "well"].iter().any(|kind| event.starts_with(kind)))
        .collect();
    assert_eq!(
        told,
        [
            "well A01 2",
            "preloaded 1 3",
            "ahead 2 3",
            "cleared 1 1",
            "preloaded 2 3",
            "ahead 1 2",
            "cleared 2 1",
            "well done 0",
            "well B02 1",
            "preloaded 1 2",
            "cleared 1 0",
            "well done 4",
        ]
    );
    assert_eq!((summary.images_at_once, summary.images), (6, 8));
    // Three images, their result, and the three that are read ahead.
    assert_eq!(summary.peak_counted_bytes, 7 * 2048);
    assert_eq!(summary.peak_counted_bytes, summary.forecast_counted_bytes);
}

/// Runs both modes in this process and compares their outputs.
fn outputs_agree(
    plate_path: &Path,
    sequential: &[Component],
    change: impl Fn(&mut RunSpec),
) -> (RunRecord, RunRecord) {
    let plate = open(plate_path);
    let results = tempfile::tempdir().expect("a folder");
    let record_of = |components: &[Component], name: &str| {
        let mut spec = spec(components);
        change(&mut spec);
        let plan = plan(&plate, &spec);
        let (events, _) = events_of(&plan, &results.path().join(name));
        let mut record = RunRecord::begin(name, &plan, 0);
        events.iter().for_each(|event| record.apply(event));
        assert_eq!(record.outcome, Outcome::Completed, "{:?}", record.why);
        assert!(record.summary.peak_counted_bytes <= record.summary.forecast_counted_bytes);
        record
    };
    let (bulk, sequential) = (record_of(&[], "bulk"), record_of(sequential, "sequential"));
    let outputs = OutputComparison::of(&bulk.outputs, &sequential.outputs);
    assert_eq!(outputs.different, []);
    assert!(outputs.identical > 0);
    (bulk, sequential)
}

#[test]
fn outputs_are_the_same_under_every_policy() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(3, 2, 4, 2), 40, 30);
    for after_clear in [AfterClear::Return, AfterClear::Keep] {
        for intermediates in [Intermediates::Free, Intermediates::Hold] {
            for threads in [1, 2, 5] {
                for sequential in [vec![Component::Channel], vec![Component::Timepoint, Component::Site]] {
                    let (bulk, one_at_a_time) = outputs_agree(folder.path(), &sequential, |spec| {
                        spec.after_clear = after_clear;
                        spec.intermediates = intermediates;
                        spec.threads = threads;
                        spec.pipeline = spec.pipeline.clone().keeping(KeepImages::All);
                    });
                    for summary in [&bulk.summary, &one_at_a_time.summary] {
                        assert_eq!(summary.saved, 48 + 12);
                        assert_eq!(summary.peak_counted_bytes, summary.forecast_counted_bytes, "{summary:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_well_without_a_channel_and_a_site_without_a_plane() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut keys = full_well(2, 2, 3, 1);
    let second: Vec<ImageKey> = keys
        .iter()
        .map(|key| ImageKey { well: "B02".parse().expect("a well"), ..*key })
        .filter(|key| key.channel == Some(1))
        .collect();
    keys.retain(|key| !(key.site == Some(2) && key.channel == Some(2) && key.z == Some(2)));
    keys.extend(second);
    write_plate(folder.path(), &keys, 16, 16);
    let (bulk, sequential) = outputs_agree(folder.path(), &[Component::Channel], |_| ());
    for record in [&bulk, &sequential] {
        let failed: Vec<String> = record.summary.failed.iter().map(|failed| failed.key.to_string()).collect();
        assert_eq!(
            failed,
            [
                "A01_s2_w2_z2_t1",
                "B02_s1_w2_z1_t1",
                "B02_s1_w2_z2_t1",
                "B02_s1_w2_z3_t1",
                "B02_s2_w2_z1_t1",
                "B02_s2_w2_z2_t1",
                "B02_s2_w2_z3_t1"
            ]
        );
        let outputs: Vec<String> = record.outputs.iter().map(|output| output.key.to_string()).collect();
        assert!(!outputs.contains(&"A01_s2_w2_t1".to_owned()), "its plane is missing: {outputs:?}");
        assert_eq!(outputs.len(), 5);
        assert!(
            record.summary.failed[0].why.contains("A01_s2_w2_t1 is withheld"),
            "{:?}",
            record.summary.failed[0]
        );
    }
    assert_eq!(sequential.summary.combinations, 3, "only combinations that exist are run");
}

/// A pipeline of these steps, of which all images are kept.
fn pipeline_of(steps: impl IntoIterator<Item = Step>) -> PipelineSpec {
    let steps = steps.into_iter().map(|step| PipelineStep { step, keep_images: true }).collect();
    PipelineSpec { steps }
}

fn on_a_grid() -> Step {
    let placement = Placement::Grid { columns: 2, overlap_percent: 10.0 };
    Step::Stitching(Stitching { placement })
}

#[test]
fn steps_across_sites_give_the_same_under_every_policy() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(4, 2, 2, 2), 40, 30);
    let pipeline = pipeline_of([
        Step::FlatField(FlatField::estimated(3.0)),
        Step::BackgroundSubtraction(BackgroundSubtraction { radius_px: 4 }),
        on_a_grid(),
    ]);
    for intermediates in [Intermediates::Free, Intermediates::Hold] {
        for threads in [1, 2, 5] {
            for sequential in [vec![Component::Z], vec![Component::Channel, Component::Timepoint]] {
                let (bulk, one_at_a_time) = outputs_agree(folder.path(), &sequential, |spec| {
                    spec.intermediates = intermediates;
                    spec.threads = threads;
                    spec.pipeline = pipeline.clone();
                });
                for summary in [&bulk.summary, &one_at_a_time.summary] {
                    assert_eq!(summary.saved, 32 + 32 + 8);
                    assert_eq!(summary.peak_counted_bytes, summary.forecast_counted_bytes, "{summary:?}");
                }
            }
        }
    }
}

#[test]
fn a_site_that_is_not_there_costs_the_mosaic_but_not_the_correction_of_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let all = full_well(3, 2, 2, 1);
    let missing = ["A01_s2_w1_z2_t1", "A01_s3_w2_z1_t1"];
    let (keys, absent): (Vec<ImageKey>, Vec<ImageKey>) =
        all.iter().partition(|key| !missing.contains(&key.to_string().as_str()));
    write_plate(folder.path(), &keys, 16, 16);
    // One is not there, the other cannot be read.
    let bad = folder.path().join(format!("plate_{}.tif", absent[1]));
    std::fs::write(bad, b"II*\0not an image").expect("writable");
    let plate = open(folder.path());
    let results = tempfile::tempdir().expect("a folder");
    let flat_field = Step::FlatField(FlatField::estimated(2.0));
    let corrected: Vec<String> = keys.iter().map(ToString::to_string).collect();
    let mosaics = ["A01_w1_z1_t1", "A01_w2_z2_t1"].map(str::to_owned).to_vec();
    for (step, outputs, withheld) in
        [(flat_field, corrected, missing), (on_a_grid(), mosaics, ["A01_w1_z2_t1", "A01_w2_z1_t1"])]
    {
        let spec = RunSpec { pipeline: pipeline_of([step.clone()]), ..spec(&[]) };
        let planned = plan(&plate, &spec);
        assert_eq!(planned.summary().outputs, outputs.len());
        let (events, summary) = events_of(&planned, &results.path().join(step.slug()));
        assert_eq!(summary.failed.len(), 2, "{:?}", summary.failed);
        for ((failed, missing), withheld) in summary.failed.iter().zip(missing).zip(withheld) {
            assert_eq!(failed.key.to_string(), missing);
            assert!(failed.why.ends_with(&format!("the result {withheld} is withheld")), "{}", failed.why);
        }
        let saved = events.iter().filter_map(|event| match &event.kind {
            EventKind::Saved { outputs, .. } => Some(outputs),
            _ => None,
        });
        let saved: BTreeSet<String> = saved.flatten().map(|output| output.key.to_string()).collect();
        assert_eq!(saved, outputs.into_iter().collect());
    }
}

#[test]
fn micrometres_become_pixels_in_the_plan_or_it_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 1, 1, 1), 16, 16);
    let mut plate = open(folder.path());
    let smoothing = |sigma| Step::GaussianSmoothing(GaussianSmoothing { sigma });
    let spec = RunSpec { pipeline: pipeline_of([smoothing(Sigma::Micrometres(1.0))]), ..spec(&[]) };
    let measured =
        stepwell::plate::Measured::read(&plate, &plate.wells(), &Cancel::new()).expect("not cancelled");
    let table = [
        (None, "do not tell the size of a pixel: give sigma in pixels"),
        (Some(0.005), "is 200.000 pixels"),
        (Some(5.0), "choose 1.500 to 500.000 µm"),
    ];
    for (pixel_size_um, part) in table {
        plate.pixel_size_um = pixel_size_um;
        let error = Plan::new(&plate, &measured, &plate.wells(), &spec).expect_err("refused").to_string();
        assert!(error.contains(part), "{error}");
    }
    plate.pixel_size_um = Some(0.5);
    // What the plan works out is no setting.
    assert_eq!(plan(&plate, &spec).spec.pipeline, spec.pipeline);
    let in_pixels = RunSpec { pipeline: pipeline_of([smoothing(Sigma::Pixels(2.0))]), ..spec.clone() };
    let saved = [spec, in_pixels].map(|spec| {
        let results = tempfile::tempdir().expect("a folder");
        let (events, _) = events_of(&plan(&plate, &spec), results.path());
        let path = events.iter().find_map(|event| match &event.kind {
            EventKind::Saved { outputs, .. } => outputs[0].path.clone(),
            _ => None,
        });
        pixels(&results.path().join(path.expect("kept")))
    });
    assert_eq!(saved[0], saved[1]);
}

#[test]
fn sites_are_placed_by_the_plan_or_it_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(3, 1, 1, 1), 16, 16);
    let mut plate = open(folder.path());
    let spec = RunSpec { pipeline: pipeline_of([Step::Stitching(Stitching::default())]), ..spec(&[]) };
    let measured =
        stepwell::plate::Measured::read(&plate, &plate.wells(), &Cancel::new()).expect("not cancelled");
    let error = |plate: &Plate| {
        Plan::new(plate, &measured, &plate.wells(), &spec).expect_err("not known").to_string()
    };
    assert!(
        error(&plate).contains("do not tell the size of a pixel: place the sites on a grid"),
        "{}",
        error(&plate)
    );
    plate.pixel_size_um = Some(0.5);
    assert!(error(&plate).contains("the stage position of site 1"), "{}", error(&plate));
    // Half a pixel is rounded away from zero; y is down.
    for (site, x_um, y_um) in [(1, -4.0, 0.0), (2, 3.25, 0.0), (3, -4.0, 7.74)] {
        plate.site_positions.insert(site, SitePosition { x_um, y_um });
    }
    let planned = plan(&plate, &spec);
    let results = tempfile::tempdir().expect("a folder");
    let (events, summary) = events_of(&planned, results.path());
    assert_eq!(summary.peak_counted_bytes, (3 * 256 + 31 * 31) * 2);
    assert_eq!(summary.peak_counted_bytes, summary.forecast_counted_bytes);
    let path = events.iter().find_map(|event| match &event.kind {
        EventKind::Saved { outputs, .. } => outputs[0].path.clone(),
        _ => None,
    });
    let (format, mosaic) = pixels(&results.path().join(path.expect("kept")));
    assert_eq!((format.width, format.height), (31, 31));
    for (site, x, y) in [(1, 0, 0), (2, 15, 0), (3, 0, 15)] {
        let (_, tile) = pixels(&folder.path().join(format!("plate_A01_s{site}_w1_z1_t1.tif")));
        for (row, column) in [(1, 1), (8, 8), (14, 14)] {
            assert_eq!(mosaic[(y + row) * 31 + x + column], tile[row * 16 + column], "site {site}");
        }
    }
    assert_eq!(mosaic[20 * 31 + 20], 0, "no site is there");
}

/// The pixels of a small 16-bit TIFF.
fn pixels(path: &Path) -> (ImageFormat, Vec<u16>) {
    let format = stepwell::image::measure(path, 0).expect("a TIFF");
    let mut memory = vec![0_u64; format.sample_count().div_ceil(4)];
    let bytes = &mut bytemuck::cast_slice_mut(&mut memory)[..format.sample_count() * 2];
    stepwell::image::decode_into(path, 0, format, bytes, &mut DecodeScratch::default()).expect("a TIFF");
    (format, bytemuck::cast_slice(bytes).to_vec())
}

#[test]
fn one_bad_file_costs_its_result_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(3, 1, 2, 1), 16, 16);
    std::fs::write(folder.path().join("plate_A01_s2_w1_z1_t1.tif"), b"II*\0not an image").expect("writable");
    let truncated = folder.path().join("plate_A01_s3_w1_z2_t1.tif");
    let bytes = std::fs::read(&truncated).expect("readable");
    let (_, sequential) = {
        // Cut after measuring: the header is good, the pixels are not.
        let plate = open(folder.path());
        let planned = plan(&plate, &spec(&[Component::Site]));
        std::fs::write(&truncated, &bytes[..bytes.len() / 2]).expect("writable");
        let results = tempfile::tempdir().expect("a folder");
        events_of(&planned, results.path())
    };
    let failed: Vec<String> = sequential.failed.iter().map(|failed| failed.key.to_string()).collect();
    assert_eq!(failed, ["A01_s2_w1_z1_t1", "A01_s3_w1_z2_t1"]);
    assert!(sequential.failed[0].path.ends_with("plate_A01_s2_w1_z1_t1.tif"));
    assert_eq!(sequential.saved, 1);
}

#[test]
fn single_valued_components_are_ignored_and_conflicts_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 2, 2, 1), 16, 16);
    let plate = open(folder.path());
    let planned = plan(&plate, &spec(&[Component::Site, Component::Channel, Component::Channel]));
    assert_eq!(planned.spec.sequential, [Component::Channel]);
    assert_eq!(planned.notes.len(), 2, "{:?}", planned.notes);
    assert!(planned.notes[0].contains("single value"));

    let measured =
        stepwell::plate::Measured::read(&plate, &plate.wells(), &Cancel::new()).expect("not cancelled");
    let error = Plan::new(&plate, &measured, &plate.wells(), &spec(&[Component::Z])).expect_err("a conflict");
    assert!(error.to_string().contains("Z projection"), "{error}");
}

#[test]
fn cancel_ends_the_run_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(2, 4, 2, 1), 64, 64);
    let plate = open(folder.path());
    let request = support::request(plan(&plate, &spec(&[Component::Channel])), results.path().join("run"));
    let cancel = Cancel::new();
    let events = Mutex::new(Vec::new());
    run(
        &request,
        &|event| {
            if matches!(&event.kind, EventKind::Saved { combination, .. } if combination.index == 1) {
                cancel.cancel();
            }
            events.lock().expect("no panic").push(event);
        },
        &cancel,
    );
    let events = events.into_inner().expect("no panic");
    let ends = events.iter().filter(|event| matches!(event.kind, EventKind::Ended { .. })).count();
    assert_eq!(ends, 1);
    let Some(Event { kind: EventKind::Ended { outcome, summary, .. }, .. }) = events.last() else {
        panic!("the last event is not the end: {:?}", events.last());
    };
    assert_eq!(*outcome, Outcome::Cancelled);
    assert!((2..4).contains(&summary.combinations), "{}", summary.combinations);
    // Beside the images, the file that says what was planned.
    let saved = std::fs::read_dir(request.folder.join("images/2-z-max")).expect("kept").count();
    assert_eq!(saved, summary.saved + 1);
}

fn job(plate_path: &Path, sequential: &[Component], results: &Path) -> Job {
    let plate = open(plate_path);
    Job {
        program: program(),
        plans: vec![plan(&plate, &spec(&[])), plan(&plate, &spec(sequential))],
        compare: true,
        repeat: 1,
        cache: CacheState::Warm,
        results: results.to_owned(),
        budget_bytes: None,
        resting_rss_bytes: Some(8_000_000),
        fix: Some("Process channel one at a time: 9 MB.".to_owned()),
    }
}

#[test]
fn compare_runs_what_fits_and_refuses_the_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(5, 4, 4, 1), 256, 256);
    let mut job = job(folder.path(), &[Component::Channel], results.path());
    let trial = measure(&job.program, &job.plans[0].without_work(), None, None, &Cancel::new());
    let resting = trial.resting_rss_bytes.unwrap_or(8_000_000);
    job.resting_rss_bytes = Some(resting);
    let peaks: Vec<u64> =
        job.plans.iter().map(|plan| resting + plan.forecast.above_resting_bytes()).collect();
    assert!(peaks[1] + 4_000_000 < peaks[0]);

    job.budget_bytes = Some((peaks[0] + peaks[1]) / 2);
    let refused = Mutex::new(Vec::new());
    let result = run_job(
        &job,
        &|event| {
            if let JobEvent::Refused { mode, why, .. } = event {
                refused.lock().expect("no panic").push((mode, why));
            }
        },
        &Cancel::new(),
    )
    .expect("the other fits");
    let refused = refused.into_inner().expect("no panic");
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].0, Mode::Bulk);
    assert!(refused[0].1.ends_with("Process channel one at a time: 9 MB."), "{}", refused[0].1);
    let comparison = result.comparison.expect("a comparison");
    assert!(comparison.bulk.summary().is_none());
    assert_eq!(comparison.sequential.summary().map(|summary| summary.images), Some(80));
    assert_eq!((comparison.peak_ratio, comparison.time_ratio), (None, None));
    let json = serde_json::to_value(&comparison).expect("JSON");
    assert_eq!(json["bulk"]["refused"], true);
    assert_eq!(json["sequential"]["images_at_once"], 20);

    // Nothing fits: both refused, before anything is read.
    job.budget_bytes = Some(9_000_000);
    let result = run_job(&job, &|_| (), &Cancel::new()).expect("an answer");
    assert_eq!(result.records.len(), 0);
    let comparison = result.comparison.expect("a comparison");
    assert!(comparison.bulk.summary().is_none() && comparison.sequential.summary().is_none());
    // A single run that does not fit is an error.
    job.compare = false;
    job.plans.pop();
    let error = run_job(&job, &|_| (), &Cancel::new()).expect_err("over budget");
    assert!(error.to_string().contains("9.00 MB"), "{error}");
}

#[test]
fn a_fault_of_our_own_still_ends_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 2, 2, 1), 16, 16);
    let plate = open(folder.path());
    let request = support::request(plan(&plate, &spec(&[Component::Channel])), results.path().join("run"));
    let ends = Mutex::new(Vec::new());
    run(
        &request,
        &|event| match event.kind {
            EventKind::StepDone { .. } => panic!("on purpose"),
            EventKind::Ended { outcome, .. } => ends.lock().expect("no panic").push(outcome),
            _ => {}
        },
        &Cancel::new(),
    );
    assert_eq!(*ends.lock().expect("no panic"), [Outcome::Failed]);
}

#[test]
fn results_never_go_into_the_plate() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 2, 1, 1), 16, 16);
    let job = job(folder.path(), &[Component::Channel], &folder.path().join("deep/results"));
    let error = run_job(&job, &|_| (), &Cancel::new()).expect_err("inside the plate");
    assert!(error.to_string().contains("never written to"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2);

    // Through a folder that is not there.
    let mut job = job;
    job.results =
        folder.path().join("../not-there/..").join(folder.path().file_name().expect("a name")).join("out");
    let error = run_job(&job, &|_| (), &Cancel::new()).expect_err("inside the plate");
    assert!(error.to_string().contains("never written to"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2);

    // A plate that lies in the results folder, where its own results would go.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let results = elsewhere.path().to_owned();
    let plate = results.join("Screen 7");
    std::fs::create_dir_all(&plate).expect("writable");
    write_plate(&plate, &full_well(1, 2, 1, 1), 16, 16);
    let mut job = self::job(&plate, &[Component::Channel], &results);
    job.plans.iter_mut().for_each(|plan| "Screen 7".clone_into(&mut plan.plate_name));
    run_job(&job, &|_| (), &Cancel::new()).expect("fits");
    assert_eq!(std::fs::read_dir(&plate).expect("a folder").count(), 2);
    // Two runs, and the files of how fast they went and of what plate they are.
    assert_eq!(std::fs::read_dir(results.join("Screen 7 results")).expect("a folder").count(), 4);
}

#[test]
fn real_plates_give_the_same_results_both_ways() {
    let Some(plates) = plates_dir() else { return };
    let table: [(&str, &[Component], (usize, usize)); 5] = [
        ("imagexpress-database/Projection-Mix", &[Component::Channel], (42, 20)),
        ("imagexpress-database/Projection-Mix", &[Component::Channel, Component::Site], (42, 10)),
        ("imagexpress-database/1well-3C-2S-Zmix-T", &[Component::Timepoint, Component::Channel], (12, 2)),
        ("imagexpress-export/9987_Plate_3434", &[Component::Channel], (12, 4)),
        ("phenix-harmony-v1", &[Component::Channel], (6, 1)),
    ];
    for (folder, sequential, at_once) in table {
        let results = tempfile::tempdir().expect("a folder");
        let job = job(&plates.join(folder), sequential, results.path());
        let result = run_job(&job, &|_| (), &Cancel::new()).expect("fits");
        let comparison = result.comparison.expect("a comparison");
        let outputs = comparison.outputs.as_ref().expect("both ran");
        assert!(outputs.identical > 0 && outputs.different.is_empty(), "{folder}: {outputs:?}");
        let (bulk, sequential) =
            (comparison.bulk.summary().expect("ran"), comparison.sequential.summary().expect("ran"));
        assert_eq!((bulk.images_at_once, sequential.images_at_once), at_once, "{folder}");
        assert_eq!(bulk.failed, sequential.failed, "{folder}");
        assert_eq!(bulk.peak_counted_bytes, bulk.forecast_counted_bytes, "{folder}");
        assert_eq!(sequential.peak_counted_bytes, sequential.forecast_counted_bytes, "{folder}");
        assert_ne!(comparison.verdict().tone, Tone::Wrong, "{folder}");
        for summary in [bulk, sequential] {
            // A system without these numbers has nothing to hold against the forecast.
            if let (Some(peak), Some(forecast)) = (summary.peak_rss_bytes, summary.forecast_rss_bytes) {
                assert!(peak <= forecast + forecast / 33 + 4_000_000, "{folder}: {peak} {forecast}");
            }
            let record = RunRecord::read(summary.record.as_deref().expect("written")).expect("readable");
            assert_eq!(record.summary, *summary);
        }
    }
}

#[test]
fn a_record_reads_back_as_it_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 2, 2, 1), 16, 16);
    let plate = open(folder.path());
    let planned = plan(&plate, &spec(&[Component::Channel]));
    let results = tempfile::tempdir().expect("a folder");
    let (events, _) = events_of(&planned, &results.path().join("run"));
    let mut record = RunRecord::begin("test", &planned, 1_800_000_000);
    events.iter().for_each(|event| record.apply(event));
    record.samples.push(TimedSample { at_secs: 99.0, rss: None, counted: 7 });
    let path = record.write(&support::place(&results.path().join("run"))).expect("writable");
    assert_eq!(RunRecord::read(&path).expect("readable"), record);

    let newer = std::fs::read_to_string(&path).expect("readable").replacen("version: 1", "version: 99", 1);
    std::fs::write(&path, newer).expect("writable");
    assert!(RunRecord::read(&path).expect_err("too new").to_string().contains("version 99"));
    std::fs::write(&path, "(nonsense").expect("writable");
    assert!(RunRecord::read(&path).is_err());
}

#[test]
fn a_stored_record_of_version_1_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/record-v1.ron");
    let record = RunRecord::read(&path).expect("every version that was ever written is read");
    assert_eq!((record.version, record.outcome), (1, Outcome::Completed));
    assert_eq!(record.plan.sequential, [Component::Channel]);
    assert_eq!((record.summary.images, record.summary.combinations, record.outputs.len()), (4, 2, 2));
    assert_eq!(record.outputs[0].key.to_string(), "A01_s1_w1_t1");
    assert!(!record.samples.is_empty() && !record.events.is_empty());
}

#[test]
fn records_with_what_a_plan_had_worked_out_are_read_and_keep_the_users_settings() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/record-v1.ron");
    let text = std::fs::read_to_string(path).expect("readable");
    let normalise = "PercentileNormalize((low_percentile: 1.0, high_percentile: 99.0))";
    let table = [
        (
            "Stitching((placement: StagePositions, corners: {1: (x: -6, y: 4)}))",
            "Stitching((placement:StagePositions))",
        ),
        (
            "GaussianSmoothing((sigma: Micrometres(0.5), planned_px: Some(0.7)))",
            "GaussianSmoothing((sigma:Micrometres(0.5)))",
        ),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("record.ron");
    for (stored, chosen) in table {
        assert!(text.contains(normalise));
        std::fs::write(&path, text.replace(normalise, stored)).expect("writable");
        let record = RunRecord::read(&path).expect("every version that was ever written is read");
        let step = &record.spec.pipeline.steps[0].step;
        assert_eq!(ron::to_string(step).expect("text"), chosen);
        assert!(record.to_ron().expect("text").replace(' ', "").contains(&chosen.replace(' ', "")));
    }
}

#[test]
fn every_preset_gives_the_same_results_both_ways_on_real_plates() {
    let Some(plates) = plates_dir() else { return };
    let table = [
        "imagexpress-database/Projection-Mix",
        "imagexpress-database/1well-3C-2S-Zmix-T",
        "imagexpress-export/9987_Plate_3434",
        "phenix-harmony-v1",
        "operetta-harmony5",
    ];
    for folder in table {
        for preset in PRESETS {
            let results = tempfile::tempdir().expect("a folder");
            let plate = open(&plates.join(folder));
            let mut pipeline = (preset.make)();
            for step in &mut pipeline.steps {
                step.step = step.step.clone().fitted(&PlateImages::of_plate(&plate));
            }
            let plans = [&[][..], &[Component::Channel]]
                .map(|sequential| plan(&plate, &RunSpec { pipeline: pipeline.clone(), ..spec(sequential) }));
            let job = Job {
                plans: plans.into(),
                ..job(&plates.join(folder), &[Component::Channel], results.path())
            };
            let comparison =
                run_job(&job, &|_| (), &Cancel::new()).expect("fits").comparison.expect("two runs");
            let outputs = comparison.outputs.as_ref().expect("both ran");
            let what = format!("{folder}, {}", preset.name);
            assert!(outputs.identical > 0 && outputs.different.is_empty(), "{what}: {outputs:?}");
            for summary in [comparison.bulk.summary(), comparison.sequential.summary()] {
                let summary = summary.expect("ran");
                assert!(summary.peak_counted_bytes <= summary.forecast_counted_bytes, "{what}: {summary:?}");
            }
            assert_ne!(comparison.verdict().tone, Tone::Wrong, "{what}");
        }
    }
}
