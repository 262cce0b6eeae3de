//! Messages between the pipeline room, the user and the threads.

use std::path::PathBuf;

use crate::pipeline::{PipelineSpec, PipelineStep, Step};

/// Something that the user asked for in the pipeline editor.
#[derive(Clone, Debug, PartialEq)]
pub enum PipelineCommand {
    /// Replace the pipeline as a whole, as a preset does.
    Replace(PipelineSpec),
    /// Add a step where it belongs.
    Add(Step),
    /// Take a step out.
    Remove(usize),
    /// Move a step to another place.
    Move {
        /// Place of the step before the move, from 0.
        from: usize,
        /// Where it goes.
        to: usize,
    },
    /// Change the settings of a step.
    Set {
        /// Place of the step in the pipeline, from 0.
        index: usize,
        /// What it becomes.
        step: PipelineStep,
        /// The drag or typing that this is a part of: all of one gesture is undone at once.
        gesture: Option<u64>,
    },
    /// Ask for an image of a channel, for a setting of the step at a place.
    PickFile {
        /// Place of the step in the pipeline, from 0.
        index: usize,
        /// Name of the setting.
        setting: &'static str,
        /// Number of the channel that the image is for.
        channel: u32,
    },
    /// Select a step, up to which images are previewed; `None` for none.
    Select(Option<usize>),
    /// Take the last change back.
    Undo,
    /// Do again what was taken back.
    Redo,
    /// Ask for a file and save the pipeline in it.
    Save,
    /// Ask for a file and load the pipeline from it.
    Load,
}

/// What has to be done outside for it.
#[derive(Debug)]
pub enum PipelineWork {
    /// Ask the user for a file and save a pipeline in it.
    Save {
        /// The pipeline.
        pipeline: PipelineSpec,
        /// The plate folder, which is never written to.
        never_in: PathBuf,
    },
    /// Ask the user for a file and load a pipeline from it.
    Load,
    /// Ask the user for an image of a channel, such as a flat one, for a setting of a step.
    PickFile {
        /// The place of the step that it is for.
        index: usize,
        /// Name of the setting.
        setting: &'static str,
        /// Number of the channel that the image is for.
        channel: u32,
        /// The kind of image, in a word.
        what: &'static str,
        /// The folder in which to begin.
        from: PathBuf,
    },
}

/// What came of saving or loading a pipeline, or of choosing a file for one of its steps.
#[derive(Clone, Debug)]
pub enum PipelineEvent {
    /// The user chose no file.
    Dismissed,
    /// It was loaded.
    Loaded {
        /// The file that it was read from.
        path: PathBuf,
        /// The steps that the file holds.
        pipeline: PipelineSpec,
    },
    /// It was saved.
    Saved {
        /// In which file.
        path: PathBuf,
        /// The steps as they were written.
        pipeline: PipelineSpec,
    },
    /// The image of a channel was chosen for a setting of a step.
    FilePicked {
        /// The place of the step that it is for.
        index: usize,
        /// Name of the setting.
        setting: &'static str,
        /// Number of the channel that the image is for.
        channel: u32,
        /// The image file that the user chose.
        path: PathBuf,
    },
    /// It could not be done; why.
    Failed(String),
}
