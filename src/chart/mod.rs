//! The memory chart without a screen: what is drawn, where, and what a moment in it means.
//!
//! [`ChartRun`] gathers a run's events; [`Chart`] puts runs on one pair of axes; [`Picture`] is the
//! chart for a given size in pixels, which the window and the SVG export both paint, so that they
//! agree. Names no toolkit and no colour: an [`Ink`] says what something is, the renderer knows how
//! that looks.

mod bars;
mod compose;
mod course_lines;
mod expected;
mod labels;
mod life;
mod moments;
mod picture;
mod run;
mod scale;
mod series;
mod shown_course;
mod ticks;
mod watched;

use std::hash::{DefaultHasher, Hash, Hasher};

pub(crate) use bars::{BarLine, ForecastBars};
pub use expected::{Expected, PlannedWay};
pub use labels::{Box2, Covered, Wish, place_labels};
pub use life::Life;
pub(crate) use picture::Inks;
pub use picture::{
    BandBox, CourseCurve, Curve, Dot, Hatch, Ink, MarkerLine, Picture, PictureSize, PlacedLabel,
    ReferenceLine, ReferenceStyle,
};
pub use run::{ChartRun, Peak};
pub use scale::Scale;
pub use series::{ChartSample, Measure, Series};
pub use shown_course::ExpectedReading;
pub use ticks::{Ticks, nice_step};

pub use crate::events::{Band, Marker, MarkerKind, Phase};
use crate::plan::{Forecast, Mode};
use crate::quantity::{bytes_text, secs_text};
use crate::record::{RunId, RunRecord};
use crate::watch::WatchedRecord;

/// What the horizontal axis measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Axis {
    /// Seconds since each run's worker was ready.
    #[default]
    Time,
    /// Share of each run's work, from 0 to 1: runs of different speed line up.
    Work,
}

/// How the chart is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChartOptions {
    /// The horizontal axis.
    pub axis: Axis,
    /// Whether each run's resting memory is taken off its RSS.
    pub above_start: bool,
    /// Whether counted bytes are drawn beside RSS.
    pub counted: bool,
    /// Whether what is expected is drawn.
    pub expected: bool,
    /// Whether the axis of memory goes in powers of ten; `None` for where that is needed to see all ways.
    pub logarithmic: Option<bool>,
}

impl Default for ChartOptions {
    fn default() -> Self {
        Self { axis: Axis::Time, above_start: false, counted: true, expected: true, logarithmic: None }
    }
}

/// A mode that was not run because its forecast is over the budget.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedMode {
    /// How it would have taken the images.
    pub mode: Mode,
    /// Its name on screen: `All at once`.
    pub title: String,
    /// What it would have needed.
    pub forecast: Forecast,
}

impl RefusedMode {
    /// The forecast to draw: of RSS, or of counted where resting memory is unknown.
    pub(crate) fn forecast_bytes(&self, above_start: bool) -> u64 {
        match self.forecast.rss_bytes {
            Some(_) if above_start => self.forecast.above_resting_bytes(),
            Some(rss) => rss,
            None => self.forecast.counted_bytes,
        }
    }
}

/// The runs of a chart and the limits that they are seen against.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// The runs, those compared first.
    pub runs: Vec<ChartRun>,
    /// Modes that were refused.
    pub refused: Vec<RefusedMode>,
    /// Ways that are not run, with what is expected of them.
    pub planned: Vec<PlannedWay>,
    /// The most that a run may use.
    pub budget_bytes: Option<u64>,
    /// Memory of the computer.
    pub machine_bytes: Option<u64>,
}

/// What one run was at, at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Index of the run in the chart.
    pub run: usize,
    /// Its name on screen.
    pub title: String,
    /// Time in the run.
    pub at_secs: f64,
    /// Resident memory, above start where that is asked for; `None` where unknown.
    pub rss_bytes: Option<u64>,
    /// Counted bytes; of a watched program the memory of its largest process. `None` where that is not known.
    pub second_bytes: Option<u64>,
    /// What was happening: `Z projection · FITC`; empty where nothing was.
    pub doing: String,
}

