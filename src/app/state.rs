//! All that the window shows, and how events change it.
//!
//! [`AppState::apply`] takes what the background threads tell, and [`AppState::handle`] (in
//! [`super::command`]) what the user asks for. Both are pure: no IO, no clock. What must be done
//! outside is left in a list of [`Work`], which the window hands to the background threads.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::log::{Log, LogKind};
use super::messages::{AppEvent, Work};
use super::settings::Settings;
use crate::app::forecast::planned_plate::PlannedPlate;
use crate::app::images::view_picture::ViewNote;
use crate::app::memory::image_life::LifeOf;
use crate::app::plate::state::PlateState;
use crate::app::runs::failures::Failures;
use crate::app::runs::history::History;
use crate::app::runs::run::{JobState, OutputEntry, RunState, WellStage};
use crate::cancel::Cancel;
use crate::chart::{Chart, ChartRun, Ink, Life};
use crate::compare::Comparison;
use crate::engine::Trial;
use crate::machine::Machine;
use crate::pipeline::PipelineSpec;
use crate::plan::{Mode, Outlook, Paces, RunSpec};
use crate::plate::{Candidate, Component, Opened, Plate, WellId};
use crate::quantity::count_text;
use crate::study::Study;

/// The pages in the centre of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Verdict and chart.
    #[default]
    Memory,
    /// Thumbnails and viewer.
    Images,
    /// The runs on disk.
    Runs,
    /// All events.
    Log,
}

impl Tab {
    /// All pages in order.
    pub const ALL: [Self; 4] = [Self::Memory, Self::Images, Self::Runs, Self::Log];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "Memory",
            Self::Images => "Images",
            Self::Runs => "Runs",
            Self::Log => "Log",
        }
    }
}

/// What is being opened.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Tells it from earlier attempts.
    pub generation: u64,
    /// The folder; for the demo plate, where it is written.
    pub path: PathBuf,
    /// Images written and to write, while the demo plate is written.
    pub demo: Option<(u64, u64)>,
    /// The request to stop.
    pub cancel: Cancel,
}

/// Something that went wrong, shown until it is dismissed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What, in few words.
    pub title: String,
    /// What happened and what to do.
    pub sentence: String,
}

/// Which lines of the log are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Only lines that hold this text, in any case.
    pub text: String,
    /// Only lines of this kind.
    pub kind: Option<LogKind>,
}

/// A moment of a run that the user pointed at in the chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// The run.
    pub run: u64,
    /// Seconds since its worker was ready.
    pub at_secs: f64,
}

/// A combination of a run that is marked in the chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Marked {
    /// The run.
    pub run: u64,
    /// The combination's place in it.
    pub combination: usize,
    /// When the run began to wait for its images.
    pub from_secs: f64,
    /// When it was cleared.
    pub to_secs: f64,
}

