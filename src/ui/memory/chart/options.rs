//! Above the chart: what its lines are, and how to look at them.

use egui::text::{LayoutJob, TextWrapping};
use egui::{Align2, Color32, Rect, Role, Sense, Shape, Stroke, TextStyle, Ui, Vec2, WidgetInfo, vec2};

use super::paint::color;
use super::view::{ChartPointed, ChartView};
use crate::app::ExportKind;
use crate::chart::{Axis, Chart, ChartOptions, ChartRun, Ink, Inks, MarkerKind, Measure};
use crate::export::openhcs_setting;
use crate::ui::lists::{menu_item, name_container};
use crate::ui::theme::{Theme, caption};

/// Size of the piece of a line in the legend.
const SAMPLE: Vec2 = vec2(26.0, 14.0);
/// Room for the name of a run in the legend, in points.
const LONGEST_NAME: f32 = 228.0;

/// Room for the menu of what others can read, in points.
const EXPORT_WIDTH: f32 = 60.0;

/// Above: what the lines are, and how to look at them; in one row where there is room for both.
pub(super) fn options_ui(ui: &mut Ui, chart: &Chart, view: &mut ChartView) -> ChartPointed {
    let before = view.options;
    let mut asked = ChartPointed::default();
    let in_one_row = ui.horizontal_wrapped(|ui| {
        legend_ui(ui, chart, view.options);
        asked.is_unclear |= explain_ui(ui);
        let room = ui.available_size_before_wrap().x;
        let fits = view.options_width > 0.0 && room > view.options_width + 8.0;
        if fits {
            ui.add_space(room - view.options_width - 1.0);
            choices_ui(ui, chart, view, &mut asked);
        }
        fits
    });
    if !in_one_row.inner {
        ui.horizontal_wrapped(|ui| choices_ui(ui, chart, view, &mut asked));
    }
    if view.options.axis != before.axis {
        view.range = None;
    }
    asked
}

/// A small button that asks what the chart means; whether it was pressed.
fn explain_ui(ui: &mut Ui) -> bool {
    const EXPLAIN: &str = "What does this chart mean?";
    let button = egui::Button::new(caption(ui, "?")).frame(false).min_size(vec2(18.0, 18.0));
    ui.add(button).accessible_name(EXPLAIN).on_hover_text(EXPLAIN).clicked()
}

fn choices_ui(ui: &mut Ui, chart: &Chart, view: &mut ChartView, asked: &mut ChartPointed) {
    let shown = ui.scope(|ui| {
        let theme = Theme::of(ui);
        // Quiet: these are about how to look, and the one loud button starts the comparison.
        let visuals = ui.visuals_mut();
        visuals.selection.bg_fill = theme.card;
        visuals.selection.stroke = Stroke::new(1.0, theme.text);
        visuals.widgets.inactive.fg_stroke.color = theme.text_weak;
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding = vec2(7.0, 3.0);
        ui.spacing_mut().interact_size.y = 22.0;
        ui.style_mut().override_text_style = Some(TextStyle::Small);
        let options = &mut view.options;
        ui.selectable_value(&mut options.axis, Axis::Time, "Time")
            .on_hover_text("Seconds since each worker was ready");
        ui.selectable_value(&mut options.axis, Axis::Work, "Share of work")
            .on_hover_text("Line up both runs by how much of their work was done");
        ui.add_space(10.0);
        ui.selectable_value(&mut options.above_start, false, "From zero")
            .on_hover_text("All memory of the worker");
        ui.selectable_value(&mut options.above_start, true, "Above start")
            .on_hover_text("Subtract the memory that each worker had at rest");
        ui.add_space(10.0);
        ui.toggle_value(&mut options.counted, "Counted").on_hover_text(
            "Also draw the pixel bytes that the image store counts, and of watched programs the largest process, as thin \
             dots",
        );
        let logarithmic = chart.is_logarithmic(*options);
        let mut is_on = logarithmic;
        ui.toggle_value(&mut is_on, "Log")
            .on_hover_text("Powers of ten, for ways that differ many times in memory");
        if is_on != logarithmic {
            options.logarithmic = Some(is_on);
        }
        if !chart.courses().is_empty() {
            ui.toggle_value(&mut options.expected, "Expected").on_hover_text("Also draw the expected memory");
        }
        ui.add_space(10.0);
        let reset = egui::Button::new("Reset view").frame_when_inactive(false);
        if ui
            .add_enabled(view.range.is_some(), reset)
            .on_hover_text("Show the whole time again (double click on the chart, or 0)")
            .on_disabled_hover_text("Scroll to zoom, drag to move, drag with Shift to select a range")
            .clicked()
        {
            view.range = None;
        }
        if !view.is_passing {
            ui.add_space(10.0);
            export_ui(ui, chart, asked);
        }
    });
    // In several rows they are narrower than in one.
    view.options_width = view.options_width.max(shown.response.rect.width());
}