impl Chart {
    /// The chart of some runs, and of what was refused in their comparison.
    pub fn of_records(records: &[&RunRecord]) -> Self {
        let mut chart = Self {
            runs: (0..)
                .zip(records)
                .map(|(nth, record)| ChartRun::of_record(RunId::new(nth), record))
                .collect(),
            refused: Self::refused_in(records),
            planned: Vec::new(),
            budget_bytes: records.iter().find_map(|record| record.budget_bytes),
            machine_bytes: records.last().and_then(|record| record.machine.as_ref()?.memory_bytes),
        };
        chart.distinguish_titles();
        chart
    }

    /// The same with watched programs behind the runs.
    #[must_use]
    pub(crate) fn with_watched(mut self, watched: &[&WatchedRecord]) -> Self {
        for record in watched {
            let id = RunId::new(self.runs.len() as u64);
            self.runs.push(ChartRun::of_watched(id, record, false));
        }
        let mut machines = watched.iter().rev().filter_map(|record| record.machine.as_ref()?.memory_bytes);
        self.machine_bytes = self.machine_bytes.or_else(|| machines.next());
        self.distinguish_titles();
        self
    }

    /// What was refused in the comparisons that some runs are of, but for modes that one of them ran in.
    pub(crate) fn refused_in(records: &[&RunRecord]) -> Vec<RefusedMode> {
        let mut found: Vec<RefusedMode> = Vec::new();
        let compared = records.iter().filter_map(|record| record.compared.as_ref());
        for refused in compared.flat_map(|compared| &compared.refused) {
            let has_run = records.iter().any(|record| record.plan.mode == refused.mode);
            // Repeats have all been refused the same.
            if has_run || found.iter().any(|known| known.mode == refused.mode) {
                continue;
            }
            let title = refused.mode.title().to_owned();
            found.push(RefusedMode { mode: refused.mode, title, forecast: refused.forecast });
        }
        found
    }

    /// Numbers runs that have one title.
    pub(crate) fn distinguish_titles(&mut self) {
        for place in 1..self.runs.len() {
            let (before, run) = self.runs.split_at_mut(place);
            let title = run[0].title.clone();
            let same = before.iter().filter(|earlier| {
                earlier
                    .title
                    .strip_prefix(&title)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
            });
            let nth = same.count() + 1;
            if nth > 1 {
                run[0].title = format!("{title} ({nth})");
            }
        }
    }

    /// The chart of a comparison: the last run of each mode, and what was refused.
    pub(crate) fn of_comparison(records: &[RunRecord]) -> Self {
        let last = |mode| records.iter().rev().find(|record| record.plan.mode == mode);
        let records: Vec<&RunRecord> = [Mode::Bulk, Mode::Sequential].into_iter().filter_map(last).collect();
        Self::of_records(&records)
    }

    /// The run of this identity, made where there is none yet.
    pub fn run_mut(&mut self, id: RunId, mode: Mode) -> &mut ChartRun {
        let place = self.runs.iter().position(|known| known.id == id).unwrap_or_else(|| {
            self.runs.push(ChartRun::new(id, mode));
            self.runs.len() - 1
        });
        &mut self.runs[place]
    }

    /// Changes whenever what is drawn may change: the key under which a picture may be kept.
    pub fn version(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for run in &self.runs {
            (run.id, run.version(), &run.expected).hash(&mut hasher);
        }
        for refused in &self.refused {
            (refused.mode, &refused.title, refused.forecast_bytes(false)).hash(&mut hasher);
        }
        for way in &self.planned {
            (way.mode, &way.title, &way.expected).hash(&mut hasher);
        }
        (self.budget_bytes, self.machine_bytes).hash(&mut hasher);
        hasher.finish()
    }

