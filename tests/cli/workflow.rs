//! The files of a workflow, and what their commands do without a cluster: the shell of this system does for a job what
//! Snakemake or Slurm would.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use stepwell::app::SeenRun;
use stepwell::plate::{ImageKey, WellId};

use super::support::{full_well, write_plate};
use super::{json, stepwell, text};

/// A name of a folder in which most of what a shell or a script could take for its own occurs.
const NAME: &str = "it's a {plate} $HOME `x` \"y\" & 細胞";

/// The same, but for what Snakemake itself does not bear in the name of the folder that it works in.
const FOLDER: &str = "it's a $HOME `x` \"y\" & 細胞";

fn plate(folder: &Path, wells: u32) -> PathBuf {
    let plate = folder.join(NAME);
    fs::create_dir(&plate).expect("writable");
    let of_well = |well: WellId| full_well(1, 2, 1, 1).into_iter().map(move |key| ImageKey { well, ..key });
    let keys: Vec<ImageKey> =
        (0..wells).filter_map(|column| WellId::at(0, column)).flat_map(of_well).collect();
    write_plate(&plate, &keys, 16, 16);
    plate
}

fn workflow(plate: &Path, out: &Path, more: &[&str]) -> Output {
    let how =
        ["workflow", text(plate), "--out", text(out), "--mode", "sequential", "--sequential", "channel"];
    stepwell(&[&how, more].concat())
}

/// The lines of the table of jobs as what their head says.
fn jobs(folder: &Path) -> Vec<BTreeMap<String, String>> {
    let table = fs::read_to_string(folder.join("jobs.tsv")).expect("a table");
    let mut lines = table.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let head = lines.next().expect("a head");
    lines.map(|line| head.iter().cloned().zip(line).collect()).collect()
}

/// The settings of Snakemake's rules, of which each is a line.
fn config(folder: &Path) -> BTreeMap<String, Value> {
    let config = fs::read_to_string(folder.join("config.yaml")).expect("settings");
    let lines = config.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line.split_once(": ").expect("a setting");
            (name.to_owned(), serde_json::from_str(value).expect("a value"))
        })
        .collect()
}

/// A word as Python's `shlex.quote` writes it.
fn quoted(word: &str) -> String {
    let is_safe = |letter: char| letter.is_ascii_alphanumeric() || "@%_-+=:,./".contains(letter);
    if !word.is_empty() && word.chars().all(is_safe) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\"'\"'"))
}

/// The command of a rule as Snakemake gives it to the shell.
fn command(folder: &Path, rule: &str, values: &BTreeMap<String, String>) -> String {
    let snakefile = fs::read_to_string(folder.join("Snakefile")).expect("a Snakefile");
    let (_, rule) = snakefile.split_once(&format!("rule {rule}:\n")).expect("the rule");
    let (_, shell) = rule.split_once("    shell:\n").expect("its command");
    let lines = shell.lines().map(str::trim).take_while(|line| line.starts_with('"') && line.ends_with('"'));
    let pattern: String = lines.map(|line| &line[1..line.len() - 1]).collect();
    assert!(pattern.len() > 20 && !pattern.contains('\\'), "{pattern}");
    let settings = config(folder);
    let value = |field: &str| match field.strip_prefix("config[").and_then(|rest| rest.split_once(']')) {
        Some((name, format)) => match (&settings[name], format) {
            (Value::String(word), ":q") => quoted(word),
            (Value::Array(words), ":q") => {
                words.iter().map(|word| quoted(word.as_str().expect("a word"))).collect::<Vec<_>>().join(" ")
            }
            (Value::Number(number), "") => number.to_string(),
            other => panic!("{field}: {other:?}"),
        },
        None => values.get(field).unwrap_or_else(|| panic!("{field} is not known")).clone(),
    };
    let (mut command, mut rest) = (String::new(), pattern.as_str());
    while let Some(at) = rest.find(['{', '}']) {
        command.push_str(&rest[..at]);
        if rest[at..].starts_with("{{") || rest[at..].starts_with("}}") {
            command.push_str(&rest[at..=at]);
            rest = &rest[at + 2..];
        } else {
            let (field, after) = rest[at + 1..].split_once('}').expect("a field");
            command.push_str(&value(field));
            rest = after;
        }
    }
    command + rest
}

