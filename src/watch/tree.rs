//! A program's processes and their memory, as the system tells them: itself, those that it started, and those that these
//! started. One that was seen among them stays one of them, whoever its parent is later.
//!
//! On Linux from `/proc`, elsewhere from sysinfo. What a system does not tell stays unknown: only Linux tells what processes share,
//! and who is the new parent of a process whose parent has ended.

mod list;

pub use list::{RunningProgram, running_programs};
pub(super) use system::Tree;

/// What was seen of the memory of a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Resident memory, as a sum; `None` where the system told of none.
    pub(super) rss: Option<u64>,
    /// That of the largest process.
    pub(super) largest: Option<u64>,
    /// Processes that have memory.
    pub(super) processes: u32,
}

impl Seen {
    fn add(&mut self, rss: u64) {
        if rss > 0 {
            self.rss = Some(self.rss.unwrap_or(0).saturating_add(rss));
            self.largest = self.largest.max(Some(rss));
            self.processes += 1;
        }
    }
}

#[cfg(target_os = "linux")]
#[path = "tree/linux.rs"]
mod system;

#[cfg(not(target_os = "linux"))]
#[path = "tree/other.rs"]
mod system;
