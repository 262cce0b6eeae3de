//! The record of a run, made of its wells and stretches.
//!
//! Of a run that was done in one stretch it is what that told, event by event. The stretches of others follow each other in it,
//! as if each had started when the one before it ended, in whatever order and on whatever machines they were worked: its
//! time is time of work. What a stretch began in vain is part of it, as far as whoever followed it could tell.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io;

use super::read::{is_live, wanted_of};
use super::retold::Lists;
use super::spool::{Span, Spool};
use super::told::Known;
use super::{FolderError, RunFolder, StepLack, Stretch, StretchEnd, TakenWell, WellRecord};
use crate::events::{Event, Outcome, OutputImage, RunSummary, SavedTable};
use crate::plan::{PlanCourse, PlanSummary, WellSources};
use crate::plate::WellId;
use crate::quantity::plural;
use crate::record::{RECORD_VERSION, RunRecord, StretchSummary};

/// The most wells that a sentence names.
const MOST_NAMED: usize = 12;

/// A run put together. Its outputs and events lie in a file without a name, from which they are read as they are come to.
#[derive(Debug)]
pub(crate) struct Merged {
    /// Its record, without outputs and events and without the tables, which are put together for it.
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
    lists: Lists,
}

/// A well of a run that is put together.
#[derive(Debug)]
pub(crate) struct MergedWell {
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
    outputs: Span<OutputImage>,
}

impl Merged {
    /// The outputs, well after well.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = io::Result<OutputImage>> {
        self.wells.iter().flat_map(|well| self.outputs_of(well))
    }

    /// The outputs of one of its wells.
    pub(crate) fn outputs_of(&self, well: &MergedWell) -> impl Iterator<Item = io::Result<OutputImage>> {
        self.lists.spool.items(&well.outputs)
    }

    /// The events in the order of their times, but for its end.
    pub(crate) fn events(&self) -> impl Iterator<Item = io::Result<Event>> {
        self.lists.events()
    }

    /// Its record with outputs and events.
    pub(crate) fn whole(self) -> io::Result<RunRecord> {
        let outputs = self.outputs().collect::<io::Result<_>>()?;
        let events = self.events().collect::<io::Result<_>>()?;
        Ok(RunRecord { outputs, events, ..self.record })
    }
}

impl RunFolder {
    /// Puts the run together of what is there; `None` where no work was started. Nothing is written but its lists, into `lists`,
    /// which is empty, and no image is read. A well of which `fault` says what is not as it was written counts as not done.
    ///
    /// # Errors
    /// Where the lists cannot be written.
    pub(crate) fn merged(
        &self,
        lists: File,
        fault: &dyn Fn(&WellRecord) -> Option<String>,
    ) -> io::Result<Option<Merged>> {
        let (stretches, faults) = self.stretches();
        let mut spool = Spool::of(lists);
        let mut known: Vec<Known<'_>> = stretches.iter().map(Known::of).collect();
        let place: HashMap<&str, usize> =
            stretches.iter().enumerate().map(|(place, stretch)| (stretch.id.as_str(), place)).collect();
        let (done, wanted) = (self.done(), wanted_of(&stretches));
        let mut undone: BTreeSet<WellId> = wanted.difference(&done).copied().collect();
        let (mut wells, mut saved, mut failed, mut unread) = (Vec::new(), 0, Vec::new(), faults);
        for well in wanted.union(&done).copied() {
            let mut record = match self.any_of(well) {
                Ok(Some(record)) => record,
                Ok(None) => {
                    undone.insert(well);
                    wells.extend(not_begun(&stretches, well));
                    continue;
                }
                Err(error) => {
                    unread.push(format!("{well} counts as not done: {error}."));
                    undone.insert(well);
                    continue;
                }
            };
            if let Some(why) = fault(&record) {
                unread.push(format!("{well} counts as not done: {why}."));
                undone.insert(well);
                continue;
            }
            if !record.is_whole {
                undone.insert(well);
            }
            saved += record.outputs.iter().filter(|output| output.path.is_some()).count();
            failed.append(&mut record.failed);
            if let Some(known) = place.get(record.stretch.as_str()).and_then(|place| known.get_mut(*place)) {
                known.take(&mut spool, &mut record)?;
            }
            let outputs = spool.add(&record.outputs)?;
            let WellRecord { is_whole, sources, lacking, tables, .. } = record;
            wells.push(MergedWell { well, is_whole, sources, lacking, tables, outputs });
        }
        let was_cut_off =
            |stretch: &Stretch| stretch.end.as_ref().is_none_or(|end| end.outcome == Outcome::Failed);
        let may_have_parts = stretches.len() > 1 || stretches.iter().any(was_cut_off);
        let put_together = self.put_together(&stretches, known, spool, &undone, &wanted)?;
        let Some((mut record, lists)) = put_together else { return Ok(None) };
        (record.summary.saved, record.summary.failed) = (saved, failed);
        let taken = stretches
            .into_iter()
            .flat_map(|stretch| stretch.taken)
            .map(|taken| (taken.well, taken))
            .collect();
        Ok(Some(Merged { record, wells, undone, taken, may_have_parts, unread, lists }))
    }