/// What others can read.
fn export_ui(ui: &mut Ui, chart: &Chart, asked: &mut ChartPointed) {
    // What stands in an area of its own is not put into the next row by itself, and its word would be broken.
    if ui.available_size_before_wrap().x < EXPORT_WIDTH {
        ui.end_row();
    }
    ui.add_enabled_ui(!chart.runs.is_empty(), |ui| {
        let menu = ui.menu_button("Export", |ui| {
            name_container(ui, "Export");
            for kind in ExportKind::ALL {
                if menu_item(ui.button(kind.name())).on_hover_text(kind.explanation()).clicked() {
                    asked.export = Some(kind);
                    ui.close();
                }
            }
            let sequential = chart.runs.iter().rev().find(|run| !run.sequential.is_empty());
            let copy = ui.add_enabled(sequential.is_some(), egui::Button::new("Copy the OpenHCS setting"));
            let copy = menu_item(copy);
            let copy = copy.on_hover_text("The same choice of components as Python code for OpenHCS 0.8");
            if copy.on_disabled_hover_text("Needs a run one at a time in the chart").clicked() {
                asked.copied = sequential.map(|run| openhcs_setting(&run.sequential));
                ui.close();
            }
        });
        menu.response.on_hover_text("The runs in the chart, for slides, spreadsheets and colleagues");
    });
}

fn legend_ui(ui: &mut Ui, chart: &Chart, options: ChartOptions) {
    let theme = Theme::of(ui);
    let mut inks = Inks::default();
    for run in &chart.runs {
        let ink = inks.next(run.mode);
        let counted_only = run.main_measure() == Measure::Counted;
        let title = if counted_only { format!("{} (counted)", run.title) } else { run.title.clone() };
        entry_ui(ui, color(theme, ink), ink, title);
    }
    for way in chart.planned.iter().filter(|_| options.expected) {
        let ink = inks.next(Some(way.mode));
        let title = format!("{}, expected", way.title);
        entry_ui(ui, color(theme, ink).gamma_multiply(0.75), ink, title);
    }
    for measure in ChartRun::second_measures(&chart.runs).into_iter().filter(|_| options.counted) {
        let (rect, _) = ui.allocate_exact_size(SAMPLE, Sense::hover());
        sample_line(ui, rect, theme.text_weak, Ink::Machine, false);
        ui.label(caption(ui, measure.name()));
        ui.add_space(8.0);
    }
    if chart.runs.iter().any(|run| !run.markers().is_empty()) || !chart.planned.is_empty() {
        let is_marked = |run: &ChartRun| run.markers().iter().any(|marker| marker.kind == MarkerKind::Mark);
        let mark = chart.runs.iter().any(is_marked).then_some((MarkerKind::Mark, "mark"));
        for (kind, name) in
            [(MarkerKind::Preload, "preload"), (MarkerKind::Clear, "clear")].into_iter().chain(mark)
        {
            let (rect, _) = ui.allocate_exact_size(vec2(5.0, 14.0), Sense::hover());
            let ends = [rect.center_top(), rect.center_bottom()];
            let stroke = Stroke::new(1.0, theme.text_weak);
            match kind {
                MarkerKind::Preload => ui.painter().extend(Shape::dashed_line(&ends, stroke, 2.0, 2.0)),
                MarkerKind::Clear => {
                    ui.painter().line_segment(ends, stroke);
                }
                MarkerKind::Mark => {
                    ui.painter().line_segment(ends, Stroke::new(1.6, theme.text));
                }
            }
            ui.label(caption(ui, name));
        }
    }
}

/// A run: its line and its name in one piece, so that they stay together in a narrow window. A long name
/// is cut, and whole under the pointer.
fn entry_ui(ui: &mut Ui, color: Color32, ink: Ink, title: String) {
    let font = TextStyle::Body.resolve(ui.style());
    let mut job = LayoutJob::simple_singleline(title.clone(), font, Theme::of(ui).text);
    job.wrap = TextWrapping::truncate_at_width(LONGEST_NAME);
    let galley = ui.painter().layout_job(job);
    let size = vec2(SAMPLE.x + 8.0 + galley.size().x + 8.0, galley.size().y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let sample = Align2::LEFT_CENTER.align_size_within_rect(SAMPLE, rect);
    sample_line(ui, sample, color, ink, true);
    let is_cut = galley.elided;
    ui.painter().galley(rect.left_top() + vec2(SAMPLE.x + 8.0, 0.0), galley, color);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &title));
    if is_cut {
        response.on_hover_text(title);
    }
}

fn sample_line(ui: &Ui, rect: Rect, color: Color32, ink: Ink, main: bool) {
    let ends = [rect.left_center(), rect.right_center()];
    match (main, ink.is_dashed()) {
        (false, _) => ui.painter().extend(Shape::dotted_line(&ends, color, 3.5, 0.8)),
        (true, true) => {
            ui.painter().extend(Shape::dashed_line(&ends, Stroke::new(2.0, color), 7.0, 3.5));
        }
        (true, false) => {
            ui.painter().line_segment(ends, Stroke::new(2.0, color));
        }
    }
}
