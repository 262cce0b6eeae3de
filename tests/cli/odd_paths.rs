//! Paths that are long or differ little, and names that some systems take for others.

use std::fs;
use std::path::{Path, PathBuf};

use super::support::{full_well, write_plate};
use super::{json, stepwell, text};

#[test]
fn plates_and_results_may_lie_deep() {
    let folder = tempfile::tempdir().expect("a folder");
    // More than the 260 characters that Windows knows as a limit.
    let deep = folder.path().join("a".repeat(100)).join("b".repeat(100)).join("c".repeat(100));
    let (plate, out, into) = (deep.join("plate"), deep.join("results"), deep.join("run"));
    fs::create_dir_all(&plate).expect("writable");
    write_plate(&plate, &full_well(2, 2, 1, 1), 16, 16);
    let scanned = json(&stepwell(&["scan", text(&plate), "--json"]));
    assert_eq!(scanned["images"], 4, "{scanned}");
    let compare = [
        "compare",
        text(&plate),
        "--sequential",
        "channel",
        "--out",
        text(&out),
        "--cache",
        "warm",
        "--json",
    ];
    let compared = stepwell(&compare);
    assert_eq!(compared.status.code(), Some(0), "{compared:?}");
    let compared = json(&compared);
    assert_eq!(compared["outputs"]["identical"], compared["outputs"]["compared"], "{compared}");
    let mode = ["--mode", "bulk", "--into", text(&into)];
    for form in ["tiff", "ome-zarr"] {
        let run = stepwell(&[&["run", text(&plate)], &mode[..], &["--save-as", form]].concat());
        assert_eq!(run.status.code(), Some(0), "{form}: {run:?}");
        assert!(into.join("record.ron").exists());
        let again = stepwell(&["resume", text(&into)]);
        assert_eq!(again.status.code(), Some(0), "{form}: {again:?}");
        fs::remove_dir_all(&into).expect("removable");
    }
    let report = stepwell(&["report", text(&out), "--out", text(&deep.join("report"))]);
    assert_eq!(report.status.code(), Some(0), "{report:?}");
}

#[test]
fn plates_whose_names_differ_by_case_alone_have_each_its_results() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("results");
    for (around, name, sites) in [("one", "Plate", 1), ("other", "plate", 2)] {
        let plate = folder.path().join(around).join(name);
        fs::create_dir_all(&plate).expect("writable");
        write_plate(&plate, &full_well(sites, 1, 1, 1), 16, 16);
        let run = stepwell(&["run", text(&plate), "--mode", "bulk", "--out", text(&out)]);
        assert_eq!(run.status.code(), Some(0), "{run:?}");
    }
    let folders: Vec<_> =
        fs::read_dir(&out).expect("results").flatten().filter(|entry| entry.path().is_dir()).collect();
    assert_eq!(folders.len(), 2, "{folders:?}");
    for folder in folders {
        let runs = fs::read_dir(folder.path()).expect("a folder").flatten();
        assert_eq!(runs.filter(|entry| entry.path().is_dir()).count(), 1, "{folder:?}");
    }
}

#[test]
fn plates_with_names_of_devices_are_read_as_they_stand() {
    are_read_as_they_stand(&["con", "Lpt1.2024", "aux.x"]);
}

#[test]
fn plates_whose_names_end_in_a_point_or_a_blank_are_read_as_they_stand() {
    are_read_as_they_stand(&["aux.", "Plate. ", "plate "]);
}

fn are_read_as_they_stand(names: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let top = to_the_letter(folder.path());
    // Folders of the names without what is at their ends would be read instead.
    for name in names {
        fs::create_dir_all(top.join(name.trim_end_matches(['.', ' ']))).expect("writable");
    }
    for (nth, name) in names.iter().enumerate() {
        let (plate, out) = (top.join(name), folder.path().join(format!("results {nth}")));
        fs::create_dir_all(&plate).expect("writable");
        let given = folder.path().join("written");
        fs::create_dir(&given).expect("writable");
        write_plate(&given, &full_well(2, 1, 1, 1), 16, 16);
        for image in fs::read_dir(&given).expect("a plate") {
            let image = image.expect("readable").path();
            // The ending of a name does not matter to Windows.
            let named = text(&image).rsplit("plate_").next().map(|rest| format!("nul.plate_{rest}"));
            fs::rename(&image, plate.join(named.expect("a name"))).expect("moved");
        }
        fs::remove_dir(&given).expect("empty");
        let scanned = json(&stepwell(&["scan", text(&plate), "--json"]));
        assert_eq!((&scanned["images"], &scanned["name"]), (&2.into(), &(*name).into()), "{scanned}");
        let run = stepwell(&["run", text(&plate), "--mode", "bulk", "--out", text(&out)]);
        assert_eq!(run.status.code(), Some(0), "{name}: {run:?}");
        // What is made of them has names that every system opens.
        let of_plate = fs::read_dir(&out).expect("results").flatten().find(|entry| entry.path().is_dir());
        let of_plate = of_plate.expect("a folder").file_name().into_string().expect("text");
        let plain = name.trim_end_matches(['.', ' ']);
        let is_device = !plain.to_lowercase().starts_with("plate");
        assert_eq!(of_plate, if is_device { format!("plate {plain}") } else { plain.to_owned() });
    }
}

/// The path in the form in which Windows takes all names as they stand; on other systems it does so anyway.
fn to_the_letter(path: &Path) -> PathBuf {
    path.canonicalize().expect("it is there")
}
