//! Any folder of images by a pattern for their names: as a plate of a known format, and told where it is none.

use stepwell::record::RunRecord;

use super::support::{full_well, write_plate};
use super::{json, stepwell, text};

/// The images of a well, named as no format does.
fn write_odd_folder(folder: &std::path::Path) {
    write_plate(folder, &full_well(2, 2, 3, 1), 16, 16);
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let name = entry.file_name().into_string().expect("text");
        let odd = name
            .replace("plate_A01_s", "cells at 1A, field ")
            .replace("_w1", " nuclei")
            .replace("_w2", " actin");
        std::fs::rename(entry.path(), folder.join(odd.replace("_z", " slice").replace("_t1", "")))
            .expect("renamed");
    }
}

#[test]
fn a_folder_of_any_names_is_scanned_planned_run_and_compared() {
    let root = tempfile::tempdir().expect("a folder");
    let [odd, results] = ["odd", "results"].map(|name| root.path().join(name));
    std::fs::create_dir(&odd).expect("writable");
    write_odd_folder(&odd);
    let (odd, out) = (text(&odd), text(&results));

    // The refusal says what would read it, and that does.
    let refused = stepwell(&["scan", odd]);
    assert_eq!(refused.status.code(), Some(3));
    let said = String::from_utf8(refused.stderr).expect("text");
    let line = said.lines().find_map(|line| line.trim().strip_prefix("--pattern '")).expect("a suggestion");
    let (pattern, about) = line.rsplit_once("'  ").expect("a pattern");
    assert_eq!(about, "(1 well, 2 channels, 2 sites, 3 planes)", "{said}");

    let scanned = json(&stepwell(&["scan", odd, "--pattern", pattern, "--json"]));
    assert_eq!(
        (&scanned["pattern"], &scanned["images"], &scanned["missing"]),
        (&pattern.into(), &12.into(), &0.into())
    );
    let channels = scanned["components"]["channel"].as_array().expect("a list");
    let names: Vec<_> = channels.iter().filter_map(|channel| channel["name"].as_str()).collect();
    assert_eq!(names, ["actin", "nuclei"]);
    let planned = stepwell(&["plan", odd, "--pattern", pattern, "--json", "--out", out]);
    assert_eq!(
        (planned.status.code(), json(&planned)["choices"].as_array().map(Vec::is_empty)),
        (Some(0), Some(false))
    );
    let compared =
        stepwell(&["compare", odd, "--pattern", pattern, "--sequential", "channel", "--json", "--out", out]);
    let compared = json(&compared);
    assert_eq!(compared["outputs"]["different"], serde_json::json!([]), "{compared}");
    let record = compared["sequential"]["record"].as_str().expect("a path");
    let record = RunRecord::read(record.as_ref()).expect("a record");
    assert_eq!(record.plate.pattern.as_deref(), Some(pattern));
}

#[test]
fn a_pattern_that_is_none_is_wrong_usage_and_one_that_does_not_fit_opens_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    write_odd_folder(folder.path());
    let folder = text(folder.path());
    for (pattern, code, expected) in [
        ("(?P<well>", 2, "this is not a regular expression: unclosed group, at character 1"),
        ("(?P<well>.)(?=x)", 2, "is a look-ahead, which Python knows and Stepwell does not"),
        ("(?P<wel>.)", 2, "no group of this pattern has one of the names"),
        ("(?P<well>X9)", 3, "the pattern reads none of the 12 images here"),
        ("at (?P<well>1A)", 3, "would both be image A01_s1_w1_z1_t1, and the same with 10 more files"),
    ] {
        for command in [
            &["scan", folder][..],
            &["run", folder, "--mode", "bulk"],
            &["compare", folder, "--sequential", "site"],
        ] {
            let output = stepwell(&[command, &["--pattern", pattern]].concat());
            let said = String::from_utf8(output.stderr).expect("text");
            // The line of an option's fault is wrapped by the terminal's width.
            let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(output.status.code(), Some(code), "{command:?} {pattern}: {said}");
            assert!(said.contains(expected), "{command:?} {pattern}: {said}");
        }
    }
}
