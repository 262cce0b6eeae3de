//! The memory chart in the window: paints a [`Picture`], and turns pointer and keys into a range.
//!
//! What is drawn and where is decided in [`crate::chart`]; here are colours, the plot widget and the
//! hover. Changes nothing but its own [`ChartView`].

mod keys;
mod options;
mod paint;
mod view;

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{
    Align, Color32, Key, Layout, Rect, Response, Sense, Stroke, TextStyle, Ui, WidgetInfo, pos2, vec2,
};
use egui_plot::{PlotPoint, PlotTransform};

use self::keys::{choose_moment, tell_moment};
use self::options::options_ui;
use self::paint::{axes_ui, bands_ui, paint_hatching, paint_life, paint_over, plot_ui};
pub use self::view::{ChartPointed, ChartView};
use self::view::{Drawn, Kept, LANE, MOST_LANES};
use crate::chart::{Axis, Chart, ChartOptions, ChartRun, ExpectedReading, Picture, PictureSize, Reading};
use crate::quantity::{bytes_text, secs_text};
use crate::ui::theme::{Theme, caption};

/// Shows the chart in the space that is left, legend and options above it, phases below.
pub fn memory_chart_ui(ui: &mut Ui, chart: &Chart, view: &mut ChartView) -> ChartPointed {
    let theme = Theme::of(ui);
    let asked = options_ui(ui, chart, view);
    let options = chart.settled(view.options);
    let lanes = chart.titles().count().min(MOST_LANES) as f32;
    let available = if ui.available_height().is_finite() { ui.available_height() } else { 460.0 };
    let size = vec2(ui.available_width().max(160.0), available.clamp(160.0, 4000.0));
    let (whole, _) = ui.allocate_exact_size(size, Sense::hover());
    let frame = Rect::from_min_max(
        whole.min + vec2(MARGIN_LEFT, MARGIN_TOP),
        whole.max - vec2(1.0, MARGIN_BOTTOM + lanes * LANE),
    );
    let drawn = drawn(ui, chart, view, options, frame);
    paint_hatching(ui, theme, &drawn.picture, frame);
    if let Some((ink, life)) = &view.life {
        paint_life(ui, theme, chart, &drawn.picture, frame, options.axis, (*ink, life));
    }
    let (response, transform) = plot_ui(ui, theme, &drawn, frame);
    paint_over(ui, theme, &drawn.picture, frame);
    axes_ui(ui, theme, &drawn.picture, frame);
    if lanes > 0.0 {
        let row = Rect::from_min_max(pos2(frame.left(), frame.bottom() + MARGIN_BOTTOM), whole.max);
        bands_ui(ui, theme, chart, &drawn.picture, frame, row);
    }
    let summary = chart.summary_text();
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
    if !select_range(ui, theme, view, &response, &drawn.picture) {
        move_range(ui, chart, view, options, &response, &drawn.picture);
    }
    choose_moment(ui, chart, view, options, &response, &drawn.picture);
    let chosen = view.chosen_x(options.axis).filter(|_| response.has_focus());
    let canvas = Canvas { chart, options, picture: &drawn.picture, response: &response };
    let pointed = canvas.readings_ui(ui, &transform, chosen);
    let on_screen = |x: f64| transform.position_from_point(&PlotPoint::new(x, 0.0)).x;
    tell_moment(ui, chart, options, &response, chosen.map(|x| (x, on_screen(x))));
    ChartPointed { export: asked.export, copied: asked.copied, is_unclear: asked.is_unclear, ..pointed }
}

