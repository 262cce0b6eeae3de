//! Where an image stands on the plate: well names and plate shapes.
//!
//! Rows are named as spreadsheet columns are (A … Z, AA … AF), columns from 1. Plates of 6 to
//! 1536 wells are known; a larger position is not a well.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The largest plate: 32 rows by 48 columns (1536 wells).
pub(crate) const MAX_SHAPE: PlateShape = PlateShape { rows: 32, columns: 48 };

/// The plate shapes that are made, smallest first (6, 12, 24, 48, 96, 384 and 1536 wells).
pub const KNOWN_SHAPES: [PlateShape; 7] = [
    PlateShape { rows: 2, columns: 3 },
    PlateShape { rows: 3, columns: 4 },
    PlateShape { rows: 4, columns: 6 },
    PlateShape { rows: 6, columns: 8 },
    PlateShape { rows: 8, columns: 12 },
    PlateShape { rows: 16, columns: 24 },
    MAX_SHAPE,
];

/// A well, by its zero-based row and column. Ordered row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WellId {
    /// Zero-based row: 0 is A, 26 is AA.
    pub row: u16,
    /// Zero-based column: 0 is column 1.
    pub column: u16,
}

/// A text that does not name a well of a plate of up to 1536 wells.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a well: expected a row A to AF and a column 1 to 48, as in A01")]
pub struct WellNameError(pub String);

impl WellId {
    /// The well at a zero-based row and column, or `None` outside of a 1536-well plate.
    pub fn at(row: u32, column: u32) -> Option<Self> {
        if row < u32::from(MAX_SHAPE.rows) && column < u32::from(MAX_SHAPE.columns) {
            Some(Self { row: u16::try_from(row).ok()?, column: u16::try_from(column).ok()? })
        } else {
            None
        }
    }

    /// The well of row letters (any case) and a one-based column number.
    pub(crate) fn from_row_letters(letters: &str, column_number: u32) -> Option<Self> {
        if letters.is_empty() || letters.len() > 2 {
            return None;
        }
        let mut row = 0_u32;
        for letter in letters.bytes() {
            if !letter.is_ascii_alphabetic() {
                return None;
            }
            row = row * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1;
        }
        Self::at(row - 1, column_number.checked_sub(1)?)
    }
}

/// The letters of a zero-based row: A … Z, AA … AF.
pub(crate) fn row_letters(row: u16) -> String {
    let letter = |n: u16| char::from(b'A' + u8::try_from(n % 26).unwrap_or(0));
    if row < 26 { letter(row).to_string() } else { format!("{}{}", letter(row / 26 - 1), letter(row)) }
}

impl fmt::Display for WellId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}{:02}", row_letters(self.row), self.column + 1))
    }
}

impl FromStr for WellId {
    type Err = WellNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || WellNameError(text.to_owned());
        let name = text.trim();
        let split = name.find(|c: char| c.is_ascii_digit()).ok_or_else(wrong)?;
        let (letters, digits) = name.split_at(split);
        if digits.len() > 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let column = digits.parse().map_err(|_| wrong())?;
        Self::from_row_letters(letters, column).ok_or_else(wrong)
    }
}

impl Serialize for WellId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WellId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

/// Rows and columns of a plate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PlateShape {
    /// Number of rows.
    pub rows: u16,
    /// Number of columns.
    pub columns: u16,
}

impl PlateShape {
    /// The smallest known shape that holds all the wells.
    pub fn holding(wells: impl IntoIterator<Item = WellId>) -> Self {
        let mut needed = Self { rows: 1, columns: 1 };
        for well in wells {
            needed.rows = needed.rows.max(well.row + 1);
            needed.columns = needed.columns.max(well.column + 1);
        }
        KNOWN_SHAPES
            .into_iter()
            .find(|shape| shape.rows >= needed.rows && shape.columns >= needed.columns)
            .unwrap_or(MAX_SHAPE)
    }

    /// Number of wells.
    pub fn wells(self) -> usize {
        usize::from(self.rows) * usize::from(self.columns)
    }

    /// Whether the well lies on a plate of this shape.
    pub fn contains(self, well: WellId) -> bool {
        well.row < self.rows && well.column < self.columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_names_read_and_print() {
        let table = [
            ("A01", Some((0, 0)), "A01"),
            ("A1", Some((0, 0)), "A01"),
            ("h12", Some((7, 11)), "H12"),
            ("P24", Some((15, 23)), "P24"),
            ("Z03", Some((25, 2)), "Z03"),
            ("AA01", Some((26, 0)), "AA01"),
            ("AF48", Some((31, 47)), "AF48"),
            ("AG01", None, ""),
            ("A49", None, ""),
            ("A00", None, ""),
            ("A", None, ""),
            ("01A", None, ""),
            ("A01x", None, ""),
            ("", None, ""),
            ("Ä01", None, ""),
        ];
        for (text, expected, printed) in table {
            let well = text.parse::<WellId>().ok();
            assert_eq!(well.map(|w| (w.row, w.column)), expected, "{text}");
            if let Some(well) = well {
                assert_eq!(well.to_string(), printed);
            }
        }
    }

    #[test]
    fn shape_is_the_smallest_that_holds_the_wells() {
        let table = [
            ("A01", (2, 3)),
            ("C04", (3, 4)),
            ("E07", (6, 8)),
            ("H12", (8, 12)),
            ("A13", (16, 24)),
            ("AA01", (32, 48)),
        ];
        for (well, (rows, columns)) in table {
            let well = well.parse().expect("a well");
            assert_eq!(PlateShape::holding([well]), PlateShape { rows, columns }, "{well}");
        }
    }
}
