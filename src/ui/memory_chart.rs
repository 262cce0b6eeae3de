//! The memory chart in the window: paints a [`Picture`], and turns pointer and keys into a range.
//!
//! What is drawn and where is decided in [`crate::chart`]; here are colours, the plot widget and the
//! hover. Changes nothing but its own [`ChartView`].

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{
    Align, Align2, Color32, Key, Layout, Pos2, Rect, Response, Sense, Shape, Stroke, TextStyle, Ui,
    WidgetInfo, pos2, vec2,
};
use egui_plot::{
    FilledArea, GridMark, HLine, Line, LineStyle, Plot, PlotPoint, PlotPoints, PlotTransform, PlotUi, VLine,
};

use super::theme::{Theme, caption};
use super::widgets::focus_ring;
use crate::chart::{
    Axis, Chart, ChartOptions, ChartRun, Curve, Ink, LevelStyle, MarkerKind, Measure, Picture, PictureSize,
    Reading,
};
use crate::plan::Mode;
use crate::quantity::{bytes_text, secs_text};

/// How the chart is looked at, kept from frame to frame.
#[derive(Debug, Default)]
pub struct ChartView {
    /// Axis, start and lines.
    pub options: ChartOptions,
    /// The part of the horizontal axis that is seen; `None` for all of it.
    pub range: Option<[f64; 2]>,
    /// Width of the row of options, as last laid out.
    options_width: f32,
    kept: Option<Kept>,
}

/// A picture with all that it follows from: while none of that changes it is only painted.
#[derive(Debug)]
struct Kept {
    key: (u64, ChartOptions, [u32; 2], Option<[u64; 2]>, u32),
    drawn: Arc<Drawn>,
}

/// A picture with its lines in the form that the plot borrows.
#[derive(Debug)]
struct Drawn {
    picture: Picture,
    points: Vec<Vec<PlotPoint>>,
}

/// What the user pointed at in the chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartPointed {
    /// The runs at the pointer.
    pub hovered: Vec<Reading>,
    /// The runs at the moment that was clicked.
    pub clicked: Option<Vec<Reading>>,
}

/// Shows the chart in the space that is left, legend and options above it, phases below.
pub fn memory_chart_ui(ui: &mut Ui, chart: &Chart, view: &mut ChartView) -> ChartPointed {
    let theme = Theme::of(ui);
    options_ui(ui, chart, view);
    let lanes = chart.runs.len().min(MOST_LANES) as f32;
    let available = if ui.available_height().is_finite() { ui.available_height() } else { 460.0 };
    let size = vec2(ui.available_width().max(160.0), available.clamp(160.0, 4000.0));
    let (whole, _) = ui.allocate_exact_size(size, Sense::hover());
    let frame = Rect::from_min_max(
        whole.min + vec2(MARGIN_LEFT, MARGIN_TOP),
        whole.max - vec2(1.0, MARGIN_BOTTOM + lanes * LANE),
    );
    let drawn = drawn(ui, chart, view, frame);
    let (response, transform) = plot_ui(ui, theme, &drawn, frame);
    paint_over(ui, theme, chart, &drawn.picture, frame);
    axes_ui(ui, theme, &drawn.picture, frame);
    if lanes > 0.0 {
        let row = Rect::from_min_max(pos2(frame.left(), frame.bottom() + MARGIN_BOTTOM), whole.max);
        bands_ui(ui, theme, chart, &drawn.picture, frame, row);
    }
    let summary = chart.summary_text();
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
    focus_ring(ui, &response, frame);
    move_range(ui, chart, view, &response, &drawn.picture);
    hover_ui(ui, theme, chart, view.options, &response, &transform)
}

/// Room beside the plot for the numbers of the vertical axis.
const MARGIN_LEFT: f32 = 44.0;
/// Room above the plot for the unit of the vertical axis.
const MARGIN_TOP: f32 = 20.0;
/// Room below the plot for the numbers of the horizontal axis.
const MARGIN_BOTTOM: f32 = 26.0;
/// Height of the row of one run under the axis.
const LANE: f32 = 8.0;
/// Rows under the axis; more runs than that have none.
const MOST_LANES: usize = 6;

