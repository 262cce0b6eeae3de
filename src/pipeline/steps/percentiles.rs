//! Percentiles without sorting: the samples are counted by value.
//!
//! Counting takes the same small memory for images of all sizes. What a percentile lies between is found
//! exactly: see [`search`].

use fearless_simd::Simd;

use super::sample::{Sample, not_numbers};
use super::wide::{Wide, wide};
use crate::cancel::Cancel;
use crate::image::PixelType;
use crate::pipeline::{Scratch, ScratchBytes, StepError};

/// Samples between two looks at whether the run was cancelled.
pub(super) const BLOCK_SAMPLES: usize = 64 * 1024;

/// Counts of the histogram for all types but the smallest: what stays in the processor's cache.
const COUNTS: usize = 65_536;
const QUARTER: usize = COUNTS / 4;

/// This many samples are few. Their keys take as much memory as the table for 16-bit images.
const FEW_SAMPLES: usize = 16_384;

/// What is needed at most, also for a table of all values of a type of up to 16 bits. It does not grow
/// with the image.
pub(super) fn scratch_bytes(pixel: PixelType) -> ScratchBytes {
    let keys = if pixel.bytes() == 1 { 256 } else { FEW_SAMPLES };
    ScratchBytes::of(count_entries(pixel), keys, 0, 0)
}

/// Entries of the histogram for samples of a type.
pub(super) fn count_entries(pixel: PixelType) -> usize {
    if pixel.bytes() == 1 { 4 * 256 } else { COUNTS }
}

/// How often each value between two keys occurs, of samples of up to 16 bits, all of which lie between them.
#[allow(clippy::cast_possible_truncation)] // keys of up to 16 bits
pub(super) fn count_values<'a, T: Sample>(
    samples: &[T],
    keys: [u64; 2],
    histogram: &'a mut Vec<u32>,
    cancel: &Cancel,
) -> Result<&'a [u32], StepError> {
    let values = (keys[1] - keys[0]) as usize + 1;
    match values {
        0..=256 => added::<T, 4, 256>(samples, keys, histogram, cancel),
        257..=QUARTER => added::<T, 4, QUARTER>(samples, keys, histogram, cancel),
        _ => added::<T, 1, COUNTS>(samples, keys, histogram, cancel),
    }
    .map(|counts| &counts[..values])
}

/// The counts of all lanes together, in the first.
fn added<'a, T: Sample, const LANES: usize, const BINS: usize>(
    samples: &[T],
    keys: [u64; 2],
    histogram: &'a mut Vec<u32>,
    cancel: &Cancel,
) -> Result<&'a [u32], StepError> {
    let lanes = lanes_of::<LANES, BINS>(histogram);
    count(samples, keys, lanes, cancel)?;
    let (first, others) = lanes.split_at_mut(1);
    let values = (keys[1] - keys[0]) as usize + 1;
    for other in others {
        first[0].iter_mut().zip(&other[..values]).for_each(|(count, more)| *count += more);
    }
    Ok(&first[0])
}

/// Histograms side by side in memory that is made as long as they need.
fn lanes_of<const LANES: usize, const BINS: usize>(memory: &mut Vec<u32>) -> &mut [[u32; BINS]; LANES] {
    let lanes = room(memory, LANES * BINS).as_chunks_mut::<BINS>().0;
    lanes.first_chunk_mut().expect("as many were made")
}

/// The first `count` of a vector, which is made so long where it is shorter; whatever is in it.
pub(super) fn room<T: Clone + Default>(memory: &mut Vec<T>, count: usize) -> &mut [T] {
    if memory.len() < count {
        if memory.capacity() < count {
            // What was there is of no use, and would be held beside the new while it is copied.
            *memory = Vec::new();
        }
        // Exactly: what a vector adds of its own would not be in the forecast.
        memory.reserve_exact(count - memory.len());
        memory.resize(count, T::default());
    }
    &mut memory[..count]
}

/// Where a percentile lies between the sorted samples: after how many of them, and how far from
/// that one to the next.
#[derive(Clone, Copy)]
pub(super) struct Between {
    pub(super) index: usize,
    pub(super) fraction: f64,
}

