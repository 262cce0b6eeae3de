//! Where words go: results to standard output, everything else to standard error.

use std::io::{self, Write};

use serde::Serialize;

/// A line for the user, beside the results. A closed terminal is no reason to stop.
pub(super) fn print_stderr(line: &str) {
    drop(writeln!(io::stderr(), "{line}"));
}

/// A line of results. A reader that has gone away (`| head`) is no error.
pub(super) fn print(line: &str) {
    drop(writeln!(io::stdout(), "{line}"));
}

/// One JSON document.
pub(super) fn print_json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => print(&text),
        Err(error) => print_stderr(&format!("The result could not be written as JSON: {error}")),
    }
}

/// A table in columns, the first to the left and the others to the right.
pub(super) fn print_table(head: &[&str], rows: &[Vec<String>]) {
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
    for row in rows {
        line(row);
    }
}
