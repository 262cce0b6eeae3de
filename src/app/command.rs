//! What the user can ask for, and the one place where it is done.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::messages::{RunRequest, Work};
use super::settings::Appearance;
use super::state::{AppState, LogFilter, Marked, Moment, Opening, Tab, Trouble};
use crate::app::images::view_picture::{ViewPicture, ViewUse};
use crate::app::memory::exporting::ExportKind;
use crate::app::memory::image_life::LifeOf;
use crate::app::pipeline::edit::PipelineEdit;
use crate::app::runs::history::HistoryCommand;
use crate::app::runs::run::JobState;
use crate::cancel::Cancel;
use crate::chart::ChartOptions;
use crate::demo::DemoSpec;
use crate::engine::CacheState;
use crate::folders;
use crate::image::Compression;
use crate::memory::Budget;
use crate::pipeline::PipelineSpec;
use crate::plan::{AfterClear, Intermediates, Mode, RemedyKind, RunSpec};
use crate::plate::{Component, WellId};

/// Something that the user asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Ask for a folder and open it.
    PickFolder,
    /// Open a path.
    Open(PathBuf),
    /// Change the path that is being typed.
    TypePath(String),
    /// Open the typed path.
    OpenTyped,
    /// Take a plate off the list of recent ones.
    ForgetRecent(PathBuf),
    /// Write the demo plate where it is not there yet, and open it.
    OpenDemo,
    /// Stop opening.
    CancelOpening,
    /// Go to the start screen.
    ShowStart,
    /// Go back to the open plate.
    ShowPlate,
    /// Select these wells and no others.
    Select(BTreeSet<WellId>),
    /// Take a component one value at a time, or not.
    SetSequential {
        /// The component.
        component: Component,
        /// Whether.
        is_on: bool,
    },
    /// Take these components one value at a time and no others.
    Choose(Vec<Component>),
    /// Replace the pipeline.
    SetPipeline(PipelineSpec),
    /// Change something about the pipeline, or take a change back.
    EditPipeline(PipelineEdit),
    /// Change what happens to memory after a clear.
    SetAfterClear(AfterClear),
    /// Change what happens to images after their last use.
    SetIntermediates(Intermediates),
    /// Change how many wells are processed together; `None` for one.
    SetWellsAtOnce(Option<usize>),
    /// Change whether the next combination is read ahead.
    SetReadAhead(bool),
    /// Change how the runs of a comparison find the files.
    SetCache(CacheState),
    /// Change the compression of the images that are kept.
    SetCompression(Compression),
    /// Change the number of threads; `None` for as many as there are processors.
    SetThreads(Option<usize>),
    /// Change the budget that is being typed.
    TypeBudget(String),
    /// Take the typed budget.
    SetBudget(String),
    /// Plan as if this computer had so much memory; `None` for what it has.
    PretendMemory(Option<u64>),
    /// Make a change that would help where no choice fits the budget.
    Apply(RemedyKind),
    /// Plan a plate that is not there yet.
    PlanPlate,
    /// Change what such a plate would hold.
    SetLayout(DemoSpec),
    /// Change the folder in which it would be made.
    TypePlateFolder(String),
    /// Make the planned plate, and open it.
    MakePlate,
    /// Plan no such plate any more.
    ClosePlanned,
    /// Run all selected wells.
    Run(Mode),
    /// Run both ways and compare.
    Compare {
        /// All selected wells, not only the largest.
        is_all_wells: bool,
    },
    /// Stop the job.
    CancelJob,
    /// Show a run in the chart, or not.
    ShowRun {
        /// The run.
        id: u64,
        /// Whether.
        is_shown: bool,
    },
    /// Show the images of a moment of a run under the chart.
    ShowMoment(Option<Moment>),
    /// Show in the chart when an image was in memory.
    ShowLife(LifeOf),
    /// Show the study's proofs on the finished runs of this session.
    ShowStudy,
    /// Show them no more.
    CloseStudy,
    /// Open a page.
    ShowTab(Tab),
    /// Change which lines of the log are shown.
    FilterLog(LogFilter),
    /// Do something with the runs on disk.
    History(HistoryCommand),
    /// Export the runs that the chart shows.
    Export {
        /// In which form.
        kind: ExportKind,
        /// How the chart is looked at.
        options: ChartOptions,
    },
    /// Mark a combination in the chart; `None` for none.
    Mark(Option<Marked>),
    /// Put a text on the clipboard.
    Copy(String),
    /// Copy or save a picture of what the viewer shows; `None` where the display gave none.
    UseView {
        /// What to do with it.
        to: ViewUse,
        /// It.
        picture: Option<ViewPicture>,
    },
    /// Show a folder in the system's file manager.
    ShowFolder(PathBuf),
    /// Change between dark and light.
    SetAppearance(Appearance),
    /// Take note of what went wrong.
    DismissTrouble,
    /// Remember the size of the window, in points.
    RememberWindow([f32; 2]),
}

