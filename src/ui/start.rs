//! The start screen: what Stepwell is for, and the ways to a plate.

mod choice;
mod names;
mod picture;

use std::path::Path;

use egui::{
    Align, Button, CentralPanel, Frame, Key, Label, Margin, RichText, ScrollArea, Stroke, Ui, UiBuilder,
};

use super::ends::{at_end, ends};
use super::header::tools_ui;
use super::images::thumbnails::Thumbnails;
use super::theme::{self, GAP, RADIUS, SECTION_GAP, Theme};
use super::watch;
use super::widgets::{self, Spoken};
use crate::app::settings::Settings;
use crate::app::{
    Commands, ForecastCommand, HelpCommand, Opening, PlateState, Refusal, SettingsCommand, StartCommand,
    StartState, Topic, WatchCommand,
};
use crate::plate::Format;
use crate::quantity::{bytes_text, count_text};
use crate::shown_text::brief;

/// Width of the column in the middle, in points.
const COLUMN: f32 = 540.0;

/// The same while the names of images are read, which are long.
const WIDE_COLUMN: f32 = 920.0;

/// The most width of the column and the picture beside it, in points.
const MOST_WIDTH: f32 = 1160.0;

/// Room between the two, in points.
const PICTURE_GAP: f32 = 32.0;

/// What the program is for.
const PURPOSE: [&str; 3] = [
    "A plate can need more memory than your computer has. Stepwell processes it one channel, timepoint, site or z plane at a time.",
    "Before a run you see how much memory each way needs. During the run you see the memory itself.",
    "After the run you know what you saved, and that the results are the same.",
];

/// The memory of a computer on which the demo plate does not fit.
const SMALL_COMPUTER_BYTES: u64 = 100_000_000;

/// Room for the scroll bar beside the column, in points.
const BAR: i8 = 14;

/// What the start screen shows.
pub(super) struct StartPage<'a> {
    /// The way to a plate.
    pub(super) start: &'a StartState,
    /// The plates opened before, and the appearance.
    pub(super) settings: &'a Settings,
    /// The plate to which there is a way back.
    pub(super) plate: Option<&'a PlateState>,
}

/// The whole start screen.
pub(super) fn start_ui(
    ui: &mut Ui,
    page: &StartPage<'_>,
    thumbnails: &mut Thumbnails,
    commands: &mut Commands,
) {
    let theme = Theme::of(ui);
    let frame = Frame::NONE.fill(theme.surface).inner_margin(Margin::same(16));
    CentralPanel::default().frame(frame).show(ui, |ui| {
        at_end(ui, |ui| {
            if ui.button(watch::OPEN).on_hover_text(watch::WHAT).clicked() {
                commands.push(WatchCommand::Open);
            }
            tools_ui(ui, commands);
        });
        let all = ui.max_rect();
        if let Some(names) = page.start.names.as_ref().filter(|_| page.start.opening.is_none()) {
            let column = column_in(all, WIDE_COLUMN, 0.04);
            ui.scope_builder(UiBuilder::new().max_rect(column), |ui| {
                widgets::at_least_high(ui, "names", names::LEAST_HEIGHT, |ui| {
                    names::names_ui(ui, names, &page.settings.patterns, commands);
                });
            });
            return;
        }
        let has_picture = all.width() >= COLUMN + picture::LEAST_WIDTH + PICTURE_GAP;
        let down = if has_picture { 0.08 } else { 0.06 };
        let width = if has_picture { all.width().min(MOST_WIDTH) } else { COLUMN };
        let both = column_in(all, width, down);
        let mut column = both;
        column.set_width(COLUMN.min(both.width()));
        ui.scope_builder(UiBuilder::new().max_rect(column), |ui| {
            // The scroll bar stands beside the column and not over its buttons.
            ui.set_max_width(column.width() + f32::from(BAR));
            let margin = Margin { right: BAR, ..Margin::ZERO };
            let scroll = ScrollArea::vertical().id_salt("start").auto_shrink(false).content_margin(margin);
            scroll.show(ui, |ui| column_ui(ui, page, thumbnails, commands));
        });
        if has_picture {
            let left = column.right() + PICTURE_GAP;
            let beside = egui::Rect::from_min_max(egui::pos2(left, both.top()), both.max);
            ui.scope_builder(UiBuilder::new().max_rect(beside), picture::picture_ui);
        }
    });
}

