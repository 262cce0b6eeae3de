//! The list of steps with their settings.

use egui::{Align, Button, Checkbox, Layout, RichText, Sense, TextStyle, Ui, vec2};

use super::step_settings::{INDENT, further_settings_ui, settings_ui};
use super::theme::{self, Theme};
use super::widgets;
use crate::app::{Command, PlateState};
use crate::pipeline::steps::Placement;
use crate::pipeline::{PipelineSpec, PipelineStep, Step};

/// The section with one row for each step.
pub(super) fn pipeline_ui(ui: &mut Ui, plate: &PlateState, commands: &mut Vec<Command>) {
    widgets::section_heading(ui, "Pipeline");
    let mut pipeline = plate.pipeline.clone();
    let mut removed = None;
    let count = pipeline.steps.len();
    for (index, step) in pipeline.steps.iter_mut().enumerate() {
        if index > 0 {
            widgets::rule(ui);
        }
        if ui.push_id(index, |ui| step_ui(ui, index, count, step)).inner {
            removed = Some(index);
        }
    }
    if let Some(index) = removed {
        pipeline.steps.remove(index);
    }
    add_ui(ui, plate, &mut pipeline);
    if let Err(why) = pipeline.check() {
        let why = RichText::new(why).text_style(TextStyle::Small).color(Theme::of(ui).warning);
        ui.label(why);
    }
    if pipeline != plate.pipeline {
        commands.push(Command::SetPipeline(pipeline));
    }
}

/// One step; true when it is to be removed.
fn step_ui(ui: &mut Ui, index: usize, count: usize, step: &mut PipelineStep) -> bool {
    let mut is_removed = false;
    ui.horizontal(|ui| {
        number_ui(ui, index + 1);
        ui.label(theme::strong(ui, step.step.name())).on_hover_text(step.step.explanation());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let cross = RichText::new("✖").size(10.0).color(Theme::of(ui).text_weak);
            let name = format!("Remove step {}, {}", index + 1, step.step.name());
            let response = ui.add(Button::new(cross).frame(false)).accessible_name(&name);
            is_removed = response.on_hover_text("Remove this step").clicked();
        });
    });
    ui.horizontal(|ui| {
        ui.add_space(INDENT);
        settings_ui(ui, &mut step.step);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let text = theme::caption(ui, "keep images");
            let name = format!("Keep images of step {}", index + 1);
            let what = if index + 1 == count {
                "Write the results into the run's folder."
            } else {
                "Write the images of this step into the run's folder, too."
            };
            ui.add(Checkbox::new(&mut step.keep_images, text)).accessible_name(name).on_hover_text(what);
        });
    });
    further_settings_ui(ui, &mut step.step);
    is_removed
}

fn number_ui(ui: &mut Ui, number: usize) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 9.0, theme.card);
    let font = TextStyle::Small.resolve(ui.style());
    let text = number.to_string();
    ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, text, font, theme.text_weak);
}

/// Offers the steps that are not in the list.
fn add_ui(ui: &mut Ui, plate: &PlateState, pipeline: &mut PipelineSpec) {
    let has = |pipeline: &PipelineSpec, step: &Step| {
        pipeline.steps.iter().position(|present| present.step.name() == step.name())
    };
    let all = Step::all();
    if all.iter().all(|step| has(pipeline, step).is_some()) {
        return;
    }
    ui.menu_button("Add step…", |ui| {
        for (order, step) in all.iter().enumerate().filter(|(_, step)| has(pipeline, step).is_none()) {
            if ui.button(step.name()).on_hover_text(step.explanation()).clicked() {
                // Before the first of those that are best done later.
                let later = all[order..].iter().filter_map(|later| has(pipeline, later)).min();
                let place = later.unwrap_or(pipeline.steps.len());
                // What comes last is what was wanted.
                let keep_images = place == pipeline.steps.len();
                let step = fitted(step.clone(), plate);
                pipeline.steps.insert(place, PipelineStep { step, keep_images });
                ui.close();
                break;
            }
        }
    });
}

/// The step with settings that this plate allows.
fn fitted(mut step: Step, plate: &PlateState) -> Step {
    if let Step::Stitching(stitching) = &mut step
        && plate.plate.site_positions.is_empty()
    {
        stitching.placement = Placement::USUAL_GRID;
    }
    step
}
