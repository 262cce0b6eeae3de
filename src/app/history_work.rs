//! What is done on the disk for the list of runs, on a thread of its own.

use std::path::{Path, PathBuf};

use super::dialogs;
use super::history::{HistoryEvent, HistoryWork};
use crate::record::{PastRun, RECORD_FILE, RunRecord, past_runs};

impl HistoryWork {
    /// Does it and tells what came of it, as long as anyone listens.
    pub(super) fn carry_out(self, results: &Path, tell: &dyn Fn(HistoryEvent) -> bool) {
        match self {
            Self::Read { generation, more } => {
                for root in std::iter::once(results).chain(more.iter().map(PathBuf::as_path)) {
                    past_runs(root, &mut |run| {
                        let run = run.map(Box::new).map_err(|error| error.to_string());
                        tell(HistoryEvent::Found { generation, run })
                    });
                }
                tell(HistoryEvent::AllFound { generation });
            }
            Self::Load { folder, is_shown } => {
                let record = RunRecord::read(&folder).map(Box::new).map_err(|error| error.to_string());
                tell(HistoryEvent::Loaded { folder, is_shown, record });
            }
            Self::Label { folder, label } => {
                if let Err(error) = label.write(&folder) {
                    tell(HistoryEvent::Failed(format!("What you say of the run could not be kept. {error}")));
                }
            }
            Self::Delete(folder) => {
                let result = delete(&folder);
                tell(HistoryEvent::Deleted { folder, result });
            }
            Self::PickFolder => match dialogs::pick_runs_folder(results) {
                Ok(folder) => drop(tell(HistoryEvent::FolderPicked(folder))),
                Err(why) => drop(tell(HistoryEvent::Failed(why))),
            },
        }
    }
}

/// Moves the folder of a run into the system's bin: nothing else, and nothing for good.
fn delete(folder: &Path) -> Result<(), String> {
    // The folder must be that of a run, whatever happened to it since it was listed.
    if !folder.join(RECORD_FILE).is_file() || PastRun::read(folder).is_err() {
        return Err(format!("{} is not the folder of a run any more.", folder.display()));
    }
    trash::delete(folder).map_err(|error| {
        format!(
            "{}: the system has no bin for it ({error}). Delete it in the file manager.",
            folder.display()
        )
    })
}