fn color(theme: &Theme, ink: Ink) -> Color32 {
    match ink {
        Ink::Run { mode, nth: 0 } => theme.mode(mode),
        Ink::Run { mode, .. } => theme.mode(mode).gamma_multiply(0.6),
        Ink::Budget => theme.over,
        Ink::Machine => theme.text_weak,
    }
}

/// The picture for what is seen now: the one kept, or a new one.
fn drawn(ui: &Ui, chart: &Chart, view: &mut ChartView, frame: Rect) -> Arc<Drawn> {
    let range = view.range.map(|range| range.map(f64::to_bits));
    let plot: [f32; 2] = frame.size().into();
    let size = plot.map(f32::to_bits);
    let key = (chart.version(), view.options, size, range, ui.ctx().pixels_per_point().to_bits());
    if let Some(kept) = view.kept.as_ref().filter(|kept| kept.key == key) {
        return Arc::clone(&kept.drawn);
    }
    let text = |text: &str, _strong: bool| {
        let font = TextStyle::Small.resolve(ui.style());
        let size = ui.painter().layout_no_wrap(text.to_owned(), font, Color32::WHITE).size();
        [size.x, size.y]
    };
    let picture = Picture::of(chart, view.options, view.range, &PictureSize { plot, text: &text });
    let points = |curve: &Curve| curve.points.iter().map(|[x, y]| PlotPoint::new(*x, *y)).collect();
    let points = picture.curves.iter().map(points).collect();
    let drawn = Arc::new(Drawn { picture, points });
    view.kept = Some(Kept { key, drawn: Arc::clone(&drawn) });
    drawn
}

/// Above: what the lines are, and how to look at them; in one row where there is room for both.
fn options_ui(ui: &mut Ui, chart: &Chart, view: &mut ChartView) {
    let before = view.options;
    let in_one_row = ui.horizontal_wrapped(|ui| {
        legend_ui(ui, chart, view.options);
        let room = ui.available_size_before_wrap().x;
        let fits = view.options_width > 0.0 && room > view.options_width + 8.0;
        if fits {
            ui.add_space(room - view.options_width - 1.0);
            choices_ui(ui, view);
        }
        fits
    });
    if !in_one_row.inner {
        ui.horizontal(|ui| choices_ui(ui, view));
    }
    if view.options.axis != before.axis {
        view.range = None;
    }
}

fn choices_ui(ui: &mut Ui, view: &mut ChartView) {
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
            .on_hover_text("Take off the memory that each worker had at rest");
        ui.add_space(10.0);
        ui.toggle_value(&mut options.counted, "Counted")
            .on_hover_text("Also draw the pixel bytes that the image store counts, as thin dots");
        ui.add_space(10.0);
        let reset = egui::Button::new("Reset view").frame_when_inactive(false);
        if ui
            .add_enabled(view.range.is_some(), reset)
            .on_hover_text("Show all of the time again (double click on the chart, or Home)")
            .on_disabled_hover_text("Scroll to zoom, drag to move")
            .clicked()
        {
            view.range = None;
        }
    });
    view.options_width = shown.response.rect.width();
}

