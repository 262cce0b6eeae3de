//! Small widgets that several panels use, each with an accessible name.

use egui::accesskit::{Live, SortDirection};
use egui::emath::Numeric;
use egui::text::{CCursor, LayoutJob, TextWrapping};
use egui::text_edit::TextEditState;
use egui::text_selection::CCursorRange;
use egui::{
    Align2, Button, Color32, DragValue, FontId, Frame, Key, Margin, Modifiers, Pos2, Rect, Response,
    RichText, Role, ScrollArea, Sense, Shape, Stroke, StrokeKind, TextEdit, TextStyle, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};

use super::screen_reader::selectable_info;
use super::theme::{self, SMALL_RADIUS, Theme};
use crate::quantity::read_number;

/// A switch; `name` is what it switches, for screen readers.
pub(crate) fn switch(ui: &mut Ui, on: &mut bool, name: &str) -> Response {
    let theme = Theme::of(ui);
    let (rect, mut response) = ui.allocate_exact_size(vec2(34.0, 20.0), Sense::click());
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Switch, enabled, *on, name));
    if ui.is_rect_visible(rect) {
        let how_on = ui.animate_bool_responsive(response.id, *on);
        let radius = rect.height() / 2.0;
        let track = theme.empty.lerp_to_gamma(theme.sequential, how_on);
        let outline = if response.hovered() { theme.text_weak } else { theme.outline };
        ui.painter().rect(rect, radius, track, Stroke::new(1.0, outline), StrokeKind::Inside);
        let x = egui::lerp(rect.left() + radius..=rect.right() - radius, how_on);
        let knob = if enabled { Color32::WHITE } else { theme.text_weak };
        ui.painter().circle(
            pos2(x, rect.center().y),
            radius - 3.5,
            knob,
            Stroke::new(1.0, theme.line.gamma_multiply(0.6)),
        );
    }
    response
}

/// A mark that is there or not, for the pointer: the keys are its list's. `name` is what it marks.
pub(crate) fn tick(ui: &mut Ui, is_on: bool, name: &str) -> Response {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(14.0), Sense::CLICK);
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_on, name));
    let outline = if response.hovered() { theme.text } else { theme.text_weak };
    ui.painter().rect(rect, 2.0, theme.empty, Stroke::new(1.0, outline), StrokeKind::Inside);
    if is_on {
        let at = |x: f32, y: f32| rect.min + rect.size() * vec2(x, y);
        let check = vec![at(0.22, 0.52), at(0.42, 0.72), at(0.78, 0.28)];
        ui.painter().add(Shape::line(check, Stroke::new(1.5, theme.text)));
    }
    response
}

/// A field for a path or a folder, which selects what it holds when it is entered, so that typing replaces it.
pub(crate) fn path_edit(ui: &mut Ui, text: &mut String, hint: &str, name: &str) -> Response {
    let edit = TextEdit::singleline(text).hint_text(hint).desired_width(ui.available_width());
    let response = ui.add(edit).accessible_name(name);
    let entered = response.id.with("entered");
    if response.gained_focus() {
        ui.data_mut(|data| data.insert_temp(entered, true));
    }
    // As long as the button is down, the pointer moves the cursor.
    let is_entered = ui.data(|data| data.get_temp(entered)).unwrap_or(false);
    if is_entered && !ui.input(|input| input.pointer.any_down()) {
        ui.data_mut(|data| data.remove::<bool>(entered));
        if let Some(mut state) = TextEditState::load(ui.ctx(), response.id)
            // A part that was dragged over stays selected.
            && state.cursor.char_range().is_none_or(|range| range.is_empty())
        {
            let all = CCursorRange::two(CCursor::default(), CCursor::new(text.chars().count()));
            state.cursor.set_char_range(Some(all));
            state.store(ui.ctx(), response.id);
            ui.request_repaint();
        }
    }
    response
}

/// What needs a height, in points: where there is less, it has that height all the same and scrolls.
pub(crate) fn at_least_high<R>(ui: &mut Ui, name: &str, least: f32, add: impl FnOnce(&mut Ui) -> R) -> R {
    if ui.available_height() >= least {
        return add(ui);
    }
    // The bar has a place of its own, so that it hides nothing.
    let margin = Margin { right: 12, ..Margin::ZERO };
    let scroll = ScrollArea::vertical().id_salt(name).auto_shrink(false).content_margin(margin);
    let shown = scroll.show(ui, |ui| {
        let size = vec2(ui.available_width(), least);
        ui.allocate_ui(size, |ui| {
            ui.set_min_size(size);
            add(ui)
        })
    });
    shown.inner.inner
}

/// The field for a number that is added to `ui` next. It is read as it is written; the arrow keys change it.
pub(crate) fn number_field<'a, N: Numeric>(ui: &Ui, value: &'a mut N) -> DragValue<'a> {
    let id = ui.next_auto_id();
    // By a key the toolkit would add a part of one, which is lost in a whole number.
    if N::INTEGRAL && ui.is_enabled() && ui.memory(|memory| memory.has_focus(id)) {
        let steps = ui.input_mut(|input| {
            let mut pressed = |key| input.count_and_consume_key(Modifiers::NONE, key) as f64;
            pressed(Key::ArrowUp) - pressed(Key::ArrowDown)
        });
        *value = N::from_f64(value.to_f64() + steps);
    }
    DragValue::new(value).custom_parser(read_number)
}

