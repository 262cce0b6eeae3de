//! The line at the bottom: what happens now in words, how far it is, and what was left where.

use egui::{Align, Button, Label, Layout, RichText, Ui};

use super::ends::ends;
use super::keys::CANCEL;
use super::runs::other_programs::other_programs_ui;
use super::theme::{self, Theme};
use super::widgets::{self, Spoken};
use crate::app::{AppState, Commands, JobState, Note, PlateState, RunsCommand, StatusCommand};
use crate::quantity::{bytes_text, plural};
use crate::shown_text::whole;

/// The bar at the bottom.
pub(super) fn status_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, commands: &mut Commands) {
    ui.horizontal(|ui| {
        ui.set_min_height(24.0);
        match &state.runs.job {
            Some(job) => job_ui(ui, job, state.status.note.as_ref(), commands),
            None => rest_ui(ui, state, plate, commands),
        }
    });
}

fn job_ui(ui: &mut Ui, job: &JobState, note: Option<&Note>, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let course = |ui: &mut Ui| {
        let sentence = if job.is_cancelling() {
            "Stopping: what is saved stays".to_owned()
        } else {
            job.progress.sentence()
        };
        // A width of its own keeps the bar in its place while the words change.
        let width = (ui.available_width() * 0.42).clamp(180.0, 420.0);
        ui.allocate_ui_with_layout(egui::vec2(width, 24.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(width);
            ui.add(Label::new(RichText::new(sentence).color(theme.text)).truncate());
        });
        let colour = job.progress.mode().map_or(theme.bulk, |mode| theme.mode(mode));
        let width = (ui.available_width() * 0.45).clamp(80.0, 280.0);
        let fraction = job.progress.fraction();
        widgets::progress_bar(ui, fraction as f32, width, colour, "Progress of the run");
        progress_spoken(ui, fraction);
        // What was asked for meanwhile is answered where the amount is.
        let amount = note.map_or_else(|| job.progress.amount(), |note| note.text.clone());
        ui.add(Label::new(theme::weak(ui, amount)).truncate());
    };
    ends(ui, Align::Center, course, |ui| {
        if let Some(rss) = job.rss_now() {
            ui.label(theme::weak(ui, format!("RSS {}", bytes_text(rss))))
                .on_hover_text("Resident memory of the worker now, as the system tells it");
        }
        let text = if job.is_cancelling() { "Stopping…" } else { "Cancel" };
        let hint = format!("What is saved stays ({})", ui.ctx().format_shortcut(&CANCEL));
        if ui.add_enabled(!job.is_cancelling(), Button::new(text)).on_hover_text(hint).clicked() {
            commands.push(RunsCommand::CancelJob);
        }
    });
}

/// Each tenth of a run is spoken, and no more.
fn progress_spoken(ui: &mut Ui, fraction: f64) {
    let tenths = (fraction.clamp(0.0, 1.0) * 10.0).floor() * 10.0;
    let (_, response) = ui.allocate_exact_size(egui::Vec2::ZERO, egui::Sense::hover());
    let words = format!("{tenths:.0} percent done");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
    widgets::speak(&response, Spoken::InTurn);
}

/// A picture of the view that was made.
fn note_ui(ui: &mut Ui, note: &Note, commands: &mut Commands) {
    let text = |ui: &mut Ui| {
        let text = ui.add(Label::new(whole(&note.text)).truncate());
        widgets::speak(&text, Spoken::InTurn);
    };
    ends(ui, Align::Center, text, |ui| {
        if let Some(folder) = &note.folder
            && ui.button("Show folder").on_hover_text(folder.display().to_string()).clicked()
        {
            commands.push(StatusCommand::ShowFolder(folder.clone()));
        }
    });
}

fn rest_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, commands: &mut Commands) {
    match (&state.status.note, state.runs.list.iter().rev().find(|run| !run.is_past)) {
        (Some(note), _) => note_ui(ui, note, commands),
        (None, Some(run)) => {
            let end = |ui: &mut Ui| {
                let end = ui.add(Label::new(run.end_text()).truncate());
                widgets::speak(&end, Spoken::InTurn);
            };
            ends(ui, Align::Center, end, |ui| {
                other_programs_ui(ui, &run.record, commands);
                if let Some(folder) = run.folder()
                    && ui.button("Show folder").on_hover_text(folder.display().to_string()).clicked()
                {
                    commands.push(StatusCommand::ShowFolder(folder));
                }
            });
        }
        (None, None) => {
            let text = match state.run_blocked() {
                Some(why) => format!("Not ready: {why}."),
                None => format!(
                    "Ready: {} selected, {}.",
                    plural(plate.selection.len(), "well"),
                    plate.choice_text()
                ),
            };
            ui.label(theme::weak(ui, text));
        }
    }
}
