//! Whether what counts as done is there as it was written: each well by the size and hash of its files.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::WorkError;
use super::unsound::Unsound;
use crate::cancel::Cancel;
use crate::disk;
use crate::events::{OutputImage, SavedTable};
use crate::file_threads::FileThreads;
use crate::image::{ImageSource, hash_of_file};
use crate::plate::WellId;
use crate::record::folder::{RunFolder, WellRecord};
use crate::record::{hash_of_image, source_in};

/// This many images are in memory at once, each of which may be a large mosaic.
const READERS: usize = 4;

/// Looks at the files of wells that count as done. Those that are not as they were written are returned, for work that does them
/// again; nothing is changed. With `failed`, wells of which anything failed are among them. Progress is in wells.
///
/// # Errors
/// Where it is cancelled.
pub(super) fn verify(
    folder: &RunFolder,
    wells: &BTreeSet<WellId>,
    failed: bool,
    progress: &(dyn Fn(u64, u64) + Sync),
    cancel: &Cancel,
) -> Result<Vec<Unsound>, WorkError> {
    let wells: Vec<WellId> = folder.done().intersection(wells).copied().collect();
    let done = AtomicU64::new(0);
    progress(0, wells.len() as u64);
    let look = |(): &mut (), index: usize| -> Result<Option<Unsound>, WorkError> {
        cancel.check()?;
        let well = wells[index];
        let (stretch, why) = match folder.well(well) {
            Ok(Some(record)) => {
                let has_failed = failed && !record.failed.is_empty();
                let why = match fault_of(folder, &record, cancel)? {
                    None if has_failed => Some("some of its images failed".to_owned()),
                    why => why,
                };
                (Some(record.stretch), why)
            }
            // Somebody has taken it for not done in the meantime.
            Ok(None) => (None, None),
            Err(error) => (None, Some(error.to_string())),
        };
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        progress(done, wells.len() as u64);
        Ok(why.map(|why| Unsound { well, stretch, why: format!("{well} is processed again: {why}.") }))
    };
    let found = FileThreads::of_count("result reader", READERS).try_map(wells.len(), || (), look)?;
    Ok(found.into_iter().flatten().collect())
}

/// What of a well can be told not to be as it was written without reading its images: their files, and its parts of tables.
pub(super) fn quick_fault_of(folder: &RunFolder, record: &WellRecord) -> Option<String> {
    for table in &record.tables {
        match fault_of_part(folder, table, &Cancel::new()) {
            Ok(None) => {}
            Ok(Some(fault)) => return Some(fault),
            Err(error) => return Some(error.to_string()),
        }
    }
    let kept = record.outputs.iter().filter(|output| output.path.is_some());
    let fault = |output: &OutputImage| {
        let fault = fault_of_file(&source_in(folder.path(), output)?, output)?;
        Some(format!("{} {fault}", output.path.as_deref().unwrap_or_default()))
    };
    kept.filter_map(fault).next()
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
    if let Some(fault) = fault_of_file(&source, output) {
        return Some(fault);
    }
    match hash_of_image(&source) {
        Ok(Some(hash)) if hash != output.hash => Some("was changed after it was written".to_owned()),
        Ok(_) => None,
        Err(why) => Some(format!("cannot be read any more ({why})")),
    }
}

/// What is wrong with the file of an image, as far as it need not be read.
fn fault_of_file(source: &ImageSource, output: &OutputImage) -> Option<String> {
    match source.stamp() {
        None => Some("is not there any more".to_owned()),
        // The planes of an array lie in files together with their smaller forms; their hash tells.
        Some((bytes, _)) if output.plane.is_none() && output.bytes > 0 && bytes != output.bytes => {
            Some("does not have the length with which it was written".to_owned())
        }
        Some(_) => None,
    }
}

/// What is wrong with a part of a table.
fn fault_of_part(
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
