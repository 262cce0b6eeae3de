//! The memory chart in the window: its options, its ranges, its text and keys.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use stepwell::app::{PlateCommand, RunsCommand, RunsEvent};
use stepwell::chart::Axis;
use stepwell::plate::Component;
use stepwell::ui::memory::chart::{ChartView, memory_chart_ui};
use stepwell::ui::theme;

use crate::bench::Bench;
use crate::made_up::both;
use crate::synthetic;

fn harness() -> Harness<'static, ChartView> {
    let chart = both();
    let draw = move |ui: &mut egui::Ui, view: &mut ChartView| {
        // Fonts are there from the frame after the one that installs them.
        if ui.ctx().cumulative_frame_nr() == 0 {
            theme::install(ui.ctx());
        } else {
            memory_chart_ui(ui, &chart, view);
        }
    };
    let mut harness =
        Harness::builder().with_size(egui::vec2(900.0, 500.0)).build_ui_state(draw, ChartView::default());
    harness.run_steps(3);
    harness
}

#[test]
fn options_are_chosen_by_name() {
    let mut harness = harness();
    for (label, check) in [
        ("Share of work", (|view| view.options.axis == Axis::Work) as fn(&ChartView) -> bool),
        ("Above start", |view| view.options.above_start),
        ("Counted", |view| !view.options.counted),
        ("Time", |view| view.options.axis == Axis::Time),
        ("From zero", |view| !view.options.above_start),
        ("Counted", |view| view.options.counted),
    ] {
        harness.get_by_role_and_label(Role::Button, label).click();
        harness.run_steps(2);
        assert!(check(harness.state()), "{label}");
    }
}

#[test]
fn a_drag_with_shift_selects_a_range_and_one_without_moves_it() {
    let mut harness = harness();
    let plot = harness.get_by_label(&both().summary_text()).rect();
    let drag = |harness: &mut Harness<'_, ChartView>, from: f32, to: f32, modifiers: egui::Modifiers| {
        let at = |share: f32| egui::pos2(egui::lerp(plot.x_range(), share), plot.center().y);
        let button = |pos, pressed| egui::Event::PointerButton {
            pos,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers,
        };
        harness.event_modifiers(egui::Event::PointerMoved(at(from)), modifiers);
        harness.event_modifiers(button(at(from), true), modifiers);
        harness.step();
        for share in [f32::midpoint(from, to), to] {
            harness.event_modifiers(egui::Event::PointerMoved(at(share)), modifiers);
            harness.step();
        }
        harness.event_modifiers(button(at(to), false), modifiers);
        harness.run_steps(2);
    };
    let whole = both().whole_x(Axis::Time);
    let near = |range: Option<[f64; 2]>, shares: [f64; 2]| {
        let range = range.expect("a part is seen");
        let off = [0, 1].map(|end| (range[end] - whole[1] * shares[end]).abs());
        assert!(off.iter().all(|off| *off < whole[1] * 0.02), "{range:?} is not {shares:?} of {whole:?}");
    };
    drag(&mut harness, 0.75, 0.25, egui::Modifiers::SHIFT);
    near(harness.state().range, [0.25, 0.75]);
    drag(&mut harness, 0.5, 0.3, egui::Modifiers::NONE);
    near(harness.state().range, [0.35, 0.85]);
    // A slip of the hand selects nothing.
    drag(&mut harness, 0.5, 0.503, egui::Modifiers::SHIFT);
    near(harness.state().range, [0.35, 0.85]);
}

#[test]
fn what_is_expected_is_there_before_a_run_and_follows_each_choice() {
    let bench = Bench::with_budget("35MB");
    let titles = |bench: &Bench| -> Vec<String> {
        bench.state.memory.chart.planned.iter().map(|way| way.title.clone()).collect()
    };
    assert_eq!(titles(&bench), ["All at once", "Channel, one at a time"]);
    let peak = |bench: &Bench, place: usize| {
        let course = &bench.state.memory.chart.planned[place].expected.course;
        course.parts.iter().filter_map(|part| course.rss(part)).map(|fill| fill.most).max()
    };
    let choices = &bench.state.forecast.outlook().expect("a forecast").choices;
    assert_eq!(peak(&bench, 0), choices[0].peak_rss_bytes);
    let misfit = &bench.state.memory.chart.misfits()[0];
    assert!(misfit.starts_with("All at once does not fit from image "), "{misfit}");
    let misfit = misfit.clone();
    let mut harness = bench.show();
    assert!(harness.query_by_label(&misfit).is_some());
    assert!(harness.query_by_label("Channel, one at a time, expected").is_some());
    harness.state_mut().state.handle(PlateCommand::Choose(vec![Component::Site]));
    harness.run_steps(2);
    assert_eq!(titles(harness.state()), ["All at once", "Site, one at a time"]);
    assert!(harness.query_by_label("Site, one at a time, expected").is_some());
    // Runs have courses of their own; another choice is seen beside them.
    let mut bench = Bench::compared();
    assert_eq!(titles(&bench), Vec::<String>::new());
    assert!(bench.state.memory.chart.runs.iter().all(|run| run.expected.is_some()));
    bench.state.handle(PlateCommand::Choose(vec![Component::Site]));
    assert_eq!(titles(&bench), ["Site, one at a time"]);
}

