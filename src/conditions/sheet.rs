//! A sheet of cells, as a spreadsheet shows it.

/// A sheet of cells. Texts have no blanks around them.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// What the sheet is called in its workbook.
    pub(super) name: Option<String>,
    /// Rows from the top, each as long as it has cells.
    pub(super) rows: Vec<Vec<String>>,
    /// Whether commas stand between its cells, so that one within a cell is rather no decimal mark.
    pub(super) has_commas_between: bool,
}

impl Sheet {
    /// The text of a cell; empty where there is none.
    pub(super) fn cell(&self, row: usize, column: usize) -> &str {
        self.rows.get(row).and_then(|cells| cells.get(column)).map_or("", String::as_str)
    }

    /// Number of its columns.
    pub(super) fn width(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0)
    }
}

/// A text in one line, without blanks around it, as long as names may be.
pub(super) fn tidied(text: &str) -> String {
    let mut tidied = text.split_whitespace().collect::<Vec<_>>().join(" ");
    crate::shown_text::shorten(&mut tidied, crate::limits::NAME_CHARS);
    tidied
}
