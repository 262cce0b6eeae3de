//! What is done on the disk for the list of runs, on a thread of its own.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::check::CheckStage;
use super::check_work::check_files;
use super::deleting;
use super::history::{HistoryEvent, HistoryWork};
use crate::app::desktop::Dialogs;
use crate::app::dialogs::pick_runs_folder;
use crate::disk;
use crate::plate::{NONE_OPEN, destination};
use crate::record::{AnyRecord, past_runs};

/// This many runs are told at once at most, and nothing waits longer than this: the list is put in order
/// once for all of them.
const MOST_AT_ONCE: usize = 256;
const SEND_EVERY: Duration = Duration::from_millis(100);

impl HistoryWork {
    /// Does it and tells what came of it, as long as anyone listens.
    pub(crate) fn execute(self, dialogs: &dyn Dialogs, results: &Path, send: &dyn Fn(HistoryEvent) -> bool) {
        match self {
            Self::Read { generation, more } => {
                let mut runs = Vec::new();
                let mut sent_at = Instant::now();
                for root in std::iter::once(results).chain(more.iter().map(PathBuf::as_path)) {
                    past_runs(root, &mut |run| {
                        runs.push(run.map_err(|error| error.to_string()));
                        if runs.len() < MOST_AT_ONCE && sent_at.elapsed() < SEND_EVERY {
                            return true;
                        }
                        sent_at = Instant::now();
                        send(HistoryEvent::Found { generation, runs: std::mem::take(&mut runs) })
                    });
                }
                send(HistoryEvent::Found { generation, runs });
                send(HistoryEvent::AllFound { generation });
            }
            Self::Load(folder) => {
                let record = AnyRecord::read(&folder).map_err(|error| error.to_string());
                send(HistoryEvent::Loaded { folder, record });
            }
            Self::Check { generation, folders, cancel } => check_files(generation, &folders, &cancel, send),
            Self::Label { folder, label } => {
                let written = destination(&folder, NONE_OPEN)
                    .map_err(|refused| refused.to_string())
                    .and_then(|folder| label.write(&folder).map_err(|error| error.to_string()));
                match written {
                    Ok(None) => {}
                    Ok(Some(aside)) => drop(send(HistoryEvent::LabelAside(aside))),
                    Err(why) => drop(send(HistoryEvent::NotLabelled(why))),
                }
            }
            Self::Look(folders) => {
                for folder in folders {
                    let accounted = deleting::look(&folder, &deleting::never(results));
                    let has_bin = disk::has_bin(&folder);
                    if !send(HistoryEvent::Looked { folder, accounted, has_bin }) {
                        return;
                    }
                }
            }
            Self::Delete { folder, for_good } => {
                let result = deleting::delete(&folder, for_good, &deleting::never(results));
                send(HistoryEvent::Deleted { folder, result });
            }
            Self::PickFolder => {
                send(HistoryEvent::FolderPicked(Ok(pick_runs_folder(dialogs, results))));
            }
        }
    }

    /// The answer where it could not even be tried.
    pub(crate) fn failed(self, why: String) -> HistoryEvent {
        match self {
            Self::Read { generation, .. } => HistoryEvent::NotRead { generation, why },
            Self::Load(folder) => HistoryEvent::Loaded { folder, record: Err(why) },
            Self::Check { generation, .. } => {
                HistoryEvent::Checking { generation, stage: CheckStage::Failed(why) }
            }
            Self::Label { .. } => HistoryEvent::NotLabelled(why),
            // The first will do: no other thread can be started either.
            Self::Look(folders) => HistoryEvent::Looked {
                folder: folders.into_iter().next().unwrap_or_default(),
                accounted: Err(why),
                has_bin: true,
            },
            Self::Delete { folder, .. } => HistoryEvent::Deleted { folder, result: Err(why) },
            Self::PickFolder => HistoryEvent::FolderPicked(Err(why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::record::{RECORD_FILE, RunLabel};

    fn write_run(folder: &Path) {
        let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/record-v1.ron");
        std::fs::create_dir_all(folder).unwrap();
        std::fs::copy(stored, folder.join(RECORD_FILE)).unwrap();
    }

    fn events_of(work: HistoryWork, results: &Path) -> Vec<HistoryEvent> {
        let events = RefCell::new(Vec::new());
        let dialogs = &crate::app::desktop::tests::Always(crate::app::desktop::Answer::Dismissed);
        work.execute(dialogs, results, &|event| {
            events.borrow_mut().push(event);
            true
        });
        events.into_inner()
    }

    #[test]
    fn what_is_asked_for_is_looked_at_and_what_is_no_run_is_not_deleted() {
        let root = tempfile::tempdir().unwrap();
        let run = root.path().join("plate/run");
        write_run(&run);
        let broken = root.path().join("plate/broken");
        std::fs::create_dir_all(&broken).unwrap();
        std::fs::write(broken.join(RECORD_FILE), "nothing").unwrap();
        let asked = vec![run.clone(), broken.clone()];
        let events = events_of(HistoryWork::Look(asked), root.path());
        let [
            HistoryEvent::Looked { folder: first, accounted: Ok(accounted), .. },
            HistoryEvent::Looked { accounted: Err(_), .. },
        ] = events.as_slice()
        else {
            panic!("{events:?}")
        };
        assert_eq!((first, &accounted.goes), (&run, &vec![run.clone()]));
        // The folder around a run, one whose record says nothing, a file, and what is gone.
        let file = run.join(RECORD_FILE);
        for folder in [root.path().join("plate"), broken, file, root.path().join("gone")] {
            let was_there = folder.exists();
            let events =
                events_of(HistoryWork::Delete { folder: folder.clone(), for_good: false }, root.path());
            let [HistoryEvent::Deleted { folder: of, result: Err(why) }] = events.as_slice() else {
                panic!("{}: {events:?}", folder.display())
            };
            assert!(*of == folder && why.contains("is not the folder of a run"), "{why}");
            assert_eq!(folder.exists(), was_there);
        }
        assert!(run.join(RECORD_FILE).is_file());
    }

    #[test]
    fn many_runs_are_told_in_few_parts_and_the_end_comes_last() {
        let root = tempfile::tempdir().unwrap();
        for nth in 0..40 {
            write_run(&root.path().join(format!("results/plate/{nth}")));
        }
        write_run(&root.path().join("more/run"));
        let more = vec![root.path().join("more")];
        let events = events_of(HistoryWork::Read { generation: 7, more }, &root.path().join("results"));
        let (last, parts) = events.split_last().unwrap();
        assert!(matches!(last, HistoryEvent::AllFound { generation: 7 }), "{last:?}");
        let counts = parts.iter().map(|part| match part {
            HistoryEvent::Found { generation: 7, runs } => runs.iter().flatten().count(),
            other => panic!("{other:?}"),
        });
        assert_eq!(counts.sum::<usize>(), 41);
    }

    #[test]
    fn what_cannot_be_done_is_told_of_what_was_asked_for() {
        let root = tempfile::tempdir().unwrap();
        let gone = root.path().join("gone");
        let label = HistoryWork::Label { folder: gone.clone(), label: RunLabel::default() };
        let events = events_of(label, root.path());
        assert!(matches!(events.as_slice(), [HistoryEvent::NotLabelled(why)] if why.contains("gone")));
        let events = events_of(HistoryWork::Load(gone.clone()), root.path());
        let [HistoryEvent::Loaded { folder, record: Err(why) }] = events.as_slice() else {
            panic!("{events:?}")
        };
        assert!(*folder == gone && why.contains("gone"), "{why}");
    }
}
