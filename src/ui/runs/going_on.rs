//! A run that is not done: how far it is, and the way to continue with it.

use egui::{Button, Ui};

use crate::app::{
    AppState, Commands, HistoryCommand, PlateState, RunState, RunsState, SettingsState, left_text,
};
use crate::record::PastRun;
use crate::ui::theme::{self, Theme};

/// The button that does what is missing; nothing of a run that is done.
pub(crate) fn continue_button_ui(
    ui: &mut Ui,
    run: &PastRun,
    runs: &RunsState,
    plate: Option<&PlateState>,
    settings: &SettingsState,
    commands: &mut Commands,
) {
    if left_text(run).is_none() {
        return;
    }
    let blocked = runs.continue_blocked(run, plate, settings);
    let button = ui.add_enabled(blocked.is_none(), Button::new("Continue"));
    let button =
        button.on_hover_text("Checks that finished wells are unchanged, and processes the missing ones");
    if button.on_disabled_hover_text(blocked.unwrap_or_default()).clicked() {
        commands.push(HistoryCommand::Continue(run.folder.clone()));
    }
}

/// How far it is; nothing of a run that is done.
pub(crate) fn left_ui(ui: &mut Ui, run: &PastRun) {
    if let Some(left) = left_text(run) {
        let warning = Theme::of(ui).warning;
        ui.label(theme::caption(ui, left).color(warning));
    }
}

/// The runs in the chart that are not done, each with the way to go on.
pub(crate) fn unfinished_ui(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let runs = &state.runs;
    if runs.job.is_some() {
        return;
    }
    let unfinished = |run: &RunState| runs.unfinished_in(&run.folder()?);
    let unfinished: Vec<&PastRun> = runs.shown().filter_map(unfinished).collect();
    for run in &unfinished {
        ui.horizontal_wrapped(|ui| {
            continue_button_ui(ui, run, runs, state.plate.as_ref(), &state.settings, commands);
            if unfinished.len() > 1 {
                ui.label(run.title());
            }
            left_ui(ui, run);
        });
    }
    if !unfinished.is_empty() {
        ui.add_space(4.0);
    }
}
