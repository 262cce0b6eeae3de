//! A table that anybody writes: a row for each time, cells parted by commas, semicolons or tabs, names above them.
//!
//! Where cells are parted by something else than commas, a comma is that of decimals.

use super::cells::{Clock, Memory};
use super::columns::{Chosen, Columns};
use super::error::ImportError;
use super::imported::{Form, Imported};
use crate::limits;
use crate::watch::record::WatchedSample;

/// What parts cells, those first by which a text is told most surely.
const SEPARATORS: [u8; 3] = [b'\t', b';', b','];

/// Whether a text looks like a table: two lines or more, with several cells in each, and a number in the second.
pub(super) fn is_table(text: &str) -> bool {
    let mut lines = lines(text);
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else { return false };
    let separator = separator_of(first);
    let marks = |line: &str| line.bytes().filter(|byte| *byte == separator).count();
    let has_number = second.contains(|letter: char| letter.is_ascii_digit());
    (1..=marks(second)).contains(&marks(first)) && has_number
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
}

fn separator_of(line: &str) -> u8 {
    SEPARATORS.into_iter().find(|separator| line.as_bytes().contains(separator)).unwrap_or(b',')
}

/// A row of what is read of the table.
struct Row {
    line: usize,
    time: String,
    memory: String,
    is_of_a_process: bool,
}

pub(super) fn read(text: &str, asked: &Columns) -> Result<Imported, ImportError> {
    let separator = separator_of(lines(text).next().unwrap_or_default());
    let mut records = csv::ReaderBuilder::new()
        .delimiter(separator)
        .comment(Some(b'#'))
        .flexible(true)
        .has_headers(false)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes())
        .into_records()
        // Text in memory with rows of any length gives no errors.
        .map_while(Result::ok)
        .peekable();
    let first: Vec<String> = records.peek().into_iter().flatten().map(ToOwned::to_owned).collect();
    let is_named = first.iter().any(|cell| cell.parse::<f64>().is_err());
    let names = if is_named { first } else { (1..=first.len()).map(|number| number.to_string()).collect() };
    let chosen = asked.chosen(&names)?;
    let rows: Vec<Row> = records.skip(usize::from(is_named)).map(|record| row(&record, &chosen)).collect();
    if rows.len() > limits::IMPORTED_ROWS {
        return Err(ImportError::Long { most: limits::IMPORTED_ROWS });
    }
    let has_comma = rows.iter().any(|row| row.time.contains(',') || row.memory.contains(','));
    let point = if separator != b',' && has_comma { ',' } else { '.' };
    let mut clock = Clock::new(chosen.time_secs, point);
    let samples = samples(&rows, &chosen, &mut clock, point)?;
    if samples.iter().all(|sample| sample.rss.is_none()) {
        return Err(ImportError::NoSamples { form: Form::Table.name() });
    }
    let notes = clock.note().map(ToOwned::to_owned).into_iter().collect();
    let started_unix_secs = clock.started_unix_secs();
    Ok(Imported { started_unix_secs, notes, ..Imported::new(Form::Table, samples) })
}

fn row(record: &csv::StringRecord, chosen: &Chosen) -> Row {
    let cell = |column: usize| record.get(column).unwrap_or_default().to_owned();
    Row {
        line: record.position().map_or(0, |place| place.line() as usize),
        time: cell(chosen.time),
        memory: cell(chosen.memory),
        is_of_a_process: chosen.process.is_some(),
    }
}

/// Memory over time. Where rows are of processes, those of the same time are one sample.
fn samples(
    rows: &[Row],
    chosen: &Chosen,
    clock: &mut Clock,
    point: char,
) -> Result<Vec<WatchedSample>, ImportError> {
    let mut samples: Vec<WatchedSample> = Vec::new();
    for row in rows {
        let wrong = |expected, found: &str| ImportError::Line {
            line: row.line,
            form: Form::Table.name(),
            expected,
            found: found.to_owned(),
        };
        let at_secs = clock.secs(&row.time).ok_or_else(|| wrong("a time", &row.time))?;
        let rss = match Memory::read(&row.memory, chosen.unit, point) {
            Memory::Bytes(rss) => Some(rss),
            Memory::Unknown => None,
            Memory::WithoutUnit => return Err(ImportError::Unit { column: chosen.memory_name.clone() }),
            Memory::Wrong => return Err(wrong("memory", &row.memory)),
        };
        match samples.last_mut() {
            Some(last) if at_secs < last.at_secs => return Err(ImportError::Backwards { line: row.line }),
            Some(last) if row.is_of_a_process && last.at_secs == at_secs => {
                last.rss = last.rss.zip(rss).map(|(sum, one)| sum.saturating_add(one));
                last.largest = last.largest.zip(rss).map(|(largest, one)| largest.max(one));
                last.processes = last.processes.map(|processes| processes.saturating_add(1));
            }
            _ => samples.push(WatchedSample {
                at_secs,
                rss,
                pss: None,
                largest: rss.filter(|_| row.is_of_a_process),
                processes: row.is_of_a_process.then_some(1),
            }),
        }
    }
    Ok(samples)
}
