//! Reports and tables: what they say is what the runs were, read back from what was written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use serde_json::Value;
use stepwell::compare::{Comparison, FilesState, ModeResult, OutputComparison};
use stepwell::events::{OutputImage, RunSummary};
use stepwell::image::{Compression, ImageFormat, ImageRef, PixelType, write_tiff};
use stepwell::plate::{Component, ImageKey};
use stepwell::record::{RunRecord, record_files, settings_of};

use crate::support::{full_well, place, program, write_plate};

type Row = BTreeMap<String, String>;

fn stepwell(arguments: &[&str]) -> Value {
    let output = Command::new(program()).args(arguments).arg("--json").output().expect("the program starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).expect("a table");
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

fn number<T: std::str::FromStr>(row: &Row, name: &str) -> Option<T> {
    row.get(name).unwrap_or_else(|| panic!("no column {name}")).parse().ok()
}

/// A comparison of a small plate, and its report.
fn reported(folder: &Path, repeat: &str) -> (PathBuf, PathBuf, Value) {
    let [plate, results, report] = ["plate", "results", "report"].map(|name| folder.join(name));
    std::fs::create_dir(&plate).expect("writable");
    write_plate(&plate, &full_well(3, 2, 2, 1), 96, 64);
    let [plate, results_text, report_text] =
        [&plate, &results, &report].map(|path| path.to_str().expect("UTF-8"));
    stepwell(&["compare", plate, "--sequential", "channel", "--out", results_text, "--repeat", repeat]);
    let runs = results.join("plate");
    let said = stepwell(&["report", runs.to_str().expect("UTF-8"), "--out", report_text]);
    assert!(!results_text.is_empty());
    (runs, report, said)
}

#[test]
fn the_verdict_follows_from_the_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, report, said) = reported(folder.path(), "1");
    let [runs, combinations, samples, events, outputs] =
        ["runs", "combinations", "samples", "events", "outputs"]
            .map(|name| rows(&report.join(format!("{name}.csv"))));
    let of_run = |rows: &[Row], run: &str| -> Vec<Row> {
        rows.iter().filter(|row| row["run"] == run).cloned().collect()
    };
    let side = |mode: &str| -> (ModeResult, Vec<OutputImage>) {
        let row = runs.iter().find(|row| row["mode"] == mode).expect("a run of each mode");
        let run = &row["run"];
        let (combinations, samples) = (of_run(&combinations, run), of_run(&samples, run));
        let peaks = combinations.iter().filter_map(|row| number::<u64>(row, "rss_peak_bytes"));
        let sampled = samples.iter().filter_map(|row| number::<u64>(row, "rss_bytes"));
        let times = of_run(&events, run).into_iter().filter_map(|row| number::<f64>(&row, "at_secs"));
        let sum =
            |name: &str| combinations.iter().filter_map(|row| number::<usize>(row, name)).sum::<usize>();
        let summary = RunSummary {
            images: sum("images"),
            combinations: combinations.len(),
            images_at_once: combinations.iter().filter_map(|row| number(row, "images")).max().unwrap_or(0),
            baseline_rss_bytes: number(row, "resting_rss_bytes"),
            peak_rss_bytes: peaks.chain(sampled).chain(number(row, "resting_rss_bytes")).max(),
            wall_secs: number(row, "wall_secs").expect("a time"),
            ..RunSummary::default()
        };
        // And the tables agree with one another.
        assert_eq!(number(row, "images"), Some(summary.images), "{mode}");
        assert_eq!(number(row, "combinations"), Some(summary.combinations), "{mode}");
        assert_eq!(number(row, "peak_rss_bytes"), summary.peak_rss_bytes, "{mode}");
        let last = times.fold(0.0, f64::max);
        assert!((last - summary.wall_secs).abs() < 0.01, "{mode}: {last} and {}", summary.wall_secs);
        let output = |row: &Row| {
            let mut key = ImageKey::new(row["well"].parse().expect("a well"), 1, 1, 1, 1);
            for component in Component::ALL {
                key = key.with(component, number(row, component.name()));
            }
            let step = number::<usize>(row, "step").expect("a step") - 1;
            OutputImage {
                step,
                key,
                hash: row["hash"].parse().expect("a hash"),
                path: None,
                plane: None,
                in_colour: false,
                bytes: 0,
                format: None,
                position: None,
                acquired: None,
            }
        };
        let outputs = of_run(&outputs, run).iter().map(output).collect();
        (ModeResult::Ran(Box::new(summary)), outputs)
    };
    let ((bulk, made), (sequential, made_in_turn)) = (side("bulk"), side("sequential"));
    assert_eq!(made.len(), 6);
    let budget = number(&runs[0], "budget_bytes");
    let mut comparison = Comparison::of(bulk, sequential, vec![Component::Channel], budget);
    let outputs = OutputComparison::of(&made, &made_in_turn);
    // The report has read their files again.
    comparison.outputs = Some(OutputComparison { files: FilesState::Written, ..outputs });
    assert_eq!(Value::from(comparison.verdict().sentence), said["verdict"]);
}

