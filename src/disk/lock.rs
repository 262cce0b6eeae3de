//! Files that are there to be locked: a lock is gone with the process that holds it, however that ended.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use super::Destination;

/// Opens a file that is to be locked, and makes it where it is not there, in a folder that is.
///
/// # Errors
/// What the system says.
pub(crate) fn open_to_lock(destination: &Destination) -> io::Result<File> {
    let path = destination.file()?;
    if super::is_link(&path) {
        // Whoever put it there wants another file locked, or made.
        destination.remove_file()?;
    }
    let mut options = File::options();
    // Some file systems lock only what may be written.
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    options.open(path)
}

/// Whether somebody has a file locked; `false` where it is not there, and where the file system cannot tell.
pub(crate) fn is_locked(path: &Path) -> bool {
    // Some file systems lock only what may be written, and some files may only be read.
    let file = File::options().read(true).write(true).open(path).or_else(|_| super::open(path));
    file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}
