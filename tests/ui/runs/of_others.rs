//! Runs that may come from others: what is asked before one is made again or deleted, and what is not opened.

use std::path::PathBuf;

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use stepwell::app::{HistoryCommand, HistoryEvent, HistoryWork, Work};
use stepwell::pipeline::steps::{FlatField, GivenLight};
use stepwell::pipeline::{PipelineStep, Step};
use stepwell::record::{Accounted, PastRun};

use super::history::{Disk, RESULTS, ask, charted, click, rows, tell};
use crate::bench::Bench;

#[test]
fn a_run_of_another_computer_says_what_it_reads_and_where_it_writes_before_it_is_made_again() {
    type Change = fn(&mut PastRun);
    // What of a run is not of this computer; none for one that is.
    let table: [(&str, Option<Change>); 4] = [
        ("of this computer", None),
        ("of another", Some(|run| run.head.machine.as_mut().expect("known").memory_bytes = Some(1))),
        ("of none that is known", Some(|run| run.head.machine = None)),
        ("in another folder", Some(|run| run.folder = PathBuf::from("/media/stick/run"))),
    ];
    let light = GivenLight::new([(1, PathBuf::from("/home/ada/private.tif"))].into(), [].into());
    for (case, change) in table {
        let mut disk = Disk::of_days(&[3]);
        let step =
            PipelineStep { step: Step::FlatField(FlatField::given(light.clone())), keep_images: false };
        disk.change(1, |record| record.spec.pipeline.steps.insert(0, step));
        change.into_iter().for_each(|change| change(&mut disk.runs[1].0));
        let mut bench = disk.listed();
        ask(&mut bench, HistoryCommand::Select(vec![disk.folder(1)]));
        let mut harness = bench.show();
        let has_job = |harness: &Harness<'_, Bench>| harness.state().state.runs.job.is_some();
        if change.is_none() {
            click(&mut harness, Role::Button, "Run again");
            assert!(has_job(&harness), "{case}");
            continue;
        }
        for (answer, is_run) in [("Do not run", false), ("Escape", false), ("Run it", true)] {
            click(&mut harness, Role::Button, "Run again");
            assert!(!has_job(&harness), "{case}");
            for shown in ["/data/Neurites-07", RESULTS, "/home/ada/private.tif"] {
                assert!(harness.query_all_by_label(shown).next().is_some(), "{case}: {shown}");
            }
            if answer == "Escape" {
                harness.key_press(Key::Escape);
                harness.run_steps(4);
            } else {
                click(&mut harness, Role::Button, answer);
            }
            assert!(harness.query_by_label("/home/ada/private.tif").is_none(), "{case}: {answer}");
            assert_eq!(has_job(&harness), is_run, "{case}: {answer}");
        }
        assert_eq!(harness.state().job().1.specs, [disk.runs[1].1.spec.clone()]);
    }
}

#[test]
fn an_output_that_is_none_of_its_runs_files_is_offered_and_not_opened() {
    let mut disk = Disk::of_days(&[3]);
    let private = tempfile::NamedTempFile::new().expect("a file");
    let named = private.path().to_str().expect("text").to_owned();
    disk.change(0, |record| record.outputs[0].path = Some(named.clone()));
    let mut bench = disk.listed();
    ask(&mut bench, HistoryCommand::Show { folder: disk.folder(0), is_shown: true });
    disk.answer(&mut bench);
    let outputs = &bench.state.images.outputs;
    let source =
        &outputs.iter().find(|output| output.source.path() == private.path()).expect("offered").source;
    let why = source.decode_owned().expect_err("it is private").to_string();
    assert!(why.contains("leads out of the run's folder") && why.contains(&named), "{why}");
    assert_eq!(source.stamp(), None, "no thumbnail of it is looked for");
}