/// The position as NumPy computes it: (n - 1) q, with the last sample for all beyond.
pub(super) fn between(count: usize, percent: f64) -> Between {
    let last = count - 1;
    #[allow(clippy::cast_precision_loss)] // NumPy's index is a 64-bit float too
    let position = last as f64 * (percent / 100.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to count
    let index = position.floor() as usize;
    if index >= last {
        Between { index: last, fraction: 0.0 }
    } else {
        Between { index, fraction: position - position.floor() }
    }
}

/// NumPy's interpolation: from the nearer end, so that both ends are met exactly.
pub(super) fn interpolate<T: Sample>(a: T, b: T, fraction: f64) -> f64 {
    let distance = a.distance_to(b);
    if fraction >= 0.5 { b.to_f64() - distance * (1.0 - fraction) } else { a.to_f64() + distance * fraction }
}

/// A sample that is searched for: the one before which `rank` others come in rising order.
#[derive(Clone, Copy)]
struct Sought {
    rank: usize,
    /// It lies between these keys, both included.
    keys: [u64; 2],
    /// This many samples have keys before these.
    before: usize,
    /// This many samples lie between them.
    between: usize,
}

/// Two percentiles of an image.
pub(super) struct Percentiles {
    /// The lower and the higher.
    pub(super) values: [f64; 2],
    /// The keys of the lowest and the highest sample that counts.
    pub(super) keys: [u64; 2],
}

/// The percentiles of those samples that are finite numbers, as `numpy.percentile(x[isfinite(x)], percents)`; `None`
/// where there are none.
pub(super) fn percentiles<T: Sample>(
    samples: &[T],
    percents: [f64; 2],
    scratch: &mut Scratch,
    cancel: &Cancel,
) -> Result<Option<Percentiles>, StepError> {
    let keys = extremes(samples, T::is_number, cancel)?;
    if samples.is_empty() || keys[0] > keys[1] {
        return Ok(None);
    }
    let among = Among { samples, keys, count: samples.len() - not_numbers(samples) as usize };
    let values = match T::TYPE.bytes() {
        1 => search::<T, 4, 256>(&among, percents, scratch, cancel)?,
        2 if keys[1] - keys[0] >= QUARTER as u64 => {
            search::<T, 1, COUNTS>(&among, percents, scratch, cancel)?
        }
        _ => search::<T, 4, QUARTER>(&among, percents, scratch, cancel)?,
    };
    Ok(Some(Percentiles { values, keys }))
}

/// The samples that count: those between two keys, both included.
struct Among<'a, T> {
    samples: &'a [T],
    keys: [u64; 2],
    count: usize,
}

/// The percentiles of samples that lie between two keys. The samples are counted by their
/// keys; where there are more keys than `BINS` to count in, several share one, and the samples of those
/// few bins that matter are looked at again.
///
/// `LANES` histograms take turns: where a value comes again and again, as in a dark image, one count
/// would wait for the one before.
fn search<T: Sample, const LANES: usize, const BINS: usize>(
    among: &Among<'_, T>,
    percents: [f64; 2],
    scratch: &mut Scratch,
    cancel: &Cancel,
) -> Result<[f64; 2], StepError> {
    let Among { samples, keys: all, count: samples_count } = *among;
    let lanes = lanes_of::<LANES, BINS>(&mut scratch.histogram);
    let positions = percents.map(|percent| between(samples_count, percent));
    let after = |rank: usize| (rank + 1).min(samples_count - 1);
    let mut ranks: Vec<usize> = positions.iter().flat_map(|at| [at.index, after(at.index)]).collect();
    ranks.sort_unstable();
    ranks.dedup();
    let sought = |rank: usize| Sought { rank, keys: all, before: 0, between: samples_count };
    let mut sought: Vec<Sought> = ranks.into_iter().map(sought).collect();
    while let Some(open) = sought.iter().find(|one| one.keys[0] < one.keys[1]).copied() {
        let Sought { keys, before, between, .. } = open;
        let these = sought.iter_mut().filter(|one| one.keys == keys);
        // Few samples among many values are faster put in order than counted.
        if between <= FEW_SAMPLES && between as u64 <= keys[1] - keys[0] {
            let mut larger = room(&mut scratch.values, between);
            gather(samples, keys, larger, cancel)?;
            let mut passed = before;
            // Each search looks only where the last has left the larger ones.
            for one in these {
                let (_, key, rest) = larger.select_nth_unstable(one.rank - passed);
                (one.keys, larger, passed) = ([*key; 2], rest, one.rank + 1);
            }
            continue;
        }
        // How far the samples of a full bin really go is seen faster than they are counted, and often it
        // is one value alone.
        let occurring = if keys == all { all } else { extremes_between(samples, keys, cancel)? };
        if occurring[0] == occurring[1] {
            these.for_each(|one| one.keys = occurring);
            continue;
        }
        let shift = count(samples, occurring, lanes, cancel)?;
        // Ranks rise, so that each search continues where the last has ended.
        let (mut bin, mut passed) = (0, before);
        for one in these {
            let between = loop {
                let here = lanes.iter().map(|lane| lane[bin]).sum::<u32>() as usize;
                if one.rank < passed + here {
                    break here;
                }
                passed += here;
                bin += 1;
            };
            let first = occurring[0] + ((bin as u64) << shift);
            let last = first.saturating_add((1 << shift) - 1).min(occurring[1]);
            *one = Sought { rank: one.rank, keys: [first, last], before: passed, between };
        }
    }
    let value = |rank: usize| {
        let found = sought.iter().find(|one| one.rank == rank).expect("it was sought");
        T::from_key(found.keys[0])
    };
    Ok(positions.map(|at| interpolate(value(at.index), value(after(at.index)), at.fraction)))
}

