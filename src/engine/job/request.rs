//! What a user chose to run, and how it becomes a job: the same for the window and the command line.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::files::CacheState;
use super::rounds::Rounds;
use crate::conditions::{Conditions, of_plate};
use crate::engine::folder::Unsound;
use crate::plan::{Plan, PlanError, RunSpec};
use crate::plate::{Measured, Plate, WellId};

/// Runs that are planned, and how to make them.
#[derive(Clone, Debug)]
pub struct Job {
    /// The program that becomes the worker: Stepwell itself.
    pub program: PathBuf,
    /// The plans to run, in order. A comparison has one of each mode.
    pub plans: Vec<Plan>,
    /// Whether the plans are to be compared: then one that is over budget is refused alone.
    pub compare: bool,
    /// How often a comparison is made.
    pub rounds: Rounds,
    /// How the runs find the files of the plate.
    pub cache: CacheState,
    /// Folder in which each run gets a folder of its own.
    pub results: PathBuf,
    /// The folder that the one run has instead.
    pub into: Option<RunInto>,
    /// The most resident memory that a run may use; `None` for no limit.
    pub budget_bytes: Option<u64>,
    /// Resting memory of a worker, where known, for the forecast before the run.
    pub resting_rss_bytes: Option<u64>,
    /// What to do where a plan is over budget, in a sentence.
    pub fix: Option<String>,
    /// What the wells hold, as far as it is known.
    pub conditions: Option<Arc<Conditions>>,
}

/// What a user chose to run, with its inputs copied.
#[derive(Clone, Debug)]
pub struct JobRequest {
    /// The plate whose images are processed.
    pub plate: Arc<Plate>,
    /// Sizes of its images.
    pub measured: Arc<Measured>,
    /// The wells of the plate to process.
    pub wells: BTreeSet<WellId>,
    /// One choice for each run; of two, the runs are compared.
    pub specs: Vec<RunSpec>,
    /// How often a comparison is made.
    pub rounds: Rounds,
    /// How the runs find the files.
    pub cache: CacheState,
    /// What a run may use; `None` for no limit.
    pub budget_bytes: Option<u64>,
    /// Resting memory of a worker, where known.
    pub resting_rss_bytes: Option<u64>,
    /// What to do where a run is over budget.
    pub fix: Option<String>,
    /// The folder that the one run has; each has one of its own among the results where there is none.
    pub into: Option<RunInto>,
    /// What the wells hold by a layout; `None` for what the plate says of itself.
    pub conditions: Option<Arc<Conditions>>,
}

/// The folder of a run that is named, in which work may have been done before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunInto {
    /// The folder.
    pub folder: PathBuf,
    /// Whether the run is put together when this work is over and nobody else is at work there.
    pub merges: bool,
    /// Wells that are done again though the folder says that they are done.
    pub again: Vec<Unsound>,
}

impl RunInto {
    /// The name of the run: that of its folder.
    pub(super) fn run_name(&self) -> String {
        let path = std::path::absolute(&self.folder).unwrap_or_else(|_| self.folder.clone());
        path.file_name().map_or_else(|| "run".to_owned(), |name| name.to_string_lossy().into_owned())
    }
}

impl JobRequest {
    /// Plans the runs. `program` becomes the worker; the runs get folders in `results`.
    ///
    /// # Errors
    /// Where a choice is impossible for the plate.
    pub fn prepare(self, program: PathBuf, results: PathBuf) -> Result<Job, PlanError> {
        let plan = |spec: &RunSpec| Plan::new(&self.plate, &self.measured, &self.wells, spec);
        let plans: Vec<Plan> = self.specs.iter().map(plan).collect::<Result<_, PlanError>>()?;
        let conditions = self.conditions.or_else(|| of_plate(&self.plate).map(Arc::new));
        Ok(Job {
            program,
            compare: plans.len() > 1,
            plans,
            rounds: self.rounds,
            cache: self.cache,
            results,
            into: self.into,
            budget_bytes: self.budget_bytes,
            resting_rss_bytes: self.resting_rss_bytes,
            fix: self.fix,
            conditions,
        })
    }
}
