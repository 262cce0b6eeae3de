//! How runs treat memory, threads and the budget.

use egui::{Align, ComboBox, DragValue, Key, Layout, RichText, TextEdit, TextStyle, Ui};

use super::theme::{self, Theme};
use super::widgets;
use crate::app::{AppState, Command};
use crate::plan::{AfterClear, Intermediates};
use crate::quantity::bytes_text;

/// The section with the options of runs.
pub(super) fn options_ui(ui: &mut Ui, state: &AppState, commands: &mut Vec<Command>) {
    widgets::section_heading(ui, "Options");
    budget_ui(ui, state, commands);
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

fn budget_ui(ui: &mut Ui, state: &AppState, commands: &mut Vec<Command>) {
    row(ui, "Budget", |ui| {
        let mut text = state.typed_budget.clone().unwrap_or_else(|| state.settings.budget.clone());
        let edit = TextEdit::singleline(&mut text).hint_text("80%").desired_width(72.0);
        let response = ui.add(edit).accessible_name("Memory budget");
        if response.changed() {
            commands.push(Command::TypeBudget(text.clone()));
        }
        let is_left = response.lost_focus();
        if is_left && ui.input(|input| input.key_pressed(Key::Escape)) {
            commands.push(Command::SetBudget(state.settings.budget.clone()));
        } else if is_left {
            commands.push(Command::SetBudget(text));
        }
        response.on_hover_text(
            "The most memory that a run may use: a size such as 8GB or 800MB, or a share of the memory that is available such as 80%.",
        );
        let (text, colour) = match state.budget_bytes() {
            Ok(Some(bytes)) => (bytes_text(bytes), Theme::of(ui).text_weak),
            Ok(None) => ("no limit".to_owned(), Theme::of(ui).text_weak),
            Err(_) => ("not a size".to_owned(), Theme::of(ui).over),
        };
        ui.label(RichText::new(text).text_style(TextStyle::Small).color(colour));
    });
}
