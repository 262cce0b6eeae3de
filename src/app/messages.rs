//! What goes between the window's state and the background threads: work one way, events the other.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::settings::{Appearance, Settings};
use crate::app::forecast::planned_plate::{PlannedKnown, PlannedPlateRequest};
use crate::app::images::view_picture::ViewPicture;
use crate::app::memory::exporting::{ExportEvent, ExportRequest};
use crate::app::plate::state::{ForecastRequest, TrialRequest};
use crate::app::runs::history::{HistoryEvent, HistoryWork};
use crate::cancel::Cancel;
use crate::demo::DemoSpec;
use crate::engine::{CacheState, JobEvent, JobResult, Trial};
use crate::file_threads::FileThreads;
use crate::machine::Machine;
use crate::pipeline::PipelineSpec;
use crate::plan::{CombinationId, Outlook, RunSpec};
use crate::plate::{Measured, Opened, Plate, WellId};
use crate::record::RunRecord;

/// A run to make, with its inputs copied.
#[derive(Clone, Debug)]
pub struct RunRequest {
    /// The plate.
    pub plate: Arc<Plate>,
    /// Sizes of its images.
    pub measured: Arc<Measured>,
    /// The wells.
    pub wells: BTreeSet<WellId>,
    /// One choice for each run.
    pub specs: Vec<RunSpec>,
    /// What a run may use.
    pub budget_bytes: Option<u64>,
    /// Resting memory of a worker.
    pub resting_rss_bytes: Option<u64>,
    /// How the runs find the files.
    pub cache: CacheState,
    /// What to do where a run is over budget.
    pub fix: Option<String>,
}

/// What has to be done outside of the window's state.
#[derive(Debug)]
pub enum Work {
    /// Ask the user for a folder.
    PickFolder {
        /// Where to begin.
        from: Option<PathBuf>,
    },
    /// Ask the user for a file and save a pipeline in it.
    SavePipeline {
        /// The pipeline.
        pipeline: PipelineSpec,
        /// The plate folder, which is never written to.
        never_in: PathBuf,
    },
    /// Ask the user for a file and load a pipeline from it.
    LoadPipeline,
    /// Ask the user for the flat or the dark image of a channel.
    PickLight {
        /// The place of the step that it is for.
        index: usize,
        /// The channel.
        channel: u32,
        /// The dark image, else the flat one.
        is_dark: bool,
        /// The folder in which to begin.
        from: PathBuf,
    },
    /// Open a plate.
    Open {
        /// For the answer.
        generation: u64,
        /// The path.
        path: PathBuf,
        /// Stops it.
        cancel: Cancel,
    },
    /// Write a made-up plate where it is not there yet.
    WriteDemo {
        /// For the answer.
        generation: u64,
        /// What it holds.
        spec: Box<DemoSpec>,
        /// The folder.
        path: PathBuf,
        /// Stops it.
        cancel: Cancel,
    },
    /// Read the sizes of the images of some wells.
    Measure {
        /// For the answer.
        generation: u64,
        /// The plate.
        plate: Arc<Plate>,
        /// The wells.
        wells: BTreeSet<WellId>,
        /// The threads that read headers of this plate.
        readers: FileThreads,
        /// Stops it.
        cancel: Cancel,
    },
    /// Work the forecast out.
    Forecast {
        /// For the answer.
        generation: u64,
        /// Its inputs.
        request: Box<ForecastRequest>,
    },
    /// Run.
    Run {
        /// For the answer.
        generation: u64,
        /// What.
        request: Box<RunRequest>,
        /// Stops it.
        cancel: Cancel,
    },
    /// Measure the resting memory of a worker, and try how fast this machine is.
    Try {
        /// For the answer.
        generation: u64,
        /// What it would do.
        request: Box<TrialRequest>,
    },
    /// Work out what a plate that is not there would need: first from its sizes alone, then with the
    /// time that a trial shows.
    PlanPlate {
        /// For the answers.
        generation: u64,
        /// Its inputs.
        request: Box<PlannedPlateRequest>,
        /// Stops it.
        cancel: Cancel,
    },
    /// Read what is known of the computer.
    ReadMachine,
    /// Write the settings.
    SaveSettings(Box<Settings>),
    /// Show dark or light.
    Appear(Appearance),
    /// Put a text on the clipboard.
    Copy(String),
    /// Put a picture of the view on the clipboard.
    CopyView(ViewPicture),
    /// Ask the user for a file and save a picture of the view in it.
    SaveView {
        /// The picture.
        picture: ViewPicture,
        /// The plate folder, which is never written to.
        never_in: PathBuf,
    },
    /// Show a folder in the system's file manager.
    ShowFolder(PathBuf),
    /// Ask the user where to, and export runs.
    Export(Box<ExportRequest>),
    /// Do something with the runs on disk.
    History(HistoryWork),
}

