//! The look at the results of the selected runs: started, stopped, and done on a thread of its own.

use std::cell::Cell;
use std::path::PathBuf;

use super::check::{CheckStage, ResultsCheck};
use super::history::{HistoryEvent, HistoryWork};
use super::state::RunsState;
use crate::app::outbox::Outbox;
use crate::cancel::Cancel;
use crate::compare::FilesCheck;
use crate::record::RunRecord;

impl RunsState {
    /// Reads the results of the selected runs again.
    pub(crate) fn check_results(&mut self, out: &mut Outbox) {
        self.stop_check();
        // What a watched program has written is nobody's to check but its own.
        let runs = self.history.selected.iter().filter(|folder| self.history.run(folder).is_some());
        let (folders, generation, cancel) =
            (runs.cloned().collect::<Vec<_>>(), out.next_generation(), Cancel::new());
        if folders.is_empty() {
            return;
        }
        out.work(HistoryWork::Check { generation, folders: folders.clone(), cancel: cancel.clone() });
        let stage = CheckStage::Reading { done: 0, of: 0 };
        self.history.check = Some(ResultsCheck { folders, stage, generation, cancel });
    }

    /// What is being read is not wanted any more, and what was found is forgotten.
    pub(crate) fn stop_check(&mut self) {
        if let Some(check) = self.history.check.take() {
            check.cancel.cancel();
        }
    }

    /// Takes in how far it is.
    pub(crate) fn check_came_to(&mut self, of_generation: u64, stage: CheckStage) {
        if let Some(check) = &mut self.history.check
            && check.generation == of_generation
        {
            check.stage = stage;
        }
    }
}

/// Reads the results of runs again and tells how far it is, and what was found.
pub(super) fn check_files(
    generation: u64,
    folders: &[PathBuf],
    cancel: &Cancel,
    send: &dyn Fn(HistoryEvent) -> bool,
) {
    let tell = |stage| send(HistoryEvent::Checking { generation, stage });
    let read = |folder: &PathBuf| RunRecord::read(folder).map_err(|error| error.to_string());
    let records: Vec<RunRecord> = match folders.iter().map(read).collect() {
        Ok(records) => records,
        Err(why) => {
            tell(CheckStage::Failed(why));
            return;
        }
    };
    let told = Cell::new(0);
    let progress = |done: usize, of: usize| {
        // A hundred times at most.
        if done >= told.get() + of.div_ceil(100) {
            told.set(done);
            tell(CheckStage::Reading { done, of });
        }
    };
    // Whoever has cancelled it waits for nothing.
    if let Ok(check) = FilesCheck::of(&records.iter().collect::<Vec<_>>(), &progress, cancel) {
        tell(CheckStage::Done(check));
    }
}
