//! The system's own dialogs, and what is done at once with what was chosen. They block their thread,
//! so none of this is called on the window's.

use std::path::{Path, PathBuf};

use super::desktop::{Answer, Dialogs, Question, Wanted};
use super::images::messages::ImagesEvent;
use super::images::view_picture::ViewPicture;
use super::pipeline::messages::PipelineEvent;
use super::start::messages::StartEvent;
use crate::export;
use crate::pipeline::{PipelineSpec, file};
use crate::plate::destination;

/// What is said where no dialog may have come up, after what did not happen.
pub(super) const PERHAPS_NO_DIALOG: &str = "Where no dialog came up, the desktop has none: it needs a desktop portal \
                                            (xdg-desktop-portal) or zenity.";

/// Asks for a plate folder.
pub(super) fn pick_folder(dialogs: &dyn Dialogs, from: Option<&Path>, by_names: bool) -> StartEvent {
    let title = if by_names { "Open a folder by its file names" } else { "Open a plate folder" };
    match dialogs.ask(Question { wanted: Wanted::Folder, title, begin_in: from, kind: None }) {
        Answer::Absent | Answer::Unclear => StartEvent::NoFolderDialog,
        Answer::Dismissed => StartEvent::FolderPicked { path: None, by_names },
        Answer::Chosen(path) => StartEvent::FolderPicked { path: Some(path), by_names },
    }
}

/// Asks for a file, and saves a pipeline in it.
pub(super) fn save_pipeline(
    dialogs: &dyn Dialogs,
    pipeline: PipelineSpec,
    never_in: &Path,
    begin_in: &Path,
) -> PipelineEvent {
    let (wanted, title) = (Wanted::NewFile("pipeline.ron"), "Save the pipeline");
    match dialogs.ask(Question { wanted, title, begin_in: nearest(begin_in), kind: Some(PIPELINE) }) {
        Answer::Absent | Answer::Unclear => PipelineEvent::NoDialog,
        Answer::Dismissed => PipelineEvent::Dismissed,
        Answer::Chosen(path) => save_pipeline_as(path, pipeline, never_in),
    }
}

/// Asks for a file to export to. On a desktop without dialogs it is one of that name in the folder of results.
pub(super) fn export_file(
    dialogs: &dyn Dialogs,
    results: &Path,
    name: &str,
    kind: &str,
    ending: &str,
) -> Answer {
    let (wanted, endings) = (Wanted::NewFile(name), [ending]);
    match dialogs.ask(Question {
        wanted,
        title: "Export",
        begin_in: nearest(results),
        kind: Some((kind, &endings)),
    }) {
        Answer::Absent => Answer::Chosen(results.join(name)),
        Answer::Chosen(mut path) => {
            // Other programs tell what a file is by its name.
            if path.extension().is_none_or(|found| !found.eq_ignore_ascii_case(ending)) {
                path.as_mut_os_string().push(format!(".{ending}"));
            }
            Answer::Chosen(path)
        }
        other => other,
    }
}

/// Asks for a folder in which one of a name is made for an export. On a desktop without dialogs it is made in
/// the folder of results.
pub(super) fn export_folder(dialogs: &dyn Dialogs, results: &Path, name: &str) -> Answer {
    let (wanted, title) = (Wanted::Folder, "Export into a folder");
    match dialogs.ask(Question { wanted, title, begin_in: nearest(results), kind: None }) {
        Answer::Absent => Answer::Chosen(results.join(name)),
        Answer::Chosen(folder) => Answer::Chosen(folder.join(name)),
        other => other,
    }
}

/// Asks for a folder of runs; `None` where the user chose none.
pub(super) fn pick_runs_folder(dialogs: &dyn Dialogs, results: &Path) -> Result<Option<PathBuf>, String> {
    let (wanted, title) = (Wanted::Folder, "A folder with runs");
    match dialogs.ask(Question { wanted, title, begin_in: nearest(results), kind: None }) {
        Answer::Absent | Answer::Unclear => Err(format!(
            "No folder was chosen. {PERHAPS_NO_DIALOG} Runs in the folder of results ({}) are found by themselves: \
             move them there.",
            results.display()
        )),
        Answer::Dismissed => Ok(None),
        Answer::Chosen(folder) => Ok(Some(folder)),
    }
}

