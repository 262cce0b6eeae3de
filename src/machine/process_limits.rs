//! What the system lets one process have (`ulimit`): memory, and threads.

#[cfg(unix)]
use rustix::process::{Resource, getrlimit};

use super::cgroup::Limits;

/// From so many processes on, a limit of their number is that of a user's usual day.
const MANY: u64 = 1024;

/// The memory that a process like this one may have, by its address space (`ulimit -v`) and its data (`ulimit -d`), and what is
/// left of it beside what this process has; `None` where neither is limited.
#[cfg(unix)]
pub(super) fn memory() -> Option<Limits> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let limits =
        [(Resource::As, "VmSize:"), (Resource::Data, "VmData:")].into_iter().filter_map(|(limit, taken)| {
            let limit_bytes = getrlimit(limit).current?;
            let left_bytes = limit_bytes.saturating_sub(bytes_of(&status, taken).unwrap_or(0));
            Some(Limits { limit_bytes, left_bytes })
        });
    limits.reduce(|one, other| Limits {
        limit_bytes: one.limit_bytes.min(other.limit_bytes),
        left_bytes: one.left_bytes.min(other.left_bytes),
    })
}

/// Windows limits no process by itself.
#[cfg(not(unix))]
pub(super) fn memory() -> Option<Limits> {
    None
}

/// How many processes the user may have (`ulimit -u`), threads counted, if they are so few that some may not start.
#[cfg(all(unix, not(target_vendor = "apple")))]
pub(crate) fn few_threads() -> Option<u64> {
    getrlimit(Resource::Nproc).current.filter(|most| *most < MANY)
}

/// Elsewhere it is not about threads.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
pub(crate) fn few_threads() -> Option<u64> {
    None
}

/// A size of `/proc/self/status`, where it is told in kB.
#[cfg(unix)]
fn bytes_of(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_the_status_are_in_bytes() {
        let status = "Name:\tx\nVmPeak:\t  300 kB\nVmSize:\t  200 kB\nVmData:\tmany\n";
        let read: Vec<_> = ["VmSize:", "VmData:", "VmStk:"].map(|name| bytes_of(status, name)).into();
        assert_eq!(read, [Some(204_800), None, None]);
    }
}
