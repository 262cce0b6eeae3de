//! A run as a folder whose wells are done one by one: killed and gone on with, by several at once, put together by anybody.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use stepwell::pipeline::steps::NucleiCount;
use stepwell::pipeline::{PipelineSpec, PipelineStep, Step};
use stepwell::plate::ImageKey;
use stepwell::record::RunRecord;
use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessesToUpdate, System};

use super::support::{full_well, program, record_of_wells, write_plate};
use super::{json, stepwell, text};

const WELLS: [&str; 6] = ["A01", "A02", "A03", "B01", "B02", "B03"];

/// A folder with a plate of six wells, and a pipeline that finds nuclei in them, so that there are tables.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut keys = Vec::new();
        for well in WELLS {
            let well = well.parse().expect("a well");
            for (site, channel) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
                keys.push(ImageKey::new(well, site, channel, 1, 1));
            }
        }
        // One is missing, so that something fails in each way to do it.
        keys.retain(|key| key.to_string() != "B02_s2_w1_z1_t1");
        let plate = folder.path().join("plate");
        fs::create_dir(&plate).expect("writable");
        write_plate(&plate, &keys, 128, 128);
        let mut pipeline = PipelineSpec::default();
        let nuclei = PipelineStep { step: Step::NucleiCount(NucleiCount::default()), keep_images: true };
        pipeline.steps = vec![pipeline.steps[0].clone(), nuclei];
        fs::write(folder.path().join("nuclei.ron"), ron::to_string(&pipeline).expect("a text"))
            .expect("writable");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A run into a folder, which is not begun yet.
    fn command(&self, run: &str, save_as: &str, more: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.arg("run").arg(self.path("plate")).args(["--mode", "sequential", "--sequential", "channel"]);
        command.arg("--pipeline").arg(self.path("nuclei.ron")).arg("--into").arg(self.path(run));
        command.args(["--save-as", save_as, "--threads", "2"]).args(more);
        command
    }

    fn run(&self, run: &str, save_as: &str, more: &[&str]) -> Output {
        self.command(run, save_as, more).output().expect("the program starts")
    }

    /// Begins a run in a process of its own, which says nothing.
    fn begin(&self, run: &str, save_as: &str, more: &[&str]) -> Child {
        let mut command = self.command(run, save_as, more);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
    }

    fn resume(&self, run: &str) -> Output {
        stepwell(&["resume", text(&self.path(run)), "--threads", "2"])
    }

    /// The results and tables of a run by their paths; what names its own folder is named alike.
    fn results(&self, run: &str) -> BTreeMap<String, Vec<u8>> {
        let run = self.path(run);
        let mut found = BTreeMap::new();
        let mut folders = vec![run.join("images"), run.join("tables")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("readable").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let mut bytes = fs::read(&path).expect("readable");
                if path.ends_with("load_data.csv") {
                    let named = String::from_utf8(bytes).expect("text").replace(text(&run), "RUN");
                    bytes = named.into_bytes();
                }
                found.insert(text(path.strip_prefix(&run).expect("inside")).to_owned(), bytes);
            }
        }
        found
    }

    /// Asserts that a run is as another that was not interrupted.
    fn is_as(&self, run: &str, other: &str) {
        let (found, expected) = (self.results(run), self.results(other));
        assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{run}");
        for (path, bytes) in &expected {
            assert!(found[path] == *bytes, "{run}: {path} is another file");
        }
        let [found, expected] = [run, other].map(|run| record_of_wells(&self.path(run)));
        assert_eq!(found.outputs, expected.outputs, "{run}");
        assert_eq!(found.outcome, expected.outcome, "{run}");
        assert_eq!(found.plan.wells, expected.plan.wells, "{run}");
        assert_eq!(found.plan.outputs, expected.plan.outputs, "{run}");
        let whys = |record: &RunRecord| -> Vec<String> {
            record.summary.failed.iter().map(|failed| failed.why.clone()).collect()
        };
        assert_eq!(whys(&found), whys(&expected), "{run}");
        assert_eq!(found.summary.tables, expected.summary.tables, "{run}");
    }

    fn record(&self, run: &str) -> RunRecord {
        RunRecord::read(&self.path(run)).unwrap_or_else(|error| panic!("{error}"))
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

#[test]
fn a_run_that_was_killed_goes_on_and_comes_to_the_same() {
    let bench = Bench::new();
    let forms = ["tiff", "ome-tiff", "ome-zarr"];
    for form in forms {
        let output = bench.run(&format!("whole {form}"), form, &[]);
        assert_eq!(output.status.code(), Some(1), "an image is missing: {}", said(&output));
    }
    let took = Duration::from_secs_f64(bench.record("whole tiff").summary.wall_secs);
    let mut unfinished = 0;
    for round in 0..20_u32 {
        let form = forms[round as usize % forms.len()];
        let run = format!("round {round}");
        let mut child = bench.begin(&run, form, &[]);
        // At any moment of the work; the first two before it begins.
        if round > 1 {
            wait_until(|| stretch_files(&bench.path(&run), "ron") > 0);
            std::thread::sleep(took * (round - 2) / 20);
        }
        if round % 2 == 0 {
            // The worker sees that nobody listens to it any more.
            drop(child.kill());
        } else {
            kill_children_of(child.id());
        }
        child.wait().expect("it is over");
        if !bench.path(&run).exists() {
            // Killed before it had started anything: there is nothing to continue with.
            assert_eq!(bench.resume(&run).status.code(), Some(3));
            bench.run(&run, form, &[]);
        }
        let is_done = |well: &&&str| bench.path(&run).join(format!("wells/{well}.ron")).exists();
        unfinished += u32::from(WELLS.iter().filter(is_done).count() < WELLS.len());
        let output = bench.resume(&run);
        if output.status.code() == Some(2) && said(&output).contains("nothing was begun") {
            assert_eq!(bench.run(&run, form, &[]).status.code(), Some(1));
        } else {
            assert_eq!(output.status.code(), Some(1), "{run}: {}", said(&output));
        }
        bench.is_as(&run, &format!("whole {form}"));
        let parts = bench.results(&run).into_keys().filter(|path| path.ends_with(".part"));
        assert_eq!(parts.count(), 0, "{run}");
    }
    assert!(unfinished > 4, "the kills came too late: {unfinished}");
}

/// The processes that there are now.
fn processes() -> System {
    let mut system = System::new().expect("a system that can be asked");
    let kind = ProcessRefreshKind::nothing().without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
    system
}

/// The workers of a process, where it has any.
fn children_of(parent: u32) -> Vec<Pid> {
    let parent = Pid::from_u32(parent);
    let system = processes();
    system.processes().values().filter(|one| one.parent() == Some(parent)).map(Process::pid).collect()
}

fn kill_children_of(parent: u32) {
    let children = children_of(parent);
    let system = processes();
    for child in children.iter().filter_map(|child| system.process(*child)) {
        // One that is over already needs no killing.
        let _ = child.kill();
    }
}

#[test]
fn a_worker_ends_with_whoever_started_it() {
    let bench = Bench::new();
    // Longer than a test takes: only the end of the process that started it ends the worker so soon.
    let plate = bench.path("large");
    fs::create_dir(&plate).expect("writable");
    write_plate(&plate, &full_well(40, 2, 2, 2), 256, 256);
    let arguments = ["--mode", "sequential", "--sequential", "site", "--threads", "1"];
    let mut command = Command::new(program());
    command.arg("run").arg(plate).args(arguments).arg("--into").arg(bench.path("run"));
    let mut host = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
    wait_until(|| !children_of(host.id()).is_empty() && stretch_files(&bench.path("run"), "ron") > 0);
    let workers = children_of(host.id());
    host.kill().expect("it goes on");
    host.wait().expect("it is over");
    wait_until(|| {
        let system = processes();
        let is_over =
            |pid: &Pid| system.process(*pid).is_none_or(|one| one.status() == sysinfo::ProcessStatus::Zombie);
        workers.iter().all(is_over)
    });
    assert!(!bench.path("run").join("record.ron").exists(), "the run was over before");
}

#[test]
fn wells_are_added_by_any_number_of_commands_and_put_together() {
    let bench = Bench::new();
    bench.run("whole", "tiff", &[]);
    // All begin at once, and each has wells of its own.
    let mut children: Vec<Child> = [["A01", "B02"], ["A02", "B03"], ["A03", "B01"]]
        .into_iter()
        .map(|wells| bench.begin("shared", "tiff", &["--no-merge", "--wells", &wells.join(",")]))
        .collect();
    for child in &mut children {
        child.wait().expect("it ends");
    }
    let run = bench.path("shared");
    assert!(!run.join("record.ron").exists());
    // A report takes what is there, and so does what reads records.
    assert_eq!(bench.record("shared").outputs, bench.record("whole").outputs);
    let output = stepwell(&["merge", text(&run), "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(json(&output)["undone"].as_array().map(Vec::len), Some(0));
    bench.is_as("shared", "whole");
    assert_eq!(bench.record("shared").stretches.len(), 3);

    // Wells one after the other: each command puts together what there is.
    for wells in ["A01", "A02,A03", "B01,B02,B03"] {
        bench.run("added", "tiff", &["--wells", wells]);
        let record = bench.record("added");
        assert_eq!(record.plan.wells.len(), record.stretches.iter().map(|one| one.done).sum::<usize>());
    }
    bench.is_as("added", "whole");
    // All is done: nothing is done again.
    let image = bench.path("added").join("images");
    let before = fs::metadata(first_file(&image)).and_then(|file| file.modified()).expect("a file");
    let output = bench.run("added", "tiff", &["--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(fs::metadata(first_file(&image)).and_then(|file| file.modified()).expect("a file"), before);
    let last = String::from_utf8_lossy(&output.stdout).lines().last().map(str::to_owned).expect("an event");
    assert!(last.contains("\"event\":\"Ended\"") && last.contains("\"outcome\":\"completed\""), "{last}");
    bench.is_as("added", "whole");
}

/// How many files of an ending there are of stretches of work.
fn stretch_files(run: &Path, ending: &str) -> usize {
    let entries = fs::read_dir(run.join("stretches")).into_iter().flatten().flatten();
    entries.filter(|entry| entry.path().extension().is_some_and(|own| own == ending)).count()
}

/// Looks again and again; a minute is far more than it takes.
fn wait_until(is_so: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !is_so() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn first_file(folder: &Path) -> PathBuf {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    let is_image = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "TIF");
    match paths.iter().find(is_image) {
        Some(image) => image.clone(),
        None => first_file(paths.iter().rfind(|path| path.is_dir()).expect("a folder")),
    }
}

#[test]
fn another_request_is_refused_with_what_differs_and_what_is_missing_is_named() {
    let bench = Bench::new();
    bench.run("run", "tiff", &["--wells", "A01,A02"]);
    for (save_as, more, told) in [
        ("ome-tiff", &[][..], "the form of the images is tiff there and ome-tiff here"),
        ("tiff", &["--after-clear", "keep"], "memory after a clear is return there and keep here"),
        ("tiff", &["--compression", "zstd"], "the compression is none there and zstd here"),
        ("tiff", &["--keep-images", "none"], "the pipeline is"),
    ] {
        let output = bench.run("run", save_as, more);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(told), "{}", said(&output));
    }
    // What may differ from machine to machine is no other request.
    let output = bench.run("run", "tiff", &["--budget", "4GB", "--wells", "A02"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    // A well that is wanted and gone is named.
    fs::remove_file(bench.path("run").join("wells/A02.ron")).expect("it is there");
    let output = stepwell(&["merge", text(&bench.path("run"))]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("1 well is not done: A02."), "{}", said(&output));
    // A report takes the run, a run that was not put together, and what --out named.
    fs::remove_file(bench.path("run").join("record.ron")).expect("it is there");
    let report = bench.path("report");
    let output = stepwell(&["report", text(&bench.path("run")), "--out", text(&report)]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let (plate, out) = (bench.path("plate"), bench.path("out"));
    stepwell(&["run", text(&plate), "--mode", "bulk", "--out", text(&out)]);
    let output = stepwell(&["report", text(&out), "--out", text(&report)]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for command in ["resume", "merge"] {
        let output = stepwell(&[command, text(&plate)]);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        assert!(said(&output).contains("is not the folder of a run"), "{}", said(&output));
    }
}

#[test]
fn what_was_changed_since_is_done_again_and_told() {
    let bench = Bench::new();
    bench.run("whole", "tiff", &[]);
    bench.run("run", "tiff", &[]);
    let run = bench.path("run");
    let results = bench.results("run");
    let of = |well: &str| {
        let is_of = |path: &&String| path.contains(well) && path.ends_with(".TIF");
        run.join(results.keys().find(is_of).expect("an image"))
    };
    // A pixel, the length, the file, a part of a table, and what says that a well is done.
    let mut bytes = fs::read(of("A01")).expect("readable");
    // Pixels come first in the file.
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(of("A01"), &bytes).expect("writable");
    fs::write(of("A02"), &bytes[..middle]).expect("writable");
    fs::remove_file(of("A03")).expect("it is there");
    let part =
        fs::read_dir(run.join("wells/B01")).expect("parts").next().expect("one").expect("readable").path();
    fs::write(&part, "plate,well\n").expect("writable");
    fs::write(run.join("wells/B02.ron"), "(version: 1, well").expect("writable");
    // Without reading images: what is not there as it was written is not put together, and named.
    let output = stepwell(&["merge", text(&run), "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let undone: Vec<String> = serde_json::from_value(json(&output)["undone"].clone()).expect("wells");
    assert_eq!(undone, ["A02", "A03", "B01", "B02"]);
    // Another request is refused before anything is taken for not done.
    let output = bench.run("run", "ome-tiff", &[]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(WELLS.iter().all(|well| run.join(format!("wells/{well}.ron")).exists()));
    let output = bench.resume("run");
    for told in [
        "A01 is processed again: ",
        "A02 is processed again: ",
        "A03 is processed again: ",
        "B01 is processed again: wells/B01/",
        "B02 is processed again: ",
    ] {
        assert!(said(&output).contains(told), "{told}: {}", said(&output));
    }
    assert!(!said(&output).contains("B03 is processed again"), "{}", said(&output));
    bench.is_as("run", "whole");
    // The plate is another than it was: that is told, with what it means.
    let image = first_image(&bench.path("plate"));
    let later = std::time::SystemTime::now() + Duration::from_secs(60);
    fs::File::options().write(true).open(image).and_then(|file| file.set_modified(later)).expect("writable");
    let output = bench.resume("run");
    assert!(said(&output).contains("The plate has changed since the run began"), "{}", said(&output));
    assert!(said(&output).contains("resume --failed"), "{}", said(&output));
    let output = stepwell(&["resume", text(&run), "--failed", "--threads", "2"]);
    assert!(said(&output).contains("B02 is processed again: some of its images failed"), "{}", said(&output));
    bench.is_as("run", "whole");
}

#[test]
fn nothing_of_others_is_touched() {
    let bench = Bench::new();
    // A plate that lies where a run would write.
    for (folder, name) in [("around", "images"), ("among", "wells")] {
        let run = bench.path(folder);
        fs::create_dir(&run).expect("writable");
        fs::rename(bench.path("plate"), run.join(name)).expect("moved");
        let plate = run.join(name);
        let before = fs::read_dir(&plate).expect("a folder").count();
        let output = stepwell(&["run", text(&plate), "--mode", "bulk", "--into", text(&run)]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("which is never written to"), "{}", said(&output));
        assert_eq!(fs::read_dir(&plate).expect("a folder").count(), before);
        fs::rename(&plate, bench.path("plate")).expect("moved");
    }
    // What others keep in the folder of a run stays, also where it is named as parts of files are.
    let own = [
        "images/holiday/video.mp4.part",
        "tables/x.csv.part",
        "images/2-nuclei/notes.abc123.part",
        "notes.txt",
    ];
    for name in own {
        let path = bench.path("run").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        fs::write(path, "own").expect("writable");
    }
    for wells in ["A01", "A02"] {
        let output = bench.run("run", "tiff", &["--wells", wells]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    assert!(own.iter().all(|name| bench.path("run").join(name).exists()));
    // A record that cannot be written is no run that is done.
    fs::create_dir(bench.path("blocked")).expect("writable");
    fs::write(bench.path("blocked").join("tables"), "in the way").expect("writable");
    let output = bench.run("blocked", "tiff", &["--wells", "A03"]);
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    assert!(said(&output).contains("The record of the run could not be written"), "{}", said(&output));
}

fn first_image(plate: &Path) -> PathBuf {
    let mut images: Vec<PathBuf> =
        fs::read_dir(plate).expect("a folder").map(|entry| entry.expect("readable").path()).collect();
    images.sort();
    images.swap_remove(0)
}

#[test]
#[cfg(target_os = "linux")]
fn a_well_is_one_commands_until_nobody_is_left_who_could_write_it() {
    let bench = Bench::new();
    let mut first = bench.begin("run", "tiff", &["--wells", "A01,A02,A03"]);
    wait_until(|| stretch_files(&bench.path("run"), "ron") > 0);
    let signal = |signal: &str| {
        let kill = format!("kill -{signal} {}", first.id());
        drop(Command::new("sh").args(["-c", &kill]).status());
    };
    // Stopped while it shares out its wells, it would be in the way of all others.
    let sharing_out = bench.path("run").join("stretches/sharing-out");
    let is_free = || fs::File::open(&sharing_out).is_ok_and(|file| file.try_lock().is_ok());
    wait_until(|| {
        signal("STOP");
        std::thread::sleep(Duration::from_millis(5));
        let is_between = is_free();
        if !is_between {
            signal("CONT");
        }
        is_between
    });
    let done = fs::read_dir(bench.path("run").join("wells")).map_or(0, |wells| {
        wells.flatten().filter(|entry| entry.path().extension().is_some_and(|ending| ending == "ron")).count()
    });
    // Another well is nobody's yet.
    let output = bench.run("run", "tiff", &["--wells", "B01", "--no-merge"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    if done < 3 {
        let output = bench.run("run", "tiff", &["--wells", "A03"]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("is being processed by another command"), "{}", said(&output));
    }
    signal("KILL");
    first.wait().expect("it is over");
    let output = bench.run("run", "tiff", &["--wells", "A01,A02,A03"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(stretch_files(&bench.path("run"), "lock"), 0);
}
