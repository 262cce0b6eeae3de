//! The rules of the house, read off its sources: who may know of whom, no circles, rooms of a bearable size; and off
//! its documents.

mod documents;
mod house;
mod libraries;
#[path = "../support/documents.rs"]
mod pages;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use house::{House, circles, part_of};

/// The parts from the ground up with all that each may import: only parts that stand above it in this list, so
/// that no two can import each other. ARCHITECTURE.md says the same.
const PARTS: [(&str, &[&str]); 39] = [
    ("cancel", &[]),
    ("file_threads", &[]),
    ("folders", &[]),
    ("guide", &[]),
    ("limits", &[]),
    ("local_time", &[]),
    ("machine", &[]),
    ("paging", &[]),
    ("plausible", &["limits"]),
    ("quantity", &[]),
    ("sheet_text", &[]),
    ("shown_text", &[]),
    ("statistics", &[]),
    ("pasted_path", &["folders"]),
    ("disk", &["machine", "quantity"]),
    ("logging", &["disk", "shown_text"]),
    ("own_files", &["disk"]),
    ("image", &["cancel", "disk", "limits"]),
    ("plate", &["cancel", "disk", "file_threads", "image", "limits", "quantity", "shown_text"]),
    ("conditions", &["disk", "limits", "plate", "quantity", "sheet_text", "shown_text"]),
    ("demo", &["cancel", "disk", "file_threads", "image", "limits", "plate"]),
    ("pipeline", &["cancel", "disk", "image", "limits", "plate", "quantity"]),
    ("plan", &["image", "limits", "paging", "pipeline", "plate", "quantity", "sheet_text"]),
    ("memory", &["disk", "image", "machine", "paging", "quantity"]),
    ("events", &["image", "machine", "plan", "plate", "quantity"]),
    (
        "watch",
        &[
            "cancel",
            "disk",
            "events",
            "image",
            "limits",
            "logging",
            "machine",
            "memory",
            "plausible",
            "quantity",
            "shown_text",
        ],
    ),
    (
        "record",
        &[
            "cancel",
            "disk",
            "events",
            "image",
            "limits",
            "local_time",
            "logging",
            "machine",
            "own_files",
            "pipeline",
            "plan",
            "plate",
            "plausible",
            "quantity",
            "shown_text",
            "watch",
        ],
    ),
    ("compare", &["cancel", "disk", "events", "image", "limits", "plan", "plate", "quantity", "record"]),
    (
        "engine",
        &[
            "cancel",
            "compare",
            "conditions",
            "disk",
            "events",
            "file_threads",
            "image",
            "limits",
            "local_time",
            "logging",
            "machine",
            "memory",
            "own_files",
            "pipeline",
            "plan",
            "plate",
            "quantity",
            "record",
            "sheet_text",
        ],
    ),
    ("study", &["compare", "events", "plan", "quantity", "record"]),
    ("chart", &["events", "pipeline", "plan", "plate", "quantity", "record", "shown_text", "watch"]),
    (
        "export",
        &[
            "cancel",
            "chart",
            "compare",
            "disk",
            "events",
            "image",
            "limits",
            "local_time",
            "plan",
            "plate",
            "quantity",
            "record",
            "sheet_text",
            "study",
            "watch",
        ],
    ),
    ("what_if", &["cancel", "disk", "engine", "plan", "plate", "quantity"]),
    ("workflow", &["conditions", "disk", "image", "memory", "pipeline", "plan", "plate", "quantity"]),
    (
        "cli",
        &[
            "cancel",
            "chart",
            "compare",
            "conditions",
            "demo",
            "disk",
            "engine",
            "events",
            "export",
            "file_threads",
            "folders",
            "image",
            "limits",
            "logging",
            "machine",
            "memory",
            "pipeline",
            "plan",
            "plate",
            "quantity",
            "record",
            "shown_text",
            "watch",
            "what_if",
            "workflow",
        ],
    ),
    (
        "app",
        &[
            "cancel",
            "chart",
            "compare",
            "demo",
            "disk",
            "engine",
            "events",
            "export",
            "file_threads",
            "folders",
            "guide",
            "image",
            "limits",
            "machine",
            "memory",
            "own_files",
            "pasted_path",
            "pipeline",
            "plan",
            "plate",
            "quantity",
            "record",
            "shown_text",
            "study",
            "watch",
            "what_if",
            "workflow",
        ],
    ),
    (
        "ui",
        &[
            "app",
            "chart",
            "compare",
            "engine",
            "events",
            "export",
            "folders",
            "guide",
            "image",
            "machine",
            "pipeline",
            "plan",
            "plate",
            "quantity",
            "record",
            "shown_text",
            "study",
            "watch",
            "workflow",
        ],
    ),
    ("main", &["cli", "logging", "ui"]),
    ("lib", &[]),
];

const MOST_FILES: usize = 20;

/// Folders that hold more files than that: one file for each step.
const LARGE_FOLDERS: [&str; 1] = ["pipeline/steps"];

const MOST_STATE_FIELDS: usize = 22;

