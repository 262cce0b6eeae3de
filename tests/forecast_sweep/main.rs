//! Forecast against outcome: plans of many kinds, each in a fresh worker that is watched from outside. Memory is asserted;
//! time is reported, since what else the machine does is no fault of the forecast.
//! `cargo test --test forecast_sweep -- --nocapture` prints the table.

#![allow(clippy::print_stdout)] // the table

mod courses;
mod pairs;
mod plans;
#[path = "../support/mod.rs"]
mod support;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use stepwell::cancel::Cancel;
use stepwell::compare::Spread;
use stepwell::engine::{measure, run_in_worker};
use stepwell::events::{Event, Outcome, RunSummary};
use stepwell::machine::Machine;
use stepwell::plan::{Plan, SecsRange, allowed_bytes};
use stepwell::quantity::bytes_text;

use courses::Courses;
use plans::Planned;
use support::{program, request};

/// The most resident memory of the worker that this process has started, seen from here until all is
/// over; `None` where the system does not show it.
fn watch(is_over: &AtomicBool) -> Option<u64> {
    let of = |pid: &str, field: &str| -> Option<String> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(field))?;
        Some(line.split_whitespace().next()?.to_owned())
    };
    // Until it has become the worker, a process that is started is a copy of this one.
    let program = program().canonicalize().ok();
    let is_worker = |pid: &str| std::fs::read_link(format!("/proc/{pid}/exe")).ok() == program;
    let own = std::process::id().to_string();
    let mut worker: Option<String> = None;
    let mut most = None;
    while !is_over.load(Ordering::Relaxed) {
        if let Some(pid) = &worker {
            let kilobytes: Option<u64> = of(pid, "VmRSS:").and_then(|text| text.parse().ok());
            most = most.max(kilobytes.map(|kilobytes| kilobytes * 1024));
        } else {
            let processes = std::fs::read_dir("/proc").ok()?.flatten();
            worker = processes
                .filter_map(|entry| entry.file_name().into_string().ok())
                .filter(|pid| pid.parse::<u32>().is_ok() && of(pid, "PPid:").as_ref() == Some(&own))
                .find(|pid| is_worker(pid));
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    most
}

fn watched_run(plan: Plan, folder: PathBuf) -> (RunSummary, Option<u64>, Vec<Event>) {
    let request = request(plan, folder);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let outside = scope.spawn(|| watch(&is_over));
        let events = Mutex::new(Vec::new());
        let sink = |event| events.lock().expect("no panic").push(event);
        let record = run_in_worker(&program(), &request, &sink, &Cancel::new());
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(record.outcome, Outcome::Completed, "{:?}", record.why);
        (record.summary, outside.join().expect("no panic"), events.into_inner().expect("no panic"))
    })
}

/// How the times of runs lie to what was expected of them.
#[derive(Default)]
struct Times {
    /// Of each run, what it took in middles of its range, the width of that, and whether it was within.
    ratios: Vec<(f64, f64, bool)>,
    unknown: usize,
    on_a_busy_machine: usize,
}

impl Times {
    fn add(&mut self, expected: Option<SecsRange>, took: f64, is_busy: bool) {
        match expected {
            Some(secs) => {
                let is_within = (secs.low..=secs.high).contains(&took);
                self.ratios.push((took / secs.middle(), secs.high / secs.low, is_within));
            }
            None => self.unknown += 1,
        }
        self.on_a_busy_machine += usize::from(is_busy);
    }

    fn report(&self) {
        let count = self.ratios.len();
        let within = self.ratios.iter().filter(|(.., is_within)| *is_within).count();
        let narrow = self.ratios.iter().filter(|(_, width, _)| *width <= 3.0 + 1e-9).count();
        let spread = Spread::of(self.ratios.iter().map(|(ratio, ..)| *ratio));
        println!("time: {within} of {count} outcomes within their range, {narrow} ranges at most 3 x wide");
        if let Some(Spread { median, least, most, .. }) = spread {
            println!("time: outcome / middle of the range {median:.2} ({least:.2} to {most:.2})");
        }
        println!("time: {} unknown, {} tried on a busy machine", self.unknown, self.on_a_busy_machine);
    }
}

