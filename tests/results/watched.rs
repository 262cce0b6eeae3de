//! Watched programs among the results: their records on disk, in the chart, in tables, and deleted again.

use std::fs;
use std::path::{Path, PathBuf};

use stepwell::chart::{Chart, ChartRun, MarkerKind, Measure};
use stepwell::record::{Accounted, AnyRecord, RunId, RunRecord, record_files};
use stepwell::watch::{
    Moment, MomentKind, OUTPUT_LOG_FILE, Origin, WATCHED_FILE, WatchedEnd, WatchedError, WatchedRecord,
    WatchedSample,
};

use crate::support::place;

fn stored() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/watched-v1.ron")
}

fn sample(at_secs: f64, rss: u64, largest: u64) -> WatchedSample {
    WatchedSample { at_secs, rss: Some(rss), pss: None, largest: Some(largest), processes: Some(2) }
}

fn moment(at_secs: f64, kind: MomentKind, said: &str) -> Moment {
    Moment { at_secs, kind, said: said.to_owned() }
}

fn record() -> WatchedRecord {
    let mut record = WatchedRecord::new(vec!["/usr/bin/tool".to_owned(), "a b".to_owned()], Origin::Started);
    record.end = WatchedEnd::Killed { signal: 9, for_memory: true };
    record.secs = Some(4.0);
    for (at, rss, largest) in [(0.0, 100, 100), (1.0, 500, 300), (2.0, 900, 800), (3.0, 200, 150)] {
        record.keep(sample(at, rss, largest));
    }
    let step = |name: &str| MomentKind::StepStarted { name: name.to_owned() };
    let preloaded =
        |images| MomentKind::Preloaded { images: Some(images), combination: Some("DAPI".to_owned()) };
    record.moments = vec![
        moment(0.5, preloaded(54), "Saved 54 files"),
        moment(0.6, preloaded(6), "Saved 6 files"),
        moment(0.8, step("blur"), "blur"),
        moment(1.5, step("count"), "count"),
        moment(1.9, MomentKind::StepDone { name: "count".to_owned(), secs: None }, "count done"),
        moment(2.5, MomentKind::Cleared { images: None, combination: None }, "Cleared"),
        moment(2.6, MomentKind::Mark, "now"),
    ];
    record
}

#[test]
fn a_record_comes_back_as_it_was_written_and_its_head_without_lists() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut written = record();
    written.write(&place(folder.path())).expect("writable");
    let read = WatchedRecord::read(folder.path()).expect("a record");
    assert_eq!(read, written);
    assert_eq!(read.summary.images_at_once, Some(60), "all that was read before the clear");
    let head = WatchedRecord::read_head(folder.path()).expect("a head");
    assert_eq!(head, WatchedRecord { samples: Vec::new(), moments: Vec::new(), ..written });
    // One of an earlier version, as it was written then.
    let stored = WatchedRecord::read(&stored()).expect("a record");
    assert_eq!(
        (stored.title().as_str(), stored.samples.len(), stored.moments.len()),
        ("both spellings", 8, 3)
    );
    assert_eq!(stored.summary.images_at_once, Some(54));
}

#[test]
fn what_is_no_record_is_told() {
    let text = fs::read_to_string(stored()).expect("text");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(WATCHED_FILE);
    let table = [
        (text.replace("version: 1,", "version: 2,"), "a record of version 2, this Stepwell reads up to 1"),
        (text[..text.len() / 2].to_owned(), "not a record of a watched program"),
        (text.replace("at_secs: 0.130813537", "at_secs: NaN"), "at_secs is NaN, which no run reaches"),
        (text.replace("at_secs: 0.130813537", "at_secs: -1.0"), "at_secs is -1, which no run reaches"),
        (
            text.replace("rss: Some(1667072)", "rss: Some(18446744073709551615)"),
            "rss is 18446744073709551615",
        ),
        (String::new(), "not a record of a watched program"),
    ];
    for (text, expected) in table {
        fs::write(&path, &text).expect("writable");
        let why = WatchedRecord::read(folder.path()).expect_err(expected).to_string();
        assert!(why.contains(expected) && why.contains(WATCHED_FILE), "{why}");
    }
    let too_new = text.replace("version: 1,", "version: 99, later: true,");
    fs::write(&path, too_new).expect("writable");
    assert!(matches!(WatchedRecord::read_head(folder.path()), Err(WatchedError::TooNew { version: 99, .. })));
}

