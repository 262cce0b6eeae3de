//! Wells as people and programs spell them.
//!
//! A row and a column in any order, with words or without, a number counted through the plate row by row, or a part of
//! a well of a smaller plate. Rows and columns count from 1 unless one of them is 0, which is told. A number says no
//! well unless the number of columns is known: where nobody says it, the smallest plate that has so many wells is taken,
//! which is told.

use std::collections::{BTreeSet, HashMap};

use super::{KNOWN_SHAPES, MAX_SHAPE, PlateShape, WellId};

/// A well as a text spells it, before it is known from where the texts of a plate count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelled {
    /// Row and column; numbers as they are written.
    At { row: Line, column: u32 },
    /// Counted through the plate row by row.
    Counted(u32),
    /// One of the sixteen wells where a smaller plate has one.
    Sixteenth(WellId),
}

impl Spelled {
    /// Whether a row and a column as they are written lie on a plate.
    fn is_on_plate(self) -> bool {
        match self {
            Self::At { row: Line::Number(row) | Line::Letters(row), column } => {
                row <= u32::from(MAX_SHAPE.rows) && column <= u32::from(MAX_SHAPE.columns)
            }
            Self::Counted(_) | Self::Sixteenth(_) => true,
        }
    }
}

/// A row by its letters, from 0, or by its number as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Letters(u32),
    Number(u32),
}

/// The texts that say a well: of the group of the well, or of its row and column.
pub(crate) type WellTexts<'a> = (Option<&'a str>, Option<&'a str>);

/// The wells that texts say.
#[derive(Debug, Default)]
pub(crate) struct SpelledWells<'a> {
    of: HashMap<WellTexts<'a>, Option<WellId>>,
    /// The plate whose wells were counted through, whether the pattern says it or it is a guess.
    pub(in crate::plate) counted_on: Option<PlateShape>,
    /// What was assumed, in sentences.
    pub(crate) notes: Vec<String>,
}

impl<'a> SpelledWells<'a> {
    /// The wells of texts of the group of the well.
    pub(crate) fn of_wells(texts: &BTreeSet<&'a str>, counted_on: Option<PlateShape>) -> Self {
        // Six digits are a row and a column only where all of them can be.
        let is_line = |text: &&str| text.len() != 6 || spelled(text, false).is_none_or(Spelled::is_on_plate);
        let is_counted = counted_on.is_some() || !texts.iter().all(is_line);
        let spelled = texts.iter().map(|text| ((Some(*text), None), spelled(text, is_counted)));
        Self::of(spelled.collect(), counted_on, false)
    }

    /// The wells of texts of rows and columns. Where either has no group, it is the first. That both are counted from 0
    /// is said, or seen from a 0 among them.
    pub(crate) fn of_lines(texts: &BTreeSet<WellTexts<'a>>, is_from_0: bool) -> Self {
        let has_row = texts.iter().any(|(row, _)| row.is_some());
        let has_column = texts.iter().any(|(_, column)| column.is_some());
        let spelled = texts.iter().map(|(row, column)| {
            let row_of = |text: &str| line(text);
            let at = match (row.map(row_of), column.map(number_of)) {
                // What others have and this lacks is not known of this.
                _ if has_row != row.is_some() || has_column != column.is_some() => None,
                (None, None) => Some((Line::Letters(0), 1)),
                (Some(row), None) => row.map(|row| (row, 1)),
                (None, Some(column)) => column.map(|column| (Line::Letters(0), column)),
                (Some(row), Some(column)) => row.zip(column),
            };
            ((*row, *column), at.map(|(row, column)| Spelled::At { row, column }))
        });
        Self::of(spelled.collect(), None, is_from_0)
    }

