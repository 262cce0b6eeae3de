//! The pipeline editor: the list of steps with their settings, and the ways to change it.

mod definition;
mod menus;
mod settings;
mod view;

use egui::{
    Align, Button, Checkbox, EventFilter, Id, Key, KeyboardShortcut, Label, Layout, Modifiers, Rect,
    Response, RichText, Role, Sense, TextStyle, Ui, UiBuilder, vec2,
};

use settings::WantedFile;
pub(super) use view::EditorView;

use super::ends::{at_end, ends};
use super::help::explain_button;
use super::screen_reader::selectable_info;
use super::theme::{self, SMALL_RADIUS, Theme};
use super::widgets;
use crate::app::{Commands, PipelineCommand, PlateState, Topic};
use crate::pipeline::PipelineStep;

/// Takes the last change of the pipeline back.
const UNDO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Z);
/// Does it again.
const REDO: [KeyboardShortcut; 2] = [
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z),
    KeyboardShortcut::new(Modifiers::COMMAND, Key::Y),
];

/// Space within a row, above and below.
const ROW_MARGIN: f32 = 4.0;
/// Height of lines that hold only text and frameless buttons, in points.
const LINE_HEIGHT: f32 = 18.0;

/// Undo and redo by the keyboard, unless a text is edited, which has its own.
pub(super) fn take_keys(ui: &Ui, commands: &mut Commands) {
    if ui.ctx().text_edit_focused() {
        return;
    }
    let pressed = |shortcut: &KeyboardShortcut| ui.input_mut(|input| input.consume_shortcut(shortcut));
    // The one with Shift first: the other would take it, too.
    if REDO.iter().any(pressed) {
        commands.push(PipelineCommand::Redo);
    } else if pressed(&UNDO) {
        commands.push(PipelineCommand::Undo);
    }
}

/// The section with one row for each step.
pub(super) fn pipeline_ui(
    ui: &mut Ui,
    plate: &PlateState,
    can_ask: bool,
    view: &mut EditorView,
    commands: &mut Commands,
) {
    let gesture = view.gesture(ui);
    heading_ui(ui, plate, commands);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for index in 0..plate.pipeline.spec.steps.len() {
            if index > 0 {
                widgets::rule(ui);
            }
            row_ui(ui, plate, index, RowTurn { gesture, can_ask }, view, commands);
        }
    });
    ui.add_space(2.0);
    menus::menus_ui(ui, plate, can_ask, view, commands);
    if let Err(why) = plate.pipeline.spec.check() {
        let why = RichText::new(why.to_string()).text_style(TextStyle::Small).color(Theme::of(ui).warning);
        ui.label(why);
    }
}

/// The name of the section, with undo and redo.
fn heading_ui(ui: &mut Ui, plate: &PlateState, commands: &mut Commands) {
    line(ui, |ui| {
        widgets::section_heading(ui, "Pipeline");
        explain_button(ui, Topic::Pipeline, "What is a pipeline?", commands);
        at_end(ui, |ui| {
            let context = ui.ctx().clone();
            let buttons = [
                ("Undo", PipelineCommand::Undo, plate.pipeline.history.can_undo(), &UNDO),
                ("Redo", PipelineCommand::Redo, plate.pipeline.history.can_redo(), &REDO[0]),
            ];
            for (name, edit, is_possible, shortcut) in buttons {
                let button = Button::new(theme::caption(ui, name)).frame(false);
                let hint = format!("{name} the last change ({})", context.format_shortcut(shortcut));
                if ui.add_enabled(is_possible, button).on_hover_text(hint).clicked() {
                    commands.push(edit);
                }
            }
        });
    });
}

/// Names the row of a step, to give it the focus.
fn row_id(index: usize) -> Id {
    Id::unique(("pipeline step", index))
}

/// What all rows have in common while they are drawn.
#[derive(Clone, Copy)]
struct RowTurn {
    /// The drag or the typing under way.
    gesture: Option<u64>,
    /// Whether a dialog of the system can be opened: one at a time.
    can_ask: bool,
}

fn row_ui(
    ui: &mut Ui,
    plate: &PlateState,
    index: usize,
    turn: RowTurn,
    view: &mut EditorView,
    commands: &mut Commands,
) {
    let step = &plate.pipeline.spec.steps[index];
    let is_selected = plate.pipeline.selected_step == Some(index);
    // The row lies under its buttons, so it is put there before they are, as tall as it was last.
    let id = row_id(index);
    let height = ui.data(|data| data.get_temp(id)).unwrap_or(56.0);
    let rect = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), height));
    let response = ui.interact(rect, id, Sense::click());
    let name = format!("Step {}, {}", index + 1, step.step);
    selectable_info(&response, Role::ListItem, is_selected, &name);
    if view.focus_next == Some(index) {
        view.focus_next = None;
        response.request_focus();
        response.scroll_to_me(None);
    }
    if response.clicked() {
        // So that the keys of a row work on the one that was clicked.
        response.request_focus();
        commands.push(PipelineCommand::Select((!is_selected).then_some(index)));
    }
    if response.has_focus() {
        row_keys(ui, plate, index, view, commands);
    }
    paint_row(ui, rect, &response, is_selected);
    let mut edited = step.clone();
    let inner = rect.shrink2(vec2(4.0, ROW_MARGIN));
    let content = UiBuilder::new().id_salt(index).max_rect(inner).layout(Layout::top_down(Align::Min));
    let content = ui.scope_builder(content, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        // A click on a word selects the row and not the word.
        ui.style_mut().interaction.selectable_labels = false;
        title_ui(ui, plate, index, view, commands);
        ui.horizontal(|ui| {
            ui.add_space(settings::INDENT);
            settings::settings_ui(ui, &mut edited.step);
            at_end(ui, |ui| {
                keep_ui(ui, index, plate.pipeline.spec.steps.len(), &mut edited);
            });
        });
        let (named, shading) = (&plate.channels, &plate.plate.shading);
        settings::further_settings_ui(ui, &mut edited.step, named, shading, turn.can_ask)
    });
    if let Some(WantedFile { setting, channel }) = content.inner {
        commands.push(PipelineCommand::PickFile { index, setting, channel });
    }
    let actual = content.response.rect.height() + 2.0 * ROW_MARGIN;
    if actual != height {
        ui.data_mut(|data| data.insert_temp(id, actual));
        ui.request_repaint();
    }
    ui.advance_cursor_after_rect(Rect::from_min_size(rect.min, vec2(rect.width(), actual)));
    if edited != *step {
        // What is dragged or typed is a setting; whether images are kept is a change of its own.
        let gesture = turn.gesture.filter(|_| edited.step != step.step);
        commands.push(PipelineCommand::Set { index, step: edited, gesture });
    }
}

