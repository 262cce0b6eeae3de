//! What the parts of a report are written with: markup, which stands in the program, and text, which is escaped.
//! Nothing else gets into a page, so no name in a record can be taken for markup.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::export::svg::clean;
use crate::quantity::bytes_text;

/// A page while it is written.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    /// Adds markup.
    pub(super) fn markup(&mut self, markup: &'static str) {
        self.0.push_str(markup);
        self.0.push('\n');
    }

    /// Adds an element that holds a text; the tag may have attributes.
    pub(super) fn text(&mut self, tag: &'static str, text: &str) {
        self.element(tag, &clean(text));
        self.0.push('\n');
    }

    /// Adds a text.
    pub(super) fn words(&mut self, text: &str) {
        self.0.push_str(&clean(text));
        self.0.push('\n');
    }

    /// Adds a text in its own lines.
    pub(super) fn lines(&mut self, text: &str) {
        let lines: Vec<String> = text.lines().map(clean).collect();
        self.element("pre", &lines.join("\n"));
        self.0.push('\n');
    }

    /// Adds a picture as [`Svg`](crate::export::svg::Svg) writes it, which escapes by itself.
    pub(super) fn svg(&mut self, svg: &str) {
        self.0.push_str(svg);
        self.0.push('\n');
    }

    /// Adds a picture with what it shows in words.
    pub(super) fn png(&mut self, png: &[u8], caption: &str) {
        let caption = clean(caption);
        self.0.push_str(r#"<figure><img src="data:image/png;base64,"#);
        STANDARD.encode_string(png, &mut self.0);
        self.0.push_str(&format!("\" alt=\"{caption}\"><figcaption>{caption}</figcaption></figure>\n"));
    }

    /// Adds numbers and words for the script of the page. Without a less-than sign nothing in them can end or begin
    /// an element or a comment.
    pub(super) fn data(&mut self, data: &serde_json::Value) {
        // These signs are in strings alone.
        let data = data.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
        self.element(r#"script type="application/json""#, &data);
        self.0.push('\n');
    }

    /// Adds a file to save.
    pub(super) fn gzip_file(&mut self, name: &str, bytes: &[u8]) {
        let name = clean(name);
        self.0.push_str(&format!(r#"<p><a download="{name}" href="data:application/gzip;base64,"#));
        STANDARD.encode_string(bytes, &mut self.0);
        self.0.push_str(&format!("\">{name}</a></p>\n"));
    }

    fn element(&mut self, tag: &str, escaped: &str) {
        let name = tag.split(' ').next().unwrap_or(tag);
        self.0.push_str(&format!("<{tag}>{escaped}</{name}>"));
    }

    pub(super) fn table(&mut self, table: &Table) {
        self.markup(if table.sortable {
            r#"<div class="wide"><table class="sortable"><thead><tr>"#
        } else {
            r#"<div class="wide"><table><thead><tr>"#
        });
        for (name, words) in &table.head {
            self.text(if *words { r#"th class="words""# } else { "th" }, name);
        }
        self.markup("</tr></thead><tbody>");
        for row in &table.rows {
            self.0.push_str("<tr>");
            for (nth, cell) in row.iter().enumerate() {
                let class = if table.head.get(nth).is_some_and(|(_, words)| *words) {
                    r#" class="words""#
                } else {
                    ""
                };
                let value = cell.value.map_or_else(String::new, |value| format!(r#" data-value="{value}""#));
                let across =
                    if cell.across > 1 { format!(r#" colspan="{}""#, cell.across) } else { String::new() };
                self.element(&format!("td{class}{value}{across}"), &clean(&cell.text));
            }
            self.markup("</tr>");
        }
        self.markup("</tbody></table></div>");
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
