//! The runs of this session, the job that is going, and the runs on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::history::History;
use super::inputs::JobInputs;
use super::messages::{RunsCommand, RunsWork};
use super::run::{JobState, RunState, WatchedRun, WellStage};
use crate::app::outbox::{Fact, Outbox};
use crate::cancel::Cancel;
use crate::compare::Comparison;
use crate::engine::JobRequest;
use crate::events::Outcome;
use crate::memory::Budget;
use crate::plan::{Mode, RunSpec};
use crate::plate::{Plate, WellId};
use crate::record::{AnyRecord, RunId, RunRecord};
use crate::shown_text::brief;
use crate::study::ShownBy;

/// All runs that the window knows, and the job that makes new ones.
#[derive(Debug, Default)]
pub struct RunsState {
    /// The runs of this plate in this session, oldest first.
    pub list: Vec<RunState>,
    /// Watched programs that the chart can show, as they were read.
    pub watched: Vec<WatchedRun>,
    /// How far each well is in the present or last job.
    pub well_stages: BTreeMap<WellId, WellStage>,
    /// The job that is going.
    pub job: Option<JobState>,
    /// The runs on disk.
    pub history: History,
}

impl RunsState {
    /// The run of an id.
    pub fn run(&self, id: RunId) -> Option<&RunState> {
        self.list.iter().find(|run| run.id == id)
    }

    /// The runs that the chart shows.
    pub fn shown(&self) -> impl Iterator<Item = &RunState> {
        self.list.iter().filter(|run| run.is_shown)
    }

    /// The last run of a mode.
    pub fn last_run(&self, mode: Mode) -> Option<&RunState> {
        self.list.iter().rev().find(|run| run.mode() == mode)
    }

    /// The run in a folder, where it is one of those that the chart can show.
    pub(crate) fn run_in(&self, folder: &Path) -> Option<&RunState> {
        self.list.iter().find(|run| run.folder().as_deref() == Some(folder))
    }

    /// The whole record of the run in a folder, where it is read.
    pub(crate) fn record_in(&self, folder: &Path) -> Option<&RunRecord> {
        let read = || match self.history.records.get(folder) {
            Some(AnyRecord::Run(record)) => Some(&**record),
            Some(AnyRecord::Watched(_)) | None => None,
        };
        self.run_in(folder).map(|run| &run.record).or_else(read)
    }

    /// The name that the user gave to a run, or else how it took the images.
    pub(crate) fn name_of(&self, run: &RunState) -> String {
        let past = run.folder().and_then(|folder| self.history.run(&folder));
        past.map(|past| &past.label.name)
            .filter(|name| !name.is_empty())
            .map_or_else(|| run.title(), |name| brief(name))
    }

    /// The finished runs of a plate: runs of others may be shown beside them.
    pub(crate) fn finished_of<'a>(&'a self, plate: &'a Plate) -> impl Iterator<Item = &'a RunRecord> {
        let is_of_plate = |run: &&RunState| !run.is_live && run.record.plate.root == plate.root;
        self.list.iter().filter(is_of_plate).map(|run| &run.record)
    }

    /// Whether there is a finished run of a plate to test the study's claims on.
    pub fn has_study(&self, plate: &Plate) -> bool {
        self.job.is_none() && self.finished_of(plate).any(|record| record.machine.is_some())
    }

    /// How the job ended, in few words and in a sentence; `None` where the user ended it.
    pub(crate) fn end_words(&self, comparison: Option<&Comparison>) -> Option<(String, String)> {
        if let Some(comparison) = comparison {
            return Some(("Both ways are compared".to_owned(), comparison.verdict().sentence));
        }
        let run = self.list.iter().rev().find(|run| !run.is_past)?;
        let title = match run.outcome()? {
            Outcome::Completed => format!("{} is done", run.title()),
            Outcome::Failed => format!("{} did not finish", run.title()),
            Outcome::Cancelled => return None,
        };
        Some((title, run.end_text()))
    }

