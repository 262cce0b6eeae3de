//! A run put together of its wells: the tables, what describes its images, its record. Any number of times, by anybody, and
//! without the plate.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use super::begin::check_folders;
use super::error::WorkError;
use super::holding::kept_conditions;
use super::lock::{Locked, locked};
use super::sweep::sweep;
use super::tables::tables;
use super::verify::quick_fault_of;
use crate::cancel::Cancel;
use crate::disk::{self, Destination};
use crate::engine::kept::describe;
use crate::events::{Event, EventKind, SavedTable};
use crate::plate::WellId;
use crate::record::folder::{MERGING, Merged, RunFolder, SHARING_OUT, STRETCHES_FOLDER};
use crate::record::{RecordError, RunRecord, Streamed};

/// How long it is waited for another command that puts the same run together.
const PATIENCE: Duration = Duration::from_secs(10);

/// A run that was put together.
#[derive(Clone, Debug, PartialEq)]
pub struct MergedRun {
    /// Its record as it was written, without its lists ([`RunRecord::with_lists`]).
    pub record: RunRecord,
    /// The wells that are not done.
    pub undone: BTreeSet<WellId>,
    /// What to know of it, in sentences.
    pub notes: Vec<String>,
}

/// Puts a run together in its folder, of what is there. Waits a little for another command that does so.
///
/// # Errors
/// [`WorkError`]; then its record is as it was before.
pub fn merge_run(place: &Destination, folder: &RunFolder, cancel: &Cancel) -> Result<MergedRun, WorkError> {
    place.check_there()?;
    check_folders(place, &folder.request.plate.root)?;
    let nothing = || WorkError::Nothing { folder: place.path().to_owned() };
    let stretches = place.join(STRETCHES_FOLDER);
    if !stretches.path().is_dir() {
        return Err(nothing());
    }
    let file = stretches.join(MERGING);
    let lock = |file: &Destination| {
        disk::open_to_lock(file).map_err(|source| WorkError::Io { path: file.path().to_owned(), source })
    };
    let turn = lock(&file)?;
    let can_lock = match locked(|| turn.try_lock(), PATIENCE, cancel)? {
        Locked::Yes => true,
        Locked::CannotLock => false,
        Locked::ByAnother => return Err(WorkError::Merging { folder: place.path().to_owned() }),
    };
    let error = |source| WorkError::Io { path: place.path().to_owned(), source };
    let merged = tempfile::tempfile_in(place.path())
        .and_then(|lists| folder.merged(lists, &|record| quick_fault_of(folder, record)));
    let mut merged = merged.map_err(error)?.ok_or_else(nothing)?;
    if merged.may_have_parts && can_lock {
        // Nobody begins meanwhile. Where it cannot be told whether somebody is at work, nothing goes.
        let sharing_out = lock(&stretches.join(SHARING_OUT))?;
        if sharing_out.try_lock().is_ok() && !folder.is_going_on() {
            sweep(place, &merged.record);
        }
    }
    let mut notes = std::mem::take(&mut merged.unread);
    // Without it the tables are what they are by themselves.
    let conditions = kept_conditions(place.path()).unwrap_or_else(|why| {
        notes.push(why);
        None
    });
    let tables = tables(place, &merged, conditions.as_ref(), cancel)?;
    notes.extend(describe(place, folder, &merged));
    let record = write(place, &mut merged, tables).map_err(|fault| error(io::Error::other(fault)))?;
    Ok(MergedRun { record, undone: merged.undone, notes })
}

/// Writes the record with the tables that were put together. Gives it without its lists.
fn write(
    place: &Destination,
    merged: &mut Merged,
    tables: Vec<SavedTable>,
) -> Result<RunRecord, RecordError> {
    let samples = std::mem::take(&mut merged.record.samples);
    let mut record = RunRecord { samples, ..merged.record.clone() };
    record.summary.tables = tables;
    let end = ending(&record);
    let events = Streamed::new(merged.events().chain(end.into_iter().map(Ok)));
    let record = record.with(Streamed::new(merged.outputs()), events);
    let path = record.write_whole(place)?;
    let mut record = record.with(Vec::new(), Vec::new()).without_lists();
    record.summary.record = Some(path);
    Ok(record)
}

/// The last that a record tells: its tables, and how it ended.
fn ending(record: &RunRecord) -> Vec<Event> {
    let event = |kind| Event { run: record.run.clone(), at_secs: record.summary.wall_secs, kind };
    let tables = record.summary.tables.iter().cloned().map(EventKind::TableSaved);
    let (outcome, why, summary) = (record.outcome, record.why.clone(), Box::new(record.summary.clone()));
    tables.chain([EventKind::Ended { outcome, why, summary }]).map(event).collect()
}
