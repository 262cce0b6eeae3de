//! Tables of nuclei: the same however a run takes its images, and true of the images beside them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use stepwell::cancel::Cancel;
use stepwell::compare::OutputComparison;
use stepwell::demo;
use stepwell::engine::run;
use stepwell::events::{EventKind, Outcome, OutputImage, RunSummary};
use stepwell::image::ImageSource;
use stepwell::pipeline::steps::{Bin, NucleiCount, ZProjection};
use stepwell::pipeline::{KeepImages, PRESETS, PipelineSpec, PipelineStep, Step};
use stepwell::plan::{RunSpec, TableKind};
use stepwell::plate::{Component, Plate, PlateLayout};
use xxhash_rust::xxh3::Xxh3;

use crate::support::{self, open, plan, plates_dir, spec};

fn preset() -> PipelineSpec {
    let preset = PRESETS.iter().find(|preset| preset.name == "Nuclei count").expect("a preset");
    (preset.make)()
}

/// What a run left: its images, its summary, and the text of each table by kind.
struct Done {
    outputs: Vec<OutputImage>,
    summary: RunSummary,
    tables: BTreeMap<TableKind, String>,
}

fn done(source: &Plate, spec: &RunSpec, folder: &Path) -> Done {
    let outputs = Mutex::new(Vec::new());
    let request = support::request(plan(source, spec), folder.to_owned());
    let summary = run(
        &request,
        &|event| match event.kind {
            EventKind::Saved { outputs: saved, .. } => outputs.lock().expect("no panic").extend(saved),
            EventKind::Ended { outcome, why, .. } => assert_eq!(outcome, Outcome::Completed, "{why:?}"),
            _ => {}
        },
        &Cancel::new(),
    );
    let read = |table: &stepwell::events::SavedTable| {
        let text = fs::read_to_string(folder.join(&table.path)).expect("a table");
        let mut hash = Xxh3::new();
        hash.update(text.as_bytes());
        assert_eq!(table.hash, format!("{:032x}", hash.digest128()), "{}", table.path);
        assert_eq!(table.rows, text.lines().count() as u64 - 1, "{}", table.path);
        (table.kind, text)
    };
    let tables = summary.tables.iter().map(read).collect();
    let left = fs::read_dir(folder.join("tables")).expect("a folder").count();
    assert_eq!(left, 2, "no half table");
    Done { outputs: outputs.into_inner().expect("no panic"), summary, tables }
}

/// Both ways of running, and what else varies.
fn ways(pipeline: &PipelineSpec) -> Vec<RunSpec> {
    let way = |components: &[Component], threads, wells_at_once, read_ahead| RunSpec {
        pipeline: pipeline.clone(),
        threads,
        wells_at_once,
        read_ahead,
        ..spec(components)
    };
    vec![
        way(&[], 1, 1, false),
        way(&[], 3, 2, false),
        way(&[Component::Channel], 2, 1, true),
        way(&[Component::Site, Component::Channel], 2, 2, false),
        way(&[Component::Timepoint, Component::Site], 3, 3, true),
    ]
}

/// Runs every way, and holds each against the first. Returns the first.
fn the_same_every_way(source: &Plate, ways: &[RunSpec]) -> Done {
    let mut first: Option<Done> = None;
    for spec in ways {
        let folder = tempfile::tempdir().expect("a folder");
        let this = done(source, spec, folder.path());
        let Some(first) = &first else {
            holds_for_its_images(&this, folder.path());
            first = Some(this);
            continue;
        };
        assert_eq!(first.tables, this.tables, "{:?}", spec.sequential);
        let comparison = OutputComparison::of(&first.outputs, &this.outputs)
            .with_tables(&first.summary.tables, &this.summary.tables);
        assert_eq!(comparison.different, [], "{:?}", spec.sequential);
        assert_eq!(comparison.compared, this.outputs.len() + 2);
    }
    first.expect("at least one way")
}

fn columns(line: &str) -> Vec<&str> {
    line.split(',').collect()
}

/// The key of a row as images have it: `A01_s1_w1_t1`.
fn key_of(row: &[&str]) -> String {
    let part = |letter: &str, value: &str| {
        if value.is_empty() { String::new() } else { format!("_{letter}{value}") }
    };
    let [well, site, channel, z, timepoint] = [row[0], row[1], row[2], row[3], row[4]];
    [well.to_owned(), part("s", site), part("w", channel), part("z", z), part("t", timepoint)].concat()
}

/// Each image that is kept has the objects that the tables say.
fn holds_for_its_images(done: &Done, folder: &Path) {
    let mut areas: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for line in done.tables[&TableKind::Objects].lines().skip(1) {
        let row = columns(line);
        let areas = areas.entry(key_of(&row)).or_default();
        areas.push(row[6].parse().expect("an area"));
        assert_eq!(row[5], areas.len().to_string(), "numbered from 1");
    }
    let images: Vec<String> =
        done.tables[&TableKind::Images].lines().skip(1).map(|line| key_of(&columns(line))).collect();
    let mut outputs: Vec<&OutputImage> = done.outputs.iter().filter(|output| output.path.is_some()).collect();
    outputs.sort_by_key(|output| output.key);
    assert_eq!(images, outputs.iter().map(|output| output.key.to_string()).collect::<Vec<_>>(), "in order");
    for (line, output) in done.tables[&TableKind::Images].lines().skip(1).zip(outputs) {
        let (_, pixels) = ImageSource::file(folder.join(output.path.as_deref().expect("kept")))
            .decode_owned()
            .expect("an image");
        let mut found: Vec<u64> = Vec::new();
        for label in pixels.as_chunks().0.iter().map(|bytes| usize::from(u16::from_ne_bytes(*bytes))) {
            found.resize(found.len().max(label), 0);
            if label > 0 {
                found[label - 1] += 1;
            }
        }
        let told = areas.remove(&output.key.to_string()).unwrap_or_default();
        assert_eq!(found, told, "{}", output.key);
        assert_eq!(columns(line)[5], told.len().to_string(), "{}", output.key);
    }
    assert!(areas.is_empty());
}

