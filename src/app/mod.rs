//! The window's state and its life: what it knows, what the user asks for, and the threads that
//! work for it.
//!
//! Data flows one way: threads send an [`AppEvent`], [`AppState::apply`] takes it in, panels show
//! it; panels push a [`Command`], [`AppState::handle`] does it; what needs the outside is a
//! [`Work`], which the background threads do.

mod background;
pub mod byte_cache;
mod command;
mod dialogs;
pub mod difference;
pub mod display;
mod exporting;
mod failures;
mod follow_up;
mod history;
mod history_handling;
mod history_work;
mod image_life;
pub mod image_loader;
mod image_worker;
mod jobs;
mod log;
pub mod lookup_table;
mod messages;
mod pipeline_edit;
mod pipeline_history;
pub mod pixel_values;
mod planned_plate;
mod plate_state;
pub mod preview;
mod runs;
pub mod settings;
mod state;
pub mod thumbnail_store;
mod view_picture;
mod window;

pub use command::Command;
pub use exporting::{ExportEvent, ExportKind, ExportRequest};
pub use failures::{FailedEntry, Failures, Withheld};
pub use history::{History, HistoryCommand, HistoryEvent, HistoryWork, MOST_TOGETHER, run_name};
pub use image_life::LifeOf;
pub use log::{Log, LogKind, LogLine};
pub use messages::{AppEvent, PipelineFileEvent, RunRequest, ViewFileEvent, Work};
pub use pipeline_edit::PipelineEdit;
pub use pipeline_history::PipelineHistory;
pub use planned_plate::{PlannedKnown, PlannedPlate, PlannedPlateRequest};
pub use plate_state::{ComponentFacts, ForecastRequest, ForecastState, PlateState, TrialRequest, WellFacts};
pub use runs::{CombinationState, JobState, OutputEntry, RunState, Stage, WellStage};
pub use state::{AppState, LogFilter, Marked, Moment, Opening, Tab, Trouble};
pub use view_picture::{ViewNote, ViewPicture, ViewUse};
pub use window::{WindowError, WindowOptions, has_opened, run};
