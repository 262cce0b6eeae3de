//! All that the window shows: a part for each room, which handles its commands and applies its events.
//!
//! [`AppState::apply`] takes what the background threads report, [`AppState::handle`] what the user asks for.
//! Both are pure: no IO, no clock. What must be done outside is left in a list of [`Work`], which the window
//! hands to the background threads. What others must know is a fact, and [`super::dispatch`]
//! is the one place where it gets there.

use std::collections::BTreeMap;

use super::browse::state::BrowseState;
use super::cluster::state::ClusterState;
use super::forecast::inputs::ForecastInputs;
use super::forecast::state::ForecastState;
use super::help::state::HelpState;
use super::images::state::ImagesState;
use super::log::LogState;
use super::memory::expecting::ExpectingInputs;
use super::memory::state::MemoryState;
use super::messages::{AppEvent, Command, Work};
use super::outbox::Outbox;
use super::plate::state::PlateState;
use super::runs::inputs::JobInputs;
use super::runs::messages::RunsCommand;
use super::runs::run::WellStage;
use super::runs::showing::Showing;
use super::runs::state::RunsState;
use super::settings::Settings;
use super::settings::state::SettingsState;
use super::start::state::{StartConditions, StartState};
use super::status::messages::Closing;
use super::status::state::StatusState;
use super::watch::state::WatchState;
use crate::machine::Machine;
use crate::plate::WellId;
use crate::study::ShownBy;

/// All that the window shows.
#[derive(Debug, Default)]
pub struct AppState {
    /// What is set, and the computer.
    pub settings: SettingsState,
    /// Where times of the day are told for; `None` for UTC.
    pub time_zone: Option<jiff::tz::TimeZone>,
    /// The way to a plate.
    pub start: StartState,
    /// The open plate.
    pub plate: Option<PlateState>,
    /// What each way would need.
    pub forecast: ForecastState,
    /// What the images page shows beside the plate.
    pub images: ImagesState,
    /// The memory chart.
    pub memory: MemoryState,
    /// The runs, and the job that is going.
    pub runs: RunsState,
    /// Runs on a cluster.
    pub cluster: ClusterState,
    /// Programs that are watched.
    pub watch: WatchState,
    /// The folder browser.
    pub browse: BrowseState,
    /// The help.
    pub help: HelpState,
    /// What the log page shows.
    pub log: LogState,
    /// The frame of the window.
    pub status: StatusState,
    pub(super) outbox: Outbox,
}

impl AppState {
    /// The state when the window begins.
    pub fn new(settings: Settings, machine: Machine) -> Self {
        let mut outbox = Outbox::default();
        let settings = SettingsState::new(settings, machine, &mut outbox);
        Self { settings, forecast: ForecastState::new(), outbox, ..Self::default() }
    }

    /// Whether the start screen is shown.
    pub fn is_start(&self) -> bool {
        self.plate.is_none() || self.start.is_wanted
    }

    /// Whether the window may be closed without asking: nothing goes, or what goes is ending and nobody wants to wait for it.
    pub fn may_close(&self) -> bool {
        self.runs.job.is_none() || self.status.closing == Closing::WhenOver
    }

    /// Whether the window was to be closed when a run is over, which it is.
    pub fn closes_now(&self) -> bool {
        self.runs.job.is_none() && self.status.closing == Closing::WhenOver
    }

    /// Whether a dialog for files or folders is open, of the system or in the window.
    pub fn is_dialog_open(&self) -> bool {
        self.outbox.is_dialog_open()
    }

    /// How far each well is: in the run folder that is followed, else in the present or last job.
    pub(crate) fn well_stages(&self) -> &BTreeMap<WellId, WellStage> {
        self.cluster.well_stages().filter(|_| self.runs.job.is_none()).unwrap_or(&self.runs.well_stages)
    }

    /// Why nothing can be run now; `None` where something can.
    pub fn run_blocked(&self) -> Option<String> {
        let plate = self.plate.as_ref()?;
        if self.runs.job.is_some() {
            Some("a run is in progress".to_owned())
        } else if self.start.opening.is_some() {
            Some("another plate is being opened".to_owned())
        } else {
            plate
                .choice_blocked()
                .or_else(|| self.settings.budget_bytes().err())
                .or_else(|| plate.sizes_awaited())
        }
    }

    /// Why nothing can be run one at a time now; `None` where it can.
    pub(crate) fn sequential_blocked(&self) -> Option<String> {
        self.run_blocked().or_else(|| self.plate.as_ref()?.sequential_blocked())
    }

    /// The run that would show a claim of the study, where it is one run that does.
    pub fn showing(&self, shown_by: ShownBy) -> Option<Showing> {
        let (settings, plate, forecast) = (&self.settings, self.plate.as_ref(), &self.forecast);
        JobInputs { settings, plate, forecast, blocked: None }.showing(shown_by)
    }

    /// Does what the user asked for.
    pub fn handle(&mut self, command: impl Into<Command>) {
        self.handle_in_room(command.into());
    }

