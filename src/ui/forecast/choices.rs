//! The choices as rows with bars on one scale: for the open plate and for one that is planned.

use egui::{
    Align2, Color32, CornerRadius, FontId, Rect, Role, Sense, Shape, Stroke, StrokeKind, TextStyle, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::chart::{BarLine, ForecastBars, Ink};
use crate::plan::{Choice, Mode};
use crate::quantity::{bytes_text, less_text, plural, secs_range_text};
use crate::ui::screen_reader::selectable_info;
use crate::ui::theme::{self, RADIUS, SMALL_RADIUS, Theme};
use crate::ui::widgets;

/// Height of the row of a choice: its name, its bar, its numbers.
const ROW: f32 = 55.0;

/// How the rows of choices are shown.
pub(super) struct ChoiceRows<'a> {
    pub(super) choices: &'a [Choice],
    pub(super) budget_bytes: Option<u64>,
    pub(super) machine_bytes: Option<u64>,
    /// The choice that is made.
    pub(super) chosen: Option<&'a Choice>,
    /// Whether a choice can be made by a click.
    pub(super) is_choice: bool,
    /// Whether images and results at the fullest are distinguished: for rows with room for it.
    pub(super) is_detailed: bool,
}

impl ChoiceRows<'_> {
    /// The rows, and the names of the lines in them; the choice that the user clicked.
    pub(super) fn show(&self, ui: &mut Ui) -> Option<&Choice> {
        let bars = ForecastBars::of(self.choices, self.budget_bytes, self.machine_bytes);
        legend_ui(ui, &bars.lines);
        let mut clicked = None;
        for (choice, length) in self.choices.iter().zip(&bars.lengths) {
            let is_chosen = self.chosen.is_some_and(|chosen| std::ptr::eq(chosen, choice));
            if self.row_ui(ui, choice, *length, &bars, is_chosen) {
                clicked = Some(choice);
            }
        }
        if let Some(note) = bars.scale.note() {
            ui.label(theme::caption(ui, note));
        }
        clicked
    }

    /// One choice; true when it is clicked.
    fn row_ui(
        &self,
        ui: &mut Ui,
        choice: &Choice,
        length: f32,
        bars: &ForecastBars,
        is_chosen: bool,
    ) -> bool {
        let theme = Theme::of(ui);
        // All at once is no choice of components: it is what they are compared with.
        let is_choice = self.is_choice && choice.mode != Mode::Bulk;
        let sense = if is_choice { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), sense);
        let fits = if choice.fits { "fits" } else { "over budget" };
        let images = plural(choice.images_at_once, "image");
        let detail = if self.is_detailed { self.detail_text(choice) } else { String::new() };
        let peak = bytes_text(choice.needed_bytes);
        let recommended = if choice.recommended { ", recommended" } else { "" };
        let secs = choice.expected_secs.map(|secs| secs_range_text(secs.low, secs.high));
        let time = secs.as_ref().map_or_else(String::new, |secs| format!(", {secs}"));
        let name = format!("{}: {images} at once{detail}, {peak}{time}, {fits}{recommended}", choice.title());
        match is_choice {
            // A radio button is checked, and not selected.
            true => response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, &name)),
            false => selectable_info(&response, Role::Label, is_chosen, &name),
        }
        let painter = ui.painter();
        if is_chosen {
            painter.rect(rect, RADIUS, theme.card, Stroke::new(1.5, theme.sequential), StrokeKind::Inside);
        } else if response.hovered() && is_choice {
            painter.rect_filled(rect, RADIUS, theme.card);
        }
        let inner = rect.shrink2(vec2(8.0, 6.0));
        let small = TextStyle::Small.resolve(ui.style());
        let strong = theme::strong_style().resolve(ui.style());
        let (top, middle, bottom) = (inner.top() + 8.0, inner.top() + 23.0, inner.bottom() - 6.0);
        let peak_at = pos2(inner.right(), top);
        let peak = painter.text(peak_at, Align2::RIGHT_CENTER, peak, strong.clone(), theme.text);
        let room = peak.left() - inner.left() - 8.0;
        let end =
            widgets::paint_elided(ui, pos2(inner.left(), top), room, &choice.title(), strong, theme.text);
        let track = Rect::from_min_max(pos2(inner.left(), middle - 4.5), pos2(inner.right(), middle + 4.5));
        paint_bar(ui, track, choice.fits, length, bars);
        let painter = ui.painter();
        let images = format!("{images}{detail}");
        painter.text(pos2(inner.left(), bottom), Align2::LEFT_CENTER, images, small.clone(), theme.text_weak);
        if let Some(secs) = secs {
            painter.text(pos2(inner.right(), bottom), Align2::RIGHT_CENTER, secs, small, theme.text_weak);
        }
        if choice.recommended {
            paint_pill(ui, pos2(end + 8.0, top), peak.left() - 8.0, "recommended", theme.fits);
        }
        let clicked = response.clicked();
        response.on_hover_ui(|ui| hover_ui(ui, choice));
        clicked
    }
}

