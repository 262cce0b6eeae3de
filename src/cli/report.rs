//! `stepwell report`: one file that shows runs to others.

use std::path::PathBuf;

use super::args::ReportArgs;
use super::failure::{Exit, Failure};
use super::output::{print, print_json, print_stderr};
use crate::compare::Comparison;
use crate::export;
use crate::plate::destination;
use crate::record::{RunRecord, record_files};

pub(super) fn report(args: &ReportArgs) -> Result<Exit, Failure> {
    let mut records = Vec::new();
    for path in &args.records {
        let found = record_files(path);
        // A folder without any run is told as the one that was named.
        let files = if found.is_empty() { vec![path.clone()] } else { found };
        for file in files {
            let wrong = |error| Failure {
                exit: Exit::CannotOpen,
                why: format!(
                    "{error}. Name record.ron, the folder of a run that holds it, or a folder of runs."
                ),
            };
            records.push(RunRecord::read(&file).map_err(wrong)?);
        }
    }
    records.sort_by(|a, b| (a.started_unix_secs, &a.run).cmp(&(b.started_unix_secs, &b.run)));
    let folder = destination(&args.out, records.iter().map(|record| &record.plate.root))?;
    let records: Vec<&RunRecord> = records.iter().collect();
    let path = export::write_report(&folder, &records)
        .map_err(|error| Failure::usage(format!("The report could not be written: {error}")))?;
    let path: PathBuf = std::path::absolute(&path).unwrap_or(path);
    let comparison = Comparison::of_records(&records);
    if args.json {
        print_json(&serde_json::json!({
            "report": path,
            "records": records.len(),
            "verdict": comparison.as_ref().map(|comparison| comparison.verdict().sentence),
        }));
        return Ok(Exit::Done);
    }
    match &comparison {
        Some(comparison) => print(&comparison.verdict().sentence),
        None => print_stderr(
            "These runs make no comparison: it takes one in each way, of the same wells and steps.",
        ),
    }
    print(&format!("Report:   {}", path.display()));
    Ok(Exit::Done)
}