/// Room beside the plot for the numbers of the vertical axis.
const MARGIN_LEFT: f32 = 44.0;
/// Room above the plot for the unit of the vertical axis.
const MARGIN_TOP: f32 = 20.0;
/// Room below the plot for the numbers of the horizontal axis.
const MARGIN_BOTTOM: f32 = 26.0;
/// The picture for what is seen now: the one kept, or a new one.
fn drawn(ui: &Ui, chart: &Chart, view: &mut ChartView, options: ChartOptions, frame: Rect) -> Arc<Drawn> {
    let range = view.range.map(|range| range.map(f64::to_bits));
    let plot: [f32; 2] = frame.size().into();
    let size = plot.map(f32::to_bits);
    let key = (chart.version(), options, size, range, ui.ctx().pixels_per_point().to_bits());
    if let Some(kept) = view.kept.as_ref().filter(|kept| kept.key == key) {
        return Arc::clone(&kept.drawn);
    }
    let text = |text: &str, _strong: bool| {
        let font = TextStyle::Small.resolve(ui.style());
        let size = ui.painter().layout_no_wrap(text.to_owned(), font, Color32::WHITE).size();
        [size.x, size.y]
    };
    let picture = Picture::of(chart, options, view.range, &PictureSize { plot, text: &text });
    // The plot is as high as 1: where memory lies on it is the picture's.
    let points = |points: &[[f64; 2]]| -> Vec<PlotPoint> {
        points.iter().map(|[x, bytes]| PlotPoint::new(*x, picture.scale.height(*bytes))).collect()
    };
    let courses = picture.courses.iter().map(|course| points(&course.points)).collect();
    let points = picture.curves.iter().map(|curve| points(&curve.points)).collect();
    let drawn = Arc::new(Drawn { picture, points, courses });
    view.kept = Some(Kept { key, drawn: Arc::clone(&drawn) });
    drawn
}

/// A drag with Shift selects a range of time, which then is all that is seen, with its own peaks. True
/// while one is being selected.
fn select_range(
    ui: &Ui,
    theme: &Theme,
    view: &mut ChartView,
    response: &Response,
    picture: &Picture,
) -> bool {
    let rect = response.rect;
    let x_at = |pointer: f32| {
        let share = f64::from((pointer - rect.left()) / rect.width().max(1.0)).clamp(0.0, 1.0);
        picture.x[0] + (picture.x[1] - picture.x[0]) * share
    };
    let pointer = response.interact_pointer_pos();
    if response.drag_started()
        && ui.input(|input| input.modifiers.shift)
        && let Some(origin) = ui.input(|input| input.pointer.press_origin())
    {
        view.selecting = Some(x_at(origin.x));
    }
    let (Some(from), Some(pointer)) = (view.selecting, pointer) else {
        view.selecting = None;
        return false;
    };
    let to = x_at(pointer.x);
    let (from, to) = (from.min(to), from.max(to));
    let edge = |x: f64| rect.left() + picture.pixel([x, 0.0], rect.size().into())[0];
    let band = Rect::from_x_y_ranges(edge(from)..=edge(to), rect.y_range());
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.rect_filled(band, 0.0, theme.text.gamma_multiply(0.12));
    if response.drag_stopped() {
        view.selecting = None;
        // A range of a few pixels was a slip of the hand.
        if band.width() > 4.0 {
            view.range = Some([from, to]);
        }
    }
    true
}

/// Scroll zooms at the pointer, drag pans, double click shows all; with the focus, plus and minus
/// zoom, the arrows with Alt pan and 0 shows all.
fn move_range(
    ui: &Ui,
    chart: &Chart,
    view: &mut ChartView,
    options: ChartOptions,
    response: &Response,
    picture: &Picture,
) {
    let [whole_from, whole_to] = chart.whole_x(options.axis);
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
            if input.modifiers.alt {
                shift += span * 0.1 * (pressed(Key::ArrowRight) - pressed(Key::ArrowLeft));
            }
            zoom *= 1.5_f64.powf(pressed(Key::Plus) + pressed(Key::Equals) - pressed(Key::Minus));
            all |= input.key_pressed(Key::Num0);
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

/// What is read of: the chart as it is drawn.
struct Canvas<'a> {
    chart: &'a Chart,
    options: ChartOptions,
    picture: &'a Picture,
    response: &'a Response,
}

