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
/// beside it. The files of results are read again for it.
pub(crate) fn write_report(
    folder: &Destination,
    records: &[&RunRecord],
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
    write(&page, report_html(records, comparison.as_ref(), &files).as_bytes())?;
    let title = records.first().map_or("", |record| &record.plate.name);
    let verdict = comparison.as_ref().map_or_else(String::new, |comparison| comparison.verdict().sentence);
    let svg = chart_svg(&Chart::of_records(records), ChartOptions::default(), title, &verdict);
    write_svg(&folder.join("memory.svg"), &svg)?;
    write_png(&folder.join("memory.png"), &svg)?;
    write_csvs(folder, records)?;
    Ok(Report { page: page.path().to_owned(), comparison, files })
}

/// The report as a page that holds all that it shows. Pictures of the outputs are read from the runs'
/// folders, as far as they are still there.
fn report_html(records: &[&RunRecord], comparison: Option<&Comparison>, files: &FilesCheck) -> String {
    let title = records.first().map_or("Stepwell", |record| &record.plate.name);
    let mut page = Html::default();
    page.markup(r#"<!doctype html><html lang="en"><head><meta charset="utf-8">"#);
    page.markup(r#"<meta name="viewport" content="width=device-width, initial-scale=1">"#);
    page.text("title", &format!("{title}: memory, all at once and one at a time"));
    page.markup("<style>");
    page.markup(STYLE);
    page.markup("</style></head><body>");
    sections::heading(&mut page, title, records);
    sections::verdict(&mut page, records, comparison);
    page.text("h2", "Memory over time");
    sections::chart(&mut page, records);
    sections::forecasts(&mut page, records, comparison);
    results::results(&mut page, records, comparison, files);
    sections::combinations(&mut page, records);
    proofs::proofs(&mut page, records);
    sections::settings(&mut page, records);
    sections::openhcs(&mut page, records);
    sections::words(&mut page);
    page.text("h2", "The records");
    page.text("p", "All that was measured is in these files; Stepwell opens them, and any text editor does.");
    for record in records {
        page.gzip_file(&format!("{}.ron.gz", record.run), &gzipped(&record_text(record)));
    }
    page.markup("<script>");
    page.markup(SCRIPT);
    page.markup("</script></body></html>");
    page.finish()
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
