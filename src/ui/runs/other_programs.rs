//! What other programs open of a run: a menu with a sentence for each, and the file or command to copy.

use std::path::Path;

use egui::{Align, Label, Layout, Ui};

use crate::app::{Commands, StatusCommand};
use crate::export::{OtherProgram, kept_folder, other_programs};
use crate::record::RunRecord;
use crate::ui::ends::ends;
use crate::ui::lists::name_container;
use crate::ui::{theme, widgets};

/// What the menu is called.
pub(crate) const TITLE: &str = "Open in another program";

/// Width of the sentences.
const WIDTH: f32 = 440.0;

/// The menu; nothing of a run that kept no images.
pub(crate) fn other_programs_ui(ui: &mut Ui, record: &RunRecord, commands: &mut Commands) {
    let Some(folder) = kept_folder(record) else { return };
    let menu = ui.menu_button(TITLE, |ui| {
        name_container(ui, TITLE);
        // What stands in it is text and buttons, which a menu spreads over its width and draws without edges.
        ui.reset_style();
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            ui.set_width(WIDTH);
            for (nth, program) in other_programs(record, &folder).iter().enumerate() {
                if nth > 0 {
                    widgets::rule(ui);
                }
                program_ui(ui, program, &folder, commands);
            }
        });
    });
    menu.response.on_hover_text(
        "Which file to open, or which command to run, in Fiji, QuPath, CellProfiler and others",
    );
}

/// A program, given the folder of the images.
fn program_ui(ui: &mut Ui, program: &OtherProgram, folder: &Path, commands: &mut Commands) {
    // The way to the folder is the same in all of them, and so long that nothing else is seen.
    let above = folder.parent().map(|above| above.display().to_string());
    let short = above.map_or_else(|| program.text.clone(), |above| program.text.replace(&above, "…"));
    ui.horizontal(|ui| {
        ui.label(theme::strong(ui, program.name));
        let text = |ui: &mut Ui| {
            ui.add(Label::new(theme::caption(ui, short)).truncate());
        };
        ends(ui, Align::Center, text, |ui| {
            let name = format!("Copy for {}", program.name);
            if ui.button("Copy").on_hover_text(&program.text).accessible_name(&name).clicked() {
                commands.push(StatusCommand::Copy(program.text.clone()));
                ui.close();
            }
        });
    });
    ui.add(Label::new(program.sentence).wrap());
}
