//! What a container or a job scheduler lets this process have: the memory limits of the control groups that it is in.
//!
//! A process is in a group, which lies in others, and each may have a limit: a job scheduler limits the job, and the
//! steps of the job are groups in it. So what is left is the least, over all of them, of a group's limit less what that
//! group uses as a whole. Page cache goes when memory is wanted and does not count as used; shared memory (`/dev/shm`)
//! stays and counts. Sources: the kernel's documents `cgroup-v1/memory.rst` and `cgroup-v2.rst`, and `proc(5)` for the
//! files of a process. Deliberately absent: swap, which a run is not meant to use.

use std::fs;
use std::path::{Path, PathBuf};

/// The memory of the groups of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// The lowest limit.
    pub(super) limit_bytes: u64,
    /// What the groups have left of their limits, at least.
    pub(super) left_bytes: u64,
}

/// A limit from here on is none: version 1 says "no limit" with the largest number of pages.
const NO_LIMIT: u64 = 1 << 60;

/// How a version of control groups tells what is allowed and used.
struct Files {
    limit: &'static str,
    usage: &'static str,
    /// Entries of `memory.stat` that are page cache of files, with that of the groups within.
    cache: [&'static str; 2],
    /// The file with the number of processes that were ended because memory ran out.
    kills: &'static str,
}

const VERSION_1: Files = Files {
    limit: "memory.limit_in_bytes",
    usage: "memory.usage_in_bytes",
    cache: ["total_inactive_file", "total_active_file"],
    kills: "memory.oom_control",
};
const VERSION_2: Files = Files {
    limit: "memory.max",
    usage: "memory.current",
    cache: ["inactive_file", "active_file"],
    kills: "memory.events",
};

/// The limits of this process; `None` where nothing limits it, or no system tells.
pub(super) fn own() -> Option<Limits> {
    let of_process = |file: &str| read(Path::new(&format!("/proc/self/{file}")));
    of(&of_process("cgroup")?, &of_process("mountinfo")?, &read)
}

/// How many processes the system has ended because memory ran out, at one moment; `None` where it does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MemoryKills {
    /// In the control group.
    pub(crate) group: Option<u64>,
    /// On the whole computer.
    pub(crate) system: Option<u64>,
}

impl MemoryKills {
    /// Until now, in the group of a process, or in that of this one.
    pub(crate) fn now(pid: Option<u32>) -> Self {
        let of = pid.map_or_else(|| "self".to_owned(), |pid| pid.to_string());
        let groups = || {
            Some((read(Path::new(&format!("/proc/{of}/cgroup")))?, read(Path::new("/proc/self/mountinfo"))?))
        };
        Self {
            group: groups().and_then(|(cgroup, mountinfo)| kills_of(&cgroup, &mountinfo, &read)),
            system: read(Path::new("/proc/vmstat")).and_then(|text| counted(&text, "oom_kill")),
        }
    }

    /// So many more than at a moment before, of the group where that is told, else of the whole computer.
    pub(crate) fn since(self, before: Self) -> Option<u64> {
        let more = |now: Option<u64>, before: Option<u64>| Some(now?.saturating_sub(before?));
        more(self.group, before.group).or_else(|| more(self.system, before.system))
    }

    /// Whether the system has ended any since a moment before.
    pub(crate) fn are_more_than(self, before: Self) -> bool {
        let system = self.system.zip(before.system).is_some_and(|(now, before)| now > before);
        system || self.since(before).is_some_and(|more| more > 0)
    }
}

/// What the innermost group of a process tells.
fn kills_of(cgroup: &str, mountinfo: &str, read: &dyn Fn(&Path) -> Option<String>) -> Option<u64> {
    folders(cgroup, mountinfo)
        .into_iter()
        .find_map(|(folder, _, files)| counted(&read(&folder.join(files.kills))?, "oom_kill"))
}

/// A number of a file with a name and a number on each line.
fn counted(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().filter_map(|line| line.split_once(' '));
    lines.find(|(entry, _)| *entry == name).and_then(|(_, number)| number.trim().parse().ok())
}