#[test]
fn a_report_is_one_file_with_all_that_it_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    let (runs, report, said) = reported(folder.path(), "2");
    assert_eq!(said["records"], 4);
    let page = std::fs::read_to_string(report.join("report.html")).expect("a report");
    // Nothing is fetched: no address but those that hold their data, and the name of SVG.
    for (at, _) in page.match_indices("://") {
        let address = &page[at.saturating_sub(8)..(at + 20).min(page.len())];
        assert!(address.contains("http://www.w3.org"), "{address}");
    }
    for attribute in ["src=\"", "href=\""] {
        for (at, _) in page.match_indices(attribute) {
            let value = &page[at + attribute.len()..][..5];
            assert_eq!(value, "data:", "{attribute}");
        }
    }
    let verdict = said["verdict"].as_str().expect("a verdict");
    assert!(page.contains(verdict), "{verdict}");
    assert!(page.contains("sequential_components=[SequentialComponents.CHANNEL]"));
    assert!(page.contains("4 runs"), "the heading counts them");
    assert_eq!(page.matches("data:image/png;base64,").count(), 6);
    // The records inside are those on the disk.
    let files = record_files(&runs, &mut Vec::new());
    assert_eq!(files.len(), 4);
    let packed: Vec<&str> = page
        .split("data:application/gzip;base64,")
        .skip(1)
        .map(|rest| &rest[..rest.find('"').expect("the end of an address")])
        .collect();
    assert_eq!(packed.len(), files.len());
    let inside: Vec<Vec<u8>> = packed.iter().map(|text| unpacked(text)).collect();
    for file in &files {
        let record = std::fs::read(file).expect("a record");
        assert!(inside.contains(&record), "{}", file.display());
    }
    // The chart is a picture by itself too.
    let svg = std::fs::read_to_string(report.join("memory.svg")).expect("a chart");
    assert!(svg.starts_with("<svg ") && svg.contains("<text "), "text stays text");
    assert!(!svg.contains("<script"), "a picture runs nothing");
}

fn unpacked(text: &str) -> Vec<u8> {
    let packed = base64::engine::general_purpose::STANDARD.decode(text).expect("base64");
    // A gzip file ends with the size of what it holds.
    let size = u32::from_le_bytes(packed[packed.len() - 4..].try_into().expect("four bytes"));
    let mut bytes = vec![0; size as usize];
    libdeflater::Decompressor::new().gzip_decompress(&packed, &mut bytes).expect("gzip");
    bytes
}

#[test]
fn runs_of_one_comparison_are_put_together_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (runs, ..) = reported(folder.path(), "2");
    let records: Vec<RunRecord> = record_files(&runs, &mut Vec::new())
        .iter()
        .map(|file| RunRecord::read(file).expect("a record"))
        .collect();
    let records: Vec<&RunRecord> = records.iter().collect();
    let comparison = Comparison::of_records(&records).expect("a comparison");
    assert_eq!(comparison.rounds.len(), 2);
    assert!(comparison.rounds.iter().all(|round| round.peak_ratio.is_some()), "{:?}", comparison.rounds);
    assert_eq!(comparison.outputs.as_ref().map(|outputs| outputs.identical), Some(6));
    assert_eq!(comparison.sequential_components, [Component::Channel]);
    assert!(comparison.budget_bytes.is_some());
    // One way only is none.
    assert_eq!(Comparison::of_records(&records[..0]), None);
    let bulk: Vec<&RunRecord> =
        records.iter().copied().filter(|record| record.sequential().is_empty()).collect();
    assert_eq!(Comparison::of_records(&bulk), None);
    let rows = settings_of(&records);
    let differing: Vec<&str> = rows.iter().filter(|row| row.differs()).map(|row| row.name.as_ref()).collect();
    assert_eq!(differing[..2], ["Run", "Taken"], "{differing:?}");
}