/// Does a command in a folder as Snakemake does, with a program `stepwell` in the path.
fn shell(folder: &Path, programs: &Path, command: &str) -> Option<i32> {
    let path = format!("{}:{}", text(programs), std::env::var("PATH").unwrap_or_default());
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", command]).current_dir(folder).env("PATH", path);
    bash.stdout(Stdio::null()).status().expect("bash").code()
}

/// A folder with a program, a text for the shell.
fn program(folder: &Path, name: &str, script: &str) -> PathBuf {
    let programs = folder.join("programs");
    fs::create_dir_all(&programs).expect("writable");
    let path = programs.join(name);
    fs::write(&path, script).expect("writable");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
    programs
}

/// Keeps its words, a line each, and ends with the code in `code`.
const RECORDER: &str = "#!/bin/sh\nfor word in \"$@\"; do printf '%s\\n' \"$word\"; done > \"$PWD/words\"\n\
                        exit \"$(cat \"$PWD/code\")\"\n";

fn of_job(job: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let values = [
        ("params.wells", job["wells"].as_str()),
        ("threads", "3"),
        ("resources.mem_mb", job["mem_mb"].as_str()),
        ("log", "log"),
    ];
    values.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

#[test]
fn every_word_of_a_job_reaches_the_program() {
    let place = tempfile::tempdir().expect("a folder");
    let plate = plate(place.path(), 3);
    let programs = program(place.path(), "stepwell", RECORDER);
    let into = place.path().join("results {x} 'y'");
    let folder = place.path().join(FOLDER);
    let more = ["--engine", "snakemake", "--wells-per-job", "2", "--into", text(&into)];
    let output = workflow(&plate, &folder, &more);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let jobs = jobs(&folder);
    let names: Vec<_> = jobs.iter().map(|job| [job["job"].as_str(), job["wells"].as_str()]).collect();
    assert_eq!(names, [["A01", "A01"], ["A02-A03", "A02,A03"]]);
    let job = of_job(&jobs[1]);
    let budget = format!("{}MB", job["resources.mem_mb"].parse::<u64>().expect("a number") * 80 / 100);
    let run = [
        "run",
        text(&plate),
        "--mode",
        "sequential",
        "--sequential",
        "channel",
        "--pipeline",
        "pipeline.ron",
    ];
    let run = [
        &run[..],
        &["--into", text(&into), "--no-merge", "--wells", "A02,A03", "--threads", "3", "--budget", &budget],
    ]
    .concat();
    let merge = ["merge", text(&into)];
    // What Stepwell ends with, and what the job does: 1 is a job done.
    for (code, expected) in [(0, 0), (1, 0), (2, 2), (4, 4), (5, 5), (137, 137)] {
        for (rule, words) in [("wells", &run[..]), ("merge", &merge[..])] {
            fs::write(folder.join("code"), code.to_string()).expect("writable");
            assert_eq!(
                shell(&folder, &programs, &command(&folder, rule, &job)),
                Some(expected),
                "{rule} {code}"
            );
            let seen = fs::read_to_string(folder.join("words")).expect("words");
            assert_eq!(seen.lines().collect::<Vec<_>>(), words, "{rule}");
        }
    }
}

/// Does what `sbatch` is asked to at once: all tasks of an array, one after the other, or a single job.
const SBATCH: &str = r#"#!/bin/bash
set -u
tasks=0 echoed=7
while [ "${1#--}" != "$1" ]; do
  case $1 in
  --array=*) tasks=${1#--array=1-} ;;
  --chdir=*) cd "${1#--chdir=}" ;;
  esac
  printf '%s\n' "$1" >> "$PWD/submitted"
  shift
done
echo $echoed
for task in $(seq "$tasks"); do SLURM_ARRAY_TASK_ID=$task bash "$@" >&2; done
if [ "$tasks" = 0 ]; then bash "$@" >&2; fi
"#;

/// Keeps its words, a line for each call, and does not do well A02 at the first attempt.
const FAILS_ONCE: &str = "#!/bin/bash\nprintf '%s|' \"$@\" >> \"$PWD/calls\"\necho >> \"$PWD/calls\"\n\
                          case \"$*\" in\n*'--wells A02 '*) test -e \"$PWD/tried\" || \
                          { touch \"$PWD/tried\"; exit 4; } ;;\n\
                          *'--wells A03 '*) exit 1 ;;\nesac\n";

