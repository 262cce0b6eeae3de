//! The record of a run, made of its wells and stretches.
//!
//! Of a run that was done in one stretch it is what that told, event by event. The stretches of others follow each other in it,
//! as if each had begun when the one before it ended, in whatever order and on whatever machines they were worked: its
//! time is time of work. What a stretch began in vain is part of it, as far as whoever followed it could tell.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use super::read::{is_live, wanted_of};
use super::{FolderError, RunFolder, StepLack, Stretch, StretchEnd, TakenWell, WellRecord};
use crate::events::{Course, Event, EventKind, Outcome, RunSummary, SavedTable, TimedSample, thinned};
use crate::plan::{Forecast, PlanCourse, PlanSummary, WellSources};
use crate::plate::WellId;
use crate::quantity::plural;
use crate::record::{MOST_SAMPLES, RECORD_VERSION, RunRecord, StretchSummary};

/// The most wells that a sentence names.
const MOST_NAMED: usize = 12;

/// A run put together.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// Its record, without the tables, which are put together for it.
    pub record: RunRecord,
    /// The wells of which anything was saved, in their order.
    pub wells: Vec<MergedWell>,
    /// The wanted wells that are not done.
    pub undone: BTreeSet<WellId>,
    /// What there was to do in each well, as the last that took it on found it.
    pub taken: BTreeMap<WellId, TakenWell>,
    /// Whether a process may have left parts of files: one that failed, or of which nobody told how it ended, or that was ended
    /// while it put the run together.
    pub may_have_parts: bool,
    /// What could not be read, in sentences.
    pub unread: Vec<String>,
}

/// A well of a run that is put together.
#[derive(Clone, Debug, PartialEq)]
pub struct MergedWell {
    /// The well.
    pub well: WellId,
    /// Whether it is done.
    pub is_whole: bool,
    /// Its source images in short.
    pub sources: WellSources,
    /// What is not there of each step whose images are kept.
    pub lacking: Vec<StepLack>,
    /// Its parts of the tables.
    pub tables: Vec<SavedTable>,
    /// Which of the record's outputs are its.
    pub outputs: Range<usize>,
}

/// What is known of a stretch while a run is put together.
struct Known<'a> {
    stretch: &'a Stretch,
    events: Vec<Event>,
    samples: Vec<TimedSample>,
    /// What its worker told of its machine, by a well that it did.
    of_worker: Option<StretchEnd>,
    done: usize,
}

impl RunFolder {
    /// Puts the run together of what is there; `None` where no work was begun. Nothing is written, and no image is read.
    /// A well of which `fault` says what is not as it was written counts as not done.
    pub fn merged(&self, fault: &dyn Fn(&WellRecord) -> Option<String>) -> Option<Merged> {
        let (stretches, faults) = self.stretches();
        let mut known: Vec<Known<'_>> = stretches.iter().map(Known::of).collect();
        let place: HashMap<&str, usize> =
            stretches.iter().enumerate().map(|(place, stretch)| (stretch.id.as_str(), place)).collect();
        let (done, wanted) = (self.done(), wanted_of(&stretches));
        let mut undone: BTreeSet<WellId> = wanted.difference(&done).copied().collect();
        let (mut outputs, mut wells, mut failed, mut unread) = (Vec::new(), Vec::new(), Vec::new(), faults);
        for well in wanted.union(&done).copied() {
            let mut record = match self.any_of(well) {
                Ok(Some(record)) => record,
                Ok(None) => {
                    undone.insert(well);
                    wells.extend(not_begun(&stretches, well, outputs.len()));
                    continue;
                }
                Err(error) => {
                    unread.push(format!("{well} is taken for not done: {error}."));
                    undone.insert(well);
                    continue;
                }
            };
            if let Some(why) = fault(&record) {
                unread.push(format!("{well} is taken for not done: {why}."));
                undone.insert(well);
                continue;
            }
            if !record.is_whole {
                undone.insert(well);
            }
            let from = outputs.len();
            outputs.append(&mut record.outputs);
            failed.append(&mut record.failed);
            if let Some(known) = place.get(record.stretch.as_str()).and_then(|place| known.get_mut(*place)) {
                known.take(&mut record);
            }
            let WellRecord { is_whole, sources, lacking, tables, .. } = record;
            wells.push(MergedWell { well, is_whole, sources, lacking, tables, outputs: from..outputs.len() });
        }
        let was_cut_off =
            |stretch: &Stretch| stretch.end.as_ref().is_none_or(|end| end.outcome == Outcome::Failed);
        let may_have_parts = stretches.len() > 1 || stretches.iter().any(was_cut_off);
        let mut record = self.put_together(&stretches, known, &undone, &wanted)?;
        record.summary.saved = outputs.iter().filter(|output| output.path.is_some()).count();
        (record.outputs, record.summary.failed) = (outputs, failed);
        let taken = stretches
            .into_iter()
            .flat_map(|stretch| stretch.taken)
            .map(|taken| (taken.well, taken))
            .collect();
        Some(Merged { record, wells, undone, taken, may_have_parts, unread })
    }