fn legend_ui(ui: &mut Ui, chart: &Chart, options: ChartOptions) {
    let theme = Theme::of(ui);
    let mut seen = [0; 2];
    for run in &chart.runs {
        let nth = seen[run.mode as usize];
        seen[run.mode as usize] += 1;
        let color = color(theme, Ink::Run { mode: run.mode, nth });
        let counted_only = run.main_measure() == Measure::Counted;
        let (rect, _) = ui.allocate_exact_size(vec2(26.0, 14.0), Sense::hover());
        sample_line(ui, rect, color, run.mode, true);
        ui.label(if counted_only { format!("{} (counted)", run.title) } else { run.title.clone() });
        ui.add_space(8.0);
    }
    if options.counted && chart.runs.iter().any(ChartRun::has_rss) {
        let (rect, _) = ui.allocate_exact_size(vec2(26.0, 14.0), Sense::hover());
        sample_line(ui, rect, theme.text_weak, Mode::Bulk, false);
        ui.label(caption(ui, "counted"));
        ui.add_space(8.0);
    }
    if chart.runs.iter().any(|run| !run.markers.is_empty()) {
        for (kind, name) in [(MarkerKind::Preload, "preload"), (MarkerKind::Clear, "clear")] {
            let (rect, _) = ui.allocate_exact_size(vec2(5.0, 14.0), Sense::hover());
            let ends = [rect.center_top(), rect.center_bottom()];
            let stroke = Stroke::new(1.0, theme.text_weak);
            match kind {
                MarkerKind::Preload => ui.painter().extend(Shape::dashed_line(&ends, stroke, 2.0, 2.0)),
                MarkerKind::Clear => {
                    ui.painter().line_segment(ends, stroke);
                }
            }
            ui.label(caption(ui, name));
        }
    }
}

fn sample_line(ui: &Ui, rect: Rect, color: Color32, mode: Mode, main: bool) {
    let ends = [rect.left_center(), rect.right_center()];
    match (main, mode) {
        (false, _) => ui.painter().extend(Shape::dotted_line(&ends, color, 3.5, 0.8)),
        (true, Mode::Bulk) => {
            ui.painter().extend(Shape::dashed_line(&ends, Stroke::new(2.0, color), 7.0, 3.5));
        }
        (true, Mode::Sequential) => {
            ui.painter().line_segment(ends, Stroke::new(2.0, color));
        }
    }
}

/// The plot itself. It moves by our own range, so all of the widget's own ways to move are off, and
/// so are its axes, whose numbers at the origin would touch.
fn plot_ui(ui: &mut Ui, theme: &Theme, drawn: &Drawn, frame: Rect) -> (Response, PlotTransform) {
    let picture = &drawn.picture;
    let [from, to] = picture.x;
    let ticks = picture.y_ticks.clone();
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(frame));
    let shown = Plot::new("memory chart")
        .width(frame.width())
        .height(frame.height())
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
        .show_x(false)
        .show_y(false)
        .show_crosshair(false)
        .show_background(false)
        .show_axes(false)
        .show_grid([false, true])
        .grid_color(theme.grid)
        .grid_spacing(egui::Rangef::new(6.0, 12.0))
        .y_grid_spacer(move |input| {
            let mark = |value| GridMark { value, step_size: ticks.step };
            ticks.between(input.bounds.0, input.bounds.1).into_iter().map(mark).collect()
        })
        .show(&mut child, |plot| {
            plot.set_plot_bounds_x(from..=to);
            plot.set_plot_bounds_y(0.0..=picture.top_bytes);
            contents(plot, theme, drawn);
        });
    (shown.response, shown.transform)
}