#[test]
fn each_part_imports_only_what_stands_below_it() {
    let mut above = BTreeSet::new();
    for (part, may_import) in PARTS {
        let wrong: Vec<_> = may_import.iter().filter(|of| !above.contains(*of)).collect();
        assert!(wrong.is_empty(), "{part} may import {wrong:?}, which do not stand above it in the list");
        assert!(above.insert(part), "{part} stands in the list twice");
    }
    let house = House::read();
    let unlisted: BTreeSet<_> =
        house.files().map(|(file, _)| part_of(file)).filter(|part| !above.contains(part)).collect();
    assert!(unlisted.is_empty(), "parts that are not in the list: {unlisted:?}");

    let mut wrong = Vec::new();
    for import in house.imports_of_parts() {
        let part = part_of(&import.file);
        if !PARTS.iter().any(|(name, may)| *name == part && may.contains(&import.of.as_str())) {
            wrong.push(format!("src/{}:{}: {part} imports {}", import.file, import.line, import.of));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_files_import_each_other_around() {
    let house = House::read();
    let imports = house.imports_of_files();
    assert!(imports.len() > 50, "the sources were not found");
    let mut wrong = Vec::new();
    for circle in circles(&imports) {
        for file in &circle {
            let of: Vec<_> = imports[file].intersection(&circle).collect();
            wrong.push(format!("src/{file} imports {of:?}"));
        }
    }
    assert!(wrong.is_empty(), "a circle:\n{}", wrong.join("\n"));
}

#[test]
fn no_folder_is_a_drawer() {
    let house = House::read();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (file, _) in house.files() {
        *counts.entry(file.rsplit_once('/').map_or("", |(folder, _)| folder)).or_default() += 1;
    }
    let large: BTreeSet<_> =
        counts.into_iter().filter(|(_, count)| *count > MOST_FILES).map(|(folder, _)| folder).collect();
    assert_eq!(large, BTreeSet::from(LARGE_FOLDERS), "folders of more than {MOST_FILES} files");
}

#[test]
fn the_windows_state_is_the_sum_of_few_parts() {
    let house = House::read();
    let fields = house.files().find_map(|(_, text)| {
        let (_, body) = text.split_once("struct AppState {")?;
        let (body, _) = body.split_once("\n}")?;
        let is_field = |line: &&str| {
            let line = line.trim();
            !line.starts_with("//") && !line.starts_with('#') && line.contains(": ")
        };
        Some(body.lines().filter(is_field).count())
    });
    let fields = fields.expect("AppState was not found");
    assert!(fields > 1, "the fields were not found");
    assert!(fields <= MOST_STATE_FIELDS, "AppState has {fields} fields");
}

#[test]
fn only_the_window_names_its_toolkit_and_only_calls_of_the_system_are_unsafe() {
    const SYSTEM_CALLS: [&str; 4] =
        ["machine/signals.rs", "machine/windows.rs", "memory/arena/mapped.rs", "memory/page_cache.rs"];
    let house = House::read();
    let mut wrong = Vec::new();
    for (file, text) in house.files() {
        let part = part_of(file);
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let toolkit =
                ["egui::", "eframe::", "rfd::", "egui_plot::"].iter().any(|name| code.contains(name));
            if toolkit && !["app", "ui", "main"].contains(&part) {
                wrong.push(format!("src/{file}:{}: names the toolkit", number + 1));
            }
            let is_unsafe = ["unsafe ", "unsafe{"].iter().any(|word| code.contains(word));
            if is_unsafe && !SYSTEM_CALLS.contains(&file) {
                wrong.push(format!("src/{file}:{}: unsafe", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_waits_for_files_has_threads_of_its_own() {
    let shares_work =
        ["par_iter", "par_chunks", "par_sort", "par_bridge", "rayon::spawn", "rayon::join", "rayon::scope"];
    let opens_files = ["fs::", "File::", "forget_file", "cached_bytes", ".measure(", "decode_", "write_tiff"];
    let house = House::read();
    let (mut sharing, mut wrong) = (0, Vec::new());
    for (file, text) in house.files() {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default().lines();
        let code: Vec<&str> = code.map(|line| line.split("//").next().unwrap_or_default()).collect();
        let has = |words: &[&str]| code.iter().any(|line| words.iter().any(|word| line.contains(word)));
        // With `install` it goes to threads that were made for it.
        if has(&shares_work) && !has(&[".install("]) {
            sharing += 1;
            if has(&opens_files) {
                wrong.push(file);
            }
        }
    }
    assert!(sharing > 10, "what computes was not found");
    assert!(wrong.is_empty(), "a slow disk holds up all that computes: {}", wrong.join(", "));
}

#[test]
fn files_are_opened_and_written_in_one_place() {
    const CALLS: [&str; 9] = [
        "fs::write(",
        "fs::rename(",
        "create_dir",
        "File::create",
        "File::options",
        "OpenOptions",
        "File::open(",
        "fs::read(",
        "fs::read_to_string(",
    ];
    let house = House::read();
    let mut wrong = Vec::new();
    // A log grows line by line, in the program's own folder and in those of its runs.
    for (file, text) in house.files().filter(|(file, _)| !["disk", "logging"].contains(&part_of(file))) {
        // Tests prepare what they need as they like; what the system tells of itself is no file.
        for (number, line) in
            text.lines().take_while(|line| !line.starts_with("#[cfg(") || !line.contains("test")).enumerate()
        {
            let code = line.split("//").next().unwrap_or_default();
            let of_system = code.contains("\"/proc/") || file == "machine/cgroup.rs";
            let calls = !of_system && CALLS.iter().any(|call| code.contains(call));
            // Who asks for a place to write to has it checked for plates, too.
            let unchecked = code.contains("Destination::checked") && file != "plate/destination.rs";
            if calls || unchecked {
                wrong.push(format!("src/{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
