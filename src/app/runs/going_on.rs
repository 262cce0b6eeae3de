//! A run that was started and is not done, in whatever way it ended: whether it can continue here, and how it does. What is left is
//! found out outside, where the files are.

use std::collections::BTreeSet;
use std::path::Path;

use super::history::Again;
use super::inputs::JobInputs;
use super::state::RunsState;
use crate::app::outbox::Outbox;
use crate::app::plate::state::PlateState;
use crate::app::settings::state::SettingsState;
use crate::engine::RunInto;
use crate::events::Outcome;
use crate::memory::Budget;
use crate::plan::RunSpec;
use crate::record::PastRun;

/// What to do where a run that goes on is over budget: its settings are what they are.
const FIX: &str = "Raise the budget, or continue the run on a computer with more memory.";

/// How far a run is that is not done, in words; `None` of one that is.
pub(crate) fn left_text(run: &PastRun) -> Option<String> {
    match &run.wells {
        Some(wells) => wells.is_left().then(|| wells.text()),
        None => (run.head.outcome != Outcome::Completed).then(|| "It did not finish.".to_owned()),
    }
}

impl RunsState {
    /// The run in a folder that is not done; `None` also where that is not known yet.
    pub(crate) fn unfinished_in(&self, folder: &Path) -> Option<&PastRun> {
        self.history.run(folder).filter(|run| left_text(run).is_some())
    }

    /// Why a run cannot go on now; `None` where it can.
    pub fn continue_blocked(
        &self,
        run: &PastRun,
        plate: Option<&PlateState>,
        settings: &SettingsState,
    ) -> Option<String> {
        let Some(wells) = &run.wells else {
            return Some(
                "it was made by an earlier version and cannot be continued: run it again".to_owned(),
            );
        };
        if wells.is_going_on && self.job.is_none() {
            return Some("another command is working in it: look again when that is done".to_owned());
        }
        self.plate_blocked(run, plate).or_else(|| settings.budget_bytes().err())
    }

    /// Does what is missing of a run, with the threads and the budget of now. One that may come from others shows first what it
    /// reads and where it writes.
    pub(super) fn go_on(
        &mut self,
        folder: &Path,
        is_confirmed: bool,
        inputs: &JobInputs<'_>,
        out: &mut Outbox,
    ) {
        let settings = inputs.settings;
        let is_free = |run: &&PastRun| self.continue_blocked(run, inputs.plate, settings).is_none();
        let Some(run) = self.unfinished_in(folder).filter(is_free) else { return };
        if !is_confirmed && !settings.has_made(run) {
            self.history.again = Some(Again::of(run, true, inputs));
            return;
        }
        let spec = RunSpec { threads: settings.threads(), ..run.head.spec.clone() };
        let Ok(bytes) = settings.budget_bytes() else { return };
        if let Some(mut request) = inputs.request(BTreeSet::new(), vec![spec], Budget { bytes }) {
            request.into = Some(RunInto { folder: run.folder.clone(), merges: true, again: Vec::new() });
            request.fix = Some(FIX.to_owned());
            self.start(request, true, out);
        }
    }
}
