//! A place where there is nothing to see: it says why, and has the next thing to do as buttons.

use std::collections::BTreeMap;

use egui::{Button, Label, Ui};

use super::theme;
use crate::app::{
    AppState, Command, Commands, HistoryCommand, PlateCommand, RunsCommand, WellFacts, wells_with_images,
};
use crate::plate::WellId;

/// Something that can be done next.
pub(crate) struct Next {
    name: &'static str,
    command: Command,
    /// Why it cannot be done now.
    blocked: Option<String>,
}

impl Next {
    pub(crate) fn new(name: &'static str, command: impl Into<Command>) -> Self {
        Self { name, command: command.into(), blocked: None }
    }

    /// A comparison of the largest selected well.
    pub(crate) fn compare(state: &AppState) -> Self {
        let compare = Self::new("Compare both ways", RunsCommand::Compare { is_all_wells: false });
        Self { blocked: state.sequential_blocked(), ..compare }
    }

    /// A selection of all wells with images.
    pub(crate) fn select_all(wells: &BTreeMap<WellId, WellFacts>) -> Self {
        Self::new("Select all wells", PlateCommand::Select(wells_with_images(wells)))
    }

    /// Another folder with runs.
    pub(crate) fn add_folder(state: &AppState) -> Self {
        let blocked = state.is_dialog_open().then(|| "another dialog is open".to_owned());
        Self { blocked, ..Self::new("Add a folder…", HistoryCommand::PickFolder) }
    }
}

/// What an empty place says, with buttons for what can be done next.
pub(crate) fn empty_ui(
    ui: &mut Ui,
    text: &str,
    next: impl IntoIterator<Item = Next>,
    commands: &mut Commands,
) {
    ui.add(Label::new(theme::weak(ui, text)).wrap());
    ui.horizontal_wrapped(|ui| {
        for Next { name, command, blocked } in next {
            let button = ui.add_enabled(blocked.is_none(), Button::new(name));
            let why = blocked.map(|why| format!("Not now: {why}.")).unwrap_or_default();
            if button.on_disabled_hover_text(why).clicked() {
                commands.push(command);
            }
        }
    });
}