impl Canvas<'_> {
    /// Reads all runs at the pointer, and at the moment that was chosen by keys.
    fn readings_ui(&self, ui: &Ui, transform: &PlotTransform, chosen: Option<f64>) -> ChartPointed {
        let response = self.response;
        let pointed = response.hover_pos().map(|pointer| transform.value_from_position(pointer).x);
        let hovered = pointed.map_or_else(Vec::new, |x| self.moment_ui(ui, transform, x));
        let at_chosen = chosen.filter(|x| (self.picture.x[0]..=self.picture.x[1]).contains(x));
        let at_chosen = at_chosen.map(|x| self.moment_ui(ui, transform, x));
        // The words stand where one looks: at the pointer while there is one.
        let x = pointed.or(chosen);
        let readings = if pointed.is_some() { Some(&hovered) } else { at_chosen.as_ref() };
        if let (Some(x), Some(readings), false) = (x, readings, response.dragged()) {
            let expected =
                if self.options.expected { self.chart.expect_at(x, self.options) } else { Vec::new() };
            if !readings.is_empty() || !expected.is_empty() {
                let mut tooltip = egui::Tooltip::for_widget(response).gap(14.0);
                let left = transform.position_from_point(&PlotPoint::new(x, 1.0));
                tooltip.popup = match pointed {
                    Some(_) => tooltip.popup.at_pointer(),
                    None => tooltip.popup.at_position(left),
                };
                tooltip.show(|ui| readings_ui(ui, self.chart, readings, &expected, x, self.options));
            }
        }
        // A click that is no mouse's is of the keyboard or of a screen reader.
        let is_mouse = response.clicked_by(egui::PointerButton::Primary);
        let clicked = if is_mouse { Some(hovered.clone()) } else { at_chosen };
        let clicked = clicked.filter(|_| response.clicked());
        ChartPointed { hovered, clicked, ..ChartPointed::default() }
    }

    /// The line at a moment, with a dot for each run.
    fn moment_ui(&self, ui: &Ui, transform: &PlotTransform, x: f64) -> Vec<Reading> {
        let (theme, rect) = (Theme::of(ui), self.response.rect);
        let readings = self.chart.read_at(x, self.options);
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        let left = transform.position_from_point(&PlotPoint::new(x, 0.0)).x;
        painter.vline(left, rect.y_range(), Stroke::new(1.0, theme.text_weak));
        let inks = self.chart.inks();
        for reading in &readings {
            let Some(ink) = inks.get(reading.run) else { continue };
            let Some(bytes) = reading.rss_bytes.or(reading.second_bytes) else { continue };
            let at = PlotPoint::new(x, self.picture.scale.height(bytes as f64));
            let at = transform.position_from_point(&at);
            painter.circle(at, 3.5, paint::color(theme, *ink), Stroke::new(1.0, theme.surface));
        }
        readings
    }
}

fn readings_ui(
    ui: &mut Ui,
    chart: &Chart,
    readings: &[Reading],
    expected: &[ExpectedReading],
    x: f64,
    options: ChartOptions,
) {
    let theme = Theme::of(ui);
    ui.label(caption(ui, Chart::place_text(x, options.axis)));
    let inks = chart.inks();
    ui.spacing_mut().interact_size.y = 0.0;
    egui::Grid::new("readings").num_columns(3).min_row_height(0.0).spacing(vec2(14.0, 3.0)).show(ui, |ui| {
        for reading in readings {
            let Some(ink) = inks.get(reading.run) else { continue };
            ui.colored_label(paint::color(theme, *ink), &reading.title);
            let value = match reading.rss_bytes {
                Some(rss) => bytes_text(rss),
                None => reading.second_text(),
            };
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(value));
            let mut doing = reading.doing.clone();
            if options.axis == Axis::Work {
                doing = format!("{doing} at {}", secs_text(reading.at_secs));
            }
            ui.label(caption(ui, doing));
            ui.end_row();
            let second =
                chart.runs.get(reading.run).filter(|run| !run.is_one_process()).map(ChartRun::second_measure);
            if let (true, Some(_), Some(second), Some(bytes)) =
                (options.counted, reading.rss_bytes, second, reading.second_bytes)
            {
                ui.label(caption(ui, second.name()));
                let bytes = caption(ui, bytes_text(bytes));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(bytes));
                ui.end_row();
            }
        }
        for expected in expected {
            ui.colored_label(paint::color(theme, expected.ink), format!("{}, expected", expected.title));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(expected.bytes_text()));
            ui.label(caption(ui, &expected.doing));
            ui.end_row();
        }
    });
}
