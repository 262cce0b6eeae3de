//! Samples of memory: at one moment, over time, and thinned without losing a peak.

use serde::{Deserialize, Serialize};

/// A memory sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Resident memory of the worker; `None` where the system does not tell.
    pub rss: Option<u64>,
    /// Pixel bytes that the image store holds.
    pub counted: u64,
    /// The phases in which memory was looked at, counted from 0 over the run in the order of its course: that at hand before and
    /// that at hand after; `None` where no phases are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<[u32; 2]>,
}

/// A memory sample with its time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimedSample {
    /// Seconds since the worker was ready.
    pub at_secs: f64,
    /// Resident memory of the worker; `None` where the system does not tell.
    pub rss: Option<u64>,
    /// Pixel bytes that the image store held.
    pub counted: u64,
    /// The phases in which it was taken (see [`Sample::phases`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<[u32; 2]>,
}

/// At most `most` of the samples, such that each stretch keeps its lowest and highest RSS and its
/// highest count.
pub(crate) fn thinned(samples: &[TimedSample], most: usize) -> Vec<TimedSample> {
    thinned_by(samples, most, |sample| sample.rss, &[|sample| Some(sample.counted)])
}

/// What one of several measures is in a sample, where it is known.
pub(crate) type MeasureOf<T> = fn(&T) -> Option<u64>;

/// At most `most` of the samples, such that each stretch keeps the lowest and highest of the main measure and the
/// highest of each other.
pub(crate) fn thinned_by<T: Copy>(
    samples: &[T],
    most: usize,
    main: MeasureOf<T>,
    others: &[MeasureOf<T>],
) -> Vec<T> {
    if samples.len() <= most {
        return samples.to_vec();
    }
    let stretch = samples.len().div_ceil((most / (2 + others.len())).max(1));
    let mut kept = Vec::with_capacity(most);
    for chunk in samples.chunks(stretch) {
        let place_of = |best: Option<(usize, &T)>| best.map_or(0, |(place, _)| place);
        let mut places = vec![
            place_of(chunk.iter().enumerate().min_by_key(|(_, sample)| main(sample))),
            place_of(chunk.iter().enumerate().max_by_key(|(_, sample)| main(sample))),
        ];
        places.extend(
            others.iter().map(|of| place_of(chunk.iter().enumerate().max_by_key(|(_, sample)| of(sample)))),
        );
        places.sort_unstable();
        places.dedup();
        kept.extend(places.into_iter().map(|place| chunk[place]));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_extremes() {
        let samples: Vec<TimedSample> = (0..10_000_u64)
            .map(|n| TimedSample {
                at_secs: n as f64,
                rss: Some(if n == 7777 {
                    1_000_000
                } else if n == 3333 {
                    1
                } else {
                    1000 + n % 7
                }),
                counted: if n == 5555 { 99 } else { n % 3 },
                phases: None,
            })
            .collect();
        let kept = thinned(&samples, 100);
        assert!(kept.len() <= 100, "{}", kept.len());
        for place in [7777, 3333, 5555] {
            assert!(kept.contains(&samples[place]), "{place}");
        }
        assert!(kept.is_sorted_by(|a, b| a.at_secs < b.at_secs));
        assert_eq!(thinned(&samples[..50], 100), samples[..50]);
    }
}
