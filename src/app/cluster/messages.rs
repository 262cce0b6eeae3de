//! Messages between the room of the cluster, the user and the threads.

use std::path::PathBuf;

use super::draft::ClusterDraft;
use super::follow::SeenRun;
use crate::cancel::Cancel;
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
    /// Choose a run folder in a dialog of the system, and follow it.
    PickRun,
    /// Follow a run folder while it fills.
    Follow(PathBuf),
    /// Stop following it.
    StopFollowing,
    /// List the run that is followed among the runs on disk.
    ShowRun,
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
    /// Ask for a run folder to follow.
    PickRun,
    /// Look at a run folder, about once a second.
    Follow {
        /// For the answers.
        generation: u64,
        /// The folder.
        folder: PathBuf,
        /// Stops it.
        cancel: Cancel,
    },
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
    /// A run folder was chosen, or none; the reason where nobody could be asked.
    RunPicked(Result<Option<PathBuf>, String>),
    /// Something new is seen in the run folder that is followed.
    Seen {
        /// Of the request.
        generation: u64,
        /// What is there, or why that is not known.
        seen: Result<Box<SeenRun>, String>,
    },
    /// The files were written.
    Written {
        /// Of the request.
        generation: u64,
        /// The command that starts the workflow, or why it was not written.
        result: Result<String, String>,
    },
}
