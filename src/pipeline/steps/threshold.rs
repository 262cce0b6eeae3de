//! Threshold: what is brighter than a grey level becomes 255, all else 0.
//!
//! The level is a fixed one, or each image's own by Otsu (exactly as in `otsu.rs`). A pixel is foreground
//! where its grey level, as a 64-bit float, is above the threshold: `image > t`. Nothing of an image with a
//! single grey level is foreground by Otsu, and nothing of what is no finite number ever is; how much there is of that is
//! a note. The result has 8
//! bits. Colour images are refused, for it would not be said which colour counts.

use fearless_simd::Simd;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::otsu::{histogram_entries, otsu};
use super::sample::{Sample, for_each_type, is_float, not_numbers};
use super::wide::{Wide, wide};
use crate::cancel::{Cancel, Cancelled};
use crate::image::{ImageFormat, ImageMut, PixelType};
use crate::limits;
use crate::pipeline::definition::Definition;
use crate::pipeline::operation::{NewImage, Operation, PlacedKey, StepSettings};
use crate::pipeline::setting::{About, Form};
use crate::pipeline::settings_fault::SettingsFault;
use crate::pipeline::surroundings::Surroundings;
use crate::pipeline::unresolved::Unresolved;
use crate::pipeline::{Input, NoteKind, Scratch, ScratchBytes, StepError, StepNote};

/// How bright foreground is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Level {
    /// As each image tells, by Otsu.
    #[default]
    Otsu,
    /// Above this grey level, the same for all images.
    Fixed(f64),
}

/// Settings of the threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Threshold {
    /// Above which grey level a pixel is foreground.
    pub level: Level,
}

/// What foreground becomes.
const FOREGROUND: u8 = 255;

/// Samples that one thread compares at once.
const SHARE_SAMPLES: usize = 64 * 1024;

impl Level {
    /// A fixed level to begin with.
    pub(crate) const USUAL_FIXED: Self = Self::Fixed(1000.0);

    /// The grey levels that can be set: those of 16 bits and of floats around 1. (A pipeline file may have
    /// any number.)
    pub(crate) const GREY_LEVELS: std::ops::RangeInclusive<f64> = 0.0..=65_535.0;

    /// `Otsu`, `above 1000`.
    pub(super) fn text(self) -> String {
        match self {
            Self::Otsu => "Otsu".to_owned(),
            Self::Fixed(level) => format!("above {level}"),
        }
    }

    /// Goes through its settings.
    pub(super) fn form(&mut self, form: &mut Form<'_>) {
        let fixed = match *self {
            Self::Otsu => Self::USUAL_FIXED,
            fixed @ Self::Fixed(_) => fixed,
        };
        let choices = [(Self::Otsu, "Otsu, each image"), (fixed, "fixed, above")];
        form.choice(About::new("level", "Threshold"), self, &choices);
        if let Self::Fixed(level) = self {
            form.number(About::new("above", "Grey level of the threshold"), level, Self::GREY_LEVELS);
        }
    }

    pub(super) fn check(self) -> Result<(), SettingsFault> {
        match self {
            Self::Fixed(level) if !level.is_finite() => Err(SettingsFault::Level { level }),
            _ => Ok(()),
        }
    }

    /// Entries of the histogram that it takes to find it.
    pub(super) fn histogram_entries(self, pixel: PixelType) -> usize {
        if self == Self::Otsu { histogram_entries(pixel) } else { 0 }
    }

    /// The level of an image, as a number; infinite where nothing is foreground.
    pub(super) fn of<T: Sample>(
        self,
        samples: &[T],
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<f64, StepError> {
        match self {
            Self::Otsu => Ok(otsu(samples, scratch, cancel)?.unwrap_or(f64::INFINITY)),
            Self::Fixed(level) => Ok(level),
        }
    }
}

/// Writes one value where a sample is above a level, and another elsewhere.
pub(super) fn binarise<T: Sample, M: Copy + Send + Sync>(
    samples: &[T],
    level: f64,
    [background, foreground]: [M; 2],
    mask: &mut [M],
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let shares = mask.par_chunks_mut(SHARE_SAMPLES).zip(samples.par_chunks(SHARE_SAMPLES));
    shares.try_for_each(|(mask, samples)| {
        cancel.check()?;
        wide(Binarised { samples, level, background, foreground, mask });
        Ok(())
    })
}

/// A part of a mask.
struct Binarised<'a, T, M> {
    samples: &'a [T],
    level: f64,
    background: M,
    foreground: M,
    mask: &'a mut [M],
}

