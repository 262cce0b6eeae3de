//! Other programs that are watched from the window: which one, its memory while it goes, and beside other runs afterwards.

use std::path::PathBuf;
use std::time::Duration;

use crossbeam_channel::Receiver;
use stepwell::app::{
    HistoryCommand, HistoryEvent, HistoryWork, WatchCommand, WatchNews, WatchWork, Watchable,
};
use stepwell::record::{AnyRecord, Past, PastWatched, RunLabel};
use stepwell::watch::{
    Ask, Moment, MomentKind, Origin, RunningProgram, WatchEvent, WatchedEnd, WatchedRecord, WatchedSample,
};

use super::*;

const MB: u64 = 1_000_000;

/// A program that reads images twice; its second process has the larger part.
fn record(name: &str, peak_mb: u64, secs: f64) -> WatchedRecord {
    let mut record = WatchedRecord::new(vec!["python3".to_owned(), "segment.py".to_owned()], Origin::Started);
    (record.run, record.name) = (format!("2026-12-01 10.00.00 {name}"), Some(name.to_owned()));
    record.folder = Some(PathBuf::from("/results/Watched programs").join(&record.run));
    record.started_unix_secs = Some(1_796_100_000);
    record.end = WatchedEnd::Exited { code: 0 };
    record.secs = Some(secs);
    record.processes_seen = Some(2);
    for nth in 0..60_u64 {
        let rss = (60 + peak_mb * (nth % 30).min(20) / 20) * MB;
        record.keep(WatchedSample {
            at_secs: secs * nth as f64 / 60.0,
            rss: Some(rss),
            pss: None,
            largest: Some(rss - 40 * MB),
            processes: Some(2),
        });
    }
    let moment = |share: f64, kind, said: &str| Moment { at_secs: secs * share, kind, said: said.to_owned() };
    let combination = Some("('1',)".to_owned());
    record.moments = vec![
        moment(
            0.05,
            MomentKind::Preloaded { images: Some(54), combination: combination.clone() },
            "Saved 54 files",
        ),
        moment(0.2, MomentKind::StepStarted { name: "segment".to_owned() }, "segment begins"),
        moment(0.4, MomentKind::Mark, "the large one"),
        moment(0.45, MomentKind::StepDone { name: "segment".to_owned() }, "segment done"),
        moment(0.5, MomentKind::Cleared { images: Some(54), combination }, "Cleared 54 files"),
    ];
    record.settle();
    record
}

fn program(pid: u32, name: &str, mb: u64) -> RunningProgram {
    RunningProgram {
        pid,
        name: name.to_owned(),
        command: format!("/usr/bin/{name} --all"),
        rss_bytes: Some(mb * MB),
        runs_for: Duration::from_secs(90),
    }
}

/// The dialog with the programs that are running.
pub(crate) fn choosing() -> Bench {
    let mut bench = Bench::new();
    bench.state.handle(WatchCommand::Open);
    bench.settle();
    let programs = vec![program(4321, "fiji", 900), program(77, "cellprofiler", 400), program(8, "bash", 4)];
    bench.state.apply(WatchNews::Listed(Ok(programs)));
    bench
}

/// What was asked to be watched last: its number, what, and what it is asked meanwhile.
fn asked(bench: &Bench) -> Option<(u64, Watchable, Receiver<Ask>)> {
    bench.asked.iter().rev().find_map(|work| match work {
        Work::Watch(WatchWork::Watch { generation, what, asked, .. }) => {
            Some((*generation, what.clone(), asked.clone()))
        }
        _ => None,
    })
}

/// A program that is being watched, so far.
fn watching(bench: &mut Bench) -> (u64, Receiver<Ask>) {
    bench.state.handle(WatchCommand::Open);
    bench.state.handle(WatchCommand::Join(4321));
    bench.settle();
    let (generation, _, asks) = asked(bench).expect("it is asked for");
    let whole = record("segmentation", 400, 50.0);
    let begun =
        WatchedRecord { samples: Vec::new(), moments: Vec::new(), end: WatchedEnd::Unknown, ..whole.clone() };
    let mut see = |event| bench.state.apply(WatchNews::Seen { generation, event });
    see(WatchEvent::Began(Box::new(begun)));
    whole.samples.iter().take(40).for_each(|sample| see(WatchEvent::Sample(*sample)));
    whole.moments.iter().for_each(|moment| see(WatchEvent::Moment(moment.clone())));
    (generation, asks)
}