/// The keys of the lowest and the highest sample that counts.
pub(super) fn extremes<T: Sample>(
    samples: &[T],
    counts: impl Fn(T) -> bool,
    cancel: &Cancel,
) -> Result<[u64; 2], StepError> {
    let mut keys = [u64::MAX, 0];
    for block in samples.chunks(BLOCK_SAMPLES) {
        cancel.check()?;
        let [low, high] = wide(Extremes { samples: block, counts: &counts });
        keys = [keys[0].min(low), keys[1].max(high)];
    }
    Ok(keys)
}

/// Samples of which those that count are looked through.
struct Extremes<'a, T, C> {
    samples: &'a [T],
    counts: C,
}

impl<T: Sample, C: Fn(T) -> bool> Wide for Extremes<'_, T, C> {
    type Output = [u64; 2];
    const IS_COMMON: bool = T::IS_COMMON;

    #[inline(always)]
    fn run<S: Simd>(self, _vectors: S) -> [u64; 2] {
        T::extremes(self.samples, self.counts)
    }
}

/// The keys of the lowest and the highest of the samples that lie between two keys.
fn extremes_between<T: Sample>(
    samples: &[T],
    keys: [u64; 2],
    cancel: &Cancel,
) -> Result<[u64; 2], StepError> {
    let [low, high] = keys.map(T::from_key);
    let [lowest, highest] = extremes(samples, |sample| low <= sample && sample <= high, cancel)?;
    // The two zeros of floats have keys of their own, but are equal.
    Ok([lowest.max(keys[0]), highest.min(keys[1])])
}

/// Writes the keys of the samples between two keys, of which there are as many as there is room.
fn gather<T: Sample>(
    samples: &[T],
    [low, high]: [u64; 2],
    room: &mut [u64],
    cancel: &Cancel,
) -> Result<(), StepError> {
    let mut gathered = 0;
    for block in samples.chunks(BLOCK_SAMPLES) {
        cancel.check()?;
        for key in block.iter().map(|sample| sample.key()).filter(|key| (low..=high).contains(key)) {
            room[gathered] = key;
            gathered += 1;
        }
    }
    Ok(())
}

/// Counts the samples between two keys; keys that differ only in their last bits, of which it returns
/// the number, share a bin.
#[allow(clippy::cast_possible_truncation)] // to the number of bins
fn count<T: Sample, const LANES: usize, const BINS: usize>(
    samples: &[T],
    [low, high]: [u64; 2],
    lanes: &mut [[u32; BINS]; LANES],
    cancel: &Cancel,
) -> Result<u32, StepError> {
    let span = high - low;
    // That a small type has a bin for each value is said here once more for the compiler, whose loop is
    // a seventh faster for it.
    let has_bin_for_each_value = T::TYPE.bytes() <= 2;
    let shift = if has_bin_for_each_value {
        0
    } else {
        (u64::BITS - span.leading_zeros()).saturating_sub(BINS.ilog2())
    };
    lanes.iter_mut().for_each(|lane| lane[..=(span >> shift) as usize].fill(0));
    for block in samples.chunks(BLOCK_SAMPLES) {
        cancel.check()?;
        let (together, rest) = block.as_chunks::<LANES>();
        let mut count = |sample: T, lane: usize| {
            let distance = sample.key().wrapping_sub(low);
            if has_bin_for_each_value || distance <= span {
                // An index below a length that is known needs no check, which doubles the speed.
                lanes[lane][(distance >> shift) as usize % BINS] += 1;
            }
        };
        for samples in together {
            (0..LANES).for_each(|lane| count(samples[lane], lane));
        }
        rest.iter().for_each(|sample| count(*sample, 0));
    }
    Ok(shift)
}
