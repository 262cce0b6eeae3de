//! What only Windows has: drives, devices among names, files that nobody else may open, terminals.

use std::fs::{self, File};
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;

use super::support::{full_well, program, write_plate};
use super::{json, stepwell, text};

#[test]
fn a_plate_is_the_same_however_its_path_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let plate = folder.path().join("Plate");
    fs::create_dir(&plate).expect("writable");
    write_plate(&plate, &full_well(1, 1, 1, 1), 16, 16);
    let verbatim = plate.canonicalize().expect("there");
    let whole = text(&verbatim).strip_prefix(r"\\?\").expect("verbatim");
    let (drive, below) = whole.split_once(':').expect("a drive");
    let inside = json(&stepwell(&["scan", whole, "--json"]));
    assert_eq!(inside["path"], whole);
    for written in [
        text(&verbatim).to_owned(),
        format!("{}:{below}", drive.to_lowercase()),
        whole.replace('\\', "/"),
        format!(r"{whole}\"),
        format!(r"{whole}\..\PLATE"),
        format!("{whole} "),
        format!("{whole}."),
    ] {
        let scanned = json(&stepwell(&["scan", &written, "--json"]));
        assert_eq!(scanned["path"], whole, "{written}");
        let refused = stepwell(&["run", &written, "--mode", "bulk", "--out", &format!("{written}/new")]);
        assert_eq!(refused.status.code(), Some(2), "{written}: {refused:?}");
    }
    // From the folder that is open on the drive.
    let mut command = Command::new(program());
    command.args(["scan", &format!("{drive}:Plate"), "--json"]).current_dir(folder.path());
    assert_eq!(json(&command.output().expect("it starts"))["path"], whole);
}

#[test]
fn a_plate_on_a_computer_in_the_network_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 1, 1, 1), 16, 16);
    let whole = folder.path().canonicalize().expect("there");
    let whole = text(&whole).strip_prefix(r"\\?\").expect("verbatim").replacen(':', "$", 1);
    let there = format!(r"\\localhost\{whole}");
    let scanned = json(&stepwell(&["scan", &there, "--json"]));
    assert_eq!((&scanned["images"], &scanned["path"]), (&1.into(), &there.as_str().into()), "{scanned}");
    let out = format!(r"{there}\..\results of {}", std::process::id());
    let run = stepwell(&["run", &there, "--mode", "bulk", "--out", &out]);
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    fs::remove_dir_all(out).expect("removable");
}

#[test]
fn devices_are_no_plates_and_no_folders() {
    let folder = tempfile::tempdir().expect("a folder");
    let plate = folder.path().join("plate");
    fs::create_dir(&plate).expect("writable");
    write_plate(&plate, &full_well(1, 1, 1, 1), 16, 16);
    let plate = text(&plate);
    let table: &[(&[&str], &[i32])] = &[
        (&["scan", "NUL"], &[3]),
        (&["scan", r"\\.\NUL"], &[3]),
        (&["scan", "COM1"], &[3]),
        (&["run", plate, "--mode", "bulk", "--out", "NUL"], &[2, 3]),
        (&["run", plate, "--mode", "bulk", "--into", r"NUL\run"], &[2, 3]),
        (&["run", plate, "--mode", "bulk", "--out", "AUX.results"], &[2, 3]),
        (&["demo", "NUL"], &[2, 3]),
        (&["resume", "NUL"], &[3]),
        (&["run", plate, "--mode", "bulk", "--pipeline", "NUL"], &[2]),
    ];
    for (arguments, codes) in table {
        let mut command = Command::new(program());
        let output = command.args(*arguments).current_dir(folder.path()).output().expect("it starts");
        let code = output.status.code().unwrap_or(-1);
        assert!(codes.contains(&code), "{arguments:?}: {code}: {output:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn an_image_that_is_open_elsewhere_costs_its_results_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let plate = folder.path().join("plate");
    fs::create_dir(&plate).expect("writable");
    write_plate(&plate, &full_well(3, 1, 1, 1), 16, 16);
    let name = "plate_A01_s2_w1_z1_t1.tif";
    let alone = |path: &Path| File::options().read(true).write(true).share_mode(0).open(path).expect("there");
    let into = folder.path().join("run");
    let held = alone(&plate.join(name));
    let run = ["run", text(&plate), "--mode", "bulk", "--into", text(&into), "--json"];
    let output = stepwell(&run);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let ended = said.lines().last().expect("a line");
    assert!(ended.contains(name) && ended.contains("\"completed\""), "{ended}");
    assert_eq!(said.matches("\"ImageFailed\"").count(), 1, "{said}");
    drop(held);
    // What was missing is made when it can be read.
    let again = stepwell(&["resume", text(&into)]);
    assert_eq!(again.status.code(), Some(1), "what was done stays done: {again:?}");
    fs::remove_dir_all(&into).expect("nothing is open any more");
    assert_eq!(stepwell(&run).status.code(), Some(0));
    // A result that somebody looks at does not stop the wells from being put together, and is told.
    let held = alone(&into.join("record.ron"));
    let merged = stepwell(&["merge", text(&into)]);
    assert_ne!(merged.status.code(), Some(0), "{merged:?}");
    assert!(!merged.stderr.is_empty());
    drop(held);
    let merged = stepwell(&["merge", text(&into)]);
    assert_eq!(merged.status.code(), Some(0), "{merged:?}");
}

#[test]
fn what_is_called_from_a_command_interpreter_goes_where_it_is_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = format!(
        "@echo off\r\n\"{0}\" --version > told.txt\r\n\"{0}\" scan nowhere 2> error.txt\r\nexit /b %ERRORLEVEL%\r\n",
        std::path::absolute(program()).expect("a path").display()
    );
    fs::write(folder.path().join("lines.bat"), lines).expect("writable");
    let called = Command::new("cmd").args(["/c", "lines.bat"]).current_dir(folder.path()).output();
    let called = called.expect("it starts");
    assert_eq!(called.status.code(), Some(3), "{called:?}");
    let told = |name: &str| fs::read_to_string(folder.path().join(name)).expect("written");
    assert!(told("told.txt").contains(env!("CARGO_PKG_VERSION")), "{}", told("told.txt"));
    assert!(told("error.txt").contains("nowhere"), "{}", told("error.txt"));
}
