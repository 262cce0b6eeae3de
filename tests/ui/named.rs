//! What a screen reader finds on every page: no control without a name, lists, menus and dialogs named and told as what they are.

use super::*;
use crate::memory::study;
use crate::runs::history;
use egui::accesskit::Action;
use stepwell::app::{HelpCommand, HelpPlace, Topic};

/// The controls, lists, menus and dialogs of what is shown that have no name, each with its role and place.
fn unnamed(harness: &Harness<'_, Bench>) -> Vec<String> {
    let has_letter = |text: Option<String>| text.is_some_and(|text| text.chars().any(char::is_alphanumeric));
    let containers = [Role::Dialog, Role::Menu, Role::ListBox, Role::Grid];
    // Parts of the toolkit that are no stops: scroll bars, and the edges of columns, to which it gives no role.
    let parts = [Role::Window, Role::ScrollBar, Role::GenericContainer, Role::Pane, Role::Unknown];
    let is_unnamed = |node: &egui_kittest::kittest::AccessKitNode<'_>| {
        let role = node.role();
        let acts = [Action::Click, Action::Focus].iter().any(|action| node.data().supports_action(*action));
        let is_told = containers.contains(&role) || acts && !parts.contains(&role);
        is_told && !has_letter(node.label()) && !has_letter(node.value())
    };
    let nodes = harness.query_all_by(is_unnamed);
    nodes.map(|node| format!("{:?} at {:?}", node.accesskit_node().role(), node.rect())).collect()
}

#[test]
fn no_control_is_without_a_name_on_any_page() {
    let on = |mut bench: Bench, tab: Tab| {
        bench.state.handle(StatusCommand::ShowTab(tab));
        bench.settle();
        bench
    };
    let viewing = || {
        let mut bench = on(Bench::compared(), Tab::Images);
        bench.view.open_image(ImageKey::new(well("B02"), 2, 1, 2, 1));
        bench
    };
    let planning = || {
        let mut bench = Bench::with_budget("4GB");
        bench.state.handle(ForecastCommand::PlanPlate);
        bench
    };
    let helping = |place: HelpPlace| {
        let mut bench = Bench::compared();
        bench.state.handle(HelpCommand::Explain(Topic::Chart));
        bench.state.handle(HelpCommand::Show(place));
        bench
    };
    let setting = || {
        let mut bench = Bench::compared();
        bench.state.handle(SettingsCommand::ShowDialog(true));
        bench
    };
    let newcomer = || {
        let mut bench = Bench::compared();
        bench.state.handle(SettingsCommand::ShowHintsAgain);
        bench
    };
    let pages: &[(&str, &dyn Fn() -> Bench)] = &[
        ("start", &Bench::new),
        ("plate", &|| Bench::with_budget("35MB")),
        ("comparison", &Bench::compared),
        ("hints", &newcomer),
        ("images", &|| on(Bench::compared(), Tab::Images)),
        ("viewer", &viewing),
        ("runs", &history::named),
        ("log", &|| on(Bench::compared(), Tab::Log)),
        ("planned", &planning),
        ("cluster", &cluster::written),
        ("study", &study::shown),
        ("browser", &browse::shown),
        ("names", &names::chosen),
        ("help", &|| helping(HelpPlace::Contents)),
        ("about", &|| helping(HelpPlace::About)),
        ("settings", &setting),
        ("programs", &watch::choosing),
        ("watched", &watch::going),
    ];
    for (name, bench) in pages {
        let mut harness = bench().show();
        harness.run_steps(4);
        assert_eq!(unnamed(&harness), Vec::<String>::new(), "{name}");
        if *name == "comparison" {
            harness.get_by_label("Each combination").click();
            harness.run_steps(4);
            assert_eq!(unnamed(&harness), Vec::<String>::new(), "each combination");
        }
    }
}

#[test]
fn lists_menus_and_dialogs_are_told_as_what_they_are() {
    // So tall that all options are seen.
    let mut harness = Bench::compared().show_in(egui::Theme::Dark, vec2(1280.0, 1200.0));
    for (list, choice) in [("After a clear", "keep memory"), ("Computer", "pretend 8.00 GB")] {
        let closed = harness.get_by_role_and_label(Role::ComboBox, list);
        assert!(closed.accesskit_node().value().is_some_and(|value| !value.is_empty()), "{list}");
        closed.click();
        harness.run_steps(4);
        assert!(harness.query_by_role_and_label(Role::ListBox, list).is_some(), "{list}");
        let option = harness.get_by_role_and_label(Role::ListBoxOption, choice);
        assert_eq!(option.accesskit_node().is_selected(), Some(false), "{choice}");
        option.click();
        harness.run_steps(4);
        let closed = harness.get_by_role_and_label(Role::ComboBox, list);
        assert_eq!(closed.accesskit_node().value().as_deref(), Some(choice));
    }
    harness.get_by_label("More ways to run").click();
    harness.run_steps(4);
    assert!(harness.query_by_role_and_label(Role::Menu, "More ways to run").is_some());
    harness.get_by_role_and_label(Role::MenuItem, "Compare all selected wells");
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    harness.state_mut().state.handle(SettingsCommand::ShowDialog(true));
    harness.run_steps(4);
    let dialog = harness.get_by_role_and_label(Role::Dialog, "Settings");
    assert!(dialog.accesskit_node().is_modal());
}
