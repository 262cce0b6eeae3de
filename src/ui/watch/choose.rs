//! Which program is watched: one that is started, or one that is running.

use egui::{Button, ComboBox, Grid, Key, Label, RichText, TextEdit, Ui};
use egui_extras::{Column, TableBuilder};

use super::going::moment_text;
use crate::app::{Commands, WatchCommand, WatchDraft, WatchState};
use crate::quantity::{bytes_text, secs_text};
use crate::shown_text::whole;
use crate::ui::lists::{choice, list_ui};
use crate::ui::theme::{self, Theme};
use crate::ui::widgets;
use crate::watch::{RuleSet, RunningProgram};

/// Height of a row of the list, in points.
const ROW: f32 = 22.0;

/// The most programs that are listed; the filter finds the others.
const MOST_LISTED: usize = 300;

pub(super) fn choose_ui(ui: &mut Ui, watch: &WatchState, commands: &mut Commands) {
    let mut draft = watch.draft.clone();
    if let Some(why) = &watch.error {
        let text = RichText::new(why).color(Theme::of(ui).over);
        let shown = ui.add(Label::new(text).wrap());
        widgets::speak(&shown, widgets::Spoken::AtOnce);
        ui.add_space(4.0);
    }
    command_ui(ui, &mut draft, commands);
    if !draft.rules.trim().is_empty() {
        try_ui(ui, &mut draft, watch);
    }
    ui.add_space(theme::SECTION_GAP);
    ui.horizontal(|ui| {
        widgets::section_heading(ui, "Or one that is running");
        let edit =
            TextEdit::singleline(&mut draft.filter).hint_text("Filter the programs").desired_width(220.0);
        ui.add(edit).accessible_name("Filter the programs");
        if ui.button("Look again").on_hover_text("List the running programs anew").clicked() {
            commands.push(WatchCommand::List);
        }
        if watch.programs.is_none() {
            ui.spinner();
        }
    });
    let listed: Vec<&RunningProgram> =
        watch.programs.iter().flatten().filter(|program| draft.lists(program)).take(MOST_LISTED).collect();
    programs_ui(ui, &listed, commands);
    if draft != watch.draft {
        commands.push(WatchCommand::Change(Box::new(draft)));
    }
}

/// A program that is started.
fn command_ui(ui: &mut Ui, draft: &mut WatchDraft, commands: &mut Commands) {
    ui.label("A program that Stepwell starts");
    let is_entered = ui
        .horizontal(|ui| {
            let room = (ui.available_width() - 190.0).max(200.0);
            let edit = TextEdit::singleline(&mut draft.command)
                .hint_text("python3 script.py --plate /data/plate")
                .font(egui::TextStyle::Monospace)
                .desired_width(room);
            let typed = ui.add(edit).accessible_name("Command line");
            let is_entered = typed.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let can_start = !draft.command.trim().is_empty();
            let start = ui.add_enabled_ui(can_start, |ui| widgets::primary_button(ui, "Start and watch"));
            let text = "Its memory and that of all processes that it starts is shown while it runs, and kept as a run.";
            let start = start.inner.on_hover_text(text).on_disabled_hover_text("Type its command line first.");
            start.clicked() || is_entered && can_start
        })
        .inner;
    Grid::new("what is watched").num_columns(4).spacing([12.0, 6.0]).show(ui, |ui| {
        ui.label("Starts in");
        let edit =
            TextEdit::singleline(&mut draft.folder).hint_text("the folder of Stepwell").desired_width(240.0);
        ui.add(edit).accessible_name("Folder in which it starts");
        ui.label("Name");
        let edit = TextEdit::singleline(&mut draft.name).hint_text("the command line").desired_width(240.0);
        ui.add(edit).accessible_name("Name of the run");
        ui.end_row();
        ui.label("Its lines");
        let chosen = if draft.rules.is_empty() { "are kept" } else { draft.rules.as_str() }.to_owned();
        let list = ComboBox::from_id_salt("rules").width(240.0);
        list_ui(ui, list, "What its lines tell", chosen, |ui| {
            choice(ui, &mut draft.rules, String::new(), "are kept");
            for name in RuleSet::names() {
                choice(ui, &mut draft.rules, name.to_owned(), format!("tell what {name} does"));
            }
        });
        ui.label("Own rules");
        let edit =
            TextEdit::singleline(&mut draft.rules).hint_text("a file of rules (.ron)").desired_width(240.0);
        ui.add(edit).accessible_name("File of rules");
        ui.end_row();
    });
    if is_entered {
        // What was typed in this frame counts.
        commands.push(WatchCommand::Change(Box::new(draft.clone())));
        commands.push(WatchCommand::Start);
    }
}

/// A line on which the rules are tried, and what it tells by them.
fn try_ui(ui: &mut Ui, draft: &mut WatchDraft, watch: &WatchState) {
    ui.horizontal(|ui| {
        let edit =
            TextEdit::singleline(&mut draft.tried).hint_text("Try the rules on a line").desired_width(440.0);
        ui.add(edit).accessible_name("Line on which the rules are tried");
        let theme = Theme::of(ui);
        let (text, colour) = match &watch.tried {
            None => return,
            Some(Ok(Some(moment))) => (moment_text(moment), theme.text),
            Some(Ok(None)) => ("No rule fits.".to_owned(), theme.text_weak),
            Some(Err(why)) => (why.clone(), theme.over),
        };
        ui.add(Label::new(RichText::new(whole(&text)).color(colour)).truncate());
    });
}

/// The programs that are running, the largest first.
fn programs_ui(ui: &mut Ui, programs: &[&RunningProgram], commands: &mut Commands) {
    TableBuilder::new(ui)
        .id_salt("running programs")
        .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
        .column(Column::exact(70.0))
        .column(Column::initial(150.0).at_least(80.0).clip(true))
        .columns(Column::auto().at_least(76.0), 3)
        .column(Column::remainder().at_least(120.0).clip(true))
        .auto_shrink(false)
        .header(ROW, |mut header| {
            for name in ["", "Program", "Memory", "Runs for", "Process", "Command line"] {
                header.col(|ui| {
                    ui.label(theme::caption(ui, name));
                });
            }
        })
        .body(|body| {
            body.rows(ROW, programs.len(), |mut row| {
                let Some(program) = programs.get(row.index()) else { return };
                row.col(|ui| {
                    let watch = ui.add(Button::new("Watch").small());
                    if watch
                        .accessible_name(format!("Watch {}, process {}", program.name, program.pid))
                        .clicked()
                    {
                        commands.push(WatchCommand::Join(program.pid));
                    }
                });
                let memory = program.rss_bytes.map_or_else(|| "unknown".to_owned(), bytes_text);
                let cells = [
                    program.name.clone(),
                    memory,
                    secs_text(program.runs_for.as_secs_f64()),
                    program.pid.to_string(),
                    program.command.clone(),
                ];
                for cell in cells {
                    row.col(|ui| {
                        ui.add(Label::new(whole(&cell)).selectable(false).truncate());
                    });
                }
            });
        });
}
