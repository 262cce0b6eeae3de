//! The runs of this session.

use stepwell::chart::ChartRun;
use stepwell::compare::Comparison;
use stepwell::engine::{JobResult, Rounds};
use stepwell::record::{Compared, RunId};

use crate::*;

#[test]
fn the_images_of_the_newest_run_of_each_mode_are_kept() {
    let mut bench = Bench::compared();
    let kept = |bench: &Bench| {
        let outputs = &bench.state.images.outputs;
        let runs: BTreeSet<(RunId, &str)> =
            outputs.iter().map(|output| (output.run, output.step_name.as_str())).collect();
        (outputs.len(), runs.into_iter().map(|(run, name)| (run, name.to_owned())).collect::<Vec<_>>())
    };
    let (count, runs) = kept(&bench);
    let [bulk, sequential] = runs.as_slice() else { panic!("two runs: {runs:?}") };
    assert_eq!(bulk.1, "Z projection (maximum)");
    bench.state.handle(RunsCommand::Run(Mode::Sequential));
    bench.settle();
    let (generation, plans) = bench.begin_job();
    let events = vec![synthetic::events(&plans[0], 0.01)];
    let result = Ok(Box::new(synthetic::result(&plans, &events, None)));
    bench.state.apply(RunsEvent::JobDone { generation, result });
    let (more, runs) = kept(&bench);
    assert!(more > count && runs.len() == 2);
    assert!(runs.contains(bulk) && !runs.contains(sequential));
}

#[test]
fn comparing_takes_the_largest_well_and_shows_the_verdict() {
    let mut harness = Bench::with_budget("35MB").show();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_ok();
    let (_, request) = harness.state().job();
    assert_eq!(request.wells, BTreeSet::from([well("B02")]));
    assert_eq!(
        request.specs.iter().map(|spec| spec.mode).collect::<Vec<_>>(),
        [Mode::Bulk, Mode::Sequential]
    );
    assert_eq!(request.fix.as_deref(), Some("Process channel one at a time: 31.4 MB."));

    let harness = Bench::compared().show();
    assert!(harness.query_by_label("process all 6 selected wells one at a time").is_some());
    for text in ["36.9 MB", "21.9 MB", "1.7 × less", "no difference in time"] {
        assert!(harness.query_by_label(text).is_some(), "{text}");
    }
    assert!(harness.query_by_label_contains("All 18 results are identical.").is_some());
    assert!(harness.query_by_label_contains("fits your budget of 35.0 MB; all at once does not").is_some());
    assert!(harness.query_by_label("Show folder").is_some());
    assert!(harness.query_by_label_contains("DAPI, 27 images, ").is_some());
}

#[test]
fn the_chart_shows_the_rounds_that_stand_for_their_modes() {
    let mut bench = Bench::with_budget("35MB");
    bench.state.handle(RunsCommand::Compare { is_all_wells: false });
    bench.settle();
    assert_eq!(bench.job().1.rounds, Rounds::UntilTimed);
    let (generation, plans) = bench.begin_job();
    let mut records = Vec::new();
    // Seconds of an image, all at once and one at a time: the first round is the slowest.
    for (round, secs) in [[0.05, 0.06], [0.01, 0.02], [0.02, 0.03]].into_iter().enumerate() {
        for (plan, secs) in plans.iter().zip(secs) {
            let mut events = synthetic::events(plan, secs);
            let run = format!("{} {round}", events[0].run);
            events.iter_mut().for_each(|event| event.run.clone_from(&run));
            for event in synthetic::job_events(plan, &events) {
                bench.state.apply(RunsEvent::Job { generation, event: Box::new(event) });
            }
            let mut record = synthetic::result(std::slice::from_ref(plan), &[events], None).records.remove(0);
            record.compared = Some(Compared { name: "compared".to_owned(), round, refused: Vec::new() });
            records.push(record);
        }
        let runs: Vec<&str> = bench
            .state
            .runs
            .shown()
            .map(|run| run.record.run.rsplit(' ').next().unwrap_or_default())
            .collect();
        assert_eq!(runs, ["0", "0"], "while round {round} goes the chart shows the first");
        assert_eq!(bench.state.memory.chart.runs.len(), 2);
        assert_eq!(bench.state.runs.job.as_ref().map(|job| job.progress.round()), Some(round + 1));
    }
    let comparison = Comparison::of_records(&records.iter().collect::<Vec<_>>());
    let result = Ok(Box::new(JobResult { records, comparison }));
    bench.state.apply(RunsEvent::JobDone { generation, result });
    bench.settle();
    let comparison = bench.state.memory.comparison.as_ref().expect("a comparison");
    assert_eq!(comparison.rounds.len(), 3);
    for (mode, side) in [(Mode::Bulk, &comparison.bulk), (Mode::Sequential, &comparison.sequential)] {
        let run = bench.state.runs.last_run(mode).expect("a run");
        assert_eq!(Some(run.summary()), side.summary(), "{mode:?}");
        assert!(run.record.run.ends_with(" 2"), "{}", run.record.run);
        let charted = bench.state.memory.chart.runs.iter().find(|charted| charted.id == run.id);
        let expected = ChartRun::of_record(run.id, &run.record);
        assert_eq!(charted.expect("in the chart").markers(), expected.markers());
        assert_eq!(run.course.at_secs(), run.summary().wall_secs);
    }
    assert_eq!((bench.state.memory.chart.runs.len(), bench.state.runs.list.len()), (2, 2));
}