#[test]
fn nothing_is_deleted_without_being_asked() {
    let disk = Disk::of_days(&[3]);
    let mut bench = disk.listed();
    ask(&mut bench, HistoryCommand::Show { folder: disk.folder(0), is_shown: true });
    ask(&mut bench, HistoryCommand::Show { folder: disk.folder(1), is_shown: true });
    disk.answer(&mut bench);
    assert!(bench.state.memory.comparison.is_some());
    ask(&mut bench, HistoryCommand::Select(vec![disk.folder(0)]));
    let mut harness = bench.show();
    let deletes = |harness: &Harness<'_, Bench>| {
        let to_bin = |work: &Work| matches!(work, Work::History(HistoryWork::Delete { for_good: false, .. }));
        harness.state().has_asked(to_bin)
    };
    for keep in ["Keep", "Escape"] {
        click(&mut harness, Role::Button, "Delete…");
        assert!(harness.query_by_label("Delete 1 run?").is_some());
        if keep == "Keep" {
            click(&mut harness, Role::Button, "Keep");
        } else {
            harness.key_press(Key::Escape);
            harness.run_steps(4);
        }
        assert!(harness.query_by_label("Delete 1 run?").is_none() && !deletes(&harness), "{keep}");
        assert_eq!(rows(&harness).len(), 2);
    }
    click(&mut harness, Role::Button, "Delete…");
    let looks = |work: &Work| matches!(work, Work::History(HistoryWork::Look(of)) if *of == [disk.folder(0)]);
    assert!(harness.state().has_asked(looks));
    let is_enabled = |harness: &Harness<'_, Bench>| {
        let button = harness.get_by_role_and_label(Role::Button, "Move to the bin");
        !button.accesskit_node().is_disabled()
    };
    assert!(!is_enabled(&harness), "it is not known what goes");
    let looked = |accounted: Result<Accounted, String>| {
        let folder = disk.folder(0);
        HistoryEvent::Looked { folder, accounted, has_bin: true }
    };
    // What is refused says why, and cannot be deleted.
    tell(harness.state_mut(), looked(Err("It holds another run.".to_owned())));
    harness.run_steps(3);
    assert!(harness.query_by_label("It holds another run.").is_some() && !is_enabled(&harness));
    let accounted = Accounted {
        goes: vec![disk.folder(0)],
        going: 12,
        stays: ["a.txt", "b.txt", "c.txt"].map(str::to_owned).to_vec(),
        staying: 3,
    };
    tell(harness.state_mut(), looked(Ok(accounted.clone())));
    harness.run_steps(3);
    assert!(harness.query_by_label("12 files of the run").is_some());
    let stay = "3 files do not belong to this run and stay: a.txt, b.txt, c.txt";
    assert!(harness.query_by_label(&format!("{stay}.")).is_some());
    click(&mut harness, Role::Button, "Move to the bin");
    assert!(deletes(&harness));
    let failed = HistoryEvent::Deleted { folder: disk.folder(0), result: Err("no bin".to_owned()) };
    tell(harness.state_mut(), failed);
    harness.run_steps(3);
    assert_eq!(rows(&harness).len(), 2);
    assert!(harness.query_by_label("no bin").is_some());
    tell(harness.state_mut(), HistoryEvent::Deleted { folder: disk.folder(0), result: Ok(accounted) });
    harness.run_steps(3);
    assert!(harness.query_by_label_contains(stay).is_some(), "what stays is said");
    assert_eq!(rows(&harness).len(), 1);
    let bench = harness.state();
    assert_eq!(charted(bench), ["2026-11-03 09.01.00 sequential"]);
    assert!(bench.state.memory.comparison.is_none(), "one run makes no verdict");
    assert!(bench.state.runs.history.selected.is_empty());
}

#[test]
fn a_run_on_a_drive_without_a_bin_is_deleted_for_good_once_that_was_said() {
    let disk = Disk::of_days(&[3]);
    let mut bench = disk.listed();
    ask(&mut bench, HistoryCommand::Select(vec![disk.folder(0)]));
    ask(&mut bench, HistoryCommand::AskToDelete(vec![disk.folder(0)]));
    let accounted = Accounted { goes: vec![disk.folder(0)], going: 12, ..Accounted::default() };
    let looked = HistoryEvent::Looked { folder: disk.folder(0), accounted: Ok(accounted), has_bin: false };
    tell(&mut bench, looked);
    let mut harness = bench.show();
    harness.run_steps(3);
    assert!(harness.query_by_label_contains("They would be gone for good").is_some());
    assert!(harness.query_by_role_and_label(Role::Button, "Move to the bin").is_none());
    click(&mut harness, Role::Button, "Delete for good");
    let is_asked = |work: &Work| matches!(work, Work::History(HistoryWork::Delete { for_good: true, .. }));
    assert!(harness.state().has_asked(is_asked));
}
