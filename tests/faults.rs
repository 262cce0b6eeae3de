//! What happens when a worker is killed or stopped, or its host is killed. Alone in a file, because it
//! stops and kills the children of its own process, and tests of one file share one.
#![cfg(target_os = "linux")]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use stepwell::cancel::Cancel;
use stepwell::engine::{RunRequest, run_in_worker};
use stepwell::events::{Event, EventKind, Outcome};
use stepwell::pipeline::steps::MedianFilter;
use stepwell::pipeline::{PipelineSpec, PipelineStep, Step};
use stepwell::plate::Component;
use stepwell::record::RunRecord;

use support::{full_well, in_time, open, plan, program, spec, write_plate};

/// Tests here look for the workers that this process has started, so they take turns.
static TURN: Mutex<()> = Mutex::new(());

/// What the system says of a process; nothing where it is gone.
fn status_of(pid: u32, field: &str) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    Some(status.lines().find_map(|line| line.strip_prefix(field))?.trim().to_owned())
}

/// Whether a process is over, also where nobody has asked how it ended.
fn is_over(pid: u32) -> bool {
    status_of(pid, "State:").is_none_or(|state| state.starts_with(['Z', 'X']))
}

/// Process ids of the children of a process.
fn children_of(parent: u32) -> Vec<u32> {
    std::fs::read_dir("/proc")
        .expect("Linux")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| status_of(*pid, "PPid:") == Some(parent.to_string()))
        .collect()
}

fn children() -> Vec<u32> {
    children_of(std::process::id())
}

/// Sends a signal with the shell's own command, because a small system has no other.
fn signal(signal: &str, pid: u32) {
    let kill = format!("kill -{signal} {pid}");
    assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success(), "{kill}");
}

/// Looks again and again until it is so; a minute is far more than it takes.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < until, "still not so: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_worker_that_is_stopped_is_killed_when_its_run_is_cancelled() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(4, 2, 3, 1), 64, 64);
    let plan = plan(&open(folder.path()), &spec(&[Component::Channel]));
    let request = support::request(plan, results.path().join("run"));
    let before = children();
    let stopped = Arc::new(Mutex::new(Vec::new()));
    let run = {
        let stopped = Arc::clone(&stopped);
        move || {
            let cancel = Cancel::new();
            let sink = |event: Event| {
                if matches!(event.kind, EventKind::Preloaded { .. }) && !cancel.is_cancelled() {
                    for child in children().into_iter().filter(|child| !before.contains(child)) {
                        signal("STOP", child);
                        wait_until("stopped", || {
                            status_of(child, "State:").is_some_and(|s| s.starts_with('T'))
                        });
                        stopped.lock().expect("no panic").push(child);
                    }
                    cancel.cancel();
                }
            };
            run_in_worker(&program(), &request, &sink, &cancel)
        }
    };
    let record = in_time("a stopped worker", run).expect("no panic");
    assert_eq!(record.outcome, Outcome::Cancelled);
    assert_eq!(record.why.as_deref(), Some("It was cancelled; what was saved is kept."));
    let stopped = stopped.lock().expect("no panic").clone();
    assert_eq!(stopped.len(), 1, "{stopped:?}");
    assert!(is_over(stopped[0]));
    assert_eq!(RunRecord::read(&results.path().join("run")).expect("a record").outcome, Outcome::Cancelled);
}

#[test]
fn a_host_that_is_killed_leaves_no_worker_behind() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(8, 1, 1, 1), 1024, 1024);
    // Minutes of work, so that a worker that goes on is seen to do so.
    let filter = Step::MedianFilter(MedianFilter { radius_px: 25 });
    let step = PipelineStep { step: filter, keep_images: false };
    let pipeline = PipelineSpec::of(vec![step; 60]);
    // A stopped worker cannot see by itself that its host is gone.
    for is_stopped in [false, true] {
        let results = tempfile::tempdir().expect("a folder");
        let file = results.path().join("slow.ron");
        stepwell::pipeline::file::write(&support::place(&file), &pipeline).expect("writable");
        let mut host = Command::new(program())
            .args(["run", "--mode", "bulk", "--json", "--pipeline"])
            .arg(&file)
            .arg("--out")
            .arg(results.path().join("out"))
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let mut lines = BufReader::new(host.stdout.take().expect("a pipe")).lines();
        let begun = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("\"StepStarted\"")));
        begun.expect("a step begins").expect("readable");
        let workers = children_of(host.id());
        assert_eq!(workers.len(), 1, "{workers:?}");
        if is_stopped {
            signal("STOP", workers[0]);
        }
        host.kill().expect("it runs");
        host.wait().expect("it is over");
        wait_until(&format!("the worker (stopped: {is_stopped}) is over"), || is_over(workers[0]));
    }
}

#[test]
fn a_worker_that_is_killed_leaves_a_record_and_a_sentence() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(20, 4, 5, 1), 256, 256);
    let plate = open(folder.path());
    let request = support::request(plan(&plate, &spec(&[Component::Channel])), results.path().join("run"));
    let before = children();
    let events = Mutex::new(Vec::new());
    let record = run_in_worker(
        &program(),
        &request,
        &|event| {
            if matches!(&event.kind, EventKind::Saved { combination, .. } if combination.index == 0) {
                // Stopped first, so that it cannot be done before the signal that counts arrives.
                for child in children().into_iter().filter(|child| !before.contains(child)) {
                    signal("STOP", child);
                    signal("KILL", child);
                }
            }
            events.lock().expect("no panic").push(event);
        },
        &Cancel::new(),
    );
    let events = events.into_inner().expect("no panic");
    assert_eq!(record.outcome, Outcome::Failed);
    let why = record.why.as_deref().unwrap_or_default();
    assert!(why.contains("SIGKILL") && why.contains("Memory last seen"), "{why}");
    assert!(matches!(events.last().map(|event| &event.kind), Some(EventKind::Ended { .. })));
    let stored = RunRecord::read(&request.folder).expect("a record");
    assert_eq!(stored.outcome, Outcome::Failed);
    assert_eq!(stored.summary.record.as_deref(), Some(request.folder.join("record.ron").as_path()));
    let kept = request.folder.join("images/2-z-max");
    let images = std::fs::read_dir(kept.join("TimePoint_1")).expect("kept");
    let whole = images.filter(|image| {
        image.as_ref().is_ok_and(|image| image.path().extension().is_some_and(|extension| extension == "TIF"))
    });
    assert!(whole.count() >= 20, "the first channel was saved");
    // What was saved is described all the same, and what was not is named.
    let names = std::fs::read_dir(&kept).expect("kept").map(|entry| entry.expect("an entry").path());
    let companion = names.into_iter().find(|path| path.to_string_lossy().ends_with(".companion.ome"));
    let text = std::fs::read_to_string(companion.expect("a companion")).expect("text");
    assert_eq!(text.matches("<TiffData").count(), stored.outputs.len());
    assert!(text.contains("not saved: the run ended before") && text.trim_end().ends_with("</OME>"));

    // And the next run works.
    let again = RunRequest { folder: results.path().join("again"), ..request };
    assert_eq!(run_in_worker(&program(), &again, &|_| (), &Cancel::new()).outcome, Outcome::Completed);
}
