//! What a user asks for: a run or a comparison, its ends and its record.

use super::*;

#[test]
fn cancel_ends_the_run_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(2, 4, 2, 1), 64, 64);
    let plate = open(folder.path());
    let request = support::request(plan(&plate, &spec(&[Component::Channel])), results.path().join("run"));
    let cancel = Cancel::new();
    let events = Mutex::new(Vec::new());
    run(
        &request,
        &|event| {
            if matches!(&event.kind, EventKind::Saved { combination, .. } if combination.index == 1) {
                cancel.cancel();
            }
            events.lock().expect("no panic").push(event);
        },
        &cancel,
    );
    let events = events.into_inner().expect("no panic");
    let ends = events.iter().filter(|event| matches!(event.kind, EventKind::Ended { .. })).count();
    assert_eq!(ends, 1);
    let Some(Event { kind: EventKind::Ended { outcome, summary, .. }, .. }) = events.last() else {
        panic!("the last event is not the end: {:?}", events.last());
    };
    assert_eq!(*outcome, Outcome::Cancelled);
    assert!((2..4).contains(&summary.combinations), "{}", summary.combinations);
    let saved = std::fs::read_dir(request.folder.join("images/2-z-max/TimePoint_1")).expect("kept").count();
    assert_eq!(saved, summary.saved);
}

fn job(plate_path: &Path, sequential: &[Component], results: &Path) -> Job {
    let plate = open(plate_path);
    Job {
        program: program(),
        plans: vec![plan(&plate, &spec(&[])), plan(&plate, &spec(sequential))],
        compare: true,
        rounds: Rounds::Exactly(1),
        cache: CacheState::Warm,
        results: results.to_owned(),
        into: None,
        budget_bytes: None,
        resting_rss_bytes: Some(8_000_000),
        fix: Some("Process channel one at a time: 9 MB.".to_owned()),
        conditions: None,
    }
}

#[test]
fn compare_runs_what_fits_and_refuses_the_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(5, 4, 4, 1), 256, 256);
    let mut job = job(folder.path(), &[Component::Channel], results.path());
    let trial = measure(&job.program, &job.plans[0].without_work(), None, None, &Cancel::new());
    let resting = trial.resting_rss_bytes.unwrap_or(8_000_000);
    job.resting_rss_bytes = Some(resting);
    let peaks: Vec<u64> =
        job.plans.iter().map(|plan| resting + plan.forecast.above_resting_bytes()).collect();
    assert!(peaks[1] + 4_000_000 < peaks[0]);

    job.budget_bytes = Some((peaks[0] + peaks[1]) / 2);
    let refused = Mutex::new(Vec::new());
    let result = run_job(
        &job,
        &|event| {
            if let JobEvent::Refused { mode, why, .. } = event {
                refused.lock().expect("no panic").push((mode, why));
            }
        },
        &Cancel::new(),
    )
    .expect("the other fits");
    let refused = refused.into_inner().expect("no panic");
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].0, Mode::Bulk);
    assert!(refused[0].1.ends_with("Process channel one at a time: 9 MB."), "{}", refused[0].1);
    let comparison = result.comparison.expect("a comparison");
    assert!(comparison.bulk.summary().is_none());
    assert_eq!(comparison.sequential.summary().map(|summary| summary.images), Some(80));
    assert_eq!((comparison.peak_ratio, comparison.time_ratio), (None, None));
    let json = serde_json::to_value(&comparison).expect("JSON");
    assert_eq!(json["bulk"]["refused"], true);
    assert_eq!(json["sequential"]["images_at_once"], 20);

    // Nothing fits: both refused, before anything is read.
    job.budget_bytes = Some(9_000_000);
    let result = run_job(&job, &|_| (), &Cancel::new()).expect("an answer");
    assert_eq!(result.records.len(), 0);
    let comparison = result.comparison.expect("a comparison");
    assert!(comparison.bulk.summary().is_none() && comparison.sequential.summary().is_none());
    // A single run that does not fit is an error.
    job.compare = false;
    job.plans.pop();
    let error = run_job(&job, &|_| (), &Cancel::new()).expect_err("over budget");
    assert!(error.to_string().contains("9.00 MB"), "{error}");
}

