//! Watched programs among the runs that the chart can show.

use std::path::Path;

use super::jobs::MOST_RUNS;
use super::run::WatchedRun;
use super::state::RunsState;
use crate::app::outbox::Outbox;
use crate::record::{AnyRecord, Past, RunId};
use crate::watch::WatchedRecord;

impl RunsState {
    /// The watched program of an id.
    pub(crate) fn watched_run(&self, id: RunId) -> Option<&WatchedRun> {
        self.watched.iter().find(|watched| watched.id == id)
    }

    /// The watched programs that the chart shows.
    pub fn shown_watched(&self) -> impl Iterator<Item = &WatchedRun> {
        self.watched.iter().filter(|watched| watched.is_shown)
    }

    /// The watched program in a folder, where it is one of those that the chart can show.
    pub(crate) fn watched_in(&self, folder: &Path) -> Option<&WatchedRun> {
        self.watched.iter().find(|watched| watched.record.folder.as_deref() == Some(folder))
    }

    /// The whole record of the watched program in a folder, where it is read.
    pub(crate) fn watched_record_in(&self, folder: &Path) -> Option<&WatchedRecord> {
        let read = || match self.history.records.get(folder) {
            Some(AnyRecord::Watched(record)) => Some(&**record),
            Some(AnyRecord::Run(_)) | None => None,
        };
        self.watched_in(folder).map(|watched| &watched.record).or_else(read)
    }

    /// One more that the chart can show. Those that it does not show make room.
    pub(super) fn add_watched(&mut self, record: WatchedRecord, out: &mut Outbox) {
        while self.watched.len() >= MOST_RUNS
            && let Some(place) = self.watched.iter().position(|watched| !watched.is_shown)
        {
            self.watched.remove(place);
        }
        let id = RunId::new(out.next_generation());
        self.watched.push(WatchedRun { id, record, is_shown: false });
    }

    /// What the user calls a watched program, or else what it is called by itself.
    pub(crate) fn name_of_watched(&self, watched: &WatchedRun) -> String {
        let past = watched.record.folder.as_deref().and_then(|folder| self.history.past(folder));
        past.map_or_else(|| watched.record.title(), Past::title)
    }
}
