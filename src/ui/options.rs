//! How runs treat memory and threads.

use egui::{Align, ComboBox, DragValue, Layout, Ui};

use super::theme;
use super::widgets;
use crate::app::{AppState, Command};
use crate::plan::{AfterClear, Intermediates};

/// The section with the options of runs.
pub(super) fn options_ui(ui: &mut Ui, state: &AppState, commands: &mut Vec<Command>) {
    widgets::section_heading(ui, "Options");
    let settings = &state.settings;
    row(ui, "Threads", |ui| {
        let mut threads = settings.threads_on(&state.machine);
        let most = state.machine.cores.max(1) * 2;
        let response = ui.add(DragValue::new(&mut threads).range(1..=most).speed(0.05));
        if response.accessible_name("Threads").changed() {
            commands.push(Command::SetThreads((threads != state.machine.cores).then_some(threads)));
        }
    });
    row(ui, "After a clear", |ui| {
        let mut chosen = settings.after_clear;
        let options = [
            (AfterClear::Return, "return memory", "Memory goes back to the system after each combination."),
            (AfterClear::Keep, "keep memory", "Memory is kept for the next combination."),
        ];
        choice_ui(ui, "After a clear", &mut chosen, &options);
        if chosen != settings.after_clear {
            commands.push(Command::SetAfterClear(chosen));
        }
    });
    row(ui, "Between steps", |ui| {
        let mut chosen = settings.intermediates;
        let options = [
            (Intermediates::Free, "free images", "Each image is released after its last use."),
            (Intermediates::Hold, "hold images", "All images are held until the clear."),
        ];
        choice_ui(ui, "Between steps", &mut chosen, &options);
        if chosen != settings.intermediates {
            commands.push(Command::SetIntermediates(chosen));
        }
    });
}

fn row(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.label(theme::weak(ui, name));
        ui.with_layout(Layout::right_to_left(Align::Center), add);
    });
}

fn choice_ui<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    chosen: &mut T,
    options: &[(T, &'static str, &'static str)],
) {
    let text = options.iter().find(|(value, ..)| value == chosen).map_or("", |(_, text, _)| text);
    let combo = ComboBox::from_id_salt(name).width(128.0).selected_text(text).show_ui(ui, |ui| {
        for (value, text, explanation) in options {
            ui.selectable_value(chosen, *value, *text).on_hover_text(*explanation);
        }
    });
    combo.response.accessible_name(name);
}
