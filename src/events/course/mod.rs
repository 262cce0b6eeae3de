//! The course of a run: its events, folded into what happened.

mod combination;
mod tally;
mod timeline;
mod work;

use std::collections::BTreeMap;

pub use combination::{ClearedTo, CombinationRow};
pub(crate) use tally::Tally;
pub(crate) use timeline::Timeline;
pub use timeline::{Band, Marker, MarkerKind, Phase};

use super::event::{Event, EventKind};
use super::facts::{FailedImage, Outcome};
use super::sample::{Sample, TimedSample};
use super::summary::RunSummary;
use crate::machine::Machine;
use crate::plan::{CombinationId, Forecast, PhaseSecs, Plan, PlanSummary};
use crate::plate::WellId;

/// What a run does at the moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Now {
    /// Its worker is not ready yet, or has not begun to read.
    #[default]
    Starting,
    /// Images of a combination are read.
    Preloading(CombinationId),
    /// A step, by its zero-based index, is at work on a combination.
    Step(CombinationId, usize),
    /// Results of a combination are saved.
    Saving(CombinationId),
    /// A combination is between two phases, or cleared.
    Between(CombinationId),
    /// Nothing any more.
    Ended,
}

/// How far a well is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WellStage {
    /// It is being processed.
    Running,
    /// It is done, and none of its images failed.
    Done,
    /// It is done, and some of its images failed.
    Failed {
        /// How many, outputs withheld included.
        images: usize,
    },
}

/// What grows with the combinations of a run.
#[derive(Clone, Debug, Default, PartialEq)]
struct History {
    combinations: BTreeMap<usize, CombinationRow>,
    timeline: Timeline,
}

/// What has happened in a run, as far as its events have told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// The run in numbers, as far as it has come.
    pub summary: RunSummary,
    plan: Option<PlanSummary>,
    machine: Option<Machine>,
    forecast: Option<Forecast>,
    outcome: Option<Outcome>,
    tally: Tally,
    now: Now,
    now_since_secs: f64,
    at_secs: f64,
    rss_now: Option<u64>,
    wells: BTreeMap<WellId, WellStage>,
    /// Source images of the present combination; 0 between two.
    images_at_hand: usize,
    history: Option<Box<History>>,
}

impl Course {
    /// Of a run that has not begun; keeps what does not grow with the run. So it suits a worker.
    pub fn new() -> Self {
        Self::default()
    }

    /// Of a run that has not begun; keeps each combination and phase, too.
    pub(crate) fn with_history() -> Self {
        Self { history: Some(Box::default()), ..Self::default() }
    }

    /// The same, of which the forecast is known before it begins.
    #[must_use]
    pub(crate) fn of_plan(self, plan: &Plan, cached_share: Option<f64>) -> Self {
        Self { summary: RunSummary::of(plan, cached_share), ..self }
    }