/// The same in a window with a plate.
pub(crate) fn going() -> Bench {
    let mut bench = Bench::with_budget("35MB");
    watching(&mut bench);
    bench
}

#[test]
fn a_program_is_typed_or_chosen_from_those_that_run() {
    let mut harness = choosing().show();
    harness.get_by_role_and_label(Role::TextInput, "Command line").focus();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Command line").type_text("python3 'my script.py'");
    harness.run();
    harness.get_by_label("Start and watch").click();
    harness.run();
    let (_, what, _) = asked(harness.state()).expect("it is asked for");
    assert_eq!(
        what,
        Watchable::Command { words: vec!["python3".into(), "my script.py".into()], folder: None }
    );

    let mut harness = choosing().show();
    let listed = |harness: &Harness<'_, Bench>, pid: &str| {
        harness
            .query_all_by(|node| {
                node.label().is_some_and(|label| label.starts_with("Watch ") && label.ends_with(pid))
            })
            .count()
    };
    assert_eq!(["4321", "77", "8"].map(|pid| listed(&harness, &format!("process {pid}"))), [1, 1, 1]);
    harness.get_by_role_and_label(Role::TextInput, "Filter the programs").focus();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Filter the programs").type_text("CELL");
    harness.run();
    assert_eq!(["4321", "77", "8"].map(|pid| listed(&harness, &format!("process {pid}"))), [0, 1, 0]);
    harness.get_by_label("Watch cellprofiler, process 77").click();
    harness.run();
    assert_eq!(asked(harness.state()).map(|(_, what, _)| what), Some(Watchable::Process(77)));
}

#[test]
fn the_dialog_opens_where_no_plate_is_open_too() {
    let mut harness = Bench::new().show();
    harness.get_by_label("Watch a program…").click();
    // While programs are looked for, something turns.
    harness.run_steps(3);
    assert!(harness.state().has_asked(|work| matches!(work, Work::Watch(WatchWork::List))));
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(!harness.state().state.watch.is_open);
}

#[test]
fn its_memory_is_seen_while_it_goes_and_moments_are_marked_and_it_goes_on_unwatched() {
    let mut bench = Bench::new();
    let (generation, asks) = watching(&mut bench);
    let mut harness = bench.show();
    harness.run();
    assert!(label_with(&harness, "in 2 processes, at most 460 MB").starts_with("2"), "its memory now");
    assert!(label_with(&harness, "Memory chart. segmentation: peak 460 MB").contains("so far"));
    // A key marks a moment where nothing is being typed.
    harness.key_press(Key::M);
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Words on the mark").focus();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Words on the mark").type_text("step 2");
    harness.run();
    harness.get_by_label("Mark a moment").click();
    harness.run();
    harness.get_by_label("Stop watching").click();
    harness.run();
    let said: Vec<Ask> = asks.try_iter().collect();
    assert_eq!(said, [Ask::Mark(String::new()), Ask::Mark("step 2".to_owned()), Ask::Stop]);
    let ended = WatchedRecord { end: WatchedEnd::StillRunning, ..record("segmentation", 400, 50.0) };
    harness.state_mut().state.apply(WatchNews::Ended { generation, result: Ok(Box::new(ended)) });
    harness.run();
    label_with(
        &harness,
        "segmentation goes on, and is watched no more after 50 s. Peak memory: 460 MB in 2 processes",
    );
    assert!(harness.state().has_asked(|work| matches!(work, Work::History(HistoryWork::Read { .. }))));
    harness.get_by_label("Watch another program").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Start and watch").is_some());
}

#[test]
fn what_cannot_be_watched_is_told() {
    let mut bench = Bench::new();
    let (generation, _) = watching(&mut bench);
    let why = "there is no process 4321".to_owned();
    bench.state.apply(WatchNews::Ended { generation, result: Err(why.clone()) });
    let harness = bench.show();
    assert!(harness.query_by_label(&why).is_some());
}

/// Watched programs among the runs on disk.
fn listed(records: &[WatchedRecord]) -> Bench {
    let mut bench = Bench::with_budget("35MB");
    bench.state.handle(StatusCommand::ShowTab(Tab::Runs));
    bench.state.handle(HistoryCommand::Read);
    bench.settle();
    let generation = bench.asked.iter().rev().find_map(|work| match work {
        Work::History(HistoryWork::Read { generation, .. }) => Some(*generation),
        _ => None,
    });
    let past = |record: &WatchedRecord| {
        let head = WatchedRecord { samples: Vec::new(), moments: Vec::new(), ..record.clone() };
        let folder = head.folder.clone().expect("a folder");
        Ok(Past::Watched(Box::new(PastWatched { folder, head, label: RunLabel::default() })))
    };
    let (generation, runs) = (generation.expect("asked"), records.iter().map(past).collect());
    bench.state.apply(HistoryEvent::Found { generation, runs });
    bench.state.apply(HistoryEvent::AllFound { generation });
    bench
}

