//! What the system really has in use, as a control group of its own counts it, against resident
//! memory: pages given back out of huge pages leave the one and not the other.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr, clippy::print_stdout)] // a test that is skipped says so; the child tells its stages

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use stepwell::image::{ImageFormat, PixelType};
use stepwell::memory::{Probe, Store};
use stepwell::plan::{AfterClear, Intermediates};

/// Tells the child which images to store: width, height and number.
const CHILD: &str = "STEPWELL_TEST_CGROUP_CHILD";

/// A control group of memory that goes when it is dropped.
struct Group {
    folder: PathBuf,
    usage: &'static str,
    limit: &'static str,
}

impl Group {
    /// Version 1 or 2, whichever this machine has and lets us make.
    fn new(name: &str) -> Option<Self> {
        let name = format!("stepwell-test-{}-{name}", std::process::id());
        let versions = [
            ("/sys/fs/cgroup/memory", "memory.usage_in_bytes", "memory.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.current", "memory.max"),
        ];
        versions.into_iter().find_map(|(root, usage, limit)| {
            let folder = Path::new(root).join(&name);
            if !Path::new(root).join("cgroup.procs").exists() {
                return None;
            }
            fs::create_dir(&folder).ok()?;
            let group = Self { folder, usage, limit };
            group.usage_bytes().map(|_| group)
        })
    }

    fn take_in(&self, child: &Child) -> bool {
        fs::write(self.folder.join("cgroup.procs"), child.id().to_string()).is_ok()
    }

    fn limit_to(&self, bytes: u64) -> bool {
        fs::write(self.folder.join(self.limit), bytes.to_string()).is_ok()
    }

    /// Stepwell, which is in the group from its first moment on.
    fn stepwell(&self, arguments: &[&str]) -> Output {
        let procs = self.folder.join("cgroup.procs");
        Command::new("sh")
            .args(["-c", "echo $$ > \"$0\" && exec \"$@\""])
            .args([procs.as_os_str(), support::program().as_os_str()])
            .args(arguments)
            .output()
            .expect("a shell")
    }

    fn usage_bytes(&self) -> Option<u64> {
        fs::read_to_string(self.folder.join(self.usage)).ok()?.trim().parse().ok()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The kernel needs a moment after the last process has gone.
        for _ in 0..100 {
            if fs::remove_dir(&self.folder).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}

/// What the child does: it stores images, releases two thirds of them, and clears. It tells its
/// resident memory at each stage and waits to be looked at.
#[test]
fn child() {
    let Ok(images) = std::env::var(CHILD) else { return };
    let numbers: Vec<u32> = images.split(' ').map(|number| number.parse().expect("a number")).collect();
    let format = ImageFormat::grey(numbers[0], numbers[1], PixelType::U16);
    let count = numbers[2] as usize;
    let probe = Probe::new();
    let mut lines = std::io::stdin().lines();
    let mut stage = |name: &str| {
        println!("stage {name} {}", probe.resident().expect("Linux tells").rss_bytes);
        lines.next();
    };
    stage("rest");
    let mut store = Store::new(AfterClear::Return, Intermediates::Free);
    let room = store.begin(vec![format; count]).expect("room");
    let mut images: Vec<_> = (0..count).map(|_| room.allocate(format).expect("reserved")).collect();
    images.iter_mut().for_each(|image| image.view_mut().bytes.fill(1));
    stage("loaded");
    // Every third stays, so that what is given back lies between what is not.
    let mut place = 0;
    images.retain(|_| {
        place += 1;
        place % 3 == 0
    });
    stage("released");
    room.prepare_clear();
    drop(images);
    store.clear(room).expect("empty");
    stage("cleared");
}

#[test]
fn the_system_gets_back_what_was_released() {
    // 1 MB on base pages; 8 MiB on huge pages of their own.
    for (width, height, count) in [(1000_u32, 500_u32, 300_u32), (2048, 2048, 36)] {
        let Some(group) = Group::new(&width.to_string()) else {
            eprintln!("skipped: no control group of memory can be made here");
            return;
        };
        let mut child = Command::new(std::env::current_exe().expect("a program"))
            .args(["--exact", "child", "--nocapture"])
            .env(CHILD, format!("{width} {height} {count}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut input = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let is_inside = group.take_in(&child);
        let mut rest = None;
        let mut seen = Vec::new();
        for line in output.lines().map(|line| line.expect("text")) {
            // The test harness begins the line with the test's name.
            let Some((_, stage)) = line.split_once("stage ") else { continue };
            let (name, rss) = stage.split_once(' ').expect("a name and a number");
            let rss: u64 = rss.parse().expect("a number");
            let usage = group.usage_bytes().expect("readable");
            let (rest_rss, rest_usage) = *rest.get_or_insert((rss, usage));
            seen.push((name.to_owned(), rss.saturating_sub(rest_rss), usage.saturating_sub(rest_usage)));
            writeln!(input).expect("the child listens");
        }
        assert!(child.wait().expect("a child").success());
        if !is_inside {
            eprintln!("skipped: no process can be put into a control group here");
            return;
        }
        let image = u64::from(width) * u64::from(height) * 2;
        let all = image * u64::from(count);
        let table = [("rest", 0), ("loaded", all), ("released", all / 3), ("cleared", 0)];
        assert_eq!(seen.len(), table.len());
        for ((name, rss, usage), (stage, expected)) in seen.iter().zip(table) {
            assert_eq!(name, stage);
            // Page rounding, page tables, and counters that lag by some pages for each processor.
            let tolerance = expected / 50 + 4_000_000;
            let why = format!("{width} x {height} {stage}: RSS {rss}, in use {usage}, expected {expected}");
            assert!(rss.abs_diff(expected) <= tolerance, "{why}");
            assert!(usage.abs_diff(expected) <= tolerance, "{why}");
            println!("{why}");
        }
    }
}

#[test]
fn under_a_limit_a_plate_is_processed_one_at_a_time_that_does_not_fit_at_once() {
    const LIMIT: u64 = 100_000_000;
    let group = Group::new("limit").filter(|group| group.limit_to(LIMIT));
    let Some(group) = group else {
        eprintln!("skipped: no control group of memory with a limit can be made here");
        return;
    };
    let plate = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    // 113 MB of pixels.
    support::write_plate(plate.path(), &support::full_well(9, 2, 3, 1), 1024, 1024);
    let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let (plate, out) = (text(plate.path()), text(results.path()));
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();

    let bulk = group.stepwell(&["run", &plate, "--mode", "bulk", "--out", &out]);
    if said(&bulk).contains("cgroup.procs") {
        eprintln!("skipped: no process can put itself into a control group here");
        return;
    }
    assert_eq!(bulk.status.code(), Some(4), "{}", said(&bulk));
    assert!(said(&bulk).contains("All at once needs 1"), "{}", said(&bulk));
    assert!(said(&bulk).contains("over the budget of "), "{}", said(&bulk));
    // The sentence names what fits, and what it names is done.
    assert!(said(&bulk).contains("Process site one at a time: "), "{}", said(&bulk));
    let site = ["run", &plate, "--mode", "sequential", "--sequential", "site", "--out", &out];
    let site = group.stepwell(&site);
    assert_eq!(site.status.code(), Some(0), "{}", said(&site));
}
