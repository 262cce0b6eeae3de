//! All that the window shows, and how events change it.
//!
//! [`AppState::apply`] takes what the background threads tell, and [`AppState::handle`] (in
//! [`super::command`]) what the user asks for. Both are pure: no IO, no clock. What must be done
//! outside is left in a list of [`Work`], which the window hands to the background threads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::log::{Log, LogKind};
use super::plate_state::{ForecastRequest, PlateState};
use super::runs::{JobState, OutputEntry, RunState, WellStage};
use super::settings::{Appearance, Settings};
use crate::cancel::Cancel;
use crate::chart::{Chart, ChartRun, RefusedMode};
use crate::compare::Comparison;
use crate::engine::{EventKind, JobEvent, JobResult, Outcome};
use crate::machine::Machine;
use crate::pipeline::PipelineSpec;
use crate::plan::{Choice, CombinationId, Mode, RunSpec};
use crate::plate::{Candidate, Component, Measured, Opened, Plate, WellId};
use crate::record::RunRecord;

/// The most runs of a session that stay in memory; all are on disk.
const MOST_RUNS: usize = 12;

/// The pages in the centre of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Verdict and chart.
    #[default]
    Memory,
    /// Thumbnails and viewer.
    Images,
    /// All events.
    Log,
}

impl Tab {
    /// All pages in order.
    pub const ALL: [Self; 3] = [Self::Memory, Self::Images, Self::Log];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "Memory",
            Self::Images => "Images",
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
    /// Bytes written and to write, while the demo plate is written.
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
    /// Open a plate.
    Open {
        /// For the answer.
        generation: u64,
        /// The path.
        path: PathBuf,
        /// Stops it.
        cancel: Cancel,
    },
    /// Write the demo plate where it is not there yet.
    WriteDemo {
        /// For the answer.
        generation: u64,
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
    /// Measure the resting memory of a worker that would do this.
    MeasureResting(Box<RunSpec>),
    /// Read what is known of the computer.
    ReadMachine,
    /// Write the settings.
    SaveSettings(Box<Settings>),
    /// Show dark or light.
    Appear(Appearance),
    /// Put a text on the clipboard.
    Copy(String),
    /// Show a folder in the system's file manager.
    ShowFolder(PathBuf),
}

/// What the background threads tell. A generation that is not the present one is stale.
#[derive(Debug)]
pub enum AppEvent {
    /// The folder that the user picked; `None` for none.
    FolderPicked(Option<PathBuf>),
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
        /// Bytes written.
        done: u64,
        /// Bytes to write.
        of: u64,
    },
    /// The demo plate is there, or why not.
    DemoWritten {
        /// Of the request.
        generation: u64,
        /// Its folder, or the reason; `None` when it was cancelled.
        result: Option<Result<PathBuf, String>>,
    },
    /// Sizes of images were read.
    Measured {
        /// Of the request.
        generation: u64,
        /// The wells.
        wells: BTreeSet<WellId>,
        /// The sizes.
        measured: Measured,
    },
    /// The forecast was worked out.
    Forecast {
        /// Of the request.
        generation: u64,
        /// The choices, or why there are none.
        result: Result<Vec<Choice>, String>,
    },
    /// Resting memory of a worker.
    Resting(Option<u64>),
    /// What is known of the computer.
    Machine(Machine),
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

/// All that the window shows.
#[derive(Debug, Default)]
pub struct AppState {
    /// What is remembered between sessions.
    pub settings: Settings,
    /// The computer.
    pub machine: Machine,
    /// Resting memory of a worker, where known.
    pub resting_rss_bytes: Option<u64>,
    /// The path that the user is typing.
    pub typed_path: String,
    /// The budget that the user is typing; `None` when it is the one in the settings.
    pub typed_budget: Option<String>,
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
    /// Images that the runs saved, newest last.
    pub outputs: Vec<OutputEntry>,
    /// Changes whenever `outputs` does.
    pub outputs_version: u64,
    /// Changes when another plate is opened.
    pub plate_id: u64,
    /// The moment whose images are shown under the chart.
    pub moment: Option<Moment>,
    /// Something that went wrong.
    pub trouble: Option<Trouble>,
    /// The log.
    pub log: Log,
    /// Which of its lines are shown.
    pub log_filter: LogFilter,
    /// Whether a comparison starts as soon as the plate is ready (the demo from the command line).
    pub compare_when_ready: bool,
    /// What has to be done outside.
    work: Vec<Work>,
    generation: u64,
}

impl AppState {
    /// The state when the window begins.
    pub fn new(settings: Settings, machine: Machine) -> Self {
        let appearance = settings.appearance;
        let mut state = Self { settings, machine, ..Self::default() };
        state.push_work(Work::Appear(appearance));
        state.measure_resting();
        state
    }

