//! The engine at its boundary: a plan in, events and files out.

mod cases;
mod channels;
mod chunks;
mod combinations;
mod companion;
mod forecast;
mod going_on;
mod incomplete;
mod jobs;
mod layouts;
mod outputs;
mod progress;
mod recorded;
mod right_numbers;
mod sparse;
#[path = "../support/mod.rs"]
mod support;
mod tables;
mod withheld;
mod zarr;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use stepwell::cancel::Cancel;
use stepwell::compare::{Comparison, OutputComparison, Tone};
use stepwell::engine::{CacheState, Job, JobEvent, Rounds, measure, run, run_job};
use stepwell::events::TimedSample;
use stepwell::events::{Event, EventKind, Outcome, RunSummary};
use stepwell::image::{DecodeScratch, ImageFormat};
use stepwell::pipeline::steps::{
    BackgroundSubtraction, FlatField, GaussianSmoothing, Placement, Sigma, Stitching,
};
use stepwell::pipeline::{KeepImages, PRESETS, PipelineSpec, PipelineStep, Step};
use stepwell::plan::{AfterClear, Intermediates, Mode, Plan, PlateImages, RunSpec};
use stepwell::plate::{Component, ImageKey, PixelSize, PixelSizes, Plate, SitePosition};
use stepwell::record::RunRecord;
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
            EventKind::Preloading { .. }
            | EventKind::Stepping { .. }
            | EventKind::TablePart { .. }
            | EventKind::Sample(_) => None,
        })
        .collect()
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
        events.iter().for_each(|event| record.keep(event));
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

/// A pipeline of these steps, of which all images are kept.
fn pipeline_of(steps: impl IntoIterator<Item = Step>) -> PipelineSpec {
    let steps = steps.into_iter().map(|step| PipelineStep { step, keep_images: true }).collect();
    PipelineSpec::of(steps)
}

fn on_a_grid() -> Step {
    let placement = Placement::Grid { columns: 2, overlap_percent: 10.0 };
    Step::Stitching(Stitching { placement })
}