#[test]
fn a_report_is_never_written_into_the_plate() {
    let folder = tempfile::tempdir().expect("a folder");
    let (runs, ..) = reported(folder.path(), "1");
    let plate = folder.path().join("plate");
    let files = || std::fs::read_dir(&plate).expect("the plate").count();
    let before = files();
    let output = Command::new(program())
        .args([&"report".into(), &runs, &"--out".into(), &plate.join("report")])
        .output()
        .expect("the program starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("never written to"), "{error}");
    assert_eq!(files(), before);
}

#[test]
fn what_is_no_record_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("record.ron"), "(version: 99)").expect("writable");
    let out = folder.path().join("report");
    for (path, said) in
        [(folder.path().to_owned(), "use a newer Stepwell"), (folder.path().join("none"), "none")]
    {
        let output = Command::new(program())
            .args([&"report".into(), &path, &"--out".into(), &out])
            .output()
            .expect("the program starts");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{error}");
        assert!(error.contains(said), "{error}");
    }
    assert!(!out.exists());
}

#[test]
fn results_that_were_replaced_are_named_and_not_called_identical() {
    let folder = tempfile::tempdir().expect("a folder");
    let (runs, report, said) = reported(folder.path(), "1");
    assert_eq!(
        (&said["files_checked"], &said["files_changed"]),
        (&Value::from(12), &Value::Array(Vec::new()))
    );
    let verdict = |said: &Value| said["verdict"].as_str().expect("a verdict").to_owned();
    assert!(verdict(&said).contains("All 6 results are identical."), "{said}");
    let records: Vec<RunRecord> = record_files(&runs, &mut Vec::new())
        .iter()
        .map(|file| RunRecord::read(file).expect("a record"))
        .collect();
    // From the records alone nobody knows what the files are now.
    let known = Comparison::of_records(&records.iter().collect::<Vec<_>>()).expect("a comparison");
    let sentence = known.verdict().sentence;
    assert!(sentence.contains("All 6 results were identical when the runs ended."), "{sentence}");

    let files = |record: &RunRecord| -> Vec<PathBuf> {
        let folder = record.summary.record.as_deref().and_then(Path::parent).expect("a folder").to_owned();
        record.outputs.iter().map(|output| folder.join(output.path.as_deref().expect("kept"))).collect()
    };
    let of_first = files(&records[0]);
    std::fs::copy(&of_first[1], &of_first[0]).expect("replaced");
    std::fs::remove_file(&of_first[2]).expect("removed");
    let report_text = report.to_str().expect("UTF-8");
    let said = stepwell(&["report", runs.to_str().expect("UTF-8"), "--out", report_text]);
    let changed = said["files_changed"].as_array().expect("a list");
    let run = records[0].run.as_str();
    let expected = [
        (records[0].outputs[0].key.to_string(), "was changed after the run"),
        (records[0].outputs[2].key.to_string(), "cannot be read any more"),
    ];
    assert_eq!(changed.len(), expected.len(), "{changed:?}");
    for (changed, (name, why)) in changed.iter().zip(&expected) {
        assert_eq!((&changed["run"], &changed["file"]), (&Value::from(run), &Value::from(name.as_str())));
        assert!(changed["why"].as_str().is_some_and(|text| text.starts_with(why)), "{changed}");
    }
    let sentence = verdict(&said);
    let then =
        "All 6 results were identical when the runs ended. 2 of 12 files are no longer what was written: ";
    assert!(
        sentence.contains(&format!("{then}{} of {run} was changed after the run", expected[0].0)),
        "{sentence}"
    );
    assert!(!sentence.contains("are identical"), "{sentence}");
    let page = std::fs::read_to_string(report.join("report.html")).expect("a report");
    assert!(page.contains("2 of 12 files are no longer what was written"));
    assert!(page.contains(&format!("<td class=\"words\">{}</td>", expected[0].0)), "it is named");
    // And where one run is reported by itself.
    let record = records[0].summary.record.as_deref().and_then(Path::to_str).expect("UTF-8");
    let said = stepwell(&["report", record, "--out", report_text]);
    assert_eq!(said["files_changed"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_report_names_the_images_of_which_something_is_to_be_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let [plate, results, report] = ["plate", "results", "report"].map(|name| folder.path().join(name));
    std::fs::create_dir(&plate).expect("writable");
    let format = ImageFormat::grey(8, 8, PixelType::U8);
    // All of one grey level: nothing can be stretched.
    let image = ImageRef { format, bytes: &[7; 64] };
    write_tiff(&place(&plate.join("P_A01_s1_w1.tif")), image, Compression::None, None).expect("writable");
    let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let said = stepwell(&["compare", &text(&plate), "--sequential", "channel", "--out", &text(&results)]);
    assert_eq!(said["outputs"]["identical"], 1);
    stepwell(&["report", &text(&results.join("plate")), "--out", &text(&report)]);
    let page = std::fs::read_to_string(report.join("report.html")).expect("a report");
    let note =
        "1 image has equal percentiles: what is above them became white, all else black (A01_s1_w1_z1_t1).";
    assert!(page.contains("Notes on the images") && page.contains(note), "{page}");
}
