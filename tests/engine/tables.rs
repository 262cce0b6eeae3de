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
use stepwell::image::{ContentHash, ImageSource};
use stepwell::pipeline::steps::{Bin, NucleiCount, ZProjection};
use stepwell::pipeline::{KeepImages, PRESETS, PipelineSpec, PipelineStep, Step};
use stepwell::plan::{RunSpec, TableKind};
use stepwell::plate::{Component, ImageKey, Plate, PlateLayout};
use xxhash_rust::xxh3::Xxh3;

use crate::support::{self, full_well, open, plan, plates_dir, spec, write_plate};

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
        assert_eq!(table.hash, ContentHash::from(&hash), "{}", table.path);
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

/// The rows of a table, by the names of its columns.
fn rows(table: &str) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(table.as_bytes()).deserialize().map(|row| row.expect("a row")).collect()
}

/// The key of a row as images have it: `A01_s1_w1_t1`.
fn key_of(row: &BTreeMap<String, String>) -> String {
    let part = |letter: &str, column: &str| match row.get(column) {
        Some(value) => format!("_{letter}{value}"),
        None => String::new(),
    };
    [row["well"].clone(), part("s", "site"), part("w", "channel"), part("z", "z"), part("t", "timepoint")]
        .concat()
}

/// Each image that is kept has the objects that the tables say.
fn holds_for_its_images(done: &Done, folder: &Path) {
    let mut areas: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for row in rows(&done.tables[&TableKind::Objects]) {
        let areas = areas.entry(key_of(&row)).or_default();
        areas.push(row["area_px"].parse().expect("an area"));
        assert_eq!(row["object"], areas.len().to_string(), "numbered from 1");
    }
    let images = rows(&done.tables[&TableKind::Images]);
    let mut outputs: Vec<&OutputImage> = done.outputs.iter().filter(|output| output.path.is_some()).collect();
    outputs.sort_by_key(|output| output.key);
    let keys: Vec<String> = images.iter().map(key_of).collect();
    assert_eq!(keys, outputs.iter().map(|output| output.key.to_string()).collect::<Vec<_>>(), "in order");
    for (row, output) in images.iter().zip(outputs) {
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
        assert_eq!(row["objects"], told.len().to_string(), "{}", output.key);
        assert_eq!(row["why"], "");
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
    let objects = rows(&done.tables[&TableKind::Objects]);
    for row in &objects {
        let number = |column: &str| row[column].parse::<f64>().expect("a number");
        assert!((number("area_um2") / (number("area_px") * um * um) - 1.0).abs() < 1e-12, "{row:?}");
        assert!((number("centroid_x_um") - number("centroid_x_px") * um).abs() < 1e-9, "{row:?}");
        let mean = number("total_intensity") / number("area_px");
        assert!((mean - number("mean_intensity")).abs() < 1e-6, "{row:?}");
    }
    assert!(objects.len() > 20, "{}", objects.len());
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
    let order = |row: &BTreeMap<String, String>| {
        ["well", "timepoint", "site", "channel"].map(|column| row[column].clone())
    };
    assert!(rows(&text).iter().map(order).is_sorted());
}

#[test]
fn each_expected_image_has_a_row_and_tables_join() {
    let folder = tempfile::tempdir().expect("a folder");
    let plate = folder.path().join("plate, 7");
    fs::create_dir(&plate).expect("writable");
    let whole = full_well(2, 2, 2, 1);
    let gone = ["A01_s2_w1_z2_t1", "A01_s1_w2_z1_t1"];
    let mut keys: Vec<_> =
        whole.iter().copied().filter(|key| !gone.contains(&key.to_string().as_str())).collect();
    // A well of which a whole channel is missing, so that no combination has it.
    let of_second = |key: &ImageKey| ImageKey { well: "F02".parse().expect("a well"), ..*key };
    keys.extend(whole.iter().filter(|key| key.channel == Some(1)).map(of_second));
    write_plate(&plate, &keys, 16, 16);
    // One that is there and cannot be read.
    fs::write(plate.join("plate_F02_s1_w1_z1_t1.tif"), b"II*\0 nothing").expect("writable");
    let mut first: Option<Vec<BTreeMap<String, String>>> = None;
    for spec in ways(&preset()) {
        let run = tempfile::tempdir().expect("a folder");
        let source = open(&plate);
        let request = support::request(plan(&source, &spec), run.path().to_owned());
        stepwell::engine::run(&request, &|_| (), &Cancel::new());
        let text = fs::read_to_string(run.path().join("tables/3-nuclei-images.csv")).expect("a table");
        assert!(
            text.starts_with("plate,well,row,column,site,channel,channel_name,timepoint,objects,"),
            "{text}"
        );
        let rows = rows(&text);
        let told: Vec<(String, bool)> =
            rows.iter().map(|row| (key_of(row), row["objects"].is_empty())).collect();
        let expected = [
            ("A01_s1_w1_t1", false),
            ("A01_s1_w2_t1", true),
            ("A01_s2_w1_t1", true),
            ("A01_s2_w2_t1", false),
            ("F02_s1_w1_t1", true),
            ("F02_s1_w2_t1", true),
            ("F02_s2_w1_t1", false),
            ("F02_s2_w2_t1", true),
        ];
        assert_eq!(told, expected.map(|(key, is_empty)| (key.to_owned(), is_empty)), "{:?}", spec.sequential);
        for row in &rows {
            assert_eq!(row["why"].is_empty(), !row["objects"].is_empty(), "{row:?}");
            assert_eq!(
                (&*row["plate"], &*row["channel_name"]),
                ("plate, 7", &*format!("w{}", row["channel"]))
            );
            let place = if row["well"] == "A01" { ("1", "1") } else { ("6", "2") };
            assert_eq!((&*row["row"], &*row["column"]), place);
        }
        let whys: Vec<bool> = rows.iter().map(|row| row["why"].contains("missing")).collect();
        assert_eq!(whys, [false, true, true, false, false, true, false, true]);
        assert_eq!(first.get_or_insert_with(|| rows.clone()), &rows, "{:?}", spec.sequential);
    }
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