fn paint_row(ui: &Ui, rect: Rect, response: &Response, is_selected: bool) {
    let theme = Theme::of(ui);
    if is_selected {
        ui.painter().rect_filled(rect, SMALL_RADIUS, theme.card);
        let bar = Rect::from_min_size(rect.min, vec2(2.0, rect.height()));
        ui.painter().rect_filled(bar, 0.0, theme.bulk);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, SMALL_RADIUS, theme.card.gamma_multiply(0.5));
    }
}

/// The keys of a row that has the focus: arrows go to its neighbours, with Alt they move it.
fn row_keys(ui: &Ui, plate: &PlateState, index: usize, view: &mut EditorView, commands: &mut Commands) {
    let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(row_id(index), filter));
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    let last = plate.pipeline.spec.steps.len() - 1;
    let neighbours =
        [(Key::ArrowUp, index.checked_sub(1)), (Key::ArrowDown, Some(index + 1).filter(|to| *to <= last))];
    for (key, to) in neighbours {
        // With Alt first: without, any modifier would do.
        if pressed(Modifiers::ALT, key) {
            if let Some(to) = to {
                move_step(index, to, view, commands);
            }
        } else if pressed(Modifiers::NONE, key) {
            view.focus_next = to;
        }
    }
    if pressed(Modifiers::NONE, Key::Delete) {
        view.focus_next = if index == last { index.checked_sub(1) } else { Some(index) };
        commands.push(PipelineCommand::Remove(index));
    }
}

/// Moves a step; the focus stays with it.
fn move_step(from: usize, to: usize, view: &mut EditorView, commands: &mut Commands) {
    commands.push(PipelineCommand::Move { from, to });
    view.focus_next = Some(to);
}

/// Number and name, and the buttons that move and remove.
fn title_ui(ui: &mut Ui, plate: &PlateState, index: usize, view: &mut EditorView, commands: &mut Commands) {
    let step = &plate.pipeline.spec.steps[index].step;
    let (number, count) = (index + 1, plate.pipeline.spec.steps.len());
    line(ui, |ui| {
        number_ui(ui, number);
        let title = |ui: &mut Ui| {
            let name = Label::new(theme::strong(ui, step.name())).truncate();
            ui.add(name).on_hover_text(step.explanation());
        };
        ends(ui, Align::Center, title, |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            definition::definition_button(ui, number, step, LINE_HEIGHT);
            let name = format!("Move step {number} up");
            if glyph_button(ui, "⬆", index > 0, &name, "Earlier (Alt+Up)").clicked() {
                move_step(index, index - 1, view, commands);
            }
            let name = format!("Move step {number} down");
            if glyph_button(ui, "⬇", number < count, &name, "Later (Alt+Down)").clicked() {
                move_step(index, index + 1, view, commands);
            }
            let name = format!("Remove step {number}, {}", step.name());
            if glyph_button(ui, "✖", true, &name, "Remove this step (Delete)").clicked() {
                commands.push(PipelineCommand::Remove(index));
            }
        });
    });
}

/// Things side by side, no taller than text.
fn line(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = LINE_HEIGHT;
        ui.horizontal(content);
    });
}

fn glyph_button(ui: &mut Ui, glyph: &str, is_possible: bool, name: &str, hint: &str) -> Response {
    let glyph = RichText::new(glyph).size(10.0).color(Theme::of(ui).text_weak);
    let response =
        ui.add_enabled(is_possible, Button::new(glyph).frame(false).min_size(vec2(LINE_HEIGHT, LINE_HEIGHT)));
    response.accessible_name(name).on_hover_text(hint)
}

fn number_ui(ui: &mut Ui, number: usize) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 9.0, theme.empty);
    let font = TextStyle::Small.resolve(ui.style());
    let text = number.to_string();
    ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, text, font, theme.text_weak);
}

fn keep_ui(ui: &mut Ui, index: usize, count: usize, step: &mut PipelineStep) {
    let text = theme::caption(ui, "keep images");
    let name = format!("Keep images of step {}", index + 1);
    let what = if index + 1 == count {
        "Write the results into the run's folder."
    } else {
        "Write the images of this step into the run's folder, too."
    };
    ui.add(Checkbox::new(&mut step.keep_images, text)).accessible_name(name).on_hover_text(what);
}
