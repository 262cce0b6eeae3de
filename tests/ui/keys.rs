//! What is done without a mouse: the order in which the Tab key goes through the window, and keys that do something.

use super::*;
use crate::memory::study;
use crate::runs::history;
use egui::{Id, Rect};
use stepwell::app::{HistoryCommand, Topic};

/// The control that has the focus.
fn focused(harness: &Harness<'_, Bench>) -> Option<Id> {
    harness.ctx.memory(egui::Memory::focused)
}

/// What has the focus, in words.
fn name_of_focused(harness: &Harness<'_, Bench>) -> String {
    let node = harness.query_all_by(|node| node.is_focused() && node.label().is_some()).next();
    node.and_then(|node| node.accesskit_node().label()).unwrap_or_default()
}

/// A stop of the Tab key.
struct Stop {
    id: Id,
    name: String,
    /// Why it is wrong that it comes after the one before it, or that it is not seen.
    fault: Option<String>,
}

/// Presses Tab until the focus comes round.
fn walk(harness: &mut Harness<'_, Bench>, page: &str) -> Vec<Stop> {
    const MOST: usize = 250;
    let mut stops: Vec<Stop> = Vec::new();
    for _ in 0..MOST {
        harness.key_press(Key::Tab);
        // Whether a panel has to scroll is known a frame later.
        harness.run_steps(5);
        let Some(id) = focused(harness) else { continue };
        if stops.iter().any(|stop| stop.id == id) {
            break;
        }
        let Some(response) = harness.ctx.read_response(id) else { continue };
        let (whole, seen) = (response.rect, response.interact_rect);
        let is_seen = whole.height().min(20.0) <= seen.height() + 1.0 && seen.width() > 1.0;
        let before = stops.last().and_then(|stop| harness.ctx.read_response(stop.id));
        let is_backwards = before.is_some_and(|before| comes_before(whole, before.rect));
        let fault = if is_backwards {
            stops.last().map(|before| format!("after {}", before.name))
        } else {
            (!is_seen).then(|| format!("is at {whole:?} and not seen"))
        };
        stops.push(Stop { id, name: name_of_focused(harness), fault });
    }
    assert!(stops.len() < MOST, "{page}: the focus does not come round");
    stops
}

/// Whether the eye comes to a control before it comes to another: it lies at its left, or above it and not beside it.
fn comes_before(a: Rect, b: Rect) -> bool {
    let is_low = |rect: Rect| rect.height() <= 60.0;
    if is_low(a) && is_low(b) && (a.center().y - b.center().y).abs() < 8.0 {
        return a.left() < b.left() - 1.0;
    }
    a.bottom() <= b.top() + 1.0 && a.left() < b.left() + 1.0
}

/// A page: what it is called, how it is opened, and the stops that come first.
type Page<'a> = (&'a str, &'a dyn Fn() -> Bench, &'a [&'a str]);

#[test]
fn tab_goes_from_left_to_right_and_from_top_to_bottom() {
    let on = |tab: Tab| {
        let mut bench = Bench::compared();
        bench.state.handle(StatusCommand::ShowTab(tab));
        bench.settle();
        bench
    };
    let viewing = || {
        let mut bench = on(Tab::Images);
        bench.view.open_image(ImageKey::new(well("B02"), 2, 1, 2, 1));
        bench
    };
    let few_images = || {
        let mut bench = on(Tab::Images);
        bench.state.handle(PlateCommand::Select(BTreeSet::from([well("B02")])));
        bench.settle();
        bench
    };
    let planning = || {
        let mut bench = Bench::with_budget("4GB");
        bench.state.handle(ForecastCommand::PlanPlate);
        bench
    };
    let setting = || {
        let mut bench = Bench::compared();
        bench.state.settings.results = "/home/ada/Documents/Stepwell".into();
        bench.state.handle(SettingsCommand::ShowDialog(true));
        bench
    };
    let deleting = || {
        let mut bench = history::named();
        let folders = bench.state.runs.history.selected.clone();
        bench.state.handle(HistoryCommand::AskToDelete(folders));
        bench.settle();
        bench
    };
    let issues = ["1 projection kept apart", "1 missing", "1 issue"];
    let actions =
        ["Settings", "Help", "Open plate…", "Run one at a time", "More ways to run", "Compare both ways"];
    let header = [&issues[..], &actions[..]].concat();
    let pages: &[Page<'_>] = &[
        ("start", &Bench::new, &["Watch a program…", "Settings", "Help", "Open plate…"]),
        ("comparison", &Bench::compared, &header),
        ("images", &few_images, &header),
        ("viewer", &viewing, &header),
        ("runs", &history::named, &header),
        ("log", &|| on(Tab::Log), &header),
        ("settings", &setting, &["Appearance", "Size of text"]),
        ("planned", &planning, &["Close"]),
        ("cluster", &cluster::written, &["Close"]),
        ("study", &study::shown, &["Close", "Proofs and reasons"]),
        ("browser", &browse::shown, &["Up"]),
        ("names", &names::chosen, &["Watch a program…", "Settings", "Help"]),
        ("delete", &deleting, &["Keep"]),
    ];
    for (page, bench, begins) in pages {
        let mut harness = bench().show();
        harness.run_steps(4);
        harness.ctx.memory_mut(|memory| {
            if let Some(id) = memory.focused() {
                memory.surrender_focus(id);
            }
        });
        let stops = walk(&mut harness, page);
        let faults: Vec<String> = stops
            .iter()
            .filter_map(|stop| stop.fault.as_ref().map(|fault| format!("{} {fault}", stop.name)))
            .collect();
        assert_eq!(faults, Vec::<String>::new(), "{page}");
        let names: Vec<&str> = stops.iter().map(|stop| stop.name.as_str()).collect();
        assert!(names.iter().all(|name| name.chars().any(char::is_alphanumeric)), "{page}: {names:?}");
        assert_eq!(names[..begins.len().min(names.len())], **begins, "{page}");
    }
}

#[test]
fn a_key_cancels_the_run() {
    let mut bench = Bench::with_budget("35MB");
    bench.state.handle(RunsCommand::Compare { is_all_wells: false });
    bench.settle();
    bench.begin_job();
    let mut harness = bench.show();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Period);
    harness.run_steps(3);
    assert!(harness.query_by_label("Stopping…").is_some());
}

