//! The window at its smallest: a screen of 1920 by 1080 pixels at 200 % has 960 by 540 points, of which title bar and
//! task bar take some.

use super::*;
use crate::memory::study;
use crate::runs::history;
use stepwell::app::{HelpCommand, HelpPlace};
use stepwell::guide::GuidePage;

/// The whole of such a screen, and the least that a window can have.
const SIZES: [[f32; 2]; 2] = [[960.0, 540.0], [880.0, 440.0]];

/// Shows it, and tells which of the buttons of these labels are not whole within the window.
fn out_of_reach(bench: Bench, size: [f32; 2], labels: &[&str]) -> Vec<String> {
    let mut harness = bench.show_in(egui::Theme::Light, size.into());
    harness.run_steps(4);
    let window = egui::Rect::from_min_size(egui::Pos2::ZERO, size.into());
    let is_beyond = |label: &&&str| {
        let nodes: Vec<_> = harness.query_all_by_label(label).collect();
        assert!(!nodes.is_empty(), "{label} is not there");
        !nodes.iter().any(|node| window.contains_rect(node.rect()))
    };
    labels.iter().filter(is_beyond).map(|label| (*label).to_owned()).collect()
}

#[test]
fn on_the_smallest_screen_the_main_buttons_are_reached() {
    const HEADER: [&str; 7] =
        ["Open plate…", "Run one at a time", "Compare both ways", "Memory", "Images", "Runs", "Log"];
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
    for size in SIZES {
        for (name, bench, own) in [
            ("start", Bench::new(), &["Open plate…", "Try the demo plate", "Plan a plate…", "Open"][..]),
            ("plate", Bench::with_budget("35MB"), &HEADER),
            ("plate", Bench::with_budget("35MB"), &["Plate and steps", "Forecast", "Compare now"]),
            ("comparison", Bench::compared(), &HEADER),
            ("comparison", Bench::compared(), &["Show folder", "look at the results"]),
            ("images", on(Bench::compared(), Tab::Images), &["Whole plate", "Source", "FITC"]),
            ("viewer", viewing(), &["Back", "Next", "Save view…", "Show in memory chart"]),
            ("runs", history::named(), &["Look again", "Add a folder…"]),
            ("log", on(Bench::compared(), Tab::Log), &["Copy", "Filter the log"]),
            ("planned", planning(), &["Close", "The study's plate"]),
            (
                "cluster",
                cluster::written(),
                &["Close", "Choose the folder of the workflow", "Write the files"],
            ),
            ("study", study::shown(), &["Close"]),
            ("browser", browse::shown(), &["Up", "Path", "Cancel", "Choose the selected folder"]),
        ] {
            let beyond = out_of_reach(bench, size, own);
            assert!(beyond.is_empty(), "{name} at {size:?}: {beyond:?}");
        }
    }
}

#[test]
fn beside_the_pages_of_a_narrow_window_is_one_side_at_a_time() {
    let mut harness = Bench::with_budget("35MB").show_in(egui::Theme::Dark, SIZES[0].into());
    let has = |harness: &Harness<'_, Bench>, label: &str| harness.query_all_by_label(label).next().is_some();
    assert!(has(&harness, "Process one at a time") && !has(&harness, "Budget"));
    harness.get_by_role_and_label(Role::Tab, "Forecast").click();
    harness.run_steps(3);
    assert!(!has(&harness, "Process one at a time") && has(&harness, "Budget"));
    // In a wide one both are there.
    harness.set_size(vec2(1280.0, 800.0));
    harness.run_steps(3);
    assert!(has(&harness, "Process one at a time") && has(&harness, "Budget"));
}

#[test]
fn what_has_no_room_on_the_memory_page_is_scrolled_to() {
    let mut harness = Bench::compared().show_in(egui::Theme::Dark, SIZES[0].into());
    let at = |harness: &Harness<'_, Bench>| harness.get_by_label("Each combination").rect().bottom();
    assert!(at(&harness) > SIZES[0][1]);
    harness.get_by_label("Each combination").scroll_to_me();
    harness.run_steps(6);
    assert!(at(&harness) < SIZES[0][1]);
}

/// Screens of 1600 by 1000 and of 1280 by 720 with text of twice the usual size, in points.
const LARGE_TEXT: [[f32; 2]; 2] = [[800.0, 500.0], [640.0, 360.0]];

/// The least height of the chart and of the picture of an image, in points.
const LEAST_HEIGHT: f32 = 150.0;

/// Every page, by name.
fn pages() -> Vec<(&'static str, Bench)> {
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
    let planning = || {
        let mut bench = Bench::with_budget("4GB");
        bench.state.handle(ForecastCommand::PlanPlate);
        bench
    };
    let setting = || {
        let mut bench = Bench::compared();
        bench.state.handle(SettingsCommand::ShowDialog(true));
        bench
    };
    let helping = |place: HelpPlace| {
        let mut bench = Bench::compared();
        bench.state.handle(HelpCommand::Show(place));
        bench
    };
    let keys = GuidePage::named("keyboard").expect("the page of keys");
    vec![
        ("start", Bench::new()),
        ("names", names::chosen()),
        ("plate", Bench::with_budget("35MB")),
        ("comparison", Bench::compared()),
        ("images", on(Tab::Images)),
        ("viewer", viewing()),
        ("runs", history::named()),
        ("log", on(Tab::Log)),
        ("planned", planning()),
        ("cluster", cluster::written()),
        ("study", study::shown()),
        ("browser", browse::shown()),
        ("settings", setting()),
        ("help", helping(HelpPlace::Page(keys, None))),
        ("about", helping(HelpPlace::About)),
    ]
}

