//! Paints a [`Picture`]: lines by the plot widget, and over them what it has no item for.

use egui::accesskit::Role;
use egui::{Align2, Color32, Pos2, Rect, Response, Sense, Stroke, TextStyle, Ui, WidgetInfo, pos2, vec2};
use egui_plot::{
    FilledArea, GridMark, HLine, Line, LineStyle, Plot, PlotPoints, PlotTransform, PlotUi, VLine,
};

use super::view::{Drawn, LANE, MOST_LANES};
use crate::chart::{Axis, Chart, Ink, Life, MarkerKind, Picture, ReferenceStyle};
use crate::ui::theme::Theme;

pub(super) fn color(theme: &Theme, ink: Ink) -> Color32 {
    match ink {
        Ink::Run { mode, nth } => theme.run(mode, nth),
        Ink::Budget => theme.over,
        Ink::Machine => theme.text_weak,
    }
}

/// The plot itself. It moves by our own range, so all of the widget's own ways to move are off, and
/// so are its axes, whose numbers at the origin would touch.
pub(super) fn plot_ui(ui: &mut Ui, theme: &Theme, drawn: &Drawn, frame: Rect) -> (Response, PlotTransform) {
    let picture = &drawn.picture;
    let [from, to] = picture.x;
    let marks: Vec<f64> =
        picture.y_marks().into_iter().map(|(bytes, _)| picture.scale.height(bytes)).collect();
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
            let (from, to) = input.bounds;
            let step_size = 1.0 / marks.len().max(1) as f64;
            let seen = marks.iter().copied().filter(|height| (from..=to).contains(height));
            seen.map(|value| GridMark { value, step_size }).collect()
        })
        .show(&mut child, |plot| {
            plot.set_plot_bounds_x(from..=to);
            plot.set_plot_bounds_y(0.0..=1.0);
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
            MarkerKind::Mark => line.color(color(theme, marker.ink)).width(1.6),
        });
    }
    for level in &picture.levels {
        let line = HLine::new("", picture.scale.height(level.bytes))
            .color(color(theme, level.ink))
            .allow_hover(false);
        plot.hline(match level.style {
            ReferenceStyle::Dotted => line.width(0.8).style(LineStyle::Dotted { spacing: 4.0 }),
            ReferenceStyle::Dashed => line.width(1.3).style(LineStyle::Dashed { length: 7.0 }),
        });
    }
    for (course, points) in picture.courses.iter().zip(&drawn.courses) {
        let color = color(theme, course.ink).gamma_multiply(0.65);
        if let Some(lows) = course.lows.as_ref().filter(|_| course.main) {
            area(plot, picture, &course.points, lows, color.gamma_multiply(0.3));
        }
        let bulk = course.ink.is_bulk();
        let line =
            Line::new("", PlotPoints::Borrowed(points)).color(color).allow_hover(false).allow_band(false);
        plot.line(match (course.main, bulk) {
            (true, true) if course.lows.is_none() => line.width(1.4).style(LineStyle::Dashed { length: 6.0 }),
            (true, _) => line.width(1.4),
            (false, _) => line.width(0.7).style(LineStyle::Dotted { spacing: 3.5 }),
        });
    }
    for (curve, points) in picture.curves.iter().zip(&drawn.points) {
        let color = color(theme, curve.ink);
        if curve.main
            && let Some(lows) = &curve.lows
        {
            area(plot, picture, &curve.points, lows, color.gamma_multiply(0.22));
        }
        let dashed = curve.ink.is_dashed();
        let line =
            Line::new("", PlotPoints::Borrowed(points)).color(color).allow_hover(false).allow_band(false);
        plot.line(match (curve.main, curve.calm) {
            (true, true) if dashed => line.width(2.0).style(LineStyle::Dashed { length: 7.0 }),
            (true, _) => line.width(2.0),
            (false, true) => line.width(0.75).style(LineStyle::Dotted { spacing: 3.5 }),
            (false, false) => line.width(0.75),
        });
    }
}

/// Between the highest and the lowest of what falls together.
fn area(plot: &mut PlotUi<'_>, picture: &Picture, highs: &[[f64; 2]], lows: &[f64], fill: Color32) {
    let height = |bytes: f64| picture.scale.height(bytes);
    let (xs, highs): (Vec<f64>, Vec<f64>) = highs.iter().map(|[x, bytes]| (*x, height(*bytes))).unzip();
    let lows: Vec<f64> = lows.iter().map(|bytes| height(*bytes)).collect();
    plot.add(FilledArea::new("", &xs, &lows, &highs).fill_color(fill).allow_hover(false));
}