#[test]
fn an_array_is_submitted_again_for_what_is_not_done() {
    let place = tempfile::tempdir().expect("a folder");
    let plate = plate(place.path(), 3);
    program(place.path(), "sbatch", SBATCH);
    let programs = program(place.path(), "stepwell", FAILS_ONCE);
    let folder = place.path().join(NAME.replace("plate", "workflow"));
    let into = "/there/results {x} 'y'";
    let there = "/there/plate \"z\" $X";
    let more = ["--engine", "slurm", "--wells-per-job", "1", "--into-there", into, "--plate-there", there];
    let output = workflow(&plate, &folder, &more);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        shell(place.path(), &programs, &format!("bash {}/submit.sh --account=lab", quoted(text(&folder)))),
        Some(0)
    );
    let mem_mb: u64 = jobs(&folder)[0]["mem_mb"].parse().expect("a number");
    let call = |well: &str, attempt: u64| {
        let budget = mem_mb * attempt * 80 / 100;
        let threads = config_threads(&folder);
        format!(
            "run|{there}|--mode|sequential|--sequential|channel|--pipeline|pipeline.ron|--into|{into}|--no-merge|--wells|{well}|\
             --threads|{threads}|--budget|{budget}MB|"
        )
    };
    let calls = fs::read_to_string(folder.join("calls")).expect("calls");
    let expected = [call("A01", 1), call("A02", 1), call("A03", 1), call("A02", 2), format!("merge|{into}|")];
    assert_eq!(calls.lines().collect::<Vec<_>>(), expected);
    let submitted = fs::read_to_string(folder.join("submitted")).expect("options");
    let options = |name: &str| -> Vec<_> {
        submitted.lines().filter_map(|line| line.strip_prefix(name)).map(str::to_owned).collect()
    };
    let memory = [1, 2, 3].map(|attempt| format!("{}M", mem_mb * attempt));
    assert_eq!(options("--mem=")[..3], memory);
    assert_eq!(options("--array="), ["1-3"; 3]);
    assert_eq!(options("--dependency="), ["afterany:7"; 3]);
    assert_eq!(options("--account="), ["lab"; 4]);
}

fn config_threads(folder: &Path) -> String {
    let settings = fs::read_to_string(folder.join("settings.sh")).expect("settings");
    settings.lines().find_map(|line| line.strip_prefix("threads=")).expect("threads").to_owned()
}

#[test]
fn a_workflow_has_a_folder_of_its_own() {
    let place = tempfile::tempdir().expect("a folder");
    let plate = plate(place.path(), 2);
    let folder = place.path().join("workflow");
    let braces = place.path().join("a {b}");
    let in_plate = plate.join("workflow");
    // The folder, options, the exit code, and what is said.
    let table: [(&Path, &[&str], i32, &str); 6] = [
        (&folder, &["--engine", "snakemake"], 0, ""),
        (&folder, &["--engine", "slurm"], 0, ""),
        (&in_plate, &["--engine", "slurm"], 2, "never written to"),
        (&braces, &["--engine", "slurm"], 0, ""),
        (&braces, &["--engine", "snakemake"], 2, "braces"),
        (&folder, &["--engine", "snakemake", "--budget", "20MB"], 4, "more than the 20.0 MB"),
    ];
    for (folder, more, code, said) in table {
        let output = workflow(&plate, folder, more);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{more:?}: {error}");
        assert!(error.contains(said), "{more:?}: {error}");
    }
    assert!(!in_plate.exists());
    fs::create_dir(folder.join("done")).expect("writable");
    let output = workflow(&plate, &folder, &["--engine", "snakemake"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("have started"));
}

#[test]
fn the_document_has_what_each_job_needs() {
    let place = tempfile::tempdir().expect("a folder");
    let plate = plate(place.path(), 3);
    let folder = place.path().join("workflow");
    let more = ["--engine", "slurm", "--wells", "A01,A03", "--container", "/images/stepwell.sif", "--json"];
    let output = workflow(&plate, &folder, &[&more[..], &["--wells-per-job", "1"]].concat());
    let document = json(&output);
    let names: Vec<_> =
        document["jobs"].as_array().expect("jobs").iter().map(|job| job["wells"].clone()).collect();
    assert_eq!(names, [serde_json::json!(["A01"]), serde_json::json!(["A03"])]);
    for job in document["jobs"].as_array().expect("jobs") {
        // A worker at rest needs some megabytes, and so does the process beside it.
        assert!(job["memory_mb"].as_u64().is_some_and(|mb| (50..500).contains(&mb)), "{job}");
        assert!(job["minutes"].as_u64().is_some_and(|minutes| minutes >= 10), "{job}");
    }
    assert_eq!(document["command"], format!("cd {} && bash submit.sh", text(&folder)));
    let settings = fs::read_to_string(folder.join("settings.sh")).expect("settings");
    let program = settings.lines().find(|line| line.starts_with("program=")).expect("the program");
    assert!(program.starts_with("program=(apptainer exec --mount ") && program.contains(",ro"), "{program}");
    assert!(program.ends_with(" /images/stepwell.sif stepwell)"), "{program}");
}

/// The images of a run, by their places in it.
fn images(run: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![run.join("images")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("tif")) {
                let place = path.strip_prefix(run).expect("below").to_owned();
                found.insert(place, fs::read(&path).expect("readable"));
            }
        }
    }
    found
}

