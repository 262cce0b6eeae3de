//! What a job tells while it goes.

use std::path::PathBuf;

use super::files::CacheState;
use crate::events::Event;
use crate::plan::{Forecast, Mode};

/// What a job tells while it goes.
#[derive(Clone, Debug)]
pub enum JobEvent {
    /// A run goes on: the wells of it that count as done are looked at.
    Looking {
        /// Wells that were looked at.
        done: u64,
        /// Wells that count as done.
        of: u64,
    },
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
    /// The folder of a run is there, and what the run tells follows.
    Begun {
        /// The run's mode.
        mode: Mode,
        /// The run's folder.
        folder: PathBuf,
    },
    /// An event of a run.
    Run {
        /// The run's mode.
        mode: Mode,
        /// What happened in the run.
        event: Event,
    },
}