impl AppState {
    /// Does what the user asked for.
    pub fn handle(&mut self, command: Command) {
        match command {
            Command::PickFolder => {
                if !self.is_picking && self.job.is_none() {
                    self.is_picking = true;
                    let from = self.settings.last_folder.clone();
                    self.push_work(Work::PickFolder { from });
                }
            }
            Command::Open(path) => self.open(path),
            Command::TypePath(text) => self.typed_path = text,
            Command::OpenTyped => {
                let typed = self.typed_path.trim().trim_matches('"').to_owned();
                if !typed.is_empty() {
                    self.open(PathBuf::from(typed));
                }
            }
            Command::ForgetRecent(path) => {
                self.settings.recent.retain(|recent| *recent != path);
                self.save_settings();
            }
            Command::OpenDemo => self.write_demo(DemoSpec::first_look(), folders::demo_dir()),
            Command::CancelOpening => {
                self.candidates.clear();
                self.compare_when_ready = false;
                if let Some(opening) = self.opening.take() {
                    opening.cancel.cancel();
                }
            }
            Command::ShowStart => self.is_start_wanted = true,
            Command::ShowPlate => {
                self.is_start_wanted = false;
                self.open_error = None;
                self.candidates.clear();
            }
            Command::Select(wells) => self.select(wells),
            Command::SetSequential { component, is_on } => self.set_sequential(component, is_on),
            Command::Choose(components) => {
                if let Some(plate) = &mut self.plate {
                    plate.is_chosen = true;
                    plate.sequential = components;
                }
            }
            Command::SetPipeline(pipeline) => self.change_pipeline(pipeline, None),
            Command::EditPipeline(edit) => self.edit_pipeline(edit),
            Command::SetAfterClear(after_clear) => {
                self.settings.after_clear = after_clear;
                self.settings_changed();
            }
            Command::SetIntermediates(intermediates) => {
                self.settings.intermediates = intermediates;
                self.settings_changed();
            }
            Command::SetWellsAtOnce(wells) => {
                self.settings.wells_at_once = wells;
                self.settings_changed();
            }
            Command::SetReadAhead(is_on) => {
                self.settings.read_ahead = is_on;
                self.settings_changed();
                // It has threads of its own.
                self.is_trial_stale = true;
            }
            Command::SetCompression(compression) => {
                self.settings.compression = compression;
                self.settings_changed();
                // Saving takes longer or shorter.
                self.is_trial_stale = true;
            }
            Command::SetCache(cache) => {
                self.settings.cache = cache;
                self.settings_changed();
            }
            Command::SetThreads(threads) => {
                self.settings.threads = threads;
                self.settings_changed();
                // A worker at rest takes memory for each of its threads.
                self.is_trial_stale = true;
            }
            Command::TypeBudget(text) => self.typed_budget = Some(text),
            Command::SetBudget(text) => {
                let budget = text.trim().to_owned();
                match Budget::parse(&budget, &self.planned_machine()) {
                    Ok(_) => {
                        (self.typed_budget, self.budget_error) = (None, None);
                        self.settings.budget = budget;
                        self.settings_changed();
                    }
                    // Not saved: the next start would have no budget that can be read.
                    Err(why) => (self.typed_budget, self.budget_error) = (Some(text), Some(why)),
                }
            }
            Command::PretendMemory(bytes) => {
                self.settings.pretend_memory_bytes = bytes;
                self.settings_changed();
            }
            Command::Apply(remedy) => self.apply_remedy(remedy),
            Command::PlanPlate => self.plan_plate(),
            Command::SetLayout(layout) => self.set_layout(layout),
            Command::TypePlateFolder(text) => self.type_plate_folder(text),
            Command::MakePlate => self.make_plate(),
            Command::ClosePlanned => self.close_planned(),
            Command::Run(mode) => self.begin_run(mode),
            Command::Compare { is_all_wells } => {
                if self.sequential_blocked().is_none() {
                    self.begin_comparison(is_all_wells);
                }
            }
            Command::CancelJob => {
                if let Some(job) = &self.job {
                    job.cancel.cancel();
                }
            }
            Command::ShowRun { id, is_shown } => {
                self.show_run(id, is_shown);
                self.shown_changed();
            }
            Command::ShowMoment(moment) => (self.moment, self.life) = (moment, None),
            Command::ShowLife(of) => self.show_life(of),
            Command::ShowStudy => self.show_study(),
            Command::CloseStudy => self.study = None,
            Command::ShowTab(tab) => {
                self.tab = tab;
                self.view_note = None;
            }
            Command::FilterLog(filter) => self.log_filter = filter,
            Command::History(command) => self.handle_history(command),
            Command::Export { kind, options } => self.export(kind, options),
            Command::Mark(marked) => self.marked = marked,
            Command::Copy(text) => self.push_work(Work::Copy(text)),
            Command::UseView { to, picture } => self.use_view(to, picture),
            Command::ShowFolder(path) => self.push_work(Work::ShowFolder(path)),
            Command::SetAppearance(appearance) => {
                self.settings.appearance = appearance;
                self.push_work(Work::Appear(appearance));
                self.save_settings();
            }
            Command::DismissTrouble => self.trouble = None,
            Command::RememberWindow(size) => {
                self.settings.window = Some(size);
                self.save_settings();
            }
        }
    }

