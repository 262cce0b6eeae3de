//! The dialog of settings.

use egui::{Button, Key, KeyboardShortcut, Label, Modal, Modifiers, ScrollArea, Ui};

use super::rows::{choice_ui, row};
use crate::app::images::thumbnail_store::USUAL_BYTES;
use crate::app::settings::{Appearance, GraphicsChoice};
use crate::app::{Commands, SettingsCommand, SettingsState, StatusCommand};
use crate::quantity::{Numbers, bytes_text, percent_text};
use crate::shown_text::whole;
use crate::ui::lists::name_container;
use crate::ui::theme::{self, GAP, SECTION_GAP};
use crate::ui::widgets;

/// Opens the dialog.
pub(crate) const SETTINGS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Comma);

/// Width of the dialog, in points.
const WIDTH: f32 = 460.0;

/// The sizes of text that are offered, in percent of the usual one.
const TEXT_SIZES: [u16; 8] = [80, 90, 100, 110, 125, 150, 175, 200];

/// The bytes of small pictures on the disk that are offered.
const PICTURE_BYTES: [Option<u64>; 4] = [Some(0), Some(100_000_000), None, Some(10_000_000_000)];

/// The dialog, where it is open.
pub(crate) fn dialog_ui(ui: &Ui, settings: &SettingsState, commands: &mut Commands) {
    if !settings.is_dialog_open {
        return;
    }
    let most = ui.ctx().content_rect().size() - egui::vec2(64.0, 120.0);
    let frame = egui::Frame::popup(ui.style()).inner_margin(egui::Margin::same(16));
    let modal = Modal::new(egui::Id::unique("settings")).frame(frame).show(ui.ctx(), |ui| {
        name_container(ui, "Settings");
        ui.set_width(WIDTH.min(most.x));
        ui.label(theme::strong(ui, "Settings").text_style(theme::title_style()));
        ui.add_space(GAP);
        let margin = egui::Margin { right: 12, ..egui::Margin::ZERO };
        let scroll =
            ScrollArea::vertical().id_salt("settings").max_height(most.y.max(120.0)).content_margin(margin);
        scroll.show(ui, |ui| {
            window_ui(ui, settings, commands);
            ui.add_space(SECTION_GAP);
            files_ui(ui, settings, commands);
            ui.add_space(SECTION_GAP);
            told_ui(ui, settings, commands);
        });
        ui.add_space(GAP);
        let text = "Memory, threads and files of runs are set beside the plate, under Options.";
        ui.add(Label::new(theme::caption(ui, text)).wrap());
        ui.add_space(GAP);
        widgets::primary_button(ui, "Close").clicked()
    });
    if modal.inner || modal.should_close() {
        commands.push(SettingsCommand::ShowDialog(false));
    }
}

/// How the window looks.
fn window_ui(ui: &mut Ui, settings: &SettingsState, commands: &mut Commands) {
    widgets::section_heading(ui, "Window");
    row(ui, "Appearance", |ui| {
        let mut chosen = settings.kept.appearance;
        let explained = |appearance| match appearance {
            Appearance::System => "The same as the system.",
            Appearance::Light => "Dark text on a light background.",
            Appearance::Dark => "Light text on a dark background.",
        };
        let options = Appearance::ALL.map(|one| (one, one.name().to_owned(), explained(one)));
        choice_ui(ui, "Appearance", &mut chosen, &options);
        if chosen != settings.kept.appearance {
            commands.push(SettingsCommand::SetAppearance(chosen));
        }
    });
    row(ui, "Size of text", |ui| {
        let present = settings.text_percent();
        let mut chosen = present;
        let mut sizes = TEXT_SIZES.to_vec();
        // One that the keys have set.
        if !sizes.contains(&present) {
            sizes.push(present);
            sizes.sort_unstable();
        }
        let text = |size: u16| percent_text(f64::from(size), 0);
        let options: Vec<_> = sizes
            .into_iter()
            .map(|size| (size, text(size), "Ctrl and + or −. Ctrl+0 is the usual size."))
            .collect();
        choice_ui(ui, "Size of text", &mut chosen, &options);
        if chosen != present {
            commands.push(SettingsCommand::SetTextPercent(chosen));
        }
    });
    row(ui, "Numbers", |ui| {
        let mut chosen = settings.kept.numbers;
        let explained = "On screen and in reports. Tables for other programs always have 1234.5.";
        let options = Numbers::ALL.map(|numbers| (numbers, numbers.example(), explained));
        choice_ui(ui, "Numbers", &mut chosen, &options);
        if chosen != settings.kept.numbers {
            commands.push(SettingsCommand::SetNumbers(chosen));
        }
    });
    graphics_ui(ui, settings, commands);
}

