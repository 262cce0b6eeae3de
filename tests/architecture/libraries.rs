//! The libraries that are told of in the window, `assets/libraries.csv`, are those that are linked into the program.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The systems for which the program is built.
const TARGETS: [&str; 3] = ["x86_64-unknown-linux-gnu", "x86_64-pc-windows-gnu", "aarch64-apple-darwin"];

type Libraries = BTreeSet<(String, String, String)>;

/// Name, version and licence of all that is linked into the program; `None` where the crates of that system are not there.
fn linked(targets: &[&str], is_offline: bool) -> Option<Libraries> {
    let mut all = Libraries::new();
    for target in targets {
        let mut command = Command::new(env!("CARGO"));
        command.args(["metadata", "--locked", "--format-version=1", "--filter-platform", target]);
        command.args(is_offline.then_some("--offline")).current_dir(env!("CARGO_MANIFEST_DIR"));
        let told = command.output().expect("cargo is there");
        if !told.status.success() {
            return None;
        }
        all.extend(of_metadata(&serde_json::from_slice(&told.stdout).expect("cargo tells JSON")));
    }
    Some(all)
}

fn of_metadata(metadata: &Value) -> Libraries {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let packages: BTreeMap<String, Value> =
        list(&metadata["packages"]).into_iter().map(|package| (text(&package["id"]), package)).collect();
    let nodes: BTreeMap<String, Value> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let root = text(&metadata["resolve"]["root"]);
    let mut waiting = vec![root.clone()];
    let mut known = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if !known.insert(id.clone()) {
            continue;
        }
        // What is only built with, or only tested with, is not in the program.
        let is_linked =
            |dependency: &Value| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
        let further = list(&nodes[&id]["deps"]);
        waiting.extend(further.iter().filter(|dependency| is_linked(dependency)).map(|of| text(&of["pkg"])));
    }
    known.remove(&root);
    let library = |id: &String| {
        let package = &packages[id];
        (text(&package["name"]), text(&package["version"]), text(&package["license"]))
    };
    known.iter().map(library).collect()
}

/// With `UPDATE_SNAPSHOTS` set, makes the list; that takes the crates of all systems.
#[test]
fn the_libraries_that_are_told_of_are_those_in_the_program() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/libraries.csv");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        let all = linked(&TARGETS, false).expect("the crates of all systems");
        let mut text = "library,version,licence\n".to_owned();
        for (name, version, licence) in all {
            writeln!(text, "{name},{version},{licence}").expect("room for a line");
        }
        std::fs::write(&file, text).expect("a place for the list");
    }
    let text = std::fs::read_to_string(&file).expect("the list is there");
    let row = |line: &str| {
        let mut cells = line.splitn(3, ',').map(str::to_owned);
        let mut next = || cells.next().unwrap_or_default();
        (next(), next(), next())
    };
    let told: Libraries = text.lines().skip(1).map(row).collect();
    // What was built here is there; of other systems only what is locked can be told.
    let here = linked(&TARGETS[..1], true).expect("the crates that this test was built with");
    let missing: Vec<_> = here.difference(&told).collect();
    assert!(missing.is_empty(), "not told of: {missing:?}; make the list anew with UPDATE_SNAPSHOTS=1");
    let lock =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).expect("readable");
    for (name, version, licence) in &told {
        let locked = format!("name = \"{name}\"\nversion = \"{version}\"\n");
        assert!(
            lock.replace('\r', "").contains(&locked),
            "{name} {version} is told of and not in the program"
        );
        assert!(!licence.is_empty() && !licence.contains(','), "{name}: {licence}");
    }
}