    /// Begins to open a path. While a job goes, the plate stays.
    pub(super) fn open(&mut self, path: PathBuf) {
        if self.is_job_in_the_way() {
            return;
        }
        // What was to be compared was the demo plate and not this one.
        self.compare_when_ready = false;
        self.open_plate(path);
    }

    /// Whether a job goes, which is then told: its verdict is about the plate that is shown.
    fn is_job_in_the_way(&mut self) -> bool {
        if self.job.is_some() {
            self.trouble = Some(Trouble {
                title: "A run is going".to_owned(),
                sentence: "Cancel it first, or wait for it, then open another plate.".to_owned(),
            });
        }
        self.job.is_some()
    }

    /// Begins to open a path, also that of the demo plate once it is written.
    pub(super) fn open_plate(&mut self, path: PathBuf) {
        let (generation, cancel) = self.begin_opening(path.clone(), None);
        self.push_work(Work::Open { generation, path, cancel });
    }

    /// Writes a plate where it is not there yet, and opens it.
    pub(super) fn write_demo(&mut self, spec: DemoSpec, path: PathBuf) {
        if self.is_job_in_the_way() {
            return;
        }
        let (generation, cancel) = self.begin_opening(path.clone(), Some((0, 0)));
        self.push_work(Work::WriteDemo { generation, spec: Box::new(spec), path, cancel });
    }

    /// Makes the change in the settings and in the pipeline.
    fn apply_remedy(&mut self, remedy: RemedyKind) {
        // What would help was worked out for what is chosen now, or it is not known to help.
        let Some(plate) = self.plate.as_ref().filter(|plate| !plate.forecast.is_awaited()) else { return };
        let spec = remedy.applied(&self.spec(plate, Mode::Bulk));
        let has_other_threads = spec.threads != self.settings.threads_on(&self.machine);
        let commands = [
            (spec.pipeline != plate.pipeline).then_some(Command::SetPipeline(spec.pipeline)),
            has_other_threads.then_some(Command::SetThreads(Some(spec.threads))),
            Some(Command::SetWellsAtOnce((spec.wells_at_once > 1).then_some(spec.wells_at_once))),
            Some(Command::SetIntermediates(spec.intermediates)),
            Some(Command::SetAfterClear(spec.after_clear)),
            (spec.read_ahead != self.settings.read_ahead).then_some(Command::SetReadAhead(spec.read_ahead)),
        ];
        for command in commands.into_iter().flatten() {
            self.handle(command);
        }
    }

