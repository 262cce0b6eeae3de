//! What files say and what they are called, on a terminal: it is read and does nothing. JSON tells it exactly.

use std::path::Path;

use serde_json::Value;
use stepwell::record::{RECORD_FILE, RunRecord};

use super::support::{full_well, write_plate};
use super::{json, stepwell, text};

/// Clears the screen, sets the title, turns around what follows; a control character of two bytes.
const EVIL: &str = "\u{1b}[2J\u{1b}]0;title\u{7}\u{202e}gnp\u{9b}31m";
const WRITTEN_OUT: &str = "\\u{1b}[2J\\u{1b}]0;title\\u{7}\\u{202e}gnp\\u{9b}31m";

/// A plate whose channel and one file have such a name.
fn write_evil_plate(folder: &Path) {
    write_plate(folder, &full_well(2, 1, 2, 1), 16, 16);
    let plan = format!(
        "\"HTSInfoFile\", Version 1.0\n\"NWavelengths\", 1\n\"WaveName1\", \"{EVIL}\"\n\"EndFile\"\n"
    );
    std::fs::write(folder.join("plate.HTD"), plan).expect("writable");
    #[cfg(unix)]
    std::fs::write(folder.join(format!("{EVIL}\n.tif")), "").expect("writable");
}

fn does_something(c: char) -> bool {
    (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c)
}

#[test]
fn nothing_of_a_file_is_obeyed_by_a_terminal() {
    let root = tempfile::tempdir().expect("a folder");
    let [plate, results, other] = ["plate", "results", "other"].map(|name| root.path().join(name));
    for folder in [&plate, &other] {
        std::fs::create_dir(folder).expect("writable");
    }
    write_evil_plate(&plate);
    // No plate, and its files are named in the refusal. Windows has no files of such names.
    #[cfg(unix)]
    std::fs::write(other.join(format!("{}.tif", &EVIL[..4])), "x").expect("writable");
    let out = text(&results);
    let commands: [&[&str]; 6] = [
        &["scan", text(&plate)],
        &["scan", text(&plate), "--images"],
        &["plan", text(&plate)],
        &["run", text(&plate), "--mode", "bulk", "--out", out],
        &["compare", text(&plate), "--sequential", "site", "--out", out],
        &["scan", text(&other)],
    ];
    let mut said = String::new();
    for command in commands {
        let output = stepwell(command);
        for stream in [&output.stdout, &output.stderr] {
            let stream = std::str::from_utf8(stream).expect("UTF-8");
            assert!(!stream.contains(does_something), "{command:?}: {stream:?}");
            said.push_str(stream);
        }
    }
    assert!(said.contains(WRITTEN_OUT), "{said}");
    #[cfg(unix)]
    assert!(said.contains(&format!("{WRITTEN_OUT}\\n.tif")), "{said}");

    let output = stepwell(&["scan", text(&plate), "--json", "--images"]);
    let printed = std::str::from_utf8(&output.stdout).expect("UTF-8");
    assert!(!printed.contains(does_something), "{printed:?}");
    assert_eq!(json(&output)["components"]["channel"][0]["name"], EVIL);
    let output = stepwell(&["run", text(&plate), "--mode", "bulk", "--out", out, "--json"]);
    let printed = std::str::from_utf8(&output.stdout).expect("UTF-8");
    assert!(!printed.contains(does_something), "{printed:?}");
    let last: Value = serde_json::from_str(printed.lines().last().expect("a line")).expect("JSON");
    assert_eq!(last["event"], "Ended");
}

#[test]
fn a_log_has_one_line_for_each_thing_that_happened() {
    let root = tempfile::tempdir().expect("a folder");
    let [plate, results] = ["plate", "results"].map(|name| root.path().join(name));
    std::fs::create_dir(&plate).expect("writable");
    write_evil_plate(&plate);
    // It cannot be read, and its path is told.
    let lost = plate.join("plate_A01_s2_w1_z2_t1.tif");
    std::fs::write(&lost, "no image").expect("writable");
    stepwell(&["run", text(&plate), "--mode", "bulk", "--out", text(&results)]);
    let run = std::fs::read_dir(results.join("plate")).expect("a folder").flatten().map(|entry| entry.path());
    let run = run.into_iter().find(|path| path.join(RECORD_FILE).is_file()).expect("a run");
    let log = std::fs::read_to_string(run.join("run.log")).expect("a log");
    assert!(log.lines().count() > 3 && !log.contains(does_something), "{log}");
    let begins_with_time = |line: &str| line.starts_with("20") && line.contains('T');
    assert!(log.lines().all(begins_with_time), "{log}");
}