    fn of(
        spelled: HashMap<WellTexts<'a>, Option<Spelled>>,
        counted_on: Option<PlateShape>,
        is_said_from_0: bool,
    ) -> Self {
        let mut notes = Vec::new();
        let all = || spelled.values().flatten();
        let is_row_0 = |spelled: &Spelled| matches!(spelled, Spelled::At { row: Line::Number(0), .. });
        let is_column_0 = |spelled: &Spelled| matches!(spelled, Spelled::At { column: 0, .. });
        let has_row_numbers = all().any(|one| matches!(one, Spelled::At { row: Line::Number(_), .. }));
        let is_from_0 = is_said_from_0 || all().any(is_row_0) || all().any(is_column_0);
        if is_from_0 && !is_said_from_0 {
            notes.push(match has_row_numbers {
                true => "well: rows and columns are counted from 0, because one of them is 0".to_owned(),
                false => "well: columns are counted from 0, because one of them is 0".to_owned(),
            });
        }
        let counted = all().filter_map(|one| match one {
            Spelled::Counted(number) => Some(*number),
            _ => None,
        });
        let counted: BTreeSet<u32> = counted.collect();
        let is_counted_from_0 = counted.contains(&0);
        let last = counted.last().map(|last| last.saturating_add(u32::from(is_counted_from_0)));
        let holds = |shape: &PlateShape| last.is_some_and(|last| last as usize <= shape.wells());
        let shape = last.and_then(|_| counted_on.or_else(|| KNOWN_SHAPES.into_iter().find(holds)));
        if let Some(shape) = shape {
            if counted_on.is_none() {
                notes.push(format!(
                    "well: numbers up to {}, counted row by row on a plate of {} wells ({} columns). This is a \
                     guess: name the group well{} or with another number of wells to set it",
                    counted.last().unwrap_or(&0),
                    shape.wells(),
                    shape.columns,
                    shape.wells()
                ));
            }
            if is_counted_from_0 {
                notes.push("well: wells are counted from 0, because one of them is 0".to_owned());
            }
        }
        let from = u32::from(!is_from_0);
        let counted_from = u32::from(!is_counted_from_0);
        let well = |spelled: Spelled| match spelled {
            Spelled::Sixteenth(well) => Some(well),
            Spelled::At { row: Line::Letters(row), column } => WellId::at(row, column.checked_sub(from)?),
            Spelled::At { row: Line::Number(row), column } => {
                WellId::at(row.checked_sub(from)?, column.checked_sub(from)?)
            }
            Spelled::Counted(number) => {
                let (index, columns) = (number.checked_sub(counted_from)?, u32::from(shape?.columns));
                WellId::at(index / columns, index % columns)
                    .filter(|well| shape.is_some_and(|s| s.contains(*well)))
            }
        };
        let of = spelled.into_iter().map(|(texts, spelled)| (texts, spelled.and_then(well)));
        Self { of: of.collect(), counted_on: shape, notes }
    }

    /// The well of texts; `None` where they say none.
    pub(crate) fn get(&self, texts: WellTexts<'a>) -> Option<WellId> {
        self.of.get(&texts).copied().flatten()
    }
}

/// A row: letters, or a number.
fn line(text: &str) -> Option<Line> {
    let text = without_word(text, &["row", "r"]);
    number_of(text).map(Line::Number).or_else(|| letters(text).map(Line::Letters))
}

/// The row, from 0, of letters.
fn letters(text: &str) -> Option<u32> {
    WellId::from_row_letters(text, 1).map(|well| u32::from(well.row))
}

/// A number, with a word before it or without.
fn number_of(text: &str) -> Option<u32> {
    let digits = without_word(text, &["column", "col", "c"]);
    let is_number =
        !digits.is_empty() && digits.len() <= 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// A text without a word before it, in any case, and what stands between.
fn without_word<'a>(text: &'a str, words: &[&str]) -> &'a str {
    let has = |word: &&&str| {
        let after = text.get(word.len()..).filter(|_| text[..word.len()].eq_ignore_ascii_case(word));
        // A row may be called r, too.
        after.is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit() || is_between(c)))
    };
    let is_long = |word: &&&str| text.is_char_boundary(word.len()) && text.len() > word.len();
    match words.iter().filter(is_long).find(has) {
        Some(word) => text[word.len()..].trim_start_matches(is_between),
        None => text,
    }
}