fn contents<'a>(plot: &mut PlotUi<'a>, theme: &Theme, drawn: &'a Drawn) {
    let picture = &drawn.picture;
    for marker in &picture.markers {
        let strength = if marker.stands_for_many { 0.16 } else { 0.38 };
        let line = VLine::new("", marker.x)
            .color(color(theme, marker.ink).gamma_multiply(strength))
            .width(1.0)
            .allow_hover(false);
        plot.vline(match marker.kind {
            MarkerKind::Preload => line.style(LineStyle::Dashed { length: 3.0 }),
            MarkerKind::Clear => line,
        });
    }
    for level in &picture.levels {
        let line = HLine::new("", level.bytes).color(color(theme, level.ink)).allow_hover(false);
        plot.hline(match level.style {
            LevelStyle::Dotted => line.width(0.8).style(LineStyle::Dotted { spacing: 4.0 }),
            LevelStyle::Dashed => line.width(1.3).style(LineStyle::Dashed { length: 7.0 }),
        });
    }
    for (curve, points) in picture.curves.iter().zip(&drawn.points) {
        let color = color(theme, curve.ink);
        if curve.main
            && let Some(lows) = &curve.lows
        {
            let (xs, highs): (Vec<f64>, Vec<f64>) = curve.points.iter().map(|[x, y]| (*x, *y)).unzip();
            let fill = color.gamma_multiply(0.22);
            plot.add(FilledArea::new("", &xs, lows, &highs).fill_color(fill).allow_hover(false));
        }
        let bulk = matches!(curve.ink, Ink::Run { mode: Mode::Bulk, .. });
        let line =
            Line::new("", PlotPoints::Borrowed(points)).color(color).allow_hover(false).allow_band(false);
        plot.line(match (curve.main, curve.calm) {
            (true, true) if bulk => line.width(2.0).style(LineStyle::Dashed { length: 7.0 }),
            (true, _) => line.width(2.0),
            (false, true) => line.width(0.75).style(LineStyle::Dotted { spacing: 3.5 }),
            (false, false) => line.width(0.75),
        });
    }
}

/// What the plot widget has no item for: hatches, texts, units.
fn paint_over(ui: &Ui, theme: &Theme, chart: &Chart, picture: &Picture, frame: Rect) {
    let painter = ui.painter().with_clip_rect(frame.expand(2.0).intersect(ui.clip_rect()));
    let small = TextStyle::Small.resolve(ui.style());
    for hatch in &picture.hatches {
        let top = frame.top() + picture.pixel([picture.x[0], hatch.bytes], frame.size().into())[1];
        let area = Rect::from_min_max(pos2(frame.left(), top), frame.max);
        let hatched = ui.painter().with_clip_rect(area.intersect(ui.clip_rect()));
        let stroke = Stroke::new(1.2, color(theme, hatch.ink).gamma_multiply(0.25));
        let lines = ((area.width() + area.height()) / 11.0).clamp(0.0, 2000.0) as usize;
        for nth in 0..lines {
            let x = area.left() + nth as f32 * 11.0;
            hatched.line_segment([pos2(x, area.top()), pos2(x - area.height(), area.bottom())], stroke);
        }
    }
    for dot in &picture.dots {
        let at = frame.min + egui::Vec2::from(picture.pixel(dot.at, frame.size().into()));
        let ink = color(theme, dot.ink);
        if dot.broken_off {
            for stroke in [Stroke::new(5.0, theme.surface), Stroke::new(2.5, ink)] {
                painter.line_segment([at - vec2(6.0, 6.0), at + vec2(6.0, 6.0)], stroke);
                painter.line_segment([at - vec2(6.0, -6.0), at + vec2(6.0, -6.0)], stroke);
            }
        } else {
            painter.circle(at, 4.5, ink, Stroke::new(1.0, theme.surface));
        }
    }
    for label in &picture.labels {
        let color = if label.of_point { theme.text } else { color(theme, label.ink) };
        let place = frame.min + vec2(label.area.left, label.area.top);
        let galley = painter.layout_no_wrap(label.text.clone(), small.clone(), color);
        let ground = Rect::from_min_size(place, galley.size()).shrink2(vec2(-2.0, 1.0));
        painter.rect_filled(ground, 2.0, theme.surface.gamma_multiply(0.75));
        painter.galley(place, galley, color);
    }
    if chart.is_empty() {
        let body = TextStyle::Body.resolve(ui.style());
        let hint = "Compare or run, and the memory of each run is drawn here as it goes.".to_owned();
        let galley = ui.painter().layout_no_wrap(hint, body, theme.text_weak);
        let area = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), frame);
        painter.rect_filled(area.expand2(vec2(10.0, 4.0)), 4.0, theme.surface);
        painter.galley(area.min, galley, theme.text_weak);
    }
}

