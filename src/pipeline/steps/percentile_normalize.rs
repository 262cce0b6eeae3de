//! Percentile normalisation of one image.
//!
//! With x the image and p_l, p_h two of its percentiles, the result is
//! `(clip(x, p_l, p_h) - p_l) * (t_max - t_min) / (p_h - p_l) + t_min` in 64-bit floats, truncated
//! towards zero to the image's type, and `t_min` everywhere where `p_h = p_l`. Percentiles are
//! those of `numpy.percentile` (linear interpolation), to the bit. The target range is 0 to 255
//! for 8-bit, 0 to the type's maximum for signed, 0 to 1 for float and 0 to 65535 for all other
//! images (32- and 64-bit unsigned ones too).
//!
//! All samples count alike: a colour image has one pair of percentiles. As in NumPy, one sample
//! that is no number makes both percentiles so, and with them the whole image. 64-bit integers
//! are interpolated as 64-bit floats.

use serde::{Deserialize, Serialize};

use super::sample::{Sample, for_each_type};
use crate::cancel::Cancel;
use crate::image::{ImageFormat, ImageMut, PixelType};
use crate::pipeline::{Scratch, StepError, StepNote};

/// Settings of percentile normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PercentileNormalize {
    /// Percentile (0 to 100) that becomes the lowest value.
    pub low_percentile: f64,
    /// Percentile (0 to 100) that becomes the highest value.
    pub high_percentile: f64,
}

impl Default for PercentileNormalize {
    fn default() -> Self {
        Self { low_percentile: 1.0, high_percentile: 99.0 }
    }
}

/// Samples between two looks at whether the run was cancelled.
const BLOCK_SAMPLES: usize = 64 * 1024;

/// Counts of the histogram for all types but the smallest: what stays in the processor's cache.
const COUNTS: usize = 65_536;

/// So many samples are few. Their keys take as much memory as the table for 16-bit images.
const FEW_SAMPLES: usize = 16_384;

impl PercentileNormalize {
    /// For the window.
    pub const EXPLANATION: &str = "Stretches the brightness of each image: what lies below the low percentile \
         becomes black, what lies above the high one becomes white.";

    /// `1 to 99 %`.
    pub fn settings_text(&self) -> String {
        format!("{} to {} %", self.low_percentile, self.high_percentile)
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        // Written so that a percentile that is no number fails.
        if 0.0 <= self.low_percentile
            && self.low_percentile < self.high_percentile
            && self.high_percentile <= 100.0
        {
            Ok(())
        } else {
            Err(format!(
                "{} to {} is no range of percentiles: both must be between 0 and 100, the low one below the high one",
                self.low_percentile, self.high_percentile
            ))
        }
    }

    /// A histogram, and the table of what becomes of each value or the keys of few samples. It does not
    /// grow with the image.
    pub(crate) fn scratch_bytes(input: ImageFormat) -> u64 {
        let [counts, keys] = if input.pixel.bytes() == 1 { [4 * 256, 256] } else { [COUNTS, FEW_SAMPLES] };
        (counts * size_of::<u32>() + keys * size_of::<u64>()) as u64
    }

    pub(crate) fn run(
        &self,
        image: ImageMut<'_>,
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let ImageMut { format, bytes } = image;
        macro_rules! normalize {
            ($type:ty) => {
                self.normalize::<$type>(bytemuck::cast_slice_mut(bytes), scratch, cancel)?
            };
        }
        for_each_type!(format.pixel, normalize);
        Ok(StepNote::default())
    }

    fn normalize<T: Sample>(
        &self,
        samples: &mut [T],
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<(), StepError> {
        if samples.is_empty() {
            return Ok(());
        }
        let keys = extremes(samples, |_| true, cancel)?;
        // Those that are no numbers come before or after all others.
        let [low, high] = if keys.iter().any(|key| T::from_key(*key).to_f64().is_nan()) {
            [f64::NAN; 2]
        } else {
            let percents = [self.low_percentile, self.high_percentile];
            match T::TYPE.bytes() {
                1 => percentiles::<T, 4, 256>(samples, keys, percents, scratch, cancel)?,
                2 if keys[1] - keys[0] >= COUNTS as u64 / 4 => {
                    percentiles::<T, 1, COUNTS>(samples, keys, percents, scratch, cancel)?
                }
                _ => percentiles::<T, 4, { COUNTS / 4 }>(samples, keys, percents, scratch, cancel)?,
            }
        };
        let stretch = Stretch::new(low, high, T::TYPE);
        let values = (keys[1] - keys[0]).saturating_add(1);
        if T::TYPE.bytes() <= 2 && values <= samples.len() as u64 {
            // Each value is computed once, whatever the number of samples.
            stretch.apply_by_table(samples, keys, &mut scratch.values, cancel)
        } else {
            for block in samples.chunks_mut(BLOCK_SAMPLES) {
                cancel.check()?;
                block.iter_mut().for_each(|sample| *sample = stretch.apply(*sample));
            }
            Ok(())
        }
    }
}

/// The first `count` of a vector, which is made so long where it is shorter.
fn room<T: Clone + Default>(memory: &mut Vec<T>, count: usize) -> &mut [T] {
    if memory.len() < count {
        // Exactly: what a vector adds of its own would not be in the forecast.
        memory.reserve_exact(count - memory.len());
        memory.resize(count, T::default());
    }
    &mut memory[..count]
}

/// The stretch of brightness between two percentiles.
struct Stretch {
    low: f64,
    high: f64,
    target_low: f64,
    target_range: f64,
}

impl Stretch {
    fn new(low: f64, high: f64, pixel: PixelType) -> Self {
        let target_high = match pixel {
            PixelType::U8 => 255.0,
            PixelType::U16 | PixelType::U32 | PixelType::U64 => 65_535.0,
            PixelType::I8 => f64::from(i8::MAX),
            PixelType::I16 => f64::from(i16::MAX),
            PixelType::I32 => f64::from(i32::MAX),
            PixelType::I64 => 9_223_372_036_854_775_807.0,
            PixelType::F32 | PixelType::F64 => 1.0,
        };
        Self { low, high, target_low: 0.0, target_range: target_high }
    }