/// What may stand between a row and a column.
fn is_between(c: char) -> bool {
    matches!(c, ' ' | '-' | '_' | '/')
}

/// What a text of the group of the well says.
fn spelled(text: &str, is_counted: bool) -> Option<Spelled> {
    let text = text.trim();
    let text = match text.get(..4) {
        Some(word) if word.eq_ignore_ascii_case("well") => text[4..].trim_start_matches(is_between),
        _ => text,
    };
    if !text.is_ascii() {
        return None;
    }
    let parts = parts(text);
    let number = |digits: &str| digits.parse::<u32>().ok().filter(|_| digits.len() <= 6);
    match parts.as_slice() {
        // `001002` is row 1 and column 2 with three digits each, as flex files are called.
        [digits] if !is_counted && digits.len() == 6 && number(digits).is_some() => {
            Some(Spelled::At { row: Line::Number(number(&digits[..3])?), column: number(&digits[3..])? })
        }
        [digits] if number(digits).is_some() => Some(Spelled::Counted(number(digits)?)),
        // W is also a row, of which no column has three digits.
        [w, digits] if w.eq_ignore_ascii_case("w") && (is_counted || digits.len() > 2) => {
            Some(Spelled::Counted(number(digits)?))
        }
        [row, column] => match (letters(row), number(column)) {
            (Some(row), Some(column)) => Some(Spelled::At { row: Line::Letters(row), column }),
            _ => Some(Spelled::At { row: Line::Letters(letters(column)?), column: number(row)? }),
        },
        [r, row, c, column] if is_word(r, &["r", "row"]) && is_word(c, &["c", "col", "column"]) => {
            Some(Spelled::At { row: Line::Number(number(row)?), column: number(column)? })
        }
        [row, column, row_in, column_in] => sixteenth(row, column, row_in, column_in),
        _ => None,
    }
}

