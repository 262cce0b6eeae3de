//! The program itself, started as a user would, and its worker watched from outside.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// What came of a run.
pub(crate) struct Run {
    pub(crate) events: Vec<Value>,
    pub(crate) summary: Value,
    pub(crate) exit: i32,
    pub(crate) outside: Outside,
}

/// What was seen of the worker from outside of its process.
#[derive(Default)]
pub(crate) struct Outside {
    /// The most resident memory, by its samples and the kernel's high-water mark.
    pub(crate) peak_bytes: u64,
    /// Time that its sampler spent on a processor, and for how long it was watched.
    pub(crate) sampler_secs: f64,
    pub(crate) watched_secs: f64,
}

fn stepwell() -> Command {
    Command::new(env!("CARGO_BIN_EXE_stepwell"))
}

/// Runs a plate with the arguments of `stepwell run`.
pub(crate) fn run(plate: &Path, results: &Path, arguments: &[&str]) -> Run {
    let mut child = stepwell()
        .arg("run")
        .arg(plate)
        .args(["--json", "--out"])
        .arg(results)
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    let is_over = AtomicBool::new(false);
    let (events, outside) = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(child.id(), &is_over));
        let events: Vec<Value> = output
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| serde_json::from_str(&line).ok())
            .collect();
        is_over.store(true, Ordering::Relaxed);
        (events, watcher.join().expect("a watcher"))
    });
    let exit = child.wait().ok().and_then(|status| status.code()).unwrap_or(-1);
    let summary = events.last().map_or(Value::Null, |ended| ended["summary"].clone());
    Run { events, summary, exit, outside }
}

impl Run {
    pub(crate) fn number(&self, field: &str) -> f64 {
        self.summary[field].as_f64().unwrap_or(f64::NAN)
    }

    /// A field of all events of a kind.
    pub(crate) fn of_events(&self, kind: &str, field: &str) -> Vec<f64> {
        let is_kind = |event: &&Value| event["event"] == kind;
        self.events.iter().filter(is_kind).filter_map(|event| event[field].as_f64()).collect()
    }
}

/// What a command took that was watched from outside.
pub(crate) struct Watched {
    pub(crate) secs: f64,
    /// The most resident memory of its own process.
    pub(crate) peak_bytes: u64,
}

/// Runs a command and looks at the memory of its process until it is over.
pub(crate) fn watched(arguments: &[&str]) -> Watched {
    let began = Instant::now();
    let mut child = stepwell()
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut peak_bytes = 0;
    while matches!(child.try_wait(), Ok(None)) {
        peak_bytes = peak_bytes.max(status_bytes(child.id(), "VmHWM:").unwrap_or(0));
        std::thread::sleep(Duration::from_millis(1));
    }
    Watched { secs: began.elapsed().as_secs_f64(), peak_bytes }
}

/// A line of what the system says of a process, in bytes.
fn status_bytes(process: u32, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// One command with JSON on its output.
pub(crate) fn json(arguments: &[&str]) -> Value {
    let output = stepwell().args(arguments).stderr(Stdio::null()).output().expect("the program starts");
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

/// Looks at the worker of a program 200 times a second until it is over.
fn watch(program: u32, is_over: &AtomicBool) -> Outside {
    let mut outside = Outside::default();
    let mut worker = None;
    while !is_over.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(5));
        worker = worker.or_else(|| child_of(program));
        let Some(pid) = worker else { continue };
        match (status_bytes(pid, "VmRSS:"), status_bytes(pid, "VmHWM:")) {
            (Some(now), Some(most)) => outside.peak_bytes = outside.peak_bytes.max(now.max(most)),
            // The worker that measures resting memory is over; another follows.
            _ => worker = None,
        }
        if let Some((spent, alive)) = sampler(pid) {
            (outside.sampler_secs, outside.watched_secs) = (spent, alive);
        }
    }
    outside
}

/// The process that a process has started.
fn child_of(parent: u32) -> Option<u32> {
    let is_child = |pid: &u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status
            .lines()
            .any(|line| line.strip_prefix("PPid:").is_some_and(|of| of.trim() == parent.to_string()))
    };
    let processes = fs::read_dir("/proc").ok()?.flatten();
    processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).find(is_child)
}

/// Seconds that the thread of the worker that samples memory has spent on a processor, and seconds
/// since it began.
fn sampler(worker: u32) -> Option<(f64, f64)> {
    let tasks = fs::read_dir(format!("/proc/{worker}/task")).ok()?.flatten();
    let is_sampler = |task: &fs::DirEntry| {
        fs::read_to_string(task.path().join("comm")).is_ok_and(|name| name.trim() == "memory sampler")
    };
    let task = tasks.into_iter().find(is_sampler)?;
    let spent = fs::read_to_string(task.path().join("schedstat")).ok()?;
    let nanoseconds: f64 = spent.split(' ').next()?.parse().ok()?;
    let began = fs::metadata(task.path()).ok().and_then(|_| {
        // Field 22 of `stat`: ticks of a hundredth of a second after the machine began.
        let stat = fs::read_to_string(task.path().join("stat")).ok()?;
        stat.rsplit(')').next()?.split_whitespace().nth(19)?.parse::<f64>().ok()
    })?;
    let uptime: f64 = fs::read_to_string("/proc/uptime").ok()?.split(' ').next()?.parse().ok()?;
    Some((nanoseconds / 1e9, uptime - began / 100.0))
}

/// The share of a core that a thread takes which does nothing but sleep as long as the sampler does.
pub(crate) fn share_of_waking() -> f64 {
    let began = Instant::now();
    let thread = std::thread::spawn(move || {
        while began.elapsed() < Duration::from_secs(3) {
            std::thread::sleep(Duration::from_millis(9));
        }
        fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default()
    });
    let spent = thread.join().expect("no panic");
    let nanoseconds: f64 = spent.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(f64::NAN);
    nanoseconds / 1e9 / began.elapsed().as_secs_f64()
}
