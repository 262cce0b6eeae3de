//! Who does which well: each stretch of work says so in the folder of the run, and keeps a file locked while it goes on.
//!
//! The lock is shared by the program that follows the work and by its worker, and gone when both are, however they ended. So a
//! well is free as soon as nobody is left who could still write it. Deliberately absent: locks of single wells, of which a
//! process could not hold 1,536.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::{Duration, Instant};

use super::error::WorkError;
use super::files::write_stretch;
use super::lock::{Locked, locked};
use super::unsound::Unsound;
use crate::cancel::Cancel;
use crate::disk::{self, Destination};
use crate::plate::WellId;
use crate::record::RECORD_FILE;
use crate::record::folder::{
    RunFolder, SHARING_OUT, STRETCHES_FOLDER, Stretch, begun_in, done_in, is_live, lock_file, part_file,
    well_file, well_in,
};

/// How long wells are waited for that another stretch has: the worker of a command that was killed may still be ending.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often they are looked at.
const POLL: Duration = Duration::from_millis(100);

/// The most wells that are named.
const MOST_NAMED: usize = 5;

/// Wells that are this stretch's, as long as it is there.
#[derive(Debug)]
pub(super) struct Claim {
    folder: Destination,
    id: String,
    lock: Option<File>,
    /// What to know of it, in a sentence.
    pub(super) note: Option<String>,
}

impl Claim {
    /// Takes the wells of `wanted` that are not done, and those that are to be done again. `stretch` says what the stretch is,
    /// given these; it is written down. What an earlier try left of them goes, and so does the record, which would tell of them.
    ///
    /// # Errors
    /// Where another stretch has one of them, and still has it after ten seconds.
    pub(super) fn take(
        folder: &Destination,
        wanted: &BTreeSet<WellId>,
        again: &[Unsound],
        stretch: impl FnOnce(&BTreeSet<WellId>) -> Stretch,
        cancel: &Cancel,
    ) -> Result<(Self, Stretch), WorkError> {
        let error = |path: &Destination, source| WorkError::Io { path: path.path().to_owned(), source };
        let sharing_out = folder.join(STRETCHES_FOLDER).join(SHARING_OUT);
        let began = Instant::now();
        loop {
            cancel.check()?;
            let turn = disk::open_to_lock(&sharing_out).map_err(|source| error(&sharing_out, source))?;
            let can_lock = match locked(|| turn.try_lock(), PATIENCE, cancel)? {
                Locked::Yes => true,
                Locked::CannotLock => false,
                Locked::ByAnother => {
                    let why = "another command has been sharing out its wells for ten seconds: try again";
                    let source = io::Error::new(ErrorKind::WouldBlock, why);
                    return Err(error(&sharing_out, source));
                }
            };
            let mut done = done_in(folder.path());
            let unsound =
                again.iter().filter(|one| wanted.contains(&one.well) && is_still(folder.path(), one));
            for one in unsound {
                done.remove(&one.well);
            }
            let wells: BTreeSet<WellId> = wanted.difference(&done).copied().collect();
            let others: BTreeSet<WellId> = others(folder)?.intersection(&wells).copied().collect();
            if others.is_empty() {
                let stretch = stretch(&wells);
                let claim = Self::hold(folder, &stretch.id, can_lock)?;
                if !wells.is_empty() {
                    clear_away(folder, &wells)?;
                }
                write_stretch(folder, &stretch)?;
                return Ok((claim, stretch));
            }
            drop(turn);
            if began.elapsed() > PATIENCE {
                let named: Vec<String> = others.iter().take(MOST_NAMED).map(ToString::to_string).collect();
                let more = if others.len() > named.len() { " …" } else { "" };
                let wells = format!("Well {}{more}", named.join(", "));
                return Err(WorkError::Taken { folder: folder.path().to_owned(), wells });
            }
            std::thread::sleep(POLL);
        }
    }

