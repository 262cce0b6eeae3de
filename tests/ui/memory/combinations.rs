//! The table of combinations under the chart, and what is exported of the chart.

use egui::Key;
use egui::accesskit::{Role, SortDirection};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use stepwell::app::{ExportKind, MemoryWork, RunsCommand, Work};

use crate::bench::Bench;

/// After a comparison, with the table open.
fn table(bench: Bench) -> Harness<'static, Bench> {
    let mut harness = bench.show();
    harness.get_by_label("Each combination").click();
    harness.run_steps(4);
    harness
}

/// Opens the table and marks the second combination in the chart.
pub(crate) fn mark_second(harness: &mut Harness<'_, Bench>) {
    harness.get_by_label("Each combination").click();
    harness.run_steps(4);
    harness.get_by_role_and_label(Role::Row, "2  FITC").click();
    harness.run_steps(4);
}

fn rows(harness: &Harness<'_, Bench>) -> Vec<String> {
    let mut rows: Vec<(i32, String)> = harness
        .query_all_by_role(Role::Row)
        .filter_map(|row| Some((row.rect().top() as i32, row.accesskit_node().label()?)))
        // Those of the plate map.
        .filter(|(_, name)| !name.starts_with("Row "))
        .collect();
    rows.sort();
    rows.into_iter().map(|(_, name)| name).collect()
}

/// Clicks on a heading, whatever arrow it has.
fn sort(harness: &mut Harness<'_, Bench>, name: &str) {
    let top = harness.get_by_label("Each combination").rect().bottom();
    let heading = harness.query_all_by_role(Role::ColumnHeader).find(|node| {
        let label = node.accesskit_node().label().unwrap_or_default();
        let is_named =
            label.strip_prefix(name).is_some_and(|rest| matches!(rest, "" | ", ascending" | ", descending"));
        is_named && node.rect().top() > top
    });
    heading.expect("the heading").click();
    harness.run_steps(4);
}

#[test]
fn rows_are_sorted_and_a_click_marks_one_in_the_chart() {
    let mut harness = table(Bench::compared());
    let (first, second) = ("1  DAPI".to_owned(), "2  FITC".to_owned());
    assert_eq!(rows(&harness), [first.clone(), second.clone()]);
    sort(&mut harness, "Combination");
    assert_eq!(rows(&harness), [second.clone(), first.clone()]);
    for heading in ["Images", "Pixels", "Read", "Steps", "Save", "Before", "At most", "After clear"] {
        sort(&mut harness, heading);
        let ascending = rows(&harness);
        sort(&mut harness, heading);
        let mut descending = rows(&harness);
        descending.reverse();
        assert_eq!(ascending, descending, "{heading}");
    }
    assert!(harness.state().state.memory.marked.is_none());
    harness.get_by_role_and_label(Role::Row, &second).click();
    harness.run_steps(4);
    let state = &harness.state().state;
    let marked = state.memory.marked.expect("it is marked");
    assert_eq!(marked.combination, 1);
    let (_, life) = state.memory.mark_in_chart(&state.runs).expect("its run is in the chart");
    let run = state.runs.list.iter().find(|run| run.id == marked.run).expect("its run");
    let row = &run.record.combinations()[1];
    assert_eq!((life.from_secs, life.to_secs), (row.from_secs, row.to_secs));
    // The mark goes with its run and comes with it.
    for is_shown in [false, true] {
        harness.state_mut().state.handle(RunsCommand::ShowRun { id: marked.run, is_shown });
        let state = &harness.state().state;
        assert_eq!(state.memory.mark_in_chart(&state.runs).is_some(), is_shown);
    }
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Row, &second).click();
    harness.run_steps(4);
    assert!(harness.state().state.memory.marked.is_none());
}

#[test]
fn values_are_told_with_their_columns_and_reached_from_the_chart() {
    let mut harness = Bench::compared().show();
    let summary = harness.state().state.memory.chart.summary_text();
    harness.get_by_label(&summary).focus();
    harness.run_steps(2);
    harness.key_press(Key::T);
    harness.run_steps(4);
    assert_eq!(rows(&harness).len(), 2);
    let told = |harness: &Harness<'_, Bench>| {
        let focused = harness.query_all_by_role(Role::GridCell).find(egui_kittest::Node::is_focused);
        let node = focused.expect("a cell").accesskit_node();
        (node.label().unwrap_or_default(), node.description().unwrap_or_default())
    };
    assert_eq!(told(&harness).0, "1  DAPI");
    for (key, label, row) in [
        (Key::ArrowRight, "Images 27", "1  DAPI"),
        (Key::ArrowDown, "Images 27", "2  FITC"),
        (Key::ArrowLeft, "2  FITC", ""),
    ] {
        harness.key_press(key);
        harness.run_steps(3);
        assert_eq!(told(&harness), (label.to_owned(), row.to_owned()));
    }
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    assert_eq!(harness.state().state.memory.marked.map(|marked| marked.combination), Some(1));
    let row = harness.get_by_role_and_label(Role::Row, "2  FITC");
    assert_eq!((row.accesskit_node().is_selected(), row.accesskit_node().toggled()), (Some(true), None));
    let direction = |harness: &Harness<'_, Bench>, label: &str| {
        harness.get_by_role_and_label(Role::ColumnHeader, label).accesskit_node().data().sort_direction()
    };
    assert_eq!(direction(&harness, "Combination, ascending"), Some(SortDirection::Ascending));
    sort(&mut harness, "At most");
    sort(&mut harness, "At most");
    assert_eq!(direction(&harness, "At most, descending"), Some(SortDirection::Descending));
    assert_eq!(direction(&harness, "Combination"), None);
}

#[test]
fn the_run_is_chosen_while_it_is_shown() {
    let mut harness = table(Bench::compared());
    assert_eq!(rows(&harness).len(), 2, "one at a time at first");
    harness.get_by_label("Run whose combinations are listed").click();
    harness.run_steps(4);
    let all = harness
        .query_all_by_role(Role::ListBoxOption)
        .rfind(|node| node.accesskit_node().label().as_deref() == Some("All at once"));
    all.expect("the other run").click();
    harness.run_steps(4);
    assert_eq!(rows(&harness), ["1  B02"]);
    let id = harness.state().state.runs.list[0].id;
    harness.state_mut().state.handle(RunsCommand::ShowRun { id, is_shown: false });
    harness.run_steps(4);
    assert_eq!(rows(&harness).len(), 2);
}

#[test]
fn what_the_chart_shows_is_exported() {
    for kind in ExportKind::ALL {
        let mut harness = Bench::compared().show();
        harness.get_by_label("Export").click();
        harness.run_steps(4);
        harness.get_by_label(kind.name()).click();
        harness.run_steps(4);
        let request = harness.state().asked.iter().find_map(|work| match work {
            Work::Memory(MemoryWork::Export(request)) => Some(request.clone()),
            _ => None,
        });
        let request = request.expect("it was asked for");
        assert_eq!((request.kind, request.title.as_str()), (kind, "Neurites-07"));
        let state = &harness.state().state;
        let runs: Vec<&str> = request.records.iter().map(|record| record.run.as_str()).collect();
        let shown: Vec<&str> = state.runs.shown().map(|run| run.record.run.as_str()).collect();
        assert_eq!(runs, shown);
        assert_eq!(request.chart, state.memory.chart);
        assert_eq!(
            Some(request.verdict),
            state.memory.comparison.as_ref().map(|found| found.verdict().sentence)
        );
        assert!(request.never_in == std::path::Path::new("/data/Neurites-07"));
        assert!(state.is_dialog_open());
    }
}
