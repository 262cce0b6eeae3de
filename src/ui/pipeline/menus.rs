//! Under the list of steps: what can be added, ready-made and saved pipelines, and saving this one.

use egui::text::LayoutJob;
use egui::{Button, Response, ScrollArea, TextFormat, TextStyle, Ui};

use super::view::EditorView;
use crate::app::{Commands, PipelineCommand, PlateState};
use crate::pipeline::{PRESETS, Step};
use crate::ui::lists::{menu_item, name_container};
use crate::ui::theme::{self, Theme};

/// Width of the menus, in points.
const MENU_WIDTH: f32 = 290.0;

pub(super) fn menus_ui(
    ui: &mut Ui,
    plate: &PlateState,
    can_ask: bool,
    view: &mut EditorView,
    commands: &mut Commands,
) {
    // One dialog of the system is open at a time.
    ui.horizontal(|ui| {
        ui.menu_button("Add step…", |ui| add_ui(ui, plate, view, commands));
        ui.menu_button("Load…", |ui| load_ui(ui, plate, can_ask, commands));
        let hint = "Save this pipeline as a file, also for --pipeline on the command line";
        if ui.add_enabled(can_ask, Button::new("Save…")).on_hover_text(hint).clicked() {
            commands.push(PipelineCommand::Save);
        }
    });
    if let Some((path, pipeline)) = &plate.pipeline.file
        && *pipeline == plate.pipeline.spec
    {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let label = egui::Label::new(theme::caption(ui, format!("As in {name}"))).truncate();
        ui.add(label).on_hover_text(path.display().to_string());
    }
}

/// Every kind of step, also one that is there already.
fn add_ui(ui: &mut Ui, plate: &PlateState, view: &mut EditorView, commands: &mut Commands) {
    name_container(ui, "Add step");
    // In a low window the menu scrolls, so that the last steps can be reached.
    let most = (ui.ctx().content_rect().height() * 0.9).max(200.0);
    // The room below the button is no limit: the menu moves up.
    ScrollArea::vertical().max_height(most).min_scrolled_height(most).show(ui, |ui| {
        for step in Step::all() {
            let step = plate.fitted(step);
            if item_ui(ui, step.name(), step.explanation()).clicked() {
                view.focus_next = Some(plate.pipeline.spec.insertion_index(&step));
                commands.push(PipelineCommand::Add(step));
                ui.close();
            }
        }
    });
}

/// The presets, and a file.
fn load_ui(ui: &mut Ui, plate: &PlateState, can_ask: bool, commands: &mut Commands) {
    name_container(ui, "Load a pipeline");
    for preset in PRESETS {
        if item_ui(ui, preset.name, preset.explanation).clicked() {
            let mut pipeline = (preset.make)();
            for step in &mut pipeline.steps {
                step.step = plate.fitted(step.step.clone());
            }
            commands.push(PipelineCommand::Replace(pipeline));
            ui.close();
        }
    }
    ui.separator();
    ui.add_enabled_ui(can_ask, |ui| {
        if item_ui(ui, "From a file…", "A pipeline that was saved here or written by hand.").clicked() {
            commands.push(PipelineCommand::Load);
            ui.close();
        }
    });
}

/// An entry of a menu with a line that explains it.
fn item_ui(ui: &mut Ui, name: &str, explanation: &str) -> Response {
    let theme = Theme::of(ui);
    let format = |style: TextStyle, colour| TextFormat::simple(style.resolve(ui.style()), colour);
    let mut text = LayoutJob::default();
    text.append(name, 0.0, format(TextStyle::Body, theme.text));
    text.append("\n", 0.0, format(TextStyle::Small, theme.text_weak));
    text.append(explanation, 0.0, format(TextStyle::Small, theme.text_weak));
    ui.set_min_width(MENU_WIDTH);
    ui.set_max_width(MENU_WIDTH);
    let response = menu_item(ui.add(Button::new(text).wrap().min_size(egui::vec2(MENU_WIDTH, 0.0))));
    let response = response.accessible_name(name);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_description(explanation));
    response
}
