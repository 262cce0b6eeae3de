//! One run as the memory chart knows it, built up event by event.
//!
//! Knows what was happening at each moment, so that a peak or a hovered time can be named.
//! Never reads a clock; never panics on events that come late, twice or not at all.

use super::series::{Measure, Series};
use super::work::WorkCurve;
use crate::events::{Event, EventKind, Outcome};
use crate::plan::{CombinationId, Forecast, Mode, PlanSummary};
use crate::plate::Component;
use crate::quantity::bytes_text;
use crate::record::{RunRecord, TimedSample};

/// What a combination goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its images are read.
    Preload,
    /// A step, by its zero-based index.
    Step(usize),
    /// Outputs are written.
    Save,
    /// Its memory is given back.
    Clear,
}

/// A stretch of time in which one combination went through one phase.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// The phase.
    pub phase: Phase,
    /// Its name on screen: that of the step, or `preload`, `save`, `clear`.
    pub name: String,
    /// The combination, in words: `channel 2`, `A01 · channel 2` where the run has several wells.
    pub combination: String,
    /// When it began.
    pub from_secs: f64,
    /// When it ended, or how far it has come.
    pub to_secs: f64,
}

/// What a marker marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkerKind {
    /// Preloading began.
    Preload,
    /// The memory of a combination is gone.
    Clear,
}

/// A moment worth a line in the chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// What it is.
    pub kind: MarkerKind,
    /// When.
    pub at_secs: f64,
    /// The combination, in words.
    pub combination: String,
}

/// The most memory that a run had.
#[derive(Clone, Debug, PartialEq)]
pub struct Peak {
    /// When.
    pub at_secs: f64,
    /// How much.
    pub bytes: u64,
    /// What was happening: `Z projection · channel 2`; empty where unknown.
    pub doing: String,
}

impl Peak {
    /// `17.7 MB · Z projection · channel 2`.
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
    /// Name of the run: the name of its folder.
    pub run: String,
    /// All at once or one at a time.
    pub mode: Mode,
    /// Its name on screen: `All at once`, `Channel, one at a time`.
    pub title: String,
    /// The components that it takes one value at a time, outermost first.
    pub sequential: Vec<Component>,
    /// Memory over time.
    pub series: Series,
    /// Preloads and clears, in order.
    pub markers: Vec<Marker>,
    /// What happened when, in order.
    pub bands: Vec<Band>,
    /// Resting memory of the worker.
    pub baseline_rss_bytes: Option<u64>,
    /// What was expected.
    pub forecast: Option<Forecast>,
    /// How it ended; `None` while it runs.
    pub outcome: Option<Outcome>,
    /// The time of the last event.
    pub end_secs: f64,
    work: WorkCurve,
    /// Units of work of the phases that are over.
    work_before: f64,
    /// Groups of the step at hand.
    step_groups: usize,
    /// The band that is still going on.
    open: Option<usize>,
    several_wells: bool,
    /// The combination whose preload is marked.
    marked: Option<usize>,
    /// Time and bytes of the peaks of RSS and of counted.
    peaks: [Option<(f64, u64)>; 2],
    /// When the store held the most in the combination at hand: where its high-water marks are put.
    fullest_here: Option<(f64, u64)>,
    version: u64,
}

impl ChartRun {
    /// A run of which nothing has happened yet.
    pub fn new(run: &str, mode: Mode) -> Self {
        Self {
            run: run.to_owned(),
            mode,
            title: mode.title().to_owned(),
            sequential: Vec::new(),
            series: Series::default(),
            markers: Vec::new(),
            bands: Vec::new(),
            baseline_rss_bytes: None,
            forecast: None,
            outcome: None,
            end_secs: 0.0,
            work: WorkCurve::default(),
            work_before: 0.0,
            step_groups: 0,
            open: None,
            several_wells: false,
            marked: None,
            peaks: [None; 2],
            fullest_here: None,
            version: 0,
        }
    }

