//! What happened when in a run: bands, marks, peaks and the share of the work, for a chart.
//!
//! Never panics on events that come late, twice or not at all.

use std::collections::BTreeMap;

use super::work::WorkCurve;
use crate::events::facts::Outcome;
use crate::events::sample::TimedSample;
use crate::events::summary::RunSummary;
use crate::plan::{CombinationId, PlanSummary};

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
    /// The phase that the combination went through.
    pub phase: Phase,
    /// Its name on screen: that of the step, or `preload`, `save`, `clear`.
    pub name: String,
    /// The combination, in words: `FITC`, `A01 · FITC` where the run has several wells.
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
    /// Somebody marked it.
    Mark,
}

/// A moment worth a line in the chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// What happened at this moment.
    pub kind: MarkerKind,
    /// Seconds since the run began.
    pub at_secs: f64,
    /// The combination, in words; what was written on a mark.
    pub combination: String,
}

/// What happened when.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Timeline {
    /// What happened when, in order.
    pub bands: Vec<Band>,
    /// Preloads and clears, in order.
    pub markers: Vec<Marker>,
    /// Time and bytes of the peak of resident memory; `None` where the system did not tell.
    pub peak_rss: Option<(f64, u64)>,
    /// Time and bytes of the peak of counted bytes.
    pub peak_counted: Option<(f64, u64)>,
    work: WorkCurve,
    /// Units of work of the phases that are over.
    work_before: f64,
    /// Groups of the step at hand.
    step_groups: usize,
    /// The band that is still going on.
    open: Option<usize>,
    several_wells: bool,
    channel_names: BTreeMap<u32, String>,
    /// The combination whose preload is marked.
    marked: Option<usize>,
    /// When the store held the most in the present combination: where its high-water marks are put.
    fullest_here: Option<(f64, u64)>,
}

impl Timeline {
    pub(super) fn begin(&mut self, plan: &PlanSummary) {
        self.several_wells = plan.wells.len() > 1;
        self.channel_names.clone_from(&plan.channel_names);
        let parts = plan.step_groups.iter().copied().chain([plan.images, plan.outputs]);
        self.work.set_total(parts.map(|units| units as f64).sum());
    }

    pub(super) fn advance_preload(&mut self, combination: &CombinationId, at_secs: f64, done: usize) {
        self.preload_began(combination, at_secs);
        self.advance_work(at_secs, done);
    }

    pub(super) fn preloaded(&mut self, combination: &CombinationId, at_secs: f64, images: usize, secs: f64) {
        self.preload_began(combination, began(at_secs, secs));
        self.close(at_secs);
        self.work_done(at_secs, images);
    }

    pub(super) fn step_begins(
        &mut self,
        combination: &CombinationId,
        at_secs: f64,
        step: usize,
        name: &str,
        groups: usize,
    ) {
        self.close(at_secs);
        self.advance_work(at_secs, 0);
        self.step_groups = groups;
        self.open(Phase::Step(step), name, combination, at_secs);
    }

    pub(super) fn step_done(&mut self, at_secs: f64) {
        self.close(at_secs);
        self.work_done(at_secs, self.step_groups);
    }

    pub(super) fn saved(&mut self, combination: &CombinationId, at_secs: f64, images: usize, secs: f64) {
        self.close(at_secs);
        self.open(Phase::Save, "save", combination, began(at_secs, secs));
        self.close(at_secs);
        self.work_done(at_secs, images);
    }

    pub(super) fn cleared(
        &mut self,
        combination: &CombinationId,
        at_secs: f64,
        rss_peak: Option<u64>,
        counted_peak: u64,
    ) {
        self.close(at_secs);
        let from = self.bands.last().map_or(at_secs, |band| band.to_secs.min(at_secs));
        self.open(Phase::Clear, "clear", combination, from);
        self.close(at_secs);
        self.high_water(rss_peak, counted_peak, at_secs);
        let combination = self.combination_text(combination);
        self.markers.push(Marker { kind: MarkerKind::Clear, at_secs, combination });
    }