impl ChoiceRows<'_> {
    /// `, 2.70 GB of images, 90 % less, and 2.00 MB of results`
    fn detail_text(&self, choice: &Choice) -> String {
        let all = self.choices.first().map_or(0, |bulk| bulk.input_bytes_at_once);
        let less = match less_text(choice.input_bytes_at_once, all) {
            less if less.is_empty() => less,
            less => format!(", {less} less"),
        };
        format!(
            ", {} of images{less}, and {} of results",
            bytes_text(choice.input_bytes_at_once),
            bytes_text(choice.peak_counted_bytes.saturating_sub(choice.input_bytes_at_once))
        )
    }
}

fn hover_ui(ui: &mut Ui, choice: &Choice) {
    ui.label(&choice.why);
    let input = bytes_text(choice.input_bytes_at_once);
    let results = bytes_text(choice.peak_counted_bytes.saturating_sub(choice.input_bytes_at_once));
    let combinations = plural(choice.combinations, "combination");
    let images = plural(choice.images_at_once, "image");
    for line in [
        format!("{combinations} of at most {images}"),
        format!("At the peak: {input} of images and {results} of results"),
        format!("{} read, up to {} saved", bytes_text(choice.read_bytes), bytes_text(choice.written_bytes)),
    ] {
        ui.label(theme::caption(ui, line));
    }
}

/// The names of the lines, with how each looks.
fn legend_ui(ui: &mut Ui, lines: &[BarLine]) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().interact_size.y = 0.0;
        for line in lines {
            let (rect, _) = ui.allocate_exact_size(vec2(8.0, 12.0), Sense::hover());
            paint_line(ui, line.ink, rect.center().x, rect);
            let beyond = if line.place.is_none() { " →" } else { "" };
            ui.label(theme::caption(ui, format!("{}{beyond}", line.name)));
        }
    });
}

fn line_stroke(ui: &Ui, ink: Ink) -> Stroke {
    let theme = Theme::of(ui);
    match ink {
        Ink::Machine => Stroke::new(1.5, theme.text_weak),
        Ink::Budget | Ink::Run { .. } => Stroke::new(1.5, theme.text),
    }
}

/// The budget is dashed, the machine solid, so that they are distinguished without colour.
fn paint_line(ui: &Ui, ink: Ink, x: f32, rect: Rect) {
    let line = [pos2(x, rect.top()), pos2(x, rect.bottom())];
    let stroke = line_stroke(ui, ink);
    if ink == Ink::Machine {
        ui.painter().line_segment(line, stroke);
    } else {
        ui.painter().extend(Shape::dashed_line(&line, stroke, 2.5, 2.0));
    }
}

fn paint_bar(ui: &Ui, track: Rect, fits: bool, length: f32, bars: &ForecastBars) {
    let theme = Theme::of(ui);
    let x_of = |place: f32| track.left() + track.width() * place;
    let painter = ui.painter();
    painter.rect_filled(track, SMALL_RADIUS, theme.empty);
    let bar = Rect::from_min_max(track.min, pos2(x_of(length).max(track.left() + 3.0), track.bottom()));
    painter.rect_filled(bar, SMALL_RADIUS, theme.fit(fits));
    if !fits {
        // Over budget is hatched, so that it is told without colour as well.
        let clipped = painter.with_clip_rect(bar);
        let stripe = Stroke::new(1.5, theme.panel.gamma_multiply(0.45));
        let mut x = bar.left() - bar.height();
        while x < bar.right() {
            clipped.line_segment([pos2(x, bar.bottom()), pos2(x + bar.height(), bar.top())], stripe);
            x += 6.0;
        }
    }
    for decade in bars.scale.decades() {
        let x = x_of(bars.scale.place(decade));
        painter.vline(x, track.y_range(), Stroke::new(1.0, theme.panel));
    }
    for line in &bars.lines {
        if let Some(place) = line.place {
            paint_line(ui, line.ink, x_of(place), track.expand2(vec2(0.0, 3.0)));
        }
    }
}

/// A pill between two places, where it has room there.
fn paint_pill(ui: &Ui, left: egui::Pos2, right: f32, text: &str, colour: Color32) {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), FontId::proportional(10.5), colour);
    let size = galley.size() + vec2(12.0, 3.0);
    let rect = Rect::from_min_size(pos2(left.x, left.y - size.y / 2.0), size);
    if rect.right() > right {
        // The colour of a small mark says as much, and the words under the pointer.
        let centre = pos2((left.x + 2.0).min(right - 4.0), left.y);
        ui.painter().circle_filled(centre, 4.0, colour);
        return;
    }
    ui.painter().rect_stroke(rect, CornerRadius::same(8), Stroke::new(1.0, colour), StrokeKind::Inside);
    ui.painter().galley(rect.min + vec2(6.0, 1.5), galley, colour);
}