#[test]
fn a_record_with_numbers_that_no_run_has_is_told() {
    let root = tempfile::tempdir().expect("a folder");
    let stored = std::fs::read_to_string("tests/data/record-v1.ron").expect("the stored record");
    let table = [
        ("threads: 2,\n    ),\n    plan", "threads: 18446744073709551615,\n    ),\n    plan", "threads is"),
        (
            "threads: 2,\n    ),\n    plan",
            "threads: 1025,\n    ),\n    plan",
            "1,025 threads: choose 1 to 1,024",
        ),
        (
            "threads: 2,\n    ),\n    plan",
            "threads: 2,\n        wells_at_once: 0,\n    ),\n    plan",
            "0 wells",
        ),
        ("wall_secs: 0.012493995", "wall_secs: NaN", "wall_secs is NaN"),
        ("wall_secs: 0.012493995", "wall_secs: -1.0", "wall_secs is -1"),
        ("peak_counted_bytes: 1536", "peak_counted_bytes: 18446744073709551615", "peak_counted_bytes is"),
    ];
    for (place, (from, to, expected)) in table.into_iter().enumerate() {
        let folder = root.path().join(place.to_string());
        std::fs::create_dir(&folder).expect("writable");
        let changed = stored.replacen(from, to, 1);
        assert_ne!(changed, stored, "{from}");
        std::fs::write(folder.join(RECORD_FILE), changed).expect("writable");
        let why = RunRecord::read(&folder).expect_err(to).to_string();
        assert!(why.contains(expected), "{why}");
        // Also where only its head is read.
        let head = RunRecord::read_head(&folder.join(RECORD_FILE)).expect_err(to).to_string();
        assert!(head.contains(expected), "{head}");
        let output = stepwell(&["report", text(&folder), "--out", text(&root.path().join("report"))]);
        assert_eq!(output.status.code(), Some(3), "{output:?}");
    }
}

/// As large as the numbers of a record may be: what is worked out of them is a number still.
#[test]
fn a_report_of_the_largest_numbers_is_made() {
    let root = tempfile::tempdir().expect("a folder");
    let stored = std::fs::read_to_string("tests/data/record-v1.ron").expect("the stored record");
    let most = (1_u64 << 60).to_string();
    for (place, mode) in ["sequential", "bulk"].into_iter().enumerate() {
        let mut changed = String::new();
        for line in stored.lines() {
            let mut rest = line;
            // Every number behind the name of bytes, seconds, or of what is counted.
            while let Some((before, after)) = rest.split_once(": ") {
                changed.push_str(before);
                changed.push_str(": ");
                let name =
                    before.rsplit(|c: char| !(c.is_ascii_lowercase() || c == '_')).next().unwrap_or_default();
                let is_some = after.starts_with("Some(");
                let after = after.strip_prefix("Some(").unwrap_or(after);
                if is_some {
                    changed.push_str("Some(");
                }
                let digits =
                    after.find(|c: char| !(c.is_ascii_digit() || ".e-".contains(c))).unwrap_or(after.len());
                let counted =
                    ["images", "images_at_once", "combinations", "outputs", "saved", "groups", "cores"];
                let is_bytes =
                    name.ends_with("bytes") || name.starts_with("rss") || name.starts_with("counted");
                match &after[..digits] {
                    "" => {}
                    _ if name.ends_with("secs") && name != "started_unix_secs" => changed.push_str("1e15"),
                    _ if is_bytes || counted.contains(&name) || name == "started_unix_secs" => {
                        changed.push_str(&most);
                    }
                    number => changed.push_str(number),
                }
                rest = &after[digits..];
            }
            changed.push_str(rest);
            changed.push('\n');
        }
        let changed = changed.replace("mode: sequential", &format!("mode: {mode}"));
        assert!(changed.matches(&most).count() > 20, "{changed}");
        let folder = root.path().join(place.to_string());
        std::fs::create_dir(&folder).expect("writable");
        std::fs::write(folder.join(RECORD_FILE), changed).expect("writable");
        let record = RunRecord::read(&folder).expect("plausible");
        assert_eq!(record.summary.peak_counted_bytes, 1 << 60);
        assert!(!record.combinations().is_empty());
    }
    let records: Vec<String> = ["0", "1"].map(|place| text(&root.path().join(place)).to_owned()).into();
    let report = root.path().join("report");
    for some in [&records[..1], &records[1..], &records[..]] {
        let mut arguments = vec!["report"];
        arguments.extend(some.iter().map(String::as_str));
        arguments.extend(["--out", text(&report)]);
        let output = stepwell(&arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !said.contains("panicked"), "{said}");
    }
}
