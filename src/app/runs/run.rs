//! The runs of this session and the job that is going, as the window sees them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cancel::Cancel;
use crate::engine::{JobEvent, JobProgress, JobRequest};
pub use crate::events::WellStage;
use crate::events::{CombinationRow, Course, Event, Outcome, RunSummary};
use crate::image::ImageSource;
use crate::pipeline::pixel_scale;
use crate::plan::run_title;
use crate::plan::{CombinationId, Mode};
use crate::plate::{ImageKey, WellId};
use crate::quantity::plural;
use crate::record::{RunId, RunRecord};
use crate::watch::WatchedRecord;

/// A combination of a run that is planned, going or cleared.
#[derive(Clone, Debug, PartialEq)]
pub struct CombinationState {
    /// Its place in the run, its wells and its values.
    pub id: CombinationId,
    /// Images that it has.
    pub images: usize,
    /// How far it is.
    pub stage: CombinationStage,
}

/// How far a combination is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CombinationStage {
    /// It has not begun.
    Waiting,
    /// It is in memory or on its way there.
    Running,
    /// Its images are gone.
    Cleared {
        /// Resident memory before.
        rss_before: Option<u64>,
        /// Resident memory after.
        rss_after: Option<u64>,
    },
}

impl CombinationState {
    /// Of a run that is over.
    pub(super) fn all_of(course: &Course) -> Vec<Self> {
        let of = |row: &CombinationRow| Self {
            id: row.id.clone(),
            images: row.images,
            stage: row.cleared.map_or(CombinationStage::Waiting, |_| CombinationStage::of(Some(row))),
        };
        course.combinations().map(of).collect()
    }
}

impl CombinationStage {
    /// Of a combination that has been told of, also one that is read ahead.
    fn of(row: Option<&CombinationRow>) -> Self {
        row.and_then(|row| row.cleared).map_or(Self::Running, |cleared| Self::Cleared {
            rss_before: cleared.rss_before,
            rss_after: cleared.rss_after,
        })
    }
}

/// A run of this session.
#[derive(Clone, Debug)]
pub struct RunState {
    /// Tells it from the other runs of the session.
    pub id: RunId,
    /// What is known of it; grows while it goes.
    pub record: RunRecord,
    /// Whether it is going.
    pub is_live: bool,
    /// Whether the chart shows it.
    pub is_shown: bool,
    /// Whether it was made in another session.
    pub is_past: bool,
    /// Its combinations in order.
    pub combinations: Vec<CombinationState>,
    /// What has happened in it.
    pub course: Course,
    /// Its folder, from when it began: its record may not have been written.
    pub(crate) place: Option<PathBuf>,
}

impl RunState {
    /// A run that is about to begin.
    pub fn new(id: RunId, record: RunRecord, combinations: Vec<(CombinationId, usize)>) -> Self {
        let combinations = combinations
            .into_iter()
            .map(|(id, images)| CombinationState { id, images, stage: CombinationStage::Waiting })
            .collect();
        Self {
            id,
            record,
            is_live: true,
            is_shown: true,
            is_past: false,
            combinations,
            course: Course::with_history(),
            place: None,
        }
    }

    /// All at once or one at a time.
    pub fn mode(&self) -> Mode {
        self.record.plan.mode
    }

    /// `Channel, one at a time`.
    pub fn title(&self) -> String {
        run_title(&self.record.plan)
    }

    /// Whether its worker has not begun.
    pub(crate) fn is_waiting(&self) -> bool {
        self.is_live && self.record.machine.is_none()
    }

    /// How it ended; `None` while it goes.
    pub fn outcome(&self) -> Option<Outcome> {
        (!self.is_live).then_some(self.record.outcome)
    }

    /// How it ended and where its results are.
    pub fn end_text(&self) -> String {
        let summary = self.summary();
        let saved = plural(summary.saved, "image");
        let place = self.folder().map_or_else(String::new, |folder| format!(" in {}", folder.display()));
        match self.outcome() {
            Some(Outcome::Completed) if summary.failed.is_empty() => {
                format!("Done in {}: {saved} saved{place}", summary.time_text())
            }
            Some(Outcome::Completed) => format!(
                "Done in {}: {saved} saved{place}; {} failed, see the log",
                summary.time_text(),
                plural(summary.failed_count(), "image"),
            ),
            Some(Outcome::Cancelled) => format!("Cancelled: {saved} saved{place}"),
            Some(Outcome::Failed) => format!("Did not finish: {saved} saved{place}"),
            None => String::new(),
        }
    }

