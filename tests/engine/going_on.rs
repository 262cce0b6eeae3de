//! A run goes on: it does what is missing, with the settings that it has, and comes to what it would have come to at once.

use std::path::PathBuf;
use std::sync::Arc;

use stepwell::cancel::Cancel;
use stepwell::engine::{CacheState, GoingOn, JobEvent, JobRequest, JobResult, Rounds, RunInto, run_job};
use stepwell::events::{EventKind, Outcome};
use stepwell::pipeline::PRESETS;
use stepwell::plan::RunSpec;
use stepwell::plate::{Component, ImageKey, Measured, Plate, WellId};
use stepwell::record::folder::{RunFolder, WellsDone};
use stepwell::record::{PastRun, RunRecord};

use super::support::{self, full_well, open, program, spec, write_plate};

/// A plate of four wells, and a folder for its runs.
struct Bench {
    folder: tempfile::TempDir,
    plate: Arc<Plate>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let wells = ["A01", "A02", "B01", "B02"].map(|well| well.parse::<WellId>().expect("a well"));
        let of_well = |well| full_well(2, 2, 2, 1).into_iter().map(move |key| ImageKey { well, ..key });
        let keys: Vec<ImageKey> = wells.into_iter().flat_map(of_well).collect();
        let plate = folder.path().join("plate");
        std::fs::create_dir(&plate).expect("writable");
        write_plate(&plate, &keys, 48, 32);
        let plate = Arc::new(open(&plate));
        Self { folder, plate }
    }

    fn run(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// With tables, too, and reading ahead.
    fn spec(threads: usize) -> RunSpec {
        let counts = PRESETS.iter().find(|preset| preset.name == "Nuclei count").expect("a preset");
        RunSpec { threads, read_ahead: true, pipeline: (counts.make)(), ..spec(&[Component::Channel]) }
    }

    /// What is asked for in a folder: all wells of the plate at the beginning, what is missing when it goes on.
    fn request(&self, name: &str) -> JobRequest {
        let wells = self.plate.wells();
        JobRequest {
            plate: Arc::clone(&self.plate),
            measured: Arc::new(Measured::read(&self.plate, &wells, &Cancel::new()).expect("not cancelled")),
            wells,
            specs: vec![Self::spec(2)],
            rounds: Rounds::Exactly(1),
            cache: CacheState::Warm,
            budget_bytes: None,
            resting_rss_bytes: None,
            fix: None,
            into: Some(RunInto { folder: self.run(name), merges: true, again: Vec::new() }),
            conditions: None,
        }
    }

    /// Begins a run and cancels it when this many wells are done.
    fn begin(&self, name: &str, wells: usize) -> RunRecord {
        let cancel = Cancel::new();
        let done = std::sync::atomic::AtomicUsize::new(0);
        let stop = |event: JobEvent| {
            if let JobEvent::Run { event, .. } = event
                && matches!(event.kind, EventKind::WellDone { .. })
                && done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1 == wells
            {
                cancel.cancel();
            }
        };
        let job = self.request(name).prepare(program(), self.folder.path().to_owned()).expect("a plan");
        only(run_job(&job, &stop, &cancel).expect("it began"))
    }

    /// Goes on with one thread. What is left, which wells were worked on, and the record.
    fn go_on(&self, name: &str) -> (GoingOn, Vec<WellId>, RunRecord) {
        // Nobody has to know the wells, nor the sizes of their images.
        let request = JobRequest {
            wells: [].into(),
            measured: Arc::default(),
            specs: vec![RunSpec { threads: 1, ..spec(&[]) }],
            ..self.request(name)
        };
        let looked = std::sync::Mutex::new(Vec::new());
        let look = |event: JobEvent| {
            if let JobEvent::Looking { done, of } = event {
                looked.lock().expect("no panic").push((done, of));
            }
        };
        let (request, found) = request.resumed(&look, &Cancel::new()).expect("it can go on");
        let looked = looked.into_inner().expect("no panic");
        assert_eq!(looked.first().map(|(done, _)| *done), Some(0));
        assert!(looked.last().is_some_and(|(done, of)| done == of), "{looked:?}");
        let job = request.prepare(program(), self.folder.path().to_owned()).expect("a plan");
        let worked = std::sync::Mutex::new(Vec::new());
        let see = |event: JobEvent| {
            if let JobEvent::Run { event, .. } = event
                && let EventKind::WellStarted { well, .. } = event.kind
            {
                worked.lock().expect("no panic").push(well);
            }
        };
        let record = only(run_job(&job, &see, &Cancel::new()).expect("it goes on"));
        (found.expect("a folder"), worked.into_inner().expect("no panic"), record)
    }

    fn wells_done(&self, name: &str) -> WellsDone {
        let run = PastRun::read(&self.run(name)).expect("readable").expect("a run");
        run.wells.expect("a run of this version")
    }
}

