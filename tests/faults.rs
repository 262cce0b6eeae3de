//! What happens when the worker is killed. Alone in its file, because it kills the children of its
//! own process, and tests of one file share one.
#![cfg(target_os = "linux")]

mod support;

use std::sync::Mutex;

use stepwell::cancel::Cancel;
use stepwell::engine::{RunRequest, run_in_worker};
use stepwell::events::{EventKind, Outcome};
use stepwell::plate::Component;
use stepwell::record::RunRecord;

use support::{full_well, open, plan, program, spec, write_plate};

/// Process ids of this process's children.
fn children() -> Vec<u32> {
    let own = std::process::id();
    let parent_of = |status: &str| -> Option<u32> {
        status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
    };
    std::fs::read_dir("/proc")
        .expect("Linux")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            parent_of(&status) == Some(own)
        })
        .collect()
}

#[test]
fn a_worker_that_is_killed_leaves_a_record_and_a_sentence() {
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
                for child in children().iter().filter(|child| !before.contains(child)) {
                    for signal in ["-STOP", "-KILL"] {
                        // The shell's own, because a small system has no other.
                        let kill = format!("kill {signal} {child}");
                        let killed = std::process::Command::new("sh").args(["-c", &kill]).status();
                        assert!(killed.expect("a shell").success());
                    }
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
    let images = std::fs::read_dir(request.folder.join("images/2-z-max")).expect("kept");
    let whole = images.filter(|image| {
        image.as_ref().is_ok_and(|image| image.path().extension().is_some_and(|extension| extension == "TIF"))
    });
    assert!(whole.count() >= 20, "the first channel was saved");

    // And the next run works.
    let again = RunRequest { folder: results.path().join("again"), ..request };
    assert_eq!(run_in_worker(&program(), &again, &|_| (), &Cancel::new()).outcome, Outcome::Completed);
}
