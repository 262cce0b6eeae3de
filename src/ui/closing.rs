//! What is asked before the window closes while a run goes.

use egui::{Id, Label, Modal, Ui};

use super::lists::name_container;
use super::theme;
use super::widgets;
use crate::app::{AppState, Closing, Commands, RunsCommand, StatusCommand};

/// Width of the question, in points.
const WIDTH: f32 = 420.0;

/// The question, where it is asked; that the end of the run is waited for, where it is.
pub(super) fn closing_ui(ui: &Ui, state: &AppState, commands: &mut Commands) {
    if state.status.closing == Closing::No || state.runs.job.is_none() {
        return;
    }
    let modal = Modal::new(Id::unique("close")).show(ui.ctx(), |ui| {
        name_container(ui, "Close Stepwell");
        ui.set_max_width(WIDTH);
        match state.status.closing {
            Closing::WhenOver => waiting_ui(ui),
            _ => question_ui(ui, commands),
        }
    });
    if modal.should_close() && state.status.closing == Closing::Asked {
        commands.push(StatusCommand::Close(Closing::No));
    }
}

fn question_ui(ui: &mut Ui, commands: &mut Commands) {
    ui.label(theme::strong(ui, "A run is going. Cancel it and close?"));
    ui.add_space(4.0);
    ui.add(Label::new("Wells that are done are kept, and “Continue” in Runs does the rest later.").wrap());
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        if widgets::primary_button(ui, "Keep running").clicked() {
            commands.push(StatusCommand::Close(Closing::No));
        }
        if ui.button("Cancel the run and close").clicked() {
            commands.push(StatusCommand::Close(Closing::WhenOver));
            commands.push(RunsCommand::CancelJob);
        }
    });
}

fn waiting_ui(ui: &mut Ui) {
    ui.horizontal(|ui| {
        ui.spinner();
        ui.label("Writing down what is done. The window closes then.");
    });
}
