//! A layout as Stepwell writes it: a table that its own reader and all other programs read.

use super::model::Conditions;
use crate::sheet_text::cell;

/// The layout as a table (CSV), with a row for each well. Read again it is the same.
pub fn as_csv(conditions: &Conditions) -> String {
    let mut text = "well".to_owned();
    for column in conditions.columns() {
        text.push(',');
        text.push_str(&cell(&column.heading()));
    }
    text.push('\n');
    for (well, values) in conditions.wells() {
        text.push_str(&well.to_string());
        for value in values {
            text.push(',');
            text.push_str(&cell(&value.as_ref().map(ToString::to_string).unwrap_or_default()));
        }
        text.push('\n');
    }
    text
}
