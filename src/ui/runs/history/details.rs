//! What is said of the selected runs: name and note, what can be done, and what differs between them.

use std::path::PathBuf;

use egui::{Button, Grid, ScrollArea, TextEdit, Ui};

use crate::app::{
    AppState, CheckStage, Commands, History, HistoryCommand, MOST_TOGETHER, RunsState, StatusCommand,
};
use crate::compare::{Comparison, FilesState};
use crate::quantity::{count_text, plural};
use crate::record::{Past, RunLabel, RunRecord, SettingRow, settings_of, settings_of_watched};
use crate::ui::reading::{Reading, Takes};
use crate::ui::runs::going_on::{continue_button_ui, left_ui};
use crate::ui::runs::other_programs::other_programs_ui;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets;
use crate::watch::{WatchedRecord, WatchedVerdict};

/// The most runs whose settings stand side by side.
const MOST_BESIDE: usize = MOST_TOGETHER;

/// The label that is being typed, until it is kept.
#[derive(Debug, Default)]
pub(super) struct DetailsView {
    typed: Option<(PathBuf, RunLabel)>,
}

impl DetailsView {
    /// What was typed is kept also where other runs were selected before the field was left.
    fn save_typed_label(&mut self, runs: &RunsState, selected: &[&Past], commands: &mut Commands) {
        let is_of = |folder: &PathBuf| selected.len() == 1 && selected[0].folder() == folder;
        if let Some((folder, mut label)) = self.typed.take_if(|(folder, _)| !is_of(folder))
            && let Some(run) = runs.history.past(&folder)
        {
            label.is_pinned = run.label().is_pinned;
            if label != *run.label() {
                commands.push(HistoryCommand::Label { folder, label });
            }
        }
    }
}

pub(super) fn details_ui(ui: &mut Ui, state: &AppState, view: &mut DetailsView, commands: &mut Commands) {
    let (runs, plate) = (&state.runs, state.plate.as_ref());
    let selected = runs.history.selected_past();
    view.save_typed_label(runs, &selected, commands);
    if selected.is_empty() {
        let text = "Select a run to name it or to run it again, several to see what differs between them.";
        ui.label(theme::caption(ui, text));
        return;
    }
    actions_ui(ui, state, &selected, commands);
    if let [run] = selected.as_slice() {
        let plate = plate.map(|plate| plate.plate.identity());
        let note = run.run().zip(plate).and_then(|(run, plate)| {
            run.head.plate.likeness(&plate).and_then(|likeness| likeness.note(&run.head.plate.root))
        });
        if let Some(note) = note {
            ui.label(theme::caption(ui, note));
        }
        label_ui(ui, run, view, commands);
    } else {
        verdict_ui(ui, runs, &selected);
    }
    if selected.len() <= MOST_TOGETHER && selected.iter().all(|past| past.run().is_some()) {
        check_ui(ui, &runs.history, selected.len(), commands);
    }
    ui.add_space(4.0);
    settings_ui(ui, &selected);
}

