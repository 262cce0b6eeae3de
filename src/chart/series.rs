//! Memory over time as a chart reads it: cheap to append to, cheap to look at from any distance.
//!
//! Blocks of samples, and blocks of blocks, remember their lowest and highest, so that a picture of
//! a million samples costs about as much as it has pixels, also while samples still arrive.

use crate::events::{TimedSample, thinned_by};
use crate::watch::WatchedSample;

/// Samples in a block, and blocks in a block of the next level.
const BLOCK: usize = 8;

/// Distance of the samples whose times are kept apart, so that a search stays in the processor's
/// cache.
const STRIDE: usize = 64;

/// How far to look for a known value beside the part that is seen.
const REACH: usize = 32;

/// The most samples kept in memory; beyond, half are thinned away to their extremes.
const MOST_SAMPLES: usize = 2_000_000;

/// Memory at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChartSample {
    /// Seconds since the worker was ready, or the program began.
    pub at_secs: f64,
    /// Resident memory, of a watched program the sum over its processes.
    pub rss: Option<u64>,
    /// Pixel bytes that the image store held; `None` of a watched program.
    pub counted: Option<u64>,
    /// Resident memory of the largest process of a watched program.
    pub largest: Option<u64>,
}

impl From<&TimedSample> for ChartSample {
    fn from(sample: &TimedSample) -> Self {
        Self { at_secs: sample.at_secs, rss: sample.rss, counted: Some(sample.counted), largest: None }
    }
}

impl From<&WatchedSample> for ChartSample {
    fn from(sample: &WatchedSample) -> Self {
        Self { at_secs: sample.at_secs, rss: sample.rss, counted: None, largest: sample.largest }
    }
}

/// Which of the memories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Resident memory of the worker, as the system tells it.
    Rss,
    /// Pixel bytes that the image store holds, by its own count.
    Counted,
    /// Resident memory of the largest process of a watched program.
    Largest,
}

impl Measure {
    /// All, in the order of their numbers.
    const ALL: [Self; 3] = [Self::Rss, Self::Counted, Self::Largest];

    /// Its value in a sample; `None` where it is not known.
    pub fn of(self, sample: &ChartSample) -> Option<u64> {
        match self {
            Self::Rss => sample.rss,
            Self::Counted => sample.counted,
            Self::Largest => sample.largest,
        }
    }

    /// What its line is called beside the main one.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rss => "memory",
            Self::Counted => "counted",
            Self::Largest => "largest process",
        }
    }
}

/// A known value and its place among the samples. The value is kept beside the place, because to
/// look it up among a million samples is what would cost.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Found {
    place: usize,
    bytes: u64,
}

/// The lowest and the highest known value, the first of equals; `None` where none is known.
type Extremes = Option<(Found, Found)>;

/// Samples sorted by time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    samples: Vec<ChartSample>,
    /// The time of every [`STRIDE`]th sample: what a search for a time looks at first.
    times: Vec<f64>,
    /// Extremes of each full block, of each measure: blocks of samples first, then blocks of those, and so on.
    levels: Vec<Vec<[Extremes; 3]>>,
}

impl Series {
    /// Appends a sample. One that comes late is put at the time of the last: the threads that
    /// send samples race by microseconds, and a chart cannot show more.
    pub fn push(&mut self, sample: impl Into<ChartSample>) {
        let mut sample = sample.into();
        if !sample.at_secs.is_finite() {
            return;
        }
        sample.at_secs = sample.at_secs.max(0.0);
        if let Some(last) = self.samples.last() {
            sample.at_secs = sample.at_secs.max(last.at_secs);
        }
        if self.samples.len().is_multiple_of(STRIDE) {
            self.times.push(sample.at_secs);
        }
        self.samples.push(sample);
        if self.samples.len() >= MOST_SAMPLES {
            self.samples = self.thinned(MOST_SAMPLES / 2);
            self.times = self.samples.iter().step_by(STRIDE).map(|sample| sample.at_secs).collect();
            self.levels.clear();
            self.complete_levels();
        } else if self.samples.len().is_multiple_of(BLOCK) {
            self.complete_levels();
        }
    }

    /// Adds the blocks that have become full.
    fn complete_levels(&mut self) {
        let mut below = self.samples.len();
        let mut level = 0;
        while below >= BLOCK {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let done = self.levels[level].len();
            let blocks = (done..below / BLOCK).map(|block| {
                Measure::ALL.map(|measure| {
                    self.extremes_one_by_one(measure, level, block * BLOCK, (block + 1) * BLOCK)
                })
            });
            let blocks: Vec<_> = blocks.collect();
            self.levels[level].extend(blocks);
            below = self.levels[level].len();
            level += 1;
        }
    }

    /// So many of them at most, with the lowest and highest.
    pub(crate) fn thinned(&self, most: usize) -> Vec<ChartSample> {
        thinned_by(
            &self.samples,
            most,
            |sample| sample.rss,
            &[|sample| sample.counted, |sample| sample.largest],
        )
    }

    /// All samples in order.
    pub fn samples(&self) -> &[ChartSample] {
        &self.samples
    }

