//! Logs of psrecord (1.4: `main.py`): text in columns, or with `--log-format csv` a table. Its “MB” are mebibytes, its times seconds since
//! its start. Whether children are in the sum only the table tells, by its number of processes.

use super::error::ImportError;
use super::imported::{Form, Imported};
use super::lines::{mebibytes, number, whole_lines};
use crate::watch::record::WatchedSample;

/// Whether a line is above one of its logs.
pub(super) fn is_header(line: &str) -> bool {
    is_text_header(line) || is_table_header(line)
}

fn is_text_header(line: &str) -> bool {
    line.starts_with("# Elapsed time") && line.contains("Real (MB)")
}

fn is_table_header(line: &str) -> bool {
    line.starts_with("elapsed_time,nproc,cpu,mem_real")
}

pub(super) fn read(text: &str) -> Result<Imported, ImportError> {
    let (lines, cut_off) = whole_lines(text);
    let mut samples: Vec<WatchedSample> = Vec::new();
    let mut row: Option<fn(&str) -> Option<WatchedSample>> = None;
    for (number, line) in lines {
        if is_header(line) {
            if row.is_some() {
                return Err(ImportError::Backwards { line: number });
            }
            row = Some(if is_text_header(line) { text_row } else { table_row });
            continue;
        }
        let expected = "a header, and below it times, processors, memory";
        let wrong = || ImportError::Line {
            line: number,
            form: Form::Psrecord.name(),
            expected,
            found: line.to_owned(),
        };
        let sample = row.and_then(|row| row(line)).ok_or_else(wrong)?;
        if samples.last().is_some_and(|last| sample.at_secs < last.at_secs) {
            return Err(ImportError::Backwards { line: number });
        }
        samples.push(sample);
    }
    if samples.is_empty() {
        return Err(ImportError::NoSamples { form: Form::Psrecord.name() });
    }
    Ok(Imported { notes: cut_off.into_iter().collect(), ..Imported::new(Form::Psrecord, samples) })
}

/// Time, processors, memory, address space; with `--include-io` four counts more.
fn text_row(line: &str) -> Option<WatchedSample> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [time, _, mem, _] = words.get(..4)? else { return None };
    (words.len() == 4 || words.len() == 8).then_some(())?;
    Some(WatchedSample {
        at_secs: number(time)?,
        rss: Some(mebibytes(mem)?),
        pss: None,
        largest: None,
        processes: None,
    })
}

/// Time, processes, processors, memory, address space; with `--include-io` four counts more.
fn table_row(line: &str) -> Option<WatchedSample> {
    let cells: Vec<&str> = line.split(',').collect();
    let [time, processes, _, mem, _] = cells.get(..5)? else { return None };
    (cells.len() == 5 || cells.len() == 9).then_some(())?;
    let (rss, processes) = (mebibytes(mem)?, processes.parse::<u32>().ok()?);
    let largest = (processes == 1).then_some(rss);
    Some(WatchedSample {
        at_secs: number(time)?,
        rss: Some(rss),
        pss: None,
        largest,
        processes: Some(processes),
    })
}
