//! What in a path looks like a well or a component: by how it is spelled, and by the letters before a number.
//!
//! Each find is a guess; which of them hold is decided over many paths (`choice.rs`). Deliberately absent: numbers and
//! words with nothing before them, which can be told only by comparing paths (`rest.rs`).

use std::ops::Range;

use crate::plate::{Component, MAX_SHAPE, WellId};

/// What a part of a path may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Guess {
    Well(Spelling),
    Row,
    Column,
    Component(Component),
    /// A time of a clock.
    Time,
}

/// How a well is spelled; the surer first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Spelling {
    /// `r01c02`
    RowsColumns,
    /// `A01`
    Letters,
    /// `01A`
    NumberFirst,
    /// `A - 1`
    Apart,
    /// `W0018`
    Counted,
    /// `001002`
    SixDigits,
}

/// A part of a path and what it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) guess: Guess,
    /// The letters by which it was known, with what stands between them and the value.
    pub(super) lead: Range<usize>,
    pub(super) value: Range<usize>,
}

/// Letters before a number and what the number is then.
const LETTERS: [(Component, &[&str]); 4] = [
    (
        Component::Site,
        &[
            "s", "f", "p", "site", "field", "fld", "fov", "pos", "position", "point", "xy", "region", "tile",
            "loc", "location", "im", "img", "image",
        ],
    ),
    (Component::Channel, &["w", "c", "ch", "wv", "wave", "wavelength", "channel", "chan", "d", "o"]),
    (Component::Z, &["z", "zstep", "plane", "pl", "slice", "zslice", "zplane", "stack", "zs", "zpos"]),
    (Component::Timepoint, &["t", "tp", "time", "timepoint", "frame", "tl", "n", "day", "hour"]),
];

/// Whether a letter alone is one of those before a number.
pub(super) fn is_lead(letter: &str) -> bool {
    let letter = letter.to_ascii_lowercase();
    component_of(&letter).is_some()
        || ["l", "j", "e", "x", "y", "u", "v", "k", "m"].contains(&letter.as_str())
}

fn component_of(letters: &str) -> Option<Component> {
    LETTERS.into_iter().find(|(_, all)| all.contains(&letters)).map(|(component, _)| component)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Letters,
    Digits,
    Other,
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    at: Range<usize>,
}

/// Runs of letters, runs of digits, and every other character by itself.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (at, c) in text.char_indices() {
        let kind = match c {
            c if c.is_ascii_digit() => Kind::Digits,
            c if c.is_alphabetic() => Kind::Letters,
            _ => Kind::Other,
        };
        let end = at + c.len_utf8();
        match tokens.last_mut() {
            Some(last) if last.kind == kind && kind != Kind::Other => last.at.end = end,
            _ => tokens.push(Token { kind, at: at..end }),
        }
    }
    tokens
}

/// All that may be a well or a component in a path without its ending, in order.
pub(super) fn marks(path: &str) -> Vec<Mark> {
    let tokens = tokens(path);
    let scan = Scan { path, tokens: &tokens };
    let mut marks: Vec<Mark> = Vec::new();
    for mark in (0..tokens.len()).flat_map(|at| scan.at(at)) {
        // What begins within a time is a part of it.
        let is_part = |time: &Mark| time.guess == Guess::Time && time.value.contains(&mark.value.start);
        if !marks.iter().any(is_part) {
            marks.push(mark);
        }
    }
    marks
}

struct Scan<'a> {
    path: &'a str,
    tokens: &'a [Token],
}

