//! The overview of the plate and what failed, in the whole window.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use egui::vec2;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use stepwell::app::{RunsCommand, RunsEvent, StatusCommand, Tab};
use stepwell::events::{Event, EventKind, FailedImage};
use stepwell::image::ImageSource;
use stepwell::plan::{Mode, Plan};
use stepwell::plate::{ImageKey, MissingImage, Plate, PlateImage, WellId};
use stepwell::record::RunId;

use crate::bench::Bench;
use crate::synthetic::{self, well};

/// Full but for two wells; of B05 the middle plane is missing.
fn plate_of_96() -> Plate {
    let mut plate = synthetic::plate();
    let wells = (0..8_u32).flat_map(|row| (0..12_u32).map(move |column| WellId::at(row, column)));
    let wells: Vec<WellId> = wells.flatten().filter(|at| ![well("A01"), well("H12")].contains(at)).collect();
    let missing: Vec<ImageKey> = (1..=3).map(|z| ImageKey::new(well("B05"), 1, 1, z, 1)).collect();
    let keys = wells.iter().flat_map(|well| {
        let of = |channel: u32| (1..=3).map(move |z| ImageKey::new(*well, 1, channel, z, 1));
        (1..=2).flat_map(of).collect::<Vec<_>>()
    });
    let there = keys.filter(|key| !missing.contains(key));
    plate.images =
        there.map(|key| PlateImage::new(key, ImageSource::file(format!("/plate/{key}.tif")))).collect();
    plate.images.sort_by_key(PlateImage::key);
    plate.projections.clear();
    let why: Arc<str> = "the other wells have it".into();
    plate.missing =
        missing.iter().map(|key| MissingImage { key: *key, file: None, why: why.clone() }).collect();
    plate.missing_by_well = BTreeMap::from([(well("B05"), 3)]);
    plate
}

/// Runs one at a time; these fail.
fn run(bench: &mut Bench, failed: &[(ImageKey, &str)]) {
    bench.state.handle(RunsCommand::Run(Mode::Sequential));
    bench.settle();
    let (generation, plans) = bench.begin_job();
    let events = events(&plans[0], failed);
    for event in synthetic::job_events(&plans[0], &events) {
        bench.state.apply(RunsEvent::Job { generation, event: Box::new(event) });
    }
    let result = Ok(Box::new(synthetic::result(&plans, &[events], None)));
    bench.state.apply(RunsEvent::JobDone { generation, result });
    bench.settle();
}

fn events(plan: &Plan, failed: &[(ImageKey, &str)]) -> Vec<Event> {
    let mut events = synthetic::events(plan, 0.01);
    let mut ended = events.pop().expect("an end");
    for (key, why) in failed {
        let is_missing = why.contains("missing");
        let file = plan.plate.root.join(format!("{key}.tif"));
        let path = if is_missing { plan.plate.root.clone() } else { file };
        let image = FailedImage { key: *key, path, why: (*why).to_owned(), further: 0 };
        if let EventKind::Ended { summary, .. } = &mut ended.kind {
            summary.failed.push(image.clone());
        }
        for kind in [EventKind::ImageFailed(image), EventKind::WellDone { well: key.well, failed: 1 }] {
            events.push(Event { run: ended.run.clone(), at_secs: ended.at_secs, kind });
        }
    }
    events.push(ended);
    events
}

/// A plate of many wells after a run.
pub(crate) fn processed() -> Bench {
    let mut bench = Bench::new();
    bench.state.show_plate(plate_of_96());
    bench.settle();
    let failed = ["D03", "D04"].map(|name| (ImageKey::new(well(name), 1, 1, 2, 1), "the file ends early"));
    run(&mut bench, &failed);
    bench.state.handle(StatusCommand::ShowTab(Tab::Images));
    bench.settle();
    bench
}

pub(crate) fn show_plate(harness: &mut Harness<'_, Bench>) {
    harness.get_by_label("Whole plate").click();
    harness.run_steps(3);
    harness.remove_cursor();
}

