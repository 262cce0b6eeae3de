//! The runs on disk: found, listed without their long lists, and what users say of them.

use std::fs;
use std::path::{Path, PathBuf};

use stepwell::record::{LABEL_FILE, PastRun, RECORD_FILE, RecordError, RunLabel, RunRecord, past_runs};

/// A record that an earlier version wrote.
fn stored() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/record-v1.ron")
}

/// Writes the record of a run of this name into `root/plate/name`; its folder.
fn write_run(root: &Path, plate: &str, name: &str) -> PathBuf {
    let mut record = RunRecord::read(&stored()).expect("the stored record");
    name.clone_into(&mut record.run);
    plate.clone_into(&mut record.plate.name);
    let folder = root.join(plate).join(name);
    record.write(&crate::support::place(&folder)).expect("writable");
    folder
}

fn found(root: &Path) -> (Vec<PastRun>, Vec<RecordError>) {
    let (mut runs, mut errors) = (Vec::new(), Vec::new());
    past_runs(root, &mut |run| {
        match run {
            Ok(run) => runs.push(run),
            Err(error) => errors.push(error),
        }
        true
    });
    (runs, errors)
}

#[test]
fn runs_are_found_from_the_folders_around_them() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    let older = write_run(root, "Neurites", "2026-11-20 10.00.00 bulk");
    let newer = write_run(root, "Neurites", "2026-11-21 10.00.00 bulk");
    let other = write_run(root, "Projection", "2026-11-19 10.00.00 bulk");
    fs::create_dir_all(root.join("Neurites/notes/of mine/deeper")).expect("writable");
    fs::write(root.join("Neurites/readme.txt"), "no run").expect("writable");
    for (place, wanted) in [
        (root.to_owned(), vec![&other, &newer, &older]),
        (root.join("Neurites"), vec![&newer, &older]),
        (newer.clone(), vec![&newer]),
        (root.join("Neurites/notes"), vec![]),
        (root.join("not there"), vec![]),
        (root.join("Neurites/readme.txt"), vec![]),
    ] {
        let (runs, errors) = found(&place);
        let folders: Vec<&PathBuf> = runs.iter().map(|run| &run.folder).collect();
        assert_eq!(folders, wanted, "{}", place.display());
        assert!(errors.is_empty(), "{errors:?}");
        for run in &runs {
            assert_eq!(run.head.summary.record, Some(run.folder.join(RECORD_FILE)));
        }
    }
    // It stops as soon as no one listens.
    let mut told = 0;
    past_runs(root, &mut |_| {
        told += 1;
        false
    });
    assert_eq!(told, 1);
}

#[test]
fn a_broken_record_is_an_error_of_that_run_alone() {
    let root = tempfile::tempdir().expect("a folder");
    let whole = write_run(root.path(), "Neurites", "1");
    let text = fs::read_to_string(whole.join(RECORD_FILE)).expect("the record");
    let (head, _) = text.split_once("    summary:").expect("a summary");
    for (name, bytes) in [
        ("cut", head.as_bytes().to_vec()),
        ("empty", Vec::new()),
        ("not text", vec![0xff, 0xfe, 0x00, 0x80]),
        ("newer", text.replacen("version: ", "version: 9", 1).into_bytes()),
    ] {
        let folder = root.path().join("Neurites").join(name);
        fs::create_dir_all(&folder).expect("writable");
        fs::write(folder.join(RECORD_FILE), bytes).expect("writable");
        let error = PastRun::read(&folder).expect_err(name).to_string();
        assert!(error.contains(&folder.join(RECORD_FILE).display().to_string()), "{name}: {error}");
    }
    let (runs, errors) = found(root.path());
    assert_eq!(runs.iter().map(|run| &run.folder).collect::<Vec<_>>(), [&whole]);
    assert_eq!(errors.len(), 4, "{errors:?}");
    assert!(errors.iter().any(|error| matches!(error, RecordError::TooNew { .. })), "{errors:?}");
}

#[test]
fn a_moved_folder_is_found_where_it_is() {
    let root = tempfile::tempdir().expect("a folder");
    let before = write_run(root.path(), "Neurites", "run");
    let after = root.path().join("Archive");
    fs::create_dir(&after).expect("writable");
    let after = after.join("a name of its own");
    fs::rename(&before, &after).expect("moved");
    let (runs, _) = found(root.path());
    let [run] = runs.as_slice() else { panic!("one run: {runs:?}") };
    assert_eq!(run.folder, after);
    assert_eq!(run.head.run, "run");
    let path = Some(after.join(RECORD_FILE));
    assert_eq!(run.head.summary.record, path);
    assert_eq!(RunRecord::read(&after).expect("the record").summary.record, path);
}

#[test]
fn the_head_is_the_record_without_its_lists() {
    let root = tempfile::tempdir().expect("a folder");
    let mut odd = RunRecord::read(&stored()).expect("the stored record");
    odd.why = Some("first\n    outputs: [\r\n    events: [\n)\"".to_owned());
    odd.plate.name = "plate\n    outputs: x".to_owned();
    let odd_path = odd.write(&crate::support::place(&root.path().join("odd"))).expect("writable");
    let text = fs::read_to_string(stored()).expect("text");
    let windows = root.path().join("windows.ron");
    fs::write(&windows, text.replace('\n', "\r\n")).expect("writable");
    // Written by something else, all in one line.
    let flat = root.path().join("flat.ron");
    fs::write(&flat, ron::to_string(&odd).expect("RON")).expect("writable");
    for path in [stored(), odd_path, windows, flat] {
        let whole = RunRecord::read(&path).expect("a record");
        assert!(!whole.outputs.is_empty() && !whole.events.is_empty() && !whole.samples.is_empty());
        let head = RunRecord::read_head(&path).expect("a head");
        let without = RunRecord { outputs: Vec::new(), events: Vec::new(), samples: Vec::new(), ..whole };
        assert_eq!(head, without, "{}", path.display());
    }
}

#[test]
fn a_label_is_kept_beside_the_record() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = write_run(root.path(), "Neurites", "run");
    assert_eq!(RunLabel::read(&folder), RunLabel::default());
    let label = RunLabel {
        name: "Before the \"new\" lamp – µ".to_owned(),
        note: "two\nlines".to_owned(),
        is_pinned: true,
    };
    label.write(&crate::support::place(&folder)).expect("writable");
    assert_eq!(RunLabel::read(&folder), label);
    assert_eq!(found(root.path()).0[0].label, label);
    let mut names: Vec<_> = fs::read_dir(&folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    assert_eq!(names, [LABEL_FILE, RECORD_FILE]);
    // What a later version adds does no harm; what is no label says nothing.
    for (text, wanted) in [
        ("(name: \"x\", stars: 3)", RunLabel { name: "x".to_owned(), ..RunLabel::default() }),
        ("(note: \"y\")", RunLabel { note: "y".to_owned(), ..RunLabel::default() }),
        ("nonsense", RunLabel::default()),
        ("", RunLabel::default()),
    ] {
        fs::write(folder.join(LABEL_FILE), text).expect("writable");
        assert_eq!(RunLabel::read(&folder), wanted, "{text}");
        assert_eq!(found(root.path()).0.len(), 1);
    }
    let gone = root.path().join("gone");
    let error = label.write(&crate::support::place(&gone)).expect_err("no folder").to_string();
    assert!(error.contains("gone"), "{error}");
    assert!(!gone.exists());
}
