//! How runs treat memory, threads and files, and by what the window is drawn.

use egui::{Align, ComboBox, DragValue, Label, Layout, Ui};

use super::theme;
use super::widgets;
use crate::app::settings::GraphicsChoice;
use crate::app::{Commands, SettingsCommand, SettingsState};
use crate::engine::CacheState;
use crate::image::Compression;
use crate::plan::{AfterClear, Intermediates};
use crate::plate::SaveAs;
use crate::shown_text::whole;

/// The section with the options of runs.
pub(crate) fn options_ui(ui: &mut Ui, settings: &SettingsState, commands: &mut Commands) {
    widgets::section_heading(ui, "Options");
    row(ui, "Threads", |ui| {
        let mut threads = settings.kept.threads_on(&settings.machine);
        let most = settings.machine.cores.max(1) * 2;
        let response = ui.add(DragValue::new(&mut threads).range(1..=most).speed(0.05));
        if response.accessible_name("Threads").changed() {
            commands
                .push(SettingsCommand::SetThreads((threads != settings.machine.cores).then_some(threads)));
        }
    });
    row(ui, "After a clear", |ui| {
        let mut chosen = settings.kept.after_clear;
        let options = [
            (AfterClear::Return, "return memory", "Memory goes back to the system after each combination."),
            (AfterClear::Keep, "keep memory", "Memory is kept for the next combination."),
        ];
        choice_ui(ui, "After a clear", &mut chosen, &options);
        if chosen != settings.kept.after_clear {
            commands.push(SettingsCommand::SetAfterClear(chosen));
        }
    });
    row(ui, "Between steps", |ui| {
        let mut chosen = settings.kept.intermediates;
        let options = [
            (Intermediates::Free, "free images", "Each image is released after its last use."),
            (Intermediates::Hold, "hold images", "All images are held until the clear."),
        ];
        choice_ui(ui, "Between steps", &mut chosen, &options);
        if chosen != settings.kept.intermediates {
            commands.push(SettingsCommand::SetIntermediates(chosen));
        }
    });
    row(ui, "Wells at once", |ui| {
        let mut wells = settings.kept.wells_at_once.unwrap_or(1);
        let response = ui.add(DragValue::new(&mut wells).range(1..=384).speed(0.05));
        let response = response.on_hover_text(
            "Wells that are processed together: more images in memory, and less waiting for the last \
             image of each well where wells have few.",
        );
        if response.accessible_name("Wells at once").changed() {
            commands.push(SettingsCommand::SetWellsAtOnce((wells != 1).then_some(wells)));
        }
    });
    row(ui, "Read ahead", |ui| {
        let mut chosen = settings.kept.read_ahead;
        let options = [
            (false, "off", "Images are read when their turn has come."),
            (
                true,
                "next images",
                "The next combination is read while the one at hand is worked on: faster from slow \
                 disks, and both are in memory.",
            ),
        ];
        choice_ui(ui, "Read ahead", &mut chosen, &options);
        if chosen != settings.kept.read_ahead {
            commands.push(SettingsCommand::SetReadAhead(chosen));
        }
    });
    row(ui, "Saved as", |ui| {
        let mut chosen = settings.kept.save_as;
        let options = [
            (
                SaveAs::Tiff,
                SaveAs::Tiff.title(),
                "Named and described as MetaXpress exports them: most programs know them by their names.",
            ),
            (
                SaveAs::OmeTiff,
                SaveAs::OmeTiff.title(),
                "For programs that read OME-TIFF: each file names the companion that describes the plate.",
            ),
            (
                SaveAs::OmeZarr,
                SaveAs::OmeZarr.title(),
                "For napari and archives: one plate, with smaller copies of each image for overviews.",
            ),
        ];
        choice_ui(ui, "Saved as", &mut chosen, &options);
        if chosen != settings.kept.save_as {
            commands.push(SettingsCommand::SetSaveAs(chosen));
        }
    });
    row(ui, "Saved images", |ui| {
        if settings.kept.save_as == SaveAs::OmeZarr {
            ui.label("Zstandard").on_hover_text("OME-Zarr is always compressed so.");
            return;
        }
        let mut chosen = settings.kept.compression;
        let options = [
            (Compression::None, "uncompressed", "The fastest; every program reads it."),
            (Compression::Lzw, "LZW", "Smaller, and the slowest to write; every program reads it."),
            (
                Compression::Deflate,
                "deflate",
                "The smallest, and slow to write; nearly every program reads it.",
            ),
            (Compression::Zstd, "Zstandard", "Smaller, and fast to write; some programs cannot read it."),
        ];
        choice_ui(ui, "Saved images", &mut chosen, &options);
        if chosen != settings.kept.compression {
            commands.push(SettingsCommand::SetCompression(chosen));
        }
    });
    row(ui, "Files", |ui| {
        let mut chosen = settings.kept.cache;
        let options = [
            (
                CacheState::Warm,
                "from memory",
                "To compare, all files are read once beforehand, so that both runs find them in the \
                 system's page cache.",
            ),
            (
                CacheState::Cold,
                "from disk",
                "Before each run its files are taken out of the system's page cache, so that they are \
                 read from disk.",
            ),
        ];
        choice_ui(ui, "Files", &mut chosen, &options);
        if chosen != settings.kept.cache {
            commands.push(SettingsCommand::SetCache(chosen));
        }
    });
    graphics_ui(ui, settings, commands);
}

/// By what the window is drawn, where there is a choice.
fn graphics_ui(ui: &mut Ui, settings: &SettingsState, commands: &mut Commands) {
    let all = GraphicsChoice::all();
    if all.len() > 1 {
        row(ui, "Window drawn by", |ui| {
            let mut chosen = settings.kept.graphics;
            let explained = |choice| match choice {
                GraphicsChoice::Automatic => {
                    "The first way that shows the window, a graphics card before all."
                }
                GraphicsChoice::Software => "By no graphics card, from the next start on.",
                _ => "First, from the next start on; where it does not work, by what does.",
            };
            let options: Vec<_> =
                all.iter().map(|choice| (*choice, choice.name(), explained(*choice))).collect();
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

fn row(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.label(theme::weak(ui, name));
        ui.with_layout(Layout::right_to_left(Align::Center), add);
    });
}

fn choice_ui<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    chosen: &mut T,
    options: &[(T, &'static str, &'static str)],
) {
    let text = options.iter().find(|(value, ..)| value == chosen).map_or("", |(_, text, _)| text);
    let combo = ComboBox::from_id_salt(name).width(128.0).selected_text(text).show_ui(ui, |ui| {
        for (value, text, explanation) in options {
            ui.selectable_value(chosen, *value, *text).on_hover_text(*explanation);
        }
    });
    combo.response.accessible_name(name);
}
