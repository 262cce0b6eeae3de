//! Work that was started in the folder of a run, from the request to what it came to.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use super::begin::{begin, check_folders, request_of};
use super::claim::Claim;
use super::error::WorkError;
use super::holding::keep_conditions;
use super::keeping::Keeping;
use super::merge::{MergedRun, merge_run};
use crate::cancel::Cancel;
use crate::disk::Destination;
use crate::engine::request::{RunOrder, RunRequest};
use crate::events::{Event, EventKind, Outcome};
use crate::local_time::offset_now;
use crate::machine::Machine;
use crate::plan::{CombinationPlan, Plan};
use crate::plate::{WellId, destination};
use crate::record::RunRecord;
use crate::record::folder::{FOLDER_VERSION, RunFolder, Stretch, TakenWell, stretch_file, undone_text};

/// Work that was started in the folder of a run.
#[derive(Debug)]
pub(in crate::engine) struct Begun<'a> {
    request: Cow<'a, RunRequest>,
    folder: RunFolder,
    place: Destination,
    claim: Claim,
    stretch: Stretch,
    /// What to know before it begins, in a sentence.
    note: Option<String>,
}

impl<'a> Begun<'a> {
    /// Makes the folder or goes on in it, and takes the wells of the plan that are not done.
    ///
    /// # Errors
    /// [`WorkError`]
    pub(in crate::engine) fn begin(request: &'a RunRequest, cancel: &Cancel) -> Result<Self, WorkError> {
        request.plan.spec.check()?;
        let place = destination(&request.folder, [&request.plan.plate.root])?;
        check_folders(&place, &request.plan.plate.root)?;
        let folder = begin(&place, &request_of(request, cancel))?;
        if let Some(key) = folder.request.layout.unplaced(&request.plan) {
            return Err(WorkError::NoPlace { folder: place.path().to_owned(), image: key.to_string() });
        }
        let replaced = match &request.conditions {
            Some(conditions) => keep_conditions(&place, conditions)?,
            None => None,
        };
        let wanted = request.plan.wells();
        let mut narrowed = None;
        let stretch = |wells: &BTreeSet<WellId>| {
            if *wells != wanted {
                narrowed = Some(request.plan.narrowed(wells));
            }
            stretch_of(narrowed.as_ref().unwrap_or(&request.plan), &wanted, request.budget_bytes)
        };
        let (claim, stretch) = Claim::take(&place, &wanted, &request.again, stretch, cancel)?;
        let place = place.while_it_has(stretch_file(&stretch.id));
        let request = match narrowed {
            Some(plan) => Cow::Owned(request.of_plan(plan)),
            None => Cow::Borrowed(request),
        };
        let notes: Vec<&str> = claim.note.iter().chain(&replaced).map(String::as_str).collect();
        let note = (!notes.is_empty()).then(|| notes.join(" "));
        Ok(Self { request, folder, place, claim, stretch, note })
    }

    /// What the worker is told.
    pub(in crate::engine) fn order(&self) -> RunOrder {
        RunOrder::of(&self.request, &self.folder.request.layout, &self.stretch.id)
    }

    /// What is done: of the wells that were taken.
    pub(in crate::engine) fn request(&self) -> &RunRequest {
        &self.request
    }

    /// The combinations to do, which are made as they are come to.
    pub(in crate::engine) fn combinations(&self) -> impl Iterator<Item = CombinationPlan> + '_ {
        self.request.plan.combinations.iter()
    }

    /// Whether all that was asked for was done before.
    pub(in crate::engine) fn has_nothing_to_do(&self) -> bool {
        !self.stretch.wanted.is_empty() && self.stretch.taken.is_empty()
    }

    /// Writes down what the work tells.
    pub(in crate::engine) fn keep(&self) -> Keeping<'_> {
        Keeping::begin(&self.place, self.stretch.clone(), &self.request.plan)
    }

    /// What to know before it begins, in a sentence.
    pub(in crate::engine) fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The work is over and was written down. The run is put together, unless others are still working in it. What it is now,
    /// without its lists, and what there is to tell, the end last.
    pub(in crate::engine) fn finish(self, mut ended: Event) -> (RunRecord, Vec<Event>) {
        let Self { request, folder, place, claim, stretch, note: _ } = self;
        drop(claim);
        let (run, at_secs) = (ended.run.clone(), ended.at_secs);
        let event = |kind| Event { run: run.clone(), at_secs, kind };
        let mut told = Vec::new();
        let is_last = request.merges && !folder.is_going_on();
        if request.merges && !is_last {
            let why = format!(
                "Other commands are still working in {}. The last of them puts the run together, or stepwell merge does.",
                place.path().display()
            );
            told.push(event(EventKind::Warning { why }));
        }
        let merged = is_last.then(|| merge_run(&place, &folder, &Cancel::new()));
        let EventKind::Ended { outcome, why, summary } = &mut ended.kind else {
            return (RunRecord::begin(&run, &request.plan, stretch.started_unix_secs), told);
        };
        let merged = match merged {
            Some(Ok(merged)) => Some(merged),
            Some(Err(error)) => {
                let fault = format!("The record of the run could not be written: {error}.");
                told.push(event(EventKind::Warning { why: fault.clone() }));
                if *outcome == Outcome::Completed {
                    (*outcome, *why) = (Outcome::Failed, Some(fault));
                }
                None
            }
            None => None,
        };
        let record = match merged {
            Some(MergedRun { mut record, undone, notes }) => {
                told.extend(notes.into_iter().map(|why| event(EventKind::Warning { why })));
                let tables = record.summary.tables.iter().cloned();
                told.extend(tables.map(|table| event(EventKind::TableSaved(table))));
                if *outcome == Outcome::Completed {
                    // What is left is that of others.
                    if !undone.is_empty() {
                        told.push(event(EventKind::Warning { why: undone_text(&undone) }));
                    }
                    (record.outcome, record.why) = (*outcome, why.clone());
                }
                (**summary).clone_from(&record.summary);
                record
            }
            None => {
                summary.record = None;
                let mut record = RunRecord::begin(&run, &request.plan, stretch.started_unix_secs);
                (record.outcome, record.why, record.summary) = (*outcome, why.clone(), (**summary).clone());
                (record.budget_bytes, record.compared) = (request.budget_bytes, request.compared.clone());
                record
            }
        };
        told.push(ended);
        (record, told)
    }
}

/// The most parts of a course that are written down: as many as are distinguished in a chart of usual width.
const MOST_RECORDED: usize = 400;

/// A stretch of work on a plan.
fn stretch_of(plan: &Plan, wanted: &BTreeSet<WellId>, budget_bytes: Option<u64>) -> Stretch {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // Names of files sort by time; of two in the same millisecond, on whatever machines, each has one of its own.
    let id = format!("{:013}-{:016x}", now.as_millis(), RandomState::new().build_hasher().finish());
    Stretch {
        version: FOLDER_VERSION,
        id,
        started_unix_secs: now.as_secs(),
        utc_offset_secs: Some(offset_now()),
        machine: Some(Machine::read()),
        wanted: wanted.iter().copied().collect(),
        taken: TakenWell::of_plan(plan),
        plan: plan.summary(),
        forecast: plan.forecast,
        course: plan.course.coarsened(MOST_RECORDED),
        budget_bytes,
        end: None,
    }
}
