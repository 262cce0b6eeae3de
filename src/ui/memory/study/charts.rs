//! The small charts of the proofs. All begin at zero, so that what looks flat is.

use egui::{
    Align2, Color32, Rect, Response, Role, Sense, Shape, Stroke, TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use crate::plan::Mode;
use crate::quantity::{bytes_text, plural};
use crate::study::{Change, Figures, Line, Proof};
use crate::ui::theme::{self, Theme};

/// Height of a chart, in points.
const HEIGHT: f32 = 116.0;
/// Room at the left for the numbers of the axis.
const LEFT: f32 = 62.0;
/// Room below for what the axis counts.
const BELOW: f32 = 18.0;

/// The chart of a proof, or as much empty room.
pub(super) fn figures_ui(ui: &mut Ui, proof: &Proof) {
    let (area, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let name = format!("{}: {}. {}", proof.claim.title(), proof.finding.name(), proof.sentence);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let colour = Theme::of(ui).mode(proof.mode.unwrap_or(Mode::Sequential));
    match &proof.figures {
        Figures::None => {
            let font = TextStyle::Small.resolve(ui.style());
            let weak = Theme::of(ui).text_weak;
            ui.painter().text(area.center(), Align2::CENTER_CENTER, "no numbers", font, weak);
        }
        Figures::AtOnce { bulk, sequential } => at_once_ui(ui, area, *bulk, *sequential),
        Figures::Changes { changes, resting_bytes } => {
            changes_ui(ui, area, response, colour, changes, *resting_bytes);
        }
        Figures::Rest { bytes, line, .. } => rest_ui(ui, area, response, colour, bytes, line.as_ref()),
    }
}

/// A bar for each way.
fn at_once_ui(ui: &Ui, area: Rect, bulk: usize, sequential: usize) {
    let theme = Theme::of(ui);
    let font = TextStyle::Small.resolve(ui.style());
    let most = bulk.max(sequential).max(1) as f32;
    let bars = [(Mode::Bulk, bulk), (Mode::Sequential, sequential)];
    for (row, (mode, images)) in bars.into_iter().enumerate() {
        let top = area.top() + 4.0 + row as f32 * 54.0;
        let text = format!("{}: {}", mode.title(), plural(images, "image"));
        ui.painter().text(pos2(area.left(), top), Align2::LEFT_TOP, text, font.clone(), theme.text_weak);
        let track = Rect::from_min_size(pos2(area.left(), top + 19.0), vec2(area.width(), 18.0));
        ui.painter().rect_filled(track, 3.0, theme.empty);
        let width = (track.width() * images as f32 / most).max(2.0);
        let bar = Rect::from_min_size(track.min, vec2(width, track.height()));
        ui.painter().rect_filled(bar, 3.0, theme.mode(mode));
    }
}

/// Where the values of a chart lie.
struct BarScale {
    plot: Rect,
    top: f64,
    count: usize,
}

impl BarScale {
    /// Draws the axes as well.
    fn new(ui: &Ui, area: Rect, most: u64, count: usize, what: &str) -> Self {
        let plot = Rect::from_min_max(area.min + vec2(LEFT, 8.0), area.max - vec2(6.0, BELOW));
        let scale = Self { plot, top: (most as f64 * 1.08).max(1.0), count };
        let theme = Theme::of(ui);
        let font = TextStyle::Small.resolve(ui.style());
        for bytes in [0, most] {
            let y = scale.y(bytes as f64);
            ui.painter().hline(plot.x_range(), y, Stroke::new(1.0, theme.grid));
            let at = pos2(plot.left() - 6.0, y);
            ui.painter().text(at, Align2::RIGHT_CENTER, bytes_text(bytes), font.clone(), theme.text_weak);
        }
        let at = pos2(plot.center().x, area.bottom());
        ui.painter().text(at, Align2::CENTER_BOTTOM, plural(count, what), font, theme.text_weak);
        scale
    }

    fn x(&self, place: usize) -> f32 {
        self.plot.left() + self.plot.width() * (place as f32 + 0.5) / self.count.max(1) as f32
    }

    fn y(&self, bytes: f64) -> f32 {
        self.plot.bottom() - self.plot.height() * (bytes / self.top) as f32
    }

    /// Radius of a point: smaller where there are many.
    fn radius(&self) -> f32 {
        (self.plot.width() / self.count.max(1) as f32 * 0.35).clamp(1.0, 3.5)
    }

    /// The place that the pointer is at.
    fn pointed(&self, response: &Response) -> Option<usize> {
        let pointer = response.hover_pos()?;
        let share = (pointer.x - self.plot.left()) / self.plot.width().max(1.0);
        let place = (share * self.count as f32).floor();
        (place >= 0.0 && (place as usize) < self.count).then_some(place as usize)
    }

    /// A level across the chart, with its name at the right end under it: what is measured lies above.
    fn level(&self, ui: &Ui, bytes: u64, name: &str, colour: Color32) {
        let y = self.y(bytes as f64);
        let ends = [pos2(self.plot.left(), y), pos2(self.plot.right(), y)];
        ui.painter().extend(Shape::dotted_line(&ends, colour, 4.0, 0.9));
        let font = TextStyle::Small.resolve(ui.style());
        let at = pos2(self.plot.right(), y + 2.0);
        let galley = ui.painter().layout_no_wrap(name.to_owned(), font, colour);
        let place = Align2::RIGHT_TOP.anchor_size(at, galley.size());
        ui.painter().rect_filled(place.expand2(vec2(3.0, 0.0)), 2.0, Theme::of(ui).card.gamma_multiply(0.8));
        ui.painter().galley(place.min, galley, colour);
    }
}

/// For each combination a line from before to after, with a point at after.
fn changes_ui(
    ui: &Ui,
    area: Rect,
    response: Response,
    colour: Color32,
    changes: &[Change],
    resting_bytes: Option<u64>,
) {
    let theme = Theme::of(ui);
    let most = changes.iter().map(|change| change.before_bytes.max(change.after_bytes)).max();
    let scale = BarScale::new(ui, area, most.unwrap_or(0), changes.len(), "combination");
    let radius = scale.radius();
    for (place, change) in changes.iter().enumerate() {
        let x = scale.x(place);
        let [before, after] = [change.before_bytes, change.after_bytes].map(|bytes| scale.y(bytes as f64));
        let stroke = Stroke::new(radius.min(2.0), colour);
        ui.painter().line_segment([pos2(x, before), pos2(x, after)], stroke);
        ui.painter().circle_stroke(pos2(x, before), radius, Stroke::new(1.0, colour));
        ui.painter().circle_filled(pos2(x, after), radius, colour);
    }
    if let Some(resting) = resting_bytes {
        scale.level(ui, resting, &format!("at rest {}", bytes_text(resting)), theme.text_weak);
    }
    if let Some(change) = scale.pointed(&response).and_then(|place| changes.get(place)) {
        let text = format!(
            "{}: {} → {}",
            change.combination,
            bytes_text(change.before_bytes),
            bytes_text(change.after_bytes)
        );
        response.on_hover_text_at_pointer(text);
    }
}

/// What is left after each clear, and the line through it.
fn rest_ui(ui: &Ui, area: Rect, response: Response, colour: Color32, bytes: &[u64], line: Option<&Line>) {
    let most = bytes.iter().copied().max().unwrap_or(0);
    let scale = BarScale::new(ui, area, most, bytes.len(), "clear");
    let radius = scale.radius();
    for (place, bytes) in bytes.iter().enumerate() {
        ui.painter().circle_filled(pos2(scale.x(place), scale.y(*bytes as f64)), radius, colour);
    }
    if let Some(line) = line {
        let last = bytes.len().saturating_sub(1);
        let ends = [0, last].map(|place| pos2(scale.x(place), scale.y(line.at(place as f64))));
        ui.painter().line_segment(ends, Stroke::new(1.5, Theme::of(ui).text));
    }
    if let Some(place) = scale.pointed(&response)
        && let Some(bytes) = bytes.get(place)
    {
        let text = format!("After clear {}: {}", place + 1, bytes_text(*bytes));
        response.on_hover_ui_at_pointer(|ui| {
            ui.label(theme::weak(ui, text));
        });
    }
}
