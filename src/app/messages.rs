//! Messages between the user, the window's state and the background threads: each a sum of what the rooms
//! have of it.

use super::browse::messages::{BrowseCommand, BrowseEvent, BrowseWork};
use super::cluster::messages::{ClusterCommand, ClusterEvent, ClusterWork};
use super::forecast::messages::{ForecastCommand, ForecastEvent, ForecastWork};
use super::help::messages::HelpCommand;
use super::images::messages::{ImagesCommand, ImagesEvent, ImagesWork};
use super::log::LogCommand;
use super::memory::messages::{MemoryCommand, MemoryEvent, MemoryWork};
use super::pipeline::messages::{PipelineCommand, PipelineEvent, PipelineWork};
use super::plate::messages::{PlateCommand, PlateEvent, PlateWork};
use super::runs::history::{HistoryCommand, HistoryEvent, HistoryWork};
use super::runs::messages::{RunsCommand, RunsEvent, RunsWork};
use super::settings::messages::{SettingsCommand, SettingsEvent, SettingsWork};
use super::start::messages::{StartCommand, StartEvent, StartWork};
use super::status::messages::{StatusCommand, StatusWork};
use super::watch::messages::{WatchCommand, WatchNews, WatchWork};

/// An enum of one variant for each part, and the way from a part to it.
macro_rules! sum_of_parts {
    ($(#[$attribute:meta])* $sum:ident { $($(#[$doc:meta])* $variant:ident($part:ty),)* }) => {
        $(#[$attribute])*
        pub enum $sum {
            $($(#[$doc])* $variant($part),)*
        }

        $(impl From<$part> for $sum {
            fn from(part: $part) -> Self {
                Self::$variant(part)
            }
        })*
    };
}

sum_of_parts! {
    /// Something that the user asked for.
    #[derive(Clone, Debug, PartialEq)]
    Command {
        /// Of the way to a plate.
        Start(StartCommand),
        /// Of the open plate.
        Plate(PlateCommand),
        /// Of the pipeline.
        Pipeline(PipelineCommand),
        /// Of the settings.
        Settings(SettingsCommand),
        /// Of the forecasts.
        Forecast(ForecastCommand),
        /// Of the images.
        Images(ImagesCommand),
        /// Of the memory chart.
        Memory(MemoryCommand),
        /// Of runs to make and to show.
        Runs(RunsCommand),
        /// Of the runs on disk.
        History(HistoryCommand),
        /// Of runs on a cluster.
        Cluster(ClusterCommand),
        /// Of the folder browser.
        Browse(BrowseCommand),
        /// Of the help.
        Help(HelpCommand),
        /// Of the log page.
        Log(LogCommand),
        /// Of watched programs.
        Watch(WatchCommand),
        /// Of the frame of the window.
        Status(StatusCommand),
    }
}

/// What the user asked for in a frame, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Commands(Vec<Command>);

impl Commands {
    /// Adds a command after those that are there.
    pub fn push(&mut self, command: impl Into<Command>) {
        self.0.push(command.into());
    }

    /// Adds several.
    pub fn extend(&mut self, commands: impl IntoIterator<Item = impl Into<Command>>) {
        self.0.extend(commands.into_iter().map(Into::into));
    }
}

impl IntoIterator for Commands {
    type Item = Command;
    type IntoIter = std::vec::IntoIter<Command>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

sum_of_parts! {
    /// What has to be done outside of the window's state.
    #[derive(Debug)]
    Work {
        /// To open a plate.
        Start(StartWork),
        /// For the open plate.
        Plate(PlateWork),
        /// For the pipeline.
        Pipeline(PipelineWork),
        /// For the settings.
        Settings(SettingsWork),
        /// For the forecasts.
        Forecast(ForecastWork),
        /// For the images.
        Images(ImagesWork),
        /// For the memory chart.
        Memory(MemoryWork),
        /// To make the runs of a job.
        Runs(RunsWork),
        /// With the runs on disk.
        History(HistoryWork),
        /// For runs on a cluster.
        Cluster(ClusterWork),
        /// For the folder browser.
        Browse(BrowseWork),
        /// For watched programs.
        Watch(WatchWork),
        /// For the frame of the window.
        Status(StatusWork),
    }
}

sum_of_parts! {
    /// What the background threads report. A generation that is not the present one is stale.
    #[derive(Debug)]
    AppEvent {
        /// Of the way to a plate.
        Start(StartEvent),
        /// Of the open plate.
        Plate(PlateEvent),
        /// Of the pipeline.
        Pipeline(PipelineEvent),
        /// Of the settings and the computer.
        Settings(SettingsEvent),
        /// Of the forecasts.
        Forecast(ForecastEvent),
        /// Of the images.
        Images(ImagesEvent),
        /// Of the memory chart.
        Memory(MemoryEvent),
        /// Of the job that is going.
        Runs(RunsEvent),
        /// Of the runs on disk.
        History(HistoryEvent),
        /// Of runs on a cluster.
        Cluster(ClusterEvent),
        /// Of the folder browser, and of those who ask by it.
        Browse(BrowseEvent),
        /// Of watched programs.
        Watch(WatchNews),
    }
}
