//! Other programs that are watched: what passes through, how it ends, what is kept and what is told of it.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crossbeam_channel::unbounded;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use stepwell::plate::{NONE_OPEN, destination};
use stepwell::record::{Past, past_runs};
use stepwell::watch::{
    Ask, Moment, MomentKind, Passing, RuleSet, Target, WatchEvent, WatchRequest, WatchedEnd, WatchedRecord,
    watch,
};

use super::support::program;
use super::{json, stepwell, text};

/// Tells [`holds_memory`] how many bytes it holds, and until which file is there.
const HOLDS: &str = "STEPWELL_TEST_HOLDS";

/// Not a test but the program of one, which is watched.
#[test]
fn holds_memory() {
    let Ok(holds) = std::env::var(HOLDS) else { return };
    let (bytes, file) = holds.split_once(' ').expect("bytes and a file");
    let held = vec![1_u8; bytes.parse().expect("a number")];
    while !Path::new(file).exists() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert!(held.iter().all(|byte| *byte == 1));
}

fn shell(out: &Path, more: &[&str], script: &str) -> Output {
    let mut arguments = vec!["watch", "--out", text(out)];
    arguments.extend(more);
    arguments.extend(["--", "sh", "-c", script]);
    stepwell(&arguments)
}

fn record_in(out: &Path) -> WatchedRecord {
    let mut found = Vec::new();
    past_runs(out, &mut |past| {
        found.push(past.expect("readable"));
        true
    });
    let [Past::Watched(watched)] = found.as_slice() else { panic!("{found:?}") };
    WatchedRecord::read(&watched.folder).expect("a record")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_exit_code_of_the_program_is_that_of_the_command() {
    let exited = |code| WatchedEnd::Exited { code };
    let killed = |signal| WatchedEnd::Killed { signal, for_memory: false };
    let table = [
        ("exit 0", 0, exited(0), "ended after"),
        ("exit 7", 7, exited(7), "ended with exit code 7"),
        ("kill -TERM $$", 143, killed(15), "was ended by signal 15 (SIGTERM)"),
        ("kill -KILL $$", 137, killed(9), "was ended by signal 9 (SIGKILL)"),
    ];
    for (script, code, end, sentence) in table {
        let out = tempfile::tempdir().expect("a folder");
        let output = shell(out.path(), &[], script);
        assert_eq!(output.status.code(), Some(code), "{script}: {}", told(&output));
        assert!(told(&output).contains(sentence), "{script}: {}", told(&output));
        let record = record_in(out.path());
        assert_eq!(record.end, end, "{script}");
        assert_eq!(record.program, ["sh", "-c", script]);
    }
}

#[test]
fn what_cannot_be_watched_is_told_and_leaves_nothing() {
    let out = tempfile::tempdir().expect("a folder");
    let path = out.path().join("results");
    let nobody = u32::MAX / 2;
    let (nobody, own) = (nobody.to_string(), text(&path).to_owned());
    let table: [(&[&str], i32, &str); 5] = [
        (&["watch", "--out", &own, "--", "no-such-program-anywhere"], 2, "cannot be started"),
        (&["watch", "--out", &own, "--pid", &nobody], 3, "there is no process"),
        (&["watch", "--out", &own], 2, "PROGRAM"),
        (&["watch", "--out", &own, "--pid", "1", "--", "true"], 2, "cannot be used with"),
        (&["watch", "--out", &own, "--rules", "nothing", "--", "true"], 2, "openhcs"),
    ];
    for (arguments, code, sentence) in table {
        let output = stepwell(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(told(&output).contains(sentence), "{arguments:?}: {}", told(&output));
    }
    let left = fs::read_dir(path.join("Watched programs")).into_iter().flatten().count();
    assert_eq!(left, 0);
}

#[test]
fn output_passes_through_unchanged_and_is_kept_with_its_times() {
    let out = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(program())
        .args([
            "watch",
            "--out",
            text(out.path()),
            "--",
            "sh",
            "-c",
            "cat; printf 'a\\0\\377b\\n\\nend'; printf 'wrong\\n' >&2",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), b"typed\n").expect("read");
    let output = child.wait_with_output().expect("its output");
    assert_eq!(output.stdout, b"typed\na\0\xffb\n\nend");
    assert!(told(&output).starts_with("wrong\n"), "{}", told(&output));
    let log = fs::read(record_in(out.path()).folder.expect("a folder").join("output.log")).expect("a log");
    let log = String::from_utf8_lossy(&log).into_owned();
    let mut said: Vec<&str> =
        log.lines().filter_map(|line| line.trim_start().split_once(' ')).map(|(_, said)| said).collect();
    said.sort_unstable();
    assert_eq!(said, ["err: wrong", "out: a\0\u{fffd}b", "out: end", "out: typed"]);
    let time = log.lines().next().and_then(|line| line.split_whitespace().next()).expect("a time");
    assert!(time.parse::<f64>().expect("seconds") >= 0.0);
}

#[test]
fn standard_output_is_one_document_where_that_is_asked_for() {
    let out = tempfile::tempdir().expect("a folder");
    let script = "echo 'BULK PRELOAD: Saved 54 files'; \
                  echo \"SEQUENTIAL: Cleared 27 preloaded files from the cache for combination ('1',)\" >&2; \
                  echo \"MEMORY: After clearing ('1',): 1462.2 MB RSS\"";
    let output = shell(out.path(), &["--json", "--name", "both at once", "--rules", "openhcs"], script);
    let document = json(&output);
    let keys = ["name", "end", "exit_code", "images_at_once", "moments", "killed_for_memory"];
    let values = keys.map(|key| document[key].clone());
    assert_eq!(values, ["both at once".into(), "exited".into(), 0.into(), 54.into(), 3.into(), Value::Null]);
    let record = record_in(out.path());
    assert_eq!(record.folder.as_deref(), document["record"].as_str().map(Path::new));
    let kinds: Vec<&MomentKind> = record.moments.iter().map(|moment| &moment.kind).collect();
    assert!(
        kinds.contains(&&MomentKind::Cleared { images: Some(27), combination: Some("('1',)".to_owned()) })
    );
    assert!(told(&output).contains("Saved 54 files"), "the program's output is beside the document");
}

#[test]
fn two_watched_programs_have_a_report_with_a_verdict() {
    let (out, results) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    fs::write(results.path().join("counts.csv"), "1,2\n").expect("writable");
    for name in ["first way", "second way"] {
        let more = ["--name", name, "--outputs", text(results.path())];
        let output = shell(out.path(), &more, "echo begun; sleep 0.2");
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    }
    let report = out.path().join("report");
    let output = stepwell(&["report", text(out.path()), "--out", text(&report), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let document = json(&output);
    let verdict = document["watched_verdict"].as_str().expect("a verdict").to_owned();
    assert!(verdict.contains("the one file of results is the same"), "{verdict}");
    assert_eq!(document["records"], 2);
    let page = fs::read_to_string(report.join("report.html")).expect("a page");
    for text in ["first way", "second way", &verdict.replace('\'', "&#39;"), "The runs differ in"] {
        assert!(page.contains(text), "{text}");
    }
    let table = fs::read_to_string(report.join("watched.csv")).expect("a table");
    assert!(table.starts_with("run,name,program,end,") && table.lines().count() == 3, "{table}");
    assert!(!report.join("runs.csv").exists(), "there was no run");
}

/// A program that is watched, and the lines that the command says.
fn begun(arguments: &[&str]) -> (Child, BufReader<Box<dyn Read>>) {
    let mut child = Command::new(program())
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let is_joined = arguments.contains(&"--pid");
    let said: Box<dyn Read> = match is_joined {
        true => Box::new(child.stderr.take().expect("a pipe")),
        false => Box::new(child.stdout.take().expect("a pipe")),
    };
    (child, BufReader::new(said))
}

fn send(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.cast_signed()).expect("a number"), signal).expect("it is there");
}

#[test]
fn a_request_to_end_is_passed_on_and_ctrl_c_is_the_programs_own() {
    let out = tempfile::tempdir().expect("a folder");
    let script = "trap 'exit 9' TERM; echo ready; while :; do sleep 0.01; done";
    let (mut child, mut said) = begun(&["watch", "--out", text(out.path()), "--", "sh", "-c", script]);
    let mut line = String::new();
    said.read_line(&mut line).expect("a line");
    assert_eq!(line, "ready\n");
    // The program shares the terminal, where Ctrl-C reaches it by itself: one that the command alone gets does nothing.
    send(child.id(), Signal::INT);
    send(child.id(), Signal::TERM);
    assert_eq!(child.wait().expect("a child").code(), Some(9));
    assert_eq!(record_in(out.path()).end, WatchedEnd::Exited { code: 9 });
}

#[test]
fn a_running_program_is_joined_and_goes_on() {
    for is_stopped in [true, false] {
        let out = tempfile::tempdir().expect("a folder");
        let mut other = Command::new("sleep").arg("1000").spawn().expect("sleep");
        let pid = other.id().to_string();
        let (mut child, mut said) = begun(&["watch", "--out", text(out.path()), "--pid", &pid]);
        let mut line = String::new();
        said.read_line(&mut line).expect("a line");
        assert!(line.starts_with("Watching sleep 1000 until it ends"), "{line}");
        send(
            if is_stopped { child.id() } else { other.id() },
            if is_stopped { Signal::INT } else { Signal::KILL },
        );
        // Until it is waited for, one that has ended is there without memory: that is as good as gone.
        assert_eq!(child.wait().expect("a child").code(), Some(0));
        let record = record_in(out.path());
        let end = if is_stopped { WatchedEnd::StillRunning } else { WatchedEnd::Unknown };
        assert_eq!((record.end, record.program), (end, vec!["sleep".to_owned(), "1000".to_owned()]));
        if is_stopped {
            assert_eq!(other.try_wait().expect("a child"), None, "it goes on");
            other.kill().expect("it is there");
        }
        other.wait().expect("a child");
    }
}

#[test]
fn a_program_is_over_at_once_or_has_a_thousand_children() {
    for script in ["exit 0", "i=0; while [ $i -lt 1000 ]; do sleep 0 & i=$((i+1)); done; wait"] {
        let out = tempfile::tempdir().expect("a folder");
        let output = shell(out.path(), &[], script);
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        let record = record_in(out.path());
        assert!(record.processes_seen.is_some_and(|seen| seen >= 1), "{record:?}");
        assert!(record.samples.is_sorted_by(|a, b| a.at_secs <= b.at_secs));
    }
}

/// Watches a program of this process, and what happens to it.
fn watch_here(
    words: Vec<OsString>,
    out: &Path,
    mut each: impl FnMut(&WatchEvent, &crossbeam_channel::Sender<Ask>),
) -> WatchedRecord {
    let request = WatchRequest {
        target: Target::Program { words, folder: None, passing: Passing::Kept },
        name: None,
        rules: RuleSet::default(),
        log: None,
        outputs: None,
    };
    let results = destination(out, NONE_OPEN).expect("no plate");
    let (asks, asked) = unbounded();
    watch(request, &results, &asked, &mut |event| each(&event, &asks)).expect("it is watched")
}

#[test]
fn the_memory_of_a_child_is_seen_beside_that_of_its_parent_and_marks_with_it() {
    const BYTES: u64 = 60_000_000;
    let out = tempfile::tempdir().expect("a folder");
    let done = out.path().join("seen");
    let own = std::env::current_exe().expect("a program");
    // The shell stays as the parent, because there is something to do after the child.
    let script = "\"$0\" --exact watch::holds_memory --nocapture; true";
    let words = [
        "env".into(),
        format!("{HOLDS}={BYTES} {}", done.display()).into(),
        "sh".into(),
        "-c".into(),
        script.into(),
        own.into(),
    ];
    let mut is_marked = false;
    let record = watch_here(words.into(), out.path(), |event, asks| {
        if let WatchEvent::Sample(sample) = event
            && sample.rss.is_some_and(|rss| rss >= BYTES)
            && sample.processes.is_some_and(|count| count >= 2)
            && !is_marked
        {
            is_marked = true;
            asks.send(Ask::Mark("it is there".to_owned())).expect("heard");
            fs::write(&done, "").expect("writable");
        }
    });
    assert_eq!(record.end, WatchedEnd::Exited { code: 0 });
    let summary = record.summary;
    let (sum, largest) = (summary.peak_rss_bytes.expect("told"), summary.peak_largest_bytes.expect("told"));
    // The child holds so much and has its program beside it; the shell has a little.
    assert!((BYTES..BYTES + 40_000_000).contains(&largest), "{largest}");
    assert!(sum > largest && sum < largest + 20_000_000, "{sum} {largest}");
    assert!(record.processes_seen.is_some_and(|seen| seen >= 2));
    let marks: Vec<&Moment> =
        record.moments.iter().filter(|moment| moment.kind == MomentKind::Mark).collect();
    assert!(matches!(marks.as_slice(), [mark] if mark.said == "it is there"), "{marks:?}");
}

#[test]
fn a_program_that_is_watched_no_more_goes_on_and_keeps_its_output() {
    let out = tempfile::tempdir().expect("a folder");
    let (go, pid_file) = (out.path().join("go"), out.path().join("pid"));
    let script = format!(
        "echo $$ > '{}'; while [ ! -e '{}' ]; do sleep 0.01; done; echo later",
        pid_file.display(),
        go.display()
    );
    let record = watch_here(vec!["sh".into(), "-c".into(), script.into()], out.path(), |event, asks| {
        if let WatchEvent::Sample(_) = event
            && fs::read_to_string(&pid_file).is_ok_and(|text| text.ends_with('\n'))
        {
            asks.send(Ask::Stop).expect("heard");
        }
    });
    assert_eq!(record.end, WatchedEnd::StillRunning);
    fs::write(&go, "").expect("writable");
    let log: PathBuf = record.folder.expect("a folder").join("output.log");
    while fs::read_to_string(&log).expect("a log") != "later\n" {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
