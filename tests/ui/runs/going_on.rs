//! Runs that are not done: how far they are, whether they can continue, and what happens when they do.

use std::path::{Path, PathBuf};

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use stepwell::app::{HistoryCommand, RunsCommand, RunsEvent, SettingsCommand, Tab, Work};
use stepwell::engine::{JobEvent, JobResult, RunInto};
use stepwell::events::{EventKind, Outcome};
use stepwell::machine::Machine;
use stepwell::plan::Mode;
use stepwell::record::folder::WellsDone;
use stepwell::record::{PastRun, StretchSummary};

use super::history::{Disk, RESULTS, ask, charted, click, of_plate};
use crate::bench::Bench;
use crate::{label_with, synthetic};

const OF_THREE: WellsDone = WellsDone { done: 1, wanted: 3, is_put_together: true, is_going_on: false };

/// A stretch in which a run was started, and the one in which it went on.
fn stretches() -> Vec<StretchSummary> {
    let began = StretchSummary {
        id: "1".to_owned(),
        started_unix_secs: 1_793_437_200,
        utc_offset_secs: Some(0),
        machine: Some(synthetic::machine()),
        threads: 8,
        budget_bytes: None,
        wells: 3,
        done: 1,
        outcome: Some(Outcome::Cancelled),
        why: None,
        baseline_rss_bytes: None,
        peak_rss_bytes: Some(31_000_000),
        peak_counted_bytes: 20_000_000,
        forecast_rss_bytes: None,
        wall_secs: 12.0,
    };
    let machine = Machine {
        system: "Debian 13".to_owned(),
        cores: 2,
        memory_bytes: Some(8_000_000_000),
        ..Machine::default()
    };
    let went_on = StretchSummary {
        id: "2".to_owned(),
        started_unix_secs: 1_793_527_200,
        utc_offset_secs: Some(0),
        machine: Some(machine),
        threads: 2,
        wells: 2,
        done: 2,
        outcome: Some(Outcome::Completed),
        peak_rss_bytes: None,
        wall_secs: 41.0,
        ..began.clone()
    };
    vec![began, went_on]
}

/// Of two runs the second is not done.
fn unfinished(change: impl FnOnce(&mut PastRun)) -> Disk {
    let mut disk = Disk::of_days(&[3]);
    disk.change(1, |record| record.outcome = Outcome::Cancelled);
    disk.runs[1].0.wells = Some(OF_THREE);
    change(&mut disk.runs[1].0);
    disk
}

/// With the second run selected in the list.
fn selected(disk: &Disk) -> Bench {
    let mut bench = disk.listed();
    ask(&mut bench, HistoryCommand::Select(vec![disk.folder(1)]));
    bench
}

fn has_job(harness: &Harness<'_, Bench>) -> bool {
    harness.state().state.runs.job.is_some()
}

#[test]
fn a_run_that_is_not_done_says_how_far_it_is_and_whether_it_can_go_on() {
    type Change = fn(&mut PastRun);
    // What is said of it, and why it cannot go on; none where it can.
    let table: [(&str, Change, &str, Option<&str>); 6] = [
        ("wells are missing", |_| {}, "1 of 3 wells is done.", None),
        (
            "nothing is missing",
            |run| run.wells = Some(WellsDone { done: 3, is_put_together: false, ..OF_THREE }),
            "All wells are done, but the run is not put together yet.",
            None,
        ),
        (
            "somebody is at work in it",
            |run| run.wells = Some(WellsDone { done: 2, is_going_on: true, ..OF_THREE }),
            "2 of 3 wells are done.",
            Some("another command is working in it: look again when that is done"),
        ),
        (
            "of an earlier version",
            |run| run.wells = None,
            "It did not finish.",
            Some("it was made by an earlier version and cannot be continued: run it again"),
        ),
        (
            "of a well that is not there",
            |run| run.head.plan.wells.push("P24".parse().expect("a well")),
            "1 of 3 wells is done.",
            Some("the open plate has no well P24"),
        ),
        (
            "of another plate",
            |run| of_plate(&mut run.head, "Projection-Mix"),
            "1 of 3 wells is done.",
            Some("open the plate Projection-Mix in /data/Projection-Mix first"),
        ),
    ];
    for (case, change, says, blocked) in table {
        let disk = unfinished(change);
        let mut harness = selected(&disk).show();
        ask(harness.state_mut(), HistoryCommand::ShowAllPlates(true));
        harness.run_steps(3);
        assert_eq!(harness.query_all_by_label(says).count(), 1, "{case}");
        let button = harness.get_by_role_and_label(Role::Button, "Continue");
        assert_eq!(button.accesskit_node().is_disabled(), blocked.is_some(), "{case}");
        let state = &harness.state().state;
        let run = state.runs.history.run(&disk.folder(1)).expect("listed");
        let why = state.runs.continue_blocked(run, state.plate.as_ref(), &state.settings);
        assert_eq!(why.as_deref(), blocked, "{case}");
        button.click();
        harness.run_steps(4);
        assert_eq!(has_job(&harness), blocked.is_none(), "{case}");
        if blocked.is_none() {
            assert_eq!(harness.state().state.status.tab, Tab::Memory);
            let state = &harness.state().state;
            let run = state.runs.history.run(&disk.folder(1)).expect("listed");
            let why = state.runs.continue_blocked(run, state.plate.as_ref(), &state.settings);
            assert_eq!(why.as_deref(), Some("a run is in progress"), "{case}");
        }
    }
    // One that is done has nothing to continue with.
    let disk = unfinished(|run| run.wells = Some(WellsDone { done: 3, ..OF_THREE }));
    let harness = selected(&disk).show();
    assert!(
        harness.query_by_label("Continue").is_none()
            && harness.query_by_label_contains("wells are done").is_none()
    );
}

