//! Numbers and their units, as people write them into layouts.
//!
//! Whether a comma is a decimal mark is told from all numbers of a column: in `0,5` it is, in `1,000` of a table whose cells are
//! parted by commas it is not. A unit stands in the heading (`dose (µM)`, `dose_uM`, `Konzentration in µM`) or behind each number;
//! behind numbers only units that are known are taken for one, so that `3T3` and `5-FU` stay names.

use std::borrow::Cow;

/// A number as it is written, without its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Amount<'a> {
    /// Digits, marks and exponent.
    pub(super) numeral: &'a str,
    /// What stands behind it; empty where nothing does.
    pub(super) unit: &'a str,
}

/// What marks of numbers mean in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    /// The decimal mark; the other one groups digits.
    decimal: u8,
}

/// What stands where there is no number.
const NOTHING: [&str; 12] = ["-", "–", "—", "/", ".", "na", "n/a", "n.a.", "nan", "#n/a", "none", "null"];

/// Whether a text among numbers says that there is none.
pub(super) fn is_nothing(text: &str) -> bool {
    NOTHING.iter().any(|nothing| text.eq_ignore_ascii_case(nothing))
}

impl<'a> Amount<'a> {
    /// The number and the unit of a text; `None` where it is none.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let bytes = text.as_bytes();
        let sign = if text.starts_with(['+', '-']) {
            1
        } else if text.starts_with('−') {
            '−'.len_utf8()
        } else {
            0
        };
        let mut end = sign;
        let mut has_digit = false;
        while let Some(byte) = bytes.get(end) {
            match byte {
                b'0'..=b'9' => has_digit = true,
                b'.' | b',' => {}
                _ => {
                    // Digits in groups of three with a blank or an apostrophe between.
                    let rest = &text[end..];
                    let Some(c) = rest
                        .chars()
                        .next()
                        .filter(|c| matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’'))
                    else {
                        break;
                    };
                    let after = &rest[c.len_utf8()..];
                    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
                    if !has_digit || digits != 3 {
                        break;
                    }
                    end += c.len_utf8();
                    continue;
                }
            }
            end += 1;
        }
        if !has_digit {
            return None;
        }
        if let Some(b'e' | b'E') = bytes.get(end) {
            let signed = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let digits = text[signed..].bytes().take_while(u8::is_ascii_digit).count();
            if digits > 0 {
                end = signed + digits;
            }
        }
        let unit = text[end..].trim();
        (unit.is_empty() || known_unit(unit).is_some()).then_some(Self { numeral: &text[..end], unit })
    }
}

impl Marks {
    /// What they mean in the numbers of a column. `has_commas_between` says that commas part the cells of the table.
    pub(super) fn of<'a>(numerals: impl Iterator<Item = &'a str> + Clone, has_commas_between: bool) -> Self {
        let last_mark = |text: &str| text.bytes().rev().find(|byte| matches!(byte, b'.' | b','));
        // A number of both says it.
        let both = numerals.clone().find(|text| text.contains('.') && text.contains(','));
        if let Some(decimal) = both.and_then(last_mark) {
            return Self { decimal };
        }
        let mut of_commas = numerals.filter(|text| text.contains(',')).peekable();
        let has_commas = of_commas.peek().is_some();
        let are_groups = of_commas.all(is_grouped);
        let is_decimal = has_commas && !(are_groups && has_commas_between);
        Self { decimal: if is_decimal { b',' } else { b'.' } }
    }

    /// The finite number of a numeral; `None` where it is none after all.
    pub(super) fn number(self, numeral: &str) -> Option<f64> {
        let (decimal, group) = if self.decimal == b',' { (',', '.') } else { ('.', ',') };
        let (whole, _) = numeral.split_once(decimal).unwrap_or((numeral, ""));
        // Among numbers with a decimal comma a point may be a decimal point all the same: `0,5` beside `1.25`.
        let is_decimal_too =
            whole.len() == numeral.len() && group == '.' && !is_grouped(&whole.replace('.', ","));
        let mut plain = String::with_capacity(numeral.len());
        for c in numeral.chars() {
            match c {
                '0'..='9' | '+' | '-' | 'e' | 'E' => plain.push(c),
                '−' => plain.push('-'),
                c if c == decimal || (c == group && is_decimal_too) => plain.push('.'),
                _ => {}
            }
        }
        if !is_decimal_too && whole.contains(group) && !is_grouped(&whole.replace('.', ",")) {
            return None;
        }
        plain.parse().ok().filter(|number: &f64| number.is_finite())
    }
}

