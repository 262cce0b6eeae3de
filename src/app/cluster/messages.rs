//! What goes between the room of the cluster, the user and the threads.

use std::path::PathBuf;

use super::draft::ClusterDraft;
use crate::workflow::{Workflow, WorkflowRequest};

/// What the user asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClusterCommand {
    /// Open the dialog.
    Open,
    /// Something else is typed or chosen in it.
    Change(Box<ClusterDraft>),
    /// Choose the folder of the workflow in a dialog of the system.
    PickFolder,
    /// Write the files.
    Write,
    /// Close the dialog.
    Close,
}

/// What has to be done outside for it.
#[derive(Debug)]
pub enum ClusterWork {
    /// Work out the jobs.
    Prepare {
        /// For the answer.
        generation: u64,
        /// What the user chose, copied.
        request: Box<WorkflowRequest>,
    },
    /// Ask for the folder of the workflow.
    PickFolder,
    /// Write the files.
    Write {
        /// For the answer.
        generation: u64,
        /// The jobs.
        workflow: Box<Workflow>,
        /// Where to.
        folder: PathBuf,
    },
}

/// What came of it.
#[derive(Debug)]
pub enum ClusterEvent {
    /// The jobs were worked out.
    Prepared {
        /// Of the request.
        generation: u64,
        /// The jobs, or why there are none.
        result: Result<Box<Workflow>, String>,
    },
    /// A folder was chosen, or none; the reason where nobody could be asked.
    FolderPicked(Result<Option<PathBuf>, String>),
    /// The files were written.
    Written {
        /// Of the request.
        generation: u64,
        /// The command that starts the workflow, or why it was not written.
        result: Result<String, String>,
    },
}
