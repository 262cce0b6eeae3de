//! The window's state and its life: what it knows, what the user asks for, and the threads that
//! work for it. Each room owns a part of all that, under the name that the user sees.
//!
//! Data flows one way: threads send an `AppEvent`, [`AppState::apply`] takes it in, panels show
//! it; panels push a [`Command`], [`AppState::handle`] does it; what needs the outside is a
//! [`Work`], which the background threads do.

pub(crate) mod background;
mod browse;
mod cluster;
mod desktop;
mod dialogs;
mod dispatch;
mod forecast;
mod help;
pub mod images;
mod log;
mod memory;
mod messages;
mod outbox;
mod pipeline;
mod plate;
mod runs;
pub mod settings;
mod start;
mod state;
mod status;
mod threads;
mod watch;

pub(crate) use self::log::ISSUE;
pub use self::log::{Log, LogCommand, LogFilter, LogKind, LogLine, LogState};
pub use browse::messages::{
    AtPath, BrowseCommand, BrowseEvent, BrowseWork, Entry, Listing, NoDialog, Place, Reply, Shown,
};
pub use browse::state::{BrowseState, Browsing};
pub use cluster::draft::ClusterDraft;
pub use cluster::follow::SeenRun;
pub use cluster::messages::{ClusterCommand, ClusterEvent, ClusterWork};
pub use cluster::state::{ClusterDialog, ClusterState, Followed};
pub use desktop::{FileKind, Question, Wanted};
pub use forecast::messages::{ForecastCommand, ForecastEvent, ForecastRequest, ForecastWork, TrialRequest};
pub use forecast::planned_plate::PlannedPlate;
pub use forecast::planned_request::{PlannedKnown, PlannedPlateRequest};
pub use forecast::state::ForecastState;
pub use help::messages::HelpCommand;
pub use help::place::HelpPlace;
pub use help::state::HelpState;
pub use help::topic::Topic;
pub use images::failures::{FailedEntry, Failures, Withheld};
pub use images::messages::{ImagesCommand, ImagesEvent, ImagesWork};
pub use images::state::ImagesState;
pub use images::view_picture::{ViewPicture, ViewUse};
pub use memory::image_life::LifeOf;
pub use memory::messages::{
    ExportKind, ExportRequest, Marked, MemoryCommand, MemoryEvent, MemoryWork, Moment,
};
pub use memory::state::MemoryState;
pub use messages::{Command, Commands, Work};
pub use pipeline::history::PipelineHistory;
pub use pipeline::messages::{PipelineCommand, PipelineEvent, PipelineWork};
pub use pipeline::state::PipelineState;
pub use plate::messages::{PlateCommand, PlateEvent, PlateWork};
pub(crate) use plate::state::wells_with_images;
pub use plate::state::{ComponentFacts, PlateState, WellFacts};
pub use runs::check::{CheckStage, ResultsCheck};
pub(crate) use runs::going_on::left_text;
pub use runs::history::{Again, History, HistoryCommand, HistoryEvent, HistoryWork, MOST_TOGETHER};
pub use runs::messages::{RunsCommand, RunsEvent, RunsWork};
pub use runs::run::{
    CombinationStage, CombinationState, JobState, OutputEntry, RunState, WatchedRun, WellStage,
};
pub use runs::showing::Showing;
pub use runs::state::RunsState;
pub use settings::messages::{SettingsCommand, SettingsEvent, SettingsWork};
pub use settings::state::SettingsState;
pub use start::messages::{NamesCommand, NamesEvent, Refusal, StartCommand, StartEvent, StartWork};
pub use start::names::NamesState;
pub use start::patterns::{Fit, SavedPattern, Tried};
pub use start::state::{Opening, StartState};
pub use state::AppState;
pub use status::messages::{Closing, Note, StatusCommand, StatusWork, Tab};
pub use status::state::StatusState;
pub use status::trouble::{NextStep, Trouble};
pub use watch::draft::WatchDraft;
pub use watch::messages::{WatchCommand, WatchNews, WatchWork, Watchable};
pub use watch::state::{WatchState, Watching};
