//! Text whose cells are parted by commas, semicolons or tabs, in any encoding.
//!
//! Which of them part the cells is not guessed from how often they occur: the text is read by each, and the one by which it
//! is a layout of the most wells is right. Deliberately absent: cells of a fixed width.

use super::sheet::{Sheet, tidied};
use crate::limits;
use crate::plate::decoded;
use crate::sheet_text::as_it_was;

/// What may part cells. Of two by which a text is the same layout the first counts.
const SEPARATORS: [u8; 3] = [b'\t', b';', b','];

/// A text has more cells than any layout.
pub(super) struct TooLarge;

/// The same text by each separator.
pub(super) fn sheets(bytes: &[u8]) -> Result<Vec<Sheet>, TooLarge> {
    let text = decoded(bytes);
    let (said, text) = said_separator(&text);
    let separators = SEPARATORS.into_iter().filter(|one| said.is_none_or(|said| said == *one));
    separators.map(|separator| sheet(text, separator)).collect()
}

/// The separator that the first line says, as spreadsheets write it (`sep=;`), and the text without that line.
fn said_separator(text: &str) -> (Option<u8>, &str) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let first = first.trim().trim_matches('"');
    let said =
        first.get(..4).filter(|word| word.eq_ignore_ascii_case("sep=")).map(|_| &first.as_bytes()[4..]);
    match said {
        Some([separator]) => (Some(*separator), rest),
        // A tab went with the blanks.
        Some([]) => (Some(b'\t'), rest),
        _ => (None, text),
    }
}

fn sheet(text: &str, separator: u8) -> Result<Sheet, TooLarge> {
    let mut reader = csv::ReaderBuilder::new();
    reader.has_headers(false).flexible(true).delimiter(separator);
    let mut sheet = Sheet { has_commas_between: separator == b',', ..Sheet::default() };
    let mut cells = 0;
    for record in reader.from_reader(text.as_bytes()).records() {
        // Text in memory is always read, and is UTF-8.
        let Ok(record) = record else { continue };
        cells += record.len();
        if cells > limits::LAYOUT_CELLS {
            return Err(TooLarge);
        }
        let at = record.position().map_or(0, csv::Position::line);
        // Rows stand where they stand in the file, so that what is told of one is found there.
        let at = usize::try_from(at).unwrap_or(1).saturating_sub(1);
        if at > sheet.rows.len() && at < limits::LAYOUT_CELLS {
            sheet.rows.resize_with(at, Vec::new);
        }
        sheet.rows.push(record.iter().map(|cell| tidied(&as_it_was(cell))).collect());
    }
    Ok(sheet)
}