/// What the window sees of a run folder: the wells that are done, how many are wanted, whether it is put together.
fn seen(run: &Path) -> Result<(Vec<String>, usize, bool), String> {
    let seen = SeenRun::look(run, &mut BTreeMap::new())?;
    assert!(seen.working.is_empty(), "nobody is at work: {:?}", seen.working);
    for (well, progress) in &seen.done {
        let progress = progress.unwrap_or_else(|| panic!("{well} is read"));
        assert!(
            progress.failed == 0 && progress.peak_rss_bytes.is_none_or(|peak| peak > 1_000_000),
            "{progress:?}"
        );
    }
    Ok((seen.done.keys().map(ToString::to_string).collect(), seen.wanted.len(), seen.is_merged))
}

#[test]
fn the_commands_of_a_snakefile_do_the_plate() {
    let place = tempfile::tempdir().expect("a folder");
    let plate = plate(place.path(), 3);
    let programs = place.path().join("programs");
    fs::create_dir(&programs).expect("writable");
    std::os::unix::fs::symlink(super::program(), programs.join("stepwell")).expect("a link");
    let folder = place.path().join(FOLDER);
    let output = workflow(&plate, &folder, &["--engine", "snakemake", "--wells-per-job", "2"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let mut told = vec![seen(&folder.join("run"))];
    // The last first: the order does not matter.
    let jobs = jobs(&folder);
    for job in jobs.iter().rev() {
        let command = command(&folder, "wells", &of_job(job));
        let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert_eq!(shell(&folder, &programs, &command), Some(0), "{}", log());
        assert!(!folder.join("run/record.ron").exists(), "it is put together in the end");
        told.push(seen(&folder.join("run")));
    }
    assert_eq!(shell(&folder, &programs, &command(&folder, "merge", &of_job(&jobs[0]))), Some(0));
    told.push(seen(&folder.join("run")));
    let expected = [
        Err("No job has started in this folder yet.".to_owned()),
        Ok((vec!["A02".to_owned(), "A03".to_owned()], 2, false)),
        Ok((vec!["A01".to_owned(), "A02".to_owned(), "A03".to_owned()], 3, false)),
        Ok((vec!["A01".to_owned(), "A02".to_owned(), "A03".to_owned()], 3, true)),
    ];
    assert_eq!(told, expected);
    let merged = json(&stepwell(&["merge", text(&folder.join("run")), "--json"]));
    assert_eq!((&merged["wells"], &merged["undone"]), (&Value::from(3), &Value::Array(Vec::new())));
    let local = place.path().join("local");
    let how =
        ["run", text(&plate), "--mode", "sequential", "--sequential", "channel", "--into", text(&local)];
    assert_eq!(stepwell(&how).status.code(), Some(0));
    let (there, here) = (images(&folder.join("run")), images(&local));
    assert_eq!(here.len(), 6);
    assert!(there == here, "{:?} and {:?}", there.keys(), here.keys());
}