/// The hatching below what is expected.
pub(super) fn paint_hatching(ui: &Ui, theme: &Theme, picture: &Picture, frame: Rect) {
    let painter = ui.painter().with_clip_rect(frame.intersect(ui.clip_rect()));
    for course in &picture.courses {
        let stroke = Stroke::new(1.0, color(theme, course.ink).gamma_multiply(0.25));
        for ends in &course.hatching {
            painter.line_segment(ends.map(|[x, y]| frame.min + vec2(x, y)), stroke);
        }
    }
}

/// The life of an image behind the lines: a band from its birth to its end, stronger where a step used
/// it.
pub(super) fn paint_life(
    ui: &Ui,
    theme: &Theme,
    chart: &Chart,
    picture: &Picture,
    frame: Rect,
    axis: Axis,
    (ink, life): (Ink, &Life),
) {
    let mut of_mode =
        chart.runs.iter().filter(|run| matches!(ink, Ink::Run { mode, .. } if mode == run.mode));
    let Ink::Run { nth, .. } = ink else { return };
    let Some(run) = of_mode.nth(nth) else { return };
    let painter = ui.painter().with_clip_rect(frame.intersect(ui.clip_rect()));
    let x_of = |secs: f64| {
        let at = [chart.x_of(run, secs, axis), 0.0];
        frame.left() + picture.pixel(at, frame.size().into())[0]
    };
    let band = |from_secs: f64, to_secs: f64, strength: f32| {
        let from = pos2(x_of(from_secs), frame.top());
        // A life too short for the chart's width is still seen.
        let to = pos2(x_of(to_secs).max(from.x + 2.0), frame.bottom());
        painter.rect_filled(Rect::from_min_max(from, to), 0.0, color(theme, ink).gamma_multiply(strength));
    };
    band(life.from_secs, life.to_secs, 0.16);
    for (_, from_secs, to_secs) in &life.uses {
        band(*from_secs, *to_secs, 0.14);
    }
}

/// What the plot widget has no item for: hatches, texts, units.
pub(super) fn paint_over(ui: &Ui, theme: &Theme, picture: &Picture, frame: Rect) {
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
    for label in &picture.labels {
        if let Some(leader) = label.leader() {
            let ends = leader.map(|end| frame.min + egui::Vec2::from(end));
            painter.line_segment(ends, Stroke::new(1.0, color(theme, label.ink)));
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
        let color = if label.point.is_some() { theme.text } else { color(theme, label.ink) };
        let place = frame.min + vec2(label.area.left, label.area.top);
        let galley = painter.layout_no_wrap(label.text.clone(), small.clone(), color);
        let ground = Rect::from_min_size(place, galley.size()).shrink2(vec2(-3.0, 1.0));
        painter.rect_filled(ground, 3.0, theme.surface.gamma_multiply(0.9));
        painter.galley(place, galley, color);
    }
}

/// Numbers and units of both axes.
pub(super) fn axes_ui(ui: &Ui, theme: &Theme, picture: &Picture, frame: Rect) {
    let font = TextStyle::Small.resolve(ui.style());
    let text = |at: Pos2, anchor: Align2, text: &str| {
        ui.painter().text(at, anchor, text, font.clone(), theme.text_weak)
    };
    let size = frame.size().into();
    for (mark, words) in picture.y_marks() {
        let y = frame.top() + picture.pixel([picture.x[0], mark], size)[1];
        text(pos2(frame.left() - 8.0, y), Align2::RIGHT_CENTER, &words);
    }
    text(frame.left_top() - vec2(8.0, 9.0), Align2::RIGHT_BOTTOM, picture.y_unit());
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
pub(super) fn bands_ui(ui: &Ui, theme: &Theme, chart: &Chart, picture: &Picture, frame: Rect, rect: Rect) {
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
            pointed = chart.titles().nth(band.lane).map(|title| format!("{title}: {}", band.name));
        }
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Phases of each run over time"));
    if let Some(text) = pointed {
        response.on_hover_text_at_pointer(text);
    }
}
