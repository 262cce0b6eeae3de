//! A straight line through points, by least squares, with what its slope may be off by.

/// The line of least squares through points at 0, 1, 2 …
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// How many points there are; at least 3.
    pub points: usize,
    /// The value at 0.
    pub intercept: f64,
    /// By how much the value rises from one point to the next.
    pub slope: f64,
    /// How many independent points these are worth, between 3 and all of them. Memory that rose once and stays
    /// makes neighbours alike, and a step is no slope: with r the correlation of neighbouring distances from
    /// the line, where that is positive, n points are worth n (1 - r) / (1 + r) (Santer and others, 2000).
    pub worth: f64,
    /// Standard error of the slope, from the scatter about the line and what the points are worth.
    pub slope_error: f64,
}

impl Line {
    /// Through at least three points: with two there is no scatter to tell an error from.
    pub fn through(values: &[f64]) -> Option<Self> {
        if values.len() < 3 {
            return None;
        }
        let count = values.len() as f64;
        let mean_x = (count - 1.0) / 2.0;
        let mean_y = values.iter().sum::<f64>() / count;
        let from_mean = || values.iter().enumerate().map(|(x, y)| (x as f64 - mean_x, y - mean_y));
        let squares: f64 = from_mean().map(|(x, _)| x * x).sum();
        let slope = from_mean().map(|(x, y)| x * y).sum::<f64>() / squares;
        let distances: Vec<f64> = from_mean().map(|(x, y)| y - slope * x).collect();
        let scatter: f64 = distances.iter().map(|distance| distance * distance).sum();
        let neighbours: f64 = distances.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let alike = if scatter > 0.0 { (neighbours / scatter).max(0.0) } else { 0.0 };
        let worth = (count * (1.0 - alike) / (1.0 + alike)).clamp(3.0, count);
        let slope_error = (scatter / (worth - 2.0) / squares).sqrt();
        Some(Self { points: values.len(), intercept: mean_y - slope * mean_x, slope, worth, slope_error })
    }

    /// The value on the line.
    pub fn at(&self, x: f64) -> f64 {
        self.intercept + self.slope * x
    }

    /// Between what the slope lies with 95 % confidence.
    pub(crate) fn slope_range(&self) -> [f64; 2] {
        let margin = student_95(self.worth - 2.0) * self.slope_error;
        [self.slope - margin, self.slope + margin]
    }
}

/// The two-sided 95 % quantile of Student's t of at least one degree of freedom, within 3 % of the true one (0.1 %
/// of whole degrees).
fn student_95(freedom: f64) -> f64 {
    /// Of 1 to 11 degrees of freedom.
    const FEW: [f64; 11] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201];
    /// The normal distribution's.
    const NORMAL: f64 = 1.959_964;
    let freedom = freedom.max(1.0);
    let place = freedom.floor() as usize;
    if let Some([low, high]) = FEW.get(place - 1..=place) {
        // Between two the logarithm is nearly straight in 1 / freedom.
        let [from, here, to] = [1.0 / place as f64, 1.0 / freedom, 1.0 / (place + 1) as f64];
        return low * (high / low).powf((from - here) / (from - to));
    }
    // The first terms of its expansion in 1 / freedom.
    let cube = NORMAL.powi(3);
    let second = (5.0 * NORMAL.powi(5) + 16.0 * cube + 3.0 * NORMAL) / 96.0;
    NORMAL + (cube + NORMAL) / 4.0 / freedom + second / (freedom * freedom)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slope and intercept are those of `scipy.stats.linregress`; where the points are worth all of them, the
    /// error is, too. The range is the error times `scipy.stats.t.ppf(0.975, worth - 2)`. SciPy 1.17.1.
    #[test]
    fn the_line_is_that_of_scipy() {
        for (values, slope, intercept, worth, error, margin) in LINES {
            let line = Line::through(values).unwrap();
            let [low, high] = line.slope_range();
            for (found, expected, within) in [
                (line.slope, *slope, 1e-12),
                (line.intercept, *intercept, 1e-12),
                (line.worth, *worth, 1e-9),
                (line.slope_error, *error, 1e-12),
                ((high - low) / 2.0, *margin, 3e-2),
                (f64::midpoint(low, high), *slope, 1e-9),
            ] {
                let scale = expected.abs().max(1e-3);
                assert!(
                    (found - expected).abs() <= within * scale,
                    "{values:?}: {found}, expected {expected}"
                );
            }
        }
    }

    /// Values, slope, intercept, what the points are worth, standard error, half of the 95 % range.
    type Known = (&'static [f64], f64, f64, f64, f64, f64);
    const LINES: &[Known] = &[
        (&[1.0, 3.0, 2.0], 0.5, 1.5, 3.0, 0.8660254037844386, 11.003896087213436),
        (&[0.0, 1.0, 2.0, 3.0], 1.0, 0.0, 4.0, 0.0, 0.0),
        (
            &[9.0, 9.5, 9.25, 9.75, 9.0, 9.5],
            0.04285714285714286,
            9.226190476190476,
            6.0,
            0.07802842670559018,
            0.21664164339302064,
        ),
        (
            &[8.0, 8.5, 8.25, 8.75, 8.5, 8.25, 9.0, 8.5, 8.75, 8.5, 8.25, 9.25, 8.5, 8.0, 8.75],
            0.017857142857142856,
            8.391666666666667,
            15.0,
            0.020926661703865417,
            0.045209304029431074,
        ),
        (
            &[
                1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0,
                2.0, 2.0,
            ],
            0.06315789473684211,
            1.1,
            4.08355519148065,
            0.033418237222218705,
            0.13840031037537295,
        ),
        (
            &[1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0, 3.0],
            0.21678321678321677,
            0.9743589743589742,
            10.642912470952751,
            0.027671728920182877,
            0.0629942661170645,
        ),
    ];

    #[test]
    fn quantiles_are_those_of_student() {
        for (freedom, expected) in QUANTILES {
            let found = student_95(*freedom);
            assert!((found / expected - 1.0).abs() < 0.03, "{freedom}: {found}, expected {expected}");
        }
    }

    /// Degrees of freedom, and `scipy.stats.t.ppf(0.975, freedom)`.
    const QUANTILES: &[(f64, f64)] = &[
        (1.0, 12.706205),
        (1.3, 7.500529),
        (1.5, 6.016663),
        (1.8, 4.794881),
        (2.0, 4.302653),
        (2.4, 3.683504),
        (2.6, 3.478182),
        (3.5, 2.940089),
        (5.5, 2.501859),
        (9.5, 2.244137),
        (10.5, 2.213840),
        (11.0, 2.200985),
        (11.5, 2.189366),
        (15.0, 2.131450),
        (30.0, 2.042272),
        (200.0, 1.971896),
        (998.0, 1.962344),
    ];

    #[test]
    fn what_is_too_little_has_no_line() {
        for values in [&[][..], &[1.0], &[1.0, 2.0]] {
            assert_eq!(Line::through(values), None);
        }
        let flat = Line::through(&[7.0; 5]).unwrap();
        assert_eq!((flat.slope, flat.slope_error, flat.at(9.0)), (0.0, 0.0, 7.0));
    }
}
