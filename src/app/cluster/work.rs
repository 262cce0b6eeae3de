//! What is done outside for a run on a cluster.

use std::path::Path;
use std::sync::Arc;

use super::follow::follow;
use super::messages::{ClusterEvent, ClusterWork};
use crate::app::dialogs;
use crate::app::messages::AppEvent;
use crate::app::threads::Threads;
use crate::workflow::Workflow;

impl ClusterWork {
    /// Begins it; the answer that says why not where no thread can be started.
    pub(crate) fn start(self, threads: &Threads) -> Option<AppEvent> {
        match self {
            Self::Prepare { generation, request } => threads.spawn(
                "workflow",
                move |outlet| {
                    let result = request.prepare().map(Box::new).map_err(|error| error.to_string());
                    outlet.send(ClusterEvent::Prepared { generation, result });
                },
                move |why| Some(ClusterEvent::Prepared { generation, result: Err(why) }),
            ),
            Self::PickFolder => {
                let dialogs = Arc::clone(&threads.dialogs);
                threads.spawn(
                    "folder dialog",
                    move |outlet| {
                        let picked = dialogs::pick_workflow_folder(&*dialogs);
                        outlet.send(ClusterEvent::FolderPicked(Ok(picked)));
                    },
                    |why| Some(ClusterEvent::FolderPicked(Err(why))),
                )
            }
            Self::PickRun => {
                let (dialogs, results) = (Arc::clone(&threads.dialogs), threads.results.clone());
                threads.spawn(
                    "folder dialog",
                    move |outlet| {
                        let picked = dialogs::pick_runs_folder(&*dialogs, &results);
                        outlet.send(ClusterEvent::RunPicked(Ok(picked)));
                    },
                    |why| Some(ClusterEvent::RunPicked(Err(why))),
                )
            }
            Self::Follow { generation, folder, cancel } => threads.spawn(
                "follower",
                move |outlet| {
                    follow(&folder, &cancel, &|seen| {
                        outlet.send(ClusterEvent::Seen { generation, seen: seen.map(Box::new) })
                    });
                },
                move |why| Some(ClusterEvent::Seen { generation, seen: Err(why) }),
            ),
            Self::Write { generation, workflow, folder } => threads.spawn(
                "workflow",
                move |outlet| {
                    let result = write(&workflow, &folder);
                    outlet.send(ClusterEvent::Written { generation, result });
                },
                move |why| Some(ClusterEvent::Written { generation, result: Err(why) }),
            ),
        }
    }
}

/// Writes the files; the command that starts them.
fn write(workflow: &Workflow, folder: &Path) -> Result<String, String> {
    workflow.write(folder).map_err(|error| error.to_string())?;
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    Ok(workflow.command(&folder.to_string_lossy()))
}
