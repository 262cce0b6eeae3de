//! Days on a computer that others use too: limits, hang-ups, full disks, programs that are replaced, runs that are stopped.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::support::{full_well, program, write_plate};
use super::{json, stepwell, text};

/// How long is waited for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A plate, a place for results, and one for all else.
struct Place(tempfile::TempDir);

impl Place {
    /// With a plate of so many sites of images of so many pixels.
    fn with_plate(sites: u32, side: u32) -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        std::fs::create_dir(place.at("plate")).expect("writable");
        write_plate(&place.at("plate"), &full_well(sites, 2, 2, 1), side, side);
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn path(&self, name: &str) -> String {
        text(&self.at(name)).to_owned()
    }

    /// A script of the shell, in which `$0` is the program.
    fn script(&self, script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]).arg(program()).current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    fn sh(&self, script: &str) -> Output {
        self.script(script).output().expect("a shell")
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { all_files(&path) } else { vec![path] }).collect()
}

#[test]
fn results_that_cannot_be_written_to_standard_output_are_an_error_and_a_reader_that_has_gone_is_none() {
    let place = Place::with_plate(1, 16);
    if cfg!(target_os = "linux") {
        for command in ["scan plate", "scan plate --json", "plan plate", "--help", "scan --help", "--version"]
        {
            let output = place.sh(&format!("\"$0\" {command} > /dev/full"));
            assert_eq!(output.status.code(), Some(2), "{command}");
            assert!(
                said(&output).contains("could not be written to standard output"),
                "{command}: {}",
                said(&output)
            );
        }
        let output = place.sh("\"$0\" run plate --out out --mode bulk --json > /dev/full");
        assert!(
            !output.status.success() && said(&output).contains("could not be written"),
            "{}",
            said(&output)
        );
    }
    for command in ["scan plate", "plan plate --json", "--help"] {
        let output = place.sh(&format!("\"$0\" {command} | true"));
        assert_eq!((output.status.code(), said(&output)), (Some(0), String::new()), "{command}");
    }
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_of_the_file_and_leaves_nothing_half() {
    let place = Place::with_plate(1, 256);
    // In blocks of 512 bytes, or of 1024 by some shells: less than one image.
    let output = place.sh("ulimit -f 60; exec \"$0\" run plate --out out --mode bulk --keep-images all");
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    let images = place.at("out");
    assert!(said(&output).contains(".TIF: File too large"), "{}", said(&output));
    let parts: Vec<_> = all_files(&images).into_iter().filter(|path| text(path).ends_with(".part")).collect();
    assert_eq!(parts, Vec::<PathBuf>::new());
}

#[test]
fn a_forecast_is_the_same_where_the_place_for_temporary_files_is_of_no_use() {
    let place = Place::with_plate(2, 64);
    let peaks = |temporary: &str| -> Vec<u64> {
        let output = place.sh(&format!("TMPDIR={temporary} exec \"$0\" plan plate --json"));
        let choices = json(&output)["choices"].as_array().expect("choices").clone();
        choices.iter().map(|choice| choice["peak_rss_bytes"].as_u64().expect("known")).collect()
    };
    let (usual, without) = (peaks("/tmp"), peaks("/not/there"));
    // Resting memory is measured each time, and differs by some pages.
    for (usual, without) in usual.iter().zip(&without) {
        assert!(usual.abs_diff(*without) < 8_000_000, "{usual} {without}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn limits_of_a_process_count_like_those_of_a_container() {
    let place = Place::with_plate(1, 16);
    let memory = |limit: &str| -> u64 {
        let output = place.sh(&format!("{limit} exec \"$0\" run plate --mode bulk --out out --json"));
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let first: Value = serde_json::from_str(told.lines().next().expect("events")).expect("JSON");
        first["machine"]["memory_bytes"]
            .as_u64()
            .unwrap_or_else(|| panic!("{limit}: {told} {}", said(&output)))
    };
    let all = memory("");
    for limit in ["ulimit -v 3000000;", "ulimit -d 3000000;"] {
        let limited = memory(limit);
        assert_eq!(limited, all.min(3_000_000 * 1024), "{limit}");
    }
}

#[test]
fn a_hang_up_that_is_ignored_stays_ignored_and_another_ends_the_run_in_order() {
    for (before, exit) in [("trap '' HUP;", 0), ("", 5)] {
        let place = Place::with_plate(80, 256);
        let script = format!(
            "{before} exec \"$0\" run plate --out out --mode sequential --sequential site --threads 1"
        );
        let mut child =
            place.script(&script).stderr(Stdio::null()).stdout(Stdio::null()).spawn().expect("a shell");
        wait_for("the run", || {
            all_files(&place.at("out")).into_iter().find(|path| path.ends_with("request.ron"))
        });
        signal("HUP", child.id());
        assert_eq!(end_of(&mut child), Some(exit), "{before}");
    }
}

#[test]
fn time_in_which_a_run_was_stopped_is_not_counted() {
    let place = Place::with_plate(80, 256);
    let script = "exec \"$0\" run plate --out out --mode sequential --sequential site --threads 1 --json";
    let child = place.script(script).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a shell");
    wait_for("an image", || {
        all_files(&place.at("out")).into_iter().find(|path| text(path).ends_with(".TIF"))
    });
    // As Ctrl-Z does it: the worker is not stopped, but nobody takes what it tells, and nobody gives it work.
    signal("STOP", child.id());
    let stopped = Instant::now();
    std::thread::sleep(Duration::from_secs(6));
    signal("CONT", child.id());
    let stopped = stopped.elapsed().as_secs_f64();
    let output = child.wait_with_output().expect("its output");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let last: Value = serde_json::from_str(told.lines().last().expect("events")).expect("JSON");
    let secs = |name: &str| last["summary"][name].as_f64().expect("a number");
    assert_eq!(last["outcome"], "completed");
    let phases = secs("preload_secs") + secs("step_secs") + secs("save_secs");
    assert!(phases <= secs("wall_secs") + 0.1, "{phases} in {}", secs("wall_secs"));
    // What it still did is counted, and what is less than can be told from waiting for a disk.
    assert!(secs("paused_secs") > 1.0 && secs("paused_secs") < stopped + 0.5, "{last}");
    assert!(told.contains("That time is not counted"), "{told}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_program_that_is_replaced_still_starts_its_workers() {
    let place = Place::with_plate(4, 128);
    let own = place.at("stepwell");
    std::fs::copy(program(), &own).expect("copied");
    let command = ["compare", "plate", "--out", "out", "--sequential", "site", "--repeat", "3"];
    let mut command_of_own = Command::new(&own);
    command_of_own.args(command).current_dir(place.0.path()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command_of_own.spawn().expect("started");
    wait_for("the first run", || {
        all_files(&place.at("out")).into_iter().find(|path| path.ends_with("request.ron"))
    });
    std::fs::remove_file(&own).expect("removed");
    std::fs::write(&own, "a newer one").expect("written");
    let output = child.wait_with_output().expect("its output");
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn another_users_folder_of_the_plate_is_not_written_into() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::with_plate(1, 16);
    let run =
        || stepwell(&["run", &place.path("plate"), "--out", &place.path("out"), "--mode", "bulk", "--json"]);
    assert!(run().status.success());
    let theirs = place.at("out/plate");
    std::fs::set_permissions(&theirs, std::fs::Permissions::from_mode(0o555)).expect("own");
    if std::fs::write(theirs.join("x"), "").is_ok() {
        // Whoever may do everything cannot be kept out.
        std::fs::remove_file(theirs.join("x")).expect("own");
        return;
    }
    assert!(run().status.success());
    assert!(place.at("out/plate (2)").is_dir());
    let into =
        stepwell(&["run", &place.path("plate"), "--into", text(&theirs.join("mine")), "--mode", "bulk"]);
    assert_eq!(into.status.code(), Some(2), "{}", said(&into));
    assert!(said(&into).contains("choose a folder that you may write to"), "{}", said(&into));
    std::fs::set_permissions(&theirs, std::fs::Permissions::from_mode(0o755)).expect("own");
}

fn signal(name: &str, process: u32) {
    let kill = Command::new("sh").args(["-c", &format!("kill -{name} {process}")]).status();
    assert!(kill.expect("a shell").success());
}

fn end_of(child: &mut Child) -> Option<i32> {
    wait_for("the end", || child.try_wait().expect("a child")).code()
}
