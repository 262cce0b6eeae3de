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
    if samples.len() <= most {
        return samples.to_vec();
    }
    let stretch = samples.len().div_ceil((most / 3).max(1));
    let mut kept = Vec::with_capacity(most);
    for chunk in samples.chunks(stretch) {
        let place_of = |best: Option<(usize, &TimedSample)>| best.map_or(0, |(place, _)| place);
        let mut places = [
            place_of(chunk.iter().enumerate().min_by_key(|(_, sample)| sample.rss)),
            place_of(chunk.iter().enumerate().max_by_key(|(_, sample)| sample.rss)),
            place_of(chunk.iter().enumerate().max_by_key(|(_, sample)| sample.counted)),
        ];
        places.sort_unstable();
        for (nth, place) in places.iter().enumerate() {
            if nth == 0 || places[nth - 1] != *place {
                kept.push(chunk[*place]);
            }
        }
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
