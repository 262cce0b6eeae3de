//! What each way would need, to one scale, with budget and machine through it; what would help where
//! nothing fits; and the same for a plate that is not there yet.

mod choices;
mod planned;

use egui::{Align, Button, ComboBox, Key, Label, RichText, TextEdit, TextStyle, Ui};

use super::ends::{at_end, ends};
use super::help::explain_button;
use super::hint::hint_ui;
use super::theme::{self, Theme};
use super::widgets;
use crate::app::settings::Hint;
use crate::app::{
    Commands, ForecastCommand, ForecastState, PlateCommand, PlateState, SettingsCommand, SettingsState, Topic,
};
use crate::plan::{Outlook, RemedyKind};
use crate::quantity::bytes_text;
use crate::ui::lists::{choice, list_ui};
use choices::ChoiceRows;
pub(super) use planned::planned_ui;

/// Sizes of memory that this computer can be taken to have, in MB; the first is for plates to learn with.
const PRETENDED_MB: [u64; 8] = [100, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000];

/// The section with a bar for each choice.
pub(super) fn forecast_ui(
    ui: &mut Ui,
    forecast: &ForecastState,
    settings: &SettingsState,
    plate: &PlateState,
    commands: &mut Commands,
) {
    let wrong = settings.budget_bytes().err();
    ui.horizontal(|ui| {
        widgets::section_heading(ui, "Forecast");
        explain_button(ui, Topic::Forecast, "What does the forecast say?", commands);
        // Without a budget that can be read nothing is worked out; the reason is below.
        if forecast.is_awaited() && wrong.is_none() {
            // Short, because there is no more room beside the heading.
            if forecast.is_of_first_images() {
                ui.label(theme::caption(ui, "of the first images so far…"))
                    .on_hover_text("It is refined when the sizes of all images have been read.");
            } else {
                ui.label(theme::caption(ui, "working it out…"));
            }
        }
    });
    limits_ui(ui, settings, commands);
    if let Some(why) = wrong {
        ui.add(Label::new(theme::weak(ui, why).color(Theme::of(ui).over)).wrap());
    }
    match &forecast.choices {
        None => {}
        Some(Err(why)) => {
            ui.label(theme::weak(ui, why));
        }
        Some(Ok(outlook)) => outlook_ui(ui, forecast, settings, plate, outlook, commands),
    }
    ui.add_space(4.0);
    let plan = ui.add_sized([ui.available_width(), 26.0], Button::new("Plan a larger plate…"));
    if plan.on_hover_text("What a plate would need that is not there yet").clicked() {
        commands.push(ForecastCommand::PlanPlate);
    }
}

fn outlook_ui(
    ui: &mut Ui,
    forecast: &ForecastState,
    settings: &SettingsState,
    plate: &PlateState,
    outlook: &Outlook,
    commands: &mut Commands,
) {
    hint_ui(ui, Hint::Forecast, settings, commands);
    let rows = ChoiceRows {
        choices: &outlook.choices,
        budget_bytes: settings.budget_bytes().ok().flatten(),
        machine_bytes: settings.planned_machine().memory_bytes,
        chosen: forecast.chosen(&plate.sequential),
        is_choice: true,
        is_detailed: false,
    };
    if let Some(choice) = rows.show(ui) {
        commands.push(PlateCommand::Choose(choice.sequential.clone()));
    }
    let may_change = !forecast.is_awaited();
    advice_ui(ui, outlook, may_change.then_some(commands));
    if let Some(choice) = forecast.chosen(&plate.sequential).or_else(|| forecast.bulk()) {
        let written = bytes_text(choice.written_bytes);
        let (text, colour) = match settings.results_free_bytes {
            Some(free) if free < choice.written_bytes => (
                format!("Saves up to {written}, but only {} are free on the disk.", bytes_text(free)),
                Theme::of(ui).over,
            ),
            Some(free) => {
                (format!("Saves up to {written}; {} are free.", bytes_text(free)), Theme::of(ui).text_weak)
            }
            None => (format!("Saves up to {written}."), Theme::of(ui).text_weak),
        };
        ui.add(Label::new(RichText::new(text).text_style(TextStyle::Small).color(colour)).wrap());
    }
    let wells = match settings.kept.wells_at_once.unwrap_or(1) {
        1 => "one well at a time".to_owned(),
        wells => format!("{wells} wells at a time"),
    };
    ui.label(theme::caption(ui, format!("For Stepwell's own runs, {wells}.")));
}

