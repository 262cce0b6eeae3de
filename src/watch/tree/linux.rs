//! The processes of a program on Linux, from `/proc` (see `proc(5)`).
//!
//! To look at a process costs some microseconds, to list all of them some hundred, so that these are two things, and only a process that was
//! not there before is asked for its parent.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};

use super::Seen;
use crate::memory::system_page_bytes;

/// The most files of processes that are kept open; others are opened for each look.
const MOST_OPEN: usize = 256;

/// A program and its processes.
#[derive(Debug)]
pub(in super::super) struct Tree {
    root: u32,
    /// The process that gets those of the tree whose parent has ended, where there is one: it has no other children.
    adopter: Option<u32>,
    members: BTreeMap<u32, Option<File>>,
    /// Processes that are not of the tree.
    others: HashSet<u32>,
    /// Members that had no memory at the last look: they have ended, and nobody has waited for them.
    ended: Vec<u32>,
    seen: u32,
    page_bytes: u64,
}

impl Tree {
    /// The tree of a process, which is there; `None` where it is not. Where processes whose parent has ended become children of this
    /// process, `adopts` says so.
    pub(in super::super) fn of(root: u32, adopts: bool) -> Option<Self> {
        let mut tree = Self {
            root,
            adopter: adopts.then(std::process::id),
            members: BTreeMap::new(),
            others: HashSet::new(),
            ended: Vec::new(),
            seen: 0,
            page_bytes: system_page_bytes() as u64,
        };
        parent_of(root)?;
        tree.add(root);
        Some(tree)
    }

    fn add(&mut self, pid: u32) {
        let is_room = self.members.len() < MOST_OPEN;
        let file = is_room.then(|| File::open(format!("/proc/{pid}/statm")).ok()).flatten();
        self.members.insert(pid, file);
        self.seen = self.seen.saturating_add(1);
    }

    /// Looks for processes that have been started since.
    pub(in super::super) fn find(&mut self) {
        let listed = listed();
        let is_new = |pid: &&u32| !self.members.contains_key(*pid) && !self.others.contains(*pid);
        let mut parents: HashMap<u32, u32> =
            listed.iter().filter(is_new).filter_map(|pid| Some((*pid, parent_of(*pid)?))).collect();
        let is_ours =
            |tree: &Self, parent: u32| tree.members.contains_key(&parent) || tree.adopter == Some(parent);
        loop {
            let mut found: Vec<u32> =
                parents.iter().filter(|(_, parent)| is_ours(self, **parent)).map(|(pid, _)| *pid).collect();
            if found.is_empty() {
                break;
            }
            found.sort_unstable();
            for pid in found {
                parents.remove(&pid);
                self.add(pid);
            }
        }
        self.others.extend(parents.into_keys());
        self.others.retain(|pid| listed.contains(pid));
    }

    /// Looks at the memory of all; those that have ended leave the tree.
    pub(in super::super) fn look(&mut self) -> Seen {
        let mut seen = Seen::default();
        let (page_bytes, ended) = (self.page_bytes, &mut self.ended);
        ended.clear();
        self.members.retain(|pid, file| {
            let pages = match file {
                Some(file) => resident_pages(file),
                None => File::open(format!("/proc/{pid}/statm")).ok().and_then(|file| resident_pages(&file)),
            };
            // One that has ended and was not waited for has none, as those of the kernel.
            seen.add(pages.unwrap_or(0) * page_bytes);
            if pages == Some(0) {
                ended.push(*pid);
            }
            pages.is_some()
        });
        seen
    }

    /// Memory of all with what is shared divided among those that share it; `None` where that of one of them is not told. The
    /// system goes through the memory of each, which takes milliseconds.
    pub(in super::super) fn shared_out(&self) -> Option<u64> {
        let of = |pid: &u32| {
            let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
            let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
            line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kb| kb * 1024)
        };
        self.members.keys().map(of).sum::<Option<u64>>().filter(|bytes| *bytes > 0)
    }

    /// Whether the program itself has ended.
    pub(in super::super) fn has_ended(&self) -> bool {
        let state = || stat_fields(self.root)?.into_iter().next();
        !self.members.contains_key(&self.root) || matches!(state().as_deref(), None | Some("Z" | "X"))
    }

    /// Waits for those that have become children of this process and have ended: nobody else can. For the program itself whoever started
    /// it waits.
    pub(in super::super) fn reap_adopted(&self) {
        use rustix::process::{Pid, WaitOptions, waitpid};
        let Some(own) = self.adopter else { return };
        let is_over = |pid: u32| {
            let fields = stat_fields(pid).unwrap_or_default();
            fields.first().is_some_and(|state| state == "Z") && fields.get(1) == Some(&own.to_string())
        };
        for pid in self.ended.iter().filter(|pid| **pid != self.root && is_over(**pid)) {
            if let Some(pid) = Pid::from_raw(pid.cast_signed()) {
                // One that is no child of this process is waited for by another.
                let _waited = waitpid(Some(pid), WaitOptions::NOHANG);
            }
        }
    }

    /// How many processes have been in the tree.
    pub(in super::super) fn processes_seen(&self) -> u32 {
        self.seen
    }

    /// Command line of the program; empty where it is not told.
    pub(in super::super) fn command(&self) -> Vec<String> {
        let bytes = fs::read(format!("/proc/{}/cmdline", self.root)).unwrap_or_default();
        let words = bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
        let mut words: Vec<String> = words.collect();
        // Each word ends with a zero.
        words.pop_if(|word| word.is_empty());
        words
    }

    /// Whether the program belongs to another user than this one.
    pub(in super::super) fn is_of_another_user(&self) -> bool {
        let owner = |of: &str| fs::metadata(format!("/proc/{of}")).ok().map(|process| process.uid());
        owner(&self.root.to_string()) != owner("self")
    }
}

/// The numbers of all processes.
fn listed() -> HashSet<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The fields of a process after its name: state, parent and so on.
fn stat_fields(pid: u32) -> Option<Vec<String>> {
    // The name may have blanks and brackets, and no character of it need be Unicode.
    let bytes = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    Some(text.rsplit_once(") ")?.1.split_ascii_whitespace().take(2).map(str::to_owned).collect())
}

fn parent_of(pid: u32) -> Option<u32> {
    stat_fields(pid)?.get(1)?.parse().ok()
}

/// The second number of `statm`; `None` where the process is gone.
fn resident_pages(statm: &File) -> Option<u64> {
    let mut text = [0; 128];
    let len = statm.read_at(&mut text, 0).ok()?;
    std::str::from_utf8(&text[..len]).ok()?.split_ascii_whitespace().nth(1)?.parse().ok()
}
