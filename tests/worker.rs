//! A run in a process of its own, watched from this one.

mod support;

#[cfg(unix)]
use std::ffi::OsStr;
use std::path::Path;
#[cfg(unix)]
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use stepwell::cancel::Cancel;
use stepwell::compare::OutputComparison;
use stepwell::engine::{CacheState, Job, JobEvent, Rounds, RunRequest, measure, run_in_worker, run_job};
use stepwell::events::{Event, EventKind, Outcome};
use stepwell::memory::CAN_FORGET_FILES;
#[cfg(unix)]
use stepwell::pipeline::steps::{Bin, FlatField, GivenLight, LightSource};
#[cfg(unix)]
use stepwell::pipeline::{NoPlate, PipelineStep, ResolvedPipeline, Step};
use stepwell::plan::{AfterClear, CombinationPlan, Intermediates, Plan, RunSpec};
use stepwell::plate::{Component, ImageKey};
use stepwell::quantity::bytes_text;
use stepwell::record::RunRecord;

use support::{full_well, in_time, open, plan, program, spec, write_plate};

#[test]
fn a_program_that_is_no_worker_is_a_failed_run() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 1, 1, 1), 16, 16);
    let plate = open(folder.path());
    for name in ["not-there", "/bin/false"] {
        let request = support::request(plan(&plate, &spec(&[])), folder.path().join("results"));
        let record = run_in_worker(Path::new(name), &request, &|_| (), &Cancel::new());
        assert_eq!(record.outcome, Outcome::Failed, "{name}");
        assert!(record.why.is_some());
    }
}

#[test]
#[cfg(unix)]
fn a_plan_that_cannot_be_written_is_a_failed_run_and_not_waited_for() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 1, 1, 1), 16, 16);
    let good = plan(&open(folder.path()), &spec(&[]));
    let no_text = PathBuf::from(OsStr::from_bytes(b"/plates/\xff"));
    let mut of_plate = good.clone();
    of_plate.plate.root.clone_from(&no_text);
    let mut of_flat = good;
    let mut given = GivenLight::default();
    given.flats.insert(1, no_text);
    let step = FlatField { source: LightSource::Given(given), ..FlatField::default() };
    of_flat.spec.pipeline.steps = vec![PipelineStep { step: Step::FlatField(step), keep_images: false }];
    for (name, plan) in [("plate", of_plate), ("flat", of_flat)] {
        let results = tempfile::tempdir().expect("a folder");
        let request = support::request(plan, results.path().join("run"));
        let run = move || run_in_worker(&program(), &request, &|_| (), &Cancel::new());
        let record = in_time(name, run).expect("no panic");
        assert_eq!(record.outcome, Outcome::Failed, "{name}");
        let why = record.why.unwrap_or_default();
        assert!(why.starts_with("the run cannot be recorded: path contains"), "{name}: {why}");
        assert!(why.contains("Rename the files and folders"), "{name}: {why}");
    }
}

#[test]
fn a_worker_that_is_cancelled_stops_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(30, 2, 3, 1), 128, 128);
    let plan = plan(&open(folder.path()), &spec(&[Component::Site]));
    let request = support::request(plan, results.path().join("run"));
    let run = move || {
        let cancel = Cancel::new();
        let sink = |event: Event| {
            if matches!(event.kind, EventKind::Saved { .. }) {
                cancel.cancel();
            }
        };
        let began = Instant::now();
        (run_in_worker(&program(), &request, &sink, &cancel), began.elapsed())
    };
    let (record, took) = in_time("cancelled", run).expect("no panic");
    assert_eq!(record.outcome, Outcome::Cancelled);
    // One that does not stop by itself is killed after that time.
    assert!(took < Duration::from_secs(10), "{took:?}");
    let record = record.with_lists().expect("it was written");
    assert!((1..60).contains(&record.outputs.len()), "{}", record.outputs.len());
    for output in &record.outputs {
        let path = output.path.as_ref().expect("the last step is kept");
        assert!(results.path().join("run").join(path).is_file(), "{output:?}");
    }
}

#[test]
fn a_sink_that_panics_ends_the_worker_and_the_panic_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(4, 2, 3, 1), 64, 64);
    let plan = plan(&open(folder.path()), &spec(&[Component::Channel]));
    let is_of = |name: &'static str| move |event: &Event| event.to_json()["event"] == name;
    for name in ["Started", "WellStarted", "Preloaded", "StepDone", "Saved", "Cleared", "Ended"] {
        let results = tempfile::tempdir().expect("a folder");
        let request = support::request(plan.clone(), results.path().join("run"));
        let run = move || {
            let sink = |event: Event| assert!(!is_of(name)(&event), "on purpose");
            run_in_worker(&program(), &request, &sink, &Cancel::new());
        };
        assert_eq!(in_time(name, run), Err("on purpose".to_owned()), "{name}");
        let record = RunRecord::read(&results.path().join("run")).expect("a record");
        // When all is told but the end, the run itself is whole.
        let (outcome, why) = match name {
            "Ended" => (Outcome::Completed, None),
            _ => (Outcome::Failed, record.why.clone().filter(|why| why.contains("on purpose"))),
        };
        assert_eq!((record.outcome, record.why), (outcome, why), "{name}");
    }
}