fn demo_plate(folder: &Path) -> Plate {
    let layout = PlateLayout {
        wells: 3,
        sites: 2,
        channels: 2,
        planes: 2,
        timepoints: 2,
        width: 160,
        height: 120,
        ..PlateLayout::default()
    };
    open(&demo::write(layout, &folder.join("plate"), &Cancel::new(), &|_, _| ()).expect("writable"))
}

#[test]
fn tables_are_the_same_however_images_are_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = demo_plate(folder.path());
    let first = the_same_every_way(&source, &ways(&preset()));
    assert_eq!(first.tables[&TableKind::Images].lines().count(), 1 + 3 * 2 * 2 * 2);
    assert!(first.tables[&TableKind::Objects].lines().count() > 50, "{}", first.tables[&TableKind::Objects]);
}

#[test]
fn tables_are_written_where_no_images_are_kept_and_in_micrometres_of_binned_pixels() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = demo_plate(folder.path());
    let um = source.pixel_sizes.common().expect("a demo plate tells it").x_um * 2.0;
    let steps = [
        Step::ZProjection(ZProjection::default()),
        Step::Bin(Bin { factor: 2, ..Bin::default() }),
        Step::NucleiCount(NucleiCount { smallest_area_px: 8, ..NucleiCount::default() }),
        // What comes later changes nothing of it.
        Step::Bin(Bin { factor: 2, ..Bin::default() }),
    ];
    let steps = steps.map(|step| PipelineStep { step, keep_images: false });
    let pipeline = PipelineSpec::of(steps.into()).keeping(KeepImages::None);
    let run = folder.path().join("run");
    let done = done(&source, &RunSpec { pipeline, ..spec(&[]) }, &run);
    assert_eq!(done.summary.saved, 0);
    let paths: Vec<_> = done.summary.tables.iter().map(|table| (table.step, table.path.as_str())).collect();
    assert_eq!(paths, [(2, "tables/3-nuclei-objects.csv"), (2, "tables/3-nuclei-images.csv")]);
    let mut rows = 0;
    for line in done.tables[&TableKind::Objects].lines().skip(1) {
        let number = |text: &str| text.parse::<f64>().expect("a number");
        let row = columns(line);
        assert!((number(row[7]) / (number(row[6]) * um * um) - 1.0).abs() < 1e-12, "{line}");
        assert!((number(row[10]) - number(row[8]) * um).abs() < 1e-9, "{line}");
        assert!((number(row[13]) / number(row[6]) - number(row[12])).abs() < 1e-6, "{line}");
        rows += 1;
    }
    assert!(rows > 20, "{rows}");
}

#[test]
fn a_run_that_is_stopped_keeps_the_tables_of_what_was_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = demo_plate(folder.path());
    let spec = RunSpec { pipeline: preset(), ..spec(&[Component::Channel]) };
    let request = support::request(plan(&source, &spec), folder.path().join("run"));
    let cancel = Cancel::new();
    let summary = run(
        &request,
        &|event| match event.kind {
            EventKind::Cleared { combination, .. } if combination.index == 2 => cancel.cancel(),
            EventKind::Ended { outcome, .. } => assert_eq!(outcome, Outcome::Cancelled),
            _ => {}
        },
        &cancel,
    );
    // One well and one channel of the next.
    let images = summary.tables.iter().find(|table| table.kind == TableKind::Images).expect("a table");
    assert_eq!(images.rows, (2 + 1) * 2 * 2);
    let text = fs::read_to_string(folder.path().join("run").join(&images.path)).expect("a table");
    // All numbers have one digit.
    let order = |row: Vec<&str>| [0, 4, 1, 2].map(|column| row[column].to_owned());
    assert!(text.lines().skip(1).map(|line| order(columns(line))).is_sorted());
}

#[test]
fn nuclei_of_real_plates_are_the_same_both_ways() {
    let Some(plates) = plates_dir() else { return };
    let table = [
        "imagexpress-database/1well-3C-2S-Zmix-T",
        "imagexpress-database/SingleChannel",
        "imagexpress-export/9987_Plate_3420",
        "operetta-harmony5",
        "phenix-harmony-v1",
    ];
    for folder in table {
        let source = open(&plates.join(folder));
        let ways = ways(&preset());
        let first = the_same_every_way(&source, &[ways[1].clone(), ways[3].clone()]);
        assert!(first.tables[&TableKind::Objects].lines().count() > 1, "{folder}: nothing was found");
    }
}