    /// The stretches of which nobody told how they ended and nobody is left who could, with what their wells tell of it: so that
    /// this stays known when these are done again.
    pub(crate) fn ended_untold(&self) -> Vec<Stretch> {
        let is_untold = |stretch: &Stretch| stretch.end.is_none() && !is_live(self.path(), &stretch.id);
        let mut stretches: Vec<Stretch> = self.stretches().0.into_iter().filter(is_untold).collect();
        for stretch in &mut stretches {
            let mut known = Known::of(stretch);
            let records = stretch.taken.iter().filter_map(|taken| self.any_of(taken.well).ok().flatten());
            records
                .filter(|record| record.stretch == stretch.id)
                .for_each(|mut record| known.take(&mut record));
            let (mut end, events, samples) = known.in_order();
            end.summary = summary_of(&end, false, &events, &samples);
            stretch.end = Some(StretchEnd { events: Vec::new(), samples: Vec::new(), ..end });
        }
        stretches
    }

    /// What was written down of a well, whole or not.
    fn any_of(&self, well: WellId) -> Result<Option<WellRecord>, FolderError> {
        match self.well(well)? {
            Some(record) => Ok(Some(record)),
            None => self.part_of_well(well),
        }
    }

    fn put_together(
        &self,
        stretches: &[Stretch],
        known: Vec<Known<'_>>,
        undone: &BTreeSet<WellId>,
        wanted: &BTreeSet<WellId>,
    ) -> Option<RunRecord> {
        let first = stretches.first()?;
        let plan = plan_of(first, stretches, wanted);
        let name =
            self.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut record = RunRecord {
            version: RECORD_VERSION,
            run: name,
            started_unix_secs: first.started_unix_secs,
            plate: self.request.plate.clone(),
            spec: self.request.spec.clone(),
            plan: plan.clone(),
            machine: None,
            forecast: first.forecast,
            outcome: Outcome::Failed,
            why: None,
            // Of several stretches each had one of its own.
            expected_course: if let [only] = stretches { only.course.clone() } else { PlanCourse::default() },
            summary: RunSummary::default(),
            budget_bytes: stretches.last().and_then(|stretch| stretch.budget_bytes),
            compared: self.request.compared.clone(),
            stretches: Vec::new(),
            outputs: Vec::new(),
            events: Vec::new(),
            samples: Vec::new(),
        };
        let mut told: Vec<(StretchEnd, RunSummary)> = Vec::new();
        let (mut offset_secs, mut combinations) = (0.0, 0);
        for one in known {
            let (stretch, done) = (one.stretch, one.done);
            let (end, mut events, samples) = one.in_order();
            drop_unread_ahead(&mut events);
            let summary = summary_of(&end, stretch.end.is_some(), &events, &samples);
            for event in &mut events {
                event.run.clone_from(&record.run);
                event.at_secs += offset_secs;
            }
            renumber(&mut events, &mut combinations);
            let is_kept = |event: &Event| match &event.kind {
                EventKind::Ended { .. } => false,
                EventKind::Started { .. } => record.events.is_empty(),
                _ => true,
            };
            let events: Vec<Event> = events.into_iter().filter(is_kept).collect();
            record.events.extend(events);
            record.samples.extend(
                samples
                    .into_iter()
                    .map(|sample| TimedSample { at_secs: sample.at_secs + offset_secs, ..sample }),
            );
            if record.samples.len() >= 2 * MOST_SAMPLES {
                record.samples = thinned(&record.samples, MOST_SAMPLES);
            }
            offset_secs += summary.wall_secs;
            record.stretches.push(StretchSummary::of(stretch, &end, &summary, done));
            record.machine = record.machine.take().or_else(|| end.machine.clone());
            if end.forecast.rss_bytes.unwrap_or(0) >= record.forecast.rss_bytes.unwrap_or(0) {
                record.forecast = end.forecast;
            }
            told.push((end, summary));
        }
        for event in &mut record.events {
            if let EventKind::Started { plan: told, .. } = &mut event.kind {
                **told = plan.clone();
            }
        }
        let last = told.last().map(|(end, _)| (end.outcome, end.why.clone()));
        // One that did all it was asked for may still have ended otherwise; what others did after it counts.
        let is_one = matches!(stretches, [stretch] if stretch.end.is_some());
        (record.outcome, record.why) = match last {
            Some((outcome @ (Outcome::Cancelled | Outcome::Failed), why)) if is_one || !undone.is_empty() => {
                (outcome, why)
            }
            _ if undone.is_empty() => (Outcome::Completed, None),
            _ => (Outcome::Failed, Some(undone_text(undone))),
        };
        record.summary = added_up(told.into_iter().map(|(_, summary)| summary).collect());
        record.summary.course = record.check_course();
        Some(record)
    }
}