    /// A run that is over.
    pub fn of_record(record: &RunRecord) -> Self {
        let mut chart = Self::new(&record.run, record.plan.mode);
        chart.begin(&record.plan);
        chart.forecast = Some(record.forecast);
        chart.baseline_rss_bytes = record.summary.baseline_rss_bytes;
        // Samples come first at equal times, as they did from the worker, so that a high-water
        // mark finds the samples of its combination.
        let mut samples = record.samples.iter().peekable();
        for event in &record.events {
            while let Some(sample) = samples.next_if(|sample| sample.at_secs <= event.at_secs) {
                chart.sample(*sample);
            }
            chart.apply(event);
        }
        samples.for_each(|sample| chart.sample(*sample));
        // A worker that was killed never said how it ended; the record knows.
        chart.outcome = Some(record.outcome);
        chart.raise_peaks(record.summary.peak_rss_bytes, record.summary.peak_counted_bytes);
        chart
    }

    /// Takes an event into account.
    pub fn apply(&mut self, event: &Event) {
        if !event.at_secs.is_finite() {
            return;
        }
        let at = event.at_secs.max(0.0);
        self.version += 1;
        self.end_secs = self.end_secs.max(at);
        match &event.kind {
            EventKind::Started { plan, forecast, baseline_rss, .. } => {
                self.begin(plan);
                self.forecast = Some(*forecast);
                self.baseline_rss_bytes = *baseline_rss;
            }
            EventKind::ReadingAhead { combination, .. } => self.mark_preload(combination, at),
            EventKind::Preloading { combination, done, .. } => {
                self.preload_began(combination, at);
                self.work_goes_on(at, *done);
            }
            EventKind::Preloaded { combination, images, secs, .. } => {
                let from = began(at, *secs);
                self.preload_began(combination, from);
                self.close(at);
                self.work_done(at, *images);
            }
            EventKind::StepStarted { combination, step, name, groups } => {
                self.close(at);
                self.work_goes_on(at, 0);
                self.step_groups = *groups;
                self.open(Phase::Step(*step), name, combination, at);
            }
            EventKind::Stepping { done, .. } => self.work_goes_on(at, *done),
            EventKind::StepDone { .. } => {
                self.close(at);
                self.work_done(at, self.step_groups);
            }
            EventKind::Saved { combination, images, secs, .. } => {
                self.close(at);
                self.open(Phase::Save, "save", combination, began(at, *secs));
                self.close(at);
                self.work_done(at, *images);
            }
            EventKind::Cleared { combination, rss_peak, counted_peak, .. } => {
                self.close(at);
                let from = self.bands.last().map_or(at, |band| band.to_secs.min(at));
                self.open(Phase::Clear, "clear", combination, from);
                self.close(at);
                self.high_water(*rss_peak, *counted_peak, at);
                let combination = self.combination_text(combination);
                self.markers.push(Marker { kind: MarkerKind::Clear, at_secs: at, combination });
            }
            EventKind::Sample(sample) => {
                self.sample(TimedSample { at_secs: at, rss: sample.rss, counted: sample.counted });
            }
            EventKind::Ended { outcome, summary, .. } => {
                self.close(at);
                self.outcome = Some(*outcome);
                if *outcome == Outcome::Completed {
                    self.work.complete();
                }
                self.raise_peaks(summary.peak_rss_bytes, summary.peak_counted_bytes);
            }
            EventKind::WellStarted { .. }
            | EventKind::ImageFailed(_)
            | EventKind::Warning { .. }
            | EventKind::TableSaved(_)
            | EventKind::WellDone { .. } => {}
        }
        if let Some(band) = self.open.and_then(|open| self.bands.get_mut(open)) {
            band.to_secs = band.to_secs.max(at);
        }
    }

    /// Changes whenever what is drawn may change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether the system told the resident memory at any time.
    pub fn has_rss(&self) -> bool {
        self.peaks[Measure::Rss as usize].is_some()
    }