#[test]
fn times_that_go_back_are_put_in_order_and_many_samples_keep_their_extremes() {
    let mut record = record();
    record.samples.reverse();
    record.moments.reverse();
    for nth in 0..250_000_u64 {
        let rss = if nth == 77_777 { 1_000_000 } else { 1_000 + nth % 7 };
        record.keep(sample(10.0 + nth as f64, rss, if nth == 99_999 { 5_000 } else { 500 }));
    }
    record.settle();
    assert!(record.samples.len() <= 100_000, "{}", record.samples.len());
    assert!(record.samples.is_sorted_by(|a, b| a.at_secs <= b.at_secs));
    assert!(record.moments.is_sorted_by(|a, b| a.at_secs <= b.at_secs));
    let summary = record.summary;
    assert_eq!((summary.peak_rss_bytes, summary.peak_largest_bytes), (Some(1_000_000), Some(5_000)));
}

#[test]
fn the_chart_has_its_memory_its_steps_and_its_marks() {
    let record = record();
    let run = ChartRun::of_watched(RunId::new(1), &record, false);
    assert_eq!((run.mode, run.title.as_str()), (None, "tool 'a b'"));
    let peak = |measure| run.peak(measure).map(|peak| (peak.at_secs, peak.bytes));
    assert_eq!(peak(Measure::Rss), Some((2.0, 900)));
    assert_eq!(peak(Measure::Largest), Some((2.0, 800)));
    assert_eq!(peak(Measure::Counted), None, "nobody counts its pixels");
    let markers: Vec<_> = run.markers().iter().map(|marker| (marker.kind, marker.at_secs)).collect();
    let expected = [
        (MarkerKind::Preload, 0.5),
        (MarkerKind::Preload, 0.6),
        (MarkerKind::Clear, 2.5),
        (MarkerKind::Mark, 2.6),
    ];
    assert_eq!(markers, expected);
    let bands: Vec<_> =
        run.bands().iter().map(|band| (band.name.as_str(), band.from_secs, band.to_secs)).collect();
    assert_eq!(bands, [("blur", 0.8, 1.5), ("count", 1.5, 1.9)]);
    let doing = [0.7, 1.0, 1.7, 2.2].map(|at| run.doing_at(at));
    assert_eq!(doing, ["", "blur", "count", ""]);
    // Beside a run of Stepwell, each with its own second line.
    let own = RunRecord::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/record-v1.ron"))
        .expect("a record");
    let mut chart = Chart::of_records(&[&own]);
    chart.runs.push(run);
    let text = chart.summary_text();
    assert!(text.contains("tool 'a b': peak 900 B"), "{text}");
    let readings = chart.read_at(2.0, stepwell::chart::ChartOptions::default());
    let watched = readings.iter().find(|reading| reading.run == 1).expect("it was there");
    assert_eq!((watched.rss_bytes, watched.second_bytes), (Some(900), Some(800)));
}

#[test]
fn it_is_found_beside_runs_and_deleted_with_all_that_it_wrote() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("Watched programs/one");
    fs::create_dir_all(&folder).expect("writable");
    record().write(&place(&folder)).expect("writable");
    fs::write(folder.join(OUTPUT_LOG_FILE), "0.1 out: hello\n").expect("writable");
    assert_eq!(record_files(root.path(), &mut Vec::new()), [folder.join(WATCHED_FILE)]);
    let read = AnyRecord::read(&folder).expect("a record");
    assert!(matches!(&read, AnyRecord::Watched(record) if record.folder.as_ref() == Some(&folder)));
    let whole = Accounted::read(&folder).expect("its own");
    assert_eq!((whole.goes, whole.going, whole.staying), (vec![folder.clone()], 2, 0));
    fs::write(folder.join("mine.txt"), "precious").expect("writable");
    let part = Accounted::read(&folder).expect("its own");
    let goes = [OUTPUT_LOG_FILE, WATCHED_FILE].map(|name| folder.join(name));
    assert_eq!((part.goes.as_slice(), part.stays), (&goes[..], vec!["mine.txt".to_owned()]));
}