/// Whether the commas of a number stand where they group thousands: `1,000` or `12,345,678`.
fn is_grouped(numeral: &str) -> bool {
    let digits = numeral.trim_start_matches(['+', '-', '−']);
    let digits = digits.split(['.', 'e', 'E']).next().unwrap_or(digits);
    let mut groups = digits.split(',');
    let first = groups.next().unwrap_or_default();
    let are_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    (1..=3).contains(&first.len())
        && are_digits(first)
        && groups.all(|group| group.len() == 3 && are_digits(group))
}

/// Units that are written otherwise than they are read.
const WRITTEN: [(&str, &str); 18] = [
    ("%", "%"),
    ("°C", "°C"),
    ("h", "h"),
    ("hr", "h"),
    ("hrs", "h"),
    ("hours", "h"),
    ("Std", "h"),
    ("min", "min"),
    ("sec", "s"),
    ("d", "d"),
    ("days", "d"),
    ("Gy", "Gy"),
    ("MOI", "MOI"),
    ("x", "x"),
    ("fold", "fold"),
    ("rpm", "rpm"),
    ("ppm", "ppm"),
    ("ppb", "ppb"),
];

/// What units of amounts and concentrations are made of.
const BASES: [&str; 11] = ["M", "mol", "g", "l", "L", "s", "U", "IU", "cells", "Zellen", "well"];

/// Prefixes and their powers of ten.
const PREFIXES: [(&str, i32); 7] =
    [("", 0), ("m", -3), ("µ", -6), ("n", -9), ("p", -12), ("f", -15), ("k", 3)];

/// A unit as it is shown; `None` of a text that is none that is known.
pub(super) fn known_unit(text: &str) -> Option<String> {
    let text = with_micro(text.trim());
    if let Some((_, shown)) = WRITTEN.iter().find(|(written, _)| text == *written) {
        return Some((*shown).to_owned());
    }
    // Of a percentage may be said of what: `% (v/v)`.
    if let Some(of) = text.strip_prefix('%') {
        let of = of.trim().trim_matches(['(', ')']);
        return ["v/v", "w/v", "w/w", "vol", "m/v"].contains(&of).then(|| format!("% {of}"));
    }
    let parts: Vec<Cow<'_, str>> =
        text.split('/').map(|part| part_of_unit(part.trim())).collect::<Option<_>>()?;
    (parts.len() <= 2).then(|| parts.join("/"))
}

/// The micro sign, however it is written.
pub(super) fn with_micro(text: &str) -> Cow<'_, str> {
    if text.contains('μ') { text.replace('μ', "µ").into() } else { text.into() }
}

fn part_of_unit(part: &str) -> Option<Cow<'_, str>> {
    let is_made = |part: &str| {
        BASES.iter().any(|base| {
            part.strip_suffix(base).is_some_and(|prefix| PREFIXES.iter().any(|(one, _)| *one == prefix))
        })
    };
    if is_made(part) {
        return Some(part.into());
    }
    let micro = part.strip_prefix('u').map(|rest| format!("µ{rest}"));
    micro.filter(|micro| is_made(micro)).map(Cow::Owned)
}

/// The power of ten of a known unit's prefix, and the unit without it: two units of which that is the same are of one kind.
pub(super) fn scale(unit: &str) -> Option<(i32, &str)> {
    let numerator = unit.split('/').next().unwrap_or(unit);
    let base = BASES.iter().find(|base| {
        numerator.strip_suffix(**base).is_some_and(|prefix| PREFIXES.iter().any(|(one, _)| *one == prefix))
    })?;
    let prefix = &numerator[..numerator.len() - base.len()];
    let (_, power) = PREFIXES.iter().find(|(one, _)| *one == prefix)?;
    Some((*power, &unit[prefix.len()..]))
}