    pub(super) fn sample(&mut self, at_secs: f64, sample: &TimedSample) {
        if let Some(rss) = sample.rss {
            raise(&mut self.peak_rss, at_secs, rss);
        }
        raise(&mut self.peak_counted, at_secs, sample.counted);
        raise(&mut self.fullest_here, at_secs, sample.counted);
    }

    pub(super) fn end(&mut self, outcome: Outcome, summary: &RunSummary, at_secs: f64) {
        self.close(at_secs);
        if outcome == Outcome::Completed {
            self.work.complete();
        }
        // The summary counts, also where samples were thinned on the way.
        let peaks = [
            (&mut self.peak_rss, summary.peak_rss_bytes),
            (&mut self.peak_counted, Some(summary.peak_counted_bytes)),
        ];
        for (peak, bytes) in peaks {
            if let (Some((_, highest)), Some(bytes)) = (peak, bytes) {
                *highest = bytes.max(*highest);
            }
        }
    }

    pub(super) fn extend_until(&mut self, at_secs: f64) {
        if let Some(band) = self.open.and_then(|open| self.bands.get_mut(open)) {
            band.to_secs = band.to_secs.max(at_secs);
        }
    }

    /// What was happening at a time: `Z projection · FITC`; empty where nothing was.
    pub(crate) fn doing_at(&self, at_secs: f64) -> String {
        match self.band_at(at_secs) {
            Some(band) if band.combination.is_empty() => band.name.clone(),
            Some(band) => format!("{} · {}", band.name, band.combination),
            None => String::new(),
        }
    }

    /// The band at a time.
    pub(crate) fn band_at(&self, at_secs: f64) -> Option<&Band> {
        let after = self.bands.partition_point(|band| band.from_secs <= at_secs);
        let band = after.checked_sub(1).and_then(|place| self.bands.get(place));
        band.filter(|band| at_secs <= band.to_secs)
    }

    /// The share of the run's work that was done at a time.
    pub(crate) fn share_at(&self, at_secs: f64) -> f64 {
        self.work.share_at(at_secs)
    }

    /// The time at which a share of the work was done; `None` where it never was more.
    pub(crate) fn secs_at_share(&self, share: f64) -> Option<f64> {
        (share < self.work.share_at(f64::MAX)).then(|| self.work.secs_at(share))
    }

    /// The high-water marks of a combination may lie between two samples: the peak is then the mark.
    /// The system does not tell when it was; most likely when the store held the most, because that
    /// count is exact and samples of RSS lag behind it.
    fn high_water(&mut self, rss_peak: Option<u64>, counted_peak: u64, at_secs: f64) {
        let at = self.fullest_here.take().map_or(at_secs, |(at, _)| at);
        if let Some(rss) = rss_peak {
            raise(&mut self.peak_rss, at, rss);
        }
        raise(&mut self.peak_counted, at, counted_peak);
    }

    fn preload_began(&mut self, combination: &CombinationId, at_secs: f64) {
        let text = self.combination_text(combination);
        let going_on = self.open.and_then(|open| self.bands.get(open));
        if going_on.is_some_and(|band| band.phase == Phase::Preload && band.combination == text) {
            return;
        }
        self.close(at_secs);
        self.advance_work(at_secs, 0);
        self.fullest_here = None;
        self.open(Phase::Preload, "preload", combination, at_secs);
        self.mark_preload(combination, at_secs);
    }

    /// Marks when preloading began; one that was read ahead began before its turn.
    pub(super) fn mark_preload(&mut self, combination: &CombinationId, at_secs: f64) {
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

    pub(super) fn advance_work(&mut self, at_secs: f64, done: usize) {
        self.work.note(at_secs, self.work_before + done as f64);
    }

    fn work_done(&mut self, at_secs: f64, done: usize) {
        self.advance_work(at_secs, done);
        self.work_before = self.work.done();
    }

    /// A combination in words: `FITC`, `A01 · FITC` where the run has several wells.
    pub(crate) fn combination_text(&self, combination: &CombinationId) -> String {
        let well = self.several_wells.then(|| combination.wells_text());
        let parts: Vec<String> =
            well.into_iter().chain(combination.value_words(&self.channel_names)).collect();
        parts.join(" · ")
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
