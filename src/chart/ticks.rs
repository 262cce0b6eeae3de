//! Where an axis puts its marks, and how they are written: steps of 1, 2 or 5 in the unit that the
//! reader thinks in, from 0.

use crate::quantity::decimal_text;

/// The marks of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticks {
    /// Distance between marks, in bytes, seconds or share.
    pub step: f64,
    /// Name of the unit: `MB`, `seconds`; empty where each mark carries it.
    pub unit: &'static str,
    /// How much of the axis one unit is.
    per_unit: f64,
    /// What follows each number.
    suffix: &'static str,
}

impl Ticks {
    /// Marks of an axis of memory up to this many bytes, about so many of them.
    pub fn of_bytes(top_bytes: f64, about: usize) -> Self {
        const UNITS: [(f64, &str); 5] = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")];
        let (per_unit, unit) = UNITS.into_iter().find(|(size, _)| top_bytes >= *size).unwrap_or((1e6, "MB"));
        // Bytes come whole.
        let step = (nice_step(top_bytes / per_unit, about) * per_unit).max(1.0);
        Self { step, unit, per_unit, suffix: "" }
    }

    /// Marks of an axis of time that spans this many seconds.
    pub fn of_secs(span_secs: f64, about: usize) -> Self {
        let (per_unit, unit) = match span_secs {
            ..=180.0 => (1.0, "seconds"),
            ..=10_800.0 => (60.0, "minutes"),
            _ => (3600.0, "hours"),
        };
        Self { step: nice_step(span_secs / per_unit, about) * per_unit, unit, per_unit, suffix: "" }
    }

    /// Marks of an axis of work that spans this share.
    pub fn of_share(span: f64, about: usize) -> Self {
        Self {
            step: nice_step(span * 100.0, about) / 100.0,
            unit: "of the work",
            per_unit: 0.01,
            suffix: " %",
        }
    }

    /// The marks from one value to another, both included where they are marks.
    pub fn between(&self, from: f64, to: f64) -> Vec<f64> {
        // Rounding must not lose the mark at an edge.
        let slack = self.step * 1e-6;
        let first = ((from - slack) / self.step).ceil();
        let count = ((to + slack) / self.step).floor() - first;
        if !(0.0..10_000.0).contains(&count) {
            return Vec::new();
        }
        // Adding 0.0 turns -0 into 0.
        (0..=count as usize).map(|nth| (first + nth as f64) * self.step + 0.0).collect()
    }

    /// The smallest mark that is not below a value, and not 0.
    pub(crate) fn round_up(&self, value: f64) -> f64 {
        ((value / self.step) - 1e-9).ceil().max(1.0) * self.step
    }

    /// A mark in words, with no more digits than the step needs.
    pub fn text(&self, value: f64) -> String {
        let step = self.step / self.per_unit;
        if value.abs() < self.step * 1e-6 {
            return format!("0{}", self.suffix);
        }
        let digits = (-(step * 1.000_001).log10().floor()).clamp(0.0, 9.0) as usize;
        format!("{}{}", decimal_text(value / self.per_unit, digits), self.suffix)
    }
}

/// The step of 1, 2 or 5 times a power of ten that gives at most `about` steps up to a value; 0.2
/// where there is nothing to divide.
pub fn nice_step(span: f64, about: usize) -> f64 {
    if !(span.is_finite() && span > 0.0) {
        return 0.2;
    }
    let raw = span / about.max(1) as f64;
    let power = 10_f64.powf(raw.log10().floor());
    let times = [1.0, 2.0, 5.0].into_iter().find(|times| raw <= times * power * 1.000_001).unwrap_or(10.0);
    times * power
}