fn actions_ui(ui: &mut Ui, state: &AppState, selected: &[&Past], commands: &mut Commands) {
    let (runs, plate) = (&state.runs, state.plate.as_ref());
    let folders: Vec<PathBuf> = selected.iter().map(|run| run.folder().to_owned()).collect();
    ui.horizontal_wrapped(|ui| {
        let text = if selected.len() == 1 {
            selected[0].title()
        } else {
            format!("{} selected", plural(selected.len(), "run"))
        };
        ui.label(theme::strong(ui, text));
        let one = if let [past] = selected { past.run() } else { None };
        if let Some(run) = one {
            left_ui(ui, run);
        }
        let too_many = format!("Select at most {MOST_TOGETHER} runs to show them together");
        let blocked = if runs.job.is_some() {
            Some("A run is going")
        } else {
            (selected.len() > MOST_TOGETHER).then_some(too_many.as_str())
        };
        let show = Button::new(if selected.len() == 1 { "Show only this" } else { "Show only these" });
        if ui
            .add_enabled(blocked.is_none(), show)
            .on_hover_text("In the chart, with their verdict where they make a comparison")
            .on_disabled_hover_text(blocked.unwrap_or_default())
            .clicked()
        {
            commands.push(HistoryCommand::ShowOnly(folders.clone()));
        }
        if let Some(run) = one {
            continue_button_ui(ui, run, runs, plate, &state.settings, commands);
            let blocked = runs.again_blocked(run, plate);
            let button = ui.add_enabled(blocked.is_none(), Button::new("Run again"));
            let button = button.on_hover_text("The same wells, steps and settings");
            if button.on_disabled_hover_text(blocked.unwrap_or_default()).clicked() {
                commands.push(HistoryCommand::RunAgain(run.folder.clone()));
            }
        }
        if ui.button("Delete…").on_hover_text("Into the system's bin, after asking").clicked() {
            commands.push(HistoryCommand::AskToDelete(folders.clone()));
        }
        if let [run] = selected
            && ui.button("Show folder").on_hover_text(run.folder().display().to_string()).clicked()
        {
            commands.push(StatusCommand::ShowFolder(run.folder().to_owned()));
        }
        if let Some(run) = one {
            other_programs_ui(ui, &run.head, commands);
        }
    });
}

/// Name and note, kept when the field is left.
fn label_ui(ui: &mut Ui, run: &Past, view: &mut DetailsView, commands: &mut Commands) {
    let (_, typed) = view.typed.get_or_insert_with(|| (run.folder().to_owned(), run.label().clone()));
    let is_left = ui
        .horizontal(|ui| {
            let usual = match run {
                Past::Run(run) => crate::plan::run_title(&run.head.plan),
                Past::Watched(watched) => watched.head.title(),
            };
            let name = TextEdit::singleline(&mut typed.name)
                .char_limit(RunLabel::NAME_CHARS)
                .hint_text(usual)
                .desired_width(180.0);
            let name = ui.add(name).accessible_name("Name of the run");
            let room = (ui.available_width() - 8.0).max(120.0);
            let note = TextEdit::singleline(&mut typed.note)
                .char_limit(RunLabel::NOTE_CHARS)
                .hint_text("Note")
                .desired_width(room);
            let note = ui.add(note).accessible_name("Note on the run");
            name.lost_focus() || note.lost_focus()
        })
        .inner;
    // The pin is changed in the list.
    typed.is_pinned = run.label().is_pinned;
    if is_left && *typed != *run.label() {
        let (folder, label) = (run.folder().to_owned(), typed.clone());
        commands.push(HistoryCommand::Label { folder, label });
    }
}

/// What the selected runs come to as a comparison, as far as their records are read.
fn verdict_ui(ui: &mut Ui, runs: &RunsState, selected: &[&Past]) {
    let loaded: Vec<&RunRecord> = selected.iter().filter_map(|run| runs.record_in(run.folder())).collect();
    let watched: Vec<&WatchedRecord> =
        selected.iter().filter_map(|one| runs.watched_record_in(one.folder())).collect();
    if loaded.len() + watched.len() < selected.len() {
        // Of many the records are not read at all.
        return;
    }
    if !watched.is_empty() {
        let verdict = WatchedVerdict::of(&watched).filter(|_| loaded.is_empty());
        let none = || "A verdict is on two watched programs.".to_owned();
        ui.add(egui::Label::new(verdict.map_or_else(none, |verdict| verdict.sentence)).wrap());
        return;
    }
    let sentence = match Comparison::of_records(&loaded) {
        Some(mut comparison) => {
            let found = runs.history.check.as_ref().and_then(|check| check.found(&runs.history.selected));
            if let (Some(found), Some(outputs)) = (found, &mut comparison.outputs) {
                outputs.files = FilesState::Read(found.clone());
            }
            comparison.verdict().sentence
        }
        None => "These make no comparison: it takes runs both ways, of the same wells and steps.".to_owned(),
    };
    ui.add(egui::Label::new(sentence).wrap());
}