#[test]
fn a_run_that_goes_over_its_course_has_no_end() {
    let mut bench = Bench::with_budget("100MB");
    bench.state.handle(RunsCommand::Compare { is_all_wells: false });
    bench.settle();
    let (generation, plans) = bench.begin_job();
    let events = synthetic::events(&plans[0], 0.01);
    let told = synthetic::job_events(&plans[0], &events);
    for event in told.into_iter().take(events.len() / 2) {
        bench.state.apply(RunsEvent::Job { generation, event: Box::new(event) });
    }
    let runs = &bench.state.memory.chart.runs;
    assert!(!runs[0].series.samples().is_empty());
    assert!(runs.iter().all(|run| run.expected.is_some() && run.outcome().is_none()), "{runs:?}");
}

#[test]
fn the_chart_has_a_text_and_takes_keys() {
    let mut harness = harness();
    let label = both().summary_text();
    assert_eq!(
        label,
        "Memory chart. All at once: peak 36.8 MB in Z projection, 1.7 s. Channel, one at a time: peak 22.6 MB in \
         Z projection · FITC, 1.7 s. Budget 25.0 MB."
    );
    assert!(harness.query_by_label(&label).is_some(), "no picture with the text “{label}”");
    harness.get_by_label(&label).focus();
    harness.run_steps(2);
    harness.key_press(Key::Plus);
    harness.run_steps(2);
    let [from, to] = harness.state().range.unwrap();
    assert!(from > 0.0 && to < 1.8, "{from} {to}");
    harness.get_by_label("Reset view").click();
    harness.run_steps(2);
    assert_eq!(harness.state().range, None);
}

#[test]
fn a_moment_is_chosen_by_keys_and_told() {
    let mut harness = harness();
    let label = both().summary_text();
    harness.get_by_label(&label).focus();
    harness.run_steps(2);
    let value = |harness: &Harness<'_, ChartView>| {
        harness.get_by_label(&label).accesskit_node().value().unwrap_or_default()
    };
    assert_eq!(value(&harness), "");
    let (none, ctrl) = (egui::Modifiers::NONE, egui::Modifiers::COMMAND);
    for (modifiers, key, expected) in [
        // The first press shows where one is.
        (
            none,
            Key::ArrowRight,
            "0.00 s: All at once 6.97 MB, preload; Channel, one at a time 6.94 MB, preload of channel 1",
        ),
        (
            none,
            Key::ArrowRight,
            "0.02 s: All at once 6.97 MB, preload; Channel, one at a time 6.90 MB, preload, channel 1",
        ),
        (
            none,
            Key::PageUp,
            "0.20 s: All at once 14.8 MB, preload; Channel, one at a time 14.8 MB, preload, channel 1",
        ),
        (
            none,
            Key::ArrowLeft,
            "0.18 s: All at once 13.7 MB, preload; Channel, one at a time 14.3 MB, preload, channel 1",
        ),
        (
            none,
            Key::Home,
            "0.00 s: All at once 6.97 MB, preload; Channel, one at a time 6.94 MB, preload of channel 1",
        ),
        // From event to event, of both runs.
        (
            ctrl,
            Key::ArrowRight,
            "0.82 s: All at once 34.8 MB, Percentile normalise; Channel, one at a time 6.20 MB, channel 1 cleared, preload of FITC",
        ),
        (
            ctrl,
            Key::ArrowRight,
            "1.66 s: All at once 6.24 MB, clear; Channel, one at a time 6.16 MB, FITC cleared",
        ),
        (ctrl, Key::ArrowRight, "1.66 s: All at once 6.24 MB, cleared"),
        (ctrl, Key::ArrowRight, "1.66 s: All at once 6.24 MB, cleared"),
        (
            ctrl,
            Key::ArrowLeft,
            "1.66 s: All at once 6.24 MB, clear; Channel, one at a time 6.16 MB, FITC cleared",
        ),
        (none, Key::End, "1.66 s: All at once 6.24 MB, cleared"),
    ] {
        harness.key_press_modifiers(modifiers, key);
        harness.run_steps(2);
        assert_eq!(value(&harness), expected);
        let told = harness.query_all_by_role(Role::Label).find(egui_kittest::Node::is_focused);
        assert_eq!(told.and_then(|node| node.accesskit_node().value()), Some(value(&harness)));
    }
    // What is drawn moves with what is chosen, once a part is seen.
    harness.key_press(Key::Plus);
    harness.run_steps(2);
    harness.key_press(Key::Home);
    harness.run_steps(2);
    assert_eq!(harness.state().range.map(|[from, _]| from), Some(0.0));
    harness.key_press_modifiers(egui::Modifiers::ALT, Key::ArrowRight);
    harness.run_steps(2);
    assert!(harness.state().range.is_some_and(|[from, _]| from > 0.0));
    harness.key_press(Key::Num0);
    harness.run_steps(2);
    assert_eq!(harness.state().range, None);
}

#[test]
fn enter_shows_the_images_that_were_in_memory_at_the_chosen_moment() {
    let mut harness = Bench::compared().show();
    harness.get_by_label(&harness.state().state.memory.chart.summary_text()).focus();
    harness.run_steps(2);
    for key in [Key::Home, Key::PageUp, Key::Enter] {
        harness.key_press(key);
        harness.run_steps(3);
    }
    let state = &harness.state().state;
    let moment = state.memory.moment.expect("a moment");
    let [_, whole] = state.memory.chart.whole_x(Axis::Time);
    assert!((moment.at_secs - whole * 0.1).abs() < 1e-9, "{moment:?} of {whole}");
    assert!(harness.query_by_label_contains("In memory at ").is_some());
}