/// A control as it is drawn: what it is called, all of it, and what is seen of it.
struct Control {
    name: String,
    id: egui::Id,
    layer: egui::LayerId,
    whole: egui::Rect,
    seen: egui::Rect,
}

/// The controls of the layer that can be used: of a dialog, or else of the window.
fn controls(harness: &Harness<'_, Bench>) -> Vec<Control> {
    let names: std::collections::BTreeMap<_, _> = harness
        .query_all_by(|node| node.label().is_some())
        .map(|node| (node.accesskit_node().locate().0, node.accesskit_node().label().unwrap_or_default()))
        .collect();
    let allowed = |layer| harness.ctx.memory(|memory| memory.allows_interaction(layer));
    let widgets = harness.ctx.viewport(|viewport| {
        let layers = viewport.prev_pass.widgets.layers();
        layers.flat_map(|(layer, widgets)| widgets.iter().map(|widget| (*layer, *widget))).collect::<Vec<_>>()
    });
    let is_stop = |widget: &egui::WidgetRect| widget.sense.is_focusable() && widget.enabled && widget.visible;
    widgets
        .into_iter()
        .filter(|(layer, widget)| allowed(*layer) && is_stop(widget))
        .map(|(layer, widget)| Control {
            layer,
            name: names.get(&widget.id.accesskit_id()).cloned().unwrap_or_default(),
            id: widget.id,
            whole: widget.rect,
            seen: widget.interact_rect,
        })
        .collect()
}

/// What lies over another control, or beyond the window at a side.
fn misplaced(controls: &[Control], window: egui::Rect) -> Vec<String> {
    let mut faults = Vec::new();
    for (nth, one) in controls.iter().enumerate() {
        let is_wide = one.whole.width() > window.width();
        if one.seen.is_positive() && !is_wide && one.seen.width() < one.whole.width() - 2.0 {
            faults.push(format!("{} is cut at a side: {:?} of {:?}", one.name, one.seen, one.whole));
        }
        // A window lies over another as it should.
        for other in controls[nth + 1..].iter().filter(|other| other.layer == one.layer) {
            let both = one.seen.intersect(other.seen);
            if !both.is_positive() || both.width() < 4.0 || both.height() < 4.0 {
                continue;
            }
            // What lies within another is a part of it: a button in a row, a value in a table.
            let is_part = one.seen.expand(3.0).contains_rect(other.seen)
                || other.seen.expand(3.0).contains_rect(one.seen);
            if !is_part {
                faults.push(format!("{} {:?} over {} {:?}", one.name, one.seen, other.name, other.seen));
            }
        }
    }
    faults
}

/// Those that cannot be seen, whatever scrolls.
fn never_seen(harness: &mut Harness<'_, Bench>, window: egui::Rect) -> Vec<String> {
    let hidden: Vec<(egui::Id, String)> = controls(harness)
        .into_iter()
        .filter(|control| !is_seen(control, window))
        .map(|control| (control.id, control.name))
        .collect();
    let mut never = Vec::new();
    for (id, name) in hidden {
        harness.ctx.memory_mut(|memory| memory.request_focus(id));
        harness.run_steps(4);
        let found = controls(harness).into_iter().find(|control| control.id == id);
        match found {
            Some(control) if is_seen(&control, window) => {}
            Some(control) => never.push(format!("{name}: {:?} of {:?}", control.seen, control.whole)),
            None => never.push(name),
        }
    }
    never
}

fn is_seen(control: &Control, window: egui::Rect) -> bool {
    let seen = control.seen.intersect(window);
    seen.is_positive() && seen.height() >= control.whole.height().min(20.0) - 1.0
}

#[test]
fn with_text_of_twice_the_size_every_page_is_whole() {
    let mut faults = Vec::new();
    for size in LARGE_TEXT {
        let window = egui::Rect::from_min_size(egui::Pos2::ZERO, size.into());
        for theme in [egui::Theme::Dark, egui::Theme::Light] {
            for (page, bench) in pages() {
                let mut harness = bench.show_in(theme, size.into());
                harness.run_steps(4);
                let sides = ["Plate and steps", "Forecast", "Pages"];
                let are_there = sides.map(|side| harness.query_by_role_and_label(Role::Tab, side).is_some());
                for (side, is_there) in sides.into_iter().zip(are_there) {
                    if is_there && let Some(tab) = harness.query_by_role_and_label(Role::Tab, side) {
                        tab.click();
                        harness.run_steps(4);
                    }
                    let mut found = misplaced(&controls(&harness), window);
                    // Where things are does not depend on the colours. On the smaller screen a panel that scrolls lies in a
                    // page that scrolls, of which the toolkit moves one.
                    if theme == egui::Theme::Dark && size == LARGE_TEXT[0] {
                        found.extend(never_seen(&mut harness, window));
                    }
                    faults.extend(
                        found.into_iter().map(|fault| format!("{page}, {side} at {size:?}: {fault}")),
                    );
                    if !are_there.contains(&true) {
                        break;
                    }
                }
                let images = harness.query_all_by_role(Role::Image);
                let height = images.map(|node| node.rect().height()).fold(0.0, f32::max);
                if ["comparison", "viewer"].contains(&page) && height < LEAST_HEIGHT {
                    faults.push(format!("{page} at {size:?}: no more than {height} points high"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