#[test]
fn short_rounds_are_repeated_until_their_time_tells_something() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 2, 2, 1), 16, 16);
    let rounds_of = |job: &Job, cancel_after: usize| {
        let (cancel, ended) = (Cancel::new(), Mutex::new(0));
        let see = |event| {
            if let JobEvent::Run { event: Event { kind: EventKind::Ended { .. }, .. }, .. } = event {
                let mut ended = ended.lock().expect("no panic");
                *ended += 1;
                if *ended == cancel_after {
                    cancel.cancel();
                }
            }
        };
        run_job(job, &see, &cancel).expect("two runs")
    };
    let in_all = |result: &stepwell::engine::JobResult, mode: Mode, rounds: usize| -> f64 {
        let of_mode = result.records.iter().filter(|record| record.plan.mode == mode);
        of_mode.take(rounds).map(|record| record.summary.wall_secs).sum()
    };
    let results = tempfile::tempdir().expect("a folder");
    let mut job = job(folder.path(), &[Component::Channel], results.path());
    job.rounds = Rounds::UntilTimed;
    let result = rounds_of(&job, usize::MAX);
    let comparison = result.comparison.as_ref().expect("a comparison");
    let rounds = comparison.rounds.len();
    assert_eq!(result.records.len(), 2 * rounds);
    let are_timed = |rounds: usize| {
        [Mode::Bulk, Mode::Sequential].iter().all(|mode| in_all(&result, *mode, rounds) >= 2.0)
    };
    assert!(rounds == 5 || are_timed(rounds), "{rounds} rounds");
    assert!(rounds == 1 || !are_timed(rounds - 1), "{rounds} rounds");
    // The order alternates, and a verdict follows from the records alone.
    let modes: Vec<Mode> = result.records.iter().map(|record| record.plan.mode).collect();
    for (round, pair) in modes.chunks(2).enumerate() {
        let first = if round % 2 == 0 { Mode::Bulk } else { Mode::Sequential };
        assert_eq!(pair[0], first, "round {round}");
    }
    let records: Vec<&RunRecord> = result.records.iter().collect();
    let again = Comparison::of_records(&records).expect("a comparison");
    assert_eq!((&again.rounds, again.verdict().time), (&comparison.rounds, comparison.verdict().time));

    // Cancelled in a later round, the whole rounds are compared; in the first, there is nothing to compare.
    for (cancel_after, compared) in [(1, None), (2, Some(1)), (3, Some(1))] {
        let result = rounds_of(&job, cancel_after);
        let rounds = result.comparison.map(|comparison| {
            assert_eq!(comparison.trouble, None);
            comparison.rounds.len()
        });
        assert_eq!(rounds, compared, "cancelled after {cancel_after} runs");
    }
    // One way alone is not repeated for a time that is compared with nothing.
    job.budget_bytes = Some(50_000_000);
    job.resting_rss_bytes = Some(8_000_000);
    job.plans[0].forecast.mapped_bytes = 90_000_000;
    let result = rounds_of(&job, usize::MAX);
    assert_eq!(result.records.len(), 1);
}

#[test]
fn a_fault_of_our_own_still_ends_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 2, 2, 1), 16, 16);
    let plate = open(folder.path());
    let request = support::request(plan(&plate, &spec(&[Component::Channel])), results.path().join("run"));
    let ends = Mutex::new(Vec::new());
    run(
        &request,
        &|event| match event.kind {
            EventKind::StepDone { .. } => panic!("on purpose"),
            EventKind::Ended { outcome, .. } => ends.lock().expect("no panic").push(outcome),
            _ => {}
        },
        &Cancel::new(),
    );
    assert_eq!(*ends.lock().expect("no panic"), [Outcome::Failed]);
}

