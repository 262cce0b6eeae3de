//! What of the other rooms a forecast depends on.

use crate::app::plate::state::PlateState;
use crate::app::settings::state::SettingsState;

/// What of the other rooms a forecast depends on.
pub(crate) struct ForecastInputs<'a> {
    pub(crate) settings: &'a SettingsState,
    pub(crate) plate: Option<&'a PlateState>,
    /// Whether a job goes, whose time a trial would disturb.
    pub(crate) is_job_going: bool,
}
