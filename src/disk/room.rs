//! The room that there is on a file system.

use std::path::Path;

use sysinfo::{DiskRefreshKind, Disks};

use crate::quantity::bytes_text;

/// Bytes that may still be written where a path lies, which need not be there yet; `None` where the
/// system does not tell.
pub fn free_bytes(path: &Path) -> Option<u64> {
    let existing = path.ancestors().find(|folder| folder.exists())?.canonicalize().ok()?;
    let disks = Disks::new_with_refreshed_list_specifics(DiskRefreshKind::nothing().with_storage()).ok()?;
    let holding = disks.iter().filter(|disk| existing.starts_with(disk.mount_point()));
    let disk = holding.max_by_key(|disk| disk.mount_point().components().count())?;
    Some(disk.available_space())
}

/// Why so many bytes cannot be written at a path; `Ok` also where the free room is unknown.
pub fn check_room(path: &Path, needed_bytes: u64) -> Result<(), String> {
    match free_bytes(path) {
        Some(free) if free < needed_bytes => Err(format!(
            "up to {} are to be written there, and {} are free",
            bytes_text(needed_bytes),
            bytes_text(free)
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_checked_also_where_a_folder_is_not_there_yet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("not/there");
        assert_eq!(check_room(&path, 1), Ok(()));
        // Some file systems of containers are not in the list of disks.
        if free_bytes(&path).is_some() {
            assert!(check_room(&path, u64::MAX).unwrap_err().contains("are free"));
        }
    }
}
