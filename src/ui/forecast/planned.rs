//! The dialog that plans a plate which is not there yet, and makes it.

use egui::{Align, Button, Frame, Grid, Id, Label, Layout, Margin, Modal, ScrollArea, Ui, vec2};

use super::advice_ui;
use super::choices::ChoiceRows;
use crate::app::{AppState, Commands, ForecastCommand, PlannedPlate, SettingsState};
use crate::plate::{COUNT_RANGES, CountRange, PIXEL_TYPES, PlateLayout};
use crate::quantity::{bytes_text, plural};
use crate::ui::ends::at_end;
use crate::ui::lists::{choice, list_ui, name_container};
use crate::ui::memory::chart::{ChartView, memory_chart_ui};
use crate::ui::reading::{Reading, Takes};
use crate::ui::theme::{self, Theme};
use crate::ui::widgets;

/// The height that what is chosen takes, in points.
const LEAST_HEIGHT: f32 = 440.0;

/// The dialog, where a plate is planned.
pub(crate) fn planned_ui(ui: &mut Ui, state: &AppState, view: &mut ChartView, commands: &mut Commands) {
    let Some(planned) = &state.forecast.planned else { return };
    let room = ui.ctx().content_rect().size() - vec2(80.0, 80.0);
    let size = vec2(room.x.min(1180.0), room.y.min(760.0));
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(16));
    let modal = Modal::new(Id::unique("planned plate")).frame(frame).show(ui.ctx(), |ui| {
        name_container(ui, "Plan a plate");
        ui.set_min_size(size);
        ui.set_max_size(size);
        ui.horizontal(|ui| {
            ui.label(theme::strong(ui, "Plan a plate").text_style(theme::title_style()));
            at_end(ui, |ui| {
                if ui.button("Close").clicked() {
                    commands.push(ForecastCommand::ClosePlanned);
                }
            });
        });
        widgets::rule(ui);
        widgets::at_least_high(ui, "plan", LEAST_HEIGHT, |ui| {
            ui.horizontal_top(|ui| {
                let height = ui.available_height();
                ui.allocate_ui_with_layout(vec2(300.0, height), Layout::top_down(Align::Min), |ui| {
                    ui.set_width(300.0);
                    layout_ui(ui, planned, commands);
                    ui.add_space(theme::SECTION_GAP);
                    make_ui(ui, state.runs.job.is_some(), planned, commands);
                });
                ui.add_space(theme::SECTION_GAP);
                ui.vertical(|ui| outlook_ui(ui, &state.settings, planned, view));
            })
        });
    });
    if modal.should_close() {
        commands.push(ForecastCommand::ClosePlanned);
    }
}

/// What it would hold.
fn layout_ui(ui: &mut Ui, planned: &PlannedPlate, commands: &mut Commands) {
    let mut layout = planned.layout;
    widgets::section_heading(ui, "What it would hold");
    Grid::new("layout").num_columns(2).spacing([16.0, 6.0]).show(ui, |ui| {
        for (CountRange { what, least, most }, value) in COUNT_RANGES.into_iter().zip(layout.counts_mut()) {
            let title = capitalized(what);
            ui.label(&title);
            let field = widgets::number_field(ui, value).range(least..=most).speed(0.1);
            ui.add(field).accessible_name(title);
            ui.end_row();
        }
        ui.label("Type of the pixels");
        let combo = egui::ComboBox::from_id_salt("pixel");
        list_ui(ui, combo, "Type of the pixels", layout.pixel.name(), |ui| {
            for pixel in PIXEL_TYPES {
                choice(ui, &mut layout.pixel, pixel, pixel.name());
            }
        });
        ui.end_row();
    });
    let study = ui.button("The study's plate");
    let text = "10 channels, 100 timepoints, 9 sites and 3 planes of 1000 x 500: 27,000 images of 1 MB";
    if study.on_hover_text(text).clicked() {
        layout = PlateLayout::study();
    }
    let images = plural(usize::try_from(layout.image_count()).unwrap_or(usize::MAX), "image");
    ui.label(theme::strong(ui, format!("{images}, {}", bytes_text(layout.bytes()))));
    if layout != planned.layout {
        commands.push(ForecastCommand::SetLayout(layout));
    }
}

fn capitalized(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// Where to make it.
fn make_ui(ui: &mut Ui, is_job_going: bool, planned: &PlannedPlate, commands: &mut Commands) {
    widgets::section_heading(ui, "Make it, to try");
    let mut folder = planned.folder.clone();
    if widgets::path_edit(ui, &mut folder, "", "Folder of the made plate").changed() {
        commands.push(ForecastCommand::TypePlateFolder(folder));
    }
    let size = bytes_text(planned.layout.bytes_on_disk());
    ui.horizontal(|ui| {
        let can_make = !is_job_going && !planned.folder.trim().is_empty();
        let make = ui.add_enabled(can_make, Button::new("Make this plate"));
        let make = make
            .on_hover_text("Writes images of made-up cells in this layout, and opens the plate")
            .on_disabled_hover_text("Not now: a run is going, or no folder is named.");
        if make.clicked() {
            commands.push(ForecastCommand::MakePlate);
        }
        ui.label(theme::caption(ui, format!("up to {size} on the disk")));
    });
}

fn outlook_ui(ui: &mut Ui, settings: &SettingsState, planned: &PlannedPlate, view: &mut ChartView) {
    ui.horizontal(|ui| {
        widgets::section_heading(ui, "What each way would need");
        if planned.is_pending() {
            ui.label(theme::caption(ui, "working it out…"));
        }
    });
    if !planned.chart.is_empty() {
        // Half of the room for the courses, and half for the numbers of all ways.
        let size = vec2(ui.available_width(), (ui.available_height() * 0.5).max(200.0));
        ui.allocate_ui(size, |ui| {
            ui.set_min_size(size);
            memory_chart_ui(ui, &planned.chart, view);
        });
    }
    let scroll = ScrollArea::vertical().id_salt("planned").auto_shrink(false);
    let reading = Reading::begin(ui, "Numbers of each way", f32::INFINITY, Takes::Own);
    let numbers = |ui: &mut Ui| {
        reading.scroll(ui);
        match &planned.outlook {
            None => {}
            Some(Err(why)) => {
                ui.add(Label::new(theme::weak(ui, why).color(Theme::of(ui).over)).wrap());
            }
            Some(Ok(outlook)) => {
                let rows = ChoiceRows {
                    choices: &outlook.choices,
                    budget_bytes: settings.budget_bytes().ok().flatten(),
                    machine_bytes: settings.planned_machine().memory_bytes,
                    chosen: None,
                    is_choice: false,
                    is_detailed: true,
                };
                rows.show(ui);
                advice_ui(ui, outlook, None);
                ui.label(theme::caption(ui, "For Stepwell's own runs, not for other programs."));
            }
        }
    };
    reading.show(ui, |ui| scroll.show(ui, numbers));
}
