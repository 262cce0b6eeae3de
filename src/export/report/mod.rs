//! One file that shows a comparison or any runs to someone who has no Stepwell: verdict, forecast and
//! outcome, charts, each combination, the study's proofs, pictures of the outputs, settings, and the records themselves.
//!
//! It needs no network and no program but a browser, and can be printed; its scripts only read the
//! numbers under the pointer and sort tables. Deliberately absent: anything that the records do not say.

mod html;
mod pictures;
mod proofs;
mod results;
mod sections;
mod watched;

use std::path::PathBuf;

use libdeflater::{CompressionLvl, Compressor};

use self::html::Html;
use super::write::{ExportError, write};
use super::{chart_svg, write_csvs, write_png, write_svg};
use crate::cancel::Cancel;
use crate::chart::{Chart, ChartOptions};
use crate::compare::{Comparison, FilesCheck, FilesState};
use crate::disk::{self, Destination};
use crate::limits;
use crate::record::RunRecord;
use crate::watch::{WatchedRecord, WatchedVerdict};

const STYLE: &str = include_str!("../../../assets/report/report.css");
const SCRIPT: &str = include_str!("../../../assets/report/report.js");

/// Name of the report in its folder.
pub(crate) const REPORT_FILE: &str = "report.html";

/// A report that was written.
#[derive(Debug)]
pub(crate) struct Report {
    /// Where it is.
    pub(crate) page: PathBuf,
    /// What it says of the runs side by side; `None` where they make no comparison.
    pub(crate) comparison: Option<Comparison>,
    /// Whether the files of results are what was written.
    pub(crate) files: FilesCheck,
}

/// Writes the report of some runs into a folder, with the chart as SVG and PNG and the tables as CSV
/// beside it. The files of results are read again for it. Watched programs come after the runs.
pub(crate) fn write_report(
    folder: &Destination,
    records: &[&RunRecord],
    watched: &[&WatchedRecord],
    progress: &dyn Fn(usize, usize),
    cancel: &Cancel,
) -> Result<Report, ExportError> {
    let files = FilesCheck::of(records, progress, cancel)?;
    let mut comparison = Comparison::of_records(records);
    if let Some(outputs) = comparison.as_mut().and_then(|comparison| comparison.outputs.as_mut()) {
        outputs.measure(records);
        outputs.files = FilesState::Read(files.clone());
    }
    let page = folder.join(REPORT_FILE);
    write(&page, report_html(records, watched, comparison.as_ref(), &files).as_bytes())?;
    let title = records.first().map_or(watched::TITLE, |record| &record.plate.name);
    let verdict = comparison.as_ref().map(|comparison| comparison.verdict().sentence);
    let of_watched =
        || WatchedVerdict::of(watched).filter(|_| records.is_empty()).map(|verdict| verdict.sentence);
    let verdict = verdict.or_else(of_watched).unwrap_or_default();
    let chart = Chart::of_records(records).with_watched(watched);
    let svg = chart_svg(&chart, ChartOptions::default(), title, &verdict);
    write_svg(&folder.join("memory.svg"), &svg)?;
    write_png(&folder.join("memory.png"), &svg)?;
    write_csvs(folder, records, watched)?;
    Ok(Report { page: page.path().to_owned(), comparison, files })
}

/// The report as a page that holds all that it shows. Pictures of the outputs are read from the runs'
/// folders, as far as they are still there.
fn report_html(
    records: &[&RunRecord],
    watched: &[&WatchedRecord],
    comparison: Option<&Comparison>,
    files: &FilesCheck,
) -> String {
    let mut page = Html::default();
    page.markup(r#"<!doctype html><html lang="en"><head><meta charset="utf-8">"#);
    page.markup(r#"<meta name="viewport" content="width=device-width, initial-scale=1">"#);
    match records.first() {
        Some(first) => {
            page.text("title", &format!("{}: memory, all at once and one at a time", first.plate.name));
        }
        None => page.text("title", watched::TITLE),
    }
    page.markup("<style>");
    page.markup(STYLE);
    page.markup("</style></head><body>");
    match records.first() {
        Some(first) => {
            sections::heading(&mut page, &first.plate.name, records);
            sections::verdict(&mut page, records, comparison);
        }
        None => watched::heading(&mut page, watched),
    }
    if !watched.is_empty() {
        watched::verdict(&mut page, watched);
    }
    page.text("h2", "Memory over time");
    sections::chart(&mut page, records, watched);
    if !records.is_empty() {
        sections::forecasts(&mut page, records, comparison);
        results::results(&mut page, records, comparison, files);
        sections::combinations(&mut page, records);
        proofs::proofs(&mut page, records);
        sections::settings(&mut page, records);
        sections::openhcs(&mut page, records);
    }
    if !watched.is_empty() {
        watched::programs(&mut page, watched);
        watched::moments(&mut page, watched);
        watched::settings(&mut page, watched);
    }
    if !records.is_empty() {
        sections::words(&mut page);
    }
    page.text("h2", "The records");
    page.text("p", "All measurements are in these files. Stepwell and any text editor can open them.");
    for record in records {
        page.gzip_file(&format!("{}.ron.gz", record.run), &gzipped(&record_text(record)));
    }
    for record in watched {
        page.gzip_file(&format!("{}.ron.gz", record.run), &gzipped(&watched_text(record)));
    }
    page.markup("<script>");
    page.markup(SCRIPT);
    page.markup("</script></body></html>");
    page.finish()
}

/// The record of a watched program, as it would be written.
fn watched_text(record: &WatchedRecord) -> Vec<u8> {
    record.to_ron().unwrap_or_default().into_bytes()
}

/// The record as it lies on the disk; as it would be written where it is not there any more.
fn record_text(record: &RunRecord) -> Vec<u8> {
    let file = record.summary.record.as_deref().and_then(|path| disk::read(path, limits::RECORD_BYTES).ok());
    file.unwrap_or_else(|| record.to_ron().unwrap_or_default().into_bytes())
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut packed = vec![0; compressor.gzip_compress_bound(bytes.len())];
    // The bound is enough by its definition.
    let len = compressor.gzip_compress(bytes, &mut packed).unwrap_or(0);
    packed.truncate(len);
    packed
}