    /// The last sample at or before a time.
    pub fn at(&self, at_secs: f64) -> Option<&ChartSample> {
        self.samples.get(self.count_while(|time| time <= at_secs).checked_sub(1)?)
    }

    /// The highest sample from one time to another, both included; the first of equals.
    pub fn highest(&self, measure: Measure, from_secs: f64, to_secs: f64) -> Option<&ChartSample> {
        let from = self.count_while(|time| time < from_secs);
        let to = self.count_while(|time| time <= to_secs);
        let (_, highest) = self.extremes(measure, from, to)?;
        self.samples.get(highest.place)
    }

    /// Which samples belong to which column of pixels: for each edge the samples before it, with
    /// those at the last edge counted in. Edges are in seconds, ascending, one more than columns.
    pub fn columns(&self, edges_secs: &[f64]) -> Vec<usize> {
        let last = edges_secs.len().saturating_sub(1);
        let before = |(nth, edge): (usize, &f64)| {
            self.count_while(|time| if nth == last { time <= *edge } else { time < *edge })
        };
        edges_secs.iter().enumerate().map(before).collect()
    }

    /// The line through the samples, reduced to what columns of pixels can show: of each column
    /// (see [`Self::columns`]) its first, lowest, highest and last sample with a known value, so no
    /// peak is lost.
    ///
    /// One sample before and one after are added, so that the line reaches the edges. Points are
    /// (seconds, bytes).
    pub fn decimate(&self, measure: Measure, columns: &[usize]) -> Vec<(f64, u64)> {
        let (Some(&start), Some(&end)) = (columns.first(), columns.last()) else {
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
        if let Some(before) = (0..start).rev().take(REACH).find(|place| self.known(measure, *place)) {
            keep(&mut line, before);
        }
        for column in columns.windows(2) {
            let [from, to] = [column[0], column[1]];
            if let Some((lowest, highest)) = self.extremes(measure, from, to) {
                let known = |place: &usize| self.known(measure, *place);
                let first = (from..to).find(known).unwrap_or(lowest.place);
                let last = (from..to).rev().find(known).unwrap_or(highest.place);
                let mut places = [first, lowest.place, highest.place, last];
                places.sort_unstable();
                for (nth, place) in places.iter().enumerate() {
                    if nth == 0 || places[nth - 1] != *place {
                        keep(&mut line, *place);
                    }
                }
            }
        }
        if let Some(after) = (end..self.samples.len()).take(REACH).find(|place| self.known(measure, *place)) {
            keep(&mut line, after);
        }
        line
    }

    /// How many samples from the first on have such a time.
    fn count_while(&self, is_before: impl Fn(f64) -> bool) -> usize {
        let strides = self.times.partition_point(|time| is_before(*time));
        let from = strides.saturating_sub(1) * STRIDE;
        let to = (strides * STRIDE).min(self.samples.len());
        let stretch = self.samples.get(from..to).unwrap_or_default();
        from + stretch.partition_point(|sample| is_before(sample.at_secs))
    }

    fn known(&self, measure: Measure, place: usize) -> bool {
        self.samples.get(place).is_some_and(|sample| measure.of(sample).is_some())
    }

    /// Lowest and highest of a stretch of samples: at each level only the ends that do not fill a
    /// block, and the middle from the level above.
    fn extremes(&self, measure: Measure, mut from: usize, mut to: usize) -> Extremes {
        let mut found = None;
        for (level, above) in self.levels.iter().enumerate() {
            let (first, last) = (from.div_ceil(BLOCK), (to / BLOCK).min(above.len()));
            if first >= last {
                return wider(found, self.extremes_one_by_one(measure, level, from, to));
            }
            found = wider(found, self.extremes_one_by_one(measure, level, from, first * BLOCK));
            found = wider(found, self.extremes_one_by_one(measure, level, last * BLOCK, to));
            (from, to) = (first, last);
        }
        wider(found, self.extremes_one_by_one(measure, self.levels.len(), from, to))
    }

    /// The same from all samples (level 0) or all blocks below a level.
    fn extremes_one_by_one(&self, measure: Measure, level: usize, from: usize, to: usize) -> Extremes {
        if let Some(below) = level.checked_sub(1) {
            let blocks = self.levels.get(below).and_then(|blocks| blocks.get(from..to)).unwrap_or_default();
            return blocks.iter().fold(None, |found, block| wider(found, block[measure as usize]));
        }
        let samples = self.samples.get(from..to).unwrap_or_default();
        samples.iter().enumerate().fold(None, |found, (nth, sample)| {
            let here = measure.of(sample).map(|bytes| Found { place: from + nth, bytes });
            wider(found, here.map(|here| (here, here)))
        })
    }
}

fn wider(a: Extremes, b: Extremes) -> Extremes {
    let (Some((a_low, a_high)), Some((b_low, b_high))) = (a, b) else { return a.or(b) };
    let low = if (b_low.bytes, b_low.place) < (a_low.bytes, a_low.place) { b_low } else { a_low };
    let b_is_higher =
        b_high.bytes > a_high.bytes || b_high.bytes == a_high.bytes && b_high.place < a_high.place;
    let high = if b_is_higher { b_high } else { a_high };
    Some((low, high))
}