    /// The resting memory depends on the number of threads.
    pub(super) fn measure_resting(&mut self) {
        let spec = self.spec_of(Mode::Bulk, Vec::new(), PipelineSpec::default());
        self.push_work(Work::MeasureResting(Box::new(spec)));
    }

    fn spec_of(&self, mode: Mode, sequential: Vec<Component>, pipeline: PipelineSpec) -> RunSpec {
        RunSpec {
            mode,
            sequential,
            pipeline,
            after_clear: self.settings.after_clear,
            intermediates: self.settings.intermediates,
            threads: self.settings.threads_on(&self.machine),
        }
    }

    /// Whether the start screen is shown.
    pub fn is_start(&self) -> bool {
        self.plate.is_none() || self.is_start_wanted
    }

    /// What a run may use; an error for a budget that cannot be read.
    pub fn budget_bytes(&self) -> Result<Option<u64>, String> {
        self.settings.budget_bytes(&self.machine)
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
        } else if plate.selection.is_empty() {
            Some("select a well first".to_owned())
        } else if let Err(why) = plate.pipeline.check().and_then(|()| self.budget_bytes().map(|_| ())) {
            Some(why)
        } else if !plate.is_measured() {
            Some("the sizes of the images are being read".to_owned())
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

    /// Shows a run in the chart, or not.
    pub(super) fn show_run(&mut self, id: u64, is_shown: bool) {
        let Some(run) = self.runs.iter_mut().find(|run| run.id == id) else { return };
        if run.is_shown == is_shown {
            return;
        }
        run.is_shown = is_shown;
        if is_shown {
            self.chart.runs.push(ChartRun::of_record(&run.record));
        } else {
            self.chart.runs.retain(|charted| charted.run != run.record.run);
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

    /// Takes what has to be done outside: what was asked for, and what follows from the state.
    pub fn take_work(&mut self) -> Vec<Work> {
        self.begin_measuring();
        self.begin_forecast();
        if self.compare_when_ready && self.plate.is_some() && self.sequential_blocked().is_none() {
            self.compare_when_ready = false;
            self.begin_comparison(false);
        }
        std::mem::take(&mut self.work)
    }

    fn begin_measuring(&mut self) {
        let Some(plate) = &mut self.plate else { return };
        let wells = plate.unmeasured();
        if plate.measuring.is_some() || wells.is_empty() {
            return;
        }
        self.generation += 1;
        let cancel = Cancel::new();
        plate.measuring = Some((self.generation, cancel.clone()));
        let plate = Arc::clone(&plate.plate);
        self.work.push(Work::Measure { generation: self.generation, plate, wells, cancel });
    }

    fn begin_forecast(&mut self) {
        let budget = self.budget_bytes();
        let Some(plate) = &self.plate else { return };
        if !plate.forecast.is_stale || plate.forecast.pending.is_some() || !plate.is_measured() {
            return;
        }
        let Ok(budget_bytes) = budget else { return };
        let result = if plate.selection.is_empty() {
            Some(Err("Select a well to see what it needs.".to_owned()))
        } else {
            plate.pipeline.check().err().map(Err)
        };
        let request = Box::new(ForecastRequest {
            plate: Arc::clone(&plate.plate),
            measured: Arc::clone(&plate.measured),
            wells: plate.selection.clone(),
            spec: self.spec(plate, Mode::Bulk),
            resting_rss_bytes: self.resting_rss_bytes,
            budget_bytes,
        });
        let generation = self.next_generation();
        let Some(plate) = &mut self.plate else { return };
        plate.forecast.is_stale = false;
        match result {
            Some(result) => plate.forecast.choices = Some(result),
            None => {
                plate.forecast.pending = Some(generation);
                self.work.push(Work::Forecast { generation, request });
            }
        }
    }

    /// Takes in what a background thread tells.
    pub fn apply(&mut self, event: AppEvent) {
        match event {
            AppEvent::FolderPicked(None) => {}
            AppEvent::FolderPicked(Some(path)) => self.open(path),
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
                        Some(Ok(path)) => self.open(path),
                        Some(Err(why)) => self.open_error = Some(why),
                        None => {}
                    }
                }
            }
            AppEvent::Measured { generation, wells, measured } => {
                if let Some(plate) = &mut self.plate
                    && plate.measuring.as_ref().is_some_and(|(of, _)| *of == generation)
                {
                    plate.add_measured(wells, measured);
                }
            }
            AppEvent::Forecast { generation, result } => self.take_forecast(generation, result),
            AppEvent::Resting(resting) => {
                self.resting_rss_bytes = resting;
                self.forecast_again();
            }
            AppEvent::Machine(machine) => {
                self.machine = machine;
                self.forecast_again();
            }
            AppEvent::Planned { generation, runs, notes } => self.planned(generation, runs, notes),
            AppEvent::Job { generation, event } => self.job_event(generation, &event),
            AppEvent::JobDone { generation, result } => self.job_done(generation, result),
        }
    }

