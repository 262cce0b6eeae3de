//! What users are asked for in dialogs, and what is done at once with what was chosen. Dialogs block their thread,
//! so none of this is called on the window's.

use std::path::{Path, PathBuf};

use super::desktop::{Answer, Dialogs, FileKind, Question, Wanted};
use super::images::messages::ImagesEvent;
use super::images::view_picture::ViewPicture;
use super::pipeline::messages::PipelineEvent;
use super::start::messages::StartEvent;
use crate::export;
use crate::pipeline::{PipelineSpec, file};
use crate::plate::{NONE_OPEN, destination};

/// Asks for a plate folder.
pub(super) fn pick_folder(dialogs: &dyn Dialogs, from: Option<PathBuf>, by_names: bool) -> StartEvent {
    let title = if by_names { "Open a folder by its file names" } else { "Open a plate folder" };
    StartEvent::FolderPicked { path: folder(dialogs, title, from), by_names }
}

/// Asks for a file, and saves a pipeline in it.
pub(super) fn save_pipeline(
    dialogs: &dyn Dialogs,
    pipeline: PipelineSpec,
    never_in: &Path,
    begin_in: &Path,
) -> PipelineEvent {
    match new_file(dialogs, "Save the pipeline", "pipeline.ron", PIPELINE, begin_in) {
        Answer::Dismissed => PipelineEvent::Dismissed,
        Answer::Chosen(path) => save_pipeline_as(path, pipeline, never_in),
    }
}

/// Asks for a file to export to.
pub(super) fn export_file(dialogs: &dyn Dialogs, results: &Path, name: &str, kind: FileKind) -> Answer {
    match new_file(dialogs, "Export", name, kind, results) {
        // Other programs tell what a file is by its name.
        Answer::Chosen(path) => Answer::Chosen(kind.named(path)),
        Answer::Dismissed => Answer::Dismissed,
    }
}

/// Asks for a folder in which one of a name is made for an export.
pub(super) fn export_folder(dialogs: &dyn Dialogs, results: &Path, name: &str) -> Answer {
    match folder(dialogs, "Export into a folder", nearest(results)) {
        Some(folder) => Answer::Chosen(folder.join(name)),
        None => Answer::Dismissed,
    }
}

/// Asks for a folder of runs; `None` where the user chose none.
pub(super) fn pick_runs_folder(dialogs: &dyn Dialogs, results: &Path) -> Option<PathBuf> {
    folder(dialogs, "A folder with runs", nearest(results))
}

/// Asks for the folder of results; `None` where the user chose none.
///
/// # Errors
/// Why no results can go there.
pub(super) fn pick_results_folder(dialogs: &dyn Dialogs, from: &Path) -> Option<Result<PathBuf, String>> {
    let picked = folder(dialogs, "The folder of results", nearest(from))?;
    let place = destination(&picked, NONE_OPEN).map_err(|error| format!("{error}."));
    Some(place.map(|_| picked))
}

