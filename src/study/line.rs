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
    /// Standard error of the slope: from the scatter about the line, points taken as independent.
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
        let scatter: f64 = from_mean().map(|(x, y)| (y - slope * x).powi(2)).sum();
        let slope_error = (scatter / (count - 2.0) / squares).sqrt();
        Some(Self { points: values.len(), intercept: mean_y - slope * mean_x, slope, slope_error })
    }

    /// The value on the line.
    pub fn at(&self, x: f64) -> f64 {
        self.intercept + self.slope * x
    }

    /// Between what the slope lies with 95 % confidence.
    pub fn slope_range(&self) -> [f64; 2] {
        let margin = student_95(self.points - 2) * self.slope_error;
        [self.slope - margin, self.slope + margin]
    }
}

/// The two-sided 95 % quantile of Student's t; within 0.2 % of the true one.
fn student_95(freedom: usize) -> f64 {
    /// Of 1 to 10 degrees of freedom.
    const FEW: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
    /// The first terms of its expansion in 1 / freedom about the normal distribution's.
    const NORMAL: f64 = 1.959_964;
    match freedom.checked_sub(1).and_then(|place| FEW.get(place)) {
        Some(quantile) => *quantile,
        None if freedom == 0 => f64::INFINITY,
        None => {
            let freedom = freedom as f64;
            let cube = NORMAL.powi(3);
            let second = (5.0 * NORMAL.powi(5) + 16.0 * cube + 3.0 * NORMAL) / 96.0;
            NORMAL + (cube + NORMAL) / 4.0 / freedom + second / (freedom * freedom)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slope, intercept and standard error as `scipy.stats.linregress` of SciPy 1.17.1 gives them, and half the
    /// range as `scipy.stats.t.ppf(0.975, n - 2)` times the error.
    #[test]
    fn the_line_is_that_of_scipy() {
        for (values, slope, intercept, error, margin) in LINES {
            let line = Line::through(values).unwrap();
            let [low, high] = line.slope_range();
            for (found, expected, within) in [
                (line.slope, *slope, 1e-12),
                (line.intercept, *intercept, 1e-12),
                (line.slope_error, *error, 1e-12),
                ((high - low) / 2.0, *margin, 2e-3),
                ((high + low) / 2.0, *slope, 1e-12),
            ] {
                let scale = expected.abs().max(1.0);
                assert!(
                    (found - expected).abs() <= within * scale,
                    "{values:?}: {found}, expected {expected}"
                );
            }
        }
    }

    /// Values, slope, intercept, its standard error, half of the 95 % range.
    type Known = (&'static [f64], f64, f64, f64, f64);
    const LINES: &[Known] = &[
        (&[1.0, 3.0, 2.0], 0.5, 1.5, 0.8660254037844386, 11.003896087213436),
        (&[0.0, 1.0, 2.0, 3.0], 1.0, 0.0, 0.0, 0.0),
        (
            &[9.0, 9.5, 9.25, 9.75, 9.0, 9.5],
            0.04285714285714286,
            9.226190476190476,
            0.07802842670559018,
            0.21664164339302064,
        ),
        (
            &[8.0, 8.5, 8.25, 8.75, 8.5, 8.25, 9.0, 8.5, 8.75, 8.5, 8.25, 9.25, 8.5, 8.0, 8.75],
            0.017857142857142856,
            8.391666666666667,
            0.020926661703865413,
            0.04520930402943107,
        ),
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
