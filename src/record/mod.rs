//! The record of a run: all that is needed to show it again, compare it and trust it.
//!
//! Stored as RON in the run's folder, versioned. Samples are kept apart from the other events and
//! thinned to their extremes above 100,000, so that no peak is lost.

mod account;
mod any;
mod compared;
mod course_check;
pub mod folder;
mod history;
mod of_wells;
mod run_folders;
mod saved;
mod settings;
mod settings_watched;
mod stretches;
mod write;
mod written;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub(crate) use account::parts_left;
pub use account::{AccountError, Accounted, CHART_FILE};
pub use any::AnyRecord;
pub use compared::{Compared, Refused};
pub use history::{LABEL_FILE, Past, PastRun, PastWatched, RunLabel, past_runs};
pub use run_folders::record_files;
pub(crate) use saved::source_in;
pub use settings::{SettingRow, settings_of};
pub use settings_watched::settings_of_watched;
pub use stretches::StretchSummary;
pub(crate) use write::Streamed;
pub(crate) use written::hash_of_image;

use crate::disk::{self, LeadsOut};
use crate::events::{
    CombinationRow, Course, Event, EventKind, Outcome, OutputImage, RunSummary, TimedSample, thinned,
};
use crate::limits;
use crate::machine::Machine;
use crate::plan::{Forecast, Mode, Plan, PlanCourse, PlanSummary, RunSpec};
use crate::plate::{Component, PlateIdentity};
use crate::plausible;
use crate::watch::WatchedError;
use folder::REQUEST_FILE;

/// Version of the record's form. A reader refuses a later one.
pub const RECORD_VERSION: u32 = 1;

/// Name of the record in the run's folder.
pub const RECORD_FILE: &str = "record.ron";

/// The most samples that are stored.
const MOST_SAMPLES: usize = 100_000;

/// Tells a run from all others that are known at the same time, also from a copy of it: a run is named as its
/// folder, and folders can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(u64);

impl RunId {
    /// Of a number that no other run has.
    pub fn new(number: u64) -> Self {
        Self(number)
    }
}

/// The record of one run. Its longest lists are vectors, but while it is written what gives them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord<O = Vec<OutputImage>, E = Vec<Event>> {
    /// [`RECORD_VERSION`] of the program that wrote it.
    pub version: u32,
    /// Name of the run: the name of its folder.
    pub run: String,
    /// When it began, in seconds since 1970 (UTC).
    pub started_unix_secs: u64,
    /// How far the time of the computer was from UTC then, in seconds to the east; `None` in records of earlier versions.
    #[serde(default)]
    pub utc_offset_secs: Option<i32>,
    /// The plate that was processed.
    pub plate: PlateIdentity,
    /// What the user chose.
    pub spec: RunSpec,
    /// The plan in numbers.
    pub plan: PlanSummary,
    /// The computer; `None` where the worker never began.
    pub machine: Option<Machine>,
    /// What it was expected to need.
    pub forecast: Forecast,
    /// How it ended.
    pub outcome: Outcome,
    /// The reason, where it did not complete.
    pub why: Option<String>,
    /// What it came to.
    pub summary: RunSummary,
    /// The most resident memory that it might use; `None` for no limit.
    #[serde(default)]
    pub budget_bytes: Option<u64>,
    /// The comparison that it is part of; `None` for a run by itself.
    #[serde(default)]
    pub compared: Option<Compared>,
    /// The stretches of work in which it was done, in the order of their beginnings; none in records of earlier versions.
    #[serde(default)]
    pub stretches: Vec<StretchSummary>,
    /// The outputs with their hashes. This and what follows is left out where a record is only listed.
    #[serde(default)]
    pub outputs: O,
    /// How its memory was expected to go, without resting memory; empty in records of earlier versions and of several
    /// stretches of work.
    #[serde(default, skip_serializing_if = "PlanCourse::is_empty")]
    pub expected_course: PlanCourse,
    /// All events but samples, progress and outputs.
    #[serde(default)]
    pub events: E,
    /// Memory over time.
    #[serde(default)]
    pub samples: Vec<TimedSample>,
}