/// The one button of a view that is the next thing to do.
pub(crate) fn primary_button(ui: &mut Ui, text: &str) -> Response {
    let theme = Theme::of(ui);
    let label = RichText::new(text).text_style(theme::strong_style()).color(theme.on_accent);
    ui.scope(|ui| {
        let hovered = theme.accent_fill.lerp_to_gamma(theme.on_accent, 0.1);
        let widgets = &mut ui.visuals_mut().widgets;
        for (widget, fill) in [
            (&mut widgets.inactive, theme.accent_fill),
            (&mut widgets.hovered, hovered),
            (&mut widgets.active, hovered),
        ] {
            widget.weak_bg_fill = fill;
            widget.bg_stroke = Stroke::new(1.0, fill);
        }
        ui.add(Button::new(label))
    })
    .inner
}

/// A few words with a thin outline: `recommended`.
pub(crate) fn pill(ui: &mut Ui, text: &str, colour: Color32) -> Response {
    let frame = Frame::NONE.stroke(Stroke::new(1.0, colour)).corner_radius(9).inner_margin(Margin {
        left: 7,
        right: 7,
        top: 0,
        bottom: 1,
    });
    frame.show(ui, |ui| ui.label(RichText::new(text).text_style(TextStyle::Small).color(colour))).response
}

/// A value in a small box: `w1`, `DAPI`.
pub(crate) fn chip(ui: &mut Ui, text: &str) -> Response {
    let theme = Theme::of(ui);
    Frame::NONE
        .fill(theme.card)
        .corner_radius(SMALL_RADIUS)
        .inner_margin(Margin::symmetric(5, 1))
        .show(ui, |ui| ui.label(RichText::new(text).text_style(TextStyle::Small).color(theme.text)))
        .response
}

/// The name of a section of a panel.
pub(crate) fn section_heading(ui: &mut Ui, text: &str) -> Response {
    let weak = Theme::of(ui).text_weak;
    ui.label(RichText::new(text).text_style(theme::strong_style()).color(weak))
}

/// A thin line across the panel.
pub(crate) fn rule(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Theme::of(ui).line_stroke());
}

/// One of several pages of which one is open, underlined.
pub(crate) fn tab(ui: &mut Ui, text: &str, open: bool) -> Response {
    let theme = Theme::of(ui);
    let style = if open { theme::strong_style() } else { TextStyle::Body };
    let font = style.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER);
    let size = vec2(galley.size().x + 4.0, 32.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    selectable_info(&response, Role::Tab, open, text);
    let colour = if open || response.hovered() { theme.text } else { theme.text_weak };
    let place = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect).min;
    ui.painter().galley(place, galley, colour);
    if open {
        let line = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 2.0), rect.max);
        ui.painter().rect_filled(line, 1.0, theme.bulk);
    }
    response
}

/// A progress bar of a given width; `fraction` is of 0 to 1.
pub(crate) fn progress_bar(ui: &mut Ui, fraction: f32, width: f32, colour: Color32, name: &str) -> Response {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 8.0), Sense::hover());
    let fraction = fraction.clamp(0.0, 1.0);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = Some(f64::from((fraction * 100.0).round()));
        info
    });
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(100.0);
    });
    ui.painter().rect_filled(rect, 4.0, theme.empty);
    if fraction > 0.0 {
        let done = Rect::from_min_size(rect.min, vec2((rect.width() * fraction).max(8.0), rect.height()));
        ui.painter().rect_filled(done, 4.0, colour);
    }
    response
}

/// How urgent it is that something new is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoken {
    /// When nothing else is spoken.
    InTurn,
    /// At once.
    AtOnce,
}

/// Whenever the words of a label change, a screen reader speaks them.
pub(crate) fn speak(response: &Response, how: Spoken) {
    let live = match how {
        Spoken::InTurn => Live::Polite,
        Spoken::AtOnce => Live::Assertive,
    };
    response.ctx.accesskit_node_builder(response.id, |node| node.set_live(live));
}

/// The shape of the program: steps that go down into a well.
pub(crate) fn logo(ui: &mut Ui, height: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(height), Sense::hover());
    let colour = Theme::of(ui).bulk;
    let step = rect.width() / 4.0;
    for (row, columns) in [4.0, 3.0, 2.0, 1.0].into_iter().enumerate() {
        let top = rect.top() + row as f32 * step;
        let block = Rect::from_min_size(pos2(rect.left(), top), vec2(columns * step, step));
        ui.painter().rect_filled(block, 0.0, colour);
    }
    response
}

/// Text from a point at its left centre, cut with “…” where it has no room; the right end of it.
pub(crate) fn paint_elided(ui: &Ui, at: Pos2, room: f32, text: &str, font: FontId, colour: Color32) -> f32 {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = TextWrapping::truncate_at_width(room.max(0.0));
    let galley = ui.painter().layout_job(job);
    let size = galley.size();
    ui.painter().galley(pos2(at.x, at.y - size.y / 2.0), galley, colour);
    at.x + size.x
}

/// The heading of a column, the nth of its table, which is a button to sort by it; `is_descending` where rows are sorted by it.
pub(crate) fn heading_button(
    ui: &mut Ui,
    name: &str,
    column: usize,
    is_descending: Option<bool>,
) -> Response {
    // The direction is also said in words: not every screen reader asks for it.
    let (arrow, words) = match is_descending {
        None => ("", ""),
        Some(false) => (" ⏶", ", ascending"),
        Some(true) => (" ⏷", ", descending"),
    };
    let text = theme::caption(ui, format!("{name}{arrow}"));
    let button = ui.add(Button::new(text).frame(false));
    ui.ctx().accesskit_node_builder(button.id, |node| {
        node.set_role(Role::ColumnHeader);
        node.set_column_index(column);
        node.set_label(format!("{name}{words}"));
        if let Some(is_descending) = is_descending {
            let (up, down) = (SortDirection::Ascending, SortDirection::Descending);
            node.set_sort_direction(if is_descending { down } else { up });
        }
    });
    button
}
