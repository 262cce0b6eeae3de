//! What each way would need, to one scale, with the budget through it.

use egui::{
    Align, Align2, Color32, CornerRadius, Key, Label, Layout, Rect, RichText, Role, Sense, Shape, Stroke,
    StrokeKind, TextEdit, TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use super::theme::{self, RADIUS, SMALL_RADIUS, Theme};
use super::widgets;
use crate::app::{AppState, Command, PlateState};
use crate::plan::{Choice, Mode};
use crate::quantity::{bytes_text, plural};

/// Height of the row of a choice.
const ROW: f32 = 48.0;
/// Room at the right for the numbers.
const NUMBERS: f32 = 72.0;

/// The section with a bar for each choice.
pub(super) fn forecast_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, commands: &mut Vec<Command>) {
    let (budget, wrong) = match state.budget_bytes() {
        Ok(budget) => (budget, None),
        Err(why) => (None, Some(why)),
    };
    ui.horizontal(|ui| {
        widgets::section_heading(ui, "Forecast");
        // Without a budget that can be read nothing is worked out; the reason is below.
        let is_awaited = plate.forecast.is_stale || plate.forecast.outlook.is_none();
        if is_awaited && wrong.is_none() {
            ui.label(theme::caption(ui, "working it out…"));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| budget_ui(ui, state, commands));
    });
    if let Some(why) = wrong {
        ui.add(Label::new(theme::weak(ui, why).color(Theme::of(ui).over)).wrap());
    }
    let choices = match &plate.forecast.outlook {
        None => return,
        Some(Err(why)) => {
            ui.label(theme::weak(ui, why));
            return;
        }
        Some(Ok(outlook)) => &outlook.choices,
    };
    let most = choices.iter().map(Choice::peak_bytes).max().unwrap_or(1).max(1);
    // A budget far above all choices would leave no room for the bars; then it is named only.
    let scale_bytes = budget.filter(|budget| *budget <= most * 2).map_or(most, |budget| budget.max(most));
    let chosen = plate.chosen();
    for choice in choices {
        let is_chosen = chosen.is_some_and(|chosen| std::ptr::eq(chosen, choice));
        if choice_ui(ui, choice, scale_bytes, budget, is_chosen) {
            commands.push(Command::Choose(choice.sequential.clone()));
        }
    }
    if budget.is_some_and(|budget| budget > scale_bytes) {
        ui.label(theme::caption(ui, "The budget lies beyond the end of the bars."));
    }
    let wells = match state.settings.wells_at_once.unwrap_or(1) {
        1 => "one well at a time".to_owned(),
        wells => format!("{wells} wells at a time"),
    };
    ui.label(theme::caption(ui, format!("For Stepwell's own runs, {wells}.")));
}

/// The budget, right to left: the field, and what it comes to.
fn budget_ui(ui: &mut Ui, state: &AppState, commands: &mut Vec<Command>) {
    let mut text = state.typed_budget.clone().unwrap_or_else(|| state.settings.budget.clone());
    let edit = TextEdit::singleline(&mut text).hint_text("80%").desired_width(58.0);
    let response = ui.add(edit).accessible_name("Memory budget");
    if response.changed() {
        commands.push(Command::TypeBudget(text.clone()));
    }
    let is_left = response.lost_focus();
    if is_left && ui.input(|input| input.key_pressed(Key::Escape)) {
        commands.push(Command::SetBudget(state.settings.budget.clone()));
    } else if is_left {
        commands.push(Command::SetBudget(text.clone()));
    }
    response.on_hover_text(
        "The most memory that a run may use: a size such as 8GB or 800MB, or a share of the memory that is available such as 80%.",
    );
    let (text, colour) = match state.budget_bytes() {
        // A share is turned into bytes; a size speaks for itself.
        Ok(Some(_)) if !text.is_empty() && !text.contains('%') => {
            ("budget".to_owned(), Theme::of(ui).text_weak)
        }
        Ok(Some(bytes)) => (format!("budget {}", bytes_text(bytes)), Theme::of(ui).text_weak),
        Ok(None) => ("no budget".to_owned(), Theme::of(ui).text_weak),
        Err(_) => ("not a size".to_owned(), Theme::of(ui).over),
    };
    ui.label(RichText::new(text).text_style(TextStyle::Small).color(colour));
}

