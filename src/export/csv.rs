//! Runs as tables that spreadsheets and scripts read: one row for each run, combination, sample, event
//! and output. Units are in the names of the columns; what is unknown is an empty cell; text is [`SheetText`], so that
//! no name becomes a formula.

use std::path::PathBuf;

use serde::Serialize;

use super::csv_table::table;
use super::csv_watched::watched_tables;
use super::write::{ExportError, write};
use crate::disk::Destination;
use crate::events::EventKind;
use crate::image::ContentHash;
use crate::plan::CombinationId;
use crate::plate::{Component, ImageKey};
use crate::record::RunRecord;
use crate::sheet_text::SheetText;
use crate::watch::WatchedRecord;

/// Writes `runs.csv`, `combinations.csv`, `samples.csv`, `events.csv` and `outputs.csv` into a folder, and tables of watched programs
/// where there are any. Returns their paths.
pub(crate) fn write_csvs(
    folder: &Destination,
    records: &[&RunRecord],
    watched: &[&WatchedRecord],
) -> Result<Vec<PathBuf>, ExportError> {
    let of_runs = [
        ("runs.csv", table(records.iter().map(|record| RunRow::of(record)))),
        ("combinations.csv", table(records.iter().flat_map(|record| combinations(record)))),
        ("samples.csv", table(records.iter().flat_map(|record| samples(record)))),
        ("events.csv", table(records.iter().flat_map(|record| events(record)))),
        ("outputs.csv", table(records.iter().flat_map(|record| outputs(record)))),
    ];
    let of_runs = of_runs.into_iter().filter(|_| !records.is_empty());
    let tables = of_runs.chain(watched_tables(watched));
    let mut paths = Vec::new();
    for (name, bytes) in tables {
        let file = folder.join(name);
        let path = file.path().to_owned();
        let bytes = bytes.map_err(|source| ExportError::Table { path: path.clone(), source })?;
        write(&file, &bytes)?;
        paths.push(path);
    }
    Ok(paths)
}

/// A run with its settings and what it came to.
#[derive(Serialize)]
struct RunRow<'a> {
    run: SheetText<'a>,
    plate: SheetText<'a>,
    wells: SheetText<'a>,
    mode: SheetText<'a>,
    sequential: SheetText<'a>,
    steps: SheetText<'a>,
    after_clear: SheetText<'a>,
    intermediates: SheetText<'a>,
    threads: usize,
    wells_at_once: usize,
    read_ahead: bool,
    outcome: SheetText<'a>,
    images: usize,
    images_at_once: usize,
    combinations: usize,
    resting_rss_bytes: Option<u64>,
    peak_rss_bytes: Option<u64>,
    peak_counted_bytes: u64,
    forecast_rss_bytes: Option<u64>,
    forecast_counted_bytes: u64,
    budget_bytes: Option<u64>,
    wall_secs: f64,
    paused_secs: f64,
    preload_secs: f64,
    step_secs: f64,
    save_secs: f64,
    cached_share: Option<f64>,
    saved: usize,
    failed: usize,
    started_unix_secs: u64,
    stepwell: SheetText<'a>,
    system: SheetText<'a>,
    cores: Option<usize>,
    memory_bytes: Option<u64>,
}

