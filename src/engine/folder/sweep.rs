//! Parts of files that a killed process left: their work is over, and what they were of is made again or not at all.

use std::path::Path;

use crate::disk::Destination;
use crate::record::folder::{STRETCHES_FOLDER, WELLS_FOLDER};
use crate::record::{RECORD_FILE, is_part};

/// The folders in which runs write.
const FOLDERS: [&str; 4] = ["images", "tables", WELLS_FOLDER, STRETCHES_FOLDER];

/// Removes them. What cannot be removed does no harm.
pub(super) fn sweep(place: &Destination) {
    for name in FOLDERS {
        sweep_folder(&place.join(name));
    }
    // In the folder itself there may be files of others.
    for entry in std::fs::read_dir(place.path()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(RECORD_FILE) && is_part(name)) {
            drop(place.join(Path::new(&name)).remove_file());
        }
    }
}

fn sweep_folder(folder: &Destination) {
    let entries = std::fs::read_dir(folder.path()).into_iter().flatten().flatten();
    for entry in entries {
        let (Ok(kind), name) = (entry.file_type(), entry.file_name()) else { continue };
        let below = folder.join(Path::new(&name));
        if kind.is_dir() {
            sweep_folder(&below);
        } else if kind.is_file() && name.to_str().is_some_and(is_part) {
            drop(below.remove_file());
        }
    }
}
