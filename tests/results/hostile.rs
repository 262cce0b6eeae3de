//! Records with names that other programs could take for something else: for markup, for a formula.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use stepwell::events::{EventKind, FailedImage};
use stepwell::plate::ImageKey;
use stepwell::record::{RunRecord, record_files};

use crate::support::{full_well, program, write_plate};

/// A text in the place of each name in a record.
fn named(record: &RunRecord, text: &str) -> RunRecord {
    let mut record = record.clone();
    let text = || text.to_owned();
    record.run = text();
    (record.plate.name, record.plan.plate) = (text(), text());
    record.plan.steps.iter_mut().for_each(|step| *step = text());
    if let Some(machine) = &mut record.machine {
        (machine.system, machine.stepwell) = (text(), text());
    }
    let key = ImageKey::new("A01".parse().expect("a well"), 1, 1, 1, 1);
    record.summary.failed.push(FailedImage { key, path: PathBuf::from(text()), why: text(), further: 0 });
    for event in &mut record.events {
        event.run = text();
        match &mut event.kind {
            EventKind::StepStarted { name, .. } => *name = text(),
            EventKind::Started { plan, machine, .. } => {
                plan.steps.iter_mut().for_each(|step| *step = text());
                machine.system = text();
            }
            _ => {}
        }
    }
    for output in &mut record.outputs {
        output.path = Some(text());
    }
    record
}

/// The report of runs, made of such records.
fn report(folder: &Path, records: &[RunRecord]) -> PathBuf {
    let runs = folder.join("runs");
    for (nth, record) in records.iter().enumerate() {
        let run = runs.join(nth.to_string());
        std::fs::create_dir_all(&run).expect("writable");
        std::fs::write(run.join("record.ron"), record.to_ron().expect("text")).expect("writable");
    }
    let out = folder.join("report");
    let output = Command::new(program()).arg("report").arg(&runs).arg("--out").arg(&out).output();
    let output = output.expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    out
}

fn records(folder: &Path) -> Vec<RunRecord> {
    let [plate, results] = ["plate", "results"].map(|name| folder.join(name));
    std::fs::create_dir(&plate).expect("writable");
    write_plate(&plate, &full_well(2, 2, 2, 1), 32, 24);
    let compare = Command::new(program())
        .arg("compare")
        .arg(&plate)
        .args(["--sequential", "channel", "--keep-images", "none", "--out"])
        .arg(&results)
        .output()
        .expect("the program starts");
    assert!(compare.status.success(), "{}", String::from_utf8_lossy(&compare.stderr));
    record_files(&results.join("plate"), &mut Vec::new())
        .iter()
        .map(|file| RunRecord::read(file).expect("a record"))
        .collect()
}

/// The tags of a page as a browser finds them, with the names of their attributes, and how many there are.
fn tags(page: &str) -> BTreeMap<String, usize> {
    let mut tags: BTreeMap<String, usize> = BTreeMap::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            *tags.entry("comment".to_owned()).or_default() += 1;
            rest = comment.find("-->").map_or("", |end| &comment[end..]);
            continue;
        }
        if !rest.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/' || first == '!') {
            continue;
        }
        // Values are in quotes, and no other text has any.
        let mut quoted = false;
        let mut tag = String::new();
        for character in rest.chars() {
            match character {
                '"' => quoted = !quoted,
                '>' if !quoted => break,
                _ if !quoted => tag.push(character),
                _ => {}
            }
        }
        let name = tag.split_whitespace().next().unwrap_or_default().to_owned();
        if let "script" | "style" = name.as_str() {
            // All is text until the end of it; but for what begins as a comment, where scripts may be nested.
            let end = rest.find(&format!("</{name}")).expect("it ends");
            assert!(!rest[..end].contains("<!--"), "{}", &rest[..end]);
            rest = &rest[end..];
        }
        *tags.entry(tag).or_default() += 1;
    }
    tags
}