/// Steps until the pictures of this many images are there.
pub(crate) fn wait_for_pictures(harness: &mut Harness<'_, Bench>, count: usize) {
    let start = Instant::now();
    while harness.state().decoded.load(Ordering::Relaxed) < count {
        assert!(start.elapsed() < Duration::from_secs(60), "not all images are read");
        harness.step();
        std::thread::sleep(Duration::from_millis(2));
    }
    // A few textures are made in each frame, and again when the contrast is better known.
    harness.run_steps(40);
}

#[test]
fn what_failed_in_a_shown_run_is_a_kind_of_its_own() {
    let mut bench = Bench::with_plate();
    let failed = ImageKey::new(well("B02"), 1, 2, 1, 1);
    let missing = ImageKey::new(well("C03"), 4, 2, 3, 1);
    let faults = [(failed, "the file ends early"), (missing, "C03_s4_w2_z3_t1 is missing")];
    run(&mut bench, &faults);
    // The same once more changes nothing.
    run(&mut bench, &faults);
    bench.state.handle(StatusCommand::ShowTab(Tab::Images));
    bench.settle();
    let mut harness = bench.show();
    harness.get_by_label("failed").click();
    harness.run_steps(3);
    // The results that were withheld too, whatever the stage that is shown.
    assert!(harness.query_by_label("3 images in 6 wells").is_some());
    for label in [
        "B02 · s1 · FITC · z1, failed",
        "B02 · s1 · FITC · Z projection (maximum), withheld",
        "C03 · s4 · FITC · Z projection (maximum), withheld",
    ] {
        assert!(harness.query_by_label(label).is_some(), "{label}");
    }
    harness.get_by_label("C03 · s4 · FITC · Z projection (maximum), withheld").hover();
    std::thread::sleep(Duration::from_millis(20));
    harness.run_steps(30);
    let why = "Withheld by the run: C03_s4_w2_z3_t1 is missing";
    assert!(harness.query_by_label(why).is_some());
    // A missing image stays missing.
    harness.get_by_label("failed").click();
    harness.get_by_label("missing").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("C03 · s4 · FITC · z3, missing").is_some());
    // Of runs that are not shown nothing failed.
    let runs: Vec<RunId> = harness.state().state.runs.list.iter().map(|run| run.id).collect();
    for id in runs {
        harness.state_mut().state.handle(RunsCommand::ShowRun { id, is_shown: false });
    }
    harness.run_steps(3);
    assert!(harness.query_by_label("failed").is_none());
    assert!(harness.state().state.images.failures.entries.is_empty());
}

#[test]
fn a_well_that_failed_is_so_in_the_overview_as_on_the_plate_map() {
    let mut harness = processed().show();
    show_plate(&mut harness);
    for label in [
        "A01, empty",
        "B05 · s1 · DAPI · z1, missing",
        "D03 · s1 · DAPI · z2, failed",
        "E07 · s1 · DAPI · z2",
        "D03, 6 images, 1 image failed",
    ] {
        assert!(harness.query_by_label(label).is_some(), "{label}");
    }
    harness.get_by_label("D03 · s1 · DAPI · z2, failed").hover();
    std::thread::sleep(Duration::from_millis(20));
    harness.run_steps(30);
    assert!(harness.query_by_label_contains("Failed in a run: the file ends early").is_some());
    assert!(harness.query_by_label("6 images, 1 image failed").is_some());
}

#[test]
fn the_overview_draws_every_plate_shape() {
    for shape in stepwell::plate::KNOWN_SHAPES {
        let mut plate = synthetic::plate();
        plate.shape = shape;
        plate.images.retain(|image| shape.contains(image.key().well));
        plate.missing.clear();
        let mut bench = Bench::new();
        bench.state.show_plate(plate);
        bench.state.handle(StatusCommand::ShowTab(Tab::Images));
        bench.settle();
        let mut harness = bench.show_in(egui::Theme::Light, vec2(1024.0, 640.0));
        show_plate(&mut harness);
        let last = WellId { row: shape.rows - 1, column: shape.columns - 1 };
        let name = last.to_string();
        let node = harness.query_all_by_label_contains(&name).last().expect("the last well");
        let area = harness.get_by_label_contains("Whole plate, ").rect();
        assert!(area.contains_rect(node.rect()), "{last}: {:?} in {area:?}", node.rect());
    }
}
