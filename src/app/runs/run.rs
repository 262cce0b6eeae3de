//! The runs of this session and the job that is going, as the window sees them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cancel::Cancel;
use crate::engine::{JobEvent, JobProgress};
use crate::events::{Event, EventKind, Outcome};
use crate::plan::run_title;
use crate::plan::{CombinationId, Mode};
use crate::plate::{ImageKey, WellId};
use crate::record::RunRecord;

/// A combination of a run that is planned, going or cleared.
#[derive(Clone, Debug, PartialEq)]
pub struct CombinationState {
    /// Which one.
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

/// How far a well is in the present or last job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WellStage {
    /// It is being processed.
    Running,
    /// It is done.
    Done,
    /// It is done, and images of it failed.
    Failed {
        /// How many, outputs withheld included.
        images: usize,
    },
}

/// A run of this session.
#[derive(Clone, Debug)]
pub struct RunState {
    /// Tells it from the other runs of the session.
    pub id: u64,
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
}

impl RunState {
    /// A run that is about to begin.
    pub fn new(id: u64, record: RunRecord, combinations: Vec<(CombinationId, usize)>) -> Self {
        let combinations = combinations
            .into_iter()
            .map(|(id, images)| CombinationState { id, images, stage: CombinationStage::Waiting })
            .collect();
        Self { id, record, is_live: true, is_shown: true, is_past: false, combinations }
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
    pub fn is_waiting(&self) -> bool {
        self.is_live && self.record.machine.is_none()
    }

    /// How it ended; `None` while it goes.
    pub fn outcome(&self) -> Option<Outcome> {
        (!self.is_live).then_some(self.record.outcome)
    }

    /// Takes an event into account.
    pub fn apply(&mut self, event: &Event) {
        if self.record.run.is_empty() {
            // The engine names the run when it begins.
            self.record.run.clone_from(&event.run);
        }
        self.record.apply(event);
        match &event.kind {
            EventKind::ReadingAhead { combination, .. }
            | EventKind::Preloading { combination, .. }
            | EventKind::Preloaded { combination, .. } => {
                self.set_stage(combination.index, CombinationStage::Running);
            }
            EventKind::Cleared { combination, rss_before, rss_after, .. } => {
                let (rss_before, rss_after) = (*rss_before, *rss_after);
                self.set_stage(combination.index, CombinationStage::Cleared { rss_before, rss_after });
            }
            EventKind::Ended { .. } => self.is_live = false,
            _ => {}
        }
    }

    fn set_stage(&mut self, index: usize, stage: CombinationStage) {
        if let Some(combination) = self.combinations.get_mut(index) {
            combination.stage = stage;
        }
    }

    /// Takes the record as it was written, outputs included.
    pub fn finish(&mut self, record: RunRecord) {
        self.record = record;
        self.is_live = false;
    }

    /// The run's folder, where its record was written.
    pub fn folder(&self) -> Option<PathBuf> {
        self.record.summary.record.as_ref()?.parent().map(ToOwned::to_owned)
    }
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
    /// How far it is.
    pub progress: JobProgress,
    /// Resident memory of the worker now.
    pub rss_now: Option<u64>,
    /// Ids of its runs by mode, once they are planned.
    pub runs: Vec<(Mode, u64)>,
}

impl JobState {
    /// A job that is about to begin.
    pub fn new(generation: u64, cancel: Cancel, runs: usize) -> Self {
        Self {
            generation,
            cancel,
            is_comparison: runs > 1,
            progress: JobProgress::new(runs),
            rss_now: None,
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
        match &event.kind {
            EventKind::Sample(sample) => self.rss_now = sample.rss.or(self.rss_now),
            EventKind::WellStarted { well, .. } => {
                wells.insert(*well, WellStage::Running);
            }
            EventKind::WellDone { well, failed } => {
                let stage = match failed {
                    0 => WellStage::Done,
                    images => WellStage::Failed { images: *images },
                };
                wells.insert(*well, stage);
            }
            EventKind::Ended { .. } => {
                self.rss_now = None;
                // A well that was being processed when the run stopped is not done.
                wells.retain(|_, stage| *stage != WellStage::Running);
            }
            _ => {}
        }
    }
}

/// An image that a run saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputEntry {
    /// The run that saved it.
    pub run: u64,
    /// What it is; components that a step assembled are `None`.
    pub key: ImageKey,
    /// Zero-based index of the step that made it.
    pub step: usize,
    /// Name of the step with its settings: another run may have other ones at the same place.
    pub step_name: String,
    /// How the run took its images.
    pub mode: Mode,
    /// Absolute path of its file.
    pub path: PathBuf,
}

impl RunState {
    /// The images that it saved.
    pub fn outputs(&self) -> Vec<OutputEntry> {
        let Some(folder) = self.folder() else { return Vec::new() };
        let steps = &self.record.spec.pipeline.steps;
        let outputs = self.record.outputs.iter();
        outputs
            .filter_map(|output| {
                Some(OutputEntry {
                    run: self.id,
                    key: output.key,
                    step: output.step,
                    step_name: steps.get(output.step)?.step.to_string(),
                    mode: self.mode(),
                    path: folder.join(output.path.as_ref()?),
                })
            })
            .collect()
    }

    /// The combination that was in memory at a time, or on its way there: each ends with its clear.
    pub fn combination_at(&self, at_secs: f64) -> Option<&CombinationState> {
        let is_clear = |event: &&Event| matches!(event.kind, EventKind::Cleared { .. });
        let before = |event: &&Event| event.at_secs <= at_secs;
        let cleared = self.record.events.iter().filter(is_clear).filter(before).count();
        self.combinations.get(cleared)
    }
}