    #[allow(clippy::float_cmp)] // the definition speaks of equal percentiles
    fn apply<T: Sample>(&self, sample: T) -> T {
        if self.low == self.high {
            return T::from_f64(self.target_low);
        }
        let x = sample.to_f64();
        // As numpy.clip does it: what is no number stays so, and so do bounds that are none.
        let x = if x < self.low || self.low.is_nan() { self.low } else { x };
        let x = if x > self.high || self.high.is_nan() { self.high } else { x };
        T::from_f64((x - self.low) * self.target_range / (self.high - self.low) + self.target_low)
    }

    /// For types of up to 16 bits. Only the values between two keys are looked at, so that small
    /// images do not pay for all that their type could hold.
    #[allow(clippy::cast_possible_truncation)] // keys of up to 16 bits
    fn apply_by_table<T: Sample>(
        &self,
        samples: &mut [T],
        [low, high]: [u64; 2],
        table: &mut Vec<u64>,
        cancel: &Cancel,
    ) -> Result<(), StepError> {
        let values = 1 << (8 * T::TYPE.bytes());
        let table = room(table, values * size_of::<T>() / 8);
        // An index below a length that is known needs no check, which doubles the speed.
        let table = &mut bytemuck::cast_slice_mut::<u64, T>(table)[..values];
        // All values below the low percentile become the same, and all above the high one.
        let first = T::from_f64(self.low).key().max(low);
        let last = (T::from_f64(self.high).key() + 1).min(high);
        table[low as usize..first as usize].fill(self.apply(T::from_key(low)));
        for key in first..=last {
            table[key as usize] = self.apply(T::from_key(key));
        }
        table[last as usize..=high as usize].fill(self.apply(T::from_key(high)));
        for block in samples.chunks_mut(BLOCK_SAMPLES) {
            cancel.check()?;
            block.iter_mut().for_each(|sample| *sample = table[sample.key() as usize % values]);
        }
        Ok(())
    }
}

/// Where a percentile lies between the sorted samples: after how many of them, and how far from
/// that one to the next.
#[derive(Clone, Copy)]
struct Between {
    index: usize,
    fraction: f64,
}

/// The position as NumPy computes it: (n - 1) q, with the last sample for all beyond.
fn between(count: usize, percent: f64) -> Between {
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
fn interpolate<T: Sample>(a: T, b: T, fraction: f64) -> f64 {
    let distance = a.distance_to(b);
    if fraction >= 0.5 { b.to_f64() - distance * (1.0 - fraction) } else { a.to_f64() + distance * fraction }
}

/// A sample that is sought: the one before which `rank` others come in rising order.
#[derive(Clone, Copy)]
struct Sought {
    rank: usize,
    /// It lies between these keys, both included.
    keys: [u64; 2],
    /// So many samples have keys before these.
    before: usize,
    /// So many samples lie between them.
    between: usize,
}

/// The percentiles of samples that lie between two keys, which occur. The samples are counted by their
/// keys; where there are more keys than `BINS` to count in, several share one, and the samples of those
/// few bins that matter are looked at again.
///
/// `LANES` histograms take turns: where a value comes again and again, as in a dark image, one count
/// would wait for the one before.
fn percentiles<T: Sample, const LANES: usize, const BINS: usize>(
    samples: &[T],
    all: [u64; 2],
    percents: [f64; 2],
    scratch: &mut Scratch,
    cancel: &Cancel,
) -> Result<[f64; 2], StepError> {
    let lanes = room(&mut scratch.histogram, LANES * BINS).as_chunks_mut::<BINS>().0;
    let lanes: &mut [[u32; BINS]; LANES] = lanes.first_chunk_mut().expect("as many were made");
    let places = percents.map(|percent| between(samples.len(), percent));
    let after = |rank: usize| (rank + 1).min(samples.len() - 1);
    let mut ranks: Vec<usize> = places.iter().flat_map(|at| [at.index, after(at.index)]).collect();
    ranks.sort_unstable();
    ranks.dedup();
    let sought = |rank: usize| Sought { rank, keys: all, before: 0, between: samples.len() };
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
        // Ranks rise, so that each search goes on where the last has ended.
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
    Ok(places.map(|at| interpolate(value(at.index), value(after(at.index)), at.fraction)))
}

/// The keys of the lowest and the highest sample that counts.
fn extremes<T: Sample>(
    samples: &[T],
    counts: impl Fn(T) -> bool,
    cancel: &Cancel,
) -> Result<[u64; 2], StepError> {
    let mut keys = [u64::MAX, 0];
    for block in samples.chunks(BLOCK_SAMPLES) {
        cancel.check()?;
        let [low, high] = T::extremes(block, &counts);
        keys = [keys[0].min(low), keys[1].max(high)];
    }
    Ok(keys)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By the definition: all samples sorted, each stretched by itself.
    fn by_sorting<T: Sample>(samples: &[T], step: PercentileNormalize) -> Vec<T> {
        let mut sorted = samples.to_vec();
        sorted.sort_by_key(|sample| sample.key());
        let last = sorted.len() - 1;
        let [low, high] = [step.low_percentile, step.high_percentile].map(|percent| {
            let at = between(sorted.len(), percent);
            interpolate(sorted[at.index], sorted[(at.index + 1).min(last)], at.fraction)
        });
        let stretch = Stretch::new(low, high, T::TYPE);
        samples.iter().map(|sample| stretch.apply(*sample)).collect()
    }

    fn check<T: Sample + std::fmt::Debug>(samples: &[T], step: PercentileNormalize) {
        // What another image left behind must not matter.
        let mut scratch = Scratch { histogram: vec![3; COUNTS], values: vec![u64::MAX; FEW_SAMPLES] };
        let mut normalized = samples.to_vec();
        step.normalize(&mut normalized, &mut scratch, &Cancel::new()).expect("not cancelled");
        // Keys, so that the two zeros of floats differ.
        let keys = |samples: &[T]| samples.iter().map(|sample| sample.key()).collect::<Vec<_>>();
        let same = keys(&normalized) == keys(&by_sorting(samples, step));
        assert!(same, "{:?}, {} samples: {:?} …", T::TYPE, samples.len(), &samples[..samples.len().min(8)]);
    }

    /// The same numbers as samples of every type, cut off where it is narrow.
    fn check_every_type(numbers: &[u64], step: PercentileNormalize) {
        macro_rules! check {
            ($type:ty) => {{
                let samples: Vec<$type> =
                    numbers.iter().map(|number| <$type as Sample>::from_key(*number)).collect();
                if !samples.iter().any(|sample| sample.to_f64().is_nan()) {
                    check(&samples, step);
                }
            }};
        }
        check!(u8);
        check!(u16);
        check!(u32);
        check!(u64);
        check!(i8);
        check!(i16);
        check!(i32);
        check!(i64);
        check!(f32);
        check!(f64);
    }

    proptest! {
        /// Many values among few samples (sorted), few values among many (counted), and full bins of
        /// wide ranges (counted again), with samples at both ends of the type.
        #[test]
        fn every_way_to_a_percentile_equals_sorting(
            seed in any::<u64>(),
            samples in prop_oneof![1..300_usize, 10_000..60_000_usize],
            bits in 1..64_u32,
            offset in any::<u64>(),
            crowded in any::<bool>(),
            low_percentile in 0.0..50.0,
            high_percentile in 50.1..100.0,
        ) {
            let mut state = seed;
            let numbers: Vec<u64> = (0..samples).map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let number = state.rotate_left(32) >> (64 - bits);
                // Four fifths alike, or nearly.
                let number = if crowded && state % 5 != 0 { number % 3 } else { number };
                number.wrapping_add(offset)
            }).collect();
            check_every_type(&numbers, PercentileNormalize { low_percentile, high_percentile });
        }
    }

    #[test]
    fn both_ends_of_every_type_are_met() {
        let step = PercentileNormalize { low_percentile: 0.0, high_percentile: 100.0 };
        for count in [2, 3, 5_000, 40_000] {
            let ends: Vec<u64> = (0..count).map(|nth| if nth % 2 == 0 { 0 } else { u64::MAX }).collect();
            check_every_type(&ends, step);
            let zeros: Vec<f32> = (0..count).map(|nth| if nth % 2 == 0 { 0.0 } else { -0.0 }).collect();
            check(&zeros, step);
        }
    }
}
