//! Memory over time as a chart reads it: cheap to append to, cheap to look at from any distance.
//!
//! Blocks of samples remember their lowest and highest, so that a picture of a million samples
//! costs about as much as it has pixels, also while samples still arrive.

use crate::record::{TimedSample, thinned};

/// Samples in a block. A column of pixels looks at whole blocks inside it and at single samples at
/// its edges, so the square root of a busy column's samples is about right.
const BLOCK: usize = 32;

/// The most samples kept in memory; beyond, half are thinned away to their extremes.
const MOST_SAMPLES: usize = 2_000_000;

/// Which of the two memories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Resident memory of the worker, as the system tells it.
    Rss,
    /// Pixel bytes that the image store holds, by its own count.
    Counted,
}

impl Measure {
    /// Its value in a sample; `None` where the system did not tell.
    pub fn of(self, sample: &TimedSample) -> Option<u64> {
        match self {
            Self::Rss => sample.rss,
            Self::Counted => Some(sample.counted),
        }
    }
}

/// Places of the lowest and the highest known value.
type Extremes = Option<(usize, usize)>;

/// Samples sorted by time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    samples: Vec<TimedSample>,
    /// Extremes of each full block, of RSS and of counted.
    blocks: Vec<[Extremes; 2]>,
}

impl Series {
    /// Appends a sample. One that comes late is put at the time of the last: the threads that
    /// send samples race by microseconds, and a chart cannot show more.
    pub fn push(&mut self, mut sample: TimedSample) {
        if !sample.at_secs.is_finite() {
            return;
        }
        sample.at_secs = sample.at_secs.max(0.0);
        if let Some(last) = self.samples.last() {
            sample.at_secs = sample.at_secs.max(last.at_secs);
        }
        self.samples.push(sample);
        if self.samples.len() >= MOST_SAMPLES {
            self.samples = thinned(&self.samples, MOST_SAMPLES / 2);
            self.blocks.clear();
        }
        while (self.blocks.len() + 1) * BLOCK <= self.samples.len() {
            let start = self.blocks.len() * BLOCK;
            let block = [Measure::Rss, Measure::Counted]
                .map(|measure| self.extremes_one_by_one(measure, start, start + BLOCK));
            self.blocks.push(block);
        }
    }

    /// All samples in order.
    pub fn samples(&self) -> &[TimedSample] {
        &self.samples
    }

    /// The last sample at or before a time.
    pub fn at(&self, at_secs: f64) -> Option<&TimedSample> {
        let after = self.samples.partition_point(|sample| sample.at_secs <= at_secs);
        self.samples.get(after.checked_sub(1)?)
    }

    /// The highest sample from one time to another, both included; the first of equals.
    pub fn highest(&self, measure: Measure, from_secs: f64, to_secs: f64) -> Option<&TimedSample> {
        let from = self.samples.partition_point(|sample| sample.at_secs < from_secs);
        let to = self.samples.partition_point(|sample| sample.at_secs <= to_secs);
        let (_, highest) = self.extremes(measure, from, to)?;
        self.samples.get(highest)
    }

    /// The line through the samples, reduced to what columns of pixels can show: of each column
    /// its first, lowest, highest and last sample with a known value, so no peak is lost.
    ///
    /// `edges_secs` are the times of the columns' edges, ascending: one more than there are
    /// columns. One sample before and one after are added, so that the line reaches the edges.
    /// Points are (seconds, bytes).
    pub fn decimate(&self, measure: Measure, edges_secs: &[f64]) -> Vec<(f64, u64)> {
        let (Some(&first), Some(&last)) = (edges_secs.first(), edges_secs.last()) else {
            return Vec::new();
        };
        let mut line = Vec::new();
        let keep = |line: &mut Vec<(f64, u64)>, place: usize| {
            if let Some(sample) = self.samples.get(place)
                && let Some(bytes) = measure.of(sample)
            {
                line.push((sample.at_secs, bytes));
            }
        };
        let mut from = self.samples.partition_point(|sample| sample.at_secs < first);
        if let Some(before) = (0..from).rev().take(BLOCK).find(|place| self.known(measure, *place)) {
            keep(&mut line, before);
        }
        let end = self.samples.partition_point(|sample| sample.at_secs <= last);
        for (column, edge) in edges_secs.iter().enumerate().skip(1) {
            let to = if column + 1 == edges_secs.len() {
                end
            } else {
                from + self.samples.get(from..end).map_or(0, |rest| gallop(rest, *edge))
            };
            if let Some((lowest, highest)) = self.extremes(measure, from, to) {
                let known = |place: &usize| self.known(measure, *place);
                let first = (from..to).find(known).unwrap_or(lowest);
                let last = (from..to).rev().find(known).unwrap_or(highest);
                let mut places = [first, lowest, highest, last];
                places.sort_unstable();
                for (nth, place) in places.iter().enumerate() {
                    if nth == 0 || places[nth - 1] != *place {
                        keep(&mut line, *place);
                    }
                }
            }
            from = to;
        }
        if let Some(after) = (end..self.samples.len()).take(BLOCK).find(|place| self.known(measure, *place)) {
            keep(&mut line, after);
        }
        line
    }

    fn known(&self, measure: Measure, place: usize) -> bool {
        self.samples.get(place).is_some_and(|sample| measure.of(sample).is_some())
    }

    /// Lowest and highest of a stretch of samples, by whole blocks where it can.
    fn extremes(&self, measure: Measure, from: usize, to: usize) -> Extremes {
        let first_block = from.div_ceil(BLOCK);
        let last_block = (to / BLOCK).min(self.blocks.len());
        if first_block >= last_block {
            return self.extremes_one_by_one(measure, from, to);
        }
        let mut extremes = self.extremes_one_by_one(measure, from, first_block * BLOCK);
        for block in &self.blocks[first_block..last_block] {
            extremes = self.wider(measure, extremes, block[measure as usize]);
        }
        self.wider(measure, extremes, self.extremes_one_by_one(measure, last_block * BLOCK, to))
    }

    fn extremes_one_by_one(&self, measure: Measure, from: usize, to: usize) -> Extremes {
        let mut found: Option<((usize, u64), (usize, u64))> = None;
        for (place, sample) in self.samples.iter().enumerate().take(to).skip(from) {
            let Some(bytes) = measure.of(sample) else { continue };
            let here = (place, bytes);
            found = Some(found.map_or((here, here), |(low, high)| {
                (if bytes < low.1 { here } else { low }, if bytes > high.1 { here } else { high })
            }));
        }
        found.map(|(low, high)| (low.0, high.0))
    }

    fn wider(&self, measure: Measure, a: Extremes, b: Extremes) -> Extremes {
        let (Some((a_low, a_high)), Some((b_low, b_high))) = (a, b) else { return a.or(b) };
        let bytes = |place: usize| self.samples.get(place).and_then(|sample| measure.of(sample));
        let low = if bytes(b_low) < bytes(a_low) { b_low } else { a_low };
        let high = if bytes(b_high) > bytes(a_high) { b_high } else { a_high };
        Some((low, high))
    }
}

/// How many samples come before a time: doubling steps first, because the next column's edge is
/// near, and a search over all samples for each of a thousand columns is not free.
fn gallop(samples: &[TimedSample], before_secs: f64) -> usize {
    let mut reach = 1;
    while reach < samples.len() && samples[reach].at_secs < before_secs {
        reach *= 2;
    }
    let stretch = &samples[..samples.len().min(reach + 1)];
    stretch.partition_point(|sample| sample.at_secs < before_secs)
}
