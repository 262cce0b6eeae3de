//! A run put together of its wells: the tables, what describes its images, its record. Any number of times, by anybody, and
//! without the plate. The rows of tables go from file to file, and are never in memory.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::time::Duration;

use xxhash_rust::xxh3::Xxh3;

use super::begin::check_folders;
use super::error::WorkError;
use super::lock::{Locked, locked};
use super::sweep::sweep;
use super::verify::quick_fault_of;
use crate::cancel::Cancel;
use crate::disk::{self, Destination, PartFile};
use crate::engine::kept::describe;
use crate::events::{Event, EventKind, SavedTable};
use crate::image::ContentHash;
use crate::plan::TableKind;
use crate::plate::WellId;
use crate::record::folder::{MERGING, Merged, RunFolder, SHARING_OUT, STRETCHES_FOLDER};
use crate::record::{RecordError, RunRecord, Streamed};

/// How long it is waited for another command that puts the same run together.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of a part of a table that are read at once.
const PIECE_BYTES: usize = 1 << 16;

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
    let tables = tables(place, &merged, cancel)?;
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

/// Puts the tables together of the parts of the wells, in the order of these.
fn tables(place: &Destination, merged: &Merged, cancel: &Cancel) -> Result<Vec<SavedTable>, WorkError> {
    let parts = || merged.wells.iter().flat_map(|well| &well.tables);
    let mut ids: Vec<(usize, TableKind)> = parts().map(|part| (part.step, part.kind)).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut tables = Vec::new();
    for (step, kind) in ids {
        let parts: Vec<&SavedTable> = parts().filter(|part| (part.step, part.kind) == (step, kind)).collect();
        let Some(name) = parts.first().and_then(|part| part.path.rsplit('/').next()) else { continue };
        let path = format!("tables/{name}");
        let file = place.join(&path);
        let written = table(place, &file, &parts, cancel);
        let (rows, hash) =
            written?.map_err(|source| WorkError::Io { path: file.path().to_owned(), source })?;
        tables.push(SavedTable { step, kind, path, rows, hash });
    }
    Ok(tables)
}

/// Puts a table together. Gives its rows and its hash.
fn table(
    place: &Destination,
    file: &Destination,
    parts: &[&SavedTable],
    cancel: &Cancel,
) -> Result<std::io::Result<(u64, ContentHash)>, WorkError> {
    let begin = || {
        file.make_folder_around()?;
        Ok::<_, std::io::Error>(BufWriter::new(PartFile::begin(file)?))
    };
    let mut out = match begin() {
        Ok(out) => out,
        Err(error) => return Ok(Err(error)),
    };
    let (mut hash, mut rows) = (Xxh3::new(), 0);
    for (index, part) in parts.iter().enumerate() {
        cancel.check()?;
        let path = disk::within(place.path(), place.path().join(&part.path));
        let add = || -> std::io::Result<()> {
            let mut input =
                BufReader::with_capacity(PIECE_BYTES, disk::open(&path.map_err(std::io::Error::other)?)?);
            let (mut own, mut head) = (Xxh3::new(), Vec::new());
            input.read_until(b'\n', &mut head)?;
            own.update(&head);
            // All parts begin with the names of the columns.
            let mut put = |bytes: &[u8]| {
                hash.update(bytes);
                out.write_all(bytes)
            };
            if index == 0 {
                put(&head)?;
            }
            let mut piece = vec![0; PIECE_BYTES];
            while let len @ 1.. = input.read(&mut piece)? {
                own.update(&piece[..len]);
                put(&piece[..len])?;
            }
            if ContentHash::from(&own) != part.hash {
                let why = format!(
                    "{} was changed after it was written: let the run go on, which makes it again",
                    part.path
                );
                return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, why));
            }
            Ok(())
        };
        if let Err(error) = add() {
            return Ok(Err(std::io::Error::new(error.kind(), format!("{}: {error}", part.path))));
        }
        rows += part.rows;
    }
    let finished =
        out.into_inner().map_err(std::io::IntoInnerError::into_error).and_then(PartFile::finish_on_disk);
    Ok(finished.map(|()| (rows, ContentHash::from(&hash))))
}

/// The last that a record tells: its tables, and how it ended.
fn ending(record: &RunRecord) -> Vec<Event> {
    let event = |kind| Event { run: record.run.clone(), at_secs: record.summary.wall_secs, kind };
    let tables = record.summary.tables.iter().cloned().map(EventKind::TableSaved);
    let (outcome, why, summary) = (record.outcome, record.why.clone(), Box::new(record.summary.clone()));
    tables.chain([EventKind::Ended { outcome, why, summary }]).map(event).collect()
}
