//! What is done outside on the way to a plate.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::messages::{StartEvent, StartWork};
use crate::app::dialogs::pick_folder;
use crate::app::messages::AppEvent;
use crate::app::threads::Threads;
use crate::cancel::Cancel;
use crate::demo::{self, DemoSpec};
use crate::plate::OpenError;

impl StartWork {
    /// Begins it; the answer that says why not where no thread can be had.
    pub(crate) fn start(self, threads: &Threads) -> Option<AppEvent> {
        match self {
            Self::PickFolder { from } => {
                let dialogs = Arc::clone(&threads.dialogs);
                threads.spawn(
                    "folder dialog",
                    move |outlet| {
                        outlet.send(pick_folder(&*dialogs, from.as_deref()));
                    },
                    |_| Some(StartEvent::NoFolderDialog),
                )
            }
            Self::Open { generation, path, cancel } => threads.spawn(
                "plate opener",
                move |outlet| {
                    let result = match crate::plate::open(&path, &cancel) {
                        Ok(opened) => Some(Ok(opened)),
                        Err(OpenError::Cancelled(_)) => None,
                        Err(error) => Some(Err(error.to_string())),
                    };
                    outlet.send(StartEvent::Opened { generation, result });
                },
                move |why| Some(StartEvent::Opened { generation, result: Some(Err(why)) }),
            ),
            Self::WriteDemo { generation, spec, path, cancel } => threads.spawn(
                "demo writer",
                move |outlet| {
                    let result = write_demo(&spec, &path, &cancel, &|done, of| {
                        outlet.send(StartEvent::DemoProgress { generation, done, of });
                    });
                    outlet.send(StartEvent::DemoWritten { generation, result });
                },
                move |why| Some(StartEvent::DemoWritten { generation, result: Some(Err(why)) }),
            ),
        }
    }
}

fn write_demo(
    spec: &DemoSpec,
    path: &Path,
    cancel: &Cancel,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Option<Result<PathBuf, String>> {
    match demo::ensure(*spec, path, cancel, progress) {
        Ok(folder) => Some(Ok(folder)),
        Err(_) if cancel.is_cancelled() => None,
        Err(error) => Some(Err(error.to_string())),
    }
}
