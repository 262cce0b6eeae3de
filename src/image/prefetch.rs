//! Telling the system which files come next, so that it reads them while others are decoded.

use std::path::Path;

/// Asks the system to begin reading a file into its page cache, and does not wait for it. Whatever
/// is wrong with the file shows when it is read. Does nothing on systems other than Linux.
pub(super) fn read_soon(path: &Path) {
    #[cfg(target_os = "linux")]
    if let Ok(file) = crate::disk::open(path) {
        let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::WillNeed);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = path;
}