/// What is known of a well of which nothing was saved.
fn not_begun(stretches: &[Stretch], well: WellId, place: usize) -> Option<MergedWell> {
    let ends = stretches.iter().rev().filter_map(|stretch| stretch.end.as_ref());
    let not_begun = ends.flat_map(|end| &end.not_begun).find(|one| one.well == well)?;
    Some(MergedWell {
        well,
        is_whole: false,
        sources: WellSources::default(),
        lacking: not_begun.lacking.clone(),
        tables: Vec::new(),
        outputs: place..place,
    })
}

/// `3 wells are not done: A05, A06 and B01.`
pub(crate) fn undone_text(undone: &BTreeSet<WellId>) -> String {
    let named: Vec<String> = undone.iter().take(MOST_NAMED).map(ToString::to_string).collect();
    let more = match undone.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let are = if undone.len() == 1 { "is" } else { "are" };
    format!("{} {are} not done: {}{more}.", plural(undone.len(), "well"), named.join(", "))
}

impl<'a> Known<'a> {
    fn of(stretch: &'a Stretch) -> Self {
        Self { stretch, events: Vec::new(), samples: Vec::new(), of_worker: None, done: 0 }
    }

    /// Takes in a well that was done in it, with its events and samples.
    fn take(&mut self, record: &mut WellRecord) {
        self.done += usize::from(record.is_whole);
        self.events.append(&mut record.events);
        self.samples.append(&mut record.samples);
        self.of_worker.get_or_insert_with(|| StretchEnd {
            machine: record.machine.clone(),
            summary: RunSummary { baseline_rss_bytes: record.baseline_rss_bytes, ..RunSummary::default() },
            ..untold_end(record.forecast)
        });
    }

    /// How it ended, and all that is known of it in the order of its times.
    fn in_order(self) -> (StretchEnd, Vec<Event>, Vec<TimedSample>) {
        let Self { stretch, mut events, mut samples, of_worker, .. } = self;
        let mut end = stretch.end.clone().or(of_worker).unwrap_or_else(|| untold_end(stretch.forecast));
        end.machine = end.machine.or_else(|| stretch.machine.clone());
        events.extend(end.events.iter().cloned());
        samples.extend(&end.samples);
        // The sort keeps the order of equal times; the beginning is the first in any case.
        let rank = |event: &Event| u8::from(!matches!(event.kind, EventKind::Started { .. }));
        events.sort_by(|a, b| rank(a).cmp(&rank(b)).then(a.at_secs.total_cmp(&b.at_secs)));
        samples.sort_by(|a, b| a.at_secs.total_cmp(&b.at_secs));
        (end, events, samples)
    }
}

/// The end of a stretch of which nobody told.
fn untold_end(forecast: Forecast) -> StretchEnd {
    StretchEnd {
        outcome: Outcome::Failed,
        why: Some("The program that followed it was ended from outside.".to_owned()),
        machine: None,
        forecast,
        summary: RunSummary::default(),
        not_begun: Vec::new(),
        events: Vec::new(),
        samples: Vec::new(),
    }
}

