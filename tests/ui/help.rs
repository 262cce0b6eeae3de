//! The help, and what leads to it.

use super::*;
use stepwell::app::{HelpCommand, HelpPlace, Topic};
use stepwell::guide::{GuidePage, PAGES};

fn shown(harness: &Harness<'_, Bench>) -> Option<(&'static str, Option<String>)> {
    match &harness.state().state.help {
        help if !help.is_open => None,
        help => match &help.place {
            HelpPlace::Page(page, anchor) => Some((page.name, anchor.clone())),
            _ => None,
        },
    }
}

#[test]
fn a_key_explains_what_is_shown() {
    let mut harness = Bench::compared().show();
    for (tab, page) in [
        (Tab::Memory, "chart"),
        (Tab::Images, "images"),
        (Tab::Runs, "runs"),
        (Tab::Log, "when-something-fails"),
    ] {
        harness.state_mut().state.handle(StatusCommand::ShowTab(tab));
        // Images are still being read.
        harness.run_steps(4);
        harness.key_press(Key::F1);
        harness.run_steps(4);
        assert_eq!(shown(&harness), Some((page, None)));
        harness.key_press(Key::Escape);
        harness.run_steps(4);
        assert_eq!(shown(&harness), None);
    }
    harness.key_press(Key::Questionmark);
    harness.run_steps(4);
    assert_eq!(shown(&harness), Some(("keyboard", None)));
}

#[test]
fn a_question_mark_that_is_typed_is_one() {
    let mut harness = Bench::new().show();
    harness.get_by_label("Path of a plate").focus();
    harness.run();
    harness.key_press(Key::Questionmark);
    harness.run();
    assert_eq!(shown(&harness), None);
}

#[test]
fn small_buttons_explain_the_parts_of_the_window() {
    let mut harness = Bench::compared().show();
    for (button, page) in [
        ("What does this chart mean?", "chart"),
        ("What does the forecast say?", "memory"),
        ("What to process one at a time?", "one-at-a-time"),
        ("What is a pipeline?", "pipelines"),
    ] {
        harness.get_by_label(button).click();
        harness.run();
        assert_eq!(shown(&harness), Some((page, None)), "{button}");
        harness.key_press(Key::Escape);
        harness.run();
    }
}

#[test]
fn words_are_sought_and_there_is_a_way_back() {
    let mut harness = Bench::with_plate().show();
    harness.get_by_label("Help").click();
    harness.run();
    for page in PAGES {
        assert!(harness.query_by_role_and_label(Role::Button, page.title()).is_some(), "{}", page.name);
    }
    harness.get_by_label("Search the help").type_text("slurm");
    harness.run();
    let found = stepwell::guide::find("slurm");
    let first = found.first().expect("the guide tells of it");
    harness.get_all_by_role_and_label(Role::Button, &first.heading).next().expect("it is listed").click();
    harness.run();
    assert_eq!(shown(&harness), Some((first.page.name, first.anchor.clone())));
    harness.state_mut().state.handle(HelpCommand::Explain(Topic::Keyboard));
    harness.run();
    harness.get_by_label("Back").click();
    harness.run();
    assert_eq!(shown(&harness), Some((first.page.name, first.anchor.clone())));
}

#[test]
fn every_page_can_be_shown_and_its_links_lead_on() {
    let mut harness = Bench::with_plate().show();
    for page in PAGES {
        harness.state_mut().state.handle(HelpCommand::Show(HelpPlace::Page(page, None)));
        harness.run_steps(3);
        assert!(harness.query_all_by_label_contains(page.title()).next().is_some(), "{}", page.name);
    }
    let first = GuidePage::named("first-steps").expect("the first page");
    harness.state_mut().state.handle(HelpCommand::Show(HelpPlace::Page(first, None)));
    harness.run_steps(3);
    harness.get_all_by_role_and_label(Role::Link, "Plates").next().expect("a link").click();
    harness.run_steps(3);
    assert_eq!(shown(&harness), Some(("plates", None)));
}

#[test]
fn the_program_tells_what_it_is_made_of() {
    let mut harness = Bench::with_plate().show();
    harness.state_mut().state.handle(HelpCommand::Show(HelpPlace::About));
    harness.run();
    let version = format!("Version {}", env!("CARGO_PKG_VERSION"));
    assert!(harness.query_by_label(&version).is_some());
    assert!(harness.query_by_label("accesskit").is_some());
    harness.get_by_label("Search the libraries").focus();
    harness.run_steps(2);
    harness.get_by_label("Search the libraries").type_text("egui_plot");
    harness.run_steps(4);
    assert!(harness.query_by_label("egui_plot").is_some());
    assert!(harness.query_by_label("accesskit").is_none());
}

#[test]
fn a_fault_says_what_to_do() {
    let mut bench = Bench::compared();
    bench.state.apply(stepwell::app::SettingsEvent::ResultsPicked(Some(Err("It is a plate.".to_owned()))));
    let mut harness = bench.show();
    harness.get_by_label("What to do?").click();
    harness.run();
    assert_eq!(shown(&harness), Some(("when-something-fails", None)));
    harness.key_press(Key::Escape);
    harness.run();
    harness.get_by_label("Choose another folder…").click();
    harness.run();
    let picks = |work: &Work| matches!(work, Work::Settings(SettingsWork::PickResults { .. }));
    assert!(harness.state().has_asked(picks));
    assert!(harness.state().state.status.trouble.is_none());
}

#[test]
fn a_hint_is_told_until_it_was_seen() {
    let mut bench = Bench::with_plate();
    bench.state.handle(SettingsCommand::ShowHintsAgain);
    let mut harness = bench.show();
    assert_eq!(harness.query_all_by_label("Got it").count(), 1);
    harness.get_by_label("Got it").click();
    harness.run();
    assert_eq!(harness.query_all_by_label("Got it").count(), 0);
    harness.state_mut().state.handle(StatusCommand::ShowTab(Tab::Images));
    harness.run();
    assert_eq!(harness.query_all_by_label("Got it").count(), 1);
}
