//! What is known of the computer and of the program: for records, forecasts and the budget.

mod awake;
mod cgroup;
mod own_program;
mod process_limits;
mod processor_time;
#[cfg(unix)]
mod signals;
#[cfg(windows)]
mod windows;

use serde::{Deserialize, Serialize};
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

pub(crate) use awake::keep_awake;
pub(crate) use cgroup::MemoryKills;
pub(crate) use own_program::{own_program, to_start};
pub(crate) use process_limits::few_threads;
pub(crate) use processor_time::ProcessorTime;
#[cfg(unix)]
pub(crate) use signals::{Ignored, end_as_usual, tell_of_large_files};
#[cfg(windows)]
pub(crate) use windows::{
    Tied, attach_to_terminal, free_bytes, is_fixed_drive, leave_terminal, process_memory,
};

/// The computer that a run ran on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Operating system with its version, where known.
    pub system: String,
    /// Processors that the process may use.
    pub cores: usize,
    /// All processors of the computer that are on, where the system tells them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processors: Option<usize>,
    /// Memory in the computer, or less where a container or the process's own limits allow less.
    pub memory_bytes: Option<u64>,
    /// Memory that was available, within these limits.
    pub available_bytes: Option<u64>,
    /// Version of Stepwell.
    pub stepwell: String,
}

impl Machine {
    /// Reads what the system tells now. Takes some tens of microseconds.
    pub fn read() -> Self {
        let known = |bytes: u64| (bytes > 0).then_some(bytes);
        let ram = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
        let system = System::new_with_specifics(ram).ok();
        let of_system = |number: fn(&System) -> Option<u64>| system.as_ref().and_then(number).and_then(known);
        let (of_groups, of_process) = (cgroup::own(), process_limits::memory());
        let limits = || of_groups.into_iter().chain(of_process);
        Self {
            system: System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processors: processors_on(),
            memory_bytes: smaller(
                of_system(|system| Some(system.total_memory())),
                limits().map(|limits| limits.limit_bytes).min().and_then(known),
            ),
            available_bytes: smaller(
                of_system(|system| Some(system.available_memory())),
                limits().map(|limits| limits.left_bytes).min(),
            ),
            stepwell: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

impl Machine {
    /// Whether this may be the same computer, by what does not change from day to day.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.memory_bytes.is_some() && (self.cores, self.memory_bytes) == (other.cores, other.memory_bytes)
    }

    /// This computer as if it had so much memory, of which the same share is available as now.
    #[must_use]
    pub(crate) fn pretending(mut self, memory_bytes: u64) -> Self {
        let share = match (self.available_bytes, self.memory_bytes) {
            (Some(available), Some(memory)) if memory > 0 => available as f64 / memory as f64,
            _ => 1.0,
        };
        self.memory_bytes = Some(memory_bytes);
        self.available_bytes = Some((memory_bytes as f64 * share.min(1.0)) as u64);
        self
    }
}

/// On Linux, which counts the time of each.
fn processors_on() -> Option<usize> {
    let counts = std::fs::read_to_string("/proc/stat").ok()?;
    let is_one = |line: &&str| {
        line.strip_prefix("cpu").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    Some(counts.lines().filter(is_one).count()).filter(|count| *count > 0)
}

fn smaller(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
