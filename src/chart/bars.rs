//! The forecasts of several choices as bars on one scale, with the lines that they are seen against.
//! The window and the picture of a forecast both draw this.

use super::Ink;
use crate::plan::Choice;
use crate::quantity::bytes_text;

/// Bars of which the largest is more than this many times the smallest are drawn on a logarithmic scale:
/// the small ones could not be distinguished otherwise.
const MOST_LINEAR: u64 = 30;

/// A line beyond so many times the largest bar is named only: it would leave no room for the bars.
const MOST_BEYOND: u64 = 2;

/// From bytes to a share of the width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum BarScale {
    /// From 0 to this many bytes.
    Linear {
        /// At the right end.
        most: u64,
    },
    /// In powers of ten.
    Logarithmic {
        /// At the left end: a power of ten.
        least: u64,
        /// At the right end.
        most: u64,
    },
}

/// What a line among the bars is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BarLine {
    /// The budget or the machine.
    pub ink: Ink,
    pub bytes: u64,
    /// Its name: `budget 8.00 GB`.
    pub name: String,
    /// Where it is drawn, 0 to 1; `None` where it lies beyond the right end.
    pub place: Option<f32>,
}

/// The bars of some choices.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ForecastBars {
    pub scale: BarScale,
    /// Lengths from 0 to 1, in the order of the choices.
    pub lengths: Vec<f32>,
    /// Budget and machine, where known.
    pub lines: Vec<BarLine>,
}

impl BarScale {
    /// Where this many bytes lie, from 0 to 1.
    pub(crate) fn place(self, bytes: u64) -> f32 {
        let place = match self {
            Self::Linear { most } => bytes as f64 / most.max(1) as f64,
            Self::Logarithmic { least, most } => {
                let [bytes, least, most] = [bytes, least, most].map(|value| (value.max(1) as f64).log10());
                (bytes - least) / (most - least).max(f64::EPSILON)
            }
        };
        place.clamp(0.0, 1.0) as f32
    }

    /// The powers of ten inside of a logarithmic scale; none on a linear one.
    pub(crate) fn decades(self) -> Vec<u64> {
        match self {
            Self::Linear { .. } => Vec::new(),
            Self::Logarithmic { least, most } => {
                let powers = std::iter::successors(least.checked_mul(10), |power| power.checked_mul(10));
                powers.take_while(|power| *power < most).collect()
            }
        }
    }

    /// What the reader must know of the scale: `Logarithmic: each line is 10 times the one before it.`
    pub(crate) fn note(self) -> Option<String> {
        match self {
            Self::Linear { .. } => None,
            Self::Logarithmic { least, .. } => Some(format!(
                "Logarithmic from {}: each thin line is 10 × the one before.",
                bytes_text(least)
            )),
        }
    }
}

impl ForecastBars {
    /// The bars of the choices with budget and memory of the machine.
    pub(crate) fn of(choices: &[Choice], budget_bytes: Option<u64>, machine_bytes: Option<u64>) -> Self {
        let peaks = || choices.iter().map(|choice| choice.needed_bytes);
        let (least, most) = (peaks().min().unwrap_or(1).max(1), peaks().max().unwrap_or(1).max(1));
        let limits = [(Ink::Budget, "budget", budget_bytes), (Ink::Machine, "computer", machine_bytes)];
        let known = limits.into_iter().filter_map(|(ink, name, bytes)| Some((ink, name, bytes?)));
        let known: Vec<_> = known.filter(|(_, _, bytes)| *bytes > 0).collect();
        let within = |reach: u64| known.iter().map(|(.., bytes)| *bytes).filter(move |bytes| *bytes <= reach);
        let scale = if most / least > MOST_LINEAR {
            let most = within(u64::MAX).fold(most, u64::max);
            let least = within(u64::MAX).fold(least, u64::min);
            // Below the smallest, so that its bar has a length.
            let power = least.saturating_sub(1).max(1).ilog10();
            BarScale::Logarithmic { least: 10_u64.pow(power), most }
        } else {
            BarScale::Linear { most: within(most.saturating_mul(MOST_BEYOND)).fold(most, u64::max) }
        };
        let end = match scale {
            BarScale::Linear { most } | BarScale::Logarithmic { most, .. } => most,
        };
        let line = |(ink, name, bytes): (Ink, &str, u64)| BarLine {
            ink,
            bytes,
            name: format!("{name} {}", bytes_text(bytes)),
            place: (bytes <= end).then(|| scale.place(bytes)),
        };
        let lines = known.into_iter().map(line).collect();
        Self { scale, lengths: peaks().map(|peak| scale.place(peak)).collect(), lines }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Mode, Work};

    fn choice(peak: u64) -> Choice {
        Choice {
            mode: Mode::Bulk,
            sequential: Vec::new(),
            combinations: 1,
            images_at_once: 1,
            input_bytes_at_once: peak,
            peak_counted_bytes: peak,
            peak_rss_bytes: None,
            needed_bytes: peak,
            read_bytes: 0,
            written_bytes: 0,
            expected_secs: None,
            fits: true,
            recommended: false,
            why: String::new(),
            work: Work::default(),
            course: std::sync::Arc::default(),
            course_secs: None,
        }
    }

    #[test]
    fn bars_and_lines_lie_to_scale() {
        const MB: u64 = 1_000_000;
        // Peaks, budget, machine, the scale, lengths and places (beyond: `None`).
        type Case = (&'static [u64], u64, u64, BarScale, &'static [f32], [Option<f32>; 2]);
        let table: [Case; 4] = [
            (
                &[40 * MB, 20 * MB],
                30 * MB,
                16_000 * MB,
                BarScale::Linear { most: 40 * MB },
                &[1.0, 0.5],
                [Some(0.75), None],
            ),
            // A limit not far beyond makes room for itself.
            (
                &[40 * MB, 20 * MB],
                80 * MB,
                160 * MB,
                BarScale::Linear { most: 80 * MB },
                &[0.5, 0.25],
                [Some(1.0), None],
            ),
            // A thousandfold: three decades, and one below, so that the smallest has a length.
            (
                &[10_000 * MB, 10 * MB],
                1_000 * MB,
                10_000 * MB,
                BarScale::Logarithmic { least: MB, most: 10_000 * MB },
                &[1.0, 0.25],
                [Some(0.75), Some(1.0)],
            ),
            (&[], 0, 0, BarScale::Linear { most: 1 }, &[], [None, None]),
        ];
        for (peaks, budget, machine, scale, lengths, places) in table {
            let choices: Vec<Choice> = peaks.iter().copied().map(choice).collect();
            let bars = ForecastBars::of(&choices, Some(budget), Some(machine));
            assert_eq!(bars.scale, scale);
            assert_eq!(bars.lengths.len(), lengths.len());
            for (length, expected) in bars.lengths.iter().zip(lengths) {
                assert!((length - expected).abs() < 1e-6, "{scale:?}: {length} and not {expected}");
            }
            for (line, expected) in bars.lines.iter().zip(places) {
                assert_eq!(line.place, expected, "{}", line.name);
            }
        }
        assert_eq!(
            BarScale::Logarithmic { least: MB, most: 10_000 * MB }.decades(),
            [10 * MB, 100 * MB, 1_000 * MB]
        );
    }
}
