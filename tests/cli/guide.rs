//! README and the guide, held against the program: each command that they show does what it is shown for, each option and
//! pipeline that they name exists.
//!
//! Names in capital letters (`PLATE`, `RUN`) are folders beside each other, in which a page's commands are run one after
//! the other, from its first to its last.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::documents::{Document, Fence, documents};
use crate::planted::copy;
use crate::{stepwell, support, text};

/// Commands that are shown and not run here, and why.
const NOT_RUN: [(&str, &str); 6] = [
    ("cargo run --release -- --demo", "builds the program, as this test does"),
    ("cargo test", "is what runs this test"),
    ("stepwell", "opens the window"),
    ("stepwell PLATE", "opens the window"),
    ("stepwell --demo", "opens the window"),
    ("snakemake --profile profiles/slurm", "needs Snakemake and a cluster: tests/cluster/ways.sh"),
];

/// Options of other programs, of which the documents speak without naming the program in the same piece of code.
const OPTIONS_OF_OTHERS: [&str; 1] = ["--flip-y"];

/// The pages that are read by those who use the program.
fn pages() -> impl Iterator<Item = Document> {
    documents().into_iter().filter(|document| document.is_page() || document.path == "README.md")
}

fn fences(info: &str) -> Vec<Fence> {
    let is_of = |fence: &Fence| fence.info.split(' ').next() == Some(info);
    pages().flat_map(|page| page.fences()).filter(is_of).collect()
}

/// The folders that the commands name, with a copy of a plate.
fn prepare(folder: &Path, plate: &Path) {
    let copied = folder.join("PLATE");
    copy(plate, &copied);
    for (option, name) in [("--into", "RUN"), ("--out", "RESULTS")] {
        let (plate, results) = (text(&copied), folder.join(name));
        let output = stepwell(&["run", plate, "--mode", "bulk", "--wells", "A01", option, text(&results)]);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    // Images of any names.
    let images = folder.join("FOLDER");
    fs::create_dir(&images).expect("writable");
    support::write_plate(&images, &support::full_well(1, 1, 1, 1), 16, 16);
    let image = fs::read_dir(&images).expect("a folder").next().expect("an image").expect("readable").path();
    for name in ["A01_s1_DAPI.tif", "A02_s1_DAPI.tif"] {
        fs::copy(&image, images.join(name)).expect("writable");
    }
    fs::remove_file(image).expect("ours");
}

#[test]
#[cfg(unix)] // by the shell for which they are written
fn every_command_that_is_shown_works() {
    let program = support::program();
    let plate = tempfile::tempdir().expect("a folder");
    let size = ["--wells", "2", "--sites", "2", "--planes", "2", "--size", "48x48"];
    let output = stepwell(&[&["demo", text(plate.path())][..], &size].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut tried = 0;
    for page in pages() {
        let fences: Vec<Fence> =
            page.fences().into_iter().filter(|fence| fence.info.starts_with("sh")).collect();
        if fences.is_empty() {
            continue;
        }
        let folder = tempfile::tempdir().expect("a folder");
        prepare(folder.path(), plate.path());
        for fence in fences {
            let code = fence.info.split_once("exit=").map_or(0, |(_, code)| code.parse().expect("a code"));
            for command in fence.text.lines() {
                let arguments = command.strip_prefix("stepwell ");
                let arguments = arguments.unwrap_or_else(|| panic!("{}: {command}", fence.place));
                let output = Command::new("sh")
                    .args(["-c", &format!("\"$0\" {arguments}"), text(&program)])
                    .current_dir(folder.path())
                    .env("HOME", folder.path())
                    .output()
                    .expect("a shell");
                let said = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.code(), Some(code), "{}: {command}: {said}", fence.place);
                tried += 1;
            }
        }
    }
    assert!(tried >= 20, "only {tried} commands are shown");
}

#[test]
fn commands_that_are_not_run_here_are_listed() {
    let mut listed: BTreeSet<&str> = NOT_RUN.iter().map(|(command, _)| *command).collect();
    for fence in fences("console") {
        for line in fence.text.lines() {
            // What is said of a command stands to its right.
            let command = line.split("  ").next().unwrap_or(line).trim();
            assert!(
                NOT_RUN.iter().any(|(known, _)| *known == command),
                "{}: {command}: as sh it would be run, else it is to be listed here",
                fence.place
            );
            listed.remove(command);
        }
    }
    assert!(listed.is_empty(), "no page shows {listed:?}");
}

#[test]
fn every_option_that_is_named_exists() {
    let help = |arguments: &[&str]| String::from_utf8(stepwell(arguments).stdout).expect("UTF-8");
    let commands =
        ["demo", "scan", "plan", "run", "compare", "resume", "merge", "report", "workflow", "watch"];
    let helps: String =
        commands.iter().map(|command| help(&[command, "--help"])).chain([help(&["--help"])]).collect();
    let is_sign = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
    let known: BTreeSet<&str> = helps.split(is_sign).filter(|word| word.starts_with("--")).collect();
    let mut named = 0;
    for page in pages() {
        for (code, line) in page.code() {
            let first = code.split(' ').next().unwrap_or_default();
            if !(first.starts_with("--") || first == "stepwell" || commands.contains(&first)) {
                continue;
            }
            let is_option = |word: &&str| {
                word.strip_prefix("--").is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
            };
            for option in code.split(is_sign).filter(is_option) {
                let is_there = known.contains(option) || OPTIONS_OF_OTHERS.contains(&option);
                assert!(is_there, "{}:{line}: no command has {option}", page.path);
                named += 1;
            }
        }
    }
    assert!(named > 30, "only {named} options are named");
}

#[test]
fn every_pipeline_that_is_shown_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut shown: Vec<(String, String)> =
        fences("ron").into_iter().map(|fence| (fence.place, fence.text)).collect();
    for page in pages() {
        let is_step = |code: &str| {
            code.starts_with(|c: char| c.is_ascii_uppercase()) && code.ends_with("))") && code.contains("((")
        };
        let steps = page.code().into_iter().filter(|(code, _)| is_step(code));
        shown.extend(
            steps.map(|(code, line)| (format!("{}:{line}", page.path), format!("(steps: [(step: {code})])"))),
        );
    }
    assert!(shown.len() > 15, "only {} pipelines are shown", shown.len());
    let file = folder.path().join("pipeline.ron");
    for (place, pipeline) in shown {
        fs::write(&file, pipeline).expect("writable");
        let read = stepwell::pipeline::file::read(&file).unwrap_or_else(|error| panic!("{place}: {error}"));
        assert_eq!(read.check(), Ok(()), "{place}");
    }
}