impl<'a> RunRow<'a> {
    fn of(record: &'a RunRecord) -> Self {
        let (plan, summary) = (&record.plan, &record.summary);
        let machine = record.machine.as_ref();
        let wells: Vec<String> = plan.wells.iter().map(ToString::to_string).collect();
        let sequential: Vec<&str> = record.sequential().iter().map(|component| component.name()).collect();
        Self {
            run: (&record.run).into(),
            plate: (&record.plate.name).into(),
            wells: wells.join(" ").into(),
            mode: plan.mode.name().into(),
            sequential: sequential.join(" ").into(),
            steps: plan.steps.join("; ").into(),
            after_clear: word(&plan.after_clear),
            intermediates: word(&plan.intermediates),
            threads: plan.threads,
            wells_at_once: plan.wells_at_once,
            read_ahead: plan.read_ahead,
            outcome: word(&record.outcome),
            images: summary.images,
            images_at_once: summary.images_at_once,
            combinations: summary.combinations,
            resting_rss_bytes: summary.baseline_rss_bytes,
            peak_rss_bytes: summary.peak_rss_bytes,
            peak_counted_bytes: summary.peak_counted_bytes,
            forecast_rss_bytes: summary.forecast_rss_bytes,
            forecast_counted_bytes: summary.forecast_counted_bytes,
            budget_bytes: record.budget_bytes,
            wall_secs: summary.wall_secs,
            paused_secs: summary.paused_secs,
            preload_secs: summary.preload_secs,
            step_secs: summary.step_secs,
            save_secs: summary.save_secs,
            cached_share: summary.cached_share,
            saved: summary.saved,
            failed: summary.failed_count(),
            started_unix_secs: record.started_unix_secs,
            stepwell: machine.map_or("", |machine| &machine.stepwell).into(),
            system: machine.map_or("", |machine| &machine.system).into(),
            cores: machine.map(|machine| machine.cores),
            memory_bytes: machine.and_then(|machine| machine.memory_bytes),
        }
    }
}

/// A choice by the word that it has in files and on the command line.
fn word(choice: &impl Serialize) -> SheetText<'static> {
    let value = serde_json::to_value(choice).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned().into()
}

/// What the columns of several tables say of which images a row is about.
#[derive(Default, Serialize)]
struct Which {
    combination: Option<usize>,
    wells: SheetText<'static>,
    site: Option<u32>,
    channel: Option<u32>,
    z: Option<u32>,
    timepoint: Option<u32>,
}

impl Which {
    /// Combinations are counted from 1, as people count.
    fn of_combination(id: &CombinationId) -> Self {
        let value = |component| id.values.get(&component).copied();
        Self {
            combination: Some(id.index + 1),
            wells: id.wells().map(|well| well.to_string()).collect::<Vec<_>>().join(" ").into(),
            site: value(Component::Site),
            channel: value(Component::Channel),
            z: value(Component::Z),
            timepoint: value(Component::Timepoint),
        }
    }

    fn of_image(key: ImageKey) -> Self {
        Self {
            combination: None,
            wells: key.well.to_string().into(),
            site: key.get(Component::Site),
            channel: key.get(Component::Channel),
            z: key.get(Component::Z),
            timepoint: key.get(Component::Timepoint),
        }
    }
}

#[derive(Serialize)]
struct CombinationCells<'a> {
    run: SheetText<'a>,
    combination: Option<usize>,
    wells: SheetText<'a>,
    site: Option<u32>,
    channel: Option<u32>,
    z: Option<u32>,
    timepoint: Option<u32>,
    images: usize,
    bytes: u64,
    from_secs: f64,
    to_secs: f64,
    preload_secs: f64,
    step_secs: f64,
    save_secs: f64,
    rss_before_preload_bytes: Option<u64>,
    rss_preloaded_bytes: Option<u64>,
    rss_peak_bytes: Option<u64>,
    counted_peak_bytes: u64,
    is_cleared: bool,
    rss_before_clear_bytes: Option<u64>,
    rss_after_clear_bytes: Option<u64>,
    anonymous_after_clear_bytes: Option<u64>,
}

fn combinations(record: &RunRecord) -> impl Iterator<Item = CombinationCells<'_>> {
    record.combinations().into_iter().map(|row| {
        let Which { combination, wells, site, channel, z, timepoint } = Which::of_combination(&row.id);
        CombinationCells {
            run: (&record.run).into(),
            combination,
            wells,
            site,
            channel,
            z,
            timepoint,
            images: row.images,
            bytes: row.bytes,
            from_secs: row.from_secs,
            to_secs: row.to_secs,
            preload_secs: row.preload_secs,
            step_secs: row.step_secs,
            save_secs: row.save_secs,
            rss_before_preload_bytes: row.rss_before_preload,
            rss_preloaded_bytes: row.rss_preloaded,
            rss_peak_bytes: row.rss_peak,
            counted_peak_bytes: row.counted_peak,
            is_cleared: row.cleared.is_some(),
            rss_before_clear_bytes: row.cleared.and_then(|cleared| cleared.rss_before),
            rss_after_clear_bytes: row.cleared.and_then(|cleared| cleared.rss_after),
            anonymous_after_clear_bytes: row.cleared.and_then(|cleared| cleared.anonymous_after),
        }
    })
}