#[test]
fn results_never_go_into_the_plate() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 2, 1, 1), 16, 16);
    let job = job(folder.path(), &[Component::Channel], &folder.path().join("deep/results"));
    let error = run_job(&job, &|_| (), &Cancel::new()).expect_err("inside the plate");
    assert!(error.to_string().contains("never written to"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2);

    // Through a folder that is not there.
    let mut job = job;
    job.results =
        folder.path().join("../not-there/..").join(folder.path().file_name().expect("a name")).join("out");
    let error = run_job(&job, &|_| (), &Cancel::new()).expect_err("inside the plate");
    assert!(error.to_string().contains("never written to"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2);

    // A plate that lies in the results folder, where its own results would go.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let results = elsewhere.path().to_owned();
    let plate = results.join("Screen 7");
    std::fs::create_dir_all(&plate).expect("writable");
    write_plate(&plate, &full_well(1, 2, 1, 1), 16, 16);
    let mut job = self::job(&plate, &[Component::Channel], &results);
    job.plans.iter_mut().for_each(|plan| "Screen 7".clone_into(&mut plan.plate.name));
    run_job(&job, &|_| (), &Cancel::new()).expect("fits");
    assert_eq!(std::fs::read_dir(&plate).expect("a folder").count(), 2);
    // Two runs, and the files of how fast they went and of what plate they are.
    assert_eq!(std::fs::read_dir(results.join("Screen 7 results")).expect("a folder").count(), 4);
}

#[test]
fn real_plates_give_the_same_results_both_ways() {
    let Some(plates) = plates_dir() else { return };
    let table: [(&str, &[Component], (usize, usize)); 5] = [
        ("imagexpress-database/Projection-Mix", &[Component::Channel], (42, 20)),
        ("imagexpress-database/Projection-Mix", &[Component::Channel, Component::Site], (42, 10)),
        ("imagexpress-database/1well-3C-2S-Zmix-T", &[Component::Timepoint, Component::Channel], (12, 2)),
        ("imagexpress-export/9987_Plate_3434", &[Component::Channel], (12, 4)),
        ("phenix-harmony-v1", &[Component::Channel], (6, 1)),
    ];
    for (folder, sequential, at_once) in table {
        let results = tempfile::tempdir().expect("a folder");
        let job = job(&plates.join(folder), sequential, results.path());
        let result = run_job(&job, &|_| (), &Cancel::new()).expect("fits");
        let comparison = result.comparison.expect("a comparison");
        let outputs = comparison.outputs.as_ref().expect("both ran");
        assert!(outputs.identical > 0 && outputs.different.is_empty(), "{folder}: {outputs:?}");
        let (bulk, sequential) =
            (comparison.bulk.summary().expect("ran"), comparison.sequential.summary().expect("ran"));
        assert_eq!((bulk.images_at_once, sequential.images_at_once), at_once, "{folder}");
        assert_eq!(bulk.failed, sequential.failed, "{folder}");
        assert_eq!(bulk.peak_counted_bytes, bulk.forecast_counted_bytes, "{folder}");
        assert_eq!(sequential.peak_counted_bytes, sequential.forecast_counted_bytes, "{folder}");
        assert_ne!(comparison.verdict().tone, Tone::Wrong, "{folder}");
        for summary in [bulk, sequential] {
            // A system without these numbers has nothing to hold against the forecast.
            if let (Some(peak), Some(forecast)) = (summary.peak_rss_bytes, summary.forecast_rss_bytes) {
                assert!(peak <= forecast + forecast / 33 + 4_000_000, "{folder}: {peak} {forecast}");
            }
            let record = RunRecord::read(summary.record.as_deref().expect("written")).expect("readable");
            assert_eq!(record.summary, *summary);
        }
    }
}

#[test]
fn a_record_reads_back_as_it_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 2, 2, 1), 16, 16);
    let plate = open(folder.path());
    let planned = plan(&plate, &spec(&[Component::Channel]));
    let results = tempfile::tempdir().expect("a folder");
    let (events, _) = events_of(&planned, &results.path().join("run"));
    let mut record = RunRecord::begin("test", &planned, 1_800_000_000);
    events.iter().for_each(|event| record.keep(event));
    record.samples.push(TimedSample { at_secs: 99.0, rss: None, counted: 7, phases: None });
    let path = record.write(&support::place(&results.path().join("run"))).expect("writable");
    assert_eq!(RunRecord::read(&path).expect("readable"), record);

    let newer = std::fs::read_to_string(&path).expect("readable").replacen("version: 1", "version: 99", 1);
    std::fs::write(&path, newer).expect("writable");
    assert!(RunRecord::read(&path).expect_err("too new").to_string().contains("version 99"));
    std::fs::write(&path, "(nonsense").expect("writable");
    assert!(RunRecord::read(&path).is_err());
}

