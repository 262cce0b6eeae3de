//! The system's own dialogs, and what is done at once with what was chosen. They block their thread,
//! so none of this is called on the window's.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::messages::{AppEvent, PipelineFileEvent};
use crate::pipeline::{PipelineSpec, file};

/// A dialog that comes to nothing within this time was never shown.
const NO_DIALOG: Duration = Duration::from_millis(300);

/// What came of a dialog.
enum Asked {
    /// The desktop has none.
    NoDialog,
    /// The user chose nothing.
    Dismissed,
    /// The user chose this.
    Chosen(PathBuf),
}

/// Shows a dialog, and waits for it.
fn ask(dialog: impl FnOnce() -> Option<PathBuf>) -> Asked {
    let began = Instant::now();
    match dialog() {
        Some(path) => Asked::Chosen(path),
        // No one cancels a dialog that fast: there was none.
        None if began.elapsed() < NO_DIALOG => Asked::NoDialog,
        None => Asked::Dismissed,
    }
}

/// Asks for a plate folder.
pub(super) fn pick_folder(from: Option<&Path>) -> AppEvent {
    let mut dialog = rfd::FileDialog::new().set_title("Open a plate folder");
    if let Some(from) = from {
        dialog = dialog.set_directory(from);
    }
    match ask(|| dialog.pick_folder()) {
        Asked::NoDialog => AppEvent::NoFolderDialog,
        Asked::Dismissed => AppEvent::FolderPicked(None),
        Asked::Chosen(path) => AppEvent::FolderPicked(Some(path)),
    }
}

/// Asks for a file, and saves a pipeline in it.
pub(super) fn save_pipeline(pipeline: PipelineSpec, never_in: &Path, begin_in: &Path) -> PipelineFileEvent {
    let dialog = pipeline_dialog("Save the pipeline", begin_in).set_file_name("pipeline.ron");
    match ask(|| dialog.save_file()) {
        Asked::NoDialog => PipelineFileEvent::NoDialog,
        Asked::Dismissed => PipelineFileEvent::Dismissed,
        Asked::Chosen(path) => save_pipeline_as(path, pipeline, never_in),
    }
}

fn save_pipeline_as(path: PathBuf, pipeline: PipelineSpec, never_in: &Path) -> PipelineFileEvent {
    // As the system sees them: a link may lead into the plate.
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if path.parent().is_some_and(|folder| real(folder).starts_with(real(never_in))) {
        return PipelineFileEvent::Failed(format!(
            "{} lies in the plate folder, which is never written to. Choose another folder.",
            path.display()
        ));
    }
    match file::write(&path, &pipeline) {
        Ok(()) => PipelineFileEvent::Saved { path, pipeline },
        Err(error) => PipelineFileEvent::Failed(error.to_string()),
    }
}

/// Asks for a file, and loads a pipeline from it.
pub(super) fn load_pipeline(begin_in: &Path) -> PipelineFileEvent {
    let dialog = pipeline_dialog("Load a pipeline", begin_in);
    match ask(|| dialog.pick_file()) {
        Asked::NoDialog => PipelineFileEvent::NoDialog,
        Asked::Dismissed => PipelineFileEvent::Dismissed,
        Asked::Chosen(path) => match file::read(&path) {
            Ok(pipeline) => PipelineFileEvent::Loaded { path, pipeline },
            Err(error) => PipelineFileEvent::Failed(error.to_string()),
        },
    }
}

/// Asks for a flat or a dark image.
pub(super) fn pick_light(
    is_dark: bool,
    begin_in: &Path,
    picked: impl FnOnce(PathBuf) -> PipelineFileEvent,
) -> PipelineFileEvent {
    let title = if is_dark { "Choose a dark image" } else { "Choose a flat image" };
    let dialog = rfd::FileDialog::new().set_title(title).add_filter("TIFF image", &["tif", "tiff", "TIF"]);
    match ask(|| dialog.set_directory(begin_in).pick_file()) {
        Asked::NoDialog => PipelineFileEvent::NoDialog,
        Asked::Dismissed => PipelineFileEvent::Dismissed,
        Asked::Chosen(path) => picked(path),
    }
}

/// A dialog for pipeline files that begins in a folder, or in the one around it until that is made.
fn pipeline_dialog(title: &str, begin_in: &Path) -> rfd::FileDialog {
    let dialog = rfd::FileDialog::new().set_title(title).add_filter("Pipeline (RON)", &["ron"]);
    match begin_in.ancestors().find(|folder| folder.is_dir()) {
        Some(folder) => dialog.set_directory(folder),
        None => dialog,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipeline_is_not_saved_in_the_plate() {
        let folder = tempfile::tempdir().unwrap();
        let (plate, beside) = (folder.path().join("plate"), folder.path().join("pipeline.ron"));
        std::fs::create_dir_all(plate.join("images")).unwrap();
        let pipeline = PipelineSpec::default();
        let within = save_pipeline_as(plate.join("images/pipeline.ron"), pipeline.clone(), &plate);
        assert!(
            matches!(&within, PipelineFileEvent::Failed(why) if why.contains("never written")),
            "{within:?}"
        );
        assert_eq!(std::fs::read_dir(plate.join("images")).unwrap().count(), 0);
        let saved = save_pipeline_as(beside.clone(), pipeline.clone(), &plate);
        assert!(matches!(saved, PipelineFileEvent::Saved { .. }), "{saved:?}");
        assert_eq!(file::read(&beside).unwrap(), pipeline);
    }
}