/// A file that the system makes up.
fn read(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// The limits of a process, given its files `cgroup` and `mountinfo`, and how to read others.
fn of(cgroup: &str, mountinfo: &str, read: &dyn Fn(&Path) -> Option<String>) -> Option<Limits> {
    let mut least: Option<Limits> = None;
    for (folder, top, files) in folders(cgroup, mountinfo) {
        for group in folder.ancestors().take_while(|group| group.starts_with(&top)) {
            let Some(limits) = of_group(group, files, read) else { continue };
            least = Some(least.map_or(limits, |least| Limits {
                limit_bytes: least.limit_bytes.min(limits.limit_bytes),
                left_bytes: least.left_bytes.min(limits.left_bytes),
            }));
        }
    }
    least
}

fn of_group(group: &Path, files: &Files, read: &dyn Fn(&Path) -> Option<String>) -> Option<Limits> {
    let number = |file: &str| read(&group.join(file))?.trim().parse::<u64>().ok();
    let limit_bytes = number(files.limit).filter(|limit| *limit < NO_LIMIT)?;
    let stat = read(&group.join("memory.stat")).unwrap_or_default();
    let cache = files.cache.iter().filter_map(|name| counted(&stat, name)).sum::<u64>();
    let used = number(files.usage).unwrap_or(0).saturating_sub(cache);
    Some(Limits { limit_bytes, left_bytes: limit_bytes.saturating_sub(used) })
}

/// The folders of the groups of a process that may limit its memory, each with the topmost that is seen from here.
fn folders(cgroup: &str, mountinfo: &str) -> Vec<(PathBuf, PathBuf, &'static Files)> {
    let mut folders = Vec::new();
    for line in cgroup.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(number), Some(controllers), Some(path)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let (files, kind) = match (number, controllers) {
            ("0", "") => (&VERSION_2, "cgroup2"),
            (_, names) if names.split(',').any(|name| name == "memory") => (&VERSION_1, "cgroup"),
            _ => continue,
        };
        let mount = mountinfo.lines().find_map(|line| mounted(line, kind));
        let Some((root, place)) = mount else { continue };
        // Paths that begin with `..` lie outside of what a container sees: its own group is at the top.
        let inside = Path::new(path).strip_prefix(&root).unwrap_or(Path::new(""));
        let inside = if path.starts_with("/..") { Path::new("") } else { inside };
        folders.push((place.join(inside), place, files));
    }
    folders
}

/// Which part of the groups a line of `mountinfo` shows, and where, if it is of this kind and of memory.
fn mounted(line: &str, kind: &str) -> Option<(PathBuf, PathBuf)> {
    let (before, after) = line.split_once(" - ")?;
    let mut after = after.split(' ');
    let (found, options) = (after.next()?, after.nth(1).unwrap_or(""));
    if found != kind || (kind == "cgroup" && !options.split(',').any(|option| option == "memory")) {
        return None;
    }
    let mut fields = before.split(' ').skip(3);
    Some((unescaped(fields.next()?), unescaped(fields.next()?)))
}