#[test]
fn numbers_are_changed_by_arrows() {
    let mut bench = Bench::with_budget("4GB");
    bench.state.handle(ForecastCommand::PlanPlate);
    let mut harness = bench.show();
    harness.run_steps(3);
    let sites = |harness: &Harness<'_, Bench>| {
        harness.state().state.forecast.planned.as_ref().expect("it is planned").layout.sites
    };
    let before = sites(&harness);
    harness.get_by_role_and_label(Role::SpinButton, "Sites").focus();
    harness.run_steps(2);
    for (key, wanted) in [
        (Key::ArrowUp, before + 1),
        (Key::ArrowUp, before + 2),
        (Key::ArrowDown, before + 1),
        (Key::ArrowDown, before),
    ] {
        harness.key_press(key);
        harness.run_steps(3);
        assert_eq!(sites(&harness), wanted);
    }
}

#[test]
fn a_long_text_scrolls_by_keys() {
    let mut harness = study::shown().show_in(egui::Theme::Dark, vec2(1000.0, 500.0));
    harness.run_steps(3);
    let at = |harness: &Harness<'_, Bench>| harness.get_by_label("Why memory may not fall").rect().top();
    let top = at(&harness);
    // Whatever has the focus: the dialog is there for its text.
    harness.key_press(Key::PageDown);
    harness.run_steps(4);
    let page_down = at(&harness);
    assert!(page_down < top - 200.0, "{top} {page_down}");
    harness.get_by_label("Proofs and reasons").focus();
    harness.run_steps(3);
    harness.key_press(Key::ArrowUp);
    harness.run_steps(4);
    assert!(at(&harness) > page_down);
    harness.key_press(Key::Home);
    harness.run_steps(4);
    assert_eq!(at(&harness), top);
    harness.key_press(Key::End);
    harness.run_steps(4);
    assert!(at(&harness) < page_down);
}

#[test]
fn the_edges_of_panels_have_names_and_are_moved_by_arrows() {
    let mut harness = Bench::compared().show();
    for (name, wider, narrower) in [
        ("Width of the left side", Key::ArrowRight, Key::ArrowLeft),
        ("Width of the right side", Key::ArrowLeft, Key::ArrowRight),
    ] {
        let at = |harness: &Harness<'_, Bench>| harness.get_by_label(name).rect().center().x;
        let before = at(&harness);
        harness.get_by_label(name).focus();
        harness.run_steps(2);
        harness.key_press(narrower);
        harness.run_steps(4);
        let moved = at(&harness);
        assert_ne!(moved, before, "{name}");
        harness.key_press(wider);
        harness.run_steps(4);
        assert_ne!(at(&harness), moved, "{name}");
    }
    assert_eq!(harness.query_all_by_label("Resize panel").count(), 0);
}

#[test]
fn the_help_opens_above_a_dialog_and_closes_to_it() {
    let mut bench = Bench::compared();
    bench.state.handle(SettingsCommand::ShowDialog(true));
    let mut harness = bench.show();
    harness.run_steps(3);
    harness.get_by_label("Show hints again").focus();
    harness.run_steps(3);
    harness.key_press(Key::F1);
    harness.run_steps(8);
    assert!(harness.state().state.help.is_open);
    assert_eq!(name_of_focused(&harness), "Search the help");
    // It lies above the dialog, so that its buttons can be pressed.
    let first = &stepwell::guide::PAGES[0];
    harness.get_by_role_and_label(Role::Button, first.title()).click();
    harness.run_steps(4);
    assert_eq!(harness.state().state.help.place, stepwell::app::HelpPlace::Page(first, None));
    harness.key_press(Key::Escape);
    harness.run_steps(8);
    let state = &harness.state().state;
    assert!(!state.help.is_open && state.settings.is_dialog_open);
    harness.key_press(Key::Escape);
    harness.run_steps(8);
    assert!(!harness.state().state.settings.is_dialog_open);
    // Opened before a dialog, it waits below it.
    harness.state_mut().state.handle(stepwell::app::HelpCommand::Explain(Topic::Chart));
    harness.run_steps(4);
    harness.state_mut().state.handle(SettingsCommand::ShowDialog(true));
    harness.run_steps(4);
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    let state = &harness.state().state;
    assert!(state.help.is_open && !state.settings.is_dialog_open);
}
