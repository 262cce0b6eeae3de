//! Runs on a cluster: the dialog that writes their files, and the run folder that is followed.

pub(super) mod follow;

use std::ops::Range;
use std::path::PathBuf;

use egui::{
    Align, Button, ComboBox, Frame, Grid, Id, Label, Layout, Margin, Modal, ScrollArea, TextEdit, Ui, vec2,
};

use super::theme::{self, Theme};
use super::widgets;
use crate::app::{ClusterCommand, ClusterDialog, ClusterDraft, ClusterState, Commands, StatusCommand};
use crate::plan::Mode;
use crate::quantity::{bytes_text, count_text, plural};
use crate::ui::ends::{at_end, ends};
use crate::ui::lists::{choice, list_ui, name_container};
use crate::ui::reading::{Reading, Takes};
use crate::workflow::{ClusterJob, Engine, Workflow};

/// Width of the column of what is chosen.
const CHOICES: f32 = 330.0;

/// Height of a row in the list of jobs.
const ROW: f32 = 20.0;

/// The height that what is chosen takes, in points.
const LEAST_HEIGHT: f32 = 460.0;

/// The dialog, where it is open.
pub(super) fn dialog_ui(ui: &mut Ui, cluster: &ClusterState, commands: &mut Commands) {
    let Some(dialog) = &cluster.dialog else { return };
    let room = ui.ctx().content_rect().size() - vec2(80.0, 80.0);
    let size = vec2(room.x.min(860.0), room.y.min(600.0));
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(16));
    let modal = Modal::new(Id::unique("cluster")).frame(frame).show(ui.ctx(), |ui| {
        name_container(ui, "Run on a cluster");
        ui.set_min_size(size);
        ui.set_max_size(size);
        ui.horizontal(|ui| {
            ui.label(theme::strong(ui, "Run on a cluster").text_style(theme::title_style()));
            at_end(ui, |ui| {
                if ui.button("Close").clicked() {
                    commands.push(ClusterCommand::Close);
                }
            });
        });
        widgets::rule(ui);
        widgets::at_least_high(ui, "cluster", LEAST_HEIGHT, |ui| {
            ui.horizontal_top(|ui| {
                let height = ui.available_height();
                ui.allocate_ui_with_layout(vec2(CHOICES, height), Layout::top_down(Align::Min), |ui| {
                    ui.set_width(CHOICES);
                    choices_ui(ui, &dialog.draft, commands);
                });
                ui.add_space(theme::SECTION_GAP);
                ui.vertical(|ui| jobs_ui(ui, dialog, commands));
            })
        });
    });
    if modal.should_close() {
        commands.push(ClusterCommand::Close);
    }
}

/// What is chosen and typed.
fn choices_ui(ui: &mut Ui, present: &ClusterDraft, commands: &mut Commands) {
    let mut draft = present.clone();
    widgets::section_heading(ui, "Jobs");
    Grid::new("cluster jobs").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| {
        ui.label("Done by");
        let combo = ComboBox::from_id_salt("engine");
        let chosen = draft.engine.title();
        list_ui(ui, combo, "Done by", chosen, |ui| {
            for engine in Engine::ALL {
                choice(ui, &mut draft.engine, engine, engine.title());
            }
        });
        ui.end_row();
        ui.label("Images of a well");
        let combo = ComboBox::from_id_salt("mode");
        let chosen = draft.mode.title();
        list_ui(ui, combo, "Images of a well", chosen, |ui| {
            for mode in [Mode::Bulk, Mode::Sequential] {
                choice(ui, &mut draft.mode, mode, mode.title());
            }
        });
        ui.end_row();
        ui.label("Wells per job");
        let edit = TextEdit::singleline(&mut draft.wells_per_job).hint_text("by time").desired_width(70.0);
        ui.add(edit)
            .accessible_name("Wells per job")
            .on_hover_text("Empty: as many as take some minutes, so that starting a job is little of it.");
        ui.end_row();
    });
    ui.add_space(theme::SECTION_GAP);
    widgets::section_heading(ui, "Folders as this computer sees them");
    ui.label("Folder of the workflow");
    let folder = |ui: &mut Ui| {
        let hint = "one that the cluster sees, too";
        widgets::path_edit(ui, &mut draft.folder, hint, "Folder of the workflow");
    };
    ends(ui, Align::Center, folder, |ui| {
        if ui.button("Choose…").accessible_name("Choose the folder of the workflow").clicked() {
            commands.push(ClusterCommand::PickFolder);
        }
    });
    field_ui(ui, "Run folder, for the results", "run, in that folder", &mut draft.into);
    ui.add_space(theme::SECTION_GAP);
    widgets::section_heading(ui, "As the cluster sees them, where that is otherwise");
    field_ui(ui, "Plate", "as here", &mut draft.plate_there);
    field_ui(ui, "Run folder there", "as here", &mut draft.into_there);
    field_ui(ui, "Container with Stepwell", "none: the program is installed", &mut draft.container);
    if draft != *present {
        commands.push(ClusterCommand::Change(Box::new(draft)));
    }
}

