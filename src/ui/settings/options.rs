//! How runs treat memory, threads and files.

use egui::{DragValue, Ui};

use super::rows::{choice_ui, row};
use crate::app::{Commands, SettingsCommand, SettingsState};
use crate::engine::CacheState;
use crate::image::Compression;
use crate::plan::{AfterClear, Intermediates};
use crate::plate::SaveAs;
use crate::ui::widgets;

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
            "Wells that are processed together. More images are in memory. Wells with few images are done faster.",
        );
        if response.accessible_name("Wells at once").changed() {
            commands.push(SettingsCommand::SetWellsAtOnce((wells != 1).then_some(wells)));
        }
    });
    row(ui, "Read ahead", |ui| {
        let mut chosen = settings.kept.read_ahead;
        let options = [
            (false, "off", "Images are read when they are needed."),
            (
                true,
                "next images",
                "The next combination is read while the present one is processed. This is faster with slow disks, \
                 but both are in memory.",
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
                "Named and described like a MetaXpress export. Most programs recognise the names.",
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
            ui.label("Zstandard").on_hover_text("OME-Zarr is always compressed this way.");
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
                "Before a comparison, all files are read once, so that both runs find them in the system's page cache.",
            ),
            (
                CacheState::Cold,
                "from disk",
                "Before each run, its files are removed from the system's page cache, so that they are read from the disk.",
            ),
        ];
        choice_ui(ui, "Files", &mut chosen, &options);
        if chosen != settings.kept.cache {
            commands.push(SettingsCommand::SetCache(chosen));
        }
    });
}
