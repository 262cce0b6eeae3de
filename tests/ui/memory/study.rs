//! The study's proofs in the window: from the link to Escape.

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use stepwell::app::{MemoryCommand, PlateCommand, RunsCommand, SettingsCommand};
use stepwell::plan::{AfterClear, Mode};
use stepwell::plate::Component;
use stepwell::study::{Claim, Finding};

use crate::bench::Bench;

/// After a run that kept memory and a comparison that returned it, of all wells.
pub(crate) fn shown() -> Bench {
    let mut bench = Bench::with_budget("35MB");
    bench.state.handle(PlateCommand::Choose(vec![Component::Channel]));
    bench.state.handle(SettingsCommand::SetAfterClear(AfterClear::Keep));
    bench.settle();
    bench.state.handle(RunsCommand::Run(Mode::Sequential));
    bench.settle();
    bench.finish_job();
    bench.state.handle(SettingsCommand::SetAfterClear(AfterClear::Return));
    bench.settle();
    bench.state.handle(RunsCommand::Compare { is_all_wells: true });
    bench.settle();
    bench.finish_job();
    bench.state.handle(MemoryCommand::ShowStudy);
    bench
}

#[test]
fn the_proofs_are_a_click_away_and_go_with_escape() {
    let mut harness = Bench::with_plate().show();
    assert!(harness.query_by_label("The study's proofs…").is_none(), "nothing was run");
    harness = Bench::compared().show();
    harness.get_by_label("The study's proofs…").click();
    harness.run_steps(4);
    assert!(
        harness.query_by_role_and_label(egui::accesskit::Role::Dialog, "The study, on your plate").is_some()
    );
    for claim in Claim::ALL {
        assert!(harness.query_by_label(claim.title()).is_some(), "{}", claim.title());
    }
    let study = harness.state().state.memory.study.clone().expect("it is open");
    // One well by channel has two combinations: too few for a line; and memory was returned.
    let findings = study.proofs.map(|proof| proof.finding);
    assert_eq!(findings, [Finding::Shown, Finding::Unknown, Finding::Shown, Finding::Unknown]);
    let sentence = "All at once held 54 images in memory; channel one at a time 27: 2.0 × fewer.";
    assert!(harness.query_by_label(sentence).is_some());
    for reason in study.reasons {
        assert!(harness.query_by_label(reason.title).is_some(), "{}", reason.title);
    }
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.state().state.memory.study.is_none());
    assert!(harness.query_by_label("The study, on your plate").is_none());
}

#[test]
fn what_cannot_be_said_is_two_clicks_away() {
    let mut bench = Bench::compared();
    bench.state.handle(MemoryCommand::ShowStudy);
    let mut harness = bench.show();
    let findings = |harness: &Harness<'_, Bench>| {
        let study = harness.state().state.memory.study.clone().expect("it is open");
        study.proofs.map(|proof| proof.finding)
    };
    // What each click runs: this many combinations of the largest well, as chosen where that is enough.
    for (label, after_clear, left) in [
        ("Run 2 combinations with memory kept: channel", AfterClear::Keep, 1),
        ("Run 9 combinations: site", AfterClear::Return, 0),
    ] {
        harness.get_by_label(label).click();
        harness.run_steps(3);
        let (_, job) = harness.state().job();
        assert_eq!((job.specs.len(), job.wells.len()), (1, 1), "{label}");
        assert_eq!(job.specs[0].after_clear, after_clear, "{label}");
        assert!(harness.query_by_label("Cancel the run").is_some());
        harness.state_mut().finish_job();
        harness.run_steps(3);
        let unknown = findings(&harness).iter().filter(|finding| **finding == Finding::Unknown).count();
        let study = harness.state().state.memory.study.clone();
        assert_eq!(unknown, left, "{label}: {study:#?}");
    }
    assert_eq!(findings(&harness), [Finding::Shown; 4]);
}

#[test]
fn all_four_are_shown_where_the_runs_can_tell() {
    let bench = shown();
    let study = bench.state.memory.study.clone().expect("it is open");
    assert_eq!(study.proofs.each_ref().map(|proof| proof.finding), [Finding::Shown; 4], "{study:#?}");
    let mut harness = bench.show();
    harness.get_by_label("Close").click();
    harness.run_steps(3);
    assert!(harness.state().state.memory.study.is_none());
}

#[test]
fn runs_of_other_plates_are_no_part_of_it() {
    let has_study = |bench: &Bench| {
        let plate = &bench.state.plate.as_ref().expect("a plate").plate;
        bench.state.runs.has_study(plate)
    };
    let mut bench = Bench::compared();
    assert!(has_study(&bench));
    for run in &mut bench.state.runs.list {
        run.record.plate.root = "/data/another".into();
    }
    assert!(!has_study(&bench));
    bench.state.handle(MemoryCommand::ShowStudy);
    assert_eq!(bench.state.memory.study, None);
}