/// Reads what was asked for.
fn load(bench: &mut Bench, records: &[WatchedRecord]) {
    bench.settle();
    for work in std::mem::take(&mut bench.asked) {
        if let Work::History(HistoryWork::Load(folder)) = work {
            let record =
                records.iter().find(|record| record.folder.as_ref() == Some(&folder)).expect("one of them");
            let record = Ok(AnyRecord::Watched(Box::new(record.clone())));
            bench.state.apply(HistoryEvent::Loaded { folder, record });
        }
    }
    bench.settle();
}

#[test]
fn watched_programs_are_listed_shown_beside_runs_and_compared() {
    let records = [record("bulk", 900, 50.0), record("sequential", 400, 52.0)];
    let folders: Vec<PathBuf> = records.iter().filter_map(|record| record.folder.clone()).collect();
    let mut bench = listed(&records);
    bench.state.handle(HistoryCommand::Select(folders.clone()));
    load(&mut bench, &records);
    let mut harness = bench.show();
    harness.run();
    let sentence = "sequential needs 2.1 × less memory than bulk, in 4 % more time; whether results are the same was not \
                    looked at.";
    assert!(harness.query_by_label(sentence).is_some(), "the verdict of those selected");
    assert_eq!(harness.query_all_by_label("Check the files").count(), 0, "no record knows their files");
    for folder in &folders {
        let command = HistoryCommand::Show { folder: folder.clone(), is_shown: true };
        harness.state_mut().state.handle(command);
    }
    load(harness.state_mut(), &records);
    let titles: Vec<String> =
        harness.state().state.memory.chart.runs.iter().map(|run| run.title.clone()).collect();
    assert_eq!(titles, ["bulk", "sequential"]);
    harness.state_mut().state.handle(StatusCommand::ShowTab(Tab::Memory));
    harness.run();
    assert!(harness.query_by_label(sentence).is_some(), "over the chart");
    label_with(&harness, "bulk: peak 960 MB");
    // A name that the user gives goes into the chart; a program that is deleted leaves it.
    let label = RunLabel { name: "All at once".to_owned(), ..RunLabel::default() };
    harness.state_mut().state.handle(HistoryCommand::Label { folder: folders[0].clone(), label });
    assert_eq!(harness.state().state.memory.chart.runs[0].title, "All at once");
    let command = HistoryCommand::Show { folder: folders[0].clone(), is_shown: false };
    harness.state_mut().state.handle(command);
    assert_eq!(harness.state().state.memory.chart.runs.len(), 1);
    assert_eq!(harness.state().state.memory.watched_verdict, None);
}

#[test]
fn rules_are_tried_on_a_line_as_it_is_typed() {
    let mut harness = choosing().show();
    harness.get_by_role_and_label(Role::TextInput, "File of rules").focus();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "File of rules").type_text("openhcs");
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Line on which the rules are tried").focus();
    harness.run();
    harness
        .get_by_role_and_label(Role::TextInput, "Line on which the rules are tried")
        .type_text("Saved 54 files");
    harness.run();
    let tried = |harness: &Harness<'_, Bench>| {
        harness.state().asked.iter().rev().find_map(|work| match work {
            Work::Watch(WatchWork::Try { rules, line }) => Some((rules.clone(), line.clone())),
            _ => None,
        })
    };
    let (rules, line) = tried(&harness).expect("it is asked for");
    assert_eq!((rules.as_str(), line.as_str()), ("openhcs", "Saved 54 files"));
    let told = Moment {
        at_secs: 0.0,
        kind: MomentKind::Preloaded { images: Some(54), combination: None },
        said: line.clone(),
    };
    // An answer on what was typed before is none.
    let stale = WatchNews::Tried { rules: rules.clone(), line: "Saved".to_owned(), result: Ok(None) };
    harness.state_mut().state.apply(stale);
    harness.state_mut().state.apply(WatchNews::Tried { rules, line, result: Ok(Some(told)) });
    harness.run();
    assert!(harness.query_by_label("preload of 54 images: Saved 54 files").is_some());
}