fn only(result: JobResult) -> RunRecord {
    let [record] = <[RunRecord; 1]>::try_from(result.records).expect("one run");
    assert!(record.outputs.is_empty() && record.events.is_empty(), "nobody needs them yet");
    let written = record.with_lists().expect("it was written");
    let in_folder = support::record_of_wells(written.folder().expect("a folder"));
    assert_eq!((&in_folder.outputs, &in_folder.events), (&written.outputs, &written.events));
    written
}

/// Results and tables by their hashes.
fn results(record: &RunRecord) -> Vec<String> {
    let outputs =
        record.outputs.iter().map(|output| format!("{:?} {} {}", output.key, output.step, output.hash));
    let tables = record.summary.tables.iter().map(|table| format!("{} {}", table.path, table.hash));
    let mut all: Vec<String> = outputs.chain(tables).collect();
    all.sort();
    all
}

#[test]
fn a_run_that_was_cancelled_goes_on_to_what_it_would_have_come_to() {
    let bench = Bench::new();
    let whole = bench.begin("whole", usize::MAX);
    assert_eq!(whole.outcome, Outcome::Completed);
    assert!(!whole.is_in_stretches());
    let all = WellsDone { done: 4, wanted: 4, is_put_together: true, is_going_on: false };
    assert_eq!(bench.wells_done("whole"), all);
    assert!(!all.is_left());

    let cancelled = bench.begin("run", 1);
    assert_eq!(cancelled.outcome, Outcome::Cancelled);
    let left = bench.wells_done("run");
    assert!(left.is_left() && (1..4).contains(&left.done) && left.wanted == 4, "{left:?}");

    let (found, worked, record) = bench.go_on("run");
    assert!(found.unsound.is_empty());
    assert_eq!(worked.len(), 4 - left.done, "only what is missing");
    assert_eq!(worked, found.wells.iter().copied().collect::<Vec<_>>());
    assert_eq!((record.outcome, &record.why), (Outcome::Completed, &None));
    assert_eq!(results(&record), results(&whole));
    assert_eq!(RunRecord::read(&bench.run("run")).expect("written").outputs, record.outputs);
    let stretches: Vec<_> =
        record.stretches.iter().map(|one| (one.threads, one.wells, one.done, one.outcome)).collect();
    let (first, second) = ((2, 4, left.done), (1, 4 - left.done, 4 - left.done));
    let expected = [
        (first.0, first.1, first.2, Some(Outcome::Cancelled)),
        (second.0, second.1, second.2, Some(Outcome::Completed)),
    ];
    assert_eq!(stretches, expected);
    assert!(record.is_in_stretches() && !bench.wells_done("run").is_left());
}

