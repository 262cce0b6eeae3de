//! The window's state and its life: what it knows, what the user asks for, and the threads that
//! work for it.
//!
//! Data flows one way: threads send an [`AppEvent`], [`AppState::apply`] takes it in, panels show
//! it; panels push a [`Command`], [`AppState::handle`] does it; what needs the outside is a
//! [`Work`], which the background threads do.

pub(crate) mod background;
mod command;
mod dialogs;
mod follow_up;
pub mod forecast;
pub mod images;
pub(crate) mod log;
mod memory;
mod messages;
mod pipeline;
mod plate;
mod runs;
pub mod settings;
mod state;

pub use command::Command;
pub use forecast::planned_plate::{PlannedKnown, PlannedPlate, PlannedPlateRequest};
pub use images::view_picture::{ViewNote, ViewPicture, ViewUse};
pub use log::{Log, LogKind, LogLine};
pub use memory::exporting::{ExportEvent, ExportKind, ExportRequest};
pub use memory::image_life::LifeOf;
pub use messages::{AppEvent, PipelineFileEvent, RunRequest, ViewFileEvent, Work};
pub use pipeline::edit::PipelineEdit;
pub use pipeline::history::PipelineHistory;
pub use plate::state::{ComponentFacts, ForecastRequest, ForecastState, PlateState, TrialRequest, WellFacts};
pub use runs::failures::{FailedEntry, Failures, Withheld};
pub use runs::history::{History, HistoryCommand, HistoryEvent, HistoryWork, MOST_TOGETHER, run_name};
pub use runs::run::{CombinationState, JobState, OutputEntry, RunState, Stage, WellStage};
pub use state::{AppState, LogFilter, Marked, Moment, Opening, Tab, Trouble};