/// What came of saving or loading a pipeline, or of choosing a file for one of its steps.
#[derive(Clone, Debug)]
pub enum PipelineFileEvent {
    /// The user chose no file.
    Dismissed,
    /// The desktop has no file dialog.
    NoDialog,
    /// It was loaded.
    Loaded {
        /// From where.
        path: PathBuf,
        /// It.
        pipeline: PipelineSpec,
    },
    /// It was saved.
    Saved {
        /// In which file.
        path: PathBuf,
        /// It.
        pipeline: PipelineSpec,
    },
    /// The flat or the dark image of a channel was chosen.
    LightPicked {
        /// The place of the step that it is for.
        index: usize,
        /// The channel.
        channel: u32,
        /// The dark image, else the flat one.
        is_dark: bool,
        /// The file.
        path: PathBuf,
    },
    /// It could not be done; why.
    Failed(String),
}

/// What came of saving a picture of the view.
#[derive(Clone, Debug)]
pub enum ViewFileEvent {
    /// The user chose no file.
    Dismissed,
    /// The desktop has no file dialog.
    NoDialog,
    /// It was saved.
    Saved {
        /// In which file.
        path: PathBuf,
        /// Its width and height in pixels.
        size: [u32; 2],
    },
    /// It could not be done; why.
    Failed(String),
}

/// What the background threads tell. A generation that is not the present one is stale.
#[derive(Debug)]
pub enum AppEvent {
    /// The folder that the user picked; `None` for none.
    FolderPicked(Option<PathBuf>),
    /// The desktop has no folder dialog.
    NoFolderDialog,
    /// What came of saving or loading a pipeline.
    PipelineFile(PipelineFileEvent),
    /// What came of saving a picture of the view.
    ViewFile(ViewFileEvent),
    /// What came of an export.
    Export(ExportEvent),
    /// What became of the runs on disk.
    History(HistoryEvent),
    /// A path was opened, or why not.
    Opened {
        /// Of the request.
        generation: u64,
        /// What was found, or the reason; `None` when it was cancelled.
        result: Option<Result<Opened, String>>,
    },
    /// The demo plate grows.
    DemoProgress {
        /// Of the request.
        generation: u64,
        /// Images written.
        done: u64,
        /// Images to write.
        of: u64,
    },
    /// The demo plate is there, or why not.
    DemoWritten {
        /// Of the request.
        generation: u64,
        /// Its folder, or the reason; `None` when it was cancelled.
        result: Option<Result<PathBuf, String>>,
    },
    /// Sizes of images were read; the wells of a request come in several parts.
    Measured {
        /// Of the request.
        generation: u64,
        /// The wells of this part.
        wells: BTreeSet<WellId>,
        /// The sizes.
        measured: Measured,
    },
    /// Sizes of images could not be read for a reason that is not in the images.
    NotMeasured {
        /// Of the request.
        generation: u64,
        /// Why.
        why: String,
    },
    /// The forecast was worked out.
    Forecast {
        /// Of the request.
        generation: u64,
        /// The choices, or why there are none.
        result: Result<Outlook, String>,
    },
    /// What a trial has shown.
    Tried {
        /// Of the request.
        generation: u64,
        /// It.
        trial: Trial,
    },
    /// Something is known of a plate that is planned.
    PlannedPlate {
        /// Of the request.
        generation: u64,
        /// What.
        known: PlannedKnown,
    },
    /// What is known of the computer.
    Machine {
        /// It.
        machine: Machine,
        /// Room on the disk where results go, where that is known.
        results_free_bytes: Option<u64>,
    },
    /// The runs of a job are planned.
    Planned {
        /// Of the job.
        generation: u64,
        /// An empty record of each run with its combinations and their image counts.
        runs: Vec<(RunRecord, Vec<(CombinationId, usize)>)>,
        /// What the user should know about the choice.
        notes: Vec<String>,
    },
    /// Something happened in a job.
    Job {
        /// Of the job.
        generation: u64,
        /// What.
        event: Box<JobEvent>,
    },
    /// A job is over.
    JobDone {
        /// Of the job.
        generation: u64,
        /// What came of it, or why it could not be done.
        result: Result<Box<JobResult>, String>,
    },
}
