//! Places where there is nothing to see: each has the next thing to do as a button.

use super::runs::history::{Disk, ask, click, of_plate};
use super::*;
use stepwell::app::{HelpCommand, HistoryCommand, HistoryWork, LogCommand, LogFilter};

fn selected(harness: &Harness<'_, Bench>) -> usize {
    harness.state().state.plate.as_ref().expect("it is open").selection.len()
}

/// Clicks the button of a name that is lowest in the window: others may be in the header.
fn click_lowest(harness: &mut Harness<'_, Bench>, label: &str) {
    let buttons = harness.get_all_by_role_and_label(Role::Button, label);
    let top = |node: &egui_kittest::Node<'_>| node.rect().top();
    buttons.max_by(|a, b| top(a).total_cmp(&top(b))).expect("there is one").click();
    harness.run_steps(4);
}

fn page(mut bench: Bench, tab: Tab) -> Harness<'static, Bench> {
    bench.state.handle(StatusCommand::ShowTab(tab));
    bench.show()
}

#[test]
fn without_selected_wells_all_can_be_selected() {
    let mut bench = Bench::with_plate();
    let all = bench.state.plate.as_ref().expect("it is open").selection.clone();
    bench.state.handle(PlateCommand::Select(BTreeSet::new()));
    bench.settle();
    let mut harness = page(bench, Tab::Images);
    // Under the forecast and on the page.
    assert_eq!(harness.get_all_by_role_and_label(Role::Button, "Select all wells").count(), 2);
    for nth in 0..2 {
        let nth = harness.get_all_by_role_and_label(Role::Button, "Select all wells").nth(nth);
        nth.expect("both are there").click();
        harness.run_steps(4);
        assert_eq!(selected(&harness), all.len());
        assert!(harness.query_by_label("Select all wells").is_none());
        ask(harness.state_mut(), PlateCommand::Select(BTreeSet::new()));
        harness.run_steps(4);
    }
}

#[test]
fn where_nothing_was_run_a_comparison_can_begin() {
    for tab in [Tab::Runs, Tab::Log] {
        let mut bench = Disk { runs: Vec::new() }.listed();
        bench.state.log.lines = stepwell::app::Log::default();
        let mut harness = page(bench, tab);
        assert_eq!(harness.get_all_by_role_and_label(Role::Button, "Compare both ways").count(), 2);
        click_lowest(&mut harness, "Compare both ways");
        assert_eq!(harness.state().job().1.specs.len(), 2, "{tab:?}");
    }
    // Without a well there is nothing to compare, and the button says so.
    let mut bench = Disk { runs: Vec::new() }.listed();
    bench.state.handle(PlateCommand::Select(BTreeSet::new()));
    let mut harness = page(bench, Tab::Runs);
    click_lowest(&mut harness, "Compare both ways");
    assert!(!harness.state().has_asked(|work| matches!(work, Work::Runs(RunsWork::Run { .. }))));
    click_lowest(&mut harness, "Add a folder…");
    assert!(harness.state().has_asked(|work| matches!(work, Work::History(HistoryWork::PickFolder))));
}

#[test]
fn what_is_filtered_out_can_be_shown_again() {
    let mut harness = page(Bench::with_plate(), Tab::Log);
    let filter = LogFilter { text: "no such line".to_owned(), kind: None };
    ask(harness.state_mut(), LogCommand::Filter(filter));
    harness.run_steps(3);
    click(&mut harness, Role::Button, "Show all lines");
    assert_eq!(harness.state().state.log.filter, LogFilter::default());

    let mut disk = Disk::of_days(&[3]);
    for nth in 0..2 {
        disk.change(nth, |record| of_plate(record, "Projection-Mix"));
    }
    let mut harness = disk.listed().show();
    click(&mut harness, Role::Button, "Show all plates");
    assert!(harness.state().state.runs.history.is_all_plates);
    ask(harness.state_mut(), HistoryCommand::Filter("no such run".to_owned()));
    harness.run_steps(3);
    click(&mut harness, Role::Button, "Clear the filter");
    assert!(harness.state().state.runs.history.filter.is_empty());
    click(&mut harness, Role::Button, "Select the first run");
    assert_eq!(harness.state().state.runs.history.selected, [disk.folder(1)]);
}

#[test]
fn a_chart_without_runs_and_without_a_moment_offers_one() {
    let mut bench = Bench::compared();
    let ids: Vec<_> = bench.state.runs.list.iter().map(|run| run.id).collect();
    for id in &ids {
        bench.state.handle(RunsCommand::ShowRun { id: *id, is_shown: false });
    }
    let mut harness = page(bench, Tab::Memory);
    click(&mut harness, Role::Button, "Show the newest run");
    let charted = |harness: &Harness<'_, Bench>| {
        harness.state().state.memory.chart.runs.iter().map(|run| run.id).collect::<Vec<_>>()
    };
    assert_eq!(charted(&harness), ids[1..]);
    click(&mut harness, Role::Button, "Show the fullest moment");
    let state = &harness.state().state;
    let run = &state.memory.chart.runs[0];
    let peak = run.peak(run.main_measure()).expect("it was measured");
    let moment = state.memory.moment.expect("it was chosen");
    assert_eq!((moment.run, moment.at_secs), (run.id, peak.at_secs));
    assert!(harness.query_by_label("Show the fullest moment").is_none());
}

#[test]
fn where_words_are_not_found_all_pages_come_back() {
    let mut harness = Bench::with_plate().show();
    ask(harness.state_mut(), HelpCommand::Search("zzzz".to_owned()));
    harness.state_mut().state.handle(HelpCommand::Show(stepwell::app::HelpPlace::About));
    harness.run_steps(3);
    click(&mut harness, Role::Button, "Show all pages");
    assert!(harness.state().state.help.sought.is_empty());
    harness.get_by_label("Search the libraries").focus();
    harness.run_steps(2);
    harness.get_by_label("Search the libraries").type_text("zzzz");
    harness.run_steps(4);
    click(&mut harness, Role::Button, "Show all libraries");
    assert!(harness.query_by_label("accesskit").is_some());
}