/// Asks for the folder of a workflow; `None` where the user chose none.
pub(super) fn pick_workflow_folder(dialogs: &dyn Dialogs) -> Result<Option<PathBuf>, String> {
    let (wanted, title) = (Wanted::Folder, "A folder that the cluster sees");
    match dialogs.ask(Question { wanted, title, begin_in: None, kind: None }) {
        Answer::Absent | Answer::Unclear => {
            Err(format!("No folder was chosen. {PERHAPS_NO_DIALOG} Type the path of the folder instead."))
        }
        Answer::Dismissed => Ok(None),
        Answer::Chosen(folder) => Ok(Some(folder)),
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
pub(super) fn load_pipeline(dialogs: &dyn Dialogs, begin_in: &Path) -> PipelineEvent {
    let (wanted, title) = (Wanted::File, "Load a pipeline");
    match dialogs.ask(Question { wanted, title, begin_in: nearest(begin_in), kind: Some(PIPELINE) }) {
        Answer::Absent | Answer::Unclear => PipelineEvent::NoDialog,
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
    let name = format!("{}.png", picture.name);
    let (wanted, kind) = (Wanted::NewFile(&name), Some(PNG));
    match dialogs.ask(Question { wanted, title: "Save the view", begin_in: nearest(begin_in), kind }) {
        Answer::Absent | Answer::Unclear => ImagesEvent::NoDialog,
        Answer::Dismissed => ImagesEvent::Dismissed,
        Answer::Chosen(path) => save_view_as(path, picture, never_in),
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
    dialogs: &dyn Dialogs,
    what: &str,
    begin_in: &Path,
    picked: impl FnOnce(PathBuf) -> PipelineEvent,
) -> PipelineEvent {
    let title = &format!("Choose a {what} image");
    let (wanted, kind) = (Wanted::File, Some(TIFF));
    match dialogs.ask(Question { wanted, title, begin_in: Some(begin_in), kind }) {
        Answer::Absent | Answer::Unclear => PipelineEvent::NoDialog,
        Answer::Dismissed => PipelineEvent::Dismissed,
        Answer::Chosen(path) => picked(path),
    }
}

/// Kinds of files with the endings of their names.
const PIPELINE: (&str, &[&str]) = ("Pipeline (RON)", &["ron"]);
const PNG: (&str, &[&str]) = ("Picture (PNG)", &["png"]);
const TIFF: (&str, &[&str]) = ("TIFF image", &["tif", "tiff", "TIF"]);

/// A folder, or the one around it until that is made.
fn nearest(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.is_dir())
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
        for (answer, is_told) in [(Answer::Dismissed, false), (Answer::Unclear, true), (Answer::Absent, true)]
        {
            let dialogs = &Always(answer.clone());
            let event = pick_folder(dialogs, None, false);
            assert_eq!(matches!(event, StartEvent::NoFolderDialog), is_told, "{answer:?}");
            for event in [
                save_pipeline(dialogs, pipeline.clone(), plate, &results),
                load_pipeline(dialogs, &results),
                pick_image(dialogs, "dark", &results, |path| panic!("{}", path.display())),
            ] {
                let is_as_expected = match event {
                    PipelineEvent::NoDialog => is_told,
                    PipelineEvent::Dismissed => !is_told,
                    _ => false,
                };
                assert!(is_as_expected, "{answer:?}: {event:?}");
            }
            let event = save_view(dialogs, &picture, plate, &results);
            let is_as_expected = match event {
                ImagesEvent::NoDialog => is_told,
                ImagesEvent::Dismissed => !is_told,
                _ => false,
            };
            assert!(is_as_expected, "{answer:?}: {event:?}");
            match pick_runs_folder(dialogs, &results) {
                Ok(None) => assert!(!is_told),
                Err(why) => assert!(is_told && why.contains("xdg-desktop-portal"), "{why}"),
                Ok(Some(folder)) => panic!("{}", folder.display()),
            }
        }
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