/// Asks for the folder of a workflow; `None` where the user chose none.
pub(super) fn pick_workflow_folder(dialogs: &dyn Dialogs) -> Option<PathBuf> {
    folder(dialogs, "A folder that the cluster sees", None)
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
pub(super) fn load_pipeline(dialogs: &dyn Dialogs, begin_in: &Path) -> PipelineEvent {
    match file_of(dialogs, "Load a pipeline".to_owned(), PIPELINE, nearest(begin_in)) {
        Answer::Dismissed => PipelineEvent::Dismissed,
        Answer::Chosen(path) => match file::read(&path) {
            Ok(pipeline) => PipelineEvent::Loaded { path, pipeline },
            Err(error) => PipelineEvent::Failed(error.to_string()),
        },
    }
}

/// Asks for a file, and saves a picture of the view in it as PNG.
pub(super) fn save_view(
    dialogs: &dyn Dialogs,
    picture: &ViewPicture,
    never_in: &Path,
    begin_in: &Path,
) -> ImagesEvent {
    match new_file(dialogs, "Save the view", &format!("{}.png", picture.name), PNG, begin_in) {
        Answer::Dismissed => ImagesEvent::Dismissed,
        Answer::Chosen(path) => save_view_as(path, picture, never_in),
    }
}

fn save_view_as(path: PathBuf, picture: &ViewPicture, never_in: &Path) -> ImagesEvent {
    let path = PNG.named(path);
    let place = match destination(&path, [never_in]) {
        Ok(place) => place,
        Err(refused) => return ImagesEvent::Failed(format!("{refused}.")),
    };
    let png = match picture.to_png() {
        Ok(png) => png,
        Err(error) => {
            return ImagesEvent::Failed(format!("{}: the PNG could not be made: {error}", path.display()));
        }
    };
    match export::write(&place, &png) {
        Ok(()) => ImagesEvent::Saved { path, size: picture.size },
        Err(error) => ImagesEvent::Failed(error.to_string()),
    }
}

/// Asks for an image of a kind: a flat one, a dark one.
pub(super) fn pick_image(
    dialogs: &dyn Dialogs,
    what: &str,
    begin_in: PathBuf,
    picked: impl FnOnce(PathBuf) -> PipelineEvent,
) -> PipelineEvent {
    match file_of(dialogs, format!("Choose a {what} image"), TIFF, Some(begin_in)) {
        Answer::Dismissed => PipelineEvent::Dismissed,
        Answer::Chosen(path) => picked(path),
    }
}

const PIPELINE: FileKind = FileKind { name: "Pipeline (RON)", endings: &["ron"] };
pub(super) const PNG: FileKind = FileKind { name: "Picture (PNG)", endings: &["png"] };
pub(super) const SVG: FileKind = FileKind { name: "Picture (SVG)", endings: &["svg"] };
const TIFF: FileKind = FileKind { name: "TIFF image", endings: &["tif", "tiff", "TIF"] };

fn folder(dialogs: &dyn Dialogs, title: &str, begin_in: Option<PathBuf>) -> Option<PathBuf> {
    let question = Question { wanted: Wanted::Folder, title: title.to_owned(), begin_in, kind: None };
    match dialogs.ask(question) {
        Answer::Dismissed => None,
        Answer::Chosen(folder) => Some(folder),
    }
}

fn file_of(dialogs: &dyn Dialogs, title: String, kind: FileKind, begin_in: Option<PathBuf>) -> Answer {
    dialogs.ask(Question { wanted: Wanted::File, title, begin_in, kind: Some(kind) })
}

fn new_file(dialogs: &dyn Dialogs, title: &str, name: &str, kind: FileKind, begin_in: &Path) -> Answer {
    let wanted = Wanted::NewFile(name.to_owned());
    let (title, begin_in) = (title.to_owned(), nearest(begin_in));
    dialogs.ask(Question { wanted, title, begin_in, kind: Some(kind) })
}

/// A folder, or the one around it until that is made.
fn nearest(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|folder| folder.is_dir()).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::desktop::tests::Always;

    #[test]
    fn without_an_answer_nothing_is_chosen_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("results");
        let (plate, pipeline) = (Path::new("/plate"), PipelineSpec::default());
        let picture = ViewPicture { name: "B02".to_owned(), size: [1, 1], rgb: vec![0, 0, 0].into() };
        let dialogs = &Always(Answer::Dismissed);
        let event = pick_folder(dialogs, None, false);
        assert!(matches!(event, StartEvent::FolderPicked { path: None, by_names: false }), "{event:?}");
        for event in [
            save_pipeline(dialogs, pipeline, plate, &results),
            load_pipeline(dialogs, &results),
            pick_image(dialogs, "dark", results.clone(), |path| panic!("{}", path.display())),
        ] {
            assert!(matches!(event, PipelineEvent::Dismissed), "{event:?}");
        }
        assert!(matches!(save_view(dialogs, &picture, plate, &results), ImagesEvent::Dismissed));
        assert_eq!(export_file(dialogs, &results, "a.svg", SVG), Answer::Dismissed);
        assert_eq!(export_folder(dialogs, &results, "a"), Answer::Dismissed);
        assert_eq!(pick_runs_folder(dialogs, &results), None);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

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
