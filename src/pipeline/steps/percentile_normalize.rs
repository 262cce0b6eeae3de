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

use std::ops::RangeInclusive;

use bytemuck::Pod;
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

    /// A histogram (and the table made of it) for 8- and 16-bit images, else a copy of the samples.
    pub(crate) fn scratch_bytes(input: ImageFormat) -> u64 {
        match input.pixel.bytes() {
            1 => 256 * (size_of::<u32>() as u64 + 8),
            2 => 65_536 * (size_of::<u32>() as u64 + 2) + 8,
            _ => input.bytes() + 8,
        }
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
        match T::TYPE.bytes() {
            1 => self.by_histogram::<T, 256>(samples, scratch, cancel),
            2 => self.by_histogram::<T, 65_536>(samples, scratch, cancel),
            _ => self.by_selection(samples, scratch, cancel),
        }
    }

    fn percents(&self) -> [f64; 2] {
        [self.low_percentile, self.high_percentile]
    }

    /// For types of few `VALUES`. Only the values between the darkest and the brightest sample are
    /// looked at, so that small images do not pay for all that their type could hold.
    fn by_histogram<T: Sample, const VALUES: usize>(
        &self,
        samples: &mut [T],
        Scratch { histogram, pixels }: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<(), StepError> {
        let darkest = samples.iter().fold(samples[0], |darkest, sample| darkest.smaller(*sample));
        let brightest = samples.iter().fold(samples[0], |brightest, sample| brightest.larger(*sample));
        let range = darkest.index()..=brightest.index();
        if histogram.len() < VALUES {
            histogram.reserve_exact(VALUES - histogram.len());
            histogram.resize(VALUES, 0);
        }
        histogram[range.clone()].fill(0);
        // An index below a length that is known needs no check, which doubles the speed.
        let counts = &mut histogram[..VALUES];
        for block in samples.chunks(BLOCK_SAMPLES) {
            cancel.check()?;
            for sample in block {
                counts[sample.index() % VALUES] += 1;
            }
        }
        let [low, high] =
            percentiles_of_histogram::<T>(counts, range.clone(), samples.len(), self.percents());
        let stretch = Stretch::new(low, high, T::TYPE);
        if samples.len() < range.clone().count() {
            samples.iter_mut().for_each(|sample| *sample = stretch.apply(*sample));
            return Ok(());
        }
        // Each value is computed once, whatever the number of samples.
        let table = &mut room::<T>(pixels, VALUES)[..VALUES];
        for index in range {
            table[index] = stretch.apply(T::from_index(index));
        }
        for block in samples.chunks_mut(BLOCK_SAMPLES) {
            cancel.check()?;
            for sample in block {
                *sample = table[sample.index() % VALUES];
            }
        }
        Ok(())
    }

    fn by_selection<T: Sample>(
        &self,
        samples: &mut [T],
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<(), StepError> {
        cancel.check()?;
        let sorted = room::<T>(&mut scratch.pixels, samples.len());
        sorted.copy_from_slice(samples);
        let [low, high] = percentiles_by_selection(sorted, self.percents(), cancel)?;
        let stretch = Stretch::new(low, high, T::TYPE);
        for block in samples.chunks_mut(BLOCK_SAMPLES) {
            cancel.check()?;
            for sample in block {
                *sample = stretch.apply(*sample);
            }
        }
        Ok(())
    }
}

/// Room for so many values in the units of the scratch, which are aligned for all types.
fn room<T: Pod>(pixels: &mut Vec<u64>, count: usize) -> &mut [T] {
    let units = (count * size_of::<T>()).div_ceil(8);
    if pixels.len() < units {
        // Exactly: what a vector adds of its own would not be in the forecast.
        pixels.reserve_exact(units - pixels.len());
        pixels.resize(units, 0);
    }
    &mut bytemuck::cast_slice_mut(pixels.as_mut_slice())[..count]
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

/// The percentiles of samples of which `counts` holds how often each value occurs (by its index, which
/// is in the order of values); all lie in the range of indices.
fn percentiles_of_histogram<T: Sample>(
    counts: &[u32],
    range: RangeInclusive<usize>,
    samples: usize,
    percents: [f64; 2],
) -> [f64; 2] {
    let value_at = |rank: usize| {
        let mut passed = 0_usize;
        let found = range.clone().find(|index| {
            passed += counts[*index] as usize;
            passed > rank
        });
        T::from_index(found.unwrap_or(*range.end()))
    };
    percents.map(|percent| {
        let at = between(samples, percent);
        interpolate(value_at(at.index), value_at((at.index + 1).min(samples - 1)), at.fraction)
    })
}

/// The percentiles by partial sorting; the samples end up in another order.
fn percentiles_by_selection<T: Sample>(
    samples: &mut [T],
    percents: [f64; 2],
    cancel: &Cancel,
) -> Result<[f64; 2], StepError> {
    if samples.iter().any(|sample| sample.is_nan()) {
        return Ok([f64::NAN; 2]);
    }
    let mut found = [0.0; 2];
    // The second search looks only where the first has left the larger samples.
    let mut start = 0;
    for (percent, found) in percents.into_iter().zip(&mut found) {
        cancel.check()?;
        let at = between(samples.len(), percent);
        let (_, value, larger) = samples[start..].select_nth_unstable_by(at.index - start, T::order);
        let value = *value;
        let next = larger.iter().copied().min_by(T::order).unwrap_or(value);
        *found = interpolate(value, next, at.fraction);
        start = at.index;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn both<T: Sample, const VALUES: usize>(samples: &[T], step: PercentileNormalize) -> [Vec<T>; 2] {
        let (mut scratch, cancel) = (Scratch::default(), Cancel::new());
        let (mut by_histogram, mut by_selection) = (samples.to_vec(), samples.to_vec());
        // What another image left behind must not matter.
        scratch.histogram.resize(VALUES, 3);
        step.by_histogram::<T, VALUES>(&mut by_histogram, &mut scratch, &cancel).expect("not cancelled");
        step.by_selection(&mut by_selection, &mut scratch, &cancel).expect("not cancelled");
        [by_histogram, by_selection]
    }

    proptest! {
        /// Few values in many samples (the table) and many in few.
        #[test]
        fn histogram_and_selection_agree(
            samples in prop_oneof![
                prop::collection::vec(any::<u16>(), 1..300),
                prop::collection::vec(1000..1060_u16, 1..300),
                prop::collection::vec(32_700..32_900_u16, 100..600),
            ],
            low_percentile in 0.0..50.0,
            high_percentile in 50.1..100.0,
        ) {
            let step = PercentileNormalize { low_percentile, high_percentile };
            let [a, b] = both::<u16, 65_536>(&samples, step);
            prop_assert_eq!(a, b);
            let signed: Vec<i16> = samples.iter().map(|sample| sample.wrapping_sub(32_768).cast_signed()).collect();
            let [a, b] = both::<i16, 65_536>(&signed, step);
            prop_assert_eq!(a, b);
            let bytes: Vec<u8> = samples.iter().map(|sample| sample.to_le_bytes()[0]).collect();
            let [a, b] = both::<u8, 256>(&bytes, step);
            prop_assert_eq!(a, b);
            let signed: Vec<i8> = bytes.iter().map(|sample| sample.cast_signed()).collect();
            let [a, b] = both::<i8, 256>(&signed, step);
            prop_assert_eq!(a, b);
        }
    }
}