/// All that the window shows.
#[derive(Debug, Default)]
pub struct AppState {
    /// What is remembered between sessions.
    pub settings: Settings,
    /// The computer.
    pub machine: Machine,
    /// Where times of the day are told for; `None` for UTC.
    pub time_zone: Option<jiff::tz::TimeZone>,
    /// Room on the disk where results go, where that is known.
    pub results_free_bytes: Option<u64>,
    /// The plate that is planned without being there; `None` where none is.
    pub planned_plate: Option<PlannedPlate>,
    /// What this computer can do, as far as it was tried.
    pub trial: Trial,
    /// The trial under way.
    pub(super) trying: Option<u64>,
    /// Whether it is to be tried (again).
    pub(super) is_trial_stale: bool,
    /// The path that the user is typing.
    pub typed_path: String,
    /// The budget that the user is typing; `None` when it is the one in the settings.
    pub typed_budget: Option<String>,
    /// Whether a dialog for a folder or file is open.
    pub is_picking: bool,
    /// Why the budget that was typed cannot be taken; it stays in its field until it is another.
    pub(super) budget_error: Option<String>,
    /// What is being opened.
    pub opening: Option<Opening>,
    /// Why the last path could not be opened.
    pub open_error: Option<String>,
    /// Several plates were found, and the user is to choose.
    pub candidates: Vec<Candidate>,
    /// Whether the start screen is shown although a plate is open.
    pub is_start_wanted: bool,
    /// The open plate.
    pub plate: Option<PlateState>,
    /// The open page.
    pub tab: Tab,
    /// The runs of this plate in this session, oldest first.
    pub runs: Vec<RunState>,
    /// How far each well is in the present or last job.
    pub well_stages: BTreeMap<WellId, WellStage>,
    /// The job that is going.
    pub job: Option<JobState>,
    /// The last comparison.
    pub comparison: Option<Comparison>,
    /// What the chart shows: the runs that are shown, what was refused, the limits.
    pub chart: Chart,
    /// Images that the newest run of each mode saved.
    pub outputs: Vec<OutputEntry>,
    /// Changes whenever `outputs` does.
    pub outputs_version: u64,
    /// What failed in the runs that are shown.
    pub failures: Failures,
    /// Changes when another plate is opened.
    pub plate_id: u64,
    /// The moment whose images are shown under the chart.
    pub moment: Option<Moment>,
    /// The image whose life in memory the chart shows.
    pub life: Option<LifeOf>,
    /// The study's proofs on the runs of this session, while they are shown.
    pub study: Option<Study>,
    /// What is said of a picture of the view that was made.
    pub view_note: Option<ViewNote>,
    /// The runs on disk.
    pub history: History,
    /// The combination that is marked in the chart.
    pub marked: Option<Marked>,
    /// Something that went wrong.
    pub trouble: Option<Trouble>,
    /// The log.
    pub log: Log,
    /// Which of its lines are shown.
    pub log_filter: LogFilter,
    /// Whether a comparison starts as soon as the plate is ready (the demo from the command line).
    pub compare_when_ready: bool,
    /// What has to be done outside.
    pub(super) work: Vec<Work>,
    pub(super) generation: u64,
}

impl AppState {
    /// The state when the window begins.
    pub fn new(settings: Settings, machine: Machine) -> Self {
        let appearance = settings.appearance;
        let mut state = Self { settings, machine, is_trial_stale: true, ..Self::default() };
        state.push_work(Work::Appear(appearance));
        state
    }

    pub(super) fn spec_of(&self, mode: Mode, sequential: Vec<Component>, pipeline: PipelineSpec) -> RunSpec {
        RunSpec {
            mode,
            sequential,
            pipeline,
            after_clear: self.settings.after_clear,
            intermediates: self.settings.intermediates,
            threads: self.settings.threads_on(&self.machine),
            wells_at_once: self.settings.wells_at_once.unwrap_or(1),
            read_ahead: self.settings.read_ahead,
            compression: self.settings.compression,
        }
    }

    /// Whether the start screen is shown.
    pub fn is_start(&self) -> bool {
        self.plate.is_none() || self.is_start_wanted
    }

    /// What a run may use; an error for a budget that cannot be read.
    pub fn budget_bytes(&self) -> Result<Option<u64>, String> {
        match &self.budget_error {
            Some(why) => Err(why.clone()),
            None => self.settings.budget_bytes(&self.machine),
        }
    }

    /// The computer that runs are planned for: this one, or what it is to be taken for.
    pub fn planned_machine(&self) -> Machine {
        self.settings.planned_machine(&self.machine)
    }

    /// What a run would do as chosen.
    pub fn spec(&self, plate: &PlateState, mode: Mode) -> RunSpec {
        let sequential = if mode == Mode::Bulk { Vec::new() } else { plate.sequential.clone() };
        self.spec_of(mode, sequential, plate.pipeline.clone())
    }

    /// Why nothing can be run now; `None` where something can.
    pub fn run_blocked(&self) -> Option<String> {
        let plate = self.plate.as_ref()?;
        if self.job.is_some() {
            Some("a run is going".to_owned())
        } else if self.opening.is_some() {
            Some("another plate is being opened".to_owned())
        } else if plate.selection.is_empty() {
            Some("select a well first".to_owned())
        } else if let Err(why) = plate.pipeline.check().and_then(|()| self.budget_bytes().map(|_| ())) {
            Some(why)
        } else if plate.has_failed_measuring && !plate.is_measured() {
            Some("the sizes of the images could not be read: change the selection to try again".to_owned())
        } else if !plate.is_measured() {
            let (done, of) = plate.measured_count();
            let (done, of) = (count_text(done), count_text(of));
            Some(format!("the sizes of the images are being read, {done} of {of} so far"))
        } else {
            None
        }
    }