    pub(super) fn forecast_again(&mut self) {
        if let Some(plate) = &mut self.plate {
            plate.forecast.is_stale = true;
        }
    }

    fn take_forecast(&mut self, generation: u64, result: Result<Vec<Choice>, String>) {
        let Some(plate) = &mut self.plate else { return };
        if plate.forecast.pending != Some(generation) {
            return;
        }
        plate.forecast.pending = None;
        if let Ok(choices) = &result
            && !plate.is_chosen
            && let Some(best) = choices.iter().find(|choice| choice.recommended)
            && best.mode == Mode::Sequential
        {
            plate.sequential.clone_from(&best.sequential);
        }
        plate.forecast.choices = Some(result);
    }

    fn opened(&mut self, result: Option<Result<Opened, String>>) {
        let Some(opening) = self.opening.take() else { return };
        match result {
            None => {}
            Some(Err(why)) => {
                self.log.say(LogKind::Failure, why.clone());
                self.open_error = Some(why);
                self.compare_when_ready = false;
            }
            Some(Ok(Opened::Choose(candidates))) => self.candidates = candidates,
            Some(Ok(Opened::Plate(plate))) => {
                self.settings.remember(&opening.path);
                self.save_settings();
                self.show_plate(*plate);
            }
        }
    }

    /// Shows a plate that was opened.
    pub fn show_plate(&mut self, plate: Plate) {
        self.log = Log::default();
        self.log.add_plate(&plate);
        self.plate = Some(PlateState::new(plate));
        self.runs.clear();
        self.well_stages.clear();
        self.comparison = None;
        self.chart = Chart::default();
        self.outputs.clear();
        self.outputs_version += 1;
        self.plate_id = self.next_generation();
        self.moment = None;
        self.trouble = None;
        self.open_error = None;
        self.candidates.clear();
        self.is_start_wanted = false;
        self.tab = Tab::Memory;
        self.push_work(Work::ReadMachine);
    }

