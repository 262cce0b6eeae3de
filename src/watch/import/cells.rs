//! What stands in the cells of a table: times of whatever kind, memory with or without its unit.

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::columns::Unit;
use super::lines::bytes;

/// A number with this mark before its decimals; the other one is that between thousands.
fn number(text: &str, point: char) -> Option<f64> {
    let other = if point == ',' { '.' } else { ',' };
    let plain: String =
        text.chars().filter(|c| *c != other && !c.is_whitespace() && *c != '\'' && *c != '’').collect();
    plain.replace(point, ".").parse::<f64>().ok().filter(|number| number.is_finite())
}

/// What a cell says of memory.
#[derive(Debug, PartialEq)]
pub(super) enum Memory {
    /// So many bytes.
    Bytes(u64),
    /// Nothing.
    Unknown,
    /// A number of nobody knows what.
    WithoutUnit,
    /// Something else.
    Wrong,
}

impl Memory {
    /// Reads a cell. Its own unit comes before that of its column.
    pub(super) fn read(cell: &str, unit: Option<Unit>, point: char) -> Self {
        let cell = cell.trim();
        if cell.is_empty()
            || ["nan", "na", "n/a", "none", "null", "-"].contains(&cell.to_lowercase().as_str())
        {
            return Self::Unknown;
        }
        let end = cell.trim_end_matches(char::is_alphabetic).len();
        let (count, sign) = (cell[..end].trim(), &cell[end..]);
        let unit = if sign.is_empty() { unit } else { Unit::named(sign) };
        match (number(count, point), unit) {
            (Some(_), None) if sign.is_empty() => Self::WithoutUnit,
            (Some(count), Some(unit)) => bytes(count, unit.bytes as f64).map_or(Self::Wrong, Self::Bytes),
            _ => Self::Wrong,
        }
    }
}

/// The first number that is a date: seconds since 1970 in 1973. A run that took as long is none.
const FIRST_DATE: f64 = 1e8;

/// What the cells of a column of times are, as its first one shows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Numbers of so many seconds since a start.
    Since { unit_secs: f64 },
    /// Numbers of so many seconds since 1970.
    Unix { unit_secs: f64 },
    /// Hours, minutes and seconds.
    Clock,
    /// Dates with times and a zone.
    Zoned,
    /// Dates with times, of a zone that is not told.
    Civil,
}

/// Times as seconds since the first.
#[derive(Debug)]
pub(super) struct Clock {
    unit_secs: Option<f64>,
    point: char,
    kind: Option<Kind>,
    start: f64,
}

impl Clock {
    /// For a column whose numbers count so many seconds, if that is known.
    pub(super) fn new(unit_secs: Option<f64>, point: char) -> Self {
        Self { unit_secs, point, kind: None, start: 0.0 }
    }

    /// The seconds since the first time that was asked for; `None` for what is no time of the same kind.
    pub(super) fn secs(&mut self, cell: &str) -> Option<f64> {
        let kind = match self.kind {
            Some(kind) => kind,
            None => kind_of(cell, self.unit_secs, self.point)?,
        };
        let secs = absolute(cell, kind, self.point)?;
        if self.kind.is_none() {
            (self.kind, self.start) = (Some(kind), secs);
        }
        Some(secs - self.start)
    }

    /// When that was, if dates tell it.
    pub(super) fn started_unix_secs(&self) -> Option<u64> {
        matches!(self.kind, Some(Kind::Unix { .. } | Kind::Zoned)).then_some(self.start as u64)
    }

    /// What was guessed, as a sentence.
    pub(super) fn note(&self) -> Option<&'static str> {
        let is_guessed = self.unit_secs.is_none() && matches!(self.kind, Some(Kind::Since { .. }));
        is_guessed.then_some("Nothing says what its times count; they were taken for seconds.")
    }
}

fn kind_of(cell: &str, unit_secs: Option<f64>, point: char) -> Option<Kind> {
    if let Some(count) = number(cell, point) {
        return Some(match unit_secs {
            Some(unit_secs) if count * unit_secs < FIRST_DATE => Kind::Since { unit_secs },
            Some(unit_secs) => Kind::Unix { unit_secs },
            None if count < FIRST_DATE => Kind::Since { unit_secs: 1.0 },
            // Seconds, milliseconds, microseconds and nanoseconds lie far apart.
            None => Kind::Unix {
                unit_secs: [1.0, 1e-3, 1e-6, 1e-9].into_iter().find(|unit| count * unit < 1e11)?,
            },
        });
    }
    [Kind::Zoned, Kind::Civil, Kind::Clock].into_iter().find(|kind| absolute(cell, *kind, point).is_some())
}