/// One choice; true when it is clicked.
fn choice_ui(ui: &mut Ui, choice: &Choice, scale_bytes: u64, budget: Option<u64>, is_chosen: bool) -> bool {
    let theme = Theme::of(ui);
    let is_bulk = choice.mode == Mode::Bulk;
    let sense = if is_bulk { Sense::hover() } else { Sense::click() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), sense);
    let fits = if choice.fits { "fits" } else { "over budget" };
    let images = plural(choice.images_at_once, "image");
    let peak = bytes_text(choice.peak_bytes());
    let recommended = if choice.recommended { ", recommended" } else { "" };
    let name = format!("{}: {images} at once, {peak}, {fits}{recommended}", choice.title());
    let role = if is_bulk { Role::Label } else { Role::RadioButton };
    response.widget_info(|| WidgetInfo::selected(role, true, is_chosen, &name));
    let painter = ui.painter();
    if is_chosen {
        painter.rect(rect, RADIUS, theme.card, Stroke::new(1.5, theme.sequential), StrokeKind::Inside);
    } else if response.hovered() && !is_bulk {
        painter.rect_filled(rect, RADIUS, theme.card);
    }
    let inner = rect.shrink2(vec2(8.0, 7.0));
    let small = TextStyle::Small.resolve(ui.style());
    let strong = theme::strong_style().resolve(ui.style());
    let top = inner.top() + 8.0;
    let title =
        painter.text(pos2(inner.left(), top), Align2::LEFT_CENTER, choice.title(), strong, theme.text);
    painter.text(pos2(inner.right(), top), Align2::RIGHT_CENTER, images, small.clone(), theme.text_weak);
    if choice.recommended {
        paint_pill(ui, pos2(title.right() + 8.0, top), "recommended", theme.fits);
    }
    let middle = inner.bottom() - 7.0;
    painter.text(pos2(inner.right(), middle), Align2::RIGHT_CENTER, peak, small, theme.text);
    let track =
        Rect::from_min_max(pos2(inner.left(), middle - 4.5), pos2(inner.right() - NUMBERS, middle + 4.5));
    paint_bar(ui, track, choice, scale_bytes, budget);
    widgets::focus_ring(ui, &response, rect);
    let clicked = response.clicked();
    response.on_hover_ui(|ui| {
        ui.label(&choice.why);
        let combinations = plural(choice.combinations, "combination");
        let counted = bytes_text(choice.peak_counted_bytes);
        ui.label(theme::caption(ui, format!("{combinations}; {counted} of pixels at the fullest")));
    });
    clicked && !is_bulk
}

fn paint_bar(ui: &Ui, track: Rect, choice: &Choice, scale_bytes: u64, budget: Option<u64>) {
    let theme = Theme::of(ui);
    let x_of = |bytes: u64| track.left() + track.width() * (bytes as f64 / scale_bytes as f64) as f32;
    let painter = ui.painter();
    painter.rect_filled(track, SMALL_RADIUS, theme.empty);
    let end = x_of(choice.peak_bytes()).max(track.left() + 3.0);
    let bar = Rect::from_min_max(track.min, pos2(end, track.bottom()));
    painter.rect_filled(bar, SMALL_RADIUS, theme.fit(choice.fits));
    if !choice.fits {
        // Over budget is hatched, so that it is told without colour as well.
        let clipped = painter.with_clip_rect(bar);
        let stripe = Stroke::new(1.5, theme.panel.gamma_multiply(0.45));
        let mut x = bar.left() - bar.height();
        while x < bar.right() {
            clipped.line_segment([pos2(x, bar.bottom()), pos2(x + bar.height(), bar.top())], stripe);
            x += 6.0;
        }
    }
    if let Some(budget) = budget.filter(|budget| *budget <= scale_bytes) {
        let x = x_of(budget);
        let line = [pos2(x, track.top() - 4.0), pos2(x, track.bottom() + 4.0)];
        painter.extend(Shape::dashed_line(&line, Stroke::new(1.5, theme.text), 2.5, 2.0));
    }
}

fn paint_pill(ui: &Ui, left: egui::Pos2, text: &str, colour: Color32) {
    let font = egui::FontId::proportional(10.5);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, colour);
    let size = galley.size() + vec2(12.0, 3.0);
    let rect = Rect::from_min_size(pos2(left.x, left.y - size.y / 2.0), size);
    ui.painter().rect_stroke(rect, CornerRadius::same(8), Stroke::new(1.0, colour), StrokeKind::Inside);
    ui.painter().galley(rect.min + vec2(6.0, 1.5), galley, colour);
}