/// Why a record could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The record that could not be read or written.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is a link out of the run's folder.
    #[error(transparent)]
    LeadsOut(#[from] LeadsOut),
    /// A link leads back to a folder around it.
    #[error("{} is a link to {}, in which it lies itself, and is not followed: remove the link", link.display(), folder.display())]
    Loop {
        /// The link.
        link: PathBuf,
        /// Where it leads.
        folder: PathBuf,
    },
    /// The file is not a record.
    #[error("{}: not a run record: {why}", path.display())]
    Malformed {
        /// The file that is not a record.
        path: PathBuf,
        /// Where and what.
        why: String,
    },
    /// It is the record of a watched program, and cannot be read.
    #[error(transparent)]
    Watched(#[from] WatchedError),
    /// The file was written by a later version.
    #[error("{}: a record of version {version}, this Stepwell reads up to {RECORD_VERSION}: use a newer Stepwell", path.display())]
    TooNew {
        /// The record of the later version.
        path: PathBuf,
        /// The version that the file gives.
        version: u32,
    },
}

impl RunRecord {
    /// A record of a run that has not begun.
    pub fn begin(run: &str, plan: &Plan, started_unix_secs: u64) -> Self {
        Self {
            version: RECORD_VERSION,
            run: run.to_owned(),
            started_unix_secs,
            utc_offset_secs: None,
            plate: plan.plate.clone(),
            spec: plan.spec.clone(),
            plan: plan.summary(),
            machine: None,
            forecast: plan.forecast,
            outcome: Outcome::Failed,
            why: None,
            expected_course: (*plan.course).clone(),
            summary: RunSummary::of(plan, None),
            outputs: Vec::new(),
            events: Vec::new(),
            budget_bytes: None,
            compared: None,
            stretches: Vec::new(),
            samples: Vec::new(),
        }
    }

    /// Keeps what an event tells, for good. What a run comes to is told by its end; until then its course
    /// knows.
    pub fn keep(&mut self, event: &Event) {
        if let Some(sample) = event.sample() {
            self.samples.push(sample);
            // Thinning at twice the limit keeps the cost of a sample constant on average.
            if self.samples.len() >= 2 * MOST_SAMPLES {
                self.samples = thinned(&self.samples, MOST_SAMPLES);
            }
            return;
        }
        if event.kind.may_be_thinned() {
            return;
        }
        let mut event = event.clone();
        match &mut event.kind {
            EventKind::Started { machine, forecast, .. } => {
                self.machine = Some((**machine).clone());
                self.forecast = *forecast;
            }
            EventKind::Saved { outputs, .. } => self.outputs.append(outputs),
            EventKind::Ended { outcome, why, summary } => {
                self.outcome = *outcome;
                self.why.clone_from(why);
                self.summary.clone_from(summary);
            }
            _ => {}
        }
        self.events.push(event);
    }

    /// What happened in the run, as far as its record tells.
    pub fn course(&self) -> Course {
        let mut course = Course::with_history();
        course.begin(&self.plan, self.forecast);
        // Samples come first at equal times, as they did from the worker, so that a high-water mark finds
        // the samples of its combination.
        let mut samples = self.samples.iter().peekable();
        for event in &self.events {
            while let Some(sample) = samples.next_if(|sample| sample.at_secs <= event.at_secs) {
                course.sample(*sample);
            }
            course.apply(event);
        }
        samples.for_each(|sample| course.sample(*sample));
        // A worker that was killed never said how it ended; the record knows.
        let at_secs = course.at_secs();
        course.end(self.outcome, &self.summary, at_secs);
        course
    }

    /// The combinations of the run in order, as far as it came.
    pub fn combinations(&self) -> Vec<CombinationRow> {
        let mut rows: Vec<CombinationRow> = self.course().combinations().cloned().collect();
        rows.iter_mut().for_each(|row| row.add_samples(&self.samples));
        rows
    }

    /// The components that were taken one value at a time, outermost first; none all at once.
    pub fn sequential(&self) -> &[Component] {
        match self.plan.mode {
            Mode::Bulk => &[],
            Mode::Sequential => &self.plan.sequential,
        }
    }

    /// Whether another run took the same images through the same steps, in whatever way.
    pub fn does_the_same_as(&self, other: &Self) -> bool {
        let step = |record: &Self| {
            let steps = record.spec.pipeline.steps.iter();
            steps.map(|step| step.step.clone()).collect::<Vec<_>>()
        };
        self.plate.likeness(&other.plate).is_some()
            && self.plan.wells == other.plan.wells
            && step(self) == step(other)
    }

    /// Reads a record, given its path or that of the run's folder. Of a run that was not put together yet, or of which the
    /// request is given, it is made of what is there.
    pub fn read(path: &Path) -> Result<Self, RecordError> {
        if let Some(folder) = unmerged(path) {
            return Self::of_wells(folder);
        }
        let path = if path.is_dir() { disk::within(path, path.join(RECORD_FILE))? } else { path.to_owned() };
        let text = disk::read_to_string(&path, limits::RECORD_BYTES)
            .map_err(|source| RecordError::Io { path: path.clone(), source })?;
        Self::of_ron(&text, &path)
    }

    /// The record of a run as it was written, of one that is known without its lists.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn with_lists(self) -> Result<Self, RecordError> {
        let Some(path) = &self.summary.record else { return Ok(self) };
        let Self { outputs, expected_course, events, samples, .. } = Self::read(path)?;
        Ok(Self { outputs, expected_course, events, samples, ..self })
    }

    /// The same, without what may be long.
    pub(crate) fn without_lists(self) -> Self {
        Self {
            outputs: Vec::new(),
            expected_course: PlanCourse::default(),
            events: Vec::new(),
            samples: Vec::new(),
            ..self
        }
    }

    /// The stretches of work in which anything was taken on: one that only put the run together is none.
    pub fn worked_stretches(&self) -> impl Iterator<Item = &StretchSummary> {
        self.stretches.iter().filter(|stretch| stretch.wells > 0)
    }

    /// Whether it was done in several stretches, so that its time is that of no one run.
    pub fn is_in_stretches(&self) -> bool {
        self.worked_stretches().count() > 1
    }

    /// Whether all numbers are ones that a run can have; else in words which one is not.
    fn check(&self) -> Result<(), String> {
        plausible::check(self).map_err(|fault| fault.to_string())?;
        self.spec.check().map_err(|fault| fault.to_string())
    }

    /// Reads a record from its text. It says where its own file is, which may have been moved since.
    fn of_ron(text: &str, path: &Path) -> Result<Self, RecordError> {
        let malformed = |error: ron::error::SpannedError| RecordError::Malformed {
            path: path.to_owned(),
            why: error.to_string(),
        };
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        // What this version cannot read may be of a later one; a record is not gone through twice for that.
        let read = ron::from_str(text).map_err(malformed);
        let version = match &read {
            Ok(Self { version, .. }) => *version,
            Err(_) => ron::from_str(text).map(|Versioned { version }| version).map_err(malformed)?,
        };
        if version > RECORD_VERSION {
            return Err(RecordError::TooNew { path: path.to_owned(), version });
        }
        let mut record: Self = read?;
        record.check().map_err(|why| RecordError::Malformed { path: path.to_owned(), why })?;
        record.summary.record = Some(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
        Ok(record)
    }
}

impl<O, E> RunRecord<O, E> {
    /// The same with other lists.
    pub(crate) fn with<P, F>(self, outputs: P, events: F) -> RunRecord<P, F> {
        RunRecord {
            version: self.version,
            run: self.run,
            started_unix_secs: self.started_unix_secs,
            utc_offset_secs: self.utc_offset_secs,
            plate: self.plate,
            spec: self.spec,
            plan: self.plan,
            machine: self.machine,
            forecast: self.forecast,
            outcome: self.outcome,
            why: self.why,
            summary: self.summary,
            budget_bytes: self.budget_bytes,
            compared: self.compared,
            stretches: self.stretches,
            outputs,
            expected_course: self.expected_course,
            events,
            samples: self.samples,
        }
    }
}

/// The folder of a run that a path stands for, where it has no record yet, or the path is that of its request.
fn unmerged(path: &Path) -> Option<&Path> {
    if path.file_name().is_some_and(|name| name == REQUEST_FILE) {
        return path.parent();
    }
    let is_begun = path.is_dir() && !path.join(RECORD_FILE).exists() && path.join(REQUEST_FILE).is_file();
    is_begun.then_some(path)
}
