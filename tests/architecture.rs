//! The directions in which the parts may know of each other, read off their `use` lines.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The part that a file belongs to: `plan` for `src/plan/forecast.rs`, `record` for `src/record.rs`.
fn part_of(source: &Path, root: &Path) -> String {
    let relative = source.strip_prefix(root).expect("inside");
    let first = relative.components().next().expect("a name").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// Each `crate::part` that a source names outside of comments, with its line.
fn named_parts(text: &str) -> Vec<(usize, String)> {
    let mut parts = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for (at, prefix) in code.match_indices("crate::") {
            // Another crate's own macros name theirs with `$crate::`.
            if code[..at].ends_with('$') {
                continue;
            }
            let rest = &code[at + prefix.len()..];
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            if end > 0 {
                parts.push((number + 1, rest[..end].to_owned()));
            }
        }
    }
    parts
}

#[test]
fn data_flows_one_way() {
    // What a part must not know of.
    let forbidden: [(&str, &[&str]); 15] = [
        (
            "plate",
            &[
                "pipeline", "plan", "memory", "engine", "record", "compare", "chart", "export", "demo",
                "cli", "app", "ui",
            ],
        ),
        (
            "image",
            &[
                "plate", "pipeline", "plan", "memory", "engine", "record", "compare", "chart", "export",
                "demo", "cli", "app", "ui",
            ],
        ),
        (
            "pipeline",
            &["plan", "memory", "engine", "record", "compare", "chart", "export", "demo", "cli", "app", "ui"],
        ),
        ("plan", &["memory", "engine", "record", "compare", "chart", "export", "demo", "cli", "app", "ui"]),
        (
            "memory",
            &[
                "plate", "pipeline", "plan", "engine", "record", "compare", "chart", "export", "demo", "cli",
                "app", "ui",
            ],
        ),
        (
            "events",
            &[
                "memory", "engine", "record", "compare", "chart", "study", "export", "demo", "cli", "app",
                "ui",
            ],
        ),
        ("engine", &["chart", "export", "demo", "cli", "app", "ui"]),
        ("record", &["engine", "compare", "chart", "export", "demo", "cli", "app", "ui"]),
        ("compare", &["engine", "chart", "export", "demo", "cli", "app", "ui"]),
        ("chart", &["engine", "study", "export", "demo", "cli", "app", "ui"]),
        ("study", &["engine", "chart", "export", "demo", "cli", "app", "ui"]),
        ("export", &["demo", "cli", "app", "ui"]),
        ("demo", &["plan", "memory", "engine", "record", "compare", "chart", "export", "cli", "app", "ui"]),
        ("cli", &["app", "ui"]),
        ("app", &["cli", "ui"]),
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 50, "the sources were not found");
    let mut wrong = Vec::new();
    for file in &files {
        let part = part_of(file, &root);
        let text = fs::read_to_string(file).expect("readable");
        let Some((_, forbidden)) = forbidden.iter().find(|(name, _)| *name == part) else { continue };
        for (line, named) in named_parts(&text) {
            if forbidden.contains(&named.as_str()) {
                wrong.push(format!("{}:{line}: {part} names {named}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_window_names_its_toolkit_and_only_calls_of_the_system_are_unsafe() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for file in &files {
        let part = part_of(file, &root);
        let text = fs::read_to_string(file).expect("readable");
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let toolkit =
                ["egui::", "eframe::", "rfd::", "egui_plot::"].iter().any(|name| code.contains(name));
            if toolkit && !["app", "ui", "main"].contains(&part.as_str()) {
                wrong.push(format!("{}:{}: names the toolkit", file.display(), number + 1));
            }
            let is_system_call =
                ["memory/arena/mapped.rs", "memory/page_cache.rs"].iter().any(|name| file.ends_with(name));
            if ["unsafe ", "unsafe{"].iter().any(|word| code.contains(word)) && !is_system_call {
                wrong.push(format!("{}:{}: unsafe", file.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_waits_for_files_has_threads_of_its_own() {
    let shares_work =
        ["par_iter", "par_chunks", "par_sort", "par_bridge", "rayon::spawn", "rayon::join", "rayon::scope"];
    let opens_files =
        ["fs::", "File::", "forget_file", "cached_bytes", "measure_with", "decode_", "write_tiff"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let (mut sharing, mut wrong) = (0, Vec::new());
    for file in &files {
        let text = fs::read_to_string(file).expect("readable");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default().lines();
        let code: Vec<&str> = code.map(|line| line.split("//").next().unwrap_or_default()).collect();
        let has = |words: &[&str]| code.iter().any(|line| words.iter().any(|word| line.contains(word)));
        // With `install` it goes to threads that were made for it.
        if has(&shares_work) && !has(&[".install("]) {
            sharing += 1;
            if has(&opens_files) {
                wrong.push(file.display().to_string());
            }
        }
    }
    assert!(sharing > 10, "what computes was not found");
    assert!(wrong.is_empty(), "a slow disk holds up all that computes: {}", wrong.join(", "));
}

#[test]
fn named_parts_are_found() {
    let text = "use crate::plan::Plan;\n// crate::ui\nlet a = crate::image::x(crate::plate::y);\n$crate::z\n";
    let named: Vec<_> = named_parts(text).into_iter().map(|(_, part)| part).collect();
    assert_eq!(named, ["plan", "image", "plate"]);
}

#[test]
fn files_are_opened_and_written_in_one_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| part_of(file, &root) != "disk") {
        let text = fs::read_to_string(file).expect("readable");
        // Tests prepare what they need as they like; what the system tells of itself is no file.
        for (number, line) in
            text.lines().take_while(|line| !line.starts_with("#[cfg(") || !line.contains("test")).enumerate()
        {
            let code = line.split("//").next().unwrap_or_default();
            let calls = [
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
            if !code.contains("\"/proc/") && calls.iter().any(|call| code.contains(call)) {
                wrong.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
            }
            // Who asks for a place to write to has it checked for plates, too.
            if code.contains("Destination::checked") && !file.ends_with("plate/destination.rs") {
                wrong.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
