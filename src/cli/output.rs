//! Where words go: results to standard output, everything else to standard error.
//!
//! All that is printed goes through here, and what files say in it does nothing on a terminal.

use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

use serde::Serialize;

use crate::shown_text::{one_line, plain_json};

/// A line for the user, beside the results. A closed terminal is no reason to stop.
pub(super) fn print_stderr(line: &str) {
    drop(writeln!(io::stderr(), "{}", one_line(line)));
}

/// Why results could not be written first, as to a full disk.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// Why results are lost; `None` where all of them were written, or their reader has gone away (`| head`).
pub(super) fn lost() -> Option<&'static io::Error> {
    LOST.get()
}

/// Takes note of whether results were written.
pub(super) fn note(written: io::Result<()>) {
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        LOST.get_or_init(|| error);
    }
}

/// A line of results.
pub(super) fn print(line: &str) {
    note(writeln!(io::stdout(), "{}", one_line(line)));
}

/// One JSON document.
pub(super) fn print_json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => note(writeln!(io::stdout(), "{}", plain_json(&text))),
        Err(error) => print_stderr(&format!("The result could not be written as JSON: {error}")),
    }
}

/// One JSON value on one line.
pub(super) fn print_json_line(value: &serde_json::Value) {
    note(writeln!(io::stdout(), "{}", plain_json(&value.to_string())));
}

/// A table in columns, the first to the left and the others to the right.
pub(super) fn print_table(head: &[&str], rows: &[Vec<String>]) {
    let plain = |row: &Vec<String>| row.iter().map(|cell| one_line(cell).into_owned()).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> = rows.iter().map(plain).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .enumerate()
            .map(
                |(column, (cell, width))| {
                    if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
                },
            )
            .collect();
        print(padded.join("  ").trim_end());
    };
    line(&head.iter().map(ToString::to_string).collect::<Vec<_>>());
    for row in &rows {
        line(row);
    }
}
