//! A pipeline on disk: RON, the same for the window and the command line.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::PipelineSpec;

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

/// Reads a pipeline. Its settings are not judged here: see [`PipelineSpec::check`].
pub fn read(path: &Path) -> Result<PipelineSpec, PipelineFileError> {
    let path = path.to_owned();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(source) => return Err(PipelineFileError::Unreadable { path, source }),
    };
    ron::from_str(&text).map_err(|error| PipelineFileError::Malformed {
        path,
        line: error.span.start.line,
        why: error.code.to_string(),
    })
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
    use crate::pipeline::{PipelineStep, Step};

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