/// What is to be known of the times; why the recommended choice is the one to take; where none fits, what would help, each
/// with a button that does it where the program can.
fn advice_ui(ui: &mut Ui, outlook: &Outlook, commands: Option<&mut Commands>) {
    if let Some(note) = &outlook.times_note {
        let note = RichText::new(note).text_style(TextStyle::Small).color(Theme::of(ui).warning);
        ui.add(Label::new(note).wrap());
    }
    if let Some(best) = outlook.recommended() {
        let text = format!("{}: {}", best.title(), best.why);
        ui.add(Label::new(theme::caption(ui, text)).wrap());
        return;
    }
    ui.label(theme::strong(ui, "No choice fits. What would help:").color(Theme::of(ui).over));
    let mut applied = None;
    for remedy in &outlook.remedies {
        let what = |ui: &mut Ui| {
            ui.add(Label::new(theme::caption(ui, &remedy.what)).wrap());
        };
        ends(ui, Align::Center, what, |ui| {
            if commands.is_some() && remedy.kind != RemedyKind::MoreMemory {
                let button = ui.small_button("Do it").accessible_name(format!("Do it: {}", remedy.what));
                applied = button.clicked().then_some(remedy.kind).or(applied);
            }
        });
    }
    if let (Some(kind), Some(commands)) = (applied, commands) {
        commands.push(ForecastCommand::Apply(kind));
    }
}

/// What a run may use, and the computer that it is planned for.
fn limits_ui(ui: &mut Ui, settings: &SettingsState, commands: &mut Commands) {
    ui.horizontal(|ui| {
        ui.label(theme::weak(ui, "Budget"));
        at_end(ui, |ui| budget_ui(ui, settings, commands));
    });
    ui.horizontal(|ui| {
        ui.label(theme::weak(ui, "Computer"));
        at_end(ui, |ui| computer_ui(ui, settings, commands));
    });
}

/// The budget: what it comes to, and the field.
fn budget_ui(ui: &mut Ui, settings: &SettingsState, commands: &mut Commands) {
    budget_text_ui(ui, settings);
    let mut text = settings.typed_budget.clone().unwrap_or_else(|| settings.kept.budget.clone());
    // What stands before it comes and goes, and the field stays the same.
    let edit = TextEdit::singleline(&mut text).id_salt("budget").hint_text("80%").desired_width(70.0);
    let response = ui.add(edit).accessible_name("Memory budget");
    if response.changed() {
        commands.push(SettingsCommand::TypeBudget(text.clone()));
    }
    let is_left = response.lost_focus();
    if is_left && ui.input(|input| input.key_pressed(Key::Escape)) {
        commands.push(SettingsCommand::SetBudget(settings.kept.budget.clone()));
    } else if is_left {
        commands.push(SettingsCommand::SetBudget(text.clone()));
    }
    response.on_hover_text(
        "The most memory that a run may use: a size such as 8GB or 800MB, or a share of the memory that is available such as 80%.",
    );
}

/// What the budget comes to in bytes, or that it cannot be read.
fn budget_text_ui(ui: &mut Ui, settings: &SettingsState) {
    let text = settings.typed_budget.as_ref().unwrap_or(&settings.kept.budget);
    let (text, colour) = match settings.budget_bytes() {
        // A share is turned into bytes; a size speaks for itself.
        Ok(Some(_)) if !text.is_empty() && !text.contains('%') => return,
        Ok(Some(bytes)) => (bytes_text(bytes), Theme::of(ui).text_weak),
        Ok(None) => ("no limit".to_owned(), Theme::of(ui).text_weak),
        Err(_) => ("not a size".to_owned(), Theme::of(ui).over),
    };
    ui.label(RichText::new(text).text_style(TextStyle::Small).color(colour));
}

/// Whether to plan for this computer, or as if it had another amount of memory.
fn computer_ui(ui: &mut Ui, settings: &SettingsState, commands: &mut Commands) {
    let own = settings
        .machine
        .memory_bytes
        .map_or_else(|| "this one".to_owned(), |bytes| format!("this one, {}", bytes_text(bytes)));
    let name = |bytes: Option<u64>| {
        bytes.map_or_else(|| own.clone(), |bytes| format!("pretend {}", bytes_text(bytes)))
    };
    let mut chosen = settings.kept.pretend_memory_bytes;
    let before = chosen;
    let combo = ComboBox::from_id_salt("computer").width(132.0);
    let present = name(chosen);
    let combo = list_ui(ui, combo, "Computer", present, |ui| {
        choice(ui, &mut chosen, None, name(None));
        for megabytes in PRETENDED_MB {
            let bytes = Some(megabytes * 1_000_000);
            choice(ui, &mut chosen, bytes, name(bytes));
        }
    });
    combo.on_hover_text(
        "Plan and run as if this computer had so much memory: a run that needs more than the budget is refused or stopped, as it would be there.",
    );
    if chosen != before {
        commands.push(SettingsCommand::PretendMemory(chosen));
    }
}
