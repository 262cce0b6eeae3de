//! Room is that of the file system to which results go.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr)] // a test that is skipped says so

use std::path::Path;
use std::process::Command;

use super::support::{full_well, write_plate};
use super::{stepwell, text};

/// A file system in memory, which no list of disks has.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    fn mounted(at: &'a Path) -> Option<Self> {
        std::fs::create_dir(at).expect("writable");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=6m", "none"]).arg(at).output();
        mount.is_ok_and(|mount| mount.status.success()).then_some(Self(at))
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(self.0).output());
    }
}

#[test]
fn a_run_into_a_small_file_system_is_refused_before_it_begins() {
    let root = tempfile::tempdir().expect("a folder");
    let at = |name: &str| root.path().join(name);
    let out = at("small");
    let Some(_small) = Small::mounted(&out) else {
        eprintln!("skipped: no file system may be mounted here");
        return;
    };
    let keys = full_well(4, 1, 2, 1);
    for (plate, sites) in [("large", 4), ("small plate", 1)] {
        std::fs::create_dir(at(plate)).expect("writable");
        let keys: Vec<_> = keys.iter().copied().filter(|key| key.site <= Some(sites)).collect();
        write_plate(&at(plate), &keys, 1024, 1024);
    }
    let new = out.join("new/results");
    for (plate, out, code) in [("large", &out, 2), ("large", &new, 2), ("small plate", &new, 0)] {
        let output = stepwell(&["run", text(&at(plate)), "--mode", "bulk", "--out", text(out)]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{plate}: {said}");
        assert_eq!(said.contains("will be written there"), code == 2, "{plate}: {said}");
        assert!(!out.join("large").exists(), "it has not begun");
    }
    let demo = out.join("demo");
    let output = stepwell(&["demo", text(&demo), "--size", "1024x1024", "--sites", "4"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("are free"), "{said}");
}
