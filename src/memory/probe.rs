//! What the system says of this process's memory.
//!
//! On Linux from `/proc/self/statm`, on Windows from its process counters, both of which cost a microsecond
//! or two; elsewhere from sysinfo. Deliberately absent: `smaps_rollup`, which costs tens of milliseconds.

/// Memory of this process, as the system counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resident {
    /// Resident memory (RSS); on Windows the working set.
    pub rss_bytes: u64,
    /// Its anonymous part (resident less shared); `None` where the system does not tell. On Windows the
    /// private bytes, which count from when memory is promised, be it in use yet or not.
    pub anonymous_bytes: Option<u64>,
}

pub use system::Probe;
#[cfg(target_os = "linux")]
pub(crate) use system::system_page_bytes;

/// The page size of the systems other than Linux, as the forecast takes it.
#[cfg(not(target_os = "linux"))]
pub(super) fn system_page_bytes() -> usize {
    usize::try_from(crate::paging::MEMORY_PAGE_BYTES).unwrap_or(4096)
}

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
    pub(crate) fn system_page_bytes() -> usize {
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

#[cfg(windows)]
mod system {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::Resident;
    use crate::machine::process_memory;

    /// Reads this process's memory.
    #[derive(Debug)]
    pub struct Probe {
        /// The kernel's mark when it was to start again, which it cannot.
        mark_bytes: AtomicU64,
    }

    impl Probe {
        /// Nothing is opened.
        pub fn new() -> Self {
            Self { mark_bytes: AtomicU64::new(u64::MAX) }
        }

        /// The working set at this moment; `None` where the system does not tell.
        pub fn resident(&self) -> Option<Resident> {
            let memory = process_memory()?;
            Some(Resident { rss_bytes: memory.working_set, anonymous_bytes: memory.private })
        }

        /// The largest working set since the last [`Self::reset_high_water`]: known where it was larger
        /// than ever before, because the kernel's mark lasts as long as the process.
        pub(crate) fn high_water_bytes(&self) -> Option<u64> {
            let peak = process_memory()?.peak_working_set;
            (peak > self.mark_bytes.load(Ordering::Relaxed)).then_some(peak)
        }

        /// Notes the mark from which it has to rise. Returns whether the system told it.
        pub(crate) fn reset_high_water(&self) -> bool {
            let peak = process_memory().map(|memory| memory.peak_working_set);
            self.mark_bytes.store(peak.unwrap_or(u64::MAX), Ordering::Relaxed);
            peak.is_some()
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_mark_is_told_where_it_rises() {
            let probe = Probe::new();
            assert_eq!(probe.high_water_bytes(), None, "nothing was noted");
            assert!(probe.reset_high_water());
            let before = probe.resident().expect("Windows");
            let size = 256_000_000;
            let filled = vec![1_u8; size];
            let with = probe.resident().expect("Windows");
            assert!(with.rss_bytes >= before.rss_bytes + size as u64 * 9 / 10, "{before:?} {with:?}");
            if let (Some(before), Some(with)) = (before.anonymous_bytes, with.anonymous_bytes) {
                assert!(with >= before + size as u64 * 9 / 10, "{before} {with}");
            }
            assert!(filled.iter().all(|byte| *byte == 1));
            drop(filled);
            let peak = probe.high_water_bytes().expect("it rose");
            // Counters of several processors are not added up at one moment.
            assert!(peak + 4_000_000 >= with.rss_bytes, "{peak} {with:?}");
            assert!(probe.resident().expect("Windows").rss_bytes <= with.rss_bytes - size as u64 / 2);
        }
    }
}

#[cfg(not(any(target_os = "linux", windows)))]
mod system {
    use std::sync::Mutex;

    use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

    use super::Resident;

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