/// What a stretch came to: as it told itself, or as far as its wells tell.
fn summary_of(end: &StretchEnd, is_told: bool, events: &[Event], samples: &[TimedSample]) -> RunSummary {
    if is_told {
        return end.summary.clone();
    }
    let mut course = Course::new();
    events.iter().for_each(|event| course.apply(event));
    samples.iter().for_each(|sample| course.sample(*sample));
    RunSummary {
        baseline_rss_bytes: end.summary.baseline_rss_bytes,
        forecast_counted_bytes: end.forecast.counted_bytes,
        forecast_rss_bytes: end.forecast.rss_bytes,
        ..course.summary
    }
}

/// Takes out the combinations that were begun to be read ahead and never came to hand.
fn drop_unread_ahead(events: &mut Vec<Event>) {
    let is_ahead = |event: &Event| matches!(event.kind, EventKind::ReadingAhead { .. });
    let index = |event: &Event| event.kind.combination().map(|id| id.index);
    let at_hand: BTreeSet<usize> = events.iter().filter(|event| !is_ahead(event)).filter_map(index).collect();
    events.retain(|event| !is_ahead(event) || index(event).is_some_and(|index| at_hand.contains(&index)));
}

/// Gives the combinations of a stretch the numbers that follow those of the stretches before it.
fn renumber(events: &mut [Event], next: &mut usize) {
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    for event in events {
        if let Some(id) = event.kind.combination_mut() {
            id.index = *numbers.entry(id.index).or_insert_with(|| {
                *next += 1;
                *next - 1
            });
        }
    }
}

/// The plan of the wanted wells in numbers.
fn plan_of(first: &Stretch, stretches: &[Stretch], wanted: &BTreeSet<WellId>) -> PlanSummary {
    if stretches.len() == 1 {
        return first.plan.clone();
    }
    let taken: BTreeMap<WellId, &TakenWell> =
        stretches.iter().flat_map(|stretch| &stretch.taken).map(|taken| (taken.well, taken)).collect();
    let mut plan = first.plan.clone();
    plan.wells = wanted.iter().copied().collect();
    plan.images_at_once = stretches.iter().map(|stretch| stretch.plan.images_at_once).max().unwrap_or(0);
    plan.combinations = taken.values().map(|taken| taken.combinations).sum();
    plan.images = taken.values().map(|taken| taken.images).sum();
    plan.outputs = taken.values().flat_map(|taken| taken.outputs.values()).sum();
    for (step, groups) in plan.step_groups.iter_mut().enumerate() {
        *groups = taken.values().filter_map(|taken| taken.step_groups.get(step)).sum();
    }
    plan
}

/// What stretches came to together: the most of memory, the sums of all else.
fn added_up(summaries: Vec<RunSummary>) -> RunSummary {
    let mut summaries = summaries.into_iter();
    let Some(mut sum) = summaries.next() else { return RunSummary::default() };
    for one in summaries {
        // Memory at rest is that of the worker with the highest peak, so that what lies above it can be told.
        if one.peak_rss_bytes > sum.peak_rss_bytes {
            sum.peak_rss_bytes = one.peak_rss_bytes;
            sum.baseline_rss_bytes = one.baseline_rss_bytes;
        }
        sum.images = sum.images.saturating_add(one.images);
        sum.combinations = sum.combinations.saturating_add(one.combinations);
        sum.images_at_once = sum.images_at_once.max(one.images_at_once);
        sum.peak_counted_bytes = sum.peak_counted_bytes.max(one.peak_counted_bytes);
        sum.forecast_counted_bytes = sum.forecast_counted_bytes.max(one.forecast_counted_bytes);
        sum.forecast_rss_bytes = sum.forecast_rss_bytes.max(one.forecast_rss_bytes);
        sum.peak_scratch_bytes = sum.peak_scratch_bytes.max(one.peak_scratch_bytes);
        sum.rss_after_clear_bytes.extend(one.rss_after_clear_bytes);
        sum.cached_share = sum.cached_share.or(one.cached_share);
        sum.wall_secs += one.wall_secs;
        sum.preload_secs += one.preload_secs;
        sum.step_secs += one.step_secs;
        sum.save_secs += one.save_secs;
        sum.stopped_at_budget = one.stopped_at_budget;
    }
    sum
}
