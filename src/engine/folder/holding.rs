//! What the wells of a run hold, in its folder: a copy of the layout as it was read, never in the plate.
//!
//! It is no part of what the run is asked for: another layout does not make it another run, and one may be given when it is done.

use std::path::Path;

use super::error::WorkError;
use crate::conditions::{Conditions, ForPlate, as_csv, read};
use crate::disk::{self, Destination};
use crate::record::folder::CONDITIONS_FILE;

/// Keeps what wells hold in the folder of a run. What the plate says of itself replaces no layout that was given. What to
/// know, in a sentence, where another is replaced.
///
/// # Errors
/// Where it cannot be written.
pub fn keep_conditions(place: &Destination, conditions: &Conditions) -> Result<Option<String>, WorkError> {
    let file = place.join(CONDITIONS_FILE);
    let io = |source| WorkError::Io { path: file.path().to_owned(), source };
    let known = file.path().exists();
    if known && conditions.is_of_plate() {
        return Ok(None);
    }
    let text = as_csv(conditions);
    let is_same = disk::within(place.path(), file.path().to_owned())
        .is_ok_and(|path| disk::read(&path, text.len() as u64).is_ok_and(|there| there == text.as_bytes()));
    if is_same {
        return Ok(None);
    }
    disk::write(&file, text.as_bytes()).map_err(io)?;
    let replaced = "The run had another layout of what its wells hold, which this one replaces.";
    Ok(known.then(|| replaced.to_owned()))
}

/// What the wells of a run hold; `None` where nobody has said it.
///
/// # Errors
/// In a sentence, why what was kept cannot be read.
pub fn kept_conditions(folder: &Path) -> Result<Option<Conditions>, String> {
    let file = folder.join(CONDITIONS_FILE);
    if !file.exists() {
        return Ok(None);
    }
    let unread = |why: String| format!("What the wells hold is not known: {why}.");
    let file = disk::within(folder, file).map_err(|error| unread(error.to_string()))?;
    read(&file, ForPlate::default()).map(Some).map_err(|fault| unread(fault.to_string()))
}
