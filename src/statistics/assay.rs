//! How well an assay tells its controls apart.

use super::summary::Summary;

/// How well an assay tells a positive and a negative control apart. `None` where a control has too few values, or both are alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AssayQuality {
    /// The Z′-factor: 1 − 3 (σ₊ + σ₋) / |μ₊ − μ₋|, at most 1; from 0.5 on an assay is called excellent (Zhang, Chung and Oldenburg,
    /// J. Biomol. Screen. 4 (1999) 67–73).
    pub z_prime: Option<f64>,
    /// The same of medians and their deviations, which a few odd wells do not change.
    pub robust_z_prime: Option<f64>,
    /// The signal window: (|μ₊ − μ₋| − 3 (σ₊ + σ₋)) / σ₊, in standard deviations of the positive control; more than 2 is
    /// recommended (Sittampalam, Iversen, Boadt, Kahl, Bright, Zock, Janzen and Lister, J. Biomol. Screen. 2 (1997) 159–169).
    pub signal_window: Option<f64>,
}

impl AssayQuality {
    /// Of the values of the wells of both controls.
    pub fn of(positive: &Summary, negative: &Summary) -> Self {
        let apart = (positive.mean - negative.mean).abs();
        let deviations = positive.deviation.zip(negative.deviation);
        let noise = deviations.map(|(positive, negative)| 3.0 * (positive + negative));
        let medians_apart = (positive.median - negative.median).abs();
        let robust_noise = 3.0 * (positive.robust_deviation + negative.robust_deviation);
        let has_several = positive.count > 1 && negative.count > 1;
        let finite = |number: f64| Some(number).filter(|number| number.is_finite());
        Self {
            z_prime: noise.and_then(|noise| finite(1.0 - noise / apart)),
            robust_z_prime: has_several.then(|| finite(1.0 - robust_noise / medians_apart)).flatten(),
            signal_window: deviations
                .zip(noise)
                .and_then(|((positive, _), noise)| finite((apart - noise) / positive)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_come_to_what_their_definitions_say() {
        // The definitions, worked out by R 4.2 with sd, mean, mad and median.
        let positive = Summary::of([98.5, 101.2, 99.7, 103.1, 100.4]).unwrap();
        let negative = Summary::of([10.2, 9.1, 11.8, 10.9]).unwrap();
        let found = AssayQuality::of(&positive, &negative);
        let is = |found: Option<f64>, expected: f64| (found.unwrap() - expected).abs() < 1e-10;
        assert!(is(found.z_prime, 0.904_662_290_934_458), "{found:?}");
        assert!(is(found.robust_z_prime, 0.920_795_993_322_204), "{found:?}");
        assert!(is(found.signal_window, 47.310_342_524_793_8), "{found:?}");
        let one = Summary::of([100.0]).unwrap();
        let nothing = AssayQuality { z_prime: None, robust_z_prime: None, signal_window: None };
        assert_eq!(AssayQuality::of(&one, &negative), nothing);
        let alike = Summary::of([5.0, 5.0]).unwrap();
        assert_eq!(AssayQuality::of(&alike, &alike), nothing);
    }
}
