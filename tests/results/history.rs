//! The runs on disk: found, listed without their long lists, and what users say of them.

use std::fs;
use std::path::{Path, PathBuf};

use stepwell::events::Outcome;
use stepwell::plate::WellId;
use stepwell::record::folder::RunFolder;
use stepwell::record::{
    LABEL_FILE, PastRun, RECORD_FILE, RecordError, RunLabel, RunRecord, past_runs, record_files,
};

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
            Ok(past) => runs.push(past.run().expect("a run").clone()),
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

#[test]
fn no_record_hides_the_runs_below_it() {
    for stray in [fs::read_to_string(stored()).expect("text"), "nothing".to_owned()] {
        let root = tempfile::tempdir().expect("a folder");
        let runs = ["1", "2"].map(|name| write_run(root.path(), "Neurites", name));
        let strays = [root.path().join(RECORD_FILE), root.path().join("Neurites").join(RECORD_FILE)];
        for place in &strays {
            fs::write(place, &stray).expect("writable");
        }
        let (found, errors) = found(root.path());
        let is_found = |run: &PathBuf| found.iter().any(|found| found.folder == *run);
        assert!(runs.iter().all(is_found), "{found:?}");
        assert_eq!(found.len() + errors.len(), 4, "the strays are told, too");
        let mut files: Vec<PathBuf> = runs.iter().map(|run| run.join(RECORD_FILE)).collect();
        files.push(strays[1].clone());
        files.sort();
        assert_eq!(record_files(&root.path().join("Neurites"), &mut Vec::new()), files);
    }
}

#[test]
#[cfg(unix)]
fn a_label_takes_the_place_of_a_link_and_no_file_of_another_folder_is_read() {
    use std::os::unix::fs::symlink;
    let root = tempfile::tempdir().expect("a folder");
    let (run, other) = (write_run(root.path(), "Neurites", "1"), write_run(root.path(), "Private", "2"));
    let label = |name: &str| RunLabel { name: name.to_owned(), ..RunLabel::default() };
    label("private").write(&crate::support::place(&other)).expect("writable");
    let precious = fs::read(other.join(LABEL_FILE)).expect("a label");
    // Also under the name that a part of the file might have.
    for name in ["label.ron", "label.ron.part", "label.ron.tmp"] {
        symlink(other.join(LABEL_FILE), run.join(name)).expect("linked");
    }
    assert_eq!(RunLabel::read(&run), RunLabel::default());
    label("own").write(&crate::support::place(&run)).expect("writable");
    assert_eq!(RunLabel::read(&run), label("own"));
    assert!(fs::read(other.join(LABEL_FILE)).expect("a label") == precious);

    fs::remove_file(run.join(RECORD_FILE)).expect("there");
    symlink(other.join(RECORD_FILE), run.join(RECORD_FILE)).expect("linked");
    let error = PastRun::read(&run).expect_err("a link").to_string();
    assert!(error.contains("leads out of the run's folder"), "{error}");
    assert!(matches!(RunRecord::read(&run), Err(RecordError::LeadsOut(_))));
}

#[test]
#[cfg(unix)]
fn links_to_results_are_followed_each_folder_once_and_loops_are_told() {
    use std::os::unix::fs::symlink;
    let root = tempfile::tempdir().expect("a folder");
    let at = |path: &str| root.path().join(path);
    let link = |to: &str, name: &str| symlink(at(to), at(name)).expect("a link");
    write_run(&at("results"), "Neurites", "here");
    write_run(&at("large drive"), "Projection", "there");
    link("large drive/Projection", "results/Projection");
    // Met twice, met without the link, back to itself, to nowhere.
    link("large drive/Projection", "results/Again");
    link("results/Neurites", "results/Also here");
    link("results", "results/Neurites/loop");
    link("not there", "results/dead");
    link("results", "linked");
    for root in ["results", "linked"] {
        let (runs, errors) = found(&at(root));
        let mut names: Vec<&str> = runs.iter().map(|run| run.head.run.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["here", "there"], "{root}");
        let [RecordError::Loop { link, .. }] = &errors[..] else { panic!("{errors:?}") };
        assert!(link.ends_with("Neurites/loop"), "{}", link.display());
        let mut not_followed = Vec::new();
        assert_eq!(record_files(&at(root), &mut not_followed).len(), 2, "{root}");
        assert_eq!(not_followed.len(), 1, "{root}");
    }
    let (runs, _) = found(&at("results/Projection"));
    assert_eq!(runs.len(), 1);
}

#[test]
fn the_folder_of_a_run_of_an_earlier_version_is_read_and_damage_is_told() {
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/run-folder-v1");
    let folder = RunFolder::read(&stored).expect("the stored folder");
    let well: WellId = "A01".parse().expect("a well");
    assert_eq!((folder.wanted(), folder.done()), ([well].into(), [well].into()));
    assert!(folder.undone().is_empty() && !folder.is_going_on());
    let progress = folder.progress_of(well).expect("readable").expect("done");
    assert_eq!((progress.failed, progress.peak_rss_bytes.is_some()), (0, true));
    // Nobody has put it together: it is a run all the same.
    let run = PastRun::read(&stored).expect("readable").expect("a run");
    assert_eq!((run.head.outcome, run.head.stretches.len()), (Outcome::Completed, 1));
    let record = RunRecord::read(&stored).expect("made of its wells");
    assert_eq!(record.outputs.len(), 1);
    assert_eq!(record.combinations().len(), 1);
    assert_eq!(record_files(&stored, &mut Vec::new()), [stored.join("request.ron")]);

    // What is damaged is told, and what cannot be read counts as not done.
    let copied = tempfile::tempdir().expect("a folder");
    for below in ["request.ron", "wells/A01.ron"] {
        let text = fs::read_to_string(stored.join(below)).expect("stored");
        let path = copied.path().join(below);
        fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        for (from, to) in [
            ("version: 1,", "version: 2,"),
            ("version: 1,", "version: -1,"),
            ("threads: 2", "threads: 99999"),
            ("bytes: ", "bytes: 99999999999999999999"),
            ("well: \"A01\"", "well: \"B01\""),
        ] {
            let Some(changed) = text.contains(from).then(|| text.replacen(from, to, 1)) else { continue };
            fs::write(&path, changed).expect("writable");
            let told = match below {
                "request.ron" => RunFolder::read(copied.path()).map(drop).expect_err(to).to_string(),
                _ => RunFolder::read(copied.path())
                    .and_then(|run| run.well(well))
                    .map(drop)
                    .expect_err(to)
                    .to_string(),
            };
            assert!(told.contains(below), "{told}");
        }
        fs::write(&path, text).expect("writable");
    }
    assert!(RunFolder::read(copied.path()).and_then(|run| run.well(well)).expect("whole").is_some());
}