    /// What its main line shows: RSS, or counted where the system did not tell.
    pub fn main_measure(&self) -> Measure {
        if self.has_rss() || self.series.samples().is_empty() { Measure::Rss } else { Measure::Counted }
    }

    /// The forecast of a measure.
    pub fn forecast_bytes(&self, measure: Measure) -> Option<u64> {
        let forecast = self.forecast?;
        match measure {
            Measure::Rss => forecast.rss_bytes,
            Measure::Counted => Some(forecast.counted_bytes),
        }
    }

    /// The most memory so far.
    pub fn peak(&self, measure: Measure) -> Option<Peak> {
        let (at_secs, bytes) = self.peaks[measure as usize]?;
        Some(Peak { at_secs, bytes, doing: self.doing_at(at_secs) })
    }

    /// The most memory among the samples from one time to another.
    pub fn peak_between(&self, measure: Measure, from_secs: f64, to_secs: f64) -> Option<Peak> {
        let sample = self.series.highest(measure, from_secs, to_secs)?;
        let bytes = measure.of(sample)?;
        Some(Peak { at_secs: sample.at_secs, bytes, doing: self.doing_at(sample.at_secs) })
    }

    /// What was happening at a time: `Z projection · channel 2`; empty where nothing was.
    pub fn doing_at(&self, at_secs: f64) -> String {
        match self.band_at(at_secs) {
            Some(band) if band.combination.is_empty() => band.name.clone(),
            Some(band) => format!("{} · {}", band.name, band.combination),
            None => String::new(),
        }
    }

    /// The phase at a time: `Z projection`; `None` where nothing was happening.
    pub fn phase_at(&self, at_secs: f64) -> Option<&str> {
        self.band_at(at_secs).map(|band| band.name.as_str())
    }

    fn band_at(&self, at_secs: f64) -> Option<&Band> {
        let after = self.bands.partition_point(|band| band.from_secs <= at_secs);
        let band = after.checked_sub(1).and_then(|place| self.bands.get(place));
        band.filter(|band| at_secs <= band.to_secs)
    }

    /// The share of the run's work that was done at a time.
    pub fn share_at(&self, at_secs: f64) -> f64 {
        self.work.share_at(at_secs)
    }

    /// The time at which a share of the work was done; the end of the run where it never was more.
    pub fn secs_at_share(&self, share: f64) -> f64 {
        if share >= self.work.share_at(f64::MAX) { self.end_secs } else { self.work.secs_at(share) }
    }

    fn begin(&mut self, plan: &PlanSummary) {
        self.mode = plan.mode;
        self.title = title(plan);
        if plan.mode == Mode::Sequential {
            self.sequential.clone_from(&plan.sequential);
        }
        self.several_wells = plan.wells.len() > 1;
        let units = plan.images + plan.step_groups.iter().sum::<usize>() + plan.outputs;
        self.work.set_total(units as f64);
    }

    fn sample(&mut self, sample: TimedSample) {
        if !sample.at_secs.is_finite() {
            return;
        }
        let at = sample.at_secs.max(0.0);
        self.version += 1;
        self.end_secs = self.end_secs.max(at);
        self.series.push(sample);
        for measure in [Measure::Rss, Measure::Counted] {
            if let Some(bytes) = measure.of(&sample) {
                raise(&mut self.peaks[measure as usize], at, bytes);
            }
        }
        raise(&mut self.fullest_here, at, sample.counted);
    }

    /// The high-water marks of a combination may lie between two samples: the peak is then the mark.
    /// The system does not tell when it was; most likely when the store held the most, because that
    /// count is exact and samples of RSS lag behind it.
    fn high_water(&mut self, rss_peak: Option<u64>, counted_peak: u64, at_secs: f64) {
        let at = self.fullest_here.take().map_or(at_secs, |(at, _)| at);
        for (measure, mark) in [(Measure::Rss, rss_peak), (Measure::Counted, Some(counted_peak))] {
            if let Some(bytes) = mark {
                raise(&mut self.peaks[measure as usize], at, bytes);
            }
        }
    }

