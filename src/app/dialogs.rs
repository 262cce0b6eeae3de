//! The system's own dialogs, and what is done at once with what was chosen. They block their thread,
//! so none of this is called on the window's.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::images::messages::ImagesEvent;
use super::images::view_picture::ViewPicture;
use super::pipeline::messages::PipelineEvent;
use super::start::messages::StartEvent;
use crate::export;
use crate::pipeline::{PipelineSpec, file};
use crate::plate::destination;

/// A dialog that comes to nothing within this time was never shown.
const NO_DIALOG: Duration = Duration::from_millis(1000);

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
pub(super) fn pick_folder(from: Option<&Path>) -> StartEvent {
    let mut dialog = rfd::FileDialog::new().set_title("Open a plate folder");
    if let Some(from) = from {
        dialog = dialog.set_directory(from);
    }
    match ask(|| dialog.pick_folder()) {
        Asked::NoDialog => StartEvent::NoFolderDialog,
        Asked::Dismissed => StartEvent::FolderPicked(None),
        Asked::Chosen(path) => StartEvent::FolderPicked(Some(path)),
    }
}

/// Asks for a file, and saves a pipeline in it.
pub(super) fn save_pipeline(pipeline: PipelineSpec, never_in: &Path, begin_in: &Path) -> PipelineEvent {
    let dialog = pipeline_dialog("Save the pipeline", begin_in).set_file_name("pipeline.ron");
    match ask(|| dialog.save_file()) {
        Asked::NoDialog => PipelineEvent::NoDialog,
        Asked::Dismissed => PipelineEvent::Dismissed,
        Asked::Chosen(path) => save_pipeline_as(path, pipeline, never_in),
    }
}

/// Where an export goes.
pub(super) enum Destination {
    /// The user chose no place.
    Dismissed,
    /// A file, or the folder of several.
    Path(PathBuf),
}

/// Asks for a file to export to; without a dialog it is one of that name in the folder of results.
pub(super) fn export_file(results: &Path, name: &str, kind: &str, extension: &str) -> Destination {
    let dialog = dialog_in("Export", results).add_filter(kind, &[extension]).set_file_name(name);
    match ask(|| dialog.save_file()) {
        Asked::NoDialog => Destination::Path(results.join(name)),
        Asked::Dismissed => Destination::Dismissed,
        Asked::Chosen(mut path) => {
            // Other programs tell what a file is by its name.
            if path.extension().is_none_or(|found| !found.eq_ignore_ascii_case(extension)) {
                path.as_mut_os_string().push(format!(".{extension}"));
            }
            Destination::Path(path)
        }
    }
}

/// Asks for a folder in which one of a name is made for an export; without a dialog that of results.
pub(super) fn export_folder(results: &Path, name: &str) -> Destination {
    let dialog = dialog_in("Export into a folder", results);
    match ask(|| dialog.pick_folder()) {
        Asked::NoDialog => Destination::Path(results.join(name)),
        Asked::Dismissed => Destination::Dismissed,
        Asked::Chosen(folder) => Destination::Path(folder.join(name)),
    }
}

/// Asks for a folder of runs; `None` where the user chose none.
pub(super) fn pick_runs_folder(results: &Path) -> Result<Option<PathBuf>, String> {
    match ask(|| dialog_in("A folder with runs", results).pick_folder()) {
        Asked::NoDialog => {
            Err("The desktop has no folder dialog. Runs in the folder of results are found by \
                                themselves: move them there."
                .to_owned())
        }
        Asked::Dismissed => Ok(None),
        Asked::Chosen(folder) => Ok(Some(folder)),
    }
}

fn save_pipeline_as(path: PathBuf, pipeline: PipelineSpec, never_in: &Path) -> PipelineEvent {
    let written = destination(&path, [never_in])
        .map_err(|refused| format!("{refused}."))
        .and_then(|place| file::write(&place, &pipeline).map_err(|error| error.to_string()));
    match written {
        Ok(()) => PipelineEvent::Saved { path, pipeline },
        Err(why) => PipelineEvent::Failed(why),
    }
}

/// Asks for a file, and loads a pipeline from it.
pub(super) fn load_pipeline(begin_in: &Path) -> PipelineEvent {
    let dialog = pipeline_dialog("Load a pipeline", begin_in);
    match ask(|| dialog.pick_file()) {
        Asked::NoDialog => PipelineEvent::NoDialog,
        Asked::Dismissed => PipelineEvent::Dismissed,
        Asked::Chosen(path) => match file::read(&path) {
            Ok(pipeline) => PipelineEvent::Loaded { path, pipeline },
            Err(error) => PipelineEvent::Failed(error.to_string()),
        },
    }
}

