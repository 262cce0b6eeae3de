//! A run on a cluster: the files with which Snakemake or Slurm does a plate well by well.
//!
//! A [`Workflow`] is jobs as data: groups of wells with the memory and time that each needs, and the words of the
//! commands. The files for an engine are static texts (`assets/workflow/`) beside one table of jobs and one file of
//! settings, so that what a cluster runs can be read and changed by hand. Window and command line make it by
//! the same [`WorkflowRequest`]. Deliberately absent: talking to a cluster. Nothing here submits or asks for jobs; what
//! is done shows in the run's own folder.

mod folder;
mod model;
mod needs;
mod options;
mod quote;
mod request;

pub use model::{ClusterJob, Engine, Workflow};
pub use request::{RUN_FOLDER, WorkflowError, WorkflowRequest};
