//! What other programs open of a run: a menu with a sentence for each, and the file or command to copy.

use egui::{Label, Ui};

use crate::app::{Commands, StatusCommand};
use crate::export::{kept_folder, other_programs};
use crate::record::RunRecord;
use crate::ui::theme;

/// What the menu is called.
pub(crate) const TITLE: &str = "Open in another program";

/// Width of the sentences.
const WIDTH: f32 = 420.0;

/// The menu; nothing of a run that kept no images.
pub(crate) fn other_programs_ui(ui: &mut Ui, record: &RunRecord, commands: &mut Commands) {
    let Some(folder) = kept_folder(record) else { return };
    let menu = ui.menu_button(TITLE, |ui| {
        ui.set_width(WIDTH);
        for program in other_programs(record, &folder) {
            ui.horizontal(|ui| {
                ui.label(theme::strong(ui, program.name));
                let name = format!("Copy for {}", program.name);
                if ui.small_button("Copy").on_hover_text(&program.text).accessible_name(&name).clicked() {
                    commands.push(StatusCommand::Copy(program.text.clone()));
                    ui.close();
                }
                ui.add(Label::new(theme::caption(ui, &program.text)).truncate());
            });
            ui.add(Label::new(program.sentence).wrap());
            ui.add_space(4.0);
        }
    });
    menu.response.on_hover_text(
        "Which file to open, or which command to run, in Fiji, QuPath, CellProfiler and others",
    );
}
