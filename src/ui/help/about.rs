//! What the program is, where it keeps what, and what it is made of.

use egui::{Label, Margin, ScrollArea, TextEdit, Ui};
use egui_extras::{Column, TableBuilder};

use crate::app::{AppState, Commands, StatusCommand};
use crate::quantity::{bytes_text, plural};
use crate::ui::reading::{Reading, Takes};
use crate::ui::theme::{self, GAP, SECTION_GAP};
use crate::ui::widgets;

/// The libraries in the program, one in a line: name, version, licence. Made by a test.
const LIBRARIES: &str = include_str!("../../../assets/libraries.csv");

/// Height of a row of the list of libraries, in points.
const ROW: f32 = 20.0;
/// Height of that list.
const LIST: f32 = 260.0;

/// How it looks.
#[derive(Default)]
pub(super) struct AboutView {
    /// The part of a name or licence that is looked for among the libraries.
    sought: String,
}

pub(super) fn about_ui(ui: &mut Ui, state: &AppState, view: &mut AboutView, commands: &mut Commands) {
    let margin = Margin { right: 14, top: 6, ..Margin::ZERO };
    let scroll = ScrollArea::vertical().id_salt("about").auto_shrink(false).content_margin(margin);
    let reading = Reading::begin(ui, "About Stepwell", f32::INFINITY, Takes::OfDialog);
    let text = |ui: &mut Ui| {
        reading.scroll(ui);
        ui.horizontal(|ui| {
            widgets::logo(ui, 32.0);
            ui.add_space(4.0);
            ui.label(theme::strong(ui, "Stepwell").text_style(theme::big_style()));
        });
        ui.label(theme::weak(ui, format!("Version {}", env!("CARGO_PKG_VERSION"))));
        ui.add_space(GAP);
        ui.add(Label::new(env!("CARGO_PKG_DESCRIPTION")).wrap());
        let licence = "Free software: MIT or Apache-2.0, as you choose. The letters are Inter, under the SIL Open Font License.";
        ui.add(Label::new(licence).wrap());
        ui.add_space(SECTION_GAP);
        computer_ui(ui, state);
        ui.add_space(SECTION_GAP);
        folders_ui(ui, state, commands);
        ui.add_space(SECTION_GAP);
        libraries_ui(ui, view);
    };
    reading.show(ui, |ui| scroll.show(ui, text));
}

/// The computer, as it is told when a fault is reported.
fn computer_ui(ui: &mut Ui, state: &AppState) {
    widgets::section_heading(ui, "This computer");
    let machine = &state.settings.machine;
    let memory =
        machine.memory_bytes.map_or(String::new(), |bytes| format!(", {} of memory", bytes_text(bytes)));
    let mut lines = vec![format!("{}, {}{memory}", machine.system, plural(machine.cores, "processor"))];
    lines.extend(
        state.settings.drawn_by.as_ref().map(|drawn_by| format!("Window drawn by {}", drawn_by.words())),
    );
    for line in lines {
        ui.add(Label::new(line).wrap().selectable(true));
    }
}

/// Where results, settings and log are.
fn folders_ui(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    widgets::section_heading(ui, "Folders");
    let log = state.log.file.as_ref().and_then(|file| file.parent()).map(ToOwned::to_owned);
    let known = [
        ("Results", Some(state.settings.results.clone())),
        ("Settings", state.settings.folder.clone()),
        ("Log", log),
    ];
    for (name, folder) in known {
        let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) else { continue };
        ui.horizontal_wrapped(|ui| {
            ui.label(theme::weak(ui, name));
            if ui.link(folder.display().to_string()).on_hover_text("Show this folder").clicked() {
                commands.push(StatusCommand::ShowFolder(folder));
            }
        });
    }
}

fn libraries_ui(ui: &mut Ui, view: &mut AboutView) {
    let rows: Vec<Vec<&str>> = LIBRARIES.lines().skip(1).map(|line| line.splitn(3, ',').collect()).collect();
    widgets::section_heading(ui, &format!("Made with {} libraries", rows.len()));
    let edit = TextEdit::singleline(&mut view.sought).hint_text("name or licence").desired_width(220.0);
    ui.add(edit).accessible_name("Search the libraries");
    let sought = view.sought.trim().to_lowercase();
    let shown: Vec<&Vec<&str>> =
        rows.iter().filter(|row| row.iter().any(|cell| cell.to_lowercase().contains(&sought))).collect();
    if shown.is_empty() {
        ui.label(theme::weak(ui, "No library is named so."));
        return;
    }
    TableBuilder::new(ui)
        .id_salt("libraries")
        .striped(true)
        .column(Column::exact(170.0).clip(true))
        .column(Column::exact(80.0).clip(true))
        .column(Column::remainder().clip(true))
        .max_scroll_height(LIST)
        .header(ROW, |mut header| {
            for title in ["Library", "Version", "Licence"] {
                header.col(|ui| {
                    ui.label(theme::caption(ui, title));
                });
            }
        })
        .body(|body| {
            body.rows(ROW, shown.len(), |mut row| {
                for cell in shown[row.index()] {
                    row.col(|ui| {
                        ui.add(Label::new(*cell).truncate());
                    });
                }
            });
        });
}
