//! Text in a cell that a spreadsheet shows and does not run.
//!
//! A spreadsheet takes a cell of a CSV that begins with `=`, `+`, `-` or `@` for a formula, quoted or not, also after
//! spaces. So text of which a cell could begin so gets an apostrophe before that sign, which is how a
//! spreadsheet is told that text follows; a script that wants the text as it was takes that apostrophe away. Numbers
//! and all other text stay as they are.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

/// A text of a cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SheetText<'a>(Cow<'a, str>);

impl<'a, T: Into<Cow<'a, str>>> From<T> for SheetText<'a> {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl Serialize for SheetText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&shown(&self.0))
    }
}

/// The signs by which a formula begins, and what east Asian keyboards have for them.
const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// What parts cells where a spreadsheet takes the file for one of other separators.
const SEPARATORS: [char; 5] = [';', '\t', '\n', '\r', '|'];

/// Characters without a width, which are neither spaces nor control characters.
const UNSEEN: [char; 6] = ['\u{feff}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}'];

/// A text as it stands in a cell of a table whose cells are parted by commas.
pub(crate) fn cell(text: &str) -> Cow<'_, str> {
    quoted(shown(text))
}

/// A text in quotes where it would be more than a cell.
pub(crate) fn quoted<'a>(text: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
    let text = text.into();
    let is_plain = !text.contains([',', '"', '\n', '\r']);
    if is_plain { text } else { format!("\"{}\"", text.replace('"', "\"\"")).into() }
}

/// A text as it was before it became that of a cell: where a sign could begin a formula, an apostrophe before it is none of the
/// text, as spreadsheets have it.
pub(crate) fn as_it_was(text: &str) -> Cow<'_, str> {
    if !text.contains('\'') {
        return Cow::Borrowed(text);
    }
    let mut was = String::with_capacity(text.len());
    let mut begins_cell = true;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if begins_cell && character == '\'' && characters.peek().is_some_and(|next| SIGNS.contains(next)) {
            // Only the sign after it begins the rest.
            continue;
        }
        begins_cell = still_begins(character, begins_cell);
        was.push(character);
    }
    Cow::Owned(was)
}

/// Whether a cell could begin behind a character, where it could before it.
fn still_begins(character: char, begins_cell: bool) -> bool {
    let is_skipped = character.is_whitespace()
        || character.is_control()
        || UNSEEN.contains(&character)
        || character == '"';
    SEPARATORS.contains(&character) || (begins_cell && is_skipped)
}

fn shown(text: &str) -> Cow<'_, str> {
    if is_number(text) || !text.contains(SIGNS) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 1);
    let mut begins_cell = true;
    for character in text.chars() {
        if begins_cell && SIGNS.contains(&character) {
            shown.push('\'');
        }
        begins_cell = still_begins(character, begins_cell);
        shown.push(character);
    }
    Cow::Owned(shown)
}

/// Whether a spreadsheet and a script both read it as a number.
fn is_number(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    text.bytes().all(is_part) && text.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_shown_and_all_else_stays() {
        let table = [
            ("=1+1", "'=1+1"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-", "'-"),
            ("\t=1", "\t'=1"),
            ("\r=1", "\r'=1"),
            ("  \" =1", "  \" '=1"),
            ("\u{feff}=1", "\u{feff}'=1"),
            ("\u{a0}=1", "\u{a0}'=1"),
            ("\u{0}=1", "\u{0}'=1"),
            ("＝1", "'＝1"),
            ("plate;=1", "plate;'=1"),
            ("plate; \"@1", "plate; \"'@1"),
            ("one\n+two", "one\n'+two"),
            ("+inf", "'+inf"),
            ("-nan", "'-nan"),
            ("--5", "'--5"),
            // As they are.
            ("", ""),
            ("-5", "-5"),
            ("+3.2e4", "+3.2e4"),
            ("-1E-7", "-1E-7"),
            ("a=b", "a=b"),
            ("DAPI-1", "DAPI-1"),
            ("Crop 20 × 30 px; Bin 2 × 2", "Crop 20 × 30 px; Bin 2 × 2"),
            ("'=1", "'=1"),
            ("2026-11-20 10.00.00 bulk", "2026-11-20 10.00.00 bulk"),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text:?}");
            // Who begins with the apostrophe has said that text follows.
            assert_eq!(as_it_was(expected), as_it_was(text), "{text:?}");
        }
    }
}