fn is_word(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// `B03.a1`: the upper left of the sixteen wells of a plate of 1536 that lie where a plate of 96 has B03, as CellVoyager
/// calls them.
fn sixteenth(row: &str, column: &str, row_in: &str, column_in: &str) -> Option<Spelled> {
    let (row, row_in) = (letters(row)?, letters(row_in).filter(|row| *row < 4)?);
    let column: u32 = column.parse::<u32>().ok().filter(|column| *column <= 12)?;
    let column_in: u32 = column_in.parse().ok().filter(|column| (1..=4).contains(column))?;
    WellId::at(row * 4 + row_in, column.checked_sub(1)? * 4 + column_in - 1).map(Spelled::Sixteenth)
}

/// The runs of letters and of digits of a text; nothing where anything else is in it than what may stand between.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_same = |c: char| c.is_ascii_digit() == first.is_ascii_digit() && c.is_ascii_alphanumeric();
        let len = rest.find(|c: char| !is_same(c)).unwrap_or(rest.len());
        if len == 0 {
            return Vec::new();
        }
        parts.push(&rest[..len]);
        rest = rest[len..].trim_start_matches(|c| is_between(c) || c == '.');
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(wells: &SpelledWells<'_>, texts: WellTexts<'_>) -> String {
        // Texts are looked up as they were put in.
        let of = wells.of.iter().find(|(of, _)| **of == texts);
        of.and_then(|(_, well)| *well).map_or("-".to_owned(), |well| well.to_string())
    }

    #[test]
    fn wells_are_spelled_in_many_ways() {
        /// Texts of one plate, the wells of a plate that the pattern says, the wells, number of notes.
        type Case<'a> = (&'a [&'a str], Option<usize>, &'a [&'a str], usize);
        let table: &[Case<'_>] = &[
            (&["A01", "h12", "AA01", "AF48", "P1"], None, &["A01", "H12", "AA01", "AF48", "P01"], 0),
            (&["01A", "2b", "12 H", "3-C"], None, &["A01", "B02", "H12", "C03"], 0),
            (&["A - 1", "A - 02", "B_3", "C 04", "D-5"], None, &["A01", "A02", "B03", "C04", "D05"], 0),
            (&["r01c01", "R16C24", "Row 2 Col 3", "row3_column4"], None, &["A01", "P24", "B03", "C04"], 0),
            (&["r00c00", "r01c11"], None, &["A01", "B12"], 1),
            (&["WellA01", "well B2", "Well_C03"], None, &["A01", "B02", "C03"], 0),
            (&["A0", "A11"], None, &["A01", "A12"], 1),
            (&["001001", "016024"], None, &["A01", "P24"], 0),
            (&["W0018", "W00001"], None, &["C06", "A01"], 1),
            (&["000013", "000096"], None, &["B01", "H12"], 1),
            (&["B/2", "C/11"], None, &["B02", "C11"], 0),
            (&["18", "1"], Some(96), &["B06", "A01"], 0),
            (&["W0018", "0384"], Some(384), &["A18", "P24"], 0),
            (&["W18", "W1"], Some(96), &["B06", "A01"], 0),
            (&["0", "95"], Some(96), &["A01", "H12"], 1),
            (&["97"], Some(96), &["-"], 0),
            (&["W24"], None, &["W24"], 0),
            (&["B03.a1", "B03.b2", "A01"], None, &["E09", "F10", "A01"], 0),
            (&["AG01", "A49", "Z", "", "cell", "A01x", "A1B", "é1", "1234567"], None, &["-"; 9], 0),
        ];
        for (texts, counted_on, expected, notes) in table {
            let counted_on =
                counted_on.and_then(|wells| KNOWN_SHAPES.into_iter().find(|s| s.wells() == wells));
            let wells = SpelledWells::of_wells(&texts.iter().copied().collect(), counted_on);
            let found: Vec<_> = texts.iter().map(|text| shown(&wells, (Some(text), None))).collect();
            assert_eq!(
                (found.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), wells.notes.len()),
                (*expected, *notes),
                "{texts:?} {:?}",
                wells.notes
            );
        }
    }

    #[test]
    fn rows_and_columns_of_their_own() {
        type Case<'a> = (&'a [WellTexts<'a>], &'a [&'a str], usize);
        let table: &[Case<'_>] = &[
            (&[(Some("B"), Some("03")), (Some("AA"), Some("1"))], &["B03", "AA01"], 0),
            (&[(Some("01"), Some("01")), (Some("16"), Some("24"))], &["A01", "P24"], 0),
            (&[(Some("00"), Some("07")), (Some("1"), Some("0"))], &["A08", "B01"], 1),
            (&[(Some("r2"), Some("c3")), (Some("Row 4"), Some("col5"))], &["B03", "D05"], 0),
            (&[(Some("R"), Some("1"))], &["R01"], 0),
            (&[(None, None)], &["A01"], 0),
            (&[(Some("C"), None)], &["C01"], 0),
            (&[(Some("C"), Some("2")), (None, None), (None, Some("2"))], &["C02", "-", "-"], 0),
            (&[(None, Some("4"))], &["A04"], 0),
            (&[(Some("ZZ"), Some("1")), (Some("A"), Some("x")), (Some("33"), Some("1"))], &["-"; 3], 0),
        ];
        for (texts, expected, notes) in table {
            let wells = SpelledWells::of_lines(&texts.iter().copied().collect(), false);
            let found: Vec<_> = texts.iter().map(|texts| shown(&wells, *texts)).collect();
            assert_eq!(
                (found.as_slice(), wells.notes.len()),
                (&expected.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..], *notes),
                "{texts:?}"
            );
        }
        let texts = (Some("1"), Some("02"));
        let wells = SpelledWells::of_lines(&BTreeSet::from([texts]), true);
        assert_eq!((shown(&wells, texts).as_str(), wells.notes.len()), ("B03", 0));
    }
}
