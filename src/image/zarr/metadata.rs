//! Finding and reading the metadata of an array in its folder.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::fault::ZarrFault;
use super::layout::ZarrArray;
use super::{version2, version3};
use crate::disk;
use crate::limits;

/// What the metadata is named, by version; where there are both, the newer counts.
const VERSION_3: &str = "zarr.json";
const VERSION_2: &str = ".zarray";

/// Size and time of a file.
type Stamp = (u64, SystemTime);

/// The array that was read last, so that its metadata is not read again for each of its planes.
#[derive(Debug)]
pub(in crate::image) struct OpenedArray {
    folder: PathBuf,
    stamp: Stamp,
    pub(super) array: Arc<ZarrArray>,
}

/// Size and time of an array's metadata, by which an array that was written again is known: chunks may be many.
pub(in crate::image) fn stamp(folder: &Path) -> Option<Stamp> {
    [VERSION_3, VERSION_2].into_iter().find_map(|name| {
        let facts = std::fs::metadata(folder.join(name)).ok()?;
        Some((facts.len(), facts.modified().ok()?))
    })
}

impl OpenedArray {
    /// The array in a folder: the present one, where it is that and has not changed, else it is read.
    pub(super) fn open(folder: &Path, at_hand: &mut Option<Self>) -> Result<Arc<ZarrArray>, ZarrFault> {
        let stamp = stamp(folder);
        if let (Some(opened), Some(stamp)) = (&at_hand, stamp)
            && opened.folder == folder
            && opened.stamp == stamp
        {
            return Ok(Arc::clone(&opened.array));
        }
        let array = Arc::new(read(folder)?);
        *at_hand = stamp.map(|stamp| Self { folder: folder.to_owned(), stamp, array: Arc::clone(&array) });
        Ok(array)
    }
}

/// Reads the metadata of an array.
pub(super) fn read(folder: &Path) -> Result<ZarrArray, ZarrFault> {
    if let Some(text) = text(folder, VERSION_3)? {
        return version3::parse(&text)?.checked();
    }
    match text(folder, VERSION_2)? {
        Some(text) => version2::parse(&text)?.checked(),
        None => Err(ZarrFault::NoArray),
    }
}

/// The bytes of a file of metadata; `None` where there is none.
fn text(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, ZarrFault> {
    let file = match disk::open(&folder.join(name)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ZarrFault::io(name, error)),
    };
    let mut bytes = Vec::new();
    file.take(limits::ZARR_METADATA_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| ZarrFault::io(name, error))?;
    if bytes.len() as u64 > limits::ZARR_METADATA_BYTES {
        return Err(ZarrFault::damaged(format!("{name} is not the metadata of an array: it is too long")));
    }
    Ok(Some(bytes))
}
