//! What to process one at a time: each component with its values and a switch, or the reason why
//! not.

use egui::{Link, RichText, TextStyle, Ui};

use crate::app::{Commands, ComponentFacts, PipelineCommand, PlateCommand, PlateState, Topic};
use crate::plan::Conflict;
use crate::plate::Component;
use crate::quantity::count_text;
use crate::ui::ends::at_end;
use crate::ui::help::explain_button;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets;

/// The most values that are named; the rest are counted.
const MOST_CHIPS: usize = 6;

/// The section with one row for each component.
pub(crate) fn components_ui(ui: &mut Ui, plate: &PlateState, commands: &mut Commands) {
    ui.horizontal(|ui| {
        widgets::section_heading(ui, "Process one at a time");
        explain_button(ui, Topic::OneAtATime, "What to process one at a time?", commands);
    });
    ui.spacing_mut().item_spacing.y = 4.0;
    for (place, facts) in plate.components.iter().enumerate() {
        if place > 0 {
            widgets::rule(ui);
        }
        component_ui(ui, plate, facts, commands);
    }
    if plate.sequential.len() > 1 {
        let order: Vec<_> = plate.sequential.iter().map(|component| component.name()).collect();
        let text = format!("In this order, the first outermost: {}", order.join(", "));
        ui.label(theme::caption(ui, text));
    }
}

fn component_ui(ui: &mut Ui, plate: &PlateState, facts: &ComponentFacts, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let reason = plate.reason_against(facts);
    let component = facts.component;
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        let mut title = theme::strong(ui, component.title());
        if reason.is_some() {
            title = title.color(theme.text_weak);
        }
        ui.label(title);
        ui.label(theme::weak(ui, count_words(facts)));
        at_end(ui, |ui| {
            let mut is_on = plate.sequential.contains(&component);
            let name = format!("{} one at a time", component.title());
            let response =
                ui.add_enabled_ui(reason.is_none(), |ui| widgets::switch(ui, &mut is_on, &name)).inner;
            if response.changed() {
                commands.push(PlateCommand::SetSequential { component, is_on });
            }
            if let Some(reason) = &reason {
                response.on_disabled_hover_text(reason);
            }
        });
    });
    match reason {
        Some(reason) => {
            let conflict = plate.step_against(facts);
            // Only what can be mended is a warning.
            let colour = if conflict.is_some() { theme.warning } else { theme.text_weak };
            ui.label(RichText::new(reason).text_style(TextStyle::Small).color(colour));
            if let Some(conflict) = conflict {
                fix_ui(ui, plate, &conflict, commands);
            }
        }
        None => {
            ui.scope(|ui| chips_ui(ui, facts));
        }
    }
    ui.add_space(2.0);
}

/// The way out where a step stands against a component: to take that step out of the pipeline. It
/// would not help to move it: each step is done within each combination.
fn fix_ui(ui: &mut Ui, plate: &PlateState, conflict: &Conflict, commands: &mut Commands) {
    let mut pipeline = plate.pipeline.spec.clone();
    // A pipeline needs a step.
    if pipeline.steps.len() < 2 {
        ui.label(theme::caption(ui, "Add another step, then remove that one."));
        return;
    }
    let text = format!("Remove that step ({})", conflict.step_index + 1);
    let link = ui.add(Link::new(RichText::new(text).text_style(TextStyle::Small)));
    if link.on_hover_text("It can be added again under Pipeline.").clicked() {
        pipeline.steps.remove(conflict.step_index);
        commands.push(PipelineCommand::Replace(pipeline));
    }
}

fn count_words(facts: &ComponentFacts) -> String {
    let count = facts.names.len();
    let what = match (facts.component, count) {
        (Component::Z, 1) => "plane",
        (Component::Z, _) => "planes",
        (_, 1) => "value",
        _ => "values",
    };
    format!("{} {what}", count_text(count))
}

fn chips_ui(ui: &mut Ui, facts: &ComponentFacts) {
    // A chip is no button: its row needs no room for a finger.
    let spacing = ui.spacing_mut();
    spacing.item_spacing = egui::vec2(4.0, 4.0);
    spacing.interact_size.y = 0.0;
    ui.horizontal_wrapped(|ui| {
        let names = &facts.names;
        // One that is left over is named rather than counted.
        let named = if names.len() <= MOST_CHIPS + 1 { names.len() } else { MOST_CHIPS };
        for name in &names[..named] {
            widgets::chip(ui, name);
        }
        if named < names.len() {
            let last = names.last().map_or("", String::as_str);
            ui.label(theme::caption(ui, format!("… {last}")));
        }
    });
}