impl<T: Sample, M: Copy> Wide for Binarised<'_, T, M> {
    type Output = ();
    const IS_COMMON: bool = T::IS_COMMON;

    #[inline(always)]
    fn run<S: Simd>(self, _vectors: S) {
        let Self { samples, level, background, foreground, mask } = self;
        let pairs = mask.iter_mut().zip(samples);
        // Of the whole numbers that a float has all of, the least one above the level tells as well.
        if !is_float::<T>() && size_of::<T>() <= 4 {
            let above = level.floor() + 1.0;
            let least = T::from_f64(above);
            let is_any = above <= least.to_f64();
            pairs.for_each(|(mask, sample)| *mask = if *sample >= least { foreground } else { background });
            if !is_any {
                mask.fill(background);
            }
            return;
        }
        for (mask, sample) in pairs {
            let is_above = sample.to_f64() > level && sample.is_number();
            *mask = if is_above { foreground } else { background };
        }
    }
}

/// The format of an image with samples of another type.
pub(super) fn with_samples(
    step: &'static str,
    image: ImageFormat,
    pixel: PixelType,
) -> Result<ImageFormat, StepError> {
    let result = ImageFormat { pixel, ..image };
    if result.bytes() > limits::IMAGE_BYTES {
        let (width, height) = (u64::from(image.width), u64::from(image.height));
        return Err(StepError::TooLarge { step, width, height });
    }
    Ok(result)
}

impl StepSettings for Threshold {
    type Operation = Self;

    fn name(&self) -> &'static str {
        "Threshold"
    }

    fn slug(&self) -> &'static str {
        "mask"
    }

    /// `Otsu`, `above 1000`.
    fn settings_text(&self) -> String {
        self.level.text()
    }

    fn explanation(&self) -> &'static str {
        "Makes a mask: what is brighter than the threshold becomes white, all else black."
    }

    fn definition(&self) -> Definition {
        Definition {
            does: "255 if x is above the level, and 0 otherwise. The level is fixed, or by Otsu for each image.",
            source: "`skimage.filters.threshold_otsu` and `x > level`, exactly. Images with more than 16 bits use 256 bins.",
            types: "All grey types. Colour images fail, by name. The result has 8 bits.",
            constant: "By Otsu no pixel is above.",
            sizes: "Any size.",
            not_numbers: "They take no part in the level, are never above it, and are counted in a note.",
        }
    }

    fn check(&self) -> Result<(), SettingsFault> {
        self.level.check()
    }

    fn needs_grey(&self) -> bool {
        true
    }

    fn makes_labels(&self) -> bool {
        true
    }

    fn form(&mut self, form: &mut Form<'_>) {
        self.level.form(form);
    }

    fn resolve(&self, _around: &Surroundings<'_>) -> Result<Self, Unresolved> {
        Ok(*self)
    }
}

impl Operation for Threshold {
    fn scratch_bytes(&self, input: ImageFormat) -> ScratchBytes {
        ScratchBytes::of(self.level.histogram_entries(input.pixel), 0, 0, 0)
    }
}

impl NewImage for Threshold {
    fn output_format(&self, inputs: &[(PlacedKey, ImageFormat)]) -> Result<ImageFormat, StepError> {
        with_samples(self.name(), inputs[0].1, PixelType::U8)
    }

    fn run(
        &self,
        inputs: &[Input<'_>],
        output: ImageMut<'_>,
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let Input { key, image, .. } = inputs[0];
        macro_rules! part {
            ($type:ty) => {{
                let samples: &[$type] = bytemuck::cast_slice(image.bytes);
                let level = self.level.of(samples, scratch, cancel)?;
                binarise(samples, level, [0, FOREGROUND], output.bytes, cancel)?;
                Ok(StepNote::of(NoteKind::NOT_FINITE, key, not_numbers(samples)))
            }};
        }
        for_each_type!(image.format.pixel, part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_what_numbers_say_at_and_beyond_both_ends_of_a_type() {
        fn check<T: Sample>(samples: &[T]) {
            let near =
                [-1e30, -40_000.0, -129.0, -128.5, -1.0, -0.5, 0.0, 0.5, 1.0, 126.5, 127.0, 254.9, 255.0];
            let far = [32_767.0, 65_534.5, 65_535.0, 4_294_967_294.0, 4_294_967_295.0, 1e30, f64::INFINITY];
            for level in near.into_iter().chain(far) {
                let mut mask = vec![7_u8; samples.len()];
                binarise(samples, level, [0, FOREGROUND], &mut mask, &Cancel::new()).expect("not cancelled");
                let is_above = samples.iter().map(|sample| sample.to_f64() > level);
                let expected: Vec<u8> = is_above.map(|is_above| u8::from(is_above) * FOREGROUND).collect();
                assert_eq!(mask, expected, "{:?} above {level}", T::TYPE);
            }
        }
        check(&[0_u8, 1, 127, 128, 254, 255]);
        check(&[i8::MIN, -1, 0, 1, i8::MAX]);
        check(&[0_u16, 1, 255, 65_534, 65_535]);
        check(&[i16::MIN, -129, -128, -1, 0, 1, i16::MAX]);
        check(&[0_u32, 1, u32::MAX - 1, u32::MAX]);
        check(&[i32::MIN, -1, 0, i32::MAX]);
        check(&[i64::MIN, -1, 0, i64::MAX]);
        check(&[-0.5_f32, 0.0, 126.75, 1e20]);
    }
}
