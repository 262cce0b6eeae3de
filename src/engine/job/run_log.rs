//! The log beside the record of a run: its course in the words of the window's log.

use std::path::Path;
use std::sync::Mutex;

use crate::engine::lock::locked;
use crate::events::{Event, EventWords};
use crate::logging::{RUN, RunLog};

/// Tells a run's events to its log.
pub(super) struct EventLog {
    words: Mutex<EventWords>,
    _file: RunLog,
}

impl EventLog {
    /// Begins the log in the folder of the run.
    pub(super) fn begin(run: &str, folder: &Path) -> Self {
        let log = Self { words: Mutex::default(), _file: RunLog::begin(folder) };
        log::info!(target: RUN, "{run} with Stepwell {}", env!("CARGO_PKG_VERSION"));
        log
    }

    pub(super) fn add(&self, event: &Event) {
        let Some((kind, text)) = locked(&self.words).of(event) else { return };
        log::log!(target: RUN, kind.level(), "{:.3} s: {text}", event.at_secs);
    }
}
