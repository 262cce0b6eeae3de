//! Percentile normalisation of one image.
//!
//! With x the image and p_l, p_h two of its percentiles, the result is
//! `(clip(x, p_l, p_h) - p_l) * (t_max - t_min) / (p_h - p_l) + t_min` in 64-bit floats, truncated
//! towards zero to the image's type. Where `p_h = p_l`, as in an image of which all but a few pixels are black, what is
//! above becomes `t_max` and all else `t_min`, and a note names the image. Percentiles are
//! those of `numpy.percentile` (linear interpolation), to the bit. The target range is 0 to 255
//! for 8-bit, 0 to the type's maximum for signed, 0 to 1 for float and 0 to 65535 for all other
//! images (32- and 64-bit unsigned ones too).
//!
//! All samples count alike: a colour image has one pair of percentiles. What is no finite number takes no part in them:
//! what is infinite is clipped like all else, what is not a number stays so, and a note says how many there are. 64-bit
//! integers are interpolated as 64-bit floats.

use fearless_simd::Simd;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::percentiles::{self, BLOCK_SAMPLES, Percentiles, percentiles, room};
use super::sample::{Sample, for_each_type, not_numbers};
use super::wide::{Wide, wide};
use crate::cancel::Cancel;
use crate::image::{ImageFormat, ImageMut, PixelType};
use crate::pipeline::definition::Definition;
use crate::pipeline::operation::{InPlace, Operation, StepSettings};
use crate::pipeline::setting::{About, Form};
use crate::pipeline::settings_fault::SettingsFault;
use crate::pipeline::surroundings::Surroundings;
use crate::pipeline::unresolved::Unresolved;
use crate::pipeline::{NoteKind, Scratch, ScratchBytes, StepError, StepNote};
use crate::plate::ImageKey;

/// Settings of percentile normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
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

/// Images of which a percentile normalisation has nothing to stretch.
const EQUAL_PERCENTILES: NoteKind = NoteKind {
    one: "image has equal percentiles: what is above them became white, all else black",
    many: "images have equal percentiles: what is above them became white, all else black",
};

impl PercentileNormalize {
    #[allow(clippy::float_cmp)] // the definition speaks of equal percentiles
    fn normalize<T: Sample>(
        &self,
        key: ImageKey,
        samples: &mut [T],
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let mut note = StepNote::of(NoteKind::NOT_FINITE, key, not_numbers(samples));
        let percents = [self.low_percentile, self.high_percentile];
        let Some(Percentiles { values: [low, high], keys }) =
            percentiles(samples, percents, scratch, cancel)?
        else {
            return Ok(note);
        };
        if low == high {
            note += StepNote::of(EQUAL_PERCENTILES, key, 1);
        }
        let stretch = Stretch::new(low, high, T::TYPE);
        stretch.apply_to(samples, keys, scratch, cancel)?;
        Ok(note)
    }
}

impl Stretch {
    fn apply_to<T: Sample>(
        &self,
        samples: &mut [T],
        keys: [u64; 2],
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<(), StepError> {
        let values = (keys[1] - keys[0]).saturating_add(1);
        if T::TYPE.bytes() <= 2 && values <= samples.len() as u64 {
            // Each value is computed once, whatever the number of samples.
            self.apply_by_table(samples, keys, &mut scratch.values, cancel)
        } else {
            samples.par_chunks_mut(BLOCK_SAMPLES).try_for_each(|block| {
                cancel.check()?;
                block.iter_mut().for_each(|sample| *sample = self.apply(*sample));
                Ok(())
            })
        }
    }
}

impl StepSettings for PercentileNormalize {
    type Operation = Self;

    fn name(&self) -> &'static str {
        "Percentile normalisation"
    }

    fn slug(&self) -> &'static str {
        "normalised"
    }

    fn settings_text(&self) -> String {
        format!("{} to {} %", self.low_percentile, self.high_percentile)
    }

    fn explanation(&self) -> &'static str {
        "Stretches the brightness of each image: what lies below the low percentile \
         becomes black, what lies above the high one becomes white."
    }

    fn definition(&self) -> Definition {
        Definition {
            does: "(clip(x, low, high) − low) × range / (high − low). Types of whole numbers drop the decimals. Low and high are percentiles of the image. The range is 255 for 8 bits, 65,535 for other unsigned types, the largest value for signed types, and 1 for floats.",
            source: "`numpy.percentile` (linear interpolation) and the formula in NumPy, exactly.",
            types: "All. A colour image has one pair of percentiles.",
            constant: "Both percentiles are equal. The same happens if nearly all pixels of an image are black. Pixels above the percentiles become the largest value, all others the smallest, and a note names the image.",
            sizes: "Any size.",
            not_numbers: "They take no part in the percentiles and are counted in a note. Infinite pixels are clipped, and pixels that are not a number stay so. An image without any finite number stays as it is.",
        }
    }

    fn check(&self) -> Result<(), SettingsFault> {
        // Written so that a percentile that is no number fails.
        if 0.0 <= self.low_percentile
            && self.low_percentile < self.high_percentile
            && self.high_percentile <= 100.0
        {
            Ok(())
        } else {
            Err(SettingsFault::Percentiles { low: self.low_percentile, high: self.high_percentile })
        }
    }

    fn changed_since(&self, definitions: u32) -> Option<&'static str> {
        (definitions < 2).then_some(
            "where both percentiles of an image are equal, what is above them becomes white, and what is not a number no longer blanks an image",
        )
    }

    fn form(&mut self, form: &mut Form<'_>) {
        let low = About::new("low_percentile", "Low percentile").unit(" %");
        form.number(low, &mut self.low_percentile, 0.0..=100.0);
        let high = About::new("high_percentile", "High percentile").caption("to").unit(" %");
        form.number(high, &mut self.high_percentile, 0.0..=100.0);
    }

    fn resolve(&self, _around: &Surroundings<'_>) -> Result<Self, Unresolved> {
        Ok(*self)
    }
}