    /// Why nothing can be run one at a time now; `None` where it can.
    pub fn sequential_blocked(&self) -> Option<String> {
        self.run_blocked().or_else(|| {
            let plate = self.plate.as_ref()?;
            if !plate.sequential.is_empty() {
                None
            } else if plate.free_components().is_empty() {
                Some("no component of this plate can be taken one at a time with this pipeline".to_owned())
            } else {
                Some("choose what to process one at a time first".to_owned())
            }
        })
    }

    /// The runs that the chart shows.
    pub fn shown_runs(&self) -> impl Iterator<Item = &RunState> {
        self.runs.iter().filter(|run| run.is_shown)
    }

    /// The last run of a mode.
    pub fn last_run(&self, mode: Mode) -> Option<&RunState> {
        self.runs.iter().rev().find(|run| run.mode() == mode)
    }

    /// The marked combination as the chart shows it; `None` where the run is not in the chart.
    pub fn mark_in_chart(&self) -> Option<(Ink, Life)> {
        let marked = self.marked?;
        let ink = self.ink_of(self.runs.iter().find(|run| run.id == marked.run)?)?;
        let life = Life {
            born_in: String::new(),
            from_secs: marked.from_secs,
            uses: Vec::new(),
            gone_in: None,
            to_secs: marked.to_secs,
        };
        Some((ink, life))
    }

    /// The ink of a run in the chart; `None` where it is not in it.
    pub fn ink_of(&self, run: &RunState) -> Option<Ink> {
        let place = self.chart.runs.iter().position(|charted| charted.run == run.record.run)?;
        self.chart.inks().get(place).copied()
    }

    /// Shows a run in the chart, or not; after the last one [`Self::shown_changed`] is due.
    pub(super) fn show_run(&mut self, id: u64, is_shown: bool) {
        let Some(run) = self.runs.iter_mut().find(|run| run.id == id) else { return };
        if run.is_shown == is_shown {
            return;
        }
        run.is_shown = is_shown;
        if is_shown {
            self.chart.runs.push(ChartRun::of_record(&run.record));
            self.name_in_chart();
        } else {
            self.chart.runs.retain(|charted| charted.run != run.record.run);
            self.name_in_chart();
        }
    }

    pub(super) fn next_generation(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }

    pub(super) fn push_work(&mut self, work: Work) {
        self.work.push(work);
    }

    pub(super) fn save_settings(&mut self) {
        self.work.push(Work::SaveSettings(Box::new(self.settings.clone())));
    }

