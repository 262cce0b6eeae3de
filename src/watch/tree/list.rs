//! The programs that are running, for a user to choose one of.

use std::time::Duration;

use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

/// A program that is running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningProgram {
    /// Number of its process.
    pub pid: u32,
    /// Its name.
    pub name: String,
    /// Its command line; empty where it is not told.
    pub command: String,
    /// Resident memory; `None` where it is not told, as of other users' programs on some systems.
    pub rss_bytes: Option<u64>,
    /// For how long it has been running.
    pub runs_for: Duration,
}

/// All programs that this user may watch, the largest first; this program itself is none of them.
pub fn running_programs() -> Vec<RunningProgram> {
    let Ok(mut system) = System::new() else { return Vec::new() };
    let kind = ProcessRefreshKind::nothing().with_memory().with_cmd(UpdateKind::Always).without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
    let own = sysinfo::get_current_pid().ok();
    let mut programs: Vec<RunningProgram> = system
        .processes()
        .iter()
        .filter(|(pid, process)| Some(**pid) != own && process.thread_kind().is_none())
        // Threads of the kernel have no memory and no command.
        .filter(|(_, process)| process.memory() > 0 || !process.cmd().is_empty())
        .map(|(pid, process)| RunningProgram {
            pid: pid.as_u32(),
            name: process.name().to_string_lossy().into_owned(),
            command: process.cmd().iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" "),
            rss_bytes: Some(process.memory()).filter(|bytes| *bytes > 0),
            runs_for: Duration::from_secs(process.run_time()),
        })
        .collect();
    programs.sort_by(|a, b| b.rss_bytes.cmp(&a.rss_bytes).then_with(|| a.pid.cmp(&b.pid)));
    programs
}
