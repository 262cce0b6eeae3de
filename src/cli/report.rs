//! `stepwell report`: one file that shows runs to others.

use std::path::PathBuf;

use super::args::ReportArgs;
use super::failure::{Exit, Failure};
use super::output::{print, print_json, print_stderr};
use super::progress::Counter;
use crate::cancel::Cancel;
use crate::export::{self, ExportError};
use crate::plate::{destination, still_plates};
use crate::record::{AnyRecord, RunRecord, record_files};
use crate::watch::{WatchedRecord, WatchedVerdict};

pub(super) fn report(args: &ReportArgs, cancel: &Cancel) -> Result<Exit, Failure> {
    let (mut records, mut watched, mut unread) = (Vec::new(), Vec::new(), 0);
    for path in &args.records {
        let mut not_followed = Vec::new();
        let found = record_files(path, &mut not_followed);
        not_followed.iter().for_each(|error| print_stderr(&format!("Left out: {error}.")));
        // A folder without any run is told as the one that was named.
        let files = if found.is_empty() { vec![path.clone()] } else { found };
        let is_one = files.len() == 1;
        for file in files {
            let wrong = |error| {
                let what = "Give record.ron or watched.ron, the folder of a run, or a folder of runs.";
                Failure::new(Exit::CannotOpen, format!("{error}. {what}"))
            };
            match AnyRecord::read(&file) {
                Ok(AnyRecord::Run(record)) => records.push(*record),
                Ok(AnyRecord::Watched(record)) => watched.push(*record),
                Err(error) if is_one => return Err(wrong(error)),
                // One that somebody has put among runs hides none of them.
                Err(error) => {
                    print_stderr(&format!("Left out: {error}"));
                    unread += 1;
                }
            }
        }
    }
    if records.is_empty() && watched.is_empty() {
        return Err(Failure::new(Exit::CannotOpen, "None of the records can be read."));
    }
    let exit = if unread > 0 { Exit::SomeFailed } else { Exit::Done };
    records.sort_by(|a, b| (a.started_unix_secs, &a.run).cmp(&(b.started_unix_secs, &b.run)));
    watched.sort_by(|a, b| (a.started_unix_secs, &a.run).cmp(&(b.started_unix_secs, &b.run)));
    let folder = destination(&args.out, still_plates(records.iter().map(|record| &record.plate.root)))?;
    let records: Vec<&RunRecord> = records.iter().collect();
    let watched: Vec<&WatchedRecord> = watched.iter().collect();
    let of_watched = WatchedVerdict::of(&watched);
    let counter = Counter::new("Results read again");
    let progress = |done: usize, of: usize| counter.show(done as u64, of as u64);
    let report = export::write_report(&folder, &records, &watched, &progress, cancel);
    counter.finish();
    let export::Report { page, comparison, files } = report.map_err(|error| match error {
        ExportError::Cancelled(_) => Failure::new(Exit::Stopped, "Cancelled."),
        error => Failure::usage(format!("The report could not be written: {error}")),
    })?;
    let path: PathBuf = std::path::absolute(&page).unwrap_or(page);
    let changed = files
        .changed
        .iter()
        .map(|file| serde_json::json!({ "run": file.run, "file": file.name, "why": file.why }));
    if args.json {
        print_json(&serde_json::json!({
            "report": path,
            "records": records.len() + watched.len(),
            "verdict": comparison.as_ref().map(|comparison| comparison.verdict().sentence),
            "watched_verdict": of_watched.as_ref().map(|verdict| &verdict.sentence),
            "files_checked": files.checked,
            "files_changed": changed.collect::<Vec<_>>(),
        }));
        return Ok(exit);
    }
    if let Some(verdict) = &of_watched {
        print(&verdict.sentence);
    }
    match &comparison {
        Some(comparison) => print(&comparison.verdict().sentence),
        None if records.is_empty() => {}
        None => {
            print_stderr(
                "These runs are not a comparison. A comparison needs a run each way, of the same wells and steps.",
            );
            if let Some(changed) = files.changed_text() {
                print(&changed);
            }
        }
    }
    print(&format!("Report:   {}", path.display()));
    Ok(exit)
}
