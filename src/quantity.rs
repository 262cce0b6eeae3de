//! Bytes and seconds as people write and read them. Sizes are decimal: 1 MB is 1,000,000 bytes.
//!
//! How numbers are written is the user's choice and holds for the whole process, as that of a system does. Files for other programs
//! (tables, records, JSON) do not go by it.

use std::sync::atomic::{AtomicU8, Ordering};

use serde::{Deserialize, Serialize};

/// How numbers are written for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Numbers {
    /// 1,234.5
    #[default]
    CommaPoint,
    /// 1.234,5
    PointComma,
    /// 1 234,5
    SpaceComma,
    /// 1’234.5
    ApostrophePoint,
}

static NUMBERS: AtomicU8 = AtomicU8::new(Numbers::CommaPoint as u8);

impl Numbers {
    /// All ways, the usual one first.
    pub const ALL: [Self; 4] = [Self::CommaPoint, Self::PointComma, Self::SpaceComma, Self::ApostrophePoint];

    /// From now on numbers are written so.
    pub fn write_so(self) {
        NUMBERS.store(self as u8, Ordering::Relaxed);
    }

    /// How numbers are written now.
    pub fn now() -> Self {
        let now = NUMBERS.load(Ordering::Relaxed);
        Self::ALL.into_iter().find(|numbers| *numbers as u8 == now).unwrap_or_default()
    }

    /// A number written so, as an example.
    pub fn example(self) -> String {
        format!("{}{}5", self.grouped(1234), self.point())
    }

    fn point(self) -> char {
        match self {
            Self::CommaPoint | Self::ApostrophePoint => '.',
            Self::PointComma | Self::SpaceComma => ',',
        }
    }

    fn between_thousands(self) -> char {
        match self {
            Self::CommaPoint => ',',
            Self::PointComma => '.',
            // No line breaks at it.
            Self::SpaceComma => '\u{a0}',
            Self::ApostrophePoint => '’',
        }
    }

    fn grouped(self, count: usize) -> String {
        let digits = count.to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(self.between_thousands());
            }
            text.push(digit);
        }
        text
    }

    /// A number as people write it; `None` for none. A mark that stands once and not before three digits is that of decimals,
    /// whichever it is.
    fn read(self, text: &str) -> Option<f64> {
        let marks: Vec<(usize, char)> = text.char_indices().filter(|(_, c)| !c.is_ascii_digit()).collect();
        let last = marks.last().copied();
        let is_decimal = last.is_some_and(|(place, mark)| {
            let after = text.len() - place - mark.len_utf8();
            let is_once = marks.iter().filter(|(_, other)| *other == mark).count() == 1;
            matches!(mark, '.' | ',') && is_once && (mark == self.point() || after != 3)
        });
        let (whole, fraction) = match last.filter(|_| is_decimal) {
            Some((place, mark)) => (&text[..place], &text[place + mark.len_utf8()..]),
            None => (text, ""),
        };
        let mut groups = whole.split(|c: char| !c.is_ascii_digit());
        let is_grouped = groups.next().is_some_and(|first| !first.is_empty() || whole.is_empty())
            && groups.all(|group| group.len() == 3);
        let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
        if is_grouped { format!("{digits}.{fraction}").parse().ok() } else { None }
    }

    fn decimal(self, value: f64, digits: usize) -> String {
        let text = format!("{value:.digits$}");
        if self.point() == '.' { text } else { text.replace('.', &self.point().to_string()) }
    }
}

/// A number as a user types it; `None` for none.
pub fn read_number(text: &str) -> Option<f64> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (sign, number) = match text.strip_prefix(['-', '−']) {
        Some(number) => (-1.0, number),
        None => (1.0, text.as_str()),
    };
    Some(sign * Numbers::now().read(number)?)
}

/// A number for the screen with so many digits after the point: `0.35`.
pub fn decimal_text(value: f64, digits: usize) -> String {
    Numbers::now().decimal(value, digits)
}

