//! The window at its smallest: a screen of 1920 by 1080 pixels at 200 % has 960 by 540 points, of which title bar and
//! task bar take some.

use super::*;
use crate::memory::study;
use crate::runs::history;

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

#[test]
fn with_text_of_twice_the_size_all_is_reached_and_chart_and_picture_are_seen() {
    for size in LARGE_TEXT {
        let show = |bench: Bench| {
            let mut harness = bench.show_in(egui::Theme::Dark, size.into());
            harness.run_steps(4);
            if let Some(pages) = harness.query_by_role_and_label(Role::Tab, "Pages") {
                pages.click();
                harness.run_steps(4);
            }
            harness
        };
        let window = egui::Rect::from_min_size(egui::Pos2::ZERO, size.into());
        let mut harness = show(Bench::compared());
        for label in
            ["Settings", "Help", "Open plate…", "Compare both ways", "Memory", "Images", "Runs", "Log"]
        {
            let is_seen = harness.query_all_by_label(label).any(|node| window.contains_rect(node.rect()));
            assert!(is_seen, "{label} at {size:?}");
        }
        let chart = harness.get_by(|node| {
            node.role() == Role::Image && node.label().is_some_and(|name| name.contains("Memory"))
        });
        assert!(chart.rect().height() >= 150.0, "{:?} at {size:?}", chart.rect());
        harness.get_by_label("Each combination").scroll_to_me();
        harness.run_steps(6);
        assert!(window.contains_rect(harness.get_by_label("Each combination").rect()), "{size:?}");
        let mut bench = Bench::compared();
        bench.state.handle(StatusCommand::ShowTab(Tab::Images));
        bench.settle();
        bench.view.open_image(ImageKey::new(well("B02"), 2, 1, 2, 1));
        let harness = show(bench);
        let picture = harness
            .query_all_by_role(Role::Image)
            .map(|node| node.rect())
            .max_by(|a, b| a.area().total_cmp(&b.area()));
        assert!(picture.is_some_and(|rect| rect.height() >= 150.0), "{picture:?} at {size:?}");
    }
}