fn field_ui(ui: &mut Ui, name: &str, hint: &str, text: &mut String) {
    ui.label(name);
    widgets::path_edit(ui, text, hint, name);
}

/// What comes of it: the jobs, and what to do with the files.
fn jobs_ui(ui: &mut Ui, dialog: &ClusterDialog, commands: &mut Commands) {
    ui.horizontal(|ui| {
        widgets::section_heading(ui, "What each job asks for");
        if dialog.is_pending() {
            ui.label(theme::caption(ui, "working it out…"));
        }
    });
    let workflow = match &dialog.workflow {
        None => return,
        Some(Err(why)) => {
            ui.add(Label::new(theme::weak(ui, why).color(Theme::of(ui).over)).wrap());
            return;
        }
        Some(Ok(workflow)) => workflow,
    };
    ui.add(Label::new(theme::strong(ui, summary_text(workflow))).wrap());
    for note in &workflow.notes {
        ui.add(Label::new(theme::caption(ui, note)).wrap());
    }
    let below = if dialog.written.is_some() { 170.0 } else { 90.0 };
    let height = (ui.available_height() - below).max(3.0 * ROW);
    table_ui(ui, &workflow.jobs, height);
    ui.label(theme::caption(
        ui,
        "Memory holds the worker and the process beside it; a job that fails is tried twice more, with more of both.",
    ));
    let blocked = dialog.blocked();
    let write = ui.add_enabled_ui(blocked.is_none(), |ui| widgets::primary_button(ui, "Write the files"));
    let text = blocked.map_or_else(
        || "Writes a folder whose files explain themselves; nothing is started.".to_owned(),
        |why| format!("Not now: {why}."),
    );
    if write.inner.on_hover_text(&text).on_disabled_hover_text(&text).clicked() {
        commands.push(ClusterCommand::Write);
    }
    match &dialog.written {
        None => {}
        Some(Err(why)) => {
            ui.add(Label::new(theme::weak(ui, why).color(Theme::of(ui).over)).wrap());
        }
        Some(Ok(command)) => written_ui(ui, command, dialog.draft.run_folder(), commands),
    }
}

/// `12 jobs for 12 wells, 2 threads each: up to 100 MB and 10 min`.
fn summary_text(workflow: &Workflow) -> String {
    let wells = workflow.jobs.iter().map(|job| job.wells.len()).sum();
    format!(
        "{} for {}, {} each: up to {} and {} min",
        plural(workflow.jobs.len(), "job"),
        plural(wells, "well"),
        plural(workflow.threads, "thread"),
        bytes_text(workflow.most_memory_mb() * 1_000_000),
        workflow.most_minutes(),
    )
}

fn table_ui(ui: &mut Ui, jobs: &[ClusterJob], height: f32) {
    let row = |ui: &mut Ui, cells: [String; 4]| {
        ui.columns(4, |columns| {
            for (column, cell) in columns.iter_mut().zip(cells) {
                column.add(Label::new(cell).truncate());
            }
        });
    };
    row(ui, ["Job", "Wells", "Memory", "Time"].map(str::to_owned));
    let scroll = ScrollArea::vertical().id_salt("jobs").max_height(height).auto_shrink([false, true]);
    let reading = Reading::begin(ui, "Jobs", height.min(jobs.len() as f32 * ROW), Takes::Own);
    let rows = |ui: &mut Ui, rows: Range<usize>| {
        reading.scroll(ui);
        for job in &jobs[rows] {
            let memory = bytes_text(job.memory_mb * 1_000_000);
            row(ui, [job.name.clone(), count_text(job.wells.len()), memory, format!("{} min", job.minutes)]);
        }
    };
    reading.show(ui, |ui| scroll.show_rows(ui, ROW, jobs.len(), rows));
}

/// What to do with what was written.
fn written_ui(ui: &mut Ui, command: &str, run: Option<PathBuf>, commands: &mut Commands) {
    ui.add_space(4.0);
    ui.label("Written. On the cluster, this command starts it:");
    ui.add(Label::new(theme::strong(ui, command).monospace()).wrap());
    ui.horizontal(|ui| {
        if ui.add(Button::new("Copy")).accessible_name("Copy the command").clicked() {
            commands.push(StatusCommand::Copy(command.to_owned()));
        }
        if let Some(run) = run
            && ui
                .button("Follow the run")
                .on_hover_text("See wells turn done while the run folder fills.")
                .clicked()
        {
            commands.push(ClusterCommand::Follow(run));
        }
    });
}