#[test]
#[cfg(unix)]
fn a_worker_that_panics_says_what_and_where_and_does_not_exit_as_if_all_were_well() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 1, 1, 1), 16, 16);
    // Stepwell itself never makes such a plan: it divides by zero.
    let mut impossible = plan(&open(folder.path()), &spec(&[])).without_work();
    let step = Step::Bin(Bin { factor: 0, ..Bin::default() });
    impossible.pipeline = ResolvedPipeline::of_steps([step], &NoPlate).expect("no plate is needed");
    let results = tempfile::tempdir().expect("a folder");
    let (noting, code) = (results.path().join("noting.sh"), results.path().join("code"));
    let text = format!("#!/bin/sh\n'{}' \"$@\"\necho $? > '{}'\n", program().display(), code.display());
    std::fs::write(&noting, text).expect("writable");
    std::fs::set_permissions(&noting, std::fs::Permissions::from_mode(0o755)).expect("writable");
    let request = support::request(impossible, results.path().join("run"));
    let run = move || run_in_worker(&noting, &request, &|_| (), &Cancel::new());
    let record = in_time("panics", run).expect("no panic here");
    assert_eq!(record.outcome, Outcome::Failed);
    let why = record.why.unwrap_or_default();
    assert!(why.starts_with("Stepwell has a fault: "), "{why}");
    assert!(why.contains("zero (src/pipeline/steps/bin.rs:"), "{why}");
    assert_eq!(std::fs::read_to_string(code).expect("written").trim(), "101");
}

#[test]
fn memory_stays_under_the_forecast_with_many_images_and_many_threads() {
    use AfterClear::Keep;
    use Intermediates::Hold;
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    // Small images, so that everything but pixels weighs most.
    let mut keys = full_well(20, 5, 5, 4);
    let second = keys.iter().map(|key| ImageKey { well: "B02".parse().expect("a well"), ..*key });
    keys.extend(second.collect::<Vec<_>>());
    write_plate(folder.path(), &keys, 16, 16);
    let plate = open(folder.path());
    let trial = measure(&program(), &plan(&plate, &spec(&[])).without_work(), None, None, &Cancel::new());
    let resting = trial.resting_rss_bytes;
    let channel = [Component::Channel];
    let channel_and_timepoint = [Component::Channel, Component::Timepoint];
    let study = |components: &[Component]| spec(components);
    let table = [
        ("bulk", study(&[])),
        ("24 threads", RunSpec { threads: 24, ..study(&[]) }),
        ("by channel", study(&channel)),
        (
            "kept and held",
            RunSpec { after_clear: Keep, intermediates: Hold, ..study(&channel_and_timepoint) },
        ),
        ("held", RunSpec { intermediates: Hold, ..study(&channel_and_timepoint) }),
        ("ahead", RunSpec { read_ahead: true, ..study(&channel_and_timepoint) }),
        ("ahead and kept", RunSpec { read_ahead: true, after_clear: Keep, ..study(&channel_and_timepoint) }),
        ("two wells", RunSpec { wells_at_once: 2, ..study(&channel_and_timepoint) }),
        ("two wells, ahead", RunSpec { wells_at_once: 2, read_ahead: true, ..study(&channel) }),
    ];
    for (name, spec) in table {
        let plan = plan(&plate, &spec);
        let before = plan.forecast.with_resting(resting).rss_bytes;
        let request = support::request(plan, results.path().join(name));
        let record = run_in_worker(&program(), &request, &|_| (), &Cancel::new());
        let record = record.with_lists().expect("it was written");
        let summary = &record.summary;
        assert_eq!(summary.images, 4000, "{name}");
        assert_eq!(summary.peak_counted_bytes, summary.forecast_counted_bytes, "{name}");
        let Some(peak) = summary.peak_rss_bytes else { continue };
        // Code that the run is the first to use: what is resident and not anonymous, after a clear and at rest.
        let code = record.events.iter().filter_map(|event| match event.kind {
            EventKind::Started { baseline_rss, baseline_anonymous, .. } => {
                Some((baseline_rss, baseline_anonymous))
            }
            EventKind::Cleared { rss_after, anonymous_after, .. } => Some((rss_after, anonymous_after)),
            _ => None,
        });
        let code: Vec<u64> =
            code.filter_map(|(rss, anonymous)| Some(rss?.saturating_sub(anonymous?))).collect();
        let new_code = code.iter().max().zip(code.first()).map_or(0, |(most, first)| most - first);
        if let Some(forecast) = summary.forecast_rss_bytes {
            // The system's counters lag by some pages for each processor.
            let most = forecast + new_code + 500_000;
            assert!(peak <= most, "{name}: {peak} > {forecast}, {new_code} of it new code");
        }
        if let Some(forecast) = before {
            // Another worker at rest may have fewer pages of code at hand.
            assert!(peak <= forecast + 2_000_000, "{name}: {peak} > {forecast}");
        }
    }
}