    fn hold(folder: &Destination, id: &str, can_lock: bool) -> Result<Self, WorkError> {
        let path = folder.join(lock_file(id));
        let lock = disk::open_to_lock(&path)
            .map_err(|source| WorkError::Io { path: path.path().to_owned(), source })?;
        let is_locked = can_lock && lock.lock_shared().is_ok();
        let note = (!is_locked).then(|| {
            format!(
                "The file system of {} cannot lock files: make sure that no two commands process the same wells \
                 at the same time.",
                folder.path().display()
            )
        });
        Ok(Self { folder: folder.clone(), id: id.to_owned(), lock: is_locked.then_some(lock), note })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(lock) = self.lock.take() {
            // Not by closing it alone: a process that another thread is just starting has a copy for a moment.
            drop(lock.unlock());
        }
        // A stretch whose lock stays is looked at by all that come after, and found over.
        if !is_live(self.folder.path(), &self.id) {
            drop(self.folder.join(lock_file(&self.id)).remove_file());
        }
    }
}

/// Whether a well is still what was found not to be as it was written.
fn is_still(folder: &Path, unsound: &Unsound) -> bool {
    let now = well_in(folder, unsound.well);
    match &unsound.stretch {
        Some(stretch) => now.is_ok_and(|record| record.is_some_and(|record| record.stretch == *stretch)),
        None => now.is_err(),
    }
}

/// Takes away what tells of wells that are about to be done, and what an earlier try saved of them: of another plate than
/// there is now it would stand beside what is made of that. What is known of stretches of which nobody told the end is
/// kept first.
fn clear_away(folder: &Destination, wells: &BTreeSet<WellId>) -> Result<(), WorkError> {
    let gone = |file: &Destination| match file.remove_file() {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(WorkError::Io { path: file.path().to_owned(), source })
        }
        _ => Ok(()),
    };
    let run = RunFolder::read(folder.path())?;
    let untold = tempfile::tempfile_in(folder.path()).and_then(|lists| run.ended_untold(lists));
    for stretch in untold.map_err(|source| WorkError::Io { path: folder.path().to_owned(), source })? {
        write_stretch(folder, &stretch)?;
    }
    gone(&folder.join(RECORD_FILE))?;
    for well in wells {
        let found = [well_in(folder.path(), *well), begun_in(folder.path(), *well)];
        for output in found.into_iter().flatten().flatten().flat_map(|record| record.outputs) {
            // The planes of an array are replaced in its place.
            if let (Some(path), None) = (&output.path, output.plane) {
                gone(&folder.join(path))?;
            }
        }
        for name in [well_file(*well), part_file(*well)] {
            gone(&folder.join(name))?;
        }
    }
    Ok(())
}

/// Holds on to the wells of a stretch for its worker, too, until the process ends. Where that cannot be, its host holds them.
pub(in crate::engine) fn hold_for_worker(folder: &Path, id: &str) -> Option<File> {
    let lock = disk::open(&disk::within(folder, folder.join(lock_file(id))).ok()?).ok()?;
    lock.lock_shared().is_ok().then_some(lock)
}

/// The wells of all stretches that go on. Locks that nobody holds any more are taken away.
fn others(folder: &Destination) -> Result<BTreeSet<WellId>, WorkError> {
    let stretches = folder.join(STRETCHES_FOLDER);
    let error = |source| WorkError::Io { path: stretches.path().to_owned(), source };
    let mut wells = BTreeSet::new();
    for entry in std::fs::read_dir(stretches.path()).map_err(error)? {
        let Ok(name) = entry.map_err(error)?.file_name().into_string() else { continue };
        let Some(id) = name.strip_suffix(".lock") else { continue };
        if !is_live(folder.path(), id) {
            drop(stretches.join(&name).remove_file());
            continue;
        }
        let taken = crate::record::folder::stretch_in(folder.path(), id)?;
        wells.extend(taken.into_iter().flat_map(|stretch| stretch.taken).map(|taken| taken.well));
    }
    Ok(wells)
}