    /// Takes an event into account.
    pub fn apply(&mut self, event: &Event) {
        if self.record.run.is_empty() {
            // The engine names the run when it begins.
            self.record.run.clone_from(&event.run);
        }
        self.record.keep(event);
        self.course.apply(event);
        if let Some(id) = event.kind.combination()
            && let Some(combination) = self.combinations.get_mut(id.index)
        {
            combination.stage = CombinationStage::of(self.course.combination(id.index));
        }
        self.is_live = self.course.outcome().is_none();
    }

    /// What it has come to so far.
    pub fn summary(&self) -> &RunSummary {
        if self.is_live { &self.course.summary } else { &self.record.summary }
    }

    /// Whether an event is of this run, and not of a later round of the same job.
    pub(super) fn is_of(&self, event: &Event) -> bool {
        self.record.run.is_empty() || self.record.run == event.run
    }

    /// Takes the record as it was written, outputs included; where that is of another round, or of work before this one too,
    /// all that is known of it.
    pub(crate) fn finish(&mut self, record: RunRecord) {
        if self.record.run != record.run {
            self.place = None;
        }
        if self.record.run != record.run || record.is_in_stretches() {
            self.course = record.course();
            self.combinations = CombinationState::all_of(&self.course);
        }
        self.record = record;
        self.is_live = false;
    }

    /// The run's folder, where it has one.
    pub fn folder(&self) -> Option<PathBuf> {
        self.record.folder().map(ToOwned::to_owned).or_else(|| self.place.clone())
    }
}

/// A program that was watched.
#[derive(Clone, Debug)]
pub struct WatchedRun {
    /// Tells it from all others of the session.
    pub id: RunId,
    /// Its whole record.
    pub record: WatchedRecord,
    /// Whether the chart shows it.
    pub is_shown: bool,
}

/// The job that is going.
#[derive(Clone, Debug)]
pub struct JobState {
    /// Tells its events from those of an earlier job.
    pub generation: u64,
    /// Its request to stop.
    pub cancel: Cancel,
    /// Whether two runs are compared.
    pub is_comparison: bool,
    /// Whether an earlier run goes on.
    pub goes_on: bool,
    /// How far it is.
    pub progress: JobProgress,
    /// Ids of its runs by mode, once they are planned.
    pub runs: Vec<(Mode, RunId)>,
}

impl JobState {
    /// A job that is about to begin.
    pub fn new(generation: u64, cancel: Cancel, request: &JobRequest) -> Self {
        let ways = request.specs.len();
        Self {
            generation,
            cancel,
            is_comparison: ways > 1,
            goes_on: request.into.is_some(),
            progress: JobProgress::new(ways, request.rounds),
            runs: Vec::new(),
        }
    }

    /// Whether it was asked to stop.
    pub fn is_cancelling(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Takes an event into account, but for what concerns a run.
    pub fn apply(&mut self, event: &JobEvent, wells: &mut BTreeMap<WellId, WellStage>) {
        self.progress.apply(event);
        let JobEvent::Run { event, .. } = event else { return };
        let course = self.progress.course();
        if let Some(well) = event.kind.well()
            && let Some(stage) = course.well(well)
        {
            wells.insert(well, stage);
        }
        if course.outcome().is_some() {
            wells.retain(|_, stage| *stage != WellStage::Running);
        }
    }

    /// Resident memory of the worker now.
    pub(crate) fn rss_now(&self) -> Option<u64> {
        self.progress.course().rss_now()
    }
}

/// An image that a run saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputEntry {
    /// The run that saved it.
    pub run: RunId,
    /// What it is; components that a step assembled are `None`.
    pub key: ImageKey,
    /// Zero-based index of the step that made it.
    pub step: usize,
    /// Name of the step with its settings: another run may have other ones at the same place.
    pub step_name: String,
    /// How many pixels of the plate's images, a side, one of its pixels stands for.
    pub pixel_scale: u32,
    /// How the run took its images.
    pub mode: Mode,
    /// Where it lies.
    pub source: ImageSource,
}

impl RunState {
    /// The images that it saved.
    pub fn outputs(&self) -> Vec<OutputEntry> {
        let steps = &self.record.spec.pipeline.steps;
        self.record
            .saved()
            .filter_map(|(output, source)| {
                Some(OutputEntry {
                    run: self.id,
                    key: output.key,
                    step: output.step,
                    step_name: steps.get(output.step)?.step.to_string(),
                    pixel_scale: pixel_scale(steps.get(..=output.step)?.iter().map(|step| &step.step)),
                    mode: self.mode(),
                    source,
                })
            })
            .collect()
    }

    /// The combination that was in memory at a time, or on its way there: each ends with its clear.
    pub(crate) fn combination_at(&self, at_secs: f64) -> Option<&CombinationState> {
        let is_before = |row: &&CombinationRow| row.cleared.is_some() && row.to_secs <= at_secs;
        self.combinations.get(self.course.combinations().filter(is_before).count())
    }
}
