//! What the system says of this process's memory.
//!
//! On Linux from `/proc/self/statm`, which costs a microsecond or two; elsewhere from sysinfo.
//! Deliberately absent: `smaps_rollup`, which costs tens of milliseconds.

/// Memory of this process, as the system counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resident {
    /// Resident memory (RSS).
    pub rss_bytes: u64,
    /// Its anonymous part (resident less shared); `None` where the system does not tell.
    pub anonymous_bytes: Option<u64>,
}

pub use system::Probe;
pub(super) use system::system_page_bytes;

#[cfg(target_os = "linux")]
mod system {
    use std::fs::{self, File};
    use std::os::unix::fs::FileExt;

    use super::Resident;

    /// Reads this process's memory.
    #[derive(Debug)]
    pub struct Probe {
        statm: Option<File>,
        page_bytes: u64,
    }

    impl Probe {
        /// Opens what is read again and again.
        pub fn new() -> Self {
            Self { statm: File::open("/proc/self/statm").ok(), page_bytes: system_page_bytes() as u64 }
        }

        /// Resident memory at this moment; `None` where the system does not tell.
        pub fn resident(&self) -> Option<Resident> {
            let mut text = [0; 128];
            let len = self.statm.as_ref()?.read_at(&mut text, 0).ok()?;
            let text = std::str::from_utf8(&text[..len]).ok()?;
            let mut pages = text.split_ascii_whitespace().skip(1).map(str::parse::<u64>);
            let (resident, shared) = (pages.next()?.ok()?, pages.next()?.ok()?);
            Some(Resident {
                rss_bytes: resident * self.page_bytes,
                anonymous_bytes: Some(resident.saturating_sub(shared) * self.page_bytes),
            })
        }

        /// The most resident memory since the last [`Self::reset_high_water`].
        pub(crate) fn high_water_bytes(&self) -> Option<u64> {
            kilobytes_in(&fs::read_to_string("/proc/self/status").ok()?, "VmHWM:").map(|kb| kb * 1024)
        }

        /// Starts the high-water mark again from now. Returns whether the system did so.
        pub(crate) fn reset_high_water(&self) -> bool {
            fs::write("/proc/self/clear_refs", "5").is_ok()
        }
    }

    /// The kernel's page size, read from the auxiliary vector (entry 6), which needs no `unsafe`.
    pub(in super::super) fn system_page_bytes() -> usize {
        const AT_PAGESZ: usize = 6;
        let vector = fs::read("/proc/self/auxv").unwrap_or_default();
        let word = size_of::<usize>();
        let words: Vec<usize> =
            vector.chunks_exact(word).map(|bytes| bytes.try_into().map_or(0, usize::from_ne_bytes)).collect();
        words.chunks_exact(2).find(|entry| entry[0] == AT_PAGESZ).map_or(4096, |entry| entry[1].max(4096))
    }

    /// The number of a line such as `VmHWM:     5432 kB`.
    fn kilobytes_in(status: &str, name: &str) -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn reads_the_same_as_status() {
            let probe = Probe::new();
            let status = fs::read_to_string("/proc/self/status").expect("Linux");
            let rss = kilobytes_in(&status, "VmRSS:").expect("a line") * 1024;
            let probed = probe.resident().expect("Linux").rss_bytes;
            assert!(probed.abs_diff(rss) < 30_000_000, "{probed} {rss}");
            assert!(probe.high_water_bytes().expect("a line") >= 1_000_000);
        }

        #[test]
        fn status_lines() {
            let table = [("VmHWM:\t    5432 kB\n", Some(5432)), ("VmHWM: x kB", None), ("", None)];
            for (text, expected) in table {
                assert_eq!(kilobytes_in(text, "VmHWM:"), expected, "{text:?}");
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::sync::Mutex;

    use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

    use super::Resident;

    /// The page size of the systems other than Linux, as the forecast takes it.
    pub(in super::super) fn system_page_bytes() -> usize {
        usize::try_from(crate::paging::MEMORY_PAGE_BYTES).unwrap_or(4096)
    }

    /// Reads this process's memory.
    #[derive(Debug)]
    pub struct Probe {
        system: Option<(Mutex<System>, Pid)>,
    }

    impl Probe {
        /// Opens what is read again and again.
        pub fn new() -> Self {
            let system = System::new().ok().zip(sysinfo::get_current_pid().ok());
            Self { system: system.map(|(system, pid)| (Mutex::new(system), pid)) }
        }

        /// Resident memory at this moment; `None` where the system does not tell.
        pub fn resident(&self) -> Option<Resident> {
            let (system, pid) = self.system.as_ref()?;
            let mut system = system.lock().ok()?;
            let kind = ProcessRefreshKind::nothing().with_memory();
            system.refresh_processes_specifics(ProcessesToUpdate::Some(&[*pid]), true, kind);
            let rss_bytes = system.process(*pid)?.memory();
            (rss_bytes > 0).then_some(Resident { rss_bytes, anonymous_bytes: None })
        }

        /// Not told by this system.
        pub(crate) fn high_water_bytes(&self) -> Option<u64> {
            None
        }

        /// Not possible on this system.
        pub(crate) fn reset_high_water(&self) -> bool {
            false
        }
    }
}

impl Default for Probe {
    fn default() -> Self {
        Self::new()
    }
}
