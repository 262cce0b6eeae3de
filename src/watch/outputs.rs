//! What lies in a folder of results, by what its files hold.

use std::fs;
use std::path::{Path, PathBuf};

use super::record::WatchedOutputs;
use crate::cancel::{Cancel, Cancelled};
use crate::disk;
use crate::image::hash_of_file;
use crate::limits;

/// Reads all files of a folder and of those in it. What cannot be read is counted; links lead nowhere.
///
/// # Errors
/// Where it is cancelled.
pub fn outputs_in(folder: &Path, cancel: &Cancel) -> Result<WatchedOutputs, Cancelled> {
    let root = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let mut outputs = WatchedOutputs { folder: root.clone(), files: Vec::new(), unread: 0 };
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            outputs.unread += 1;
            continue;
        };
        for entry in entries.flatten() {
            cancel.check()?;
            let path = entry.path();
            if disk::is_link(&path) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let is_room = outputs.files.len() < limits::WATCHED_OUTPUTS;
            let hash = if is_room { hash_of_file(&path, cancel)?.ok().flatten() } else { None };
            let name = path.strip_prefix(&root).ok().and_then(Path::to_str);
            match (name, hash) {
                // With `/` between folders on every system.
                (Some(name), Some(hash)) => outputs.files.push((name.replace('\\', "/"), hash)),
                _ => outputs.unread += 1,
            }
        }
    }
    outputs.files.sort();
    Ok(outputs)
}
