//! A table of images (`image_metadata_1.csv`): one row for each that was recorded.

use std::io::Read;
use std::path::Path;

use crate::cancel::{Cancel, Cancelled};
use crate::disk;
use crate::limits;
use crate::plate::SitePosition;

/// How often a cancel is asked for.
const ROWS_BETWEEN: usize = 4096;

/// An image that was recorded.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    pub(super) file: String,
    /// Its folder below that of the table.
    pub(super) folder: String,
    /// Where the stage stood, y down.
    pub(super) stage: Option<SitePosition>,
}

/// The rows of a table, as far as it can be read.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    /// Why it could not be read to its end.
    pub(super) broken: Option<String>,
}

/// Reads a table. Words in it may be in any encoding.
pub(super) fn read(path: &Path, cancel: &Cancel) -> Result<Table, Cancelled> {
    let mut table = Table::default();
    let broken = match disk::open(path) {
        Ok(file) => read_rows(file, &mut table.rows, cancel)?,
        Err(error) => Err(error.to_string()),
    };
    table.broken = broken.err();
    Ok(table)
}

fn read_rows(
    source: impl Read,
    rows: &mut Vec<Row>,
    cancel: &Cancel,
) -> Result<Result<(), String>, Cancelled> {
    let mut table = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(source);
    let headers = match table.byte_headers() {
        Ok(headers) => headers.clone(),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let column = |name: &str| headers.iter().position(|header| header.eq_ignore_ascii_case(name.as_bytes()));
    let Some(file) = column("ImageFileName") else { return Ok(Err("it has no column ImageFileName".into())) };
    let (folder, x, y) = (column("ImageSubFolderPath"), column("PositionXUm"), column("PositionYUm"));
    for (number, record) in table.byte_records().take(limits::TABLE_ROWS).enumerate() {
        if number.is_multiple_of(ROWS_BETWEEN) {
            cancel.check()?;
        }
        let record = match record {
            Ok(record) => record,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let text = |column: Option<usize>| {
            let text = String::from_utf8_lossy(record.get(column?)?).into_owned();
            Some(text).filter(|text| !text.is_empty())
        };
        let number = |column: Option<usize>| text(column)?.parse::<f64>().ok().filter(|at| at.is_finite());
        let Some(name) = text(Some(file)) else { continue };
        let stage = number(x).zip(number(y)).map(|(x_um, y_um)| SitePosition { x_um, y_um });
        rows.push(Row {
            file: name.rsplit(['/', '\\']).next().unwrap_or(&name).to_owned(),
            folder: text(folder).unwrap_or_default().replace('\\', "/").trim_matches('/').to_owned(),
            stage,
        });
    }
    Ok(Ok(()))
}
