//! What of the other rooms a job is made of.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::app::forecast::state::ForecastState;
use crate::app::plate::state::PlateState;
use crate::app::settings::state::SettingsState;
use crate::engine::{JobRequest, Rounds};
use crate::memory::Budget;
use crate::plan::{Mode, RunSpec};
use crate::plate::WellId;

/// What of the other rooms a job is made of.
pub(crate) struct JobInputs<'a> {
    pub(crate) settings: &'a SettingsState,
    pub(crate) plate: Option<&'a PlateState>,
    pub(crate) forecast: &'a ForecastState,
    /// Why nothing can be run now; `None` where something can.
    pub(crate) blocked: Option<String>,
}

impl JobInputs<'_> {
    /// Why nothing can be run in a mode now; `None` where it can.
    pub(crate) fn blocked_for(&self, mode: Mode) -> Option<String> {
        let of_mode = || match mode {
            Mode::Bulk => None,
            Mode::Sequential => self.plate.and_then(PlateState::sequential_blocked),
        };
        self.blocked.clone().or_else(of_mode)
    }

    /// A job on the open plate with all that it depends on; `None` where none is open.
    pub(super) fn request(
        &self,
        wells: BTreeSet<WellId>,
        specs: Vec<RunSpec>,
        budget: Budget,
    ) -> Option<Box<JobRequest>> {
        let plate = self.plate?;
        Some(Box::new(JobRequest {
            plate: Arc::clone(&plate.plate),
            measured: Arc::clone(&plate.measured),
            wells,
            specs,
            rounds: Rounds::UntilTimed,
            // Planned for a larger computer, a run is still made on this one.
            budget_bytes: budget.held_to(&self.settings.machine).bytes,
            resting_rss_bytes: self.forecast.trial.resting_rss_bytes,
            cache: self.settings.kept.cache,
            fix: self.forecast.fix(),
            into: None,
            conditions: None,
        }))
    }
}
