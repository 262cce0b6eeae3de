//! The page of all runs on disk: the list, and under it what can be done with those selected.

mod details;
mod list;
mod questions;
mod row;

use egui::{Button, TextEdit, Ui};

use self::details::details_ui;
use self::list::list_ui;
use self::questions::questions_ui;
use self::row::ListInputs;
use crate::app::settings::Hint;
use crate::app::{AppState, Commands, HistoryCommand};
use crate::quantity::plural;
use crate::record::{Past, PastRun};
use crate::ui::ends::at_end;
use crate::ui::hint::hint_ui;
use crate::ui::{theme, widgets};

/// Room for what is said of the selected runs, in points.
const DETAILS: f32 = 250.0;

/// The same where sentences and buttons stand in more rows, and the width under which they do.
const NARROW_DETAILS: f32 = 340.0;
const NARROW: f32 = 560.0;

/// The least height of the list, in points.
const LIST: f32 = 120.0;

/// How the page is looked at.
#[derive(Debug, Default)]
pub(crate) struct HistoryView {
    list: list::ListView,
    details: details::DetailsView,
}

pub(crate) fn history_ui(ui: &mut Ui, state: &AppState, view: &mut HistoryView, commands: &mut Commands) {
    top_ui(ui, state, commands);
    let runs = listed(state);
    if runs.is_empty() {
        let text = if state.runs.history.is_reading {
            "Looking for runs…"
        } else if state.runs.history.runs.is_empty() {
            "No run yet. Compare or run, and it is listed here, also in later sessions."
        } else {
            "No run passes the filter."
        };
        ui.add_space(8.0);
        ui.label(theme::weak(ui, text));
        questions_ui(ui, &state.runs.history, commands);
        return;
    }
    if runs.len() > 1 {
        hint_ui(ui, Hint::Runs, &state.settings, commands);
    }
    let details = if ui.available_width() < NARROW { NARROW_DETAILS } else { DETAILS };
    widgets::at_least_high(ui, "runs", LIST + details, |ui| {
        list_and_details_ui(ui, state, &runs, details, view, commands);
    });
    questions_ui(ui, &state.runs.history, commands);
}

/// The list in what the details leave, and the details.
fn list_and_details_ui(
    ui: &mut Ui,
    state: &AppState,
    runs: &[&Past],
    details: f32,
    view: &mut HistoryView,
    commands: &mut Commands,
) {
    let room = (ui.available_height() - details).max(LIST);
    ui.allocate_ui(egui::vec2(ui.available_width(), room), |ui| {
        ui.set_min_size(egui::vec2(ui.available_width(), room));
        let inputs = ListInputs { runs: &state.runs, time_zone: state.time_zone.as_ref() };
        list_ui(ui, inputs, runs, &mut view.list, commands);
    });
    widgets::rule(ui);
    details_ui(ui, state, &mut view.details, commands);
}

/// The runs that pass the filter, in the order of the history.
fn listed(state: &AppState) -> Vec<&Past> {
    let history = &state.runs.history;
    let wanted = history.filter.to_lowercase();
    let plate = state.plate.as_ref().map(|plate| plate.plate.identity());
    let is_of_plate =
        |run: &PastRun| plate.as_ref().is_none_or(|plate| run.head.plate.likeness(plate).is_some());
    // A watched program is of no plate, and may be compared with the runs of any.
    let is_of_plate = |past: &Past| past.run().is_none_or(is_of_plate);
    let passes = |past: &Past| {
        let of = match past {
            Past::Run(run) => run.head.plate.name.clone(),
            Past::Watched(watched) => watched.head.program.join(" "),
        };
        wanted.is_empty()
            || [&*past.title(), &past.label().note, past.run_name(), &of]
                .iter()
                .any(|text| text.to_lowercase().contains(&wanted))
    };
    let runs = history.runs.iter();
    runs.filter(|run| (history.is_all_plates || is_of_plate(run)) && passes(run)).collect()
}

fn top_ui(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let history = &state.runs.history;
    let mut send = |command| commands.push(command);
    ui.horizontal(|ui| {
        let mut filter = history.filter.clone();
        let edit = TextEdit::singleline(&mut filter).hint_text("Filter the runs").desired_width(180.0);
        ui.add(edit).accessible_name("Filter the runs");
        if filter != history.filter {
            send(HistoryCommand::Filter(filter));
        }
        let mut is_all = history.is_all_plates;
        if ui.checkbox(&mut is_all, "All plates").on_hover_text("List runs of other plates, too").changed() {
            send(HistoryCommand::ShowAllPlates(is_all));
        }
        at_end(ui, |ui| {
            let unread = history.errors.len();
            if unread > 0 {
                let text = format!("{} cannot be read", plural(unread, "record"));
                let warning = theme::Theme::of(ui).warning;
                ui.colored_label(warning, text).on_hover_text(history.errors.join("\n"));
            }
            if history.is_reading {
                ui.spinner();
            }
            if ui
                .add_enabled(!history.is_reading, Button::new("Look again"))
                .on_hover_text("Read the list from the disk anew")
                .clicked()
            {
                send(HistoryCommand::Read);
            }
            if ui
                .add_enabled(!state.is_dialog_open(), Button::new("Add a folder…"))
                .on_hover_text("Find runs in another folder as well, such as one that was moved or shared")
                .clicked()
            {
                send(HistoryCommand::PickFolder);
            }
        });
    });
    if !state.settings.kept.run_folders.is_empty() {
        ui.horizontal_wrapped(|ui| {
            ui.label(theme::caption(ui, "Also from:"));
            for folder in &state.settings.kept.run_folders {
                let text = theme::caption(ui, folder.display().to_string());
                ui.label(text);
                let name = format!("Look in {} no more", folder.display());
                let forget = ui.small_button("✖").on_hover_text(&name);
                forget.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
                if forget.clicked() {
                    send(HistoryCommand::ForgetFolder(folder.clone()));
                }
            }
        });
    }
    ui.add_space(4.0);
}