    /// The summary counts, also where samples were thinned on the way.
    fn raise_peaks(&mut self, rss: Option<u64>, counted: u64) {
        for (measure, bytes) in [(Measure::Rss, rss), (Measure::Counted, Some(counted))] {
            let peak = &mut self.peaks[measure as usize];
            if let (Some((at, highest)), Some(bytes)) = (*peak, bytes)
                && bytes > highest
            {
                *peak = Some((at, bytes));
            }
        }
    }

    fn preload_began(&mut self, combination: &CombinationId, at_secs: f64) {
        let text = self.combination_text(combination);
        let going_on = self.open.and_then(|open| self.bands.get(open));
        if going_on.is_some_and(|band| band.phase == Phase::Preload && band.combination == text) {
            return;
        }
        self.close(at_secs);
        self.work_goes_on(at_secs, 0);
        self.fullest_here = None;
        self.open(Phase::Preload, "preload", combination, at_secs);
        self.mark_preload(combination, at_secs);
    }

    /// Marks when preloading began; one that was read ahead began before its turn.
    fn mark_preload(&mut self, combination: &CombinationId, at_secs: f64) {
        if self.marked != Some(combination.index) {
            self.marked = Some(combination.index);
            let combination = self.combination_text(combination);
            self.markers.push(Marker { kind: MarkerKind::Preload, at_secs, combination });
        }
    }

    fn open(&mut self, phase: Phase, name: &str, combination: &CombinationId, from_secs: f64) {
        let last = self.bands.last().map_or(0.0, |band| band.from_secs);
        let from_secs = from_secs.max(last);
        let combination = self.combination_text(combination);
        self.open = Some(self.bands.len());
        self.bands.push(Band { phase, name: name.to_owned(), combination, from_secs, to_secs: from_secs });
    }

    fn close(&mut self, at_secs: f64) {
        if let Some(band) = self.open.take().and_then(|open| self.bands.get_mut(open)) {
            band.to_secs = band.to_secs.max(at_secs);
        }
    }

    fn work_goes_on(&mut self, at_secs: f64, done: usize) {
        self.work.note(at_secs, self.work_before + done as f64);
    }

    fn work_done(&mut self, at_secs: f64, done: usize) {
        self.work_goes_on(at_secs, done);
        self.work_before = self.work.done();
    }

    pub(super) fn combination_text(&self, combination: &CombinationId) -> String {
        let mut parts = Vec::with_capacity(combination.values.len() + 1);
        if self.several_wells {
            parts.push(combination.wells_text());
        }
        parts.extend(combination.values.iter().map(|(component, value)| format!("{component} {value}")));
        parts.join(" · ")
    }
}

/// `All at once`, `Channel, one at a time`, `Channel + site, one at a time`.
fn title(plan: &PlanSummary) -> String {
    match (plan.mode, plan.sequential.split_first()) {
        (Mode::Bulk, _) | (Mode::Sequential, None) => plan.mode.title().to_owned(),
        (Mode::Sequential, Some((first, rest))) => {
            let mut text = first.title().to_owned();
            for component in rest {
                text.push_str(&format!(" + {component}"));
            }
            text + ", one at a time"
        }
    }
}

/// When something began that took so long until now.
fn began(at_secs: f64, took_secs: f64) -> f64 {
    if took_secs.is_finite() { (at_secs - took_secs.max(0.0)).max(0.0) } else { at_secs }
}

fn raise(peak: &mut Option<(f64, u64)>, at_secs: f64, bytes: u64) {
    if peak.is_none_or(|(_, highest)| bytes > highest) {
        *peak = Some((at_secs, bytes));
    }
}