/// Numbers and units of both axes.
fn axes_ui(ui: &Ui, theme: &Theme, picture: &Picture, frame: Rect) {
    let font = TextStyle::Small.resolve(ui.style());
    let text = |at: Pos2, anchor: Align2, text: &str| {
        ui.painter().text(at, anchor, text, font.clone(), theme.text_weak)
    };
    let size = frame.size().into();
    for mark in picture.y_ticks.between(0.0, picture.top_bytes) {
        let y = frame.top() + picture.pixel([picture.x[0], mark], size)[1];
        text(pos2(frame.left() - 8.0, y), Align2::RIGHT_CENTER, &picture.y_ticks.text(mark));
    }
    text(frame.left_top() - vec2(8.0, 9.0), Align2::RIGHT_BOTTOM, picture.y_ticks.unit);
    let top = frame.bottom() + 7.0;
    let unit = text(pos2(frame.right(), top), Align2::RIGHT_TOP, picture.x_ticks.unit);
    for mark in picture.x_ticks.between(picture.x[0], picture.x[1]) {
        let x = frame.left() + picture.pixel([mark, 0.0], size)[0];
        let words = picture.x_ticks.text(mark);
        let galley = ui.painter().layout_no_wrap(words, font.clone(), theme.text_weak);
        // The unit stands at the right end of the axis, where no number may be.
        if x + galley.size().x / 2.0 + 8.0 < unit.left() {
            let place = pos2(x - galley.size().x / 2.0, top);
            ui.painter().galley(place, galley, theme.text_weak);
        }
    }
    ui.painter().line_segment([frame.left_bottom(), frame.right_bottom()], theme.line_stroke());
    if !picture.above.is_empty() {
        let above = format!("above the chart: {}", picture.above.join(", "));
        text(frame.right_top() - vec2(0.0, 4.0), Align2::RIGHT_BOTTOM, &above);
    }
}

/// The phases of each run under the axis.
fn bands_ui(ui: &Ui, theme: &Theme, chart: &Chart, picture: &Picture, frame: Rect, rect: Rect) {
    let response = ui.interact(rect, ui.scope_id().with("phases"), Sense::hover());
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let pointer = response.hover_pos();
    let mut pointed = None;
    for band in picture.bands.iter().filter(|band| band.lane < MOST_LANES) {
        let [from, to] = band.x.map(|x| frame.left() + picture.pixel([x, 0.0], frame.size().into())[0]);
        let top = rect.top() + band.lane as f32 * LANE;
        // A hair of ground tells neighbours apart, where there is room for it.
        let gap = if to - from > 4.0 { 1.0 } else { 0.0 };
        let area = Rect::from_min_max(pos2(from, top), pos2((to - gap).max(from + 0.5), top + LANE - 2.0));
        painter.rect_filled(area, 0.0, color(theme, band.ink).gamma_multiply(band.strength));
        if pointer.is_some_and(|at| (from..to).contains(&at.x) && (top..top + LANE).contains(&at.y)) {
            pointed = chart.runs.get(band.lane).map(|run| format!("{}: {}", run.title, band.name));
        }
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Phases of each run over time"));
    if let Some(text) = pointed {
        response.on_hover_text_at_pointer(text);
    }
}

/// Scroll zooms at the pointer, drag pans, double click shows all; with the focus, plus and minus
/// zoom, the arrows pan and Home shows all.
fn move_range(ui: &Ui, chart: &Chart, view: &mut ChartView, response: &Response, picture: &Picture) {
    let [whole_from, whole_to] = chart.whole_x(view.options.axis);
    let [mut from, mut to] = picture.x;
    let span = to - from;
    let mut zoom = 1.0_f64;
    let mut center = 0.5;
    if let Some(pointer) = response.hover_pos() {
        let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta.y, input.zoom_delta()));
        zoom = (f64::from(scroll) / 240.0).exp() * f64::from(pinch);
        center =
            f64::from((pointer.x - response.rect.left()) / response.rect.width().max(1.0)).clamp(0.0, 1.0);
        if scroll != 0.0 {
            // The wheel has been used: what is around must not scroll as well.
            ui.input_mut(|input| input.smooth_scroll_delta.y = 0.0);
        }
    }
    let mut shift = -f64::from(response.drag_delta().x / response.rect.width().max(1.0)) * span;
    let mut all = response.double_clicked();
    if response.has_focus() {
        let arrows = egui::EventFilter { horizontal_arrows: true, ..Default::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        ui.input(|input| {
            let pressed = |key| f64::from(u8::from(input.key_pressed(key)));
            shift += span * 0.1 * (pressed(Key::ArrowRight) - pressed(Key::ArrowLeft));
            zoom *= 1.5_f64.powf(pressed(Key::Plus) + pressed(Key::Equals) - pressed(Key::Minus));
            all |= input.key_pressed(Key::Home);
        });
    }
    if all {
        view.range = None;
        return;
    }
    if zoom == 1.0 && shift == 0.0 {
        return;
    }
    let whole = whole_to - whole_from;
    let new_span = (span / zoom).clamp(whole * 1e-5, whole);
    from += (span - new_span) * center + shift;
    from = from.clamp(whole_from, (whole_to - new_span).max(whole_from));
    to = from + new_span;
    view.range = (new_span < whole * 0.999).then_some([from, to]);
}