    /// The stretches of which nobody told how they ended and nobody is left who could, with what their wells tell of it: so that
    /// this stays known when these are done again. What is told in them goes into `lists`, which is empty.
    ///
    /// # Errors
    /// Where that cannot be written.
    pub(crate) fn ended_untold(&self, lists: File) -> io::Result<Vec<Stretch>> {
        let mut spool = Spool::of(lists);
        let is_untold = |stretch: &Stretch| stretch.end.is_none() && !is_live(self.path(), &stretch.id);
        let mut stretches: Vec<Stretch> = self.stretches().0.into_iter().filter(is_untold).collect();
        for stretch in &mut stretches {
            let mut known = Known::of(stretch);
            for taken in &stretch.taken {
                let record = self.any_of(taken.well).ok().flatten();
                if let Some(mut record) = record.filter(|record| record.stretch == stretch.id) {
                    known.take(&mut spool, &mut record)?;
                }
            }
            let (end, summary, _) = known.ended(&mut spool)?;
            stretch.end = Some(StretchEnd { summary, ..end });
        }
        Ok(stretches)
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
        mut spool: Spool,
        undone: &BTreeSet<WellId>,
        wanted: &BTreeSet<WellId>,
    ) -> io::Result<Option<(RunRecord, Lists)>> {
        let Some(first) = stretches.first() else { return Ok(None) };
        let plan = plan_of(first, stretches, wanted);
        let name =
            self.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut record = RunRecord {
            version: RECORD_VERSION,
            run: name,
            started_unix_secs: first.started_unix_secs,
            utc_offset_secs: first.utc_offset_secs,
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
        let (mut told, mut summaries, mut offset_secs) = (Vec::new(), Vec::new(), 0.0);
        let mut last = None;
        for known in known {
            let (stretch, done) = (known.stretch, known.done);
            let (end, summary, of_stretch) = known.ended(&mut spool)?;
            of_stretch.add_samples(&spool, offset_secs, &mut record.samples)?;
            told.push((offset_secs, of_stretch));
            offset_secs += summary.wall_secs;
            record.stretches.push(StretchSummary::of(stretch, &end, &summary, done));
            record.machine = record.machine.take().or_else(|| end.machine.clone());
            if end.forecast.rss_bytes.unwrap_or(0) >= record.forecast.rss_bytes.unwrap_or(0) {
                record.forecast = end.forecast;
            }
            last = Some((end.outcome, end.why));
            summaries.push(summary);
        }
        // One that did all it was asked for may still have ended otherwise; what others did after it counts.
        let is_one = matches!(stretches, [stretch] if stretch.end.is_some());
        (record.outcome, record.why) = match last {
            Some((outcome @ (Outcome::Cancelled | Outcome::Failed), why)) if is_one || !undone.is_empty() => {
                (outcome, why)
            }
            _ if undone.is_empty() => (Outcome::Completed, None),
            _ => (Outcome::Failed, Some(undone_text(undone))),
        };
        record.summary = added_up(summaries);
        let lists = Lists { run: record.run.clone(), plan, spool, told };
        record.summary.course = record.check_course(lists.events())?;
        Ok(Some((record, lists)))
    }
}

/// What is known of a well of which nothing was saved.
fn not_begun(stretches: &[Stretch], well: WellId) -> Option<MergedWell> {
    let ends = stretches.iter().rev().filter_map(|stretch| stretch.end.as_ref());
    let not_begun = ends.flat_map(|end| &end.not_begun).find(|one| one.well == well)?;
    Some(MergedWell {
        well,
        is_whole: false,
        sources: WellSources::default(),
        lacking: not_begun.lacking.clone(),
        tables: Vec::new(),
        outputs: Span::default(),
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
        sum.paused_secs += one.paused_secs;
        sum.preload_secs += one.preload_secs;
        sum.step_secs += one.step_secs;
        sum.save_secs += one.save_secs;
        sum.stopped_at_budget = one.stopped_at_budget;
    }
    sum
}