    fn begin_opening(&mut self, path: PathBuf, demo: Option<(u64, u64)>) -> (u64, Cancel) {
        if let Some(earlier) = self.opening.take() {
            earlier.cancel.cancel();
        }
        let generation = self.next_generation();
        let cancel = Cancel::new();
        self.opening = Some(Opening { generation, path, demo, cancel: cancel.clone() });
        self.open_error = None;
        self.candidates.clear();
        self.is_start_wanted = true;
        (generation, cancel)
    }

    fn select(&mut self, wells: BTreeSet<WellId>) {
        let Some(plate) = &mut self.plate else { return };
        let wells: BTreeSet<WellId> = wells
            .into_iter()
            .filter(|well| plate.wells.get(well).is_some_and(|facts| facts.images > 0))
            .collect();
        if plate.selection != wells {
            // A trial without wells told nothing of times.
            self.is_trial_stale |= plate.selection.is_empty();
            plate.selection = wells;
            plate.follow_selection();
            plate.forecast.is_stale = true;
        }
    }

    fn set_sequential(&mut self, component: Component, is_on: bool) {
        let Some(plate) = &mut self.plate else { return };
        plate.is_chosen = true;
        plate.sequential.retain(|chosen| *chosen != component);
        if is_on && plate.free_components().contains(&component) {
            plate.sequential.push(component);
        }
    }

    fn settings_changed(&mut self) {
        self.forecast_again();
        self.save_settings();
    }

    fn begin_run(&mut self, mode: Mode) {
        let blocked = if mode == Mode::Bulk { self.run_blocked() } else { self.sequential_blocked() };
        let Some(plate) = self.plate.as_ref().filter(|_| blocked.is_none()) else { return };
        let (wells, spec) = (plate.selection.clone(), self.spec(plate, mode));
        self.begin_job(wells, vec![spec]);
    }

    /// Begins a comparison of the largest selected well, or of all.
    pub(super) fn begin_comparison(&mut self, is_all_wells: bool) {
        let Some(plate) = &self.plate else { return };
        let wells =
            if is_all_wells { plate.selection.clone() } else { plate.largest_well().into_iter().collect() };
        // All at once first: it shows what there is to gain.
        let specs = [Mode::Bulk, Mode::Sequential].map(|mode| self.spec(plate, mode));
        self.begin_job(wells, specs.into());
    }

    fn begin_job(&mut self, wells: BTreeSet<WellId>, specs: Vec<RunSpec>) {
        let Ok(bytes) = self.budget_bytes() else { return };
        // Planned for a larger computer, a run is still made on this one.
        let budget_bytes = Budget { bytes }.held_to(&self.machine).bytes;
        let Some(plate) = &mut self.plate else { return };
        // What was run stays chosen: a later forecast must not put another choice under “Next”.
        plate.is_chosen = true;
        let request = Box::new(RunRequest {
            plate: Arc::clone(&plate.plate),
            measured: Arc::clone(&plate.measured),
            wells,
            specs,
            budget_bytes,
            resting_rss_bytes: self.trial.resting_rss_bytes,
            cache: self.settings.cache,
            fix: plate.fix(),
        });
        self.start_job(request);
    }

    pub(super) fn start_job(&mut self, request: Box<RunRequest>) {
        let generation = self.next_generation();
        let cancel = Cancel::new();
        self.job = Some(JobState::new(generation, cancel.clone(), request.specs.len()));
        self.comparison = None;
        self.trouble = None;
        self.view_note = None;
        self.well_stages.clear();
        self.tab = Tab::Memory;
        self.push_work(Work::Run { generation, request, cancel });
    }
}