/// Asks for a file, and saves a picture of the view in it as PNG.
pub(super) fn save_view(picture: &ViewPicture, never_in: &Path, begin_in: &Path) -> ImagesEvent {
    let dialog = dialog_in("Save the view", begin_in)
        .add_filter("Picture (PNG)", &["png"])
        .set_file_name(format!("{}.png", picture.name));
    match ask(|| dialog.save_file()) {
        Asked::NoDialog => ImagesEvent::NoDialog,
        Asked::Dismissed => ImagesEvent::Dismissed,
        Asked::Chosen(path) => save_view_as(path, picture, never_in),
    }
}

fn save_view_as(mut path: PathBuf, picture: &ViewPicture, never_in: &Path) -> ImagesEvent {
    // Other programs tell what a file is by its name.
    if path.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("png")) {
        path.as_mut_os_string().push(".png");
    }
    let place = match destination(&path, [never_in]) {
        Ok(place) => place,
        Err(refused) => return ImagesEvent::Failed(format!("{refused}.")),
    };
    let png = match picture.to_png() {
        Ok(png) => png,
        Err(error) => {
            return ImagesEvent::Failed(format!("{}: no PNG could be made: {error}", path.display()));
        }
    };
    match export::write(&place, &png) {
        Ok(()) => ImagesEvent::Saved { path, size: picture.size },
        Err(error) => ImagesEvent::Failed(error.to_string()),
    }
}

/// Asks for an image of a kind: a flat one, a dark one.
pub(super) fn pick_image(
    what: &str,
    begin_in: &Path,
    picked: impl FnOnce(PathBuf) -> PipelineEvent,
) -> PipelineEvent {
    let title = format!("Choose a {what} image");
    let dialog = rfd::FileDialog::new().set_title(title).add_filter("TIFF image", &["tif", "tiff", "TIF"]);
    match ask(|| dialog.set_directory(begin_in).pick_file()) {
        Asked::NoDialog => PipelineEvent::NoDialog,
        Asked::Dismissed => PipelineEvent::Dismissed,
        Asked::Chosen(path) => picked(path),
    }
}

/// A dialog for pipeline files.
fn pipeline_dialog(title: &str, begin_in: &Path) -> rfd::FileDialog {
    dialog_in(title, begin_in).add_filter("Pipeline (RON)", &["ron"])
}

/// A dialog that begins in a folder, or in the one around it until that is made.
fn dialog_in(title: &str, begin_in: &Path) -> rfd::FileDialog {
    let dialog = rfd::FileDialog::new().set_title(title);
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
        assert!(matches!(&within, PipelineEvent::Failed(why) if why.contains("never written")), "{within:?}");
        assert_eq!(std::fs::read_dir(plate.join("images")).unwrap().count(), 0);
        let saved = save_pipeline_as(beside.clone(), pipeline.clone(), &plate);
        assert!(matches!(saved, PipelineEvent::Saved { .. }), "{saved:?}");
        assert_eq!(file::read(&beside).unwrap(), pipeline);
    }

    #[test]
    fn a_view_is_a_png_beside_the_plate_and_never_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let plate = folder.path().join("plate");
        std::fs::create_dir_all(&plate).unwrap();
        let rgb = (0..2 * 3 * 3).collect::<Vec<u8>>().into();
        let picture = ViewPicture { name: "B02".to_owned(), size: [2, 3], rgb };
        for (name, saved) in [("view.png", "view.png"), ("view", "view.png"), ("a.b", "a.b.png")] {
            let event = save_view_as(folder.path().join(name), &picture, &plate);
            let path = folder.path().join(saved);
            let is_it = |event: &ImagesEvent| match event {
                ImagesEvent::Saved { path: at, size } => *at == path && *size == [2, 3],
                _ => false,
            };
            assert!(is_it(&event), "{event:?}");
            let back = image::open(&path).unwrap().to_rgb8();
            assert_eq!(back.as_raw().as_slice(), &*picture.rgb);
        }
        let within = save_view_as(plate.join("view.png"), &picture, &plate);
        assert!(matches!(&within, ImagesEvent::Failed(why) if why.contains("never written")), "{within:?}");
        let nowhere = folder.path().join("view.png/in a file.png");
        let failed = save_view_as(nowhere, &picture, &plate);
        assert!(matches!(&failed, ImagesEvent::Failed(why) if why.contains("choose a folder")), "{failed:?}");
        let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(names.into_iter().all(|name| !name.to_string_lossy().ends_with(".part")));
        assert_eq!(std::fs::read_dir(&plate).unwrap().count(), 0);
    }
}