    fn planned(
        &mut self,
        generation: u64,
        runs: Vec<(RunRecord, Vec<(CombinationId, usize)>)>,
        notes: Vec<String>,
    ) {
        if self.job.as_ref().is_none_or(|job| job.generation != generation) {
            return;
        }
        for note in notes {
            self.log.say(LogKind::Warning, note);
        }
        for run in &mut self.runs {
            run.is_shown = false;
        }
        self.chart = Chart {
            budget_bytes: self.budget_bytes().ok().flatten(),
            machine_bytes: self.machine.memory_bytes,
            ..Chart::default()
        };
        self.moment = None;
        for (record, combinations) in runs {
            let id = self.next_generation();
            if let Some(job) = &mut self.job {
                job.runs.push((record.plan.mode, id));
            }
            self.runs.push(RunState::new(id, record, combinations));
        }
        let surplus = self.runs.len().saturating_sub(MOST_RUNS);
        self.runs.drain(..surplus);
    }

    fn job_event(&mut self, generation: u64, event: &JobEvent) {
        let Some(job) = self.job.as_mut().filter(|job| job.generation == generation) else { return };
        job.apply(event, &mut self.well_stages);
        self.log.add(event);
        match event {
            JobEvent::Run { mode, event } => {
                let id = job.runs.iter().find(|(of, _)| of == mode).map(|(_, id)| *id);
                if let Some(run) = self.runs.iter_mut().find(|run| Some(run.id) == id) {
                    run.apply(event);
                    if run.is_shown {
                        let charted = self.chart.run_mut(&event.run, *mode);
                        charted.apply(event);
                    }
                }
                if let EventKind::Ended { outcome: Outcome::Failed, why, .. } = &event.kind {
                    self.trouble = Some(Trouble {
                        title: format!("{} did not finish", mode.title()),
                        sentence: why.clone().unwrap_or_else(|| "The reason is not known.".to_owned()),
                    });
                }
            }
            JobEvent::Refused { mode, forecast, .. } => {
                let title = mode.title().to_owned();
                self.chart.refused.push(RefusedMode { mode: *mode, title, forecast: *forecast });
                // A refused run has nothing to show.
                let id = job.runs.iter().find(|(of, _)| of == mode).map(|(_, id)| *id);
                self.runs.retain(|run| Some(run.id) != id);
            }
            JobEvent::Warming { .. } => {}
        }
    }

    fn job_done(&mut self, generation: u64, result: Result<Box<JobResult>, String>) {
        let Some(job) = self.job.take_if(|job| job.generation == generation) else { return };
        self.push_work(Work::ReadMachine);
        match result {
            Ok(result) => {
                for record in result.records {
                    let id = job.runs.iter().find(|(mode, _)| *mode == record.plan.mode).map(|(_, id)| *id);
                    if let Some(run) = self.runs.iter_mut().find(|run| Some(run.id) == id) {
                        run.finish(record);
                        self.outputs.extend(run.outputs());
                        self.outputs_version += 1;
                    }
                }
                if let Some(comparison) = result.comparison {
                    let verdict = comparison.verdict();
                    self.log.say(LogKind::Run, verdict.sentence);
                    for different in comparison.outputs.iter().flat_map(|outputs| &outputs.different) {
                        let text =
                            format!("{} after step {}: {}", different.key, different.step + 1, different.why);
                        self.log.say(LogKind::Failure, text);
                    }
                    self.comparison = Some(comparison);
                }
            }
            Err(why) => {
                self.log.say(LogKind::Failure, why.clone());
                self.trouble = Some(Trouble { title: "Nothing was run".to_owned(), sentence: why });
            }
        }
        // A run that never began has nothing to show.
        self.runs.retain(|run| !run.is_live || run.record.machine.is_some());
        for run in &mut self.runs {
            run.is_live = false;
        }
    }
}