    /// Takes an event into account. One without a time that can be told is none.
    pub fn apply(&mut self, event: &Event) {
        if !event.at_secs.is_finite() {
            return;
        }
        let at = event.at_secs.max(0.0);
        self.at_secs = self.at_secs.max(at);
        let summary = &mut self.summary;
        summary.wall_secs = summary.wall_secs.max(at);
        let see_rss = |peak: &mut Option<u64>, rss: Option<u64>| *peak = (*peak).max(rss);
        match &event.kind {
            EventKind::Started { plan, forecast, machine, baseline_rss, .. } => {
                summary.forecast_counted_bytes = forecast.counted_bytes;
                summary.forecast_rss_bytes = forecast.rss_bytes;
                summary.baseline_rss_bytes = *baseline_rss;
                see_rss(&mut summary.peak_rss_bytes, *baseline_rss);
                self.machine = Some((**machine).clone());
                self.tally = Tally::of(plan);
                self.enter(Now::Starting);
                self.begin(plan, *forecast);
            }
            EventKind::WellStarted { well, .. } => {
                self.wells.insert(*well, WellStage::Running);
            }
            EventKind::ReadingAhead { combination, images } => {
                summary.images_at_once = summary.images_at_once.max(self.images_at_hand + images);
                if let Some(timeline) = self.timeline_mut() {
                    timeline.mark_preload(combination, at);
                }
            }
            EventKind::Preloading { combination, done, of } => {
                self.tally.reading(*done, *of);
                self.row(combination, at, |_| ());
                if let Some(timeline) = self.timeline_mut() {
                    timeline.advance_preload(combination, at, *done);
                }
                self.enter(Now::Preloading(combination.clone()));
            }
            EventKind::Preloaded { combination, images, bytes, secs, rss_before, rss_after } => {
                summary.images = summary.images.saturating_add(*images);
                summary.images_at_once = summary.images_at_once.max(*images);
                summary.preload_secs += secs;
                see_rss(&mut summary.peak_rss_bytes, *rss_after);
                self.images_at_hand = *images;
                let done = self.tally.read(*images, *secs);
                self.row(combination, at, |row| {
                    row.preloaded(*images, *bytes, at, *secs, [*rss_before, *rss_after]);
                });
                if let Some(timeline) = self.timeline_mut() {
                    timeline.preloaded(combination, at, done, *secs);
                }
                self.enter(Now::Between(combination.clone()));
            }
            EventKind::StepStarted { combination, step, name, groups } => {
                self.tally.step_begins(*step, name, *groups);
                self.row(combination, at, |_| ());
                if let Some(timeline) = self.timeline_mut() {
                    timeline.step_begins(combination, at, *step, name, *groups);
                }
                self.enter(Now::Step(combination.clone(), *step));
            }
            EventKind::Stepping { combination, step, done, .. } => {
                if let Some(timeline) = self.timeline_mut() {
                    timeline.advance_work(at, *done);
                }
                self.enter(Now::Step(combination.clone(), *step));
                self.tally.stepping(*step, *done);
            }
            EventKind::StepDone { combination, step, secs, .. } => {
                summary.step_secs += secs;
                self.tally.step_done(*step, *secs);
                self.row(combination, at, |row| row.step_secs += secs);
                if let Some(timeline) = self.timeline_mut() {
                    timeline.step_done(at);
                }
                self.enter(Now::Saving(combination.clone()));
            }
            EventKind::Saved { combination, step, images, secs, outputs, of, .. } => {
                summary.saved = summary.saved.saturating_add(*images);
                summary.save_secs += secs;
                // Those that were withheld are done with too.
                let done = (*images).max(outputs.len()).max(*of);
                self.tally.saved(done, *secs);
                self.row(combination, at, |row| row.saved(*step, *secs));
                if let Some(timeline) = self.timeline_mut() {
                    timeline.saved(combination, at, done, *secs);
                }
                self.enter(Now::Between(combination.clone()));
            }
            EventKind::Cleared {
                combination,
                rss_before,
                rss_after,
                rss_peak,
                counted_peak,
                anonymous_after,
                scratch_bytes,
                ..
            } => {
                summary.peak_scratch_bytes = summary.peak_scratch_bytes.max(*scratch_bytes);
                summary.peak_counted_bytes = summary.peak_counted_bytes.max(*counted_peak);
                summary.combinations += 1;
                summary.rss_after_clear_bytes.push(*rss_after);
                see_rss(&mut summary.peak_rss_bytes, *rss_before);
                see_rss(&mut summary.peak_rss_bytes, *rss_peak);
                self.images_at_hand = 0;
                let cleared = ClearedTo {
                    rss_before: *rss_before,
                    rss_after: *rss_after,
                    anonymous_after: *anonymous_after,
                    scratch_bytes: *scratch_bytes,
                };
                self.row(combination, at, |row| row.cleared(cleared, *rss_peak, *counted_peak));
                if let Some(timeline) = self.timeline_mut() {
                    timeline.cleared(combination, at, *rss_peak, *counted_peak);
                }
                self.enter(Now::Between(combination.clone()));
            }
            EventKind::Sample(sample) => {
                let Sample { rss, counted, phases } = *sample;
                self.sample(TimedSample { at_secs: at, rss, counted, phases });
            }
            EventKind::ImageFailed(failed) => summary.failed.push(failed.clone()),
            EventKind::WellDone { well, failed } => {
                let stage = match failed {
                    0 => WellStage::Done,
                    images => WellStage::Failed { images: *images },
                };
                self.wells.insert(*well, stage);
            }
            EventKind::TableSaved(table) => summary.tables.push(table.clone()),
            EventKind::Ended { outcome, summary, .. } => {
                self.rss_now = None;
                // A well that was being processed when the run stopped is not done.
                self.wells.retain(|_, stage| *stage != WellStage::Running);
                self.enter(Now::Ended);
                self.end(*outcome, summary, at);
            }
            EventKind::TablePart { .. } | EventKind::Warning { .. } => {}
        }
        if let Some(timeline) = self.timeline_mut() {
            timeline.extend_until(at);
        }
    }

