//! What a stretch of work tells, written down well by well: so no more than the present wells is in memory, and what is done stays
//! done, whatever ends.

use std::collections::{BTreeMap, BTreeSet};

use super::files::{write_ron, write_stretch};
use crate::disk::Destination;
use crate::events::{Event, EventKind, FailedImage, Outcome, OutputImage, SavedTable, TimedSample, thinned};
use crate::limits;
use crate::machine::Machine;
use crate::plan::{ExpectedWells, Forecast, Plan, WellSources, expected_wells};
use crate::plate::{ImageKey, Lack, WellId};
use crate::record::folder::{
    FOLDER_VERSION, NotBegun, StepLack, Stretch, StretchEnd, WellRecord, part_file, well_file,
};

/// The most samples of memory that are kept of one well, or of what is of none.
const MOST_SAMPLES: usize = 20_000;

/// Follows a stretch.
pub(in crate::engine) struct Keeping<'a> {
    folder: &'a Destination,
    stretch: Stretch,
    /// What the plan lets expect of each kept step.
    expected: BTreeMap<usize, ExpectedWells<'a>>,
    sources: BTreeMap<WellId, WellSources>,
    machine: Option<Machine>,
    forecast: Forecast,
    baseline_rss_bytes: Option<u64>,
    /// The wells at hand.
    open: BTreeMap<WellId, OpenWell>,
    /// The events and samples since these began.
    events: Vec<Event>,
    samples: Vec<TimedSample>,
    /// Those of no well, and of wells that could not be written down.
    further: Vec<Event>,
    further_samples: Vec<TimedSample>,
    /// The wells that have started.
    seen: BTreeSet<WellId>,
    /// Which wells could not be written down, in sentences.
    faults: Vec<String>,
}

/// What was told of a well at hand.
#[derive(Default)]
struct OpenWell {
    outputs: Vec<OutputImage>,
    tables: Vec<SavedTable>,
    failed: Vec<FailedImage>,
}

impl<'a> Keeping<'a> {
    pub(super) fn begin(folder: &'a Destination, stretch: Stretch, plan: &'a Plan) -> Self {
        let steps = plan.pipeline.steps().iter().enumerate();
        let kept = steps.filter(|(_, step)| step.keep_images());
        let expected = kept.map(|(index, _)| (index, expected_wells(plan, index))).collect();
        Self {
            folder,
            forecast: stretch.forecast,
            stretch,
            expected,
            sources: WellSources::of_plan(plan),
            machine: None,
            baseline_rss_bytes: None,
            open: BTreeMap::new(),
            events: Vec::new(),
            samples: Vec::new(),
            further: Vec::new(),
            further_samples: Vec::new(),
            seen: BTreeSet::new(),
            faults: Vec::new(),
        }
    }

    /// Takes in what happens.
    ///
    /// # Errors
    /// In a sentence, which well could not be written down and why. It is then not done.
    pub(in crate::engine) fn follow(&mut self, event: &Event) -> Result<(), String> {
        if let Some(sample) = event.sample() {
            self.samples.push(sample);
            if self.samples.len() >= 2 * MOST_SAMPLES {
                self.samples = thinned(&self.samples, MOST_SAMPLES);
            }
            return Ok(());
        }
        if event.kind.may_be_thinned() {
            return Ok(());
        }
        let mut event = event.clone();
        match &mut event.kind {
            EventKind::Started { machine, forecast, baseline_rss, .. } => {
                self.machine = Some((**machine).clone());
                self.forecast = *forecast;
                self.baseline_rss_bytes = *baseline_rss;
            }
            EventKind::WellStarted { well, .. } => {
                if self.open.is_empty() {
                    self.put_aside();
                }
                self.seen.insert(*well);
                self.open.entry(*well).or_default();
            }
            EventKind::Saved { outputs, .. } => {
                for output in outputs.drain(..) {
                    self.open.entry(output.key.well).or_default().outputs.push(output);
                }
            }
            EventKind::ImageFailed(failed) => {
                self.open.entry(failed.key.well).or_default().failed.push(failed.clone());
            }
            EventKind::TablePart { well, table } => {
                self.open.entry(*well).or_default().tables.push(table.clone());
                return Ok(());
            }
            EventKind::WellDone { well, .. } => {
                let well = *well;
                self.events.push(event);
                return self.end_well(well);
            }
            _ => {}
        }
        self.events.push(event);
        Ok(())
    }

    /// What was told since the last well is of none.
    fn put_aside(&mut self) {
        self.further.append(&mut self.events);
        self.further_samples.append(&mut self.samples);
        if self.further_samples.len() >= 2 * MOST_SAMPLES {
            self.further_samples = thinned(&self.further_samples, MOST_SAMPLES);
        }
    }