    /// The options as they can be: before a pace is known, what is planned lies on the share of the work.
    pub fn settled(&self, options: ChartOptions) -> ChartOptions {
        let is_timed = |way: &PlannedWay| way.expected.ends_secs.is_some();
        let has_time = self.runs.iter().any(|run| !run.series.samples().is_empty());
        match has_time || self.planned.iter().all(is_timed) {
            true => options,
            false => ChartOptions { axis: Axis::Work, ..options },
        }
    }

    /// Names of its ways, runs first: those of its lanes.
    pub(crate) fn titles(&self) -> impl Iterator<Item = &str> {
        let planned = self.planned.iter().map(|way| way.title.as_str());
        self.runs.iter().map(|run| run.title.as_str()).chain(planned)
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.refused.is_empty()
            && self.planned.is_empty()
            && self.runs.iter().all(|run| run.series.samples().is_empty() && run.expected.is_none())
    }

    /// Place of a run's moment on the horizontal axis.
    pub(crate) fn x_of(&self, run: &ChartRun, at_secs: f64, axis: Axis) -> f64 {
        match axis {
            Axis::Time => at_secs,
            Axis::Work => run.share_at(at_secs),
        }
    }

    /// The moment of a run at a place on the horizontal axis.
    pub(crate) fn secs_of(&self, run: &ChartRun, x: f64, axis: Axis) -> f64 {
        match axis {
            Axis::Time => x,
            Axis::Work => run.secs_at_share(x),
        }
    }

    /// A run's value as it is drawn: without its resting memory where that is asked for.
    pub(crate) fn shown_bytes(run: &ChartRun, measure: Measure, bytes: u64, options: ChartOptions) -> u64 {
        match (measure, run.baseline_rss_bytes()) {
            (Measure::Rss, Some(resting)) if options.above_start => bytes.saturating_sub(resting),
            _ => bytes,
        }
    }

    /// What each run was at, at a place on the horizontal axis; runs that were not running there
    /// are left out.
    pub fn read_at(&self, x: f64, options: ChartOptions) -> Vec<Reading> {
        let of_run = |(place, run): (usize, &ChartRun)| {
            let at_secs = self.secs_of(run, x, options.axis);
            if !(0.0..=run.end_secs()).contains(&at_secs) {
                return None;
            }
            let sample = run.series.at(at_secs)?;
            let shown = |rss| Self::shown_bytes(run, Measure::Rss, rss, options);
            Some(Reading {
                run: place,
                title: run.title.clone(),
                at_secs,
                rss_bytes: sample.rss.map(shown),
                second_bytes: run.second_measure().of(sample),
                doing: run.doing_at(at_secs),
            })
        };
        self.runs.iter().enumerate().filter_map(of_run).collect()
    }

    /// The chart in words, for those who do not see it.
    pub fn summary_text(&self) -> String {
        if self.is_empty() {
            return "Memory chart: no run yet.".to_owned();
        }
        let mut text = "Memory chart.".to_owned();
        for run in &self.runs {
            let measure = run.main_measure();
            if let Some(peak) = run.peak(measure) {
                let what = if measure == Measure::Counted { " counted" } else { "" };
                text.push_str(&format!(" {}: peak {}{what}", run.title, bytes_text(peak.bytes)));
                if !peak.doing.is_empty() {
                    text.push_str(&format!(" in {}", peak.doing));
                }
                text.push_str(&format!(", {}", secs_text(run.end_secs())));
                text.push_str(if run.outcome().is_none() { " so far." } else { "." });
            }
        }
        for refused in &self.refused {
            let forecast = bytes_text(refused.forecast_bytes(false));
            text.push_str(&format!(" {}: not run, forecast {forecast}.", refused.title));
        }
        for way in &self.planned {
            text.push_str(&format!(" {}", way.peak_text(self.budget_bytes)));
        }
        if let Some(budget) = self.budget_bytes {
            text.push_str(&format!(" Budget {}.", bytes_text(budget)));
        }
        text
    }
}