    /// Takes a sample into account.
    pub fn sample(&mut self, sample: TimedSample) {
        if !sample.at_secs.is_finite() {
            return;
        }
        let at = sample.at_secs.max(0.0);
        self.at_secs = self.at_secs.max(at);
        self.summary.wall_secs = self.summary.wall_secs.max(at);
        self.summary.peak_counted_bytes = self.summary.peak_counted_bytes.max(sample.counted);
        self.summary.peak_rss_bytes = self.summary.peak_rss_bytes.max(sample.rss);
        self.rss_now = sample.rss.or(self.rss_now);
        if let Some(timeline) = self.timeline_mut() {
            timeline.sample(at, &sample);
        }
    }

    /// What will be done and what it is expected to need, as a beginning tells it.
    pub fn begin(&mut self, plan: &PlanSummary, forecast: Forecast) {
        self.plan = Some(plan.clone());
        self.forecast = Some(forecast);
        if let Some(timeline) = self.timeline_mut() {
            timeline.begin(plan);
        }
    }

    /// How it ended and what it came to, as an end tells it.
    pub fn end(&mut self, outcome: Outcome, summary: &RunSummary, at_secs: f64) {
        self.outcome = Some(outcome);
        self.summary.clone_from(summary);
        if let Some(timeline) = self.timeline_mut() {
            timeline.end(outcome, summary, at_secs);
        }
    }

    fn timeline_mut(&mut self) -> Option<&mut Timeline> {
        self.history.as_deref_mut().map(|history| &mut history.timeline)
    }

    /// Changes the row of a combination that is in hand.
    fn row(&mut self, combination: &CombinationId, at_secs: f64, change: impl FnOnce(&mut CombinationRow)) {
        let Some(history) = &mut self.history else { return };
        let rows = history.combinations.entry(combination.index);
        let row = rows.or_insert_with(|| CombinationRow::new(combination, at_secs));
        row.to_secs = row.to_secs.max(at_secs);
        change(row);
    }

    fn enter(&mut self, now: Now) {
        if self.now != now {
            self.now = now;
            self.now_since_secs = self.at_secs;
        }
    }

    /// What will be done; `None` until the worker is ready.
    pub fn plan(&self) -> Option<&PlanSummary> {
        self.plan.as_ref()
    }

    /// What it is expected to need; `None` until the worker is ready.
    pub fn forecast(&self) -> Option<Forecast> {
        self.forecast
    }

    /// The computer; `None` until the worker is ready.
    pub fn machine(&self) -> Option<&Machine> {
        self.machine.as_ref()
    }

    /// How it ended; `None` while it goes.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// The work that is done and that is left.
    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What it does at the moment.
    pub fn now(&self) -> &Now {
        &self.now
    }

    /// For how long it has done that, in seconds.
    pub(crate) fn now_secs(&self) -> f64 {
        self.at_secs - self.now_since_secs
    }

    /// The time of the last event.
    pub fn at_secs(&self) -> f64 {
        self.at_secs
    }

    /// Resident memory now; `None` where it is unknown, or the run over.
    pub(crate) fn rss_now(&self) -> Option<u64> {
        self.rss_now
    }

    /// How far a well is; `None` of one that has not begun, or was not done when the run stopped.
    pub fn well(&self, well: WellId) -> Option<WellStage> {
        self.wells.get(&well).copied()
    }

    /// Images of a well that failed so far.
    pub(crate) fn failed_of(&self, well: WellId) -> usize {
        FailedImage::count(self.summary.failed.iter().filter(|failed| failed.key.well == well))
    }

    /// The combinations that came to hand, in order; none without history.
    pub fn combinations(&self) -> impl Iterator<Item = &CombinationRow> {
        self.history.iter().flat_map(|history| history.combinations.values())
    }

    /// A combination by its index; `None` where it has not come to hand.
    pub fn combination(&self, index: usize) -> Option<&CombinationRow> {
        self.history.as_ref()?.combinations.get(&index)
    }

    /// What happened when; `None` without history.
    pub(crate) fn timeline(&self) -> Option<&Timeline> {
        self.history.as_deref().map(|history| &history.timeline)
    }

    /// The combinations that went through all phases up to the saving of a step, by their index and with the seconds that
    /// each took since the one before. Of a run that was stopped the last is cleared without that, and tells nothing.
    pub fn whole(&self, last_step: usize) -> Vec<(usize, PhaseSecs)> {
        let is_whole = |row: &&CombinationRow| row.cleared.is_some() && row.saved_step == Some(last_step);
        let mut before = 0.0;
        let took = |row: &CombinationRow| {
            let since = std::mem::replace(&mut before, row.to_secs);
            let wall = (row.to_secs - since).max(0.0);
            let secs =
                PhaseSecs { preload: row.preload_secs, steps: row.step_secs, save: row.save_secs, wall };
            (row.id.index, secs)
        };
        self.combinations().filter(is_whole).map(took).collect()
    }
}
