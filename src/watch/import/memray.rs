//! What memray (1.20) tells of memory over time: its pages (`memray flamegraph`, `memray table`) have the RSS of the process every
//! ten milliseconds, as `memory_records = [[milliseconds since 1970, RSS, heap], …]`, and `memray parse` prints the same as lines
//! `MEMORY_RECORD time=… memory=…`. Its statistics and tables of allocations have no times.

use super::error::ImportError;
use super::imported::{Form, Imported};
use crate::watch::record::WatchedSample;

const RECORDS: &str = "memory_records = [";
const COMMAND: &str = "Command line: <code>";
const LINE: &str = "MEMORY_RECORD ";
const HEADER: &str = "HEADER magic=memray ";

/// Whether a text is one of its pages.
pub(super) fn is_page(text: &str) -> bool {
    text.contains(RECORDS)
}

/// Whether a line is one of those that `memray parse` prints.
pub(super) fn is_line(line: &str) -> bool {
    line.starts_with(LINE) || line.starts_with(HEADER)
}

/// What of memray's a text is that has no times.
pub(super) fn without_course(text: &str) -> Option<&'static str> {
    let start = text.trim_start();
    if start.starts_with("allocator,num_allocations,size") {
        return Some("memray's table of allocations");
    }
    let is_json = start.starts_with('{') && start.contains("\"total_num_allocations\"");
    let is_printed = start.starts_with("📏 Total allocations");
    (is_json || is_printed).then_some("a statistic of memray")
}

pub(super) fn read(text: &str) -> Result<Imported, ImportError> {
    let (records, command) = if is_page(text) { page(text)? } else { lines(text)? };
    let (first, _) = *records.first().ok_or(ImportError::NoSamples { form: Form::Memray.name() })?;
    let sample = |(time, rss): &(u64, u64)| WatchedSample {
        at_secs: (time - first) as f64 / 1e3,
        rss: Some(*rss),
        pss: None,
        // It follows one process.
        largest: Some(*rss),
        processes: Some(1),
    };
    let samples = records.iter().map(sample).collect();
    let notes = vec!["memray follows one process; memory of its children is not in it.".to_owned()];
    Ok(Imported {
        command,
        started_unix_secs: Some(first / 1000),
        notes,
        ..Imported::new(Form::Memray, samples)
    })
}

type Records = (Vec<(u64, u64)>, Vec<String>);

fn page(text: &str) -> Result<Records, ImportError> {
    let begin = text.find(RECORDS).map_or(0, |at| at + RECORDS.len() - 1);
    let line = text[..begin].matches('\n').count() + 1;
    let wrong = |found: &str| ImportError::Line {
        line,
        form: Form::Memray.name(),
        expected: "times, RSS and heap",
        found: found.chars().take(60).collect(),
    };
    let rest = &text[begin..];
    let mut read = serde_json::Deserializer::from_str(rest).into_iter::<Vec<(u64, u64, u64)>>();
    let rows = read.next().and_then(Result::ok).ok_or_else(|| wrong(rest))?;
    if rows.windows(2).any(|pair| pair[1].0 < pair[0].0) {
        return Err(ImportError::Backwards { line });
    }
    let command = text
        .split_once(COMMAND)
        .and_then(|(_, rest)| rest.split_once("</code>"))
        .map(|(command, _)| unescaped(command));
    let command = command.unwrap_or_default().split_whitespace().map(ToOwned::to_owned).collect();
    Ok((rows.into_iter().map(|(time, rss, _)| (time, rss)).collect(), command))
}

/// Text of a page as it was before it was written into it.
fn unescaped(text: &str) -> String {
    let mut plain = text.to_owned();
    for (escaped, letter) in [("&lt;", "<"), ("&gt;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&amp;", "&")] {
        plain = plain.replace(escaped, letter);
    }
    plain
}

fn lines(text: &str) -> Result<Records, ImportError> {
    let mut records: Vec<(u64, u64)> = Vec::new();
    let mut command = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.starts_with(HEADER) {
            // It tells the command line between two others, without quotes.
            let told = line.split_once(" command_line=").map_or("", |(_, rest)| rest);
            let told = told.split_once(" python_allocator=").map_or(told, |(told, _)| told);
            command = told.split_whitespace().map(ToOwned::to_owned).collect();
        }
        let Some(rest) = line.strip_prefix(LINE) else { continue };
        let value = |name: &str| {
            rest.split_whitespace().find_map(|word| word.strip_prefix(name)?.parse::<u64>().ok())
        };
        let (Some(time), Some(rss)) = (value("time="), value("memory=")) else {
            let (expected, found) = ("time and memory", line.to_owned());
            return Err(ImportError::Line { line: at + 1, form: Form::Memray.name(), expected, found });
        };
        if records.last().is_some_and(|(last, _)| time < *last) {
            return Err(ImportError::Backwards { line: at + 1 });
        }
        records.push((time, rss));
    }
    Ok((records, command))
}
