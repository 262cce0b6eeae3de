//! What the texts of a component's group are as numbers.
//!
//! Numbers are the microscope's own. What is no number is numbered from 1: times of a clock in their order, numbers with a sign
//! or decimals in theirs, words as people order them. Deliberately absent: a text that is refused. What no image
//! can have as a number is bounded where all images are (`Draft`).

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use alphanumeric_sort::compare_str;

use crate::plate::Component;
use crate::quantity::count_text;
use crate::shown_text::brief;

/// The texts of a component with their numbers.
#[derive(Debug, Default)]
pub(super) struct Numbers<'a> {
    of: HashMap<&'a str, u32>,
    /// Whether the texts are words, or else are numbered otherwise than they say.
    pub(super) are_ranks: bool,
}

impl<'a> Numbers<'a> {
    /// The numbers of all texts that a component has.
    pub(super) fn of(component: Component, texts: &BTreeSet<&'a str>) -> Self {
        // Channels have names, of which letters are a part.
        let first = texts.first().filter(|_| component != Component::Channel);
        let letters = first.map_or("", |text| &text[..letters_before(text)]);
        if let Some(of) = each(texts, |text| own_number(component, text, letters)) {
            return Self { of, are_ranks: false };
        }
        let mut ordered: Vec<&'a str> = texts.iter().copied().collect();
        if let Some(times) = each(texts, duration_secs).filter(|_| component == Component::Timepoint) {
            ordered.sort_by(|a, b| times.get(a).cmp(&times.get(b)).then_with(|| a.cmp(b)));
        } else if let Some(numbers) = each(texts, signed) {
            let by_number = |a: &&str, b: &&str| match (numbers.get(a), numbers.get(b)) {
                (Some(a), Some(b)) => a.total_cmp(b),
                _ => Ordering::Equal,
            };
            ordered.sort_by(|a, b| by_number(a, b).then_with(|| a.cmp(b)));
        } else {
            ordered.sort_by(|a, b| compare_str(a, b).then_with(|| a.cmp(b)));
        }
        Self { of: (1..).zip(ordered).map(|(number, text)| (text, number)).collect(), are_ranks: true }
    }

    /// The number of a text; 1 where the image has none.
    pub(super) fn get(&self, text: Option<&str>) -> u32 {
        text.and_then(|text| self.of.get(text)).copied().unwrap_or(1)
    }

    /// The texts that became ranks by their numbers.
    pub(super) fn names(&self) -> BTreeMap<u32, &'a str> {
        let named = self.of.iter().filter(|_| self.are_ranks);
        named.map(|(text, number)| (*number, *text)).collect()
    }

    /// What to say where texts became ranks.
    pub(super) fn note(&self, component: Component) -> Option<String> {
        let names = self.names();
        let (first, last) = (names.first_key_value()?, names.last_key_value()?);
        let values = match names.len() {
            1 => format!("“{}” was read as 1", brief(first.1)),
            count => format!(
                "{} values were numbered in their order, from “{}” as 1 to “{}” as {}",
                count_text(count),
                brief(first.1),
                brief(last.1),
                last.0
            ),
        };
        Some(format!("{component}: {values}"))
    }
}

/// What each of some texts is; `None` where one of them is nothing.
fn each<'a, T>(texts: &BTreeSet<&'a str>, of: impl Fn(&str) -> Option<T>) -> Option<HashMap<&'a str, T>> {
    texts.iter().map(|text| Some((*text, of(text)?))).collect()
}

/// How many letters a text begins with.
fn letters_before(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_alphabetic).count()
}

/// The number that a text says, `007`, also with letters before it that all have, `s7`.
fn own_number(component: Component, text: &str, letters: &str) -> Option<u32> {
    let digits = text.get(letters.len()..).filter(|_| text.starts_with(letters))?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_number.then(|| digits.parse().ok()).flatten()?;
    // A date in digits is larger than any number of an image.
    (number <= component.most()).then_some(number)
}

/// A number with a sign or decimals.
fn signed(text: &str) -> Option<f64> {
    let is_plain = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.');
    text.parse().ok().filter(|number: &f64| number.is_finite() && text.chars().all(is_plain))
}

/// A time as counted from a beginning, in seconds: `03d06h40m`, `40min`, `1h`. A date is none: its parts are ordered as
/// words are.
fn duration_secs(text: &str) -> Option<u64> {
    let (mut secs, mut rest) = (0_u64, text);
    let mut last_unit = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = match rest[..letters].to_ascii_lowercase().as_str() {
            "d" | "day" | "days" => 86_400,
            "h" | "hr" | "hour" | "hours" => 3_600,
            "m" | "min" => 60,
            "s" | "sec" => 1,
            _ => return None,
        };
        if unit >= last_unit {
            return None;
        }
        last_unit = unit;
        secs = secs.checked_add(number.checked_mul(unit)?)?;
        rest = rest[letters..].trim_start_matches(['_', '-', ' ']);
    }
    (last_unit < u64::MAX).then_some(secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_numbers_times_or_words() {
        use Component::{Channel, Site, Timepoint, Z};
        /// Component, texts, their numbers in the same order, whether they are ranks.
        type Case<'a> = (Component, &'a [&'a str], &'a [u32], bool);
        let table: &[Case<'_>] = &[
            (Site, &["001", "9", "12"], &[1, 9, 12], false),
            (Site, &["s2", "s10"], &[2, 10], false),
            (Site, &["a1", "b1", "a2"], &[1, 3, 2], true),
            (Channel, &["1", "9"], &[1, 9], false),
            (Channel, &["Cy5", "Cy3"], &[2, 1], true),
            (Channel, &["GFP", "DAPI", "Alexa 488", "Alexa 5"], &[4, 3, 2, 1], true),
            (Channel, &["1", "DAPI"], &[1, 2], true),
            (Z, &["-2", "-10", "0", "1"], &[2, 1, 3, 4], true),
            (Z, &["0.5", "10.0", "2.5"], &[1, 3, 2], true),
            (Timepoint, &["03d06h40m", "00d12h00m", "12d00h00m"], &[2, 1, 3], true),
            (Timepoint, &["1h", "90m", "45min"], &[2, 3, 1], true),
            (
                Timepoint,
                &["2020y01m31d_00h00m", "2020y02m01d_00h00m", "2019y12m31d_23h59m"],
                &[2, 3, 1],
                true,
            ),
            // No number of an image is as large as a date.
            (Timepoint, &["20240709131303", "20240709131258"], &[2, 1], true),
            (Channel, &["4000000000", "5"], &[2, 1], true),
            (Site, &["99999999999999999999", "1"], &[2, 1], true),
            (Timepoint, &["day", "night"], &[1, 2], true),
        ];
        for (component, texts, expected, are_ranks) in table {
            let numbers = Numbers::of(*component, &texts.iter().copied().collect());
            let found: Vec<u32> = texts.iter().map(|text| numbers.get(Some(text))).collect();
            assert_eq!((found.as_slice(), numbers.are_ranks), (*expected, *are_ranks), "{texts:?}");
            assert_eq!(numbers.note(*component).is_some(), *are_ranks);
            assert_eq!(numbers.get(None), 1);
        }
        let times = Numbers::of(Timepoint, &BTreeSet::from(["01d00h00m", "00d06h00m"]));
        let note =
            "timepoint: 2 values were numbered in their order, from “00d06h00m” as 1 to “01d00h00m” as 2";
        assert_eq!(times.note(Timepoint).as_deref(), Some(note));
    }
}
