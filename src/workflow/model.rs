//! What a workflow is, as data.

use std::path::PathBuf;
use std::sync::Arc;

use crate::conditions::Conditions;
use crate::pipeline::PipelineSpec;
use crate::plate::WellId;

/// What does the jobs of a workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// Snakemake, on one computer or through a scheduler that it has a plugin for.
    #[default]
    Snakemake,
    /// Slurm itself, by job arrays.
    Slurm,
}

impl Engine {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Snakemake, Self::Slurm];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Snakemake => "snakemake",
            Self::Slurm => "slurm",
        }
    }

    /// The name on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Snakemake => "Snakemake",
            Self::Slurm => "Slurm job array",
        }
    }
}

/// Some wells that one job processes, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterJob {
    /// `A01`, or `A01-A04` of several wells; no two jobs of a workflow share it.
    pub name: String,
    /// Its wells, row by row.
    pub wells: Vec<WellId>,
    /// The memory to ask for at the first attempt, in MB.
    pub memory_mb: u64,
    /// The time to ask for at the first attempt, in minutes.
    pub minutes: u64,
}

/// A plate as jobs of a cluster. Made by [`WorkflowRequest::prepare`](super::WorkflowRequest::prepare).
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    /// What does the jobs.
    pub engine: Engine,
    /// Name of the plate.
    pub plate_name: String,
    /// The plate folder here, which is never written to.
    pub root: PathBuf,
    /// The words that start Stepwell there, `stepwell` the last.
    pub program: Vec<String>,
    /// The plate as the cluster sees it.
    pub plate: String,
    /// The run folder as the cluster sees it; relative to the workflow's folder by default.
    pub into: String,
    /// The options of `stepwell run`, but for those that differ from job to job.
    pub options: Vec<String>,
    /// What is done to the images, which the options name as a file in the workflow's folder.
    pub pipeline: PipelineSpec,
    /// What the wells hold by a layout, which the options name as a file in the workflow's folder.
    pub conditions: Option<Arc<Conditions>>,
    /// Threads of each job.
    pub threads: usize,
    /// The jobs that process wells, in the order of these.
    pub jobs: Vec<ClusterJob>,
    /// The memory to ask for to put the wells together, in MB.
    pub merge_memory_mb: u64,
    /// The time to ask for to put the wells together, in minutes.
    pub merge_minutes: u64,
    /// What to know before it is started, in sentences.
    pub notes: Vec<String>,
}

impl Workflow {
    /// The most memory that a job asks for at its first attempt, in MB.
    pub fn most_memory_mb(&self) -> u64 {
        self.jobs.iter().map(|job| job.memory_mb).max().unwrap_or(0)
    }

    /// The most time that a job asks for at its first attempt, in minutes.
    pub fn most_minutes(&self) -> u64 {
        self.jobs.iter().map(|job| job.minutes).max().unwrap_or(0)
    }
}