#[derive(Serialize)]
struct SampleCells<'a> {
    run: SheetText<'a>,
    at_secs: f64,
    rss_bytes: Option<u64>,
    counted_bytes: u64,
}

fn samples(record: &RunRecord) -> impl Iterator<Item = SampleCells<'_>> {
    record.samples.iter().map(|sample| SampleCells {
        run: (&record.run).into(),
        at_secs: sample.at_secs,
        rss_bytes: sample.rss,
        counted_bytes: sample.counted,
    })
}

#[derive(Serialize)]
struct EventCells<'a> {
    run: SheetText<'a>,
    at_secs: f64,
    event: SheetText<'a>,
    combination: Option<usize>,
    wells: SheetText<'a>,
    site: Option<u32>,
    channel: Option<u32>,
    z: Option<u32>,
    timepoint: Option<u32>,
    step: Option<usize>,
    images: Option<usize>,
    bytes: Option<u64>,
    secs: Option<f64>,
    rss_before_bytes: Option<u64>,
    rss_after_bytes: Option<u64>,
    text: Option<SheetText<'a>>,
}

/// The events of a record: all but samples, which have a table of their own, and progress.
fn events(record: &RunRecord) -> impl Iterator<Item = EventCells<'_>> {
    record.events.iter().map(|event| {
        // The flat form has all fields by their stable names, whatever the kind of event.
        let flat = event.to_json();
        let count = |name: &str| flat.get(name).and_then(serde_json::Value::as_u64);
        let which = match event.kind.combination() {
            Some(id) => Which::of_combination(id),
            None => match &event.kind {
                EventKind::ImageFailed(failed) => Which::of_image(failed.key),
                EventKind::WellStarted { well, .. } | EventKind::WellDone { well, .. } => {
                    Which { wells: well.to_string().into(), ..Which::default() }
                }
                _ => Which::default(),
            },
        };
        let Which { combination, wells, site, channel, z, timepoint } = which;
        let text = ["why", "name", "outcome"].iter().find_map(|name| flat.get(name)?.as_str());
        EventCells {
            run: (&record.run).into(),
            at_secs: event.at_secs,
            event: flat.get("event").and_then(|name| name.as_str()).unwrap_or_default().to_owned().into(),
            combination,
            wells,
            site,
            channel,
            z,
            timepoint,
            step: count("step").map(|step| step as usize + 1),
            images: count("images").or_else(|| count("images_out")).map(|images| images as usize),
            bytes: count("bytes"),
            secs: flat.get("secs").and_then(serde_json::Value::as_f64),
            rss_before_bytes: count("rss_before"),
            rss_after_bytes: count("rss_after"),
            text: text.map(|text| text.to_owned().into()),
        }
    })
}

#[derive(Serialize)]
struct OutputCells<'a> {
    run: SheetText<'a>,
    step: usize,
    step_name: SheetText<'a>,
    well: SheetText<'a>,
    site: Option<u32>,
    channel: Option<u32>,
    z: Option<u32>,
    timepoint: Option<u32>,
    hash: ContentHash,
    path: Option<SheetText<'a>>,
}

fn outputs(record: &RunRecord) -> impl Iterator<Item = OutputCells<'_>> {
    record.outputs.iter().map(|output| {
        let Which { wells: well, site, channel, z, timepoint, .. } = Which::of_image(output.key);
        OutputCells {
            run: (&record.run).into(),
            step: output.step + 1,
            step_name: record.plan.steps.get(output.step).map_or("", String::as_str).into(),
            well,
            site,
            channel,
            z,
            timepoint,
            hash: output.hash,
            path: output.path.as_deref().map(SheetText::from),
        }
    })
}
