//! What the values of one condition come to.

/// The values of one condition in short.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many values there are.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation as that of a sample (divided by one less than their number); `None` of one value.
    pub deviation: Option<f64>,
    /// Their median.
    pub median: f64,
    /// The median of how far they are from their median, times 1.4826: for values of a normal distribution it is its standard
    /// deviation (Hampel, J. Am. Stat. Assoc. 69 (1974) 383–393).
    pub robust_deviation: f64,
    /// The quartiles below and above the median, interpolated between values (type 7 of Hyndman and Fan, Am. Stat. 50 (1996)
    /// 361–365, as R and NumPy have it).
    pub quartiles: (f64, f64),
}

/// By which the median of deviations is that of a normal distribution: one over the third quartile of the standard one. As many
/// digits as R has.
const OF_NORMAL: f64 = 1.4826;

impl Summary {
    /// Of some values; `None` where none is a number.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let sorted = sorted(values);
        let count = sorted.len();
        let median = median(&sorted)?;
        let mean = sorted.iter().sum::<f64>() / count as f64;
        let squares: f64 = sorted.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (count > 1).then(|| (squares / (count - 1) as f64).sqrt());
        let from_median = self::sorted(sorted.iter().map(|value| (value - median).abs()));
        let robust_deviation = OF_NORMAL * self::median(&from_median)?;
        let quartiles = (quantile(&sorted, 0.25), quantile(&sorted, 0.75));
        Some(Self { count, mean, deviation, median, robust_deviation, quartiles })
    }
}

/// The finite values in order.
pub(super) fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The median of values in order; `None` of none.
pub(super) fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len().is_multiple_of(2) { f64::midpoint(sorted[middle - 1], upper) } else { upper })
}

/// A quantile of values in order, of which there is one at least.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (at - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_to_what_r_and_numpy_say() {
        // mad, sd, quantile and median of R 4.2; numpy.percentile of NumPy.
        let found = Summary::of([3.0, 1.0, 4.0, 1.0, 5.0, f64::NAN]).unwrap();
        assert_eq!((found.count, found.median, found.quartiles), (5, 3.0, (1.0, 4.0)));
        assert!((found.mean - 2.8).abs() < 1e-12);
        assert!((found.deviation.unwrap() - 1.788_854_381_999_831_7).abs() < 1e-12, "{found:?}");
        let outlier = Summary::of([1.0, 2.0, 3.0, 4.0, 100.0]).unwrap();
        assert!((outlier.robust_deviation - 1.4826).abs() < 1e-12);
        let one = Summary::of([7.0]).unwrap();
        assert_eq!((one.median, one.deviation, one.quartiles), (7.0, None, (7.0, 7.0)));
        assert_eq!(Summary::of([4.0, 1.0, 3.0, 1.0]).unwrap().median, 2.0);
        assert_eq!(Summary::of([f64::INFINITY]), None);
    }
}
