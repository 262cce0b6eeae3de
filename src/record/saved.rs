//! The files that a record names: they are the run's own, and lie in its folder.
//!
//! A record may come from anybody. A path in it is looked for in the run's folder, and what leads out of that, by `..`, as
//! an absolute path or by a link, is not opened.

use std::path::Path;
use std::sync::Arc;

use super::RunRecord;
use crate::events::OutputImage;
use crate::image::{FileName, FileNames, ImageSource, PlaneAxes, SourceFiles, SourceFolder};

impl RunRecord {
    /// The run's folder; `None` where the record was not read from a file.
    pub fn folder(&self) -> Option<&Path> {
        self.summary.record.as_deref()?.parent()
    }

    /// Where an output lies; `None` where the run kept none. It is not opened where it leads out of the run's folder.
    pub fn source_of(&self, output: &OutputImage) -> Option<ImageSource> {
        source_in(self.folder()?, output)
    }

    /// The outputs that the run kept, as [`Self::source_of`] gives them.
    pub fn saved(&self) -> impl Iterator<Item = (&OutputImage, ImageSource)> {
        let run = self.folder();
        // There may be a million, which share their names and folders.
        let names: FileNames = self.outputs.iter().map(|output| name_of(output.path.as_deref())).collect();
        let mut files = None;
        self.outputs.iter().zip(names.shared()).filter_map(move |(output, name)| {
            let source = source(run?, output.path.as_deref()?, &name, plane_of(output), &mut files)?;
            Some((output, source))
        })
    }
}

/// Where an output of the run in a folder lies; `None` where none was kept.
pub(crate) fn source_in(run: &Path, output: &OutputImage) -> Option<ImageSource> {
    let path = output.path.as_deref()?;
    source(run, path, &name_of(Some(path)).into(), plane_of(output), &mut None)
}

/// The plane of an output, where that is one of an array.
fn plane_of(output: &OutputImage) -> Option<(u32, PlaneAxes)> {
    let axes = if output.in_colour { PlaneAxes::in_colour() } else { PlaneAxes::default() };
    Some((output.plane?, axes))
}

/// The last part of a path that a record names.
fn name_of(path: Option<&str>) -> &str {
    path.map_or("", |path| path.rsplit_once('/').map_or(path, |(_, name)| name))
}

/// The source at a path that a record names, of a plane where that is of an array. Those that follow each other share their
/// files.
fn source(
    run: &Path,
    named: &str,
    name: &FileName,
    plane: Option<(u32, PlaneAxes)>,
    files: &mut Option<Arc<SourceFiles>>,
) -> Option<ImageSource> {
    // Records of old have absolute paths.
    let below = Path::new(named).strip_prefix(run).ok();
    let path = below.map_or(Some(named), Path::to_str)?;
    let within = match path.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((within, _)) => within,
        None => "",
    };
    let (page, axes) = plane.map_or((0, None), |(plane, axes)| (plane, Some(axes)));
    let shared = files.take_if(|files| files.folder().within() == within && files.axes() == axes);
    let shared = match shared {
        Some(shared) if shared.have(name) => shared,
        _ => SourceFiles::new(&SourceFolder::closed(run, within), name, axes),
    };
    *files = Some(Arc::clone(&shared));
    Some(ImageSource::among(&shared, name, page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_lie_in_the_folder_of_their_run_or_are_not_opened() {
        let root = tempfile::tempdir().unwrap();
        let run = root.path().join("run");
        std::fs::create_dir_all(run.join("images/1-a")).unwrap();
        std::fs::write(run.join("images/1-a/own.tif"), "own").unwrap();
        std::fs::write(root.path().join("private.tif"), "private").unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(root.path().join("private.tif"), run.join("images/1-a/link.tif"))
                .unwrap();
            std::os::unix::fs::symlink(root.path(), run.join("images/2-b")).unwrap();
            std::os::unix::fs::symlink(run.join("images/1-a"), run.join("images/3-c")).unwrap();
        }
        let absolute = |path: &Path| path.to_str().unwrap().to_owned();
        let mut table = vec![
            ("images/1-a/own.tif".to_owned(), true),
            (absolute(&run.join("images/1-a/own.tif")), true),
            ("images/../images/1-a/own.tif".to_owned(), true),
            (absolute(&root.path().join("private.tif")), false),
            ("../private.tif".to_owned(), false),
            ("images/../../private.tif".to_owned(), false),
            ("/private.tif".to_owned(), false),
        ];
        if cfg!(unix) {
            let linked = [
                ("images/1-a/link.tif", false),
                ("images/2-b/private.tif", false),
                ("images/3-c/own.tif", true),
            ];
            table.extend(linked.map(|(path, is_own)| (path.to_owned(), is_own)));
        }
        let mut files = None;
        for (named, is_own) in table {
            let name = name_of(Some(&named)).into();
            let source = source(&run, &named, &name, None, &mut files).unwrap();
            assert_eq!(source.stamp().is_some(), is_own, "{named}");
            let why = source.decode_owned().unwrap_err().to_string();
            // What is its own is opened, and is no image.
            assert_eq!(why.contains("leads out of the run's folder"), !is_own, "{named}: {why}");
        }
    }
}