/// A column in the middle of some room, a part of its height down.
fn column_in(all: egui::Rect, width: f32, down: f32) -> egui::Rect {
    let width = width.min(all.width());
    let left = all.center().x - width / 2.0;
    let top = all.top() + (all.height() * down).max(24.0);
    egui::Rect::from_min_max(egui::pos2(left, top), egui::pos2(left + width, all.bottom()))
}

fn column_ui(ui: &mut Ui, page: &StartPage<'_>, thumbnails: &mut Thumbnails, commands: &mut Commands) {
    ui.horizontal(|ui| {
        widgets::logo(ui, 40.0);
        ui.add_space(6.0);
        ui.label(theme::strong(ui, "Stepwell").text_style(theme::big_style()));
    });
    ui.add_space(GAP);
    for sentence in PURPOSE {
        ui.add(Label::new(RichText::new(sentence).size(15.0).color(Theme::of(ui).text_weak)).wrap());
    }
    ui.add_space(SECTION_GAP);
    if let Some(opening) = &page.start.opening {
        opening_ui(ui, opening, commands);
        return;
    }
    if !page.start.candidates.is_empty() {
        choice::candidates_ui(ui, &page.start.candidates, thumbnails, commands);
        return;
    }
    if let Some(refusal) = &page.start.error {
        error_ui(ui, refusal, commands);
    }
    ways_ui(ui, page, commands);
    recent_ui(ui, page, commands);
}

fn ways_ui(ui: &mut Ui, page: &StartPage<'_>, commands: &mut Commands) {
    // Of a folder of images what is next is to say how they are named.
    let is_names_next = page.start.error.as_ref().is_some_and(|refusal| refusal.folder_of_images.is_some());
    let last = page.settings.recent.first().filter(|_| page.start.error.is_none());
    ui.horizontal_wrapped(|ui| {
        // Where one was before is where most go on.
        let mut is_next_taken = is_names_next;
        if let Some(plate) = page.plate {
            let text = format!("Back to {}", brief(&plate.plate.name));
            if widgets::primary_button(ui, &text).on_hover_text("Esc").clicked() {
                commands.push(StartCommand::ShowPlate);
            }
            is_next_taken = true;
        } else if let Some(path) = last {
            let text = format!("Go on with {}", brief(&name_of(path)));
            if widgets::primary_button(ui, &text).on_hover_text(path.display().to_string()).clicked() {
                commands.push(StartCommand::Open(path.clone()));
            }
            is_next_taken = true;
        }
        let text = if page.start.error.is_some() { "Open another…" } else { "Open plate…" };
        let open = if is_next_taken { ui.button(text) } else { widgets::primary_button(ui, text) };
        if open.on_hover_text("Choose a plate folder (Ctrl+O)").clicked() {
            commands.push(StartCommand::PickFolder);
        }
        let plan = ui.button("Plan a plate…");
        if plan.on_hover_text("What a plate would need that is not there yet").clicked() {
            commands.push(ForecastCommand::PlanPlate);
        }
    });
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let mut typed = page.start.typed_path.clone();
        let can_open = !typed.trim().is_empty();
        let field = |ui: &mut Ui| {
            let hint = "or type the path of a plate folder, or drop one here";
            let field = widgets::path_edit(ui, &mut typed, hint, "Path of a plate");
            let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            (field.changed(), is_entered)
        };
        let ((is_changed, is_entered), open) =
            ends(ui, Align::Center, field, |ui| ui.add_enabled(can_open, Button::new("Open")));
        if is_changed {
            commands.push(StartCommand::TypePath(typed));
        }
        if is_entered || open.clicked() {
            commands.push(StartCommand::OpenTyped);
        }
    });
    demo_ui(ui, commands);
    ui.add_space(SECTION_GAP);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let names: Vec<_> = Format::ALL.into_iter().map(Format::name).collect();
        let formats = format!("Plates of {}; any other folder", names.join(", "));
        ui.label(theme::caption(ui, formats));
        let link = ui.link(RichText::new("by its file names…").text_style(egui::TextStyle::Small));
        if link.on_hover_text("Choose a folder, and how the names of its images are read").clicked() {
            commands.push(StartCommand::PickFolderOfNames);
        }
    });
    ui.label(theme::caption(ui, "Nothing is ever written into a plate folder."));
}

