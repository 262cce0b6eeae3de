//! A pipeline on disk: RON, the same for the window and the command line.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::steps::GivenLight;
use super::{PipelineSpec, Step};

/// Why a pipeline could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum PipelineFileError {
    /// The file cannot be read.
    #[error("The pipeline file {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is something else, or a step in it is not known.
    #[error("{}, line {line}: this is not a pipeline file: {why}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        why: String,
    },
    /// The file cannot be written.
    #[error("The pipeline cannot be saved as {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Reads a pipeline. Relative paths in it become absolute, from the folder of the file. Its settings are not judged here: see [`PipelineSpec::check`].
pub fn read(path: &Path) -> Result<PipelineSpec, PipelineFileError> {
    let path = path.to_owned();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(source) => return Err(PipelineFileError::Unreadable { path, source }),
    };
    let mut pipeline: PipelineSpec = match ron::from_str(&text) {
        Ok(pipeline) => pipeline,
        Err(error) => {
            let (line, why) = (error.span.start.line, error.code.to_string());
            return Err(PipelineFileError::Malformed { path, line, why });
        }
    };
    // Whoever does the steps may be in another folder.
    if let Some(folder) = std::path::absolute(&path).ok().as_deref().and_then(Path::parent) {
        for step in &mut pipeline.steps {
            let Step::FlatField(step) = &mut step.step else { continue };
            for path in step.light_mut().into_iter().flat_map(GivenLight::paths_mut) {
                *path = folder.join(&path);
            }
        }
    }
    Ok(pipeline)
}

/// Writes a pipeline, beside and renamed.
pub fn write(path: &Path, pipeline: &PipelineSpec) -> Result<(), PipelineFileError> {
    let unwritable = |source| PipelineFileError::Unwritable { path: path.to_owned(), source };
    // Deep enough that a step with its settings stays on one line.
    let style = ron::ser::PrettyConfig::new().depth_limit(2);
    let text = ron::ser::to_string_pretty(pipeline, style).map_err(io::Error::other).map_err(unwritable)?;
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    fs::write(&part, text + "\n").and_then(|()| fs::rename(&part, path)).map_err(|source| {
        // The half file is of no use; that it cannot be removed is told by the error already.
        fs::remove_file(&part).ok();
        unwritable(source)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::PipelineStep;
    use crate::pipeline::steps::LightSource;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipeline.ron");
        let steps = Step::all().map(|step| PipelineStep { step, keep_images: true });
        let pipeline = PipelineSpec { steps: steps.into() };
        for _ in 0..2 {
            write(&path, &pipeline).unwrap();
            assert_eq!(read(&path).unwrap(), pipeline);
        }
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(left, std::slice::from_ref(&path));
        let text = fs::read_to_string(path).unwrap();
        assert_eq!(text.lines().count(), pipeline.steps.len() + 4, "a line for each step:\n{text}");
    }

    #[test]
    fn flat_images_are_found_from_the_folder_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipeline.ron");
        let text = r#"(steps: [
            (step: FlatField((sigma_px: 30.0)), keep_images: false),
            (step: FlatField((source: Given((flats: {1: "SC 1.tif", 3: "/light/3.tif"}, darks: {1: "dark/DC#1.tif"})))), keep_images: true),
        ])"#;
        fs::write(&path, text).unwrap();
        let steps = read(&path).unwrap().steps;
        // As it was written before there were given images.
        let Step::FlatField(estimated) = &steps[0].step else { panic!("{:?}", steps[0]) };
        assert_eq!((estimated.sigma_px, &estimated.source), (30.0, &LightSource::Estimated));
        let Step::FlatField(given) = &steps[1].step else { panic!("{:?}", steps[1]) };
        let at = |name: &str| folder.path().join(name);
        let expected = GivenLight::new(
            [(1, at("SC 1.tif")), (3, PathBuf::from("/light/3.tif"))].into(),
            [(1, at("dark/DC#1.tif"))].into(),
        );
        assert_eq!(given.light(), Some(&expected));
        let text = ron::to_string(&steps[0].step).unwrap();
        assert_eq!(text, "FlatField((sigma_px:30.0))", "older versions read it");
    }

    #[test]
    fn errors_name_the_file_and_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("odd.ron");
        let table = [
            ("(\n  steps: [\n    (step: Sharpen(()), keep_images: true),\n  ],\n)", "odd.ron, line 3: "),
            ("notes", "odd.ron, line 1: this is not a pipeline file"),
            ("(steps: [],\n colour: 3)", "odd.ron, line 2: "),
        ];
        for (text, expected) in table {
            fs::write(&path, text).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = read(&folder.path().join("none.ron")).unwrap_err().to_string();
        assert!(error.contains("none.ron cannot be read"), "{error}");
        let error = write(&folder.path().join("no/where.ron"), &PipelineSpec::default()).unwrap_err();
        assert!(error.to_string().contains("cannot be saved as"), "{error}");
    }
}