/// The name and the unit of the heading of a column of numbers.
pub(super) fn split_heading(heading: &str) -> (&str, Option<String>) {
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some((name, unit)) = heading.strip_suffix(close).and_then(|rest| rest.rsplit_once(open))
            && !name.trim().is_empty()
            && !unit.trim().is_empty()
        {
            let unit = unit.trim();
            return (name.trim(), Some(known_unit(unit).unwrap_or_else(|| with_micro(unit).into_owned())));
        }
    }
    let last = |separator: char| {
        let (name, unit) = heading.rsplit_once(separator)?;
        // One letter may be anything.
        let unit = known_unit(unit).filter(|known| unit.trim().chars().count() > 1 || known == "%")?;
        let name = name.trim_end_matches([' ', '_', ',', '/']);
        let name = name.strip_suffix(" in").unwrap_or(name).trim_end();
        (!name.is_empty()).then_some((name, Some(unit)))
    };
    [' ', '_', '/'].into_iter().find_map(last).unwrap_or((heading, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_names() {
        let table = [
            ("10", Some(("10", ""))),
            ("0,5 µM", Some(("0,5", "µM"))),
            ("-1.5e-6 M", Some(("-1.5e-6", "M"))),
            ("−3", Some(("−3", ""))),
            ("10 000 cells/well", Some(("10 000", "cells/well"))),
            ("1'000", Some(("1'000", ""))),
            ("24h", Some(("24", "h"))),
            ("0.1 % (v/v)", Some(("0.1", "% (v/v)"))),
            ("5 ug/ml", Some(("5", "ug/ml"))),
            ("3T3", None),
            ("5-FU", None),
            ("2D", None),
            ("DMSO", None),
            ("", None),
            ("-", None),
            ("10 µM DMSO", None),
            ("siRNA 3", None),
        ];
        for (text, expected) in table {
            let found = Amount::of(text);
            assert_eq!(found.map(|amount| (amount.numeral, amount.unit)), expected, "{text}");
        }
    }

    #[test]
    fn marks_follow_from_the_whole_column() {
        type Case<'a> = (&'a [&'a str], bool, &'a [Option<f64>]);
        let table: &[Case<'_>] = &[
            (&["0.5", "10"], true, &[Some(0.5), Some(10.0)]),
            (&["0,5", "10"], false, &[Some(0.5), Some(10.0)]),
            // In quotes, in a table whose cells are parted by commas.
            (&["0,5", "10,25"], true, &[Some(0.5), Some(10.25)]),
            (&["1,000", "10,000"], true, &[Some(1000.0), Some(10_000.0)]),
            (&["1,000", "0,125"], false, &[Some(1.0), Some(0.125)]),
            (&["1.000,5", "2.000"], false, &[Some(1000.5), Some(2000.0)]),
            (&["1,000.5", "2,000"], true, &[Some(1000.5), Some(2000.0)]),
            // Numbers of a workbook beside one that was typed as text.
            (&["0,5", "1.25"], false, &[Some(0.5), Some(1.25)]),
            (&["1e-6", "1,5E-06"], false, &[Some(1e-6), Some(1.5e-6)]),
            (&["10 000", "1'000"], false, &[Some(10_000.0), Some(1000.0)]),
            (&["1.2.3", "1,2,3"], false, &[None, None]),
            (&["1e999"], false, &[None]),
        ];
        for (numerals, between, expected) in table {
            let marks = Marks::of(numerals.iter().copied(), *between);
            let found: Vec<_> = numerals.iter().map(|numeral| marks.number(numeral)).collect();
            assert_eq!(found, *expected, "{numerals:?}");
        }
    }

    #[test]
    fn units_stand_in_headings() {
        let table = [
            ("dose (µM)", ("dose", Some("µM"))),
            ("Dose [μM]", ("Dose", Some("µM"))),
            ("dose (uM)", ("dose", Some("µM"))),
            ("dose_uM", ("dose", Some("µM"))),
            ("Konzentration in µM", ("Konzentration", Some("µM"))),
            ("conc. ng/ml", ("conc.", Some("ng/ml"))),
            ("Concentration / µM", ("Concentration", Some("µM"))),
            ("cells (per well)", ("cells", Some("per well"))),
            ("DMSO %", ("DMSO", Some("%"))),
            ("replicate", ("replicate", None)),
            ("time_h", ("time_h", None)),
            ("group d", ("group d", None)),
            ("(µM)", ("(µM)", None)),
            ("dose ()", ("dose ()", None)),
        ];
        for (heading, (name, unit)) in table {
            assert_eq!(split_heading(heading), (name, unit.map(str::to_owned)), "{heading}");
        }
    }

    #[test]
    fn units_of_one_kind_are_known() {
        let table = [
            ("µM", Some((-6, "M"))),
            ("nM", Some((-9, "M"))),
            ("M", Some((0, "M"))),
            ("mol", Some((0, "mol"))),
            ("mmol/l", Some((-3, "mol/l"))),
            ("ng/ml", Some((-9, "g/ml"))),
            ("%", None),
            ("h", None),
        ];
        for (unit, expected) in table {
            assert_eq!(scale(unit), expected, "{unit}");
        }
    }
}
