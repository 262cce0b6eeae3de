//! What never ends by itself: pipes and devices in the place of files, and what does not answer.
#![cfg(unix)]

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use stepwell::events::Outcome;
use stepwell::record::past_runs;

use super::support::{full_well, program, write_plate};
use super::{json, text};

/// How long is waited for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

fn make_pipe(path: &Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o644), 0).expect("writable");
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

fn end_of(child: &mut Child, what: &str) -> ExitStatus {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return status;
        }
        if began.elapsed() > PATIENCE {
            drop(child.kill());
            panic!("{what} did not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What a command says, where it comes to an end.
fn ended(arguments: &[&str]) -> Output {
    let command = Command::new(program())
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = command.expect("the program starts");
    end_of(&mut child, &format!("{arguments:?}"));
    child.wait_with_output().expect("its output")
}

/// The shell's own, because a small system has no other.
fn signal(name: &str, process: u32) {
    let kill = Command::new("sh").args(["-c", &format!("kill -{name} {process}")]).status();
    assert!(kill.expect("a shell").success());
}

#[test]
fn a_pipe_or_a_device_in_the_place_of_a_file_is_told_and_not_opened() {
    let root = tempfile::tempdir().expect("a folder");
    let at = |name: &str| root.path().join(name);
    let make = |name: &str| {
        std::fs::create_dir(at(name)).expect("writable");
        write_plate(&at(name), &full_well(2, 1, 2, 1), 16, 16);
    };
    make("images");
    make_pipe(&at("images/plate_A01_s3_w1_z1_t1.tif"));
    std::os::unix::fs::symlink("/dev/zero", at("images/plate_A01_s3_w1_z2_t1.tif")).expect("linked");
    make("index");
    make_pipe(&at("index/plate.HTD"));
    make_pipe(&at("index/Index.xml"));
    for (plate, files) in [
        ("images", ["plate_A01_s3_w1_z1_t1.tif", "plate_A01_s3_w1_z2_t1.tif"]),
        ("index", ["Index.xml", "plate.HTD"]),
    ] {
        let plate = at(plate);
        let scan = json(&ended(&["scan", text(&plate), "--json"]));
        assert_eq!(scan["images"], 4, "{scan}");
        let issues: Vec<(&str, &str)> = scan["issues"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|issue| Some((issue["path"].as_str()?, issue["why"].as_str()?)))
            .collect();
        for file in files {
            let path = plate.join(file);
            let why = issues.iter().find(|(of, _)| *of == text(&path)).map(|(_, why)| *why);
            let what = if file.contains("z2") { "a device" } else { "a pipe" };
            assert_eq!(
                why,
                Some(format!("this is {what}, not a file, so it was skipped").as_str()),
                "{scan}"
            );
        }
        let plan = ended(&["plan", text(&plate), "--json"]);
        assert_eq!(plan.status.code(), Some(0), "{}", String::from_utf8_lossy(&plan.stderr));
        let run = ended(&["run", text(&plate), "--mode", "bulk", "--out", text(&at("results"))]);
        assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    }

    let (pipe, run, plate) = (at("pipe"), at("run"), at("index"));
    make_pipe(&pipe);
    std::fs::create_dir(&run).expect("writable");
    make_pipe(&run.join("record.ron"));
    let (pipe, run, plate) = (text(&pipe), text(&run), text(&plate));
    let report = at("report");
    for (arguments, code) in [
        (["plan", plate, "--pipeline", pipe].as_slice(), 2),
        (&["run", plate, "--mode", "bulk", "--pipeline", pipe], 2),
        (&["report", pipe, "--out", text(&report)], 3),
        (&["report", run, "--out", text(&report)], 3),
    ] {
        let output = ended(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains("this is a pipe, not a file"), "{arguments:?}: {said}");
    }
}

/// A command that has filled the pipe that nobody reads, and waits for ever.
fn blocked(plate: &Path) -> Child {
    let child = Command::new(program())
        .args(["scan", text(plate), "--images", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let child = child.expect("the program starts");
    let out = child.stdout.as_ref().expect("a pipe");
    let mut before = None;
    wait_for("a full pipe", || {
        let bytes = rustix::io::ioctl_fionread(out).expect("a pipe");
        let is_full = bytes >= 4096 && before == Some(bytes);
        before = Some(bytes);
        is_full.then_some(())
    });
    child
}

#[test]
fn a_signal_ends_a_command_that_waits_for_what_does_not_answer() {
    let plate = tempfile::tempdir().expect("a folder");
    // More than a pipe takes.
    write_plate(plate.path(), &full_well(800, 1, 1, 1), 1, 1);
    for signals in [["TERM"].as_slice(), &["INT"], &["TERM", "TERM"]] {
        let mut child = blocked(plate.path());
        for name in signals {
            signal(name, child.id());
        }
        let status = end_of(&mut child, &format!("scan after {signals:?}"));
        assert_eq!(status.code(), Some(5), "{signals:?}: {status}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_signal_ends_a_run_whose_worker_does_not_answer_and_its_record_says_so() {
    let root = tempfile::tempdir().expect("a folder");
    let (plate, results) = (root.path().join("plate"), root.path().join("results"));
    std::fs::create_dir(&plate).expect("writable");
    write_plate(&plate, &full_well(100, 1, 2, 1), 256, 256);
    let child = Command::new(program())
        .args(["run", text(&plate), "--mode", "sequential", "--sequential", "site", "--json", "--out"])
        .arg(&results)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.expect("the program starts");
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().expect("a pipe")));
    let first: Value = serde_json::from_str(&lines.next().expect("a line").expect("text")).expect("JSON");
    assert_eq!(first["event"], "Started");
    // The worker in whose memory the run is, if that is not over yet.
    let worker = format!("/proc/{0}/task/{0}/children", child.id());
    let worker = std::fs::read_to_string(worker).expect("Linux");
    let worker: u32 = worker.trim().parse().expect("one worker, which is at work");
    signal("STOP", worker);
    signal("TERM", child.id());
    // What is said after that is read, so that nothing waits for it.
    lines.for_each(drop);
    assert_eq!(end_of(&mut child, "the run").code(), Some(5));
    assert!(!Path::new(&format!("/proc/{worker}")).exists(), "the worker is gone");
    let mut outcomes = Vec::new();
    past_runs(&results, &mut |run| {
        outcomes.push(run.expect("a record").run().expect("a run").head.outcome);
        true
    });
    assert_eq!(outcomes, [Outcome::Cancelled]);
}