    fn handle_in_room(&mut self, command: Command) {
        let blocked = self.run_blocked();
        let (runs, forecast, start) = (&mut self.runs, &mut self.forecast, &mut self.start);
        let (settings, out) = (&mut self.settings, &mut self.outbox);
        let plate = self.plate.as_ref().map(|plate| &*plate.plate);
        match command {
            Command::Start(command) => start.handle(command, &start_conditions(settings, runs), out),
            Command::Plate(command) => {
                if let Some(plate) = &mut self.plate {
                    plate.handle(command, out);
                }
            }
            Command::Pipeline(command) => {
                if let Some(plate) = &mut self.plate {
                    plate.pipeline.handle(command, &plate.plate.root, out);
                }
            }
            Command::Settings(command) => settings.handle(command, out),
            Command::Forecast(command) => {
                forecast.handle(command, &forecast_inputs(settings, self.plate.as_ref(), runs), out);
            }
            Command::Images(command) => self.images.handle(command, plate, out),
            Command::Memory(command) => self.memory.handle(command, runs, plate, out),
            Command::Runs(command) => {
                let inputs = JobInputs { settings, plate: self.plate.as_ref(), forecast, blocked };
                runs.handle(command, &inputs, out);
            }
            Command::History(command) => {
                let inputs = JobInputs { settings, plate: self.plate.as_ref(), forecast, blocked };
                runs.handle_history(command, &inputs, out);
            }
            Command::Cluster(command) => {
                let inputs = JobInputs { settings, plate: self.plate.as_ref(), forecast, blocked };
                self.cluster.handle(command, &inputs, out);
            }
            Command::Browse(command) => self.browse.handle(command, out),
            Command::Watch(command) => self.watch.handle(command, out),
            Command::Help(command) => self.help.handle(command),
            Command::Log(command) => self.log.handle(command),
            Command::Status(command) => self.status.handle(command, out),
        }
        self.dispatch_all();
        self.expect();
    }

    /// Takes in what a background thread reports.
    pub fn apply(&mut self, event: impl Into<AppEvent>) {
        self.apply_in_room(event.into());
    }

    fn apply_in_room(&mut self, event: AppEvent) {
        // What can be run matters to one room alone.
        let blocked = matches!(event, AppEvent::Cluster(_)).then(|| self.run_blocked()).flatten();
        let (settings, out) = (&mut self.settings, &mut self.outbox);
        match event {
            AppEvent::Start(event) => self.start.apply(event, &start_conditions(settings, &self.runs), out),
            AppEvent::Plate(event) => {
                if let Some(plate) = &mut self.plate {
                    plate.apply(event, out);
                }
            }
            AppEvent::Pipeline(event) => {
                if let Some(plate) = &mut self.plate {
                    plate.pipeline.apply(event, out);
                }
            }
            AppEvent::Settings(event) => settings.apply(event, out),
            AppEvent::Forecast(event) => {
                let inputs = forecast_inputs(settings, self.plate.as_ref(), &self.runs);
                self.forecast.apply(event, &inputs, out);
            }
            AppEvent::Images(event) => self.images.apply(event, out),
            AppEvent::Memory(event) => self.memory.apply(event, out),
            AppEvent::Runs(event) => self.runs.apply(event, out),
            AppEvent::Cluster(event) => {
                let (plate, forecast) = (self.plate.as_ref(), &self.forecast);
                self.cluster.apply(event, &JobInputs { settings, plate, forecast, blocked }, out);
            }
            AppEvent::History(event) => self.runs.apply_history(event, out),
            AppEvent::Browse(event) => self.browse.apply(event, out),
            AppEvent::Watch(news) => self.watch.apply(news, out),
        }
        self.dispatch_all();
        self.expect();
    }

    /// What is expected follows whatever was done.
    fn expect(&mut self) {
        let (settings, plate) = (&self.settings, self.plate.as_ref());
        let (forecast, runs) = (&self.forecast, &self.runs);
        self.memory.expect(&ExpectingInputs { settings, plate, forecast, runs });
    }

    /// Takes what has to be done outside: what was asked for, and what follows from the state.
    pub fn take_work(&mut self) -> Vec<Work> {
        let out = &mut self.outbox;
        if let Some(plate) = &mut self.plate {
            plate.begin_measuring(out);
        }
        let inputs = forecast_inputs(&self.settings, self.plate.as_ref(), &self.runs);
        self.forecast.begin(&inputs, out);
        self.dispatch_all();
        // After the forecast, which takes the recommended choice.
        if self.start.compare_when_ready
            && self.plate.is_some()
            && self.forecast.is_settled()
            && self.sequential_blocked().is_none()
        {
            self.start.compare_when_ready = false;
            self.handle(RunsCommand::Compare { is_all_wells: false });
        }
        self.outbox.take_work()
    }
}

/// What of the other rooms matters on the way to a plate.
pub(super) fn start_conditions<'a>(settings: &'a SettingsState, runs: &RunsState) -> StartConditions<'a> {
    StartConditions {
        is_job_going: runs.job.is_some(),
        last_folder: settings.kept.last_folder.as_deref(),
        saved_patterns: &settings.kept.patterns,
        patterns_of_folders: &settings.kept.patterns_of_folders,
    }
}

/// What of the other rooms a forecast depends on.
fn forecast_inputs<'a>(
    settings: &'a SettingsState,
    plate: Option<&'a PlateState>,
    runs: &RunsState,
) -> ForecastInputs<'a> {
    ForecastInputs { settings, plate, is_job_going: runs.job.is_some() }
}