/// What a field for a number shows: as many digits of those that it may have as tell the value.
pub fn field_text(value: f64, digits: std::ops::RangeInclusive<usize>) -> String {
    let most = *digits.end();
    let rounded = |digits: usize| format!("{value:.digits$}").parse::<f64>().ok();
    let enough = digits.into_iter().find(|fewer| rounded(*fewer) == rounded(most)).unwrap_or(most);
    decimal_text(value, enough)
}

/// A size for the screen with three significant digits: `17.7 MB`, `999 B`, `2.81 GB`.
pub fn bytes_text(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{} {}", decimal_text(value, digits), UNITS[unit])
}

/// A duration for the screen: `0.35 s`, `12 s`, `3 min 20 s`, `2 h 5 min`.
pub fn secs_text(secs: f64) -> String {
    if !secs.is_finite() || secs < 0.0 {
        return "unknown".to_owned();
    }
    if secs < 9.95 {
        let digits = if secs < 0.995 { 2 } else { 1 };
        return format!("{} s", decimal_text(secs, digits));
    }
    let whole = secs.round() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A range of durations: `2 to 5 s`, `40 s to 1 min 20 s`, or one where both ends read the same.
pub(crate) fn secs_range_text(low: f64, high: f64) -> String {
    let [low, high] = [low, high].map(secs_text);
    let unit = |text: &str| text.split_once(' ').map(|(_, unit)| unit.to_owned());
    match (low.strip_suffix(" s"), unit(&low) == unit(&high)) {
        _ if low == high => low,
        (Some(number), true) => format!("{number} to {high}"),
        _ => format!("{low} to {high}"),
    }
}

/// How much less than another size: `90 %`, `99.9 %`; empty where it is not less.
pub(crate) fn less_text(bytes: u64, of: u64) -> String {
    if of == 0 || bytes >= of {
        return String::new();
    }
    let percent = 100.0 * (1.0 - bytes as f64 / of as f64);
    match percent {
        ..99.0 => percent_text(percent, 0),
        99.0..99.95 => percent_text(percent, 1),
        _ => percent_text(percent, 2),
    }
}

/// `35 %`, with so many digits after the point.
pub(crate) fn percent_text(percent: f64, digits: usize) -> String {
    format!("{} %", decimal_text(percent, digits))
}

/// A number with a mark between thousands: `27,000`.
pub fn count_text(count: usize) -> String {
    Numbers::now().grouped(count)
}

/// How much less something is by its share of another: `1.8 × less`; `no less` where it is not.
pub(crate) fn saving_text(ratio: f64) -> String {
    if ratio >= 0.95 {
        "no less".to_owned()
    } else if ratio > 0.1 {
        format!("{} × less", decimal_text(1.0 / ratio, 1))
    } else {
        format!("{:.0} × less", 1.0 / ratio)
    }
}

/// `1 image`, `2 images`, `27,000 images`.
pub(crate) fn plural(count: usize, one: &str) -> String {
    format!("{} {one}{}", count_text(count), if count == 1 { "" } else { "s" })
}

/// Why a text is no size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// It is no number with a unit.
    #[error("“{0}” is not a size: write it as 800MB, 8GB, 7.5GiB or 50%")]
    Malformed(String),
    /// It is a percentage of something that is not known.
    #[error("this system does not report how much memory is available: write a size such as 8GB")]
    UnknownWhole,
}