impl<'a> Scan<'a> {
    fn text(&self, at: usize) -> &'a str {
        &self.path[self.tokens[at].at.clone()]
    }

    fn is(&self, at: usize, kind: Kind) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == kind)
    }

    fn is_text(&self, at: usize, text: &str) -> bool {
        at < self.tokens.len() && self.text(at) == text
    }

    /// The place of the next digits: at once, or beyond what may stand between.
    fn digits_after(&self, at: usize) -> Option<usize> {
        let is_between =
            |at: &usize| self.is(*at, Kind::Other) && [" ", "-", "_", "="].contains(&self.text(*at));
        let next = (at + 1..).take(4).find(|at| !is_between(at))?;
        self.is(next, Kind::Digits).then_some(next)
    }

    /// What begins at a token.
    fn at(&self, at: usize) -> Vec<Mark> {
        let token = &self.tokens[at];
        let is_apart = at == 0 || !self.is(at - 1, Kind::Digits);
        match token.kind {
            Kind::Letters => self.letters(at, is_apart),
            Kind::Digits => self.digits(at, at == 0 || self.is(at - 1, Kind::Other)),
            Kind::Other => Vec::new(),
        }
    }

    fn letters(&self, at: usize, is_apart: bool) -> Vec<Mark> {
        let (begin, end) = (self.tokens[at].at.start, self.tokens[at].at.end);
        let lower = self.text(at).to_lowercase();
        let mut marks = self.folders(at);
        let Some(digits) = self.digits_after(at) else { return marks };
        let (number, value) = (self.text(digits), self.tokens[digits].at.clone());
        let is_next = digits == at + 1;
        let mut mark = |guess, lead: Range<usize>, value| marks.push(Mark { guess, lead, value });
        if ["r", "row"].contains(&lower.as_str())
            && let Some(column) = (digits + 1..).take(2).find(|next| self.is(*next, Kind::Letters))
            && ["c", "col", "column"].contains(&self.text(column).to_lowercase().as_str())
            && let Some(last) = self.digits_after(column)
        {
            mark(Guess::Well(Spelling::RowsColumns), begin..begin, begin..self.tokens[last].at.end);
        }
        // Fields that are told by column and row: both together are the site.
        if lower == "x"
            && is_next
            && let Some(y) = (digits + 1..).take(4).find(|next| !self.is(*next, Kind::Other))
            && self.is(y, Kind::Letters)
            && self.text(y).eq_ignore_ascii_case("y")
            && self.is(y + 1, Kind::Digits)
        {
            mark(Guess::Component(Component::Site), begin..begin, begin..self.tokens[y + 1].at.end);
        }
        // `A01`, also as `WellA01`.
        let row_at = if lower.starts_with("well") && end - begin > 4 { begin + 4 } else { begin };
        let row = &self.path[row_at..end];
        if number.len() <= 2 && is_well(row, number) {
            if is_next && is_apart {
                mark(Guess::Well(Spelling::Letters), begin..row_at, row_at..value.end);
            } else if !is_next && is_apart && row.bytes().all(|byte| byte.is_ascii_uppercase()) {
                mark(Guess::Well(Spelling::Apart), begin..row_at, row_at..value.end);
            }
        }
        if lower == "well" || (lower == "w" && is_next && number.len() > 2) {
            mark(Guess::Well(Spelling::Counted), begin..value.start, value.clone());
        }
        match lower.as_str() {
            "u" if is_next => mark(Guess::Column, begin..value.start, value.clone()),
            "v" if is_next => mark(Guess::Row, begin..value.start, value.clone()),
            _ => {}
        }
        // `z 1` and `t 3` stand in names with spaces; other letters apart from a number are words.
        let is_near =
            is_next || lower.len() > 1 || (["z", "t"].contains(&lower.as_str()) && digits == at + 2);
        if let Some(component) = component_of(&lower).filter(|_| is_near) {
            mark(Guess::Component(component), begin..value.start, value);
        }
        marks
    }

    /// A folder for each row, and in it one for each column.
    fn folders(&self, at: usize) -> Vec<Mark> {
        let is_folder = (at == 0 || self.is_text(at - 1, "/")) && self.is_text(at + 1, "/");
        if !(is_folder && self.is(at + 2, Kind::Digits) && self.is_text(at + 3, "/")) {
            return Vec::new();
        }
        let (begin, end) = (self.tokens[at].at.start, self.tokens[at + 2].at.end);
        let mark = Mark { guess: Guess::Well(Spelling::Apart), lead: begin..begin, value: begin..end };
        if is_well(self.text(at), self.text(at + 2)) { vec![mark] } else { Vec::new() }
    }

    fn digits(&self, at: usize, is_apart: bool) -> Vec<Mark> {
        let Range { start, end } = self.tokens[at].at.clone();
        let (number, mut marks) = (self.text(at), Vec::new());
        let mut mark = |guess, value| marks.push(Mark { guess, lead: start..start, value });
        if is_apart && number.len() <= 2 && self.is(at + 1, Kind::Letters) && !self.is(at + 2, Kind::Digits) {
            let (row, row_end) = (self.text(at + 1), self.tokens[at + 1].at.end);
            if row.len() == 1 && is_well(row, number) {
                mark(Guess::Well(Spelling::NumberFirst), start..row_end);
            }
        }
        if is_apart && number.len() == 6 && well_of_six(number).is_some() {
            mark(Guess::Well(Spelling::SixDigits), start..end);
        }
        if let Some(end) = self.time_end(at).or_else(|| self.date_end(at)).filter(|_| is_apart) {
            mark(Guess::Time, start..end);
        }
        marks
    }

    /// Where a date with a time ends: `2024-03-04T10-01-00`, `20240304_100100`.
    fn date_end(&self, begin: usize) -> Option<usize> {
        let digits = |at: usize, len: usize| self.is(at, Kind::Digits) && self.text(at).len() == len;
        let is_year = |at: usize| ["19", "20"].contains(&&self.text(at)[..2.min(self.text(at).len())]);
        let day = match () {
            () if digits(begin, 8) && is_year(begin) => begin,
            () if digits(begin, 4) && is_year(begin) && digits(begin + 2, 2) && digits(begin + 4, 2) => {
                begin + 4
            }
            () => return None,
        };
        let mut at = day + 2;
        if digits(at, 6) {
            return Some(self.tokens[at].at.end);
        }
        let mut end = None;
        while digits(at, 2) {
            end = Some(self.tokens[at].at.end);
            at += 2;
        }
        end
    }

    /// Where a time ends that begins at digits: `03d06h40m`, `2020y01m31d_00h00m`.
    fn time_end(&self, begin: usize) -> Option<usize> {
        let (mut at, mut units, mut end) = (begin, String::new(), None);
        while self.is(at, Kind::Digits) && self.is(at + 1, Kind::Letters) {
            let unit = self.text(at + 1);
            if !["y", "m", "d", "h", "s", "min"].contains(&unit) {
                break;
            }
            units.push_str(unit);
            end = Some(self.tokens[at + 1].at.end);
            at += 2;
            if self.is(at, Kind::Other) && self.text(at) == "_" && self.is(at + 1, Kind::Digits) {
                at += 1;
            }
        }
        end.filter(|_| units.len() > 1 && (units.contains('h') || units.contains("ym")))
    }
}