    pub(crate) fn handle(&mut self, command: RunsCommand, inputs: &JobInputs<'_>, out: &mut Outbox) {
        match command {
            RunsCommand::Run(mode) => {
                let Some(plate) = inputs.plate.filter(|_| inputs.blocked_for(mode).is_none()) else { return };
                self.begin(plate.selection.clone(), &[mode], inputs, out);
            }
            RunsCommand::Compare { is_all_wells } => {
                let Some(plate) = inputs.plate.filter(|_| inputs.blocked_for(Mode::Sequential).is_none())
                else {
                    return;
                };
                let wells = if is_all_wells {
                    plate.selection.clone()
                } else {
                    plate.largest_well().into_iter().collect()
                };
                // All at once first: it shows what there is to gain.
                self.begin(wells, &[Mode::Bulk, Mode::Sequential], inputs, out);
            }
            RunsCommand::Show(ShownBy::BothWays) => {
                self.handle(RunsCommand::Compare { is_all_wells: false }, inputs, out);
            }
            RunsCommand::Show(shown_by) => {
                let Some(showing) = inputs.showing(shown_by).filter(|_| inputs.blocked.is_none()) else {
                    return;
                };
                let Some(spec) = inputs.showing_spec(&showing) else { return };
                self.begin_with(showing.wells, vec![spec], inputs, out);
            }
            RunsCommand::CancelJob => {
                if let Some(job) = &self.job {
                    job.cancel.cancel();
                }
            }
            RunsCommand::ShowRun { id, is_shown } => {
                self.show(id, is_shown, out);
                out.emit(Fact::ShownRunsChanged);
            }
        }
    }

    fn begin(&mut self, wells: BTreeSet<WellId>, modes: &[Mode], inputs: &JobInputs<'_>, out: &mut Outbox) {
        let Some(plate) = inputs.plate else { return };
        let specs = modes.iter().map(|mode| plate.spec(inputs.settings, *mode)).collect();
        self.begin_with(wells, specs, inputs, out);
    }

    fn begin_with(
        &mut self,
        wells: BTreeSet<WellId>,
        specs: Vec<RunSpec>,
        inputs: &JobInputs<'_>,
        out: &mut Outbox,
    ) {
        let Ok(bytes) = inputs.settings.budget_bytes() else { return };
        if let Some(request) = inputs.request(wells, specs, Budget { bytes }) {
            self.start(request, false, out);
        }
    }

    /// Starts a job, which is an earlier run made again or what is chosen now.
    pub(super) fn start(&mut self, request: Box<JobRequest>, is_again: bool, out: &mut Outbox) {
        let (generation, cancel) = (out.next_generation(), Cancel::new());
        self.job = Some(JobState::new(generation, cancel.clone(), &request));
        self.well_stages.clear();
        out.emit(Fact::JobBegan { is_again });
        out.work(RunsWork::Run { generation, request, cancel });
    }

    /// Shows a run in the chart, or not; after the last one [`Fact::ShownRunsChanged`] is due.
    pub(crate) fn show(&mut self, id: RunId, is_shown: bool, out: &mut Outbox) {
        if let Some(run) = self.list.iter_mut().find(|run| run.id == id && run.is_shown != is_shown) {
            run.is_shown = is_shown;
            out.emit(Fact::RunShown { id, is_shown });
        }
        let mut watched = self.watched.iter_mut();
        if let Some(watched) = watched.find(|watched| watched.id == id && watched.is_shown != is_shown) {
            watched.is_shown = is_shown;
            out.emit(Fact::RunShown { id, is_shown });
        }
    }

    /// A run was deleted.
    pub(crate) fn remove(&mut self, id: RunId) {
        self.list.retain(|run| run.id != id);
        self.watched.retain(|watched| watched.id != id);
    }

    /// Another plate is shown. A job of the plate before is stopped and forgotten.
    pub(crate) fn plate_shown(&mut self) {
        if let Some(job) = self.job.take() {
            job.cancel.cancel();
        }
        self.list.clear();
        self.watched.clear();
        self.history.loading.clear();
        self.well_stages.clear();
    }
}