/// On Windows nobody renames a folder in which files are open.
#[test]
#[cfg(unix)]
fn a_run_whose_folder_is_renamed_stops_and_goes_on_where_it_is_now() {
    let bench = Bench::new();
    let whole = bench.begin("whole", usize::MAX);
    for keeps_images in [true, false] {
        let (name, now) = (format!("run {keeps_images}"), format!("mine {keeps_images}"));
        let (run, mine) = (bench.run(&name), bench.run(&now));
        let mut request = bench.request(&name);
        if !keeps_images {
            request.specs[0].pipeline.steps.iter_mut().for_each(|step| step.keep_images = false);
        }
        let job = request.prepare(program(), bench.folder.path().to_owned()).expect("a plan");
        let rename = |event: JobEvent| {
            if let JobEvent::Run { event, .. } = event
                && matches!(event.kind, EventKind::WellDone { .. })
                && run.exists()
            {
                std::fs::rename(&run, &mine).expect("renamed");
                // As the folder is that lies under a mount point.
                std::fs::create_dir_all(run.join("images")).expect("made");
            }
        };
        let ended = run_job(&job, &rename, &Cancel::new()).expect("it began");
        let [record] = <[RunRecord; 1]>::try_from(ended.records).expect("one run");
        let why = record.why.expect("a reason");
        assert_eq!(record.outcome, Outcome::Failed, "{why}");
        assert!(why.contains("is not there any more") && why.contains(&name), "{why}");
        let written: Vec<_> = walk(&run).into_iter().filter(|path| path.is_file()).collect();
        assert_eq!(written, Vec::<PathBuf>::new(), "nothing is written elsewhere");
        if keeps_images {
            let (_, worked, record) = bench.go_on(&now);
            assert!((1..4).contains(&worked.len()), "{worked:?}");
            assert_eq!((record.outcome, results(&record)), (Outcome::Completed, results(&whole)));
        }
    }
}

/// All that lies in a folder.
#[cfg(unix)]
fn walk(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("readable").path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn a_well_that_is_not_as_it_was_written_is_done_again_and_told() {
    let bench = Bench::new();
    let whole = bench.begin("run", usize::MAX);
    let output = whole.outputs.iter().find_map(|output| output.path.as_deref().map(|path| (output, path)));
    let (output, path) = output.expect("an image was saved");
    let file = bench.run("run").join(path);
    let bytes = std::fs::read(&file).expect("readable");
    std::fs::write(&file, &bytes[..bytes.len() / 2]).expect("writable");
    // Nobody sees that by the names of files.
    assert!(!bench.wells_done("run").is_left());
    let (found, worked, record) = bench.go_on("run");
    let [unsound] = found.unsound.as_slice() else { panic!("{:?}", found.unsound) };
    assert_eq!(unsound.well, output.key.well);
    assert_eq!(
        unsound.why,
        format!(
            "{} is processed again: {path} does not have the length with which it was written.",
            output.key.well
        )
    );
    assert_eq!(worked, [output.key.well]);
    assert_eq!(results(&record), results(&whole));
}

#[test]
fn what_is_done_and_not_put_together_is_put_together_and_nothing_is_done_again() {
    let bench = Bench::new();
    let whole = bench.begin("run", usize::MAX);
    // As after the program that followed it was killed when the last well was done.
    std::fs::remove_file(bench.run("run").join("record.ron")).expect("it was written");
    let left = bench.wells_done("run");
    assert!(left.is_left() && (left.done, left.wanted) == (4, 4), "{left:?}");
    assert_eq!(left.text(), "All wells are done, but the run is not put together yet.");
    let (found, worked, record) = bench.go_on("run");
    assert_eq!((found.wells.len(), worked), (1, Vec::new()));
    assert_eq!((record.outcome, results(&record)), (Outcome::Completed, results(&whole)));
    assert!(!record.is_in_stretches(), "that was no work");
    assert!(!bench.wells_done("run").is_left());
}

#[test]
fn what_has_changed_since_is_told_with_what_it_means() {
    let bench = Bench::new();
    bench.begin("run", 1);
    let request = bench.run("run").join("request.ron");
    let text = std::fs::read_to_string(&request).expect("readable");
    let now = format!("stepwell: \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(text.contains(&now));
    std::fs::write(&request, text.replace(&now, "stepwell: \"0.0.1\"")).expect("writable");
    let place = stepwell::plate::destination(&bench.run("run"), [&bench.plate.root]).expect("in no plate");
    let wanted = RunFolder::read(place.path()).expect("a run").wanted();
    let found =
        GoingOn::look(place.path(), &wanted, false, &|_, _| (), &Cancel::new()).expect("it can go on");
    let plan = support::planned(&bench.plate, &found.wells, &found.spec(2)).expect("a plan");
    let changes = found.changes(&plan, &Cancel::new());
    let [change] = changes.as_slice() else { panic!("{changes:?}") };
    assert!(change.starts_with("The run was started with Stepwell 0.0.1 and is continued with "), "{change}");
    assert!(
        change.ends_with("The definitions of the steps are the same, so the results are, too."),
        "{change}"
    );
}
