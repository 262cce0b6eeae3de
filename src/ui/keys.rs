//! The keys that work everywhere, and folders that are dropped into the window.

use egui::{Key, KeyboardShortcut, Modifiers, Ui};

use super::{help, pipeline, settings};
use crate::app::{AppState, Commands, RunsCommand, SettingsCommand, StartCommand, StatusCommand};

/// Opens a plate.
pub(crate) const OPEN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
/// Compares both ways.
pub(crate) const COMPARE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter);

/// Stops the run that is going, or gives up opening a plate.
pub(crate) const CANCEL: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Period);

/// Dropped folders and the keys that work everywhere.
pub(super) fn take_input(ui: &Ui, state: &AppState, help: &help::HelpView, commands: &mut Commands) {
    help::take_keys(ui, state, help, commands);
    // The keys are the browser's.
    if state.browse.open.is_some() {
        return;
    }
    let dropped = ui.input(|input| input.raw.dropped_files.first().map(|file| file.path().to_owned()));
    if let Some(path) = dropped
        && !path.as_os_str().is_empty()
    {
        commands.push(StartCommand::Open(path));
    }
    if ui.input_mut(|input| input.consume_shortcut(&settings::SETTINGS)) {
        commands.push(SettingsCommand::ShowDialog(true));
    }
    take_text_size(ui, state, commands);
    if ui.input_mut(|input| input.consume_shortcut(&CANCEL)) {
        if state.start.opening.is_some() {
            commands.push(StartCommand::CancelOpening);
        } else if state.runs.job.as_ref().is_some_and(|job| !job.is_cancelling()) {
            commands.push(RunsCommand::CancelJob);
        }
    }
    if ui.input_mut(|input| input.consume_shortcut(&OPEN)) {
        commands.push(StartCommand::PickFolder);
    }
    if !state.is_start() && ui.input_mut(|input| input.consume_shortcut(&COMPARE)) {
        commands.push(RunsCommand::Compare { is_all_wells: false });
    }
    if !state.is_start() {
        pipeline::take_keys(ui, commands);
    }
    let is_escape = ui.input(|input| input.key_pressed(Key::Escape));
    if is_escape && !egui::Popup::is_any_open(ui.ctx()) && ui.memory(|memory| memory.focused().is_none()) {
        if state.start.opening.is_some() || !state.start.candidates.is_empty() || state.start.names.is_some()
        {
            commands.push(StartCommand::CancelOpening);
        } else if state.status.trouble.is_some() {
            commands.push(StatusCommand::DismissTrouble);
        } else if state.is_start() && state.plate.is_some() {
            commands.push(StartCommand::ShowPlate);
        }
    }
}

/// The keys for the size of text.
fn take_text_size(ui: &Ui, state: &AppState, commands: &mut Commands) {
    use egui::gui_zoom::kb_shortcuts::{ZOOM_IN, ZOOM_IN_SECONDARY, ZOOM_OUT, ZOOM_RESET};
    const STEP: u16 = 10;
    let present = state.settings.text_percent();
    let wanted = ui.input_mut(|input| {
        if input.consume_shortcut(&ZOOM_RESET) {
            Some(100)
        } else if input.consume_shortcut(&ZOOM_IN) || input.consume_shortcut(&ZOOM_IN_SECONDARY) {
            Some(present.saturating_add(STEP))
        } else if input.consume_shortcut(&ZOOM_OUT) {
            Some(present.saturating_sub(STEP))
        } else {
            None
        }
    });
    if let Some(percent) = wanted {
        commands.push(SettingsCommand::SetTextPercent(percent));
    }
}