#[test]
fn no_name_is_taken_for_markup() {
    let folder = tempfile::tempdir().expect("a folder");
    let records = records(folder.path());
    let page = |text: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        let named: Vec<RunRecord> = records.iter().map(|record| named(record, text)).collect();
        let out = report(folder.path(), &named);
        let read = |name: &str| std::fs::read_to_string(out.join(name)).expect("written");
        (read("report.html"), read("memory.svg"))
    };
    let (plain_page, plain_picture) = page("plain");
    let (plain, picture) = (tags(&plain_page), tags(&plain_picture));
    assert!(plain["h2"] > 8, "{plain:?}");
    // The names of its elements and of their attributes, in whatever order.
    fn names_in(tag: &str) -> impl Iterator<Item = &str> {
        tag.split_whitespace().map(|name| name.trim_end_matches('/'))
    }
    let names_in_picture: BTreeSet<&str> = picture.keys().flat_map(|tag| names_in(tag)).collect();
    let is_of_chart = |tag: &str| names_in(tag).all(|name| names_in_picture.contains(name));
    for text in [
        "<!--<script>",
        "<!--<script",
        "--></script><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onload='alert(1)",
        "</title></style></textarea></svg></h2><h2>",
        "]]><!DOCTYPE html [<!ENTITY a \"b\">]>&a;&lt;b&gt;",
        "\u{2028}<\u{0}script\u{0}>",
    ] {
        let (hostile_page, hostile_picture) = page(text);
        let found = tags(&hostile_page);
        // Which labels a chart has, and which are led to their dots by a line, depends on how long they are and on when what
        // happened; all else has its number.
        for (tag, count) in &found {
            let is_known = plain.get(tag) == Some(count) || is_of_chart(tag);
            assert!(is_known, "{text:?}: {count} × {tag}");
        }
        let strange: Vec<String> =
            tags(&hostile_picture).into_keys().filter(|tag| !is_of_chart(tag)).collect();
        assert_eq!(strange, Vec::<String>::new(), "{text:?}");
        // What the script of the page reads is all there.
        let mut data = hostile_page.split(r#"<script type="application/json">"#).skip(1);
        assert!(data.clone().count() > 0);
        let is_json = |data: &str| {
            let (data, _) = data.split_once("</script>").expect("it ends");
            let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
            data["runs"].as_array().is_some_and(|runs| runs.len() == 2)
        };
        assert!(data.all(is_json), "{text:?}");
    }
}

#[test]
fn no_name_is_taken_for_a_formula() {
    let folder = tempfile::tempdir().expect("a folder");
    let records = records(folder.path());
    let cells = |text: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        let named: Vec<RunRecord> = records.iter().map(|record| named(record, text)).collect();
        let out = report(folder.path(), &named);
        let mut cells = Vec::new();
        for table in ["runs", "combinations", "samples", "events", "outputs"] {
            let mut reader = csv::Reader::from_path(out.join(format!("{table}.csv"))).expect("a table");
            for row in reader.records() {
                cells.extend(row.expect("a row").iter().map(ToOwned::to_owned));
            }
        }
        cells
    };
    let is_formula = |cell: &String| {
        cell.trim_start_matches(|c: char| c.is_whitespace() || c == '"').starts_with(['=', '+', '-', '@'])
            && cell.parse::<f64>().is_err()
    };
    let plain = cells("plain, \"quoted\"");
    let places: Vec<usize> = (0..plain.len()).filter(|at| plain[*at].contains("plain, \"quoted\"")).collect();
    assert!(places.len() > 20 && !plain.iter().any(is_formula));
    for text in ["=1+1", "@SUM(1)", "-2+3", "+1-1", "\t=1", " \"=1"] {
        let cells = cells(text);
        assert_eq!(cells.len(), plain.len(), "{text:?}");
        let found: Vec<&String> = cells.iter().filter(|cell| is_formula(cell)).collect();
        assert!(found.is_empty(), "{text:?}: {found:?}");
        // Nothing but an apostrophe is added.
        assert!(places.iter().all(|at| cells[*at].replace('\'', "").contains(text)), "{text:?}");
    }
    // Numbers and all other text are written as they are.
    let places: Vec<usize> = places.into_iter().filter(|at| plain[*at] == "plain, \"quoted\"").collect();
    for text in ["-5", "+3.2e4", "a=b", "DAPI-1"] {
        let cells = cells(text);
        assert!(places.iter().all(|at| cells[*at] == text), "{text:?}");
    }
}
