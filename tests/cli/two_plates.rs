//! Two plates of one name, and one that was moved.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use stepwell::plate::Likeness;
use stepwell::record::{RunRecord, past_runs};

use super::support::{full_well, open, write_plate};
use super::{json, stepwell, text};

/// A folder of a test without links, as the program writes its path: on Windows not in verbatim form.
fn real(folder: &Path) -> PathBuf {
    let real = folder.canonicalize().expect("a folder");
    let plain = real.to_str().and_then(|text| text.strip_prefix(r"\\?\")).map(PathBuf::from);
    plain.unwrap_or(real)
}

/// Writes a plate whose files are all of one time.
fn write_at(plate: &Path, secs: u64, nanos: u32) {
    std::fs::create_dir_all(plate).expect("writable");
    write_plate(plate, &full_well(2, 2, 2, 1), 16, 16);
    let time = SystemTime::UNIX_EPOCH + Duration::new(secs, nanos);
    for file in std::fs::read_dir(plate).expect("a plate") {
        let file = std::fs::File::options().append(true).open(file.expect("a file").path()).expect("a file");
        file.set_modified(time).expect("a time");
    }
}

fn run(plate: &Path, how: &[&str], out: &Path) {
    let output = stepwell(&[&["run", text(plate), "--out", text(out), "--mode"], how].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Number of runs by folder of a plate.
fn folders(out: &Path) -> Vec<(String, usize)> {
    let mut all: Vec<(String, usize)> = std::fs::read_dir(out)
        .expect("results")
        .map(|folder| {
            let folder = folder.expect("readable");
            let mut runs = 0;
            past_runs(&folder.path(), &mut |run| {
                runs += usize::from(run.is_ok());
                true
            });
            (folder.file_name().into_string().expect("text"), runs)
        })
        .collect();
    all.sort();
    all
}

fn records(out: &Path, folder: &str) -> Vec<(PathBuf, RunRecord)> {
    let mut all = Vec::new();
    past_runs(&out.join(folder), &mut |run| {
        let past = run.expect("a record");
        let run = past.run().expect("a run");
        all.push((run.folder.clone(), run.head.clone()));
        true
    });
    all
}

#[test]
fn plates_of_one_name_are_two_and_a_moved_one_is_the_same() {
    let root = tempfile::tempdir().expect("a folder");
    let at = |name: &str| real(root.path()).join(name.split('/').collect::<PathBuf>());
    let (a, b, out) = (at("A/Plate1"), at("B/Plate1"), at("out"));
    // All that is seen of them is the same but for a part of a second.
    write_at(&a, 1_700_000_000, 500);
    write_at(&b, 1_700_000_000, 700);
    run(&a, &["bulk"], &out);
    run(&b, &["sequential", "--sequential", "channel"], &out);
    run(&a, &["bulk"], &out);
    let named = |name: &str, runs| (name.to_owned(), runs);
    assert_eq!(folders(&out), [named("Plate1", 2), named("Plate1 (2)", 1)]);

    let (of_a, of_b) = (records(&out, "Plate1"), records(&out, "Plate1 (2)"));
    assert_eq!([&of_a[0].1.plate.root, &of_b[0].1.plate.root], [&a, &b]);
    assert_eq!(of_a[0].1.plate.likeness(&of_b[0].1.plate), None);
    assert!(!of_a[0].1.does_the_same_as(&of_b[0].1), "no verdict on two plates");
    let (one, other, report) = (text(&of_a[0].0), text(&of_b[0].0), at("report"));
    let report = json(&stepwell(&["report", one, other, "--out", text(&report), "--json"]));
    assert_eq!(report["verdict"], serde_json::Value::Null);
    // Which runs are offered for which plate.
    for (plate, own, others) in [(&a, &of_a, &of_b), (&b, &of_b, &of_a)] {
        let plate = open(plate).identity();
        assert!(own.iter().all(|(_, run)| run.plate.likeness(&plate) == Some(Likeness::Same)));
        assert!(others.iter().all(|(_, run)| run.plate.likeness(&plate).is_none()));
    }

    // Moved, and copied by something that keeps whole seconds.
    let (moved, copied) = (at("C/Plate1"), at("D/Plate1"));
    std::fs::create_dir(at("C")).expect("writable");
    std::fs::rename(&a, &moved).expect("moved");
    write_at(&copied, 1_700_000_000, 0);
    for plate in [&moved, &copied] {
        let identity = open(plate).identity();
        let likeness = of_a[0].1.plate.likeness(&identity);
        assert_eq!(likeness, Some(Likeness::Moved), "{}", plate.display());
        let note = likeness.and_then(|likeness| likeness.note(&of_a[0].1.plate.root)).expect("it is said");
        assert!(note.contains("Probably of the same plate, moved") && note.contains(text(&a)), "{note}");
    }
    run(&moved, &["bulk"], &out);
    assert_eq!(folders(&out), [named("Plate1", 3), named("Plate1 (2)", 1)]);
    // Written again, it is another one.
    write_at(&a, 1_700_000_900, 500);
    run(&a, &["bulk"], &out);
    assert_eq!(folders(&out), [named("Plate1", 3), named("Plate1 (2)", 1), named("Plate1 (3)", 1)]);
}

#[test]
fn the_folder_of_runs_of_an_earlier_version_is_that_of_their_plate() {
    let root = tempfile::tempdir().expect("a folder");
    let at = |name: &str| real(root.path()).join(name.split('/').collect::<PathBuf>());
    let (plate, other, out) = (at("A/Plate1"), at("B/Plate1"), at("out"));
    write_at(&plate, 1_700_000_000, 0);
    write_at(&other, 1_700_000_500, 0);
    run(&plate, &["bulk"], &out);
    // As an earlier version leaves it.
    std::fs::remove_file(out.join("Plate1/plate.ron")).expect("it says whose results these are");
    let record = records(&out, "Plate1")[0].0.join("record.ron");
    let text = std::fs::read_to_string(&record).expect("text");
    let begin = text.find("fingerprint:").expect("a fingerprint");
    let end = begin + text[begin..].find(")),").expect("its end") + 3;
    std::fs::write(&record, [&text[..begin], &text[end..]].concat()).expect("writable");
    let old = RunRecord::read(&record).expect("a record");
    assert_eq!(old.plate.fingerprint, None);
    assert_eq!(old.plate.likeness(&open(&plate).identity()), Some(Likeness::Same));
    let by_name = old.plate.likeness(&open(&other).identity());
    assert_eq!(by_name, Some(Likeness::Named));
    let note = by_name.and_then(|likeness| likeness.note(&old.plate.root)).expect("it is said");
    assert!(note.contains("Only the name says"), "{note}");

    run(&other, &["bulk"], &out);
    run(&plate, &["bulk"], &out);
    let named = |name: &str, runs| (name.to_owned(), runs);
    assert_eq!(folders(&out), [named("Plate1", 2), named("Plate1 (2)", 1)]);
}

#[test]
fn a_plate_among_the_results_is_no_folder_for_those_of_another() {
    let root = tempfile::tempdir().expect("a folder");
    let out = real(root.path());
    let (open, other) = (out.join("exp 1/Plate1"), out.join("Plate1"));
    write_at(&open, 1_700_000_000, 0);
    write_at(&other, 1_700_000_000, 0);
    let names = |folder: &Path| {
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .expect("readable")
            .map(|one| one.expect("readable").file_name())
            .collect();
        names.sort();
        names
    };
    let before = names(&other);
    for _ in 0..2 {
        run(&open, &["bulk"], &out);
        assert_eq!(names(&other), before, "nothing is written into it");
    }
    assert_eq!(records(&out, "Plate1 (2)").len(), 2);
}
