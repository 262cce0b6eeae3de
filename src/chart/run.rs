//! One run as the memory chart knows it: its course and its memory over time.
//!
//! Never reads a clock; never panics on events that come late, twice or not at all.

use super::Expected;
use super::series::{Measure, Series};
use crate::events::{Band, Course, Event, Marker, Outcome, Timeline};
use crate::plan::{CombinationId, Forecast, Mode, PlanSummary, way_title};
use crate::plate::Component;
use crate::quantity::bytes_text;
use crate::record::{RunId, RunRecord};

/// The most memory that a run had.
#[derive(Clone, Debug, PartialEq)]
pub struct Peak {
    /// Seconds since the worker was ready.
    pub at_secs: f64,
    /// Memory at that moment, in bytes.
    pub bytes: u64,
    /// What was happening: `Z projection · FITC`; empty where unknown.
    pub doing: String,
}

impl Peak {
    /// `17.7 MB · Z projection · FITC`.
    pub fn text(&self) -> String {
        if self.doing.is_empty() {
            bytes_text(self.bytes)
        } else {
            format!("{} · {}", bytes_text(self.bytes), self.doing)
        }
    }
}

/// A run in the memory chart.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartRun {
    /// Which run it is.
    pub id: RunId,
    /// All at once or one at a time.
    pub mode: Mode,
    /// Its name on screen: `All at once`, `Channel, one at a time`.
    pub title: String,
    /// The components that it takes one value at a time, outermost first.
    pub sequential: Vec<Component>,
    /// Memory over time.
    pub series: Series,
    /// What was expected of it; `None` where that is not known.
    pub expected: Option<Expected>,
    course: Course,
    version: u64,
}

impl ChartRun {
    /// A run of which nothing has happened yet.
    pub fn new(id: RunId, mode: Mode) -> Self {
        Self {
            id,
            mode,
            title: mode.title().to_owned(),
            sequential: Vec::new(),
            series: Series::default(),
            expected: None,
            course: Course::with_history(),
            version: 0,
        }
    }

    /// A run that is over.
    pub fn of_record(id: RunId, record: &RunRecord) -> Self {
        let mut chart = Self::new(id, record.plan.mode);
        chart.begin(&record.plan);
        record.samples.iter().for_each(|sample| chart.series.push(*sample));
        chart.course = record.course();
        chart.expected = Expected::of_record(record);
        chart.version = (record.events.len() + record.samples.len()) as u64;
        chart
    }

    /// A run that is to begin or goes on, of which so much has happened: its record, which knows no end yet, tells of none.
    pub(crate) fn of_live(id: RunId, record: &RunRecord, course: &Course) -> Self {
        let mut chart = Self::new(id, record.plan.mode);
        chart.begin(&record.plan);
        record.samples.iter().for_each(|sample| chart.series.push(*sample));
        chart.course.clone_from(course);
        chart.expected = Expected::of_record(record);
        chart.version = (record.events.len() + record.samples.len()) as u64;
        chart
    }

    /// Takes an event into account.
    pub fn apply(&mut self, event: &Event) {
        let is_begun = self.course.plan().is_some();
        self.course.apply(event);
        if let Some(sample) = event.sample() {
            self.series.push(sample);
        }
        if let (Some(plan), false) = (self.course.plan(), is_begun) {
            let plan = plan.clone();
            self.begin(&plan);
        }
        self.version += 1;
    }

    /// Changes whenever what is drawn may change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Preloads and clears, in order.
    pub fn markers(&self) -> &[Marker] {
        self.timeline().map_or(&[], |timeline| &timeline.markers)
    }

    /// What happened when, in order.
    pub fn bands(&self) -> &[Band] {
        self.timeline().map_or(&[], |timeline| &timeline.bands)
    }

    /// Resting memory of the worker.
    pub fn baseline_rss_bytes(&self) -> Option<u64> {
        self.course.summary.baseline_rss_bytes
    }

    /// What was expected; `None` until it has begun.
    pub fn forecast(&self) -> Option<Forecast> {
        self.course.forecast()
    }

    /// How it ended; `None` while it runs.
    pub fn outcome(&self) -> Option<Outcome> {
        self.course.outcome()
    }

    /// The time of the last event.
    pub(crate) fn end_secs(&self) -> f64 {
        self.course.at_secs()
    }

    /// What it does, as far as it has come.
    pub fn course(&self) -> &Course {
        &self.course
    }

    fn timeline(&self) -> Option<&Timeline> {
        self.course.timeline()
    }

    fn peak_of(&self, measure: Measure) -> Option<(f64, u64)> {
        let timeline = self.timeline()?;
        match measure {
            Measure::Rss => timeline.peak_rss,
            Measure::Counted => timeline.peak_counted,
        }
    }

    /// Whether the system told the resident memory at any time.
    pub(crate) fn has_rss(&self) -> bool {
        self.peak_of(Measure::Rss).is_some()
    }

    /// What its main line shows: RSS, or counted where the system did not tell.
    pub fn main_measure(&self) -> Measure {
        if self.has_rss() || self.series.samples().is_empty() { Measure::Rss } else { Measure::Counted }
    }

    /// The forecast of a measure.
    pub(crate) fn forecast_bytes(&self, measure: Measure) -> Option<u64> {
        let forecast = self.forecast()?;
        match measure {
            Measure::Rss => forecast.rss_bytes,
            Measure::Counted => Some(forecast.counted_bytes),
        }
    }

    /// The most memory so far.
    pub fn peak(&self, measure: Measure) -> Option<Peak> {
        let (at_secs, bytes) = self.peak_of(measure)?;
        Some(Peak { at_secs, bytes, doing: self.doing_at(at_secs) })
    }

    /// The most memory among the samples from one time to another.
    pub fn peak_between(&self, measure: Measure, from_secs: f64, to_secs: f64) -> Option<Peak> {
        let sample = self.series.highest(measure, from_secs, to_secs)?;
        let bytes = measure.of(sample)?;
        Some(Peak { at_secs: sample.at_secs, bytes, doing: self.doing_at(sample.at_secs) })
    }

    /// What was happening at a time: `Z projection · FITC`; empty where nothing was.
    pub fn doing_at(&self, at_secs: f64) -> String {
        self.timeline().map_or_else(String::new, |timeline| timeline.doing_at(at_secs))
    }

    /// The phase at a time: `Z projection`; `None` where nothing was happening.
    pub(crate) fn phase_at(&self, at_secs: f64) -> Option<&str> {
        self.timeline()?.band_at(at_secs).map(|band| band.name.as_str())
    }

    /// The share of the run's work that was done at a time.
    pub fn share_at(&self, at_secs: f64) -> f64 {
        self.timeline().map_or(0.0, |timeline| timeline.share_at(at_secs))
    }

    /// The time at which a share of the work was done; the end of the run where it never was more.
    pub fn secs_at_share(&self, share: f64) -> f64 {
        self.timeline().and_then(|timeline| timeline.secs_at_share(share)).unwrap_or_else(|| self.end_secs())
    }

    pub(super) fn combination_text(&self, combination: &CombinationId) -> String {
        self.timeline().map_or_else(String::new, |timeline| timeline.combination_text(combination))
    }

    fn begin(&mut self, plan: &PlanSummary) {
        self.mode = plan.mode;
        self.title = way_title(plan.mode, &plan.sequential);
        if plan.mode == Mode::Sequential {
            self.sequential.clone_from(&plan.sequential);
        }
    }
}
