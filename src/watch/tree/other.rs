//! The processes of a program where only sysinfo tells of them. It tells no shared memory, and of a process whose parent has ended no parent.

use std::collections::BTreeSet;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::Seen;

/// A program and its processes.
#[derive(Debug)]
pub(in super::super) struct Tree {
    root: Pid,
    system: System,
    members: BTreeSet<Pid>,
    seen: u32,
}

impl Tree {
    /// The tree of a process, which is there; `None` where it is not.
    pub(in super::super) fn of(root: u32, _adopts: bool) -> Option<Self> {
        let mut tree = Self {
            root: Pid::from_u32(root),
            system: System::new().ok()?,
            members: BTreeSet::new(),
            seen: 0,
        };
        tree.find();
        tree.members.contains(&tree.root).then_some(tree)
    }

    /// Looks for processes that have been started since, and at the memory of all.
    pub(in super::super) fn find(&mut self) {
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind());
        if self.system.process(self.root).is_some() && self.members.insert(self.root) {
            self.seen += 1;
        }
        loop {
            let is_child = |pid: &Pid| {
                let parent = self.system.process(*pid).and_then(sysinfo::Process::parent);
                !self.members.contains(pid) && parent.is_some_and(|parent| self.members.contains(&parent))
            };
            let found: Vec<Pid> =
                self.system.processes().keys().copied().filter(|pid| is_child(pid)).collect();
            if found.is_empty() {
                break;
            }
            self.seen = self.seen.saturating_add(found.len() as u32);
            self.members.extend(found);
        }
    }

    /// Looks at the memory of all; those that have ended leave the tree.
    pub(in super::super) fn look(&mut self) -> Seen {
        let members: Vec<Pid> = self.members.iter().copied().collect();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&members), true, kind());
        self.members.retain(|pid| self.system.process(*pid).is_some());
        let mut seen = Seen::default();
        for pid in &self.members {
            seen.add(self.system.process(*pid).map_or(0, sysinfo::Process::memory));
        }
        seen
    }

    /// Not told by this system.
    pub(in super::super) fn shared_out(&self) -> Option<u64> {
        None
    }

    /// Whether the program itself has ended.
    pub(in super::super) fn has_ended(&self) -> bool {
        !self.members.contains(&self.root)
    }

    /// This process becomes no parent of others' children here.
    pub(in super::super) fn reap_adopted(&self) {}

    /// How many processes have been in the tree.
    pub(in super::super) fn processes_seen(&self) -> u32 {
        self.seen
    }

    /// Command line of the program; empty where it is not told.
    pub(in super::super) fn command(&self) -> Vec<String> {
        let words = self.system.process(self.root).map(sysinfo::Process::cmd).unwrap_or_default();
        words.iter().map(|word| word.to_string_lossy().into_owned()).collect()
    }

    /// Whether the program belongs to another user than this one, as far as that is told.
    pub(in super::super) fn is_of_another_user(&self) -> bool {
        let own = sysinfo::get_current_pid().ok().and_then(|own| self.system.process(own)?.user_id());
        let other = self.system.process(self.root).and_then(sysinfo::Process::user_id);
        own.is_some() && other.is_some() && own != other
    }
}

fn kind() -> ProcessRefreshKind {
    let once = UpdateKind::OnlyIfNotSet;
    ProcessRefreshKind::nothing().with_memory().with_cmd(once).with_user(once)
}