/// Reads all runs at the pointer.
fn hover_ui(
    ui: &Ui,
    theme: &Theme,
    chart: &Chart,
    options: ChartOptions,
    response: &Response,
    transform: &PlotTransform,
) -> ChartPointed {
    let Some(pointer) = response.hover_pos() else { return ChartPointed::default() };
    let x = transform.value_from_position(pointer).x;
    let hovered = chart.read_at(x, options);
    let painter = ui.painter().with_clip_rect(response.rect.intersect(ui.clip_rect()));
    painter.vline(pointer.x, response.rect.y_range(), Stroke::new(1.0, theme.text_weak));
    for reading in &hovered {
        let Some(run) = chart.runs.get(reading.run) else { continue };
        let bytes = reading.rss_bytes.unwrap_or(reading.counted_bytes);
        let y = transform.position_from_point(&PlotPoint::new(x, bytes as f64)).y;
        painter.circle(pos2(pointer.x, y), 3.5, theme.mode(run.mode), Stroke::new(1.0, theme.surface));
    }
    if !hovered.is_empty() && !response.dragged() {
        egui::Tooltip::for_widget(response)
            .at_pointer()
            .gap(14.0)
            .show(|ui| readings_ui(ui, chart, &hovered, x, options));
    }
    let clicked = response.clicked().then(|| hovered.clone());
    ChartPointed { hovered, clicked }
}

fn readings_ui(ui: &mut Ui, chart: &Chart, readings: &[Reading], x: f64, options: ChartOptions) {
    let theme = Theme::of(ui);
    let at = match options.axis {
        Axis::Time => format!("{x:.2} s"),
        Axis::Work => format!("{:.0} % of the work", x * 100.0),
    };
    ui.label(caption(ui, at));
    ui.spacing_mut().interact_size.y = 0.0;
    egui::Grid::new("readings").num_columns(3).min_row_height(0.0).spacing(vec2(14.0, 3.0)).show(ui, |ui| {
        for reading in readings {
            let Some(run) = chart.runs.get(reading.run) else { continue };
            ui.colored_label(theme.mode(run.mode), &reading.title);
            let value = match reading.rss_bytes {
                Some(rss) => bytes_text(rss),
                None => format!("{} counted", bytes_text(reading.counted_bytes)),
            };
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(value));
            let mut doing = reading.doing.clone();
            if options.axis == Axis::Work {
                doing = format!("{doing} at {}", secs_text(reading.at_secs));
            }
            ui.label(caption(ui, doing));
            ui.end_row();
            if options.counted && reading.rss_bytes.is_some() {
                ui.label(caption(ui, "counted"));
                let counted = caption(ui, bytes_text(reading.counted_bytes));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(counted));
                ui.end_row();
            }
        }
    });
}