/// A plate to learn with.
fn demo_ui(ui: &mut Ui, commands: &mut Commands) {
    ui.add_space(GAP);
    ui.horizontal_wrapped(|ui| {
        ui.label(theme::weak(ui, "New here?"));
        let demo = ui.button("Try the demo plate");
        let hint = "Writes a small plate of made-up cells into Stepwell's own folder, and opens it";
        if demo.on_hover_text(hint).clicked() {
            commands.push(StartCommand::OpenDemo { as_if_bytes: None });
        }
        let small = format!("…as if this computer had {}", bytes_text(SMALL_COMPUTER_BYTES));
        let hint = "See a plate that does not fit into memory, and what helps";
        if ui.button(small).on_hover_text(hint).clicked() {
            commands.push(StartCommand::OpenDemo { as_if_bytes: Some(SMALL_COMPUTER_BYTES) });
        }
        if ui.link("First steps").on_hover_text("In the help (F1)").clicked() {
            commands.push(HelpCommand::Explain(Topic::FirstSteps));
        }
    });
}

fn recent_ui(ui: &mut Ui, page: &StartPage<'_>, commands: &mut Commands) {
    if page.settings.recent.is_empty() {
        return;
    }
    ui.add_space(SECTION_GAP);
    widgets::section_heading(ui, "Recent plates");
    for path in &page.settings.recent {
        widgets::rule(ui);
        let plate = |ui: &mut Ui| {
            let link = ui.add(egui::Link::new(theme::strong(ui, name_of(path))));
            let place = path.parent().map_or_else(String::new, |parent| parent.display().to_string());
            ui.add(Label::new(theme::caption(ui, place)).truncate());
            link.clicked()
        };
        let (is_opened, is_forgotten) = ends(ui, Align::Center, plate, |ui| {
            let cross = RichText::new("✖").size(10.0).color(Theme::of(ui).text_weak);
            let name = format!("Forget {}", name_of(path));
            let forget = ui.add(Button::new(cross).frame(false)).accessible_name(name);
            forget.on_hover_text("Take off this list").clicked()
        });
        if is_opened {
            commands.push(StartCommand::Open(path.clone()));
        }
        if is_forgotten {
            commands.push(SettingsCommand::ForgetRecent(path.clone()));
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn error_ui(ui: &mut Ui, refusal: &Refusal, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let frame = Frame::NONE
        .fill(theme.panel)
        .stroke(Stroke::new(1.0, theme.over))
        .corner_radius(RADIUS)
        .inner_margin(Margin::symmetric(14, 10));
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        let title = ui.label(theme::strong(ui, "This could not be opened").color(theme.over));
        widgets::speak(&title, Spoken::AtOnce);
        let why = ui.add(Label::new(&refusal.why).wrap().selectable(true));
        widgets::speak(&why, Spoken::AtOnce);
        if let Some(folder) = &refusal.folder_of_images {
            ui.add_space(4.0);
            let open = widgets::primary_button(ui, "Open by file names…");
            if open.on_hover_text("Choose how the names of its images are read").clicked() {
                commands.push(StartCommand::ReadNames(folder.clone()));
            }
        }
        if ui.link("Which plates can be opened?").clicked() {
            commands.push(HelpCommand::Explain(Topic::Plates));
        }
    });
    ui.add_space(GAP);
}

fn opening_ui(ui: &mut Ui, opening: &Opening, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let title = if opening.demo.is_some() { "Writing the demo plate" } else { "Opening the plate" };
    ui.label(theme::strong(ui, title));
    ui.add(Label::new(theme::caption(ui, opening.path.display().to_string())).truncate());
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        match opening.demo {
            Some((done, of)) if of > 0 => {
                let part = done as f32 / of as f32;
                widgets::progress_bar(ui, part, 320.0, theme.bulk, "Progress of the demo plate");
                ui.label(theme::weak(ui, format!("{done} of {of} images")));
            }
            _ => {
                ui.spinner();
                let found = match opening.found {
                    0 => "Reading file names…".to_owned(),
                    found => format!("Reading file names… {} found", count_text(found)),
                };
                ui.label(theme::weak(ui, found));
            }
        }
        if ui.button("Cancel").clicked() {
            commands.push(StartCommand::CancelOpening);
        }
    });
}