/// Reads a size: a number with an optional unit, decimal (`kB MB GB TB`) or binary (`KiB MiB GiB
/// TiB`), or a percentage of `whole`.
pub(crate) fn parse_bytes(text: &str, whole: Option<u64>) -> Result<u64, SizeError> {
    let text = text.trim();
    let wrong = || SizeError::Malformed(text.to_owned());
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '’' | '\'');
    let end = text.find(|c: char| !is_number(c)).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number = Numbers::now().read(number).ok_or_else(wrong)?;
    let scale = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1_048_576.0,
        "gib" => 1_073_741_824.0,
        "tib" => 1_099_511_627_776.0,
        "%" => whole.ok_or(SizeError::UnknownWhole)? as f64 / 100.0,
        _ => return Err(wrong()),
    };
    let bytes = number * scale;
    if bytes >= 1.0 && bytes < u64::MAX as f64 { Ok(bytes as u64) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_with_three_digits() {
        let table = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 kB"),
            (17_710_000, "17.7 MB"),
            (999_400, "999 kB"),
            (999_600, "1.00 MB"),
            (27_000_000_000, "27.0 GB"),
            (2_700_000_000_000_000, "2700 TB"),
        ];
        for (bytes, text) in table {
            assert_eq!(bytes_text(bytes), text);
        }
    }

    #[test]
    fn numbers_are_written_and_read_as_the_user_is_used_to() {
        let table = [
            (Numbers::CommaPoint, "1,234.5", "1,234,567"),
            (Numbers::PointComma, "1.234,5", "1.234.567"),
            (Numbers::SpaceComma, "1\u{a0}234,5", "1\u{a0}234\u{a0}567"),
            (Numbers::ApostrophePoint, "1’234.5", "1’234’567"),
        ];
        for (numbers, example, count) in table {
            assert_eq!((numbers.example().as_str(), numbers.grouped(1_234_567).as_str()), (example, count));
            assert_eq!(numbers.read(&numbers.decimal(7.25, 2)), Some(7.25));
            let is_point = numbers.point() == '.';
            assert_eq!(numbers.read("1.234"), Some(if is_point { 1.234 } else { 1234.0 }));
            assert_eq!(numbers.read("1,234"), Some(if is_point { 1234.0 } else { 1.234 }));
        }
        let fields =
            [(1.0, 0..=4, "1"), (0.25, 0..=4, "0.25"), (1.0, 1..=4, "1.0"), (1.0 / 3.0, 0..=2, "0.33")];
        for (value, digits, text) in fields {
            assert_eq!(field_text(value, digits), text);
        }
    }

    #[test]
    fn sizes_are_read() {
        let table = [
            ("8GB", Some(8_000_000_000)),
            ("7.5 GiB", Some(8_053_063_680)),
            ("800mb", Some(800_000_000)),
            ("1000", Some(1000)),
            ("1,000", Some(1000)),
            ("1'234'567", Some(1_234_567)),
            ("7,5GB", Some(7_500_000_000)),
            ("1,234.5 kB", Some(1_234_500)),
            ("1.234,5 kB", Some(1_234_500)),
            (".5GB", Some(500_000_000)),
            ("1,00,000", None),
            ("1..5", None),
            (".", None),
            ("50%", Some(500)),
            ("", None),
            ("GB", None),
            ("-1GB", None),
            ("8XB", None),
            ("0", None),
            ("1e9", None),
        ];
        for (text, bytes) in table {
            assert_eq!(parse_bytes(text, Some(1000)).ok(), bytes, "{text}");
        }
        assert_eq!(parse_bytes("50%", None), Err(SizeError::UnknownWhole));
    }

    #[test]
    fn durations_and_counts_are_written() {
        let table = [
            (0.352, "0.35 s"),
            (1.0, "1.0 s"),
            (59.6, "1 min 0 s"),
            (200.0, "3 min 20 s"),
            (7500.0, "2 h 5 min"),
        ];
        for (secs, text) in table {
            assert_eq!(secs_text(secs), text);
        }
        let ranges = [
            (0.1, 0.4, "0.10 to 0.40 s"),
            (2.0, 11.0, "2.0 to 11 s"),
            (40.0, 80.0, "40 s to 1 min 20 s"),
            (61.0, 125.0, "1 min 1 s to 2 min 5 s"),
            (5.0, 5.01, "5.0 s"),
        ];
        for (low, high, text) in ranges {
            assert_eq!(secs_range_text(low, high), text);
        }
        assert_eq!(
            [0, 999, 1000, 27_000, 1_234_567].map(count_text),
            ["0", "999", "1,000", "27,000", "1,234,567"]
        );
        assert_eq!([plural(1, "image"), plural(54, "image")], ["1 image", "54 images"]);
    }
}
