//! The focus of the keyboard, and what is spoken.

use super::*;
use egui::accesskit::Live;

fn focused(harness: &Harness<'_, Bench>) -> Option<String> {
    let node = harness.query_all_by(|node| node.is_focused() && node.label().is_some()).next()?;
    node.accesskit_node().label()
}

fn live(harness: &Harness<'_, Bench>, words: &str) -> Vec<Live> {
    let nodes = harness.query_all_by_label_contains(words);
    nodes.map(|node| node.accesskit_node().live()).collect()
}

#[test]
fn the_focus_stays_where_enter_ends_the_typing() {
    let mut harness = Bench::with_budget("35MB").show();
    harness.get_by_label("Memory budget").focus();
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(6);
    assert_eq!(focused(&harness).as_deref(), Some("Memory budget"));
    // The next control is the one after it, and nothing was started.
    harness.key_press(Key::Tab);
    harness.run_steps(3);
    assert_eq!(focused(&harness).as_deref(), Some("Computer"));
    assert!(harness.state().state.runs.job.is_none());
}

#[test]
fn the_focus_comes_back_from_a_list_and_from_a_dialog() {
    let mut harness = Bench::with_budget("35MB").show();
    harness.get_by_role_and_label(Role::ComboBox, "Computer").focus();
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(4);
    harness.get_by_label("pretend 8.00 GB").focus();
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(8);
    assert_eq!(harness.state().state.settings.kept.pretend_memory_bytes, Some(8_000_000_000));
    assert_eq!(focused(&harness).as_deref(), Some("Computer"));

    harness.get_by_label("Settings").focus();
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(4);
    assert!(harness.state().state.settings.is_dialog_open);
    harness.get_by_label("Show hints again").focus();
    harness.run_steps(2);
    harness.key_press(Key::Escape);
    harness.run_steps(8);
    assert!(!harness.state().state.settings.is_dialog_open);
    assert_eq!(focused(&harness).as_deref(), Some("Settings"));
}

#[test]
fn a_panel_scrolls_to_what_has_the_focus() {
    let mut harness = Bench::with_budget("35MB").show_in(egui::Theme::Dark, vec2(1280.0, 500.0));
    let window = egui::Rect::from_min_size(egui::Pos2::ZERO, vec2(1280.0, 500.0));
    let is_seen = |harness: &Harness<'_, Bench>| {
        window.contains_rect(harness.get_by_role_and_label(Role::ComboBox, "Saved as").rect())
    };
    assert!(!is_seen(&harness));
    harness.get_by_role_and_label(Role::ComboBox, "Saved as").focus();
    harness.run_steps(12);
    assert!(is_seen(&harness));
}

#[test]
fn verdicts_ends_and_faults_are_spoken() {
    let mut bench = Bench::compared();
    bench.state.apply(stepwell::app::SettingsEvent::ResultsPicked(Some(Err("It is a plate.".to_owned()))));
    let harness = bench.show();
    assert_eq!(live(&harness, "needs 1.7 × less memory than all at once"), [Live::Polite]);
    assert_eq!(live(&harness, "Done in 1.6 s"), [Live::Polite]);
    assert_eq!(live(&harness, "Results cannot go there"), [Live::Assertive]);
    assert_eq!(live(&harness, "It is a plate."), [Live::Assertive]);
}

#[test]
fn progress_has_limits_and_is_spoken_by_tenths() {
    let mut bench = Bench::with_budget("35MB");
    bench.state.handle(RunsCommand::Compare { is_all_wells: false });
    bench.settle();
    bench.begin_job();
    let mut harness = bench.show();
    harness.run_steps(2);
    let bar = harness.get_by_label("Progress of the run");
    let bar = bar.accesskit_node();
    assert_eq!((bar.min_numeric_value(), bar.max_numeric_value()), (Some(0.0), Some(100.0)));
    assert_eq!(live(&harness, "0 percent done"), [Live::Polite]);
}