    /// Takes in what a background thread tells.
    pub fn apply(&mut self, event: AppEvent) {
        match event {
            AppEvent::FolderPicked(path) => {
                self.is_picking = false;
                if let Some(path) = path {
                    self.open(path);
                }
            }
            AppEvent::NoFolderDialog => {
                self.is_picking = false;
                let why = "No folder dialog here: type the path or drop the folder.".to_owned();
                self.open_error = Some(why);
                self.is_start_wanted = true;
            }
            AppEvent::PipelineFile(event) => self.pipeline_file(event),
            AppEvent::ViewFile(event) => self.view_file(event),
            AppEvent::Export(event) => self.exported(event),
            AppEvent::History(event) => self.history_event(event),
            AppEvent::Opened { generation, result } => {
                if self.opening.as_ref().is_some_and(|opening| opening.generation == generation) {
                    self.opened(result);
                }
            }
            AppEvent::DemoProgress { generation, done, of } => {
                if let Some(opening) = &mut self.opening
                    && opening.generation == generation
                {
                    opening.demo = Some((done, of));
                }
            }
            AppEvent::DemoWritten { generation, result } => {
                if self.opening.as_ref().is_some_and(|opening| opening.generation == generation) {
                    self.opening = None;
                    match result {
                        Some(Ok(path)) => self.open_plate(path),
                        Some(Err(why)) => {
                            self.open_error = Some(why);
                            self.compare_when_ready = false;
                        }
                        None => self.compare_when_ready = false,
                    }
                }
            }
            AppEvent::Measured { generation, wells, measured } => {
                if let Some(plate) = &mut self.plate
                    && plate.measuring.as_ref().is_some_and(|measuring| measuring.generation == generation)
                {
                    plate.add_measured(wells, measured);
                }
            }
            AppEvent::NotMeasured { generation, why } => {
                if let Some(plate) = &mut self.plate
                    && plate.measuring.take_if(|measuring| measuring.generation == generation).is_some()
                {
                    plate.has_failed_measuring = true;
                    let title = "The sizes of the images could not be read".to_owned();
                    self.trouble = Some(Trouble { title, sentence: why });
                }
            }
            AppEvent::Forecast { generation, result } => self.take_forecast(generation, result),
            AppEvent::Tried { generation, trial } => {
                if self.trying.take_if(|of| *of == generation).is_some() && !self.is_trial_stale {
                    self.trial = trial;
                    self.forecast_again();
                }
            }
            AppEvent::Machine { machine, results_free_bytes } => {
                self.machine = machine;
                self.results_free_bytes = results_free_bytes;
                self.forecast_again();
            }
            AppEvent::PlannedPlate { generation, known } => self.planned_known(generation, known),
            AppEvent::Planned { generation, runs, notes } => self.planned(generation, runs, notes),
            AppEvent::Job { generation, event } => self.job_event(generation, &event),
            AppEvent::JobDone { generation, result } => self.job_done(generation, result),
        }
    }

    pub(super) fn forecast_again(&mut self) {
        if let Some(plate) = &mut self.plate {
            plate.forecast.is_stale = true;
        }
        if let Some(planned) = &mut self.planned_plate {
            planned.is_stale = true;
        }
    }

    fn take_forecast(&mut self, generation: u64, result: Result<Outlook, String>) {
        let Some(plate) = &mut self.plate else { return };
        if plate.forecast.pending != Some(generation) {
            return;
        }
        plate.forecast.pending = None;
        if let Ok(outlook) = &result
            && !plate.is_chosen
            // What comes of an earlier pipeline may not be possible with the present one.
            && !plate.forecast.is_stale
            && let Some(best) = outlook.recommended()
            && best.mode == Mode::Sequential
        {
            plate.sequential.clone_from(&best.sequential);
        }
        plate.forecast.outlook = Some(result);
    }

    fn opened(&mut self, result: Option<Result<Opened, String>>) {
        self.opening = None;
        match result {
            None => self.compare_when_ready = false,
            Some(Err(why)) => {
                self.log.say(LogKind::Failure, why.clone());
                self.open_error = Some(why);
                self.compare_when_ready = false;
            }
            Some(Ok(Opened::Choose(candidates))) => self.candidates = candidates,
            Some(Ok(Opened::Plate(plate))) => {
                // Not the path that was given, which may be relative or within the plate.
                self.settings.remember(&plate.opened_by);
                self.save_settings();
                self.show_plate(*plate);
            }
        }
    }

    /// Shows a plate that was opened. A job of the plate before is stopped and forgotten.
    pub fn show_plate(&mut self, plate: Plate) {
        if let Some(job) = self.job.take() {
            job.cancel.cancel();
        }
        self.log = Log::default();
        self.log.add_plate(&plate);
        if let Some(earlier) = &mut self.plate {
            earlier.stop_measuring();
        }
        self.plate = Some(PlateState::new(plate));
        self.runs.clear();
        self.history.loading.clear();
        self.well_stages.clear();
        self.comparison = None;
        self.chart = Chart::default();
        self.outputs.clear();
        self.outputs_version += 1;
        self.gather_failures();
        self.plate_id = self.next_generation();
        (self.moment, self.life, self.view_note) = (None, None, None);
        (self.trouble, self.marked) = (None, None);
        self.study = None;
        self.open_error = None;
        self.candidates.clear();
        self.is_start_wanted = false;
        self.tab = Tab::Memory;
        self.read_history();
        // How fast another plate goes is not known; resting memory is the same.
        self.trial.paces = Paces::Unknown;
        self.is_trial_stale = true;
        self.push_work(Work::ReadMachine);
    }
}