    fn end_well(&mut self, well: WellId) -> Result<(), String> {
        let open = self.open.remove(&well).unwrap_or_default();
        let (events, samples) = (std::mem::take(&mut self.events), std::mem::take(&mut self.samples));
        let record = WellRecord { events, samples, ..self.record_of(well, open, true) };
        let file = self.folder.join(well_file(well));
        if let Err(error) = write_ron(&file, &record) {
            self.further.extend(record.events);
            self.further_samples.extend(record.samples);
            let why = format!(
                "{well} counts as not done, because its result could not be recorded: {}: {error}.",
                file.path().display()
            );
            self.faults.push(why.clone());
            return Err(why);
        }
        // What was written of an earlier try is over with.
        drop(self.folder.join(part_file(well)).remove_file());
        Ok(())
    }

    fn record_of(&mut self, well: WellId, open: OpenWell, is_whole: bool) -> WellRecord {
        let OpenWell { outputs, tables, failed } = open;
        let lacking = self.lacking(well, &outputs, is_whole);
        WellRecord {
            version: FOLDER_VERSION,
            well,
            stretch: self.stretch.id.clone(),
            is_whole,
            machine: self.machine.clone(),
            forecast: self.forecast,
            baseline_rss_bytes: self.baseline_rss_bytes,
            sources: self.sources.remove(&well).unwrap_or_default(),
            outputs,
            lacking,
            tables,
            failed,
            events: Vec::new(),
            samples: Vec::new(),
        }
    }

    /// What is not there of wells that were not begun; where that is very much, it is only counted.
    fn not_begun(&mut self, wells: Vec<WellId>) -> Vec<NotBegun> {
        let mut left = limits::MISSING_LISTED;
        let mut of_well = |well| {
            let mut lacking = self.lacking(well, &[], false);
            for lack in &mut lacking {
                let listed = lack.absent.len().min(left);
                left -= listed;
                lack.further += lack.absent.len() - listed;
                lack.absent.truncate(listed);
            }
            NotBegun { well, lacking }
        };
        wells.into_iter().map(&mut of_well).collect()
    }

    /// What is not there of a well, by what the plan lets expect.
    fn lacking(&mut self, well: WellId, outputs: &[OutputImage], is_whole: bool) -> Vec<StepLack> {
        let mut lacking = Vec::new();
        for (step, expected) in &mut self.expected {
            let Some((_, expected)) = expected.find(|(expected, _)| *expected == well) else { continue };
            let saved = outputs.iter().filter(|output| output.step == *step && output.path.is_some());
            let saved: BTreeSet<ImageKey> = saved.map(|output| output.key).collect();
            let lack = if is_whole { Lack::Failed } else { Lack::Ended };
            let not_saved = |key: &ImageKey| !saved.contains(key);
            let mut absent: BTreeMap<ImageKey, Lack> =
                expected.items.iter().map(|item| item.key).filter(not_saved).map(|key| (key, lack)).collect();
            // An image that a step does without is not missing from its results.
            absent.extend(
                expected.missing.iter().filter(|key| not_saved(key)).map(|key| (*key, Lack::Missing)),
            );
            if !absent.is_empty() || expected.further > 0 {
                let absent = absent.into_iter().collect();
                lacking.push(StepLack { step: *step, absent, further: expected.further });
            }
        }
        lacking
    }

    /// Ends the stretch as it was told, and writes down what was started. Where wells could not be written down it failed. What
    /// else could not be written, in a sentence.
    pub(in crate::engine) fn end(mut self, ended: &mut Event) -> Option<String> {
        self.put_aside();
        let EventKind::Ended { outcome, why, summary } = &mut ended.kind else { return None };
        if *outcome == Outcome::Completed && !self.faults.is_empty() {
            (*outcome, *why) = (Outcome::Failed, Some(self.faults.join(" ")));
        }
        let mut fault = None;
        for (well, open) in std::mem::take(&mut self.open) {
            let record = self.record_of(well, open, false);
            let file = self.folder.join(part_file(well));
            if let Err(error) = write_ron(&file, &record) {
                fault = Some(format!("{}: {error}", file.path().display()));
            }
        }
        let left = match outcome {
            Outcome::Completed => Vec::new(),
            Outcome::Cancelled | Outcome::Failed => self
                .stretch
                .taken
                .iter()
                .map(|taken| taken.well)
                .filter(|well| !self.seen.contains(well))
                .collect(),
        };
        let not_begun = self.not_begun(left);
        let mut summary = (**summary).clone();
        (summary.failed, summary.tables, summary.record) = (Vec::new(), Vec::new(), None);
        self.stretch.end = Some(StretchEnd {
            outcome: *outcome,
            why: why.clone(),
            machine: self.machine.take(),
            forecast: self.forecast,
            summary,
            not_begun,
            events: std::mem::take(&mut self.further),
            samples: std::mem::take(&mut self.further_samples),
        });
        if let Err(error) = write_stretch(self.folder, &self.stretch) {
            fault = Some(error.to_string());
        }
        fault.map(|fault| format!("What was done could not be recorded: {fault}."))
    }
}
