//! How a program ended, and whether that was for memory.

use std::process::ExitStatus;

use super::record::WatchedEnd;
use crate::machine::MemoryKills;

/// The signal by which the system ends a program, for memory or because somebody asks for it.
const KILL: i32 = 9;

/// How a program ended that this one has started. What the system had ended for memory before it began and when it was over tells
/// whether it was one of them.
pub(super) fn end_of(status: ExitStatus, before: MemoryKills, after: MemoryKills) -> WatchedEnd {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        if let Some(signal) = status.signal() {
            return WatchedEnd::Killed { signal, for_memory: signal == KILL && after.are_more_than(before) };
        }
    }
    let _told_nowhere_else = (KILL, before, after);
    status.code().map_or(WatchedEnd::Unknown, |code| WatchedEnd::Exited { code })
}

impl WatchedEnd {
    /// The exit code that a shell gives for it; `None` where it has not ended or that is not known.
    pub fn exit_code(self) -> Option<i32> {
        match self {
            Self::Exited { code } => Some(code),
            Self::Killed { signal, .. } => Some(128 + signal),
            Self::StillRunning | Self::Unknown => None,
        }
    }

    /// `ended with exit code 1`.
    pub fn text(self) -> String {
        match self {
            Self::Exited { code: 0 } => "ended".to_owned(),
            Self::Exited { code } => format!("ended with exit code {code}"),
            Self::Killed { for_memory: true, .. } => {
                "was ended by the system because memory ran out".to_owned()
            }
            Self::Killed { signal, .. } => format!("was ended by signal {signal}{}", signal_name(signal)),
            Self::StillRunning => "goes on, and is watched no more".to_owned(),
            Self::Unknown => "has ended; how is not known".to_owned(),
        }
    }
}

/// ` (SIGKILL)`; the signals of which the number is the same on all systems.
fn signal_name(signal: i32) -> &'static str {
    match signal {
        1 => " (SIGHUP)",
        2 => " (SIGINT)",
        3 => " (SIGQUIT)",
        4 => " (SIGILL)",
        6 => " (SIGABRT)",
        8 => " (SIGFPE)",
        KILL => " (SIGKILL)",
        11 => " (SIGSEGV)",
        13 => " (SIGPIPE)",
        15 => " (SIGTERM)",
        _ => "",
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn a_program_was_ended_for_memory_where_the_system_counts_one_more() {
        let kills = |group, system| MemoryKills { group, system };
        let none = kills(None, None);
        let killed = |signal, for_memory| WatchedEnd::Killed { signal, for_memory };
        // The form of a status is that of wait(2): the signal, or the exit code above it.
        let table = [
            (0, none, none, WatchedEnd::Exited { code: 0 }),
            (3 << 8, none, none, WatchedEnd::Exited { code: 3 }),
            (9, none, none, killed(9, false)),
            (9, kills(Some(4), Some(7)), kills(Some(4), Some(7)), killed(9, false)),
            (9, kills(Some(4), None), kills(Some(5), None), killed(9, true)),
            (9, kills(None, Some(7)), kills(None, Some(8)), killed(9, true)),
            (15, kills(Some(4), Some(7)), kills(Some(5), Some(8)), killed(15, false)),
        ];
        for (status, before, after, expected) in table {
            assert_eq!(end_of(ExitStatus::from_raw(status), before, after), expected);
        }
        assert_eq!(killed(9, true).exit_code(), Some(137));
        assert_eq!(killed(15, false).text(), "was ended by signal 15 (SIGTERM)");
    }
}