/// Where files go, and how much room they may take.
fn files_ui(ui: &mut Ui, settings: &SettingsState, commands: &mut Commands) {
    widgets::section_heading(ui, "Files");
    ui.label(theme::weak(ui, "Results"));
    ui.horizontal_wrapped(|ui| {
        let folder = settings.results.display().to_string();
        if ui.link(&folder).on_hover_text("Show this folder").clicked() {
            commands.push(StatusCommand::ShowFolder(settings.results.clone()));
        }
        if let Some(free) = settings.results_free_bytes {
            ui.label(theme::caption(ui, format!("{} free", bytes_text(free))));
        }
    });
    ui.horizontal(|ui| {
        if ui.button("Choose another folder…").clicked() {
            commands.push(SettingsCommand::PickResults);
        }
        let is_other = settings.kept.results.is_some();
        if ui.add_enabled(is_other, Button::new("Use the usual folder")).clicked() {
            commands.push(SettingsCommand::UseUsualResults);
        }
    });
    row(ui, "Small pictures kept on disk", |ui| {
        let mut chosen = settings.kept.picture_bytes;
        let text = |bytes: Option<u64>| match bytes {
            Some(0) => "none".to_owned(),
            Some(bytes) => format!("up to {}", bytes_text(bytes)),
            None => format!("up to {}", bytes_text(USUAL_BYTES)),
        };
        let explained = "A plate that you have looked at is shown faster the next time. A change counts from the next start.";
        let mut all = PICTURE_BYTES.to_vec();
        if !all.contains(&chosen) {
            all.push(chosen);
        }
        let options: Vec<_> = all.into_iter().map(|bytes| (bytes, text(bytes), explained)).collect();
        choice_ui(ui, "Small pictures kept on disk", &mut chosen, &options);
        if chosen != settings.kept.picture_bytes {
            commands.push(SettingsCommand::SetPictureBytes(chosen));
        }
    });
}

/// What the user is told unasked.
fn told_ui(ui: &mut Ui, settings: &SettingsState, commands: &mut Commands) {
    widgets::section_heading(ui, "Messages");
    let mut is_told = !settings.kept.is_quiet;
    if ui
        .checkbox(&mut is_told, "Tell me when a long run ends and this window is in the background")
        .changed()
    {
        commands.push(SettingsCommand::SetQuiet(!is_told));
    }
    let has_seen = !settings.kept.seen_hints.is_empty();
    if ui.add_enabled(has_seen, Button::new("Show hints again")).clicked() {
        commands.push(SettingsCommand::ShowHintsAgain);
    }
}

/// By what the window is drawn, where there is a choice.
fn graphics_ui(ui: &mut Ui, settings: &SettingsState, commands: &mut Commands) {
    let all = GraphicsChoice::all();
    if all.len() > 1 {
        row(ui, "Window drawn by", |ui| {
            let mut chosen = settings.kept.graphics;
            let explained = |choice| match choice {
                GraphicsChoice::Automatic => "The first way that works. Graphics cards are tried first.",
                GraphicsChoice::Software => "Without a graphics card, from the next start on.",
                _ => {
                    "This way is tried first, from the next start on. If it does not work, others are tried."
                }
            };
            let options: Vec<_> =
                all.iter().map(|choice| (*choice, choice.name().to_owned(), explained(*choice))).collect();
            choice_ui(ui, "Window drawn by", &mut chosen, &options);
            if chosen != settings.kept.graphics {
                commands.push(SettingsCommand::SetGraphics(chosen));
            }
        });
    }
    if let Some(drawn_by) = &settings.drawn_by {
        let text = format!("Drawn by {}.", drawn_by.words());
        let text = drawn_by.note().map_or_else(|| text.clone(), |note| format!("{text} {note}"));
        ui.add(Label::new(theme::caption(ui, whole(&text))).wrap());
    }
}
