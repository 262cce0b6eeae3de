//! The room that there is on a file system.

use std::path::Path;

use crate::quantity::bytes_text;

/// Bytes that may still be written where a path lies, which need not be there yet: its folder's own file
/// system is asked, and no other, which might not answer. `None` where the system does not tell.
#[cfg(unix)]
pub(crate) fn free_bytes(path: &Path) -> Option<u64> {
    use rustix::io::Errno;
    let path = super::real(path);
    for folder in path.ancestors() {
        match rustix::fs::statvfs(folder) {
            // One that is made of other things than blocks has no number.
            Ok(told) if told.f_blocks == 0 => return None,
            Ok(told) => return Some(told.f_bavail.saturating_mul(told.f_frsize)),
            Err(Errno::NOENT | Errno::NOTDIR) => {}
            Err(_) => return None,
        }
    }
    None
}

/// The same of Windows, whose disks may have no letter, and whose users may have a limit.
#[cfg(windows)]
pub(crate) fn free_bytes(path: &Path) -> Option<u64> {
    let path = super::real(path);
    crate::machine::free_bytes(path.ancestors().find(|folder| folder.is_dir())?)
}

/// There is too little room for what is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "up to {} will be written there, but {} are free", bytes_text(*needed_bytes), bytes_text(*free_bytes)
)]
pub struct NoRoom {
    /// What is to be written at most.
    pub needed_bytes: u64,
    /// What may be written.
    pub free_bytes: u64,
}

/// Whether this many bytes can be written at a path; `Ok` also where the free room is unknown.
pub(crate) fn check_room(path: &Path, needed_bytes: u64) -> Result<(), NoRoom> {
    match free_bytes(path) {
        Some(free_bytes) if free_bytes < needed_bytes => Err(NoRoom { needed_bytes, free_bytes }),
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
        let refused = check_room(&path, u64::MAX).unwrap_err();
        assert_eq!(refused.needed_bytes, u64::MAX);
        assert!(refused.to_string().ends_with(" are free"), "{refused}");
        std::fs::write(folder.path().join("file"), "").unwrap();
        assert_eq!(free_bytes(&folder.path().join("file/below")).is_some(), free_bytes(&path).is_some());
    }
}
