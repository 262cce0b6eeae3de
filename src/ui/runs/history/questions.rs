//! What is asked before a run is deleted, and before one that may come from others is made again.

use std::path::Path;

use egui::{Button, Id, Label, Modal, ScrollArea, Ui};

use crate::app::{Again, Commands, History, HistoryCommand};
use crate::quantity::plural;
use crate::ui::ends::at_end;
use crate::ui::lists::name_container;
use crate::ui::theme::{self, Theme};

/// The most runs that are told one by one.
const MOST_TOLD: usize = 6;

/// The most files that are told one by one: a flat and a dark image for each of some channels.
const MOST_FILES: usize = 100;

/// Width of a question, in points.
const WIDTH: f32 = 460.0;

/// Height of a list of files before it scrolls, in points.
const FILES: f32 = 180.0;

/// The question that is asked, if any.
pub(super) fn questions_ui(ui: &Ui, history: &History, commands: &mut Commands) {
    if !history.to_delete.is_empty() {
        delete_ui(ui, history, commands);
    } else if let Some(again) = &history.again {
        again_ui(ui, again, commands);
    }
}

/// Asks before anything is deleted.
fn delete_ui(ui: &Ui, history: &History, commands: &mut Commands) {
    let folders = &history.to_delete;
    let looked = || folders.iter().filter_map(|folder| history.accounted.get(folder));
    let modal = Modal::new(Id::unique("delete runs")).show(ui.ctx(), |ui| {
        name_container(ui, "Delete runs");
        ui.set_max_width(WIDTH);
        ui.label(theme::strong(ui, format!("Delete {}?", plural(folders.len(), "run"))));
        ui.add_space(4.0);
        ui.label(
            "What the records account for goes to the system's bin, with the images that the runs saved:",
        );
        for folder in folders.iter().take(MOST_TOLD) {
            folder_ui(ui, history, folder);
        }
        if folders.len() > MOST_TOLD {
            ui.label(theme::caption(ui, format!("… and {} more", folders.len() - MOST_TOLD)));
        }
        ui.add_space(8.0);
        let is_known = looked().count() == folders.len();
        if !is_known {
            ui.label(theme::weak(ui, "Looking what is in the folders…"));
        }
        // Those that are refused stay, and have said why.
        let may_delete = is_known && looked().any(Result::is_ok);
        answers_ui(ui, may_delete, "Move to the bin", "Keep")
    });
    match modal.inner {
        Some(true) => commands.push(HistoryCommand::Delete),
        Some(false) => commands.push(HistoryCommand::AskToDelete(Vec::new())),
        None if modal.should_close() => commands.push(HistoryCommand::AskToDelete(Vec::new())),
        None => {}
    }
}

/// What goes from the folder of a run, and what stays.
fn folder_ui(ui: &mut Ui, history: &History, folder: &Path) {
    ui.label(theme::caption(ui, folder.display().to_string()));
    match history.accounted.get(folder) {
        None => {}
        Some(Ok(accounted)) => {
            ui.label(theme::caption(ui, format!("{} of the run", plural(accounted.going, "file"))));
            if let Some(stay) = accounted.staying_text() {
                ui.add(Label::new(format!("{stay}.")).wrap());
            }
        }
        Some(Err(why)) => {
            let warning = Theme::of(ui).warning;
            ui.add(Label::new(egui::RichText::new(why).color(warning)).wrap());
        }
    }
}

/// Shows what a run will read and where it will write.
fn again_ui(ui: &Ui, again: &Again, commands: &mut Commands) {
    let modal = Modal::new(Id::unique("run again")).show(ui.ctx(), |ui| {
        ui.set_max_width(WIDTH);
        let (question, where_to) = match again.goes_on {
            true => ("Go on with what may come from others?", "Results go to"),
            false => ("Run again what may come from others?", "Results go to a new folder in"),
        };
        name_container(ui, question);
        ui.label(theme::strong(ui, question));
        ui.add_space(4.0);
        ui.label("This run was not made on this computer, as far as its record tells. Its settings say what is read:");
        let mut row = |name: &str, text: String| {
            ui.label(theme::caption(ui, name));
            ui.add(Label::new(text).wrap());
        };
        row("Images of the plate", again.plate.display().to_string());
        row(where_to, again.results.display().to_string());
        if again.files.is_empty() {
            row("Other files that are read", "None".to_owned());
        } else {
            ui.label(theme::caption(ui, "Other files that are read"));
            ScrollArea::vertical().max_height(FILES).show(ui, |ui| {
                for file in again.files.iter().take(MOST_FILES) {
                    ui.add(Label::new(file.display().to_string()).wrap());
                }
                if again.files.len() > MOST_FILES {
                    ui.label(theme::caption(ui, format!("… and {} more", again.files.len() - MOST_FILES)));
                }
            });
        }
        ui.add_space(8.0);
        answers_ui(ui, true, "Run it", "Do not run")
    });
    match modal.inner {
        Some(is_wanted) => commands.push(HistoryCommand::ConfirmAgain(is_wanted)),
        None if modal.should_close() => commands.push(HistoryCommand::ConfirmAgain(false)),
        None => {}
    }
}

/// The two answers to a question; `None` while there is none.
fn answers_ui(ui: &mut Ui, is_possible: bool, yes: &str, no: &str) -> Option<bool> {
    at_end(ui, |ui| {
        // What changes nothing is what the keys come to first.
        let no = ui.button(no).clicked();
        let yes = ui.add_enabled(is_possible, Button::new(yes)).clicked();
        if yes { Some(true) } else { no.then_some(false) }
    })
}
