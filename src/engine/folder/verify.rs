//! Whether what counts as done is there as it was written: each well by the size and hash of its files.

use std::collections::BTreeSet;

use super::error::WorkError;
use crate::cancel::Cancel;
use crate::disk::{self, Destination};
use crate::events::{OutputImage, SavedTable};
use crate::file_threads::FileThreads;
use crate::plate::WellId;
use crate::record::folder::{RunFolder, WellRecord, well_file};
use crate::record::{hash_of_file, hash_of_image, source_in};

/// A well that is done again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsound {
    /// The well.
    pub well: WellId,
    /// What is not as it was written, in a sentence.
    pub why: String,
}

/// Looks at the files of wells that count as done, and takes those for not done that are not as they were written; these are
/// returned. Progress is in wells.
///
/// # Errors
/// Where it is cancelled, or the folder cannot be changed.
pub(super) fn verify(
    place: &Destination,
    folder: &RunFolder,
    wells: &BTreeSet<WellId>,
    progress: &(dyn Fn(u64, u64) + Sync),
    cancel: &Cancel,
) -> Result<Vec<Unsound>, WorkError> {
    let wells: Vec<WellId> = folder.done().intersection(wells).copied().collect();
    let done = std::sync::atomic::AtomicU64::new(0);
    progress(0, wells.len() as u64);
    let look = |(): &mut (), index: usize| -> Result<Option<String>, WorkError> {
        cancel.check()?;
        let why = match folder.well(wells[index]) {
            Ok(Some(record)) => fault_of(folder, &record, cancel)?,
            // Somebody has taken it for not done in the meantime.
            Ok(None) => None,
            Err(error) => Some(error.to_string()),
        };
        let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        progress(done, wells.len() as u64);
        Ok(why)
    };
    let faults = FileThreads::new("result reader").try_map(wells.len(), || (), look)?;
    let mut unsound = Vec::new();
    for (well, why) in wells.into_iter().zip(faults).filter_map(|(well, why)| Some((well, why?))) {
        let file = place.join(well_file(well));
        match file.remove_file() {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(WorkError::Io { path: file.path().to_owned(), source });
            }
            _ => unsound.push(Unsound { well, why: format!("{well} is done again: {why}.") }),
        }
    }
    Ok(unsound)
}

/// What of a well is not as it was written; `None` where all is.
fn fault_of(folder: &RunFolder, record: &WellRecord, cancel: &Cancel) -> Result<Option<String>, WorkError> {
    for table in &record.tables {
        if let Some(fault) = fault_of_part(folder, table, cancel)? {
            return Ok(Some(fault));
        }
    }
    for output in record.outputs.iter().filter(|output| output.path.is_some()) {
        cancel.check()?;
        if let Some(fault) = fault_of_image(folder, output) {
            return Ok(Some(format!("{} {fault}", output.path.as_deref().unwrap_or_default())));
        }
    }
    Ok(None)
}

fn fault_of_image(folder: &RunFolder, output: &OutputImage) -> Option<String> {
    let source = source_in(folder.path(), output)?;
    // The planes of an array lie in files together with their smaller forms; their hash tells.
    if output.plane.is_none() && output.bytes > 0 {
        match source.stamp() {
            None => return Some("is not there any more".to_owned()),
            Some((bytes, _)) if bytes != output.bytes => {
                return Some("is not as long as it was written".to_owned());
            }
            Some(_) => {}
        }
    }
    match hash_of_image(&source) {
        Ok(Some(hash)) if hash != output.hash => Some("was changed after it was written".to_owned()),
        Ok(_) => None,
        Err(why) => Some(format!("cannot be read any more ({why})")),
    }
}

/// What is wrong with a part of a table.
pub(super) fn fault_of_part(
    folder: &RunFolder,
    table: &SavedTable,
    cancel: &Cancel,
) -> Result<Option<String>, WorkError> {
    let path = match disk::within(folder.path(), folder.path().join(&table.path)) {
        Ok(path) => path,
        Err(leads_out) => return Ok(Some(leads_out.to_string())),
    };
    Ok(match hash_of_file(&path, cancel)? {
        Ok(Some(hash)) if hash != table.hash => {
            Some(format!("{} was changed after it was written", table.path))
        }
        Ok(_) => None,
        Err(why) => Some(format!("{} cannot be read any more ({why})", table.path)),
    })
}
