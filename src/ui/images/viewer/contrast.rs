//! The contrast of the viewer: a histogram with two handles, their numbers, and ways back.

use egui::{Button, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::app::images::display::Histogram;
use crate::image::{Contrast, PixelType};
use crate::ui::theme::{self, SMALL_RADIUS, Theme};
use crate::ui::widgets;

/// Which of the two handles of the histogram is dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handle {
    /// What is shown black.
    Low,
    /// What is shown brightest.
    High,
}

/// What the user wants of the contrast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ContrastChange {
    /// These values.
    To(Contrast),
    /// What suits the image at hand.
    Auto,
    /// Back to what was estimated.
    Reset,
}

/// Draws histogram, handles and numbers; returns what the user changed. `chosen`: whether there is
/// a choice to take back.
pub(crate) fn contrast_ui(
    ui: &mut Ui,
    histogram: &Histogram,
    pixel: PixelType,
    contrast: Contrast,
    chosen: bool,
    dragged: &mut Option<Handle>,
) -> Option<ContrastChange> {
    let mut change = histogram_ui(ui, histogram, contrast, dragged).map(ContrastChange::To);
    let float = matches!(pixel, PixelType::F32 | PixelType::F64);
    let span = (histogram.max - histogram.min).max(contrast.high - contrast.low);
    let speed = if float { span / 300.0 } else { (span / 300.0).max(0.2) };
    let mut edited = contrast;
    ui.horizontal(|ui| {
        for (name, value) in [("Low", &mut edited.low), ("High", &mut edited.high)] {
            let label = ui.label(theme::caption(ui, name));
            let mut drag = widgets::number_field(ui, value).speed(speed);
            drag = if float { drag.max_decimals(4) } else { drag.fixed_decimals(0) };
            ui.add(drag).labelled_by(label.id);
        }
    });
    if edited != contrast {
        // The other end gives way, so that low never passes high.
        if edited.low != contrast.low {
            edited.high = edited.high.max(edited.low);
        } else {
            edited.low = edited.low.min(edited.high);
        }
        change = Some(ContrastChange::To(edited));
    }
    ui.horizontal(|ui| {
        if ui.button("Auto").on_hover_text("What suits this image").clicked() {
            change = Some(ContrastChange::Auto);
        }
        let whole = Contrast { low: histogram.min, high: histogram.max };
        let hint = "From the darkest to the brightest pixel of this image";
        if ui.add_enabled(contrast != whole, Button::new("Whole range")).on_hover_text(hint).clicked() {
            change = Some(ContrastChange::To(whole));
        }
        let hint = "The contrast estimated from the first images";
        if chosen && ui.button("Reset").on_hover_text(hint).clicked() {
            change = Some(ContrastChange::Reset);
        }
    });
    change
}

fn histogram_ui(
    ui: &mut Ui,
    histogram: &Histogram,
    contrast: Contrast,
    dragged: &mut Option<Handle>,
) -> Option<Contrast> {
    let theme = Theme::of(ui);
    let (outer, response) = ui.allocate_exact_size(vec2(ui.available_width(), 84.0), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Histogram"));
    let rect = outer.shrink2(vec2(6.0, 4.0));
    let axis = HistogramAxis::of(histogram, contrast);
    let painter = ui.painter().with_clip_rect(outer.intersect(ui.clip_rect()));
    painter.rect_filled(outer, SMALL_RADIUS, theme.card);

    // The logarithm keeps rare values visible beside a large background.
    let height = |count: u32| f64::from(count).ln_1p();
    let tallest = histogram.counts.iter().copied().map(height).fold(1.0, f64::max);
    let bins = histogram.counts.len().max(1) as f64;
    let mut bars = Vec::with_capacity(histogram.counts.len());
    for (bin, count) in histogram.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let edge = |place: f64| histogram.min + (histogram.max - histogram.min) * place / bins;
        let left = axis.x(rect, edge(bin as f64));
        let right = axis.x(rect, edge(bin as f64 + 1.0)).max(left + 1.0);
        let top = rect.bottom() - (height(*count) / tallest) as f32 * rect.height();
        let bar = Rect::from_min_max(pos2(left, top), pos2(right, rect.bottom()));
        bars.push(Shape::rect_filled(bar, 0.0, theme.text_weak.gamma_multiply(0.7)));
    }
    painter.extend(bars);

    let [low, high] = [axis.x(rect, contrast.low), axis.x(rect, contrast.high)];
    painter
        .line_segment([pos2(low, rect.bottom()), pos2(high, rect.top())], Stroke::new(1.0, theme.text_weak));
    let mut changed = None;
    if let Some(pointer) = response.interact_pointer_pos() {
        if response.drag_started() || response.clicked() || dragged.is_none() {
            // Where both handles are at one place, the side of the pointer decides.
            let nearer_low =
                (pointer.x - low).abs() < (pointer.x - high).abs() || (low == high && pointer.x < low);
            *dragged = Some(if nearer_low { Handle::Low } else { Handle::High });
        }
        if response.dragged() || response.clicked() {
            let value = axis.value(rect, pointer.x);
            changed = match *dragged {
                Some(Handle::Low) => Some(Contrast { low: value.min(contrast.high), ..contrast }),
                Some(Handle::High) => Some(Contrast { high: value.max(contrast.low), ..contrast }),
                None => None,
            };
        }
    } else {
        *dragged = None;
    }
    for (x, handle) in [(low, Handle::Low), (high, Handle::High)] {
        let colour = if *dragged == Some(handle) { theme.bulk } else { theme.text };
        painter.vline(x, outer.y_range(), Stroke::new(1.5, colour));
        painter.circle_filled(pos2(x, outer.bottom() - 6.0), 4.0, colour);
    }
    response.on_hover_cursor(egui::CursorIcon::ResizeHorizontal);
    changed
}

/// The values that the histogram's width stands for.
#[derive(Clone, Copy)]
struct HistogramAxis {
    min: f64,
    max: f64,
}

impl HistogramAxis {
    /// The values of the image, and the handles if they lie beyond them. A far handle would squeeze
    /// the histogram to nothing, so it may widen the axis fourfold at most.
    fn of(histogram: &Histogram, contrast: Contrast) -> Self {
        let span = (histogram.max - histogram.min).max(f64::MIN_POSITIVE);
        let low = contrast.low.clamp(histogram.min - span, histogram.min);
        let high = contrast.high.clamp(histogram.max, histogram.max + 2.0 * span);
        if high > low { Self { min: low, max: high } } else { Self { min: low, max: low + 1.0 } }
    }

    fn x(self, rect: Rect, value: f64) -> f32 {
        let share = ((value - self.min) / (self.max - self.min)).clamp(0.0, 1.0);
        rect.left() + share as f32 * rect.width()
    }

    fn value(self, rect: Rect, x: f32) -> f64 {
        let share = f64::from(((x - rect.left()) / rect.width().max(1.0)).clamp(0.0, 1.0));
        self.min + share * (self.max - self.min)
    }
}
