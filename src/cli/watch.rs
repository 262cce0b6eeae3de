//! `stepwell watch`: the memory of any program.

mod signals;

use std::io;
use std::process::ExitCode;

use crossbeam_channel::unbounded;

use super::args::WatchArgs;
use super::failure::{Exit, Failure};
use super::output::{print, print_json, print_stderr};
use crate::folders;
use crate::plate::{NONE_OPEN, destination};
use crate::watch::{
    Origin, Passing, RuleSet, RulesError, Target, WatchError, WatchEvent, WatchRequest, WatchedEnd,
    WatchedRecord,
};

pub(super) fn watch(args: &WatchArgs) -> Result<ExitCode, Failure> {
    let rules = args.rules.as_deref().map(RuleSet::named).transpose()?.unwrap_or_default();
    let results = args.out.clone().unwrap_or_else(folders::results_dir);
    let results = destination(&results, NONE_OPEN)?;
    let target = match args.pid {
        Some(pid) => Target::Process(pid),
        None => Target::Program {
            words: args.program.clone(),
            folder: None,
            passing: Passing::Through {
                // Standard output is for the document.
                out: if args.json { Box::new(io::stderr()) } else { Box::new(io::stdout()) },
                err: Box::new(io::stderr()),
            },
        },
    };
    let (asks, asked) = unbounded();
    signals::pass_on(asks, args.pid.is_some());
    let request = WatchRequest {
        target,
        name: args.name.clone(),
        rules,
        log: args.log.clone(),
        outputs: args.outputs.clone(),
    };
    let is_joined = args.pid.is_some();
    let record = crate::watch::watch(request, &results, &asked, &mut |event| match event {
        WatchEvent::Began(record) if is_joined => {
            print_stderr(&format!("Watching {} until it ends or Ctrl-C.", record.title()));
        }
        WatchEvent::Note(note) => print_stderr(&note),
        WatchEvent::Began(_) | WatchEvent::Sample(_) | WatchEvent::Moment(_) => {}
    })?;
    // Standard output of a program that was started is its own.
    let say = if is_joined { print } else { print_stderr };
    if args.json {
        print_json(&document(&record));
    } else {
        record.sentences().iter().for_each(|sentence| say(sentence));
        if let Some(folder) = &record.folder {
            say(&format!("Record:   {}", folder.display()));
        }
    }
    let code = record.end.exit_code().unwrap_or(0);
    // Beyond a byte there are codes on Windows alone.
    Ok(u8::try_from(code).unwrap_or(Exit::SomeFailed as u8).into())
}

/// A record in numbers.
pub(super) fn document(record: &WatchedRecord) -> serde_json::Value {
    let (signal, for_memory) = match record.end {
        WatchedEnd::Killed { signal, for_memory } => (Some(signal), Some(for_memory)),
        _ => (None, None),
    };
    let pid = match record.origin {
        Origin::Joined { pid } => Some(pid),
        Origin::Started | Origin::Imported { .. } => None,
    };
    let summary = &record.summary;
    serde_json::json!({
        "run": record.run,
        "name": record.name,
        "program": record.program,
        "pid": pid,
        "end": match record.end {
            WatchedEnd::Exited { .. } => "exited",
            WatchedEnd::Killed { .. } => "killed",
            WatchedEnd::StillRunning => "still running",
            WatchedEnd::Unknown => "unknown",
        },
        "exit_code": record.end.exit_code(),
        "signal": signal,
        "killed_for_memory": for_memory,
        "secs": record.secs,
        "peak_rss_bytes": summary.peak_rss_bytes,
        "peak_pss_bytes": summary.peak_pss_bytes,
        "peak_largest_process_bytes": summary.peak_largest_bytes,
        "processes": record.processes_seen,
        "processes_at_once": summary.most_processes,
        "images_at_once": summary.images_at_once,
        "samples": record.samples.len(),
        "moments": record.moments.len(),
        "record": record.folder,
    })
}

impl From<RulesError> for Failure {
    fn from(error: RulesError) -> Self {
        Self::usage(format!("{error}."))
    }
}

impl From<WatchError> for Failure {
    fn from(error: WatchError) -> Self {
        let exit = match &error {
            WatchError::NoProcess { .. } | WatchError::Io { .. } | WatchError::Record(_) => Exit::CannotOpen,
            _ => Exit::Usage,
        };
        Self::new(exit, format!("{error}."))
    }
}