impl Operation for PercentileNormalize {
    /// What finding percentiles needs; the table of what becomes of each value takes no more.
    fn scratch_bytes(&self, input: ImageFormat) -> ScratchBytes {
        percentiles::scratch_bytes(input.pixel)
    }
}

impl InPlace for PercentileNormalize {
    fn run(
        &self,
        keys: &[ImageKey],
        images: &mut [ImageMut<'_>],
        _workspace: &mut [u8],
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let mut note = StepNote::default();
        for (key, ImageMut { format, bytes }) in keys.iter().zip(images) {
            macro_rules! normalize {
                ($type:ty) => {
                    self.normalize::<$type>(*key, bytemuck::cast_slice_mut(bytes), scratch, cancel)?
                };
            }
            note += for_each_type!(format.pixel, normalize);
        }
        Ok(note)
    }
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

    #[inline(always)]
    #[allow(clippy::float_cmp)] // the definition speaks of equal percentiles
    fn apply<T: Sample>(&self, sample: T) -> T {
        let x = sample.to_f64();
        if self.low == self.high && !x.is_nan() {
            let is_above = x > self.high;
            return T::from_f64(self.target_low + if is_above { self.target_range } else { 0.0 });
        }
        // As numpy.clip does it: what is no number stays so.
        let x = if x < self.low { self.low } else { x };
        let x = if x > self.high { self.high } else { x };
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
        let table = &mut bytemuck::cast_slice_mut::<u64, T>(table)[..values];
        // All values below the low percentile become the same, and all above the high one.
        let first = T::from_f64(self.low).key().max(low);
        let last = (T::from_f64(self.high).key() + 1).min(high);
        table[low as usize..first as usize].fill(self.apply(T::from_key(low)));
        wide(Values { stretch: self, first, table: &mut table[first as usize..=last as usize] });
        table[last as usize..=high as usize].fill(self.apply(T::from_key(high)));
        match T::TYPE.bytes() {
            1 => look_up::<T, 256>(samples, table, cancel),
            _ => look_up::<T, 65_536>(samples, table, cancel),
        }
    }
}

/// Puts in the place of each sample what a table has for its key.
#[allow(clippy::cast_possible_truncation)] // keys of up to 16 bits
fn look_up<T: Sample, const VALUES: usize>(
    samples: &mut [T],
    table: &[T],
    cancel: &Cancel,
) -> Result<(), StepError> {
    // An index below a length that is known needs no check, which makes it three times as fast.
    let table: &[T; VALUES] = table.first_chunk().expect("one entry for each value");
    // A thread that has no image any more takes part.
    samples.par_chunks_mut(BLOCK_SAMPLES).try_for_each(|block| {
        cancel.check()?;
        let (together, rest) = block.as_chunks_mut::<8>();
        let found = |sample: T| table[sample.key() as usize % VALUES];
        together.iter_mut().for_each(|samples| *samples = samples.map(found));
        rest.iter_mut().for_each(|sample| *sample = found(*sample));
        Ok(())
    })
}

/// What becomes of values one after the other, from a key on.
struct Values<'a, T> {
    stretch: &'a Stretch,
    first: u64,
    table: &'a mut [T],
}

impl<T: Sample> Wide for Values<'_, T> {
    type Output = ();
    const IS_COMMON: bool = T::IS_COMMON;

    #[inline(always)]
    fn run<S: Simd>(self, _vectors: S) {
        let Self { stretch, first, table } = self;
        for (key, value) in (first..).zip(table) {
            *value = stretch.apply(T::from_key(key));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::percentiles::{between, interpolate};
    use super::*;

    /// By the definition: all samples sorted, each stretched by itself.
    fn by_sorting<T: Sample>(samples: &[T], step: PercentileNormalize) -> Vec<T> {
        let mut sorted: Vec<T> = samples.iter().copied().filter(|sample| sample.is_number()).collect();
        sorted.sort_by_key(|sample| sample.key());
        let Some(last) = sorted.len().checked_sub(1) else { return samples.to_vec() };
        let [low, high] = [step.low_percentile, step.high_percentile].map(|percent| {
            let at = between(sorted.len(), percent);
            interpolate(sorted[at.index], sorted[(at.index + 1).min(last)], at.fraction)
        });
        let stretch = Stretch::new(low, high, T::TYPE);
        samples.iter().map(|sample| stretch.apply(*sample)).collect()
    }

    fn check<T: Sample + std::fmt::Debug>(samples: &[T], step: PercentileNormalize) {
        // What another image left behind must not matter.
        let mut scratch =
            Scratch { histogram: vec![3; 65_536], values: vec![u64::MAX; 16_384], ..Scratch::default() };
        let mut normalized = samples.to_vec();
        let key = ImageKey::new("B02".parse().expect("a well"), 1, 1, 1, 1);
        step.normalize(key, &mut normalized, &mut scratch, &Cancel::new()).expect("not cancelled");
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
                check(&samples, step);
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