/// Whether letters and a number are a row and a column, which may be counted from 0.
fn is_well(row: &str, column: &str) -> bool {
    let is_column = column.parse().is_ok_and(|column: u16| column <= MAX_SHAPE.columns);
    is_column && WellId::from_row_letters(row, 1).is_some()
}

/// The well of row and column with three digits each, as in `001002`.
fn well_of_six(digits: &str) -> Option<WellId> {
    let number = |digits: &str| digits.parse::<u32>().ok()?.checked_sub(1);
    WellId::at(number(digits.get(..3)?)?, number(digits.get(3..)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_spellings_are_seen() {
        let table = [
            ("P_A01_s1_w2", "Well(Letters) A01, Well(Letters) s1, Site 1, Well(Letters) w2, Channel 2"),
            (
                "x_C10_T0001F002L01Z03C01",
                "Well(Letters) C10, Channel 10, Timepoint 0001, Site 002, Z 03, Channel 01",
            ),
            ("r01c02f03", "Well(RowsColumns) r01c02, Well(Letters) r01, Channel 02, Site 03"),
            ("Row 1 Col 2", "Well(RowsColumns) Row 1 Col 2"),
            ("01A", "Well(NumberFirst) 01A"),
            ("A - 1(fld 2 wv", "Well(Apart) A - 1, Site 2"),
            ("B2--W00014--P00001", "Well(Letters) B2, Well(Counted) 00014, Channel 00014, Site 00001"),
            ("WellB03_Point2", "Well(Letters) B03, Site 2"),
            ("Well 12", "Well(Counted) 12"),
            ("x_2024-03-04T10-01-00", "Time 2024-03-04T10-01-00"),
            ("x_20240304_100100.5", "Time 20240304_100100"),
            ("B/2/f1", "Well(Apart) B/2, Well(Letters) f1, Site 1"),
            ("g_A2_1_03d06h40m", "Well(Letters) A2, Time 03d06h40m"),
            ("v_2020y01m31d_00h30m", "Time 2020y01m31d_00h30m"),
            ("001002-3", "Well(SixDigits) 001002"),
            ("X00--Y00", "Site X00--Y00, Well(Letters) X00, Well(Letters) Y00"),
            ("U00--V01", "Well(Letters) U00, Well(Letters) V01, Column 00, Row 01"),
            ("cells 5", ""),
        ];
        for (path, expected) in table {
            let shown: Vec<_> = marks(path)
                .into_iter()
                .map(|mark| {
                    let guess = match mark.guess {
                        Guess::Component(component) => component.title().to_owned(),
                        guess => format!("{guess:?}"),
                    };
                    format!("{guess} {}", &path[mark.value])
                })
                .collect();
            let mut expected: Vec<_> = expected.split(", ").filter(|one| !one.is_empty()).collect();
            let mut shown: Vec<_> = shown.iter().map(String::as_str).collect();
            expected.sort_unstable();
            shown.sort_unstable();
            assert_eq!(shown, expected, "{path}");
        }
    }
}