#[test]
fn a_mode_over_budget_is_refused_and_the_other_shown() {
    let mut bench = Bench::with_budget("35MB");
    bench.state.handle(RunsCommand::Compare { is_all_wells: false });
    bench.settle();
    let (generation, plans) = bench.begin_job();
    let forecast = plans[0].forecast.with_resting(Some(synthetic::RESTING));
    let why = "All at once needs 45.6 MB, which is over the budget of 35.0 MB.".to_owned();
    let refused = JobEvent::Refused { mode: Mode::Bulk, forecast, why: why.clone() };
    bench.state.apply(RunsEvent::Job { generation, event: Box::new(refused) });
    let events = synthetic::events(&plans[1], 0.01);
    for event in synthetic::job_events(&plans[1], &events) {
        bench.state.apply(RunsEvent::Job { generation, event: Box::new(event) });
    }
    let mut result = synthetic::result(&plans[1..], &[events], Some(35_000_000));
    let ran = stepwell::compare::ModeResult::Ran(Box::new(result.records[0].summary.clone()));
    let refused = stepwell::compare::ModeResult::Refused {
        refused: true,
        forecast_counted_bytes: forecast.counted_bytes,
        forecast_rss_bytes: forecast.rss_bytes,
        why: why.clone(),
    };
    let components = vec![Component::Channel];
    result.comparison = Some(stepwell::compare::Comparison::of(refused, ran, components, Some(35_000_000)));
    bench.state.apply(RunsEvent::JobDone { generation, result: Ok(Box::new(result)) });
    let harness = bench.show();
    assert!(harness.query_by_label_contains(&why).is_some());
    assert!(harness.query_by_label("forecast, all at once · over budget, not run").is_some());
    assert_eq!(harness.state().state.runs.list.len(), 1);
}

#[test]
fn a_killed_worker_is_told_and_the_next_run_works() {
    let mut bench = Bench::with_budget("35MB");
    bench.state.handle(RunsCommand::Run(Mode::Bulk));
    bench.settle();
    let (generation, plans) = bench.begin_job();
    let mut events = synthetic::events(&plans[0], 0.01);
    events.truncate(40);
    let why = "The worker was ended by signal 9. Memory last seen: 20.1 MB.".to_owned();
    let summary = Box::default();
    let kind = EventKind::Ended { outcome: Outcome::Failed, why: Some(why.clone()), summary };
    events.push(stepwell::events::Event { run: events[0].run.clone(), at_secs: 0.4, kind });
    for event in synthetic::job_events(&plans[0], &events) {
        bench.state.apply(RunsEvent::Job { generation, event: Box::new(event) });
    }
    let result = Ok(Box::new(synthetic::result(&plans, &[events], None)));
    bench.state.apply(RunsEvent::JobDone { generation, result });
    let mut harness = bench.show();
    assert!(harness.query_all_by_label_contains(&why).next().is_some());
    harness.get_by_label("Dismiss").click();
    harness.run();
    harness.state_mut().asked.clear();
    harness.get_by_label("Run one at a time").click();
    harness.run_ok();
    assert_eq!(harness.state().job().1.specs[0].mode, Mode::Sequential);
}

#[test]
fn after_the_last_clear_nothing_was_in_memory() {
    for (at_secs, expected) in [(0.1, "In memory at "), (1e6, "No image was in memory then")] {
        let mut bench = Bench::compared();
        let run = bench.state.runs.last_run(Mode::Sequential).expect("a run").id;
        bench.state.handle(MemoryCommand::ShowMoment(Some(stepwell::app::Moment { run, at_secs })));
        let harness = bench.show();
        assert!(harness.query_by_label_contains(expected).is_some(), "{at_secs}");
    }
}

#[test]
fn a_run_is_cancelled() {
    let mut bench = Bench::with_budget("35MB");
    bench.state.handle(RunsCommand::Run(Mode::Sequential));
    bench.settle();
    let (generation, plans) = bench.begin_job();
    for event in synthetic::job_events(&plans[0], &synthetic::events(&plans[0], 0.01)[..30]) {
        bench.state.apply(RunsEvent::Job { generation, event: Box::new(event) });
    }
    let mut harness = bench.show();
    assert!(harness.query_by_label("One at a time · B02 · DAPI · reading images").is_some());
    harness.get_by_label("Cancel").click();
    harness.run_ok();
    assert!(harness.state().state.runs.job.as_ref().is_some_and(stepwell::app::JobState::is_cancelling));
    assert!(harness.query_by_label("Stopping…").is_some());
}

#[test]
fn answers_that_come_late_change_nothing() {
    let mut bench = Bench::with_budget("35MB");
    bench.state.handle(RunsCommand::Run(Mode::Bulk));
    bench.settle();
    let (generation, plans) = bench.begin_job();
    let stale = generation + 1000;
    let event = synthetic::job_events(&plans[0], &synthetic::events(&plans[0], 0.01)).remove(0);
    bench.state.apply(RunsEvent::Job { generation: stale, event: Box::new(event) });
    bench.state.apply(RunsEvent::JobDone { generation: stale, result: Err("late".to_owned()) });
    bench.state.apply(ForecastEvent::Choices { generation: stale, result: Err("late".to_owned()) });
    assert!(bench.state.runs.job.is_some());
    assert!(bench.state.status.trouble.is_none());
    assert!(bench.state.forecast.outlook().is_some());
    bench.state.apply(RunsEvent::JobDone { generation, result: Err("no room".to_owned()) });
    assert!(bench.state.runs.job.is_none());
    assert_eq!(bench.state.status.trouble.as_ref().map(|trouble| trouble.sentence.as_str()), Some("no room"));
    assert!(bench.state.runs.list.is_empty());
}
