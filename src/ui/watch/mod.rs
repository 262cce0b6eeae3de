//! The dialog in which other programs are watched: which one, and then its memory as it goes.

mod choose;
mod going;

use egui::{Frame, Id, Margin, Modal, Ui, vec2};

use crate::app::{Commands, WatchCommand, WatchState};
use crate::ui::ends::at_end;
use crate::ui::lists::name_container;
use crate::ui::memory::chart::ChartView;
use crate::ui::{theme, widgets};

/// The name of the dialog.
const TITLE: &str = "Watch a program";

/// What opens it, and what it is for.
pub(super) const OPEN: &str = "Watch a program…";
pub(super) const WHAT: &str = "The memory of any program while it runs, in the same chart";

/// The height that the dialog takes, in points.
const LEAST_HEIGHT: f32 = 420.0;

/// How the dialog is looked at.
#[derive(Debug)]
pub(super) struct WatchView {
    chart: ChartView,
    /// What is written on the next mark.
    mark: String,
}

impl Default for WatchView {
    fn default() -> Self {
        // What is over is exported where all runs are.
        Self { chart: ChartView::passing(), mark: String::new() }
    }
}

/// The dialog, where it is open.
pub(super) fn dialog_ui(ui: &mut Ui, watch: &WatchState, view: &mut WatchView, commands: &mut Commands) {
    if !watch.is_open {
        return;
    }
    let room = ui.ctx().content_rect().size() - vec2(60.0, 60.0);
    let size = vec2(room.x.min(1040.0), room.y.min(680.0));
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(16));
    let modal = Modal::new(Id::unique("watch")).frame(frame).show(ui.ctx(), |ui| {
        name_container(ui, TITLE);
        ui.set_min_size(size);
        ui.set_max_size(size);
        ui.horizontal(|ui| {
            ui.label(theme::strong(ui, TITLE).text_style(theme::title_style()));
            at_end(ui, |ui| {
                let close = ui.button("Close");
                let close = match watch.live() {
                    Some(_) => close.on_hover_text("The program is watched on; open this again to see it."),
                    None => close,
                };
                if close.clicked() {
                    commands.push(WatchCommand::Close);
                }
            });
        });
        widgets::rule(ui);
        widgets::at_least_high(ui, "watch", LEAST_HEIGHT, |ui| match &watch.watched {
            Some(watching) => going::going_ui(ui, watching, &mut view.chart, &mut view.mark, commands),
            None => choose::choose_ui(ui, watch, commands),
        });
    });
    if modal.should_close() {
        commands.push(WatchCommand::Close);
    }
}