/// A path as `mountinfo` writes it, with spaces and the like as octal numbers.
fn unescaped(path: &str) -> PathBuf {
    path.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\").into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const GB: u64 = 1_000_000_000;

    fn limits(cgroup: &str, mountinfo: &str, files: &[(&str, String)]) -> Option<(u64, u64)> {
        let files: BTreeMap<&Path, &String> =
            files.iter().map(|(path, text)| (Path::new(*path), text)).collect();
        let found = of(cgroup, mountinfo, &|path| files.get(path).map(|text| (*text).clone()));
        found.map(|limits| (limits.limit_bytes, limits.left_bytes))
    }

    const MOUNT_2: &str = "30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
    const MOUNT_1: &str = "36 32 0:33 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
                           37 32 0:34 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";

    #[test]
    fn a_limit_of_a_group_above_is_less_what_that_group_uses() {
        // A job of 2 GB with two steps: this one has used 0.1 GB, the other 1.4 GB, of which 0.3 GB are shared memory;
        // 0.4 GB of page cache are no use.
        let job = "/sys/fs/cgroup/job_7";
        let files = [
            (format!("{job}/memory.max"), (2 * GB).to_string()),
            (format!("{job}/memory.current"), "1900000000\n".to_owned()),
            (
                format!("{job}/memory.stat"),
                format!("anon {GB}\nshmem 300000000\ninactive_file 300000000\nactive_file 100000000\n"),
            ),
            (format!("{job}/step_0/memory.max"), "max\n".to_owned()),
            (format!("{job}/step_0/memory.current"), "100000000\n".to_owned()),
        ];
        let files: Vec<(&str, String)> =
            files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
        assert_eq!(limits("0::/job_7/step_0\n", MOUNT_2, &files), Some((2 * GB, 500_000_000)));
        // Nothing limits the other.
        assert_eq!(limits("0::/elsewhere\n", MOUNT_2, &files), None);
        // The step is limited to less, and has less left.
        let mut tighter = files.clone();
        tighter[3].1 = "350000000".to_owned();
        assert_eq!(limits("0::/job_7/step_0\n", MOUNT_2, &tighter), Some((350_000_000, 250_000_000)));
    }

    #[test]
    fn what_was_ended_for_memory_is_counted_in_its_group() {
        let told = |path: &str, text: &str| {
            let file = (path.to_owned(), text.to_owned());
            move |asked: &Path| (asked == Path::new(&file.0)).then(|| file.1.clone())
        };
        let events = told("/sys/fs/cgroup/job_7/memory.events", "low 0\nmax 12\noom 3\noom_kill 2\n");
        assert_eq!(kills_of("0::/job_7\n", MOUNT_2, &events), Some(2));
        assert_eq!(kills_of("0::/job_8\n", MOUNT_2, &events), None);
        let control =
            told("/sys/fs/cgroup/memory/job_7/memory.oom_control", "oom_kill_disable 0\noom_kill 5\n");
        assert_eq!(kills_of("4:memory:/job_7\n", MOUNT_1, &control), Some(5));
        let kills = |group, system| MemoryKills { group, system };
        // Each: now, before, how many more, whether any.
        let table = [
            (kills(Some(3), Some(9)), kills(Some(1), Some(1)), Some(2), true),
            (kills(None, Some(9)), kills(None, Some(1)), Some(8), true),
            (kills(Some(1), Some(9)), kills(Some(1), Some(8)), Some(0), true),
            (kills(None, None), kills(Some(1), None), None, false),
        ];
        for (now, before, more, any) in table {
            assert_eq!((now.since(before), now.are_more_than(before)), (more, any));
        }
    }

    #[test]
    fn version_1_is_read_by_its_own_names() {
        let job = "/sys/fs/cgroup/memory/slurm/job_7";
        let files = [
            (format!("{job}/memory.limit_in_bytes"), GB.to_string()),
            (format!("{job}/memory.usage_in_bytes"), "800000000".to_owned()),
            (
                format!("{job}/memory.stat"),
                "cache 5\ninactive_file 1\ntotal_inactive_file 200000000\ntotal_active_file 70000000\n"
                    .to_owned(),
            ),
            (format!("{job}/step_1/memory.limit_in_bytes"), "9223372036854771712".to_owned()),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes".to_owned(), "9223372036854771712".to_owned()),
        ];
        let files: Vec<(&str, String)> =
            files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
        let cgroup = "9:name=systemd:/x\n4:cpu,cpuacct:/y\n3:memory:/slurm/job_7/step_1\n0::/\n";
        assert_eq!(limits(cgroup, MOUNT_1, &files), Some((GB, 470_000_000)));
    }

    #[test]
    fn a_container_sees_its_own_group_at_the_top() {
        let files = [
            ("/sys/fs/cgroup/memory.max", GB.to_string()),
            ("/sys/fs/cgroup/memory.current", "1".to_owned()),
        ];
        for (cgroup, root) in [("0::/\n", "/"), ("0::/docker/ab12\n", "/docker/ab12"), ("0::/../../x\n", "/")]
        {
            let mount = format!("30 25 0:26 {root} /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
            assert_eq!(limits(cgroup, &mount, &files), Some((GB, GB - 1)), "{cgroup}");
        }
        assert_eq!(limits("", "", &files), None);
        assert_eq!(limits("nonsense\n0::", "nonsense - cgroup2", &files), None);
    }
}
