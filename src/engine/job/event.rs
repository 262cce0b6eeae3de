//! What a job tells while it goes.

use super::files::CacheState;
use crate::events::Event;
use crate::plan::{Forecast, Mode};

/// What a job tells while it goes.
#[derive(Clone, Debug)]
pub enum JobEvent {
    /// Files are brought into a state, so that all runs find them alike: warm ones are read once,
    /// cold ones taken out of the page cache.
    Files {
        /// The state that the files are brought into.
        state: CacheState,
        /// Bytes of the files that are done.
        done: u64,
        /// Bytes of all files.
        of: u64,
    },
    /// A mode is not run, because its forecast is over the budget.
    Refused {
        /// The mode that is not run.
        mode: Mode,
        /// What it would need.
        forecast: Forecast,
        /// Why, and what to do.
        why: String,
    },
    /// An event of a run.
    Run {
        /// The run's mode.
        mode: Mode,
        /// What happened in the run.
        event: Event,
    },
}
