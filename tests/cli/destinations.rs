//! Nothing is written into a plate folder, whatever a command is told.

use std::path::{Path, PathBuf};

use super::support::{full_well, write_plate};
use super::{stepwell, text};

/// All that lies in a folder, with sizes.
fn listing(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        all.push((path.clone(), path.metadata().map_or(0, |facts| facts.len())));
        if path.is_dir() {
            all.extend(listing(&path));
        }
    }
    all.sort();
    all
}

#[test]
fn no_command_writes_into_a_plate() {
    let root = tempfile::tempdir().expect("a folder");
    let at = |name: &str| root.path().join(name);
    for plate in ["plate", "other"] {
        std::fs::create_dir(at(plate)).expect("writable");
        write_plate(&at(plate), &full_well(2, 1, 2, 1), 32, 32);
    }
    let out = at("results");
    let run = stepwell(&["run", text(&at("plate")), "--mode", "bulk", "--out", text(&out)]);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let record = std::fs::read_dir(out.join("plate")).expect("results").find_map(|run| {
        let record = run.expect("readable").path().join("record.ron");
        record.is_file().then_some(record)
    });
    let record = record.expect("a record");
    let result = record.with_file_name("images").join("2-z-max");
    std::fs::create_dir(at("demo")).expect("writable");
    let demo = stepwell(&["demo", text(&at("demo")), "--size", "16x16", "--sites", "1", "--planes", "1"]);
    assert_eq!(demo.status.code(), Some(0), "{}", String::from_utf8_lossy(&demo.stderr));
    #[cfg(unix)]
    std::os::unix::fs::symlink(at("plate"), at("link")).expect("linked");
    #[cfg(not(unix))]
    std::fs::create_dir(at("link")).expect("writable");

    let plate = at("plate");
    let (plate, record) = (text(&plate), text(&record));
    let run = ["run", plate, "--mode", "bulk", "--out"];
    let compare = ["compare", plate, "--sequential", "site", "--out"];
    let picture = ["plan", plate, "--picture"];
    let what_if = ["plan", "--channels", "2", "--size", "64x64", "--picture"];
    let report = ["report", record, "--out"];
    let table: &[(&[&str], PathBuf)] = &[
        (&picture, at("plate/f.png")),
        (&picture, at("plate/new/f.svg")),
        (&picture, at("other/f.png")),
        (&picture, at("plate/../other/f.png")),
        (&picture, result.join("f.png")),
        (&what_if, at("other/new/f.svg")),
        (&["demo"], at("plate/new")),
        (&["demo"], at("plate/new/../new")),
        (&["demo"], at("demo/TimePoint_1/new")),
        (&["demo"], result.join("new")),
        (&run, at("plate")),
        (&run, at("plate/results")),
        (&run, at("other/results")),
        (&run, result.join("results")),
        (&compare, at("other/new")),
        (&report, at("plate/report")),
        (&report, at("other/report")),
        (&report, result.join("report")),
        #[cfg(unix)]
        (&picture, at("link/f.png")),
        #[cfg(unix)]
        (&["demo"], at("link/new")),
        #[cfg(unix)]
        (&run, at("link/results")),
    ];
    let before = listing(root.path());
    for (arguments, destination) in table {
        let output = stepwell(&[arguments, [text(destination)].as_slice()].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        let shown = format!("{arguments:?} {}: {said}", destination.display());
        assert_eq!(output.status.code(), Some(2), "{shown}");
        assert!(said.contains("in the plate folder") && said.contains("never written to"), "{shown}");
        assert_eq!(listing(root.path()), before, "{shown}");
    }
    // Beside plates is well.
    for (arguments, destination) in [
        (picture.as_slice(), at("plate/../f.png")),
        (what_if.as_slice(), at("new/f.svg")),
        (report.as_slice(), at("report")),
        (["demo", "--size", "16x16"].as_slice(), at("demo")),
        (run.as_slice(), at("results")),
    ] {
        let output = stepwell(&[arguments, [text(&destination)].as_slice()].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?} {}: {said}", destination.display());
    }
}