#[test]
fn a_run_goes_on_in_its_folder_with_what_this_computer_has() {
    let disk = unfinished(|_| {});
    let mut bench = disk.listed();
    bench.state.handle(SettingsCommand::SetThreads(Some(3)));
    bench.state.handle(SettingsCommand::SetBudget("20MB".to_owned()));
    bench.settle();
    ask(&mut bench, HistoryCommand::Continue(disk.folder(1)));
    let (_, request) = bench.job();
    assert_eq!(request.into, Some(RunInto { folder: disk.folder(1), merges: true, again: Vec::new() }));
    assert_eq!(request.specs.iter().map(|spec| spec.threads).collect::<Vec<_>>(), [3]);
    assert_eq!(request.budget_bytes, Some(20_000_000));
    assert!(request.fix.is_some_and(|fix| fix.starts_with("Raise the budget, or continue the run on")));
    // The wells are found out where the files are.
    assert!(request.wells.is_empty());
}

#[test]
fn a_run_of_others_says_what_it_reads_and_where_it_writes_before_it_goes_on() {
    let disk = unfinished(|run| run.head.machine = None);
    let mut harness = selected(&disk).show();
    for (answer, is_run) in [("Do not run", false), ("Run it", true)] {
        click(&mut harness, Role::Button, "Continue");
        assert!(!has_job(&harness));
        assert!(
            harness
                .query_by_role_and_label(Role::Dialog, "Continue a run that may come from somebody else?")
                .is_some()
        );
        for shown in ["/data/Neurites-07", &disk.folder(1).display().to_string()] {
            assert!(harness.query_all_by_label(shown).next().is_some(), "{shown}");
        }
        click(&mut harness, Role::Button, answer);
        assert_eq!(has_job(&harness), is_run, "{answer}");
    }
    let into = harness.state().job().1.into;
    assert_eq!(into.map(|into| into.folder), Some(disk.folder(1)));
}

/// Begins the job that was asked for, as the engine thread would: its run, with a folder, up to the end of its first combination.
fn begin(bench: &mut Bench, folder: &Path) -> (u64, stepwell::plan::Plan) {
    let (generation, plans) = bench.begin_job();
    let [plan] = <[_; 1]>::try_from(plans).expect("one run");
    let begun = JobEvent::Begun { mode: plan.spec.mode, folder: folder.to_owned() };
    bench.state.apply(RunsEvent::Job { generation, event: Box::new(begun) });
    let events = synthetic::events(&plan, 0.011);
    let to =
        events.iter().position(|event| matches!(event.kind, EventKind::Cleared { .. })).expect("a clear");
    for event in synthetic::job_events(&plan, &events[..=to]) {
        bench.state.apply(RunsEvent::Job { generation, event: Box::new(event) });
    }
    (generation, plan)
}

/// With a run of this session that ended because the disk was full; how far it is, the disk has not told yet.
fn ended(disk: &Disk) -> Bench {
    let mut bench = Bench::with_budget("35MB");
    bench.state.handle(RunsCommand::Run(Mode::Sequential));
    bench.settle();
    let (generation, plan) = begin(&mut bench, &disk.folder(0));
    // Not even the record could be written.
    let mut record = disk.runs[0].1.clone();
    record.run.clone_from(&bench.state.runs.list[0].record.run);
    record.summary.record = None;
    record.plan = plan.summary();
    record.why = Some("The disk is full.".to_owned());
    record.outcome = Outcome::Failed;
    let result = JobResult { records: vec![record], comparison: None };
    bench.state.apply(RunsEvent::JobDone { generation, result: Ok(Box::new(result)) });
    bench
}

/// The computer on which the run was made, as the made-up settings do not know it.
fn know_computer(bench: &mut Bench) {
    bench.state.apply(stepwell::app::SettingsEvent::Machine {
        machine: synthetic::machine(),
        results: PathBuf::from(RESULTS),
        results_free_bytes: None,
    });
}

/// One run that is not done.
fn unfinished_alone() -> Disk {
    let mut disk = unfinished(|_| {});
    disk.runs.remove(0);
    disk
}

/// With a run that ended because the disk was full, and can continue.
pub(crate) fn interrupted() -> Bench {
    let disk = unfinished_alone();
    let mut bench = ended(&disk);
    disk.answer(&mut bench);
    know_computer(&mut bench);
    bench
}

