//! What the system's page cache holds of a file, so that two runs can be given the same start.
//!
//! Files are mapped here, but never touched: the system is asked of each page whether it is in
//! memory (`mincore`), which reads nothing. This happens in the process that starts a run, never in
//! the run's own.

use std::io;
use std::path::Path;
#[cfg(unix)]
use std::sync::LazyLock;

#[cfg(unix)]
use crate::disk;

#[cfg(unix)]
static PAGE_BYTES: LazyLock<usize> = LazyLock::new(super::probe::system_page_bytes);

/// Whether files can be taken out of the page cache on this system.
pub const CAN_FORGET_FILES: bool = cfg!(target_os = "linux");

/// Size of a file and how much of it is in the page cache (in whole pages, at most the size); `None`
/// where the system does not tell.
#[cfg(unix)]
pub fn cached_bytes(path: &Path) -> Option<(u64, u64)> {
    /// Mapped at once, so that large files cost little memory.
    const PIECE_BYTES: u64 = 1 << 26;
    let file = disk::open(path).ok()?;
    let facts = file.metadata().ok()?;
    if !is_visible(path, &facts) {
        return None;
    }
    let (page, size) = (*PAGE_BYTES, facts.len());
    let mut cached = 0;
    let mut start = 0;
    while start < size {
        let len = usize::try_from((size - start).min(PIECE_BYTES)).ok()?;
        let memory = memmap2::MmapOptions::new().offset(start).len(len).map_raw_read_only(&file).ok()?;
        let mut pages = vec![0_u8; len.div_ceil(page)];
        cached += resident_pages(&memory, &mut pages)? * page as u64;
        start += len as u64;
    }
    Some((size, cached.min(size)))
}

/// Linux tells what is cached of a file to its owner and to those who may write to it; to others it
/// says that all of it is.
#[cfg(unix)]
fn is_visible(path: &Path, facts: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    /// The user that this process acts as.
    static USER: LazyLock<Option<u32>> =
        LazyLock::new(|| std::fs::metadata("/proc/self").ok().map(|process| process.uid()));
    cfg!(not(target_os = "linux"))
        || *USER == Some(facts.uid())
        || rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Fills in one byte for each page of the mapping and returns how many pages are in memory.
#[cfg(unix)]
#[allow(unsafe_code)]
fn resident_pages(memory: &memmap2::MmapRaw, pages: &mut [u8]) -> Option<u64> {
    // SAFETY: the mapping begins at a page, lives as long as `memory`, and `pages` has one byte for
    // each of its pages. Nothing reads the mapped bytes.
    let result =
        unsafe { libc::mincore(memory.as_mut_ptr().cast(), memory.len(), pages.as_mut_ptr().cast()) };
    (result == 0).then(|| pages.iter().filter(|page| **page & 1 == 1).count() as u64)
}

/// Windows tells it to no program.
#[cfg(not(unix))]
pub fn cached_bytes(_: &Path) -> Option<(u64, u64)> {
    None
}

/// Takes a file out of the page cache. What was written to it and is not on disk yet is brought
/// there, because only then can it go; nothing of the file changes.
pub fn forget_file(path: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        let file = disk::open(path)?;
        let forget = || rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed);
        forget()?;
        // Pages that were written a moment ago stay until they are on disk. To wait for that at each
        // file takes several times as long, so only where something stayed.
        if cached_bytes(path).is_none_or(|(_, cached)| cached > 0) {
            // A file system may refuse to do so through a file that is open for reading.
            drop(file.sync_data());
            forget()?;
        }
        Ok(())
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = path;
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_file_that_was_just_written_is_cached() {
        let folder = tempfile::tempdir().expect("a folder");
        for size in [0, 1, 4096, 100_000] {
            let path = folder.path().join(size.to_string());
            std::fs::write(&path, vec![1; size]).expect("writable");
            assert_eq!(cached_bytes(&path), Some((size as u64, size as u64)));
            // File systems in memory keep what they have. Others let go of pages when no processor has
            // them in its queue of new pages any more, which a busy machine may take a moment for.
            let mut left = u64::MAX;
            for _ in 0..100 {
                forget_file(&path).expect("readable");
                left = cached_bytes(&path).expect("Linux tells").1;
                if left == 0 || left == size as u64 {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            assert!(left == 0 || left == size as u64, "{left} of {size}");
        }
        assert_eq!(cached_bytes(&folder.path().join("not there")), None);
    }

    #[test]
    fn what_the_system_hides_is_not_told() {
        let own = std::fs::metadata("/proc/self").expect("Linux").uid();
        let path = Path::new("/etc/passwd");
        let facts = std::fs::metadata(path).expect("Linux");
        let may_write = std::fs::OpenOptions::new().append(true).open(path).is_ok();
        assert_eq!(is_visible(path, &facts), own == facts.uid() || may_write);
        assert_eq!(cached_bytes(path).is_some(), is_visible(path, &facts));
    }
}
