//! What the parts of a report are written with: escaped text, tables, sizes.

use std::fmt::Write;

use crate::export::svg::clean;
use crate::quantity::bytes_text;

/// A page while it is written. Writing to a `String` cannot fail, so results are dropped.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    /// Adds markup as it is.
    pub(super) fn add(&mut self, markup: std::fmt::Arguments<'_>) {
        let _ = self.0.write_fmt(markup);
        self.0.push('\n');
    }

    /// Adds an element that holds a text; the tag may have attributes.
    pub(super) fn text(&mut self, tag: &str, text: &str) {
        let name = tag.split(' ').next().unwrap_or(tag);
        self.add(format_args!("<{tag}>{}</{name}>", clean(text)));
    }

    pub(super) fn table(&mut self, table: &Table) {
        let class = if table.sortable { r#" class="sortable""# } else { "" };
        self.add(format_args!(r#"<div class="wide"><table{class}><thead><tr>"#));
        for (name, words) in &table.head {
            let class = if *words { r#" class="words""# } else { "" };
            self.add(format_args!("<th{class}>{}</th>", clean(name)));
        }
        self.add(format_args!("</tr></thead><tbody>"));
        for row in &table.rows {
            let mut line = String::from("<tr>");
            for (nth, cell) in row.iter().enumerate() {
                let class = if table.head.get(nth).is_some_and(|(_, words)| *words) {
                    r#" class="words""#
                } else {
                    ""
                };
                let value = cell.value.map_or_else(String::new, |value| format!(r#" data-value="{value}""#));
                let across =
                    if cell.across > 1 { format!(r#" colspan="{}""#, cell.across) } else { String::new() };
                let _ = write!(line, "<td{class}{value}{across}>{}</td>", clean(&cell.text));
            }
            self.add(format_args!("{line}</tr>"));
        }
        self.add(format_args!("</tbody></table></div>"));
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// A table: its columns, each with whether it holds words instead of numbers, and its rows.
#[derive(Default)]
pub(super) struct Table {
    pub(super) head: Vec<(String, bool)>,
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) sortable: bool,
}

impl Table {
    /// Columns of words begin with `~`.
    pub(super) fn new(head: &[&str]) -> Self {
        let column = |name: &&str| (name.trim_start_matches('~').to_owned(), name.starts_with('~'));
        Self { head: head.iter().map(column).collect(), ..Self::default() }
    }

    pub(super) fn sortable(self) -> Self {
        Self { sortable: true, ..self }
    }
}

/// A cell: what is read, and the number by which its column is sorted.
pub(super) struct Cell {
    text: String,
    value: Option<f64>,
    /// Columns that it takes.
    across: usize,
}

impl Cell {
    pub(super) fn words(text: impl Into<String>) -> Self {
        Self { text: text.into(), value: None, across: 1 }
    }

    pub(super) fn number(value: f64, text: impl Into<String>) -> Self {
        Self { text: text.into(), value: Some(value), across: 1 }
    }

    /// A text over several columns.
    pub(super) fn across(text: impl Into<String>, columns: usize) -> Self {
        Self { across: columns, ..Self::words(text) }
    }

    /// A size; what is unknown says so.
    pub(super) fn bytes(bytes: Option<u64>) -> Self {
        match bytes {
            Some(bytes) => Self::number(bytes as f64, bytes_text(bytes)),
            None => Self::words("unknown"),
        }
    }
}
