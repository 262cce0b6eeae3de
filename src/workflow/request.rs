//! What a user asks for, and how it becomes a workflow: the same for the window and the command line.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::model::{ClusterJob, Engine, Workflow};
use super::needs::{host_bytes, jobs, least_wells_per_job, memory_mb, minutes, wells_per_job};
use super::options::options;
use crate::conditions::Conditions;
use crate::disk::InPlate;
use crate::pipeline::file::PipelineFileError;
use crate::plan::{Basis, Plan, PlanError, RunSpec};
use crate::plate::{Measured, Plate, WellId};
use crate::quantity::{bytes_text, plural};

/// Name of the run folder in the folder of a workflow, where the user names no other.
pub const RUN_FOLDER: &str = "run";

/// Threads of a job where the user does not say.
const MOST_THREADS: usize = 4;

/// Where a container has Stepwell.
const PROGRAM: &str = "stepwell";

/// Why there is no workflow.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    /// The choice is impossible for the plate.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// There is nothing to do.
    #[error("there are no wells to process")]
    NoWells,
    /// A job needs more than a job may.
    #[error(
        "the wells {job} need {} of memory there, which is more than the {} that a job may use; process more \
         components one at a time, or allow more",
        bytes_text(*.needed_bytes), bytes_text(*.budget_bytes)
    )]
    OverBudget {
        /// The wells of the job.
        job: String,
        /// What the job would ask for.
        needed_bytes: u64,
        /// What the user allows.
        budget_bytes: u64,
    },
    /// A path cannot be written in a script.
    #[error("{} is not UTF-8 text, so no script can name it: give its path on the cluster", .0.display())]
    NoText(PathBuf),
    /// Snakemake takes what is between braces for a name of its own.
    #[error("{} has braces in its path, and Snakemake cannot work in such a folder: choose another one", .0.display())]
    Braces(PathBuf),
    /// The folder has a workflow that was started.
    #[error(
        "{} has a workflow whose jobs have started: choose another folder, or delete it first (its results too, \
         if they are in it)",
        .0.display()
    )]
    Begun(PathBuf),
    /// The folder lies in a plate.
    #[error(transparent)]
    InPlate(#[from] InPlate),
    /// The pipeline cannot be written there.
    #[error(transparent)]
    Pipeline(#[from] PipelineFileError),
    /// A file cannot be written there.
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What a user chose to run on a cluster, with its inputs copied.
#[derive(Clone, Debug)]
pub struct WorkflowRequest {
    /// The plate whose images are processed.
    pub plate: Arc<Plate>,
    /// Sizes of its images.
    pub measured: Arc<Measured>,
    /// The wells of the plate to process.
    pub wells: BTreeSet<WellId>,
    /// What is done, on this computer's threads.
    pub spec: RunSpec,
    /// Threads of each job; `None` for few: many jobs of few threads are done sooner than few of many.
    pub threads: Option<usize>,
    /// What the forecasts rest on; its budget is the most memory that a job may ask for, if there is a limit.
    pub basis: Basis,
    /// What does the jobs.
    pub engine: Engine,
    /// Wells of a job; `None` for as many as take minutes.
    pub wells_per_job: Option<usize>,
    /// The run folder, where it is not in the folder of the workflow.
    pub into: Option<PathBuf>,
    /// The run folder as the cluster sees it, where that is otherwise.
    pub into_there: Option<String>,
    /// The plate as the cluster sees it, where that is otherwise.
    pub plate_there: Option<String>,
    /// A container image that has Stepwell, for Apptainer.
    pub container: Option<String>,
    /// What the wells hold by a layout; `None` for what the plate says of itself.
    pub conditions: Option<Arc<Conditions>>,
}

impl WorkflowRequest {
    /// Groups the wells and works out what each job needs. Reads nothing.
    ///
    /// # Errors
    /// [`WorkflowError`] but for those of writing.
    pub fn prepare(self) -> Result<Workflow, WorkflowError> {
        let Self { plate, measured, wells, basis, engine, .. } = &self;
        let threads = self.threads.unwrap_or(self.spec.threads.min(MOST_THREADS));
        let spec = &RunSpec { threads, ..self.spec.clone() };
        if wells.is_empty() {
            return Err(WorkflowError::NoWells);
        }
        let whole = Plan::new(plate, measured, wells, spec)?;
        let expected = basis.paces.expected(&whole.work());
        let per_job = match self.wells_per_job {
            Some(chosen) => chosen.max(least_wells_per_job(wells.len(), *engine)),
            None => wells_per_job(wells.len(), expected, *engine),
        };
        let jobs = jobs(plate, measured, wells, spec, basis, per_job)?;
        if let Some(budget_bytes) = basis.budget_bytes
            && let Some(job) = jobs.iter().find(|job| job.memory_mb * 1_000_000 > budget_bytes)
        {
            let (job, needed_bytes) = (job.name.clone(), job.memory_mb * 1_000_000);
            return Err(WorkflowError::OverBudget { job, needed_bytes, budget_bytes });
        }
        let plate_word = match &self.plate_there {
            Some(there) => there.clone(),
            None => text(&plate.opened_by)?,
        };
        let into = match (&self.into_there, &self.into) {
            (Some(there), _) => there.clone(),
            (None, Some(here)) => text(&std::path::absolute(here).unwrap_or_else(|_| here.clone()))?,
            (None, None) => RUN_FOLDER.to_owned(),
        };
        let notes = self.notes(&whole, &jobs);
        Ok(Workflow {
            engine: *engine,
            plate_name: plate.name.clone(),
            root: plate.root.clone(),
            program: program(self.container.as_deref(), &plate_word, &into),
            plate: plate_word,
            into,
            options: options(spec, plate.pattern.as_ref(), self.conditions.is_some()),
            conditions: self.conditions.clone(),
            pipeline: spec.pipeline.clone(),
            threads,
            jobs,
            // It keeps account of the images of all wells, as a host does of its own.
            merge_memory_mb: memory_mb(0, host_bytes(plate, wells)),
            merge_minutes: minutes(expected),
            notes,
        })
    }

    /// What to know before the workflow is started.
    fn notes(&self, whole: &Plan, jobs: &[ClusterJob]) -> Vec<String> {
        let mut notes = whole.notes.clone();
        let files = self.spec.pipeline.given_files();
        if let Some(first) = files.first() {
            notes.push(format!(
                "The pipeline reads {} such as {}: the cluster must see them at the same paths.",
                plural(files.len(), "file"),
                first.display()
            ));
        }
        let most = jobs.iter().map(|job| job.wells.len()).max().unwrap_or(0);
        if let Some(chosen) = self.wells_per_job.filter(|chosen| *chosen < most) {
            notes.push(format!(
                "Jobs have up to {}, not {chosen}, because Slurm takes no more than 1,000 tasks in an array.",
                plural(most, "well")
            ));
        }
        notes
    }
}

/// A path as text that a script can name.
fn text(path: &Path) -> Result<String, WorkflowError> {
    path.to_str().map(ToOwned::to_owned).ok_or_else(|| WorkflowError::NoText(path.to_owned()))
}

/// The words that start Stepwell: by itself, or in a container that sees the plate, which is read alone, and the
/// folder around the run folder, which need not be there yet.
fn program(container: Option<&str>, plate: &str, into: &str) -> Vec<String> {
    let Some(image) = container else { return vec![PROGRAM.to_owned()] };
    let around = Path::new(into).parent().and_then(Path::to_str).filter(|around| !around.is_empty());
    let mut words: Vec<String> = ["apptainer", "exec", "--mount"].map(str::to_owned).into();
    words.push(mount(plate, true));
    if let Some(around) = around {
        words.extend(["--mount".to_owned(), mount(around, false)]);
    }
    words.extend([image.to_owned(), PROGRAM.to_owned()]);
    words
}

/// A mount of a folder at its own place, as a line of comma-separated values, in which a name may have any letter.
fn mount(folder: &str, is_read_only: bool) -> String {
    let field = |name: &str| {
        let field = format!("{name}={folder}");
        if field.contains([',', '"', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
    };
    let ro = if is_read_only { ",ro" } else { "" };
    format!("type=bind,{},{}{ro}", field("source"), field("destination"))
}