#[test]
fn a_large_plan_takes_no_more_of_a_worker_at_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    // No image is read: what a worker holds of a plan of 20,000 images is looked at before the first.
    write_plate(folder.path(), &full_well(1, 1, 1, 1), 16, 16);
    let mut large = plan(&open(folder.path()), &spec(&[]));
    let small = large.clone();
    let one = large.combinations.iter().next().expect("an image");
    let images = vec![one.images[0].clone(); 20];
    large.combinations = vec![CombinationPlan { images, ..one }; 1000].into();
    let rest = |plan: Plan, name: &str| {
        let request = support::request(plan, results.path().join(name));
        let cancel = Cancel::new();
        let at_rest = Mutex::new(None);
        let sink = |event: Event| {
            // Of the whole memory code is a part, of which more or fewer pages are at hand.
            if let EventKind::Started { baseline_anonymous, .. } = event.kind {
                *at_rest.lock().expect("no panic") = baseline_anonymous;
                cancel.cancel();
            }
        };
        run_in_worker(&program(), &request, &sink, &cancel);
        at_rest.into_inner().expect("no panic")
    };
    let (Some(small), Some(large)) = (rest(small, "small"), rest(large, "large")) else { return };
    assert!(large <= small + 700_000, "{large} with a large plan, {small} with a small one");
}

#[test]
fn a_run_that_meets_the_budget_stops_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(10, 4, 4, 1), 512, 512);
    let plan = plan(&open(folder.path()), &spec(&[]));
    // Programs that are built for tests are large, and some systems count all of them.
    let trial = measure(&program(), &plan.without_work(), None, None, &Cancel::new());
    let budget_bytes = trial.resting_rss_bytes.unwrap_or(0) + 30_000_000;
    let request = RunRequest {
        plan,
        run: "test".to_owned(),
        folder: results.path().join("run"),
        // The plan was let through all the same, as if the forecast had been wrong.
        budget_bytes: Some(budget_bytes),
        cached_share: None,
        compared: None,
        merges: true,
        again: Vec::new(),
        conditions: None,
    };
    let record = run_in_worker(&program(), &request, &|_| (), &Cancel::new());
    assert_eq!(record.outcome, Outcome::Failed);
    assert!(record.summary.stopped_at_budget, "{:?}", record.why);
    // The images alone are 84 MB, so it is while one of them is read.
    let why = record.why.expect("a reason");
    let budget = bytes_text(budget_bytes);
    assert!(why.contains(&format!("the budget of {budget}, while A01_")), "{why}");
    assert!(why.contains(" was read, so the run was stopped."), "{why}");
}

#[test]
fn files_are_in_the_page_cache_or_not_as_was_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(4, 2, 2, 1), 128, 128);
    let plate = open(folder.path());
    let mut outputs = Vec::new();
    for cache in [CacheState::Warm, CacheState::Cold] {
        let job = Job {
            program: program(),
            plans: vec![plan(&plate, &spec(&[])), plan(&plate, &spec(&[Component::Channel]))],
            compare: true,
            rounds: Rounds::Exactly(2),
            cache,
            results: results.path().to_owned(),
            into: None,
            budget_bytes: None,
            resting_rss_bytes: None,
            fix: None,
            conditions: None,
        };
        let told = Mutex::new(Vec::new());
        let sink = |event: JobEvent| {
            if let JobEvent::Files { state, done, of } = event
                && done == of
            {
                told.lock().expect("no panic").push((state, of));
            }
        };
        if cache == CacheState::Cold && !CAN_FORGET_FILES {
            assert!(run_job(&job, &sink, &Cancel::new()).is_err());
            continue;
        }
        let result = run_job(&job, &sink, &Cancel::new()).expect("fits");
        let comparison = result.comparison.expect("a comparison");
        assert!(comparison.outputs.expect("both ran").different.is_empty());
        assert_eq!(comparison.rounds.len(), 2);
        let told = told.into_inner().expect("no panic");
        // Warm: once for all; cold: before each of four runs.
        assert_eq!(told.len(), if cache == CacheState::Warm { 1 } else { 4 });
        assert!(told.iter().all(|(state, bytes)| *state == cache && *bytes > 16 * 128 * 128 * 2));
        let shares: Vec<f64> =
            result.records.iter().filter_map(|record| record.summary.cached_share).collect();
        // A file system in memory keeps what it has.
        let is_right = |share: &f64| match cache {
            CacheState::Warm => *share > 0.99,
            CacheState::Cold => *share < 0.5 || *share == 1.0,
        };
        // Windows does not tell.
        assert_eq!(shares.is_empty(), cfg!(windows), "{cache:?}");
        assert!(shares.iter().all(is_right), "{cache:?}: {shares:?}");
        let record = result.records[0].clone().with_lists().expect("it was written");
        outputs.push(record.outputs);
    }
    assert!(outputs.windows(2).all(|two| OutputComparison::of(&two[0], &two[1]).different.is_empty()));
}