#[test]
fn a_stored_record_of_version_1_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/record-v1.ron");
    let record = RunRecord::read(&path).expect("every version that was ever written is read");
    assert_eq!((record.version, record.outcome), (1, Outcome::Completed));
    assert_eq!(record.plan.sequential, [Component::Channel]);
    assert_eq!((record.summary.images, record.summary.combinations, record.outputs.len()), (4, 2, 2));
    assert_eq!(record.outputs[0].key.to_string(), "A01_s1_w1_t1");
    assert!(!record.samples.is_empty() && !record.events.is_empty());
}

#[test]
fn records_with_what_a_plan_had_worked_out_are_read_and_keep_the_users_settings() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/record-v1.ron");
    let text = std::fs::read_to_string(path).expect("readable");
    let normalise = "PercentileNormalize((low_percentile: 1.0, high_percentile: 99.0))";
    let table = [
        (
            "Stitching((placement: StagePositions, corners: {1: (x: -6, y: 4)}))",
            "Stitching((placement:StagePositions))",
        ),
        (
            "GaussianSmoothing((sigma: Micrometres(0.5), planned_px: Some(0.7)))",
            "GaussianSmoothing((sigma:Micrometres(0.5)))",
        ),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("record.ron");
    for (stored, chosen) in table {
        assert!(text.contains(normalise));
        std::fs::write(&path, text.replace(normalise, stored)).expect("writable");
        let record = RunRecord::read(&path).expect("every version that was ever written is read");
        let step = &record.spec.pipeline.steps[0].step;
        assert_eq!(ron::to_string(step).expect("text"), chosen);
        assert!(record.to_ron().expect("text").replace(' ', "").contains(&chosen.replace(' ', "")));
    }
}

#[test]
fn every_preset_gives_the_same_results_both_ways_on_real_plates() {
    let Some(plates) = plates_dir() else { return };
    let table = [
        "imagexpress-database/Projection-Mix",
        "imagexpress-database/1well-3C-2S-Zmix-T",
        "imagexpress-export/9987_Plate_3434",
        "phenix-harmony-v1",
        "operetta-harmony5",
    ];
    for folder in table {
        for preset in PRESETS {
            let results = tempfile::tempdir().expect("a folder");
            let plate = open(&plates.join(folder));
            let mut pipeline = (preset.make)();
            for step in &mut pipeline.steps {
                step.step = step.step.clone().fitted(&PlateImages::of_plate(&plate));
            }
            let plans = [&[][..], &[Component::Channel]]
                .map(|sequential| plan(&plate, &RunSpec { pipeline: pipeline.clone(), ..spec(sequential) }));
            let job = Job {
                plans: plans.into(),
                ..job(&plates.join(folder), &[Component::Channel], results.path())
            };
            let comparison =
                run_job(&job, &|_| (), &Cancel::new()).expect("fits").comparison.expect("two runs");
            let outputs = comparison.outputs.as_ref().expect("both ran");
            let what = format!("{folder}, {}", preset.name);
            assert!(outputs.identical > 0 && outputs.different.is_empty(), "{what}: {outputs:?}");
            for summary in [comparison.bulk.summary(), comparison.sequential.summary()] {
                let summary = summary.expect("ran");
                assert!(summary.peak_counted_bytes <= summary.forecast_counted_bytes, "{what}: {summary:?}");
            }
            assert_ne!(comparison.verdict().tone, Tone::Wrong, "{what}");
        }
    }
}