/// Seconds since whatever a kind of time counts from.
fn absolute(cell: &str, kind: Kind, point: char) -> Option<f64> {
    let cell = cell.trim();
    match kind {
        Kind::Since { unit_secs } | Kind::Unix { unit_secs } => {
            number(cell, point).map(|count| count * unit_secs).filter(|secs| *secs >= 0.0)
        }
        Kind::Zoned => cell.parse::<Timestamp>().ok().map(|time| time.as_nanosecond() as f64 / 1e9),
        Kind::Civil => civil_secs(cell),
        Kind::Clock => clock_secs(cell),
    }
}

/// Seconds since 1970 of a date and a time that has no zone, as if it were that of Greenwich.
pub(super) fn civil_secs(text: &str) -> Option<f64> {
    let time = text.replacen(',', ".", 1).parse::<DateTime>().ok()?;
    // A date alone is no time.
    let zoned = text.contains(':').then(|| time.to_zoned(jiff::tz::TimeZone::UTC).ok())??;
    Some(zoned.timestamp().as_nanosecond() as f64 / 1e9)
}

/// Seconds of `1:02:03.5`, or of `02:03.5`.
fn clock_secs(text: &str) -> Option<f64> {
    let parts: Vec<&str> = text.split(':').collect();
    (2..=3).contains(&parts.len()).then_some(())?;
    parts.iter().try_fold(0.0, |secs, part| {
        let part = part.replacen(',', ".", 1).parse::<f64>().ok().filter(|part| (0.0..1e6).contains(part))?;
        Some(secs * 60.0 + part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_a_number_with_a_unit_of_its_own_or_of_its_column() {
        let mb = Unit::named("MB");
        let table = [
            ("12.5", mb, '.', Memory::Bytes(12_500_000)),
            ("12,5", mb, ',', Memory::Bytes(12_500_000)),
            ("1.234,5", mb, ',', Memory::Bytes(1_234_500_000)),
            ("1,234.5", mb, '.', Memory::Bytes(1_234_500_000)),
            ("1 234", mb, '.', Memory::Bytes(1_234_000_000)),
            ("12 KiB", mb, '.', Memory::Bytes(12_288)),
            ("12kib", None, '.', Memory::Bytes(12_288)),
            ("7 bytes", None, '.', Memory::Bytes(7)),
            ("1e3", Unit::named("B"), '.', Memory::Bytes(1000)),
            ("12", None, '.', Memory::WithoutUnit),
            ("12 apples", mb, '.', Memory::Wrong),
            ("-12", mb, '.', Memory::Wrong),
            ("much", mb, '.', Memory::Wrong),
            ("1e30", mb, '.', Memory::Wrong),
            ("", mb, '.', Memory::Unknown),
            ("NaN", mb, '.', Memory::Unknown),
            ("n/a", mb, '.', Memory::Unknown),
        ];
        for (cell, unit, point, expected) in table {
            assert_eq!(Memory::read(cell, unit, point), expected, "{cell}");
        }
    }

    #[test]
    fn times_are_of_the_kind_of_the_first() {
        // The unit of the column, the mark of decimals, the cells; the seconds, and when it began.
        type Case = (Option<f64>, char, [&'static str; 3], [Option<f64>; 3], Option<u64>);
        let table: [Case; 11] = [
            (None, '.', ["5", "6.5", "x"], [Some(0.0), Some(1.5), None], None),
            (Some(1e-3), '.', ["0", "1500", ""], [Some(0.0), Some(1.5), None], None),
            (Some(60.0), ',', ["1,5", "2", "3,0"], [Some(0.0), Some(30.0), Some(90.0)], None),
            (
                None,
                '.',
                ["1796116416", "1796116417.5", "0"],
                [Some(0.0), Some(1.5), Some(-1_796_116_416.0)],
                Some(1_796_116_416),
            ),
            (
                None,
                '.',
                ["1796116416000", "1796116417500", "a"],
                [Some(0.0), Some(1.5), None],
                Some(1_796_116_416),
            ),
            (
                Some(1.0),
                '.',
                ["1796116416", "1796116417", "-1"],
                [Some(0.0), Some(1.0), None],
                Some(1_796_116_416),
            ),
            (
                None,
                '.',
                ["2026-12-01T09:13:42Z", "2026-12-01T10:13:43.5+01:00", "2026-12-01 09:13:44"],
                [Some(0.0), Some(1.5), None],
                Some(1_796_116_422),
            ),
            (
                None,
                '.',
                ["2026-12-01 09:13:42,500", "2026-12-01T09:13:44", "9:14"],
                [Some(0.0), Some(1.5), None],
                None,
            ),
            (None, '.', ["0:59:59", "1:00:00.5", "60"], [Some(0.0), Some(1.5), None], None),
            (None, '.', ["01:00", "01:01,5", "1:2:3:4"], [Some(0.0), Some(1.5), None], None),
            (None, '.', ["2026-12-01", "", "soon"], [None, None, None], None),
        ];
        for (unit, point, cells, expected, started) in table {
            let mut clock = Clock::new(unit, point);
            let secs = cells.map(|cell| clock.secs(cell));
            assert_eq!((secs, clock.started_unix_secs()), (expected, started), "{cells:?}");
        }
    }
}
