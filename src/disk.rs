//! Where something may be written: the room that there is, and whether it lies in a folder that is never
//! written to.

use std::path::{Component, Path, PathBuf};

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

/// Whether a path lies in a folder, or is it, as the system sees both: a link may lead into the folder, and
/// what is not there yet lies where it would be made.
pub fn lies_in(path: &Path, folder: &Path) -> bool {
    real(path).starts_with(real(folder))
}

fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = path.ancestors().find_map(|part| Some((part, part.canonicalize().ok()?)));
    let Some((part, mut real)) = there else { return path };
    for name in path.strip_prefix(part).unwrap_or(Path::new("")).components() {
        match name {
            Component::ParentDir => drop(real.pop()),
            name => real.push(name),
        }
    }
    real
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_a_folder_is_told_also_before_it_is_there() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("plate");
        std::fs::create_dir(&folder).unwrap();
        for (path, expected) in [
            ("plate", true),
            ("plate/report", true),
            ("plate/new/report", true),
            ("new/../plate/report", true),
            ("plate/../report", false),
            ("plate report", false),
            ("new", false),
        ] {
            assert_eq!(lies_in(&root.path().join(path), &folder), expected, "{path}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&folder, root.path().join("link")).unwrap();
            assert!(lies_in(&root.path().join("link/new"), &folder));
            assert!(lies_in(&folder.join("new"), &root.path().join("link")));
        }
    }

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