/// Whether the results are still what was written: nobody knows it before they are read again.
fn check_ui(ui: &mut Ui, history: &History, selected: usize, commands: &mut Commands) {
    ui.horizontal_wrapped(|ui| match history.check.as_ref().map(|check| &check.stage) {
        Some(CheckStage::Reading { done, of }) => {
            if ui.button("Stop").clicked() {
                commands.push(HistoryCommand::StopCheck);
            }
            let text = format!("{} of {} read again", count_text(*done), plural(*of, "result"));
            ui.label(theme::caption(ui, text));
        }
        other => {
            let text = "Reads all results again, to see whether they are what was written";
            if ui.button("Check the files").on_hover_text(text).clicked() {
                commands.push(HistoryCommand::Check);
            }
            let text = match other {
                Some(CheckStage::Failed(why)) => why.clone(),
                // The verdict on several says it.
                Some(CheckStage::Done(check)) if selected == 1 || check.changed.is_empty() => check.text(),
                Some(CheckStage::Done(_) | CheckStage::Reading { .. }) | None => return,
            };
            ui.add(egui::Label::new(theme::caption(ui, text)).wrap());
        }
    });
}

/// All settings of one run; of several those in which they differ.
fn settings_ui(ui: &mut Ui, selected: &[&Past]) {
    let several = selected.len() > 1;
    if several {
        let beside = selected.len().min(MOST_BESIDE);
        ui.horizontal(|ui| {
            widgets::section_heading(ui, "What differs");
            if beside < selected.len() {
                ui.label(theme::caption(ui, format!("between the first {beside}")));
            }
        });
    }
    let selected = &selected[..selected.len().min(MOST_BESIDE)];
    let rows = rows_of(selected);
    let scroll = ScrollArea::both().id_salt("settings of runs").auto_shrink(false);
    let name = if several { "Settings that differ" } else { "Settings of the run" };
    let reading = Reading::begin(ui, name, f32::INFINITY, Takes::Own);
    let content = |ui: &mut Ui| {
        reading.scroll(ui);
        let grid =
            Grid::new("settings of runs").num_columns(1 + selected.len()).spacing(egui::vec2(18.0, 3.0));
        grid.min_row_height(18.0).show(ui, |ui| {
            if several && selected.iter().any(|run| !run.label().name.is_empty()) {
                ui.label(theme::caption(ui, "Name"));
                for run in selected {
                    let text = theme::strong(ui, run.title()).color(Theme::of(ui).run(run.mode(), 0));
                    ui.add(egui::Label::new(text).extend());
                }
                ui.end_row();
            }
            for row in rows.iter().filter(|row| !several || row.differs()) {
                ui.label(theme::caption(ui, row.name.as_ref()));
                for (value, run) in row.values.iter().zip(selected) {
                    let colour = if several { Theme::of(ui).run(run.mode(), 0) } else { Theme::of(ui).text };
                    let text = egui::RichText::new(value).color(colour);
                    ui.add(egui::Label::new(text).extend());
                }
                ui.end_row();
            }
        });
    };
    reading.show(ui, |ui| scroll.show(ui, content));
}

/// What is described of those selected, in their order. Runs and watched programs have in common what is described of both.
fn rows_of(selected: &[&Past]) -> Vec<SettingRow> {
    let runs: Vec<&RunRecord> = selected.iter().filter_map(|past| Some(&past.run()?.head)).collect();
    let watched: Vec<&WatchedRecord> =
        selected.iter().filter_map(|past| Some(&past.watched()?.head)).collect();
    if watched.is_empty() {
        return settings_of(&runs);
    }
    let of_watched = settings_of_watched(&watched);
    if runs.is_empty() {
        return of_watched;
    }
    let of_runs = settings_of(&runs);
    let in_common = |row: &SettingRow| {
        let of_run = of_runs.iter().find(|of_run| of_run.name == row.name)?;
        let (mut runs, mut watched) = (of_run.values.iter(), row.values.iter());
        let value = |past: &&Past| if past.run().is_some() { runs.next() } else { watched.next() }.cloned();
        let values = selected.iter().map(value).map(Option::unwrap_or_default).collect();
        Some(SettingRow { name: row.name.clone(), values })
    };
    of_watched.iter().filter_map(in_common).collect()
}
