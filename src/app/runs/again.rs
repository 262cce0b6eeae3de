//! A run made again with the settings of its record, which may come from anybody.

use std::path::Path;

use super::history::Again;
use super::inputs::JobInputs;
use super::state::RunsState;
use crate::app::outbox::Outbox;
use crate::app::plate::state::PlateState;
use crate::app::settings::state::SettingsState;
use crate::memory::Budget;
use crate::plate::PlateIdentity;
use crate::record::PastRun;

impl SettingsState {
    /// Whether a run was made on this computer, by what its record says of that and by where it lies.
    pub(super) fn has_made(&self, run: &PastRun) -> bool {
        let is_among_results = !self.results.as_os_str().is_empty() && run.folder.starts_with(&self.results);
        is_among_results && run.head.machine.as_ref().is_some_and(|machine| machine.is_like(&self.machine))
    }
}

impl Again {
    /// What a run will read, and where it will write.
    pub(super) fn of(run: &PastRun, goes_on: bool, inputs: &JobInputs<'_>) -> Self {
        Self {
            folder: run.folder.clone(),
            goes_on,
            plate: inputs.plate.map(|plate| plate.plate.root.clone()).unwrap_or_default(),
            results: if goes_on { run.folder.clone() } else { inputs.settings.results.clone() },
            files: run.head.spec.pipeline.given_files(),
        }
    }
}

impl RunsState {
    /// Why a run cannot be made again now; `None` where it can.
    pub fn again_blocked(&self, run: &PastRun, plate: Option<&PlateState>) -> Option<String> {
        self.plate_blocked(run, plate).or_else(|| {
            let is_measured =
                |plate: &PlateState| run.head.plan.wells.iter().all(|well| plate.is_measured_well(*well));
            let why = "select its wells first, so that the sizes of their images are read";
            (!plate.is_some_and(is_measured)).then(|| why.to_owned())
        })
    }

    /// Why nothing of the plate of a run can be processed now; `None` where it can.
    pub(super) fn plate_blocked(&self, run: &PastRun, plate: Option<&PlateState>) -> Option<String> {
        let Some(plate) = plate else { return Some("open its plate first".to_owned()) };
        if self.job.is_some() {
            Some("a run is in progress".to_owned())
        } else if run.head.plate.likeness(&plate.plate.identity()).is_none() {
            let PlateIdentity { name, root, .. } = &run.head.plate;
            Some(format!("open the plate {name} in {} first", root.display()))
        } else {
            let absent = run.head.plan.wells.iter().find(|well| !plate.wells.contains_key(well));
            absent.map(|well| format!("the open plate has no well {well}"))
        }
    }

    /// Makes a run again. One that may come from others shows first what it reads and where it writes.
    pub(super) fn run_again(
        &mut self,
        folder: &Path,
        is_confirmed: bool,
        inputs: &JobInputs<'_>,
        out: &mut Outbox,
    ) {
        let is_free = |run: &&PastRun| self.again_blocked(run, inputs.plate).is_none();
        let Some(run) = self.history.run(folder).filter(is_free) else { return };
        if !is_confirmed && !inputs.settings.has_made(run) {
            self.history.again = Some(Again::of(run, false, inputs));
            return;
        }
        let (spec, wells) = (run.head.spec.clone(), run.head.plan.wells.iter().copied().collect());
        let budget = Budget { bytes: run.head.budget_bytes };
        if let Some(request) = inputs.request(wells, vec![spec], budget) {
            self.start(request, true, out);
        }
    }
}