#[test]
fn no_run_needs_more_than_was_forecast() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    let plans = plans::plans(folder.path());
    assert!(plans.len() >= 42, "{}", plans.len());
    println!(
        "| plan | counted: forecast | peak | scratch: forecast | peak | RSS: forecast | peak | from outside | time: \
         forecast | took |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let (mut wrong, mut times, mut courses) = (Vec::new(), Times::default(), Courses::default());
    let machine = Machine::read();
    courses.allowed_bytes = allowed_bytes(machine.processors.unwrap_or(machine.cores));
    for (number, planned) in plans.into_iter().enumerate() {
        let Planned { name, plan, without_reading_ahead_bytes } = planned;
        let trial = measure(&program(), &plan, None, None, &Cancel::new());
        let rest = trial.resting_rss_bytes;
        let forecast = plan.forecast.with_resting(rest);
        let expected = trial.paces.expected(&plan.work());
        let threads = plan.spec.threads;
        let (summary, outside, events) = watched_run(plan.clone(), results.path().join(number.to_string()));
        courses.add(&name, &plan, &events);
        let text = |bytes: Option<u64>| bytes.map_or("unknown".to_owned(), bytes_text);
        let secs =
            expected.map_or("unknown".to_owned(), |secs| format!("{:.3} to {:.3} s", secs.low, secs.high));
        times.add(expected, summary.wall_secs, trial.paces.note().is_some());
        println!(
            "| {name} | {} | {} | {} | {} | {} | {} | {} | {secs} | {:.3} s |",
            bytes_text(forecast.counted_bytes),
            bytes_text(summary.peak_counted_bytes),
            bytes_text(forecast.buffer_bytes),
            bytes_text(summary.peak_scratch_bytes),
            text(forecast.rss_bytes),
            text(summary.peak_rss_bytes),
            text(outside),
            summary.wall_secs
        );
        let counted = summary.peak_counted_bytes;
        // The record holds what was forecast before the run.
        assert_eq!(summary.forecast_counted_bytes, forecast.counted_bytes, "{name}");
        if counted > forecast.counted_bytes || counted * 100 < forecast.counted_bytes * 95 {
            wrong.push(format!("{name}: counted {counted} against {}", forecast.counted_bytes));
        }
        if summary.peak_scratch_bytes > forecast.buffer_bytes {
            let (taken, allowed) = (summary.peak_scratch_bytes, forecast.buffer_bytes);
            wrong.push(format!("{name}: scratch {taken} against {allowed}"));
        }
        if cfg!(target_os = "linux") {
            assert!(outside.is_some() && rest.is_some(), "{name}: nothing was seen of the worker");
        }
        // A bound that is far from the truth is of no use: of what comes on top of rest, most is needed.
        // (Of small plans scratch is the larger part, which threads need not fill at once.)
        if let (Some(peak), Some(rest), 1..=2) = (outside, rest, threads) {
            let (taken, allowed) = (peak.saturating_sub(rest), without_reading_ahead_bytes);
            if allowed > 25_000_000 && taken * 10 < allowed * 7 {
                wrong.push(format!("{name}: took {taken} of {allowed}"));
            }
        }
        for forecast in [forecast.rss_bytes, summary.forecast_rss_bytes].into_iter().flatten() {
            let most = forecast + forecast * 3 / 100 + 4_000_000;
            for (who, peak) in [("its record", summary.peak_rss_bytes), ("outside", outside)] {
                if peak.is_some_and(|peak| peak > most) {
                    wrong.push(format!("{name}: {peak:?} by {who} against {forecast}"));
                }
            }
        }
    }
    times.report();
    println!(
        "course: {} runs, {} points compared, {} wrong; largest distance: counted {}, RSS {}; RSS above at most {}",
        courses.runs,
        courses.points,
        courses.wrong.len(),
        bytes_text(courses.counted_bytes),
        bytes_text(courses.rss_bytes),
        bytes_text(courses.rss_above_bytes)
    );
    wrong.append(&mut courses.wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