#[test]
fn where_the_end_of_a_run_is_told_it_can_go_on_and_is_then_one_run() {
    let mut disk = unfinished_alone();
    let folder = disk.folder(0);
    let mut harness = ended(&disk).show();
    harness.run_steps(3);
    assert!(harness.query_by_label("Continue").is_none(), "it is not known yet how far it is");
    disk.answer(harness.state_mut());
    harness.run_steps(3);
    assert_eq!(
        label_with(&harness, "did not finish: "),
        "Channel, one at a time did not finish: The disk is full."
    );
    assert_eq!(label_with(&harness, "wells is done"), "1 of 3 wells is done.");
    assert!(label_with(&harness, "Did not finish: ").contains(&format!(" in {}", folder.display())));
    know_computer(harness.state_mut());
    harness.run_steps(3);
    click(&mut harness, Role::Button, "Continue");
    let (generation, mut request) = harness.state().job();
    assert_eq!(request.into.as_ref().map(|into| &into.folder), Some(&folder));
    // What is done is looked at, and what is not as it was is told.
    let looking = JobEvent::Looking { done: 1, of: 2 };
    harness.state_mut().state.apply(RunsEvent::Job { generation, event: Box::new(looking) });
    harness.run_steps(3);
    assert!(harness.query_by_label("Checking what is done · 1 of 2 wells").is_some());
    let why = "A01 is processed again: images/2-z-max/a.tif is not there any more.";
    harness.state_mut().state.apply(RunsEvent::Looked { generation, told: vec![why.to_owned()] });
    harness.run_steps(3);
    assert!(harness.query_by_label("Something has changed since the run began").is_some());
    assert!(harness.query_by_label(why).is_some());
    let log = &harness.state().state.log.lines;
    assert!(log.lines().iter().any(|line| line.text == why));
    // It goes on, and is done.
    let bench = harness.state_mut();
    request.wells = bench.state.plate.as_ref().expect("open").selection.clone();
    for work in &mut bench.asked {
        if let Work::Runs(stepwell::app::RunsWork::Run { request: asked, .. }) = work {
            asked.wells.clone_from(&request.wells);
        }
    }
    let (generation, _) = begin(bench, &folder);
    harness.run_steps(3);
    assert!(harness.query_by_label("Processing what is missing of the run.").is_some());
    let bench = harness.state_mut();
    let mut record = disk.runs[0].1.clone();
    (record.outcome, record.stretches) = (Outcome::Completed, stretches());
    let combinations = record.course().combinations().count();
    let result = JobResult { records: vec![record], comparison: None };
    bench.state.apply(RunsEvent::JobDone { generation, result: Ok(Box::new(result)) });
    disk.runs[0].0.wells = Some(WellsDone { done: 3, ..OF_THREE });
    disk.answer(bench);
    harness.run_steps(3);
    let state = &harness.state().state;
    let [run] = state.runs.list.as_slice() else { panic!("{:?}", state.runs.list.len()) };
    // The chart, the clears and the map are of all stretches, and of this one alone before.
    assert_eq!(
        state.runs.well_stages.keys().collect::<Vec<_>>(),
        run.record.plan.wells.iter().collect::<Vec<_>>()
    );
    assert_eq!((run.combinations.len(), run.folder()), (combinations, Some(folder)));
    assert_eq!(charted(harness.state()).len(), 1);
    assert!(harness.query_by_label("Continue").is_none());
    assert!(label_with(&harness, " took ").contains(" in 2 stretches of work"));
}

#[test]
fn the_settings_of_a_run_name_its_stretches_and_its_time_is_not_compared() {
    let mut disk = Disk::of_days(&[3]);
    disk.change(1, |record| record.stretches = stretches());
    let mut bench = selected(&disk);
    disk.answer(&mut bench);
    let mut harness = bench.show();
    let texts = |harness: &Harness<'_, Bench>| -> Vec<String> {
        harness.query_all_by_role(Role::Label).filter_map(|node| node.accesskit_node().value()).collect()
    };
    let shown = texts(&harness);
    let rows: Vec<&String> = shown.iter().filter(|text| text.contains(" (UTC+00:00) · ")).collect();
    let machine = synthetic::machine();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows[0].contains(&machine.system), "{}", rows[0]);
    assert!(
        rows[0].ends_with(" · 8 threads · 1 of 3 wells done · peak 31.0 MB · 12 s · cancelled"),
        "{}",
        rows[0]
    );
    assert_eq!(
        *rows[1],
        "2026-11-01 10:00 (UTC+00:00) · Debian 13, 2 processors, 8.00 GB · 2 threads · 2 of 2 wells done · 41 s · completed"
    );
    assert!(shown.iter().any(|text| text == "Stretch of work 2"));
    // In a comparison.
    ask(harness.state_mut(), HistoryCommand::ShowOnly(vec![disk.folder(0), disk.folder(1)]));
    disk.answer(harness.state_mut());
    harness.run_steps(4);
    assert_eq!(
        label_with(&harness, "Time is"),
        "Time is not compared: a run was done in several stretches of work."
    );
    let comparison = harness.state().state.memory.comparison.clone().expect("a comparison");
    assert_eq!((comparison.time_ratio, comparison.time_finding()), (None, None));
    assert_eq!(comparison.verdict().cost, None);
}
