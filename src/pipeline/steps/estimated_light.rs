//! The light of flat-field correction as the sites of a well show it: see `flat_field.rs` for the definition.

use fearless_simd::Simd;
use rayon::prelude::*;

use super::gaussian::{Finish, Gaussian, Plane};
use super::given_light::{TOO_DARK, mean};
use super::median;
use super::rounding::Rounding;
use super::sample::{Sample, for_each_type, not_numbers, was_clamped};
use super::wide::{Wide, wide};
use crate::cancel::{Cancel, Cancelled};
use crate::image::ImageMut;
use crate::pipeline::{NoteKind, StepError, StepNote};
use crate::plate::ImageKey;

/// Samples that one thread divides at once.
const SHARE_SAMPLES: usize = 64 * 1024;

/// The field is never less than this part of its mean.
const LEAST_FIELD: f64 = 0.1;

/// What is brighter than this many times the middle of the field is no light: no objective lights one place so much more
/// than the others, and a few hot pixels do.
const BRIGHTEST_FIELD: f64 = 4.0;

/// Images of which the sites show no light.
const NO_LIGHT: NoteKind = NoteKind {
    one: "image was left as it is: most of what its sites have in common is black, so no light can be found in it",
    many: "images were left as they are: most of what their sites have in common is black, so no light can be found in it",
};

/// Divides the light that the sites have in common out of them. The workspace holds the field and its double.
#[allow(clippy::cast_possible_truncation)] // a mean of 32-bit floats
pub(super) fn even(
    sigma_px: f64,
    rounding: Rounding,
    keys: &[ImageKey],
    sites: &mut [ImageMut<'_>],
    workspace: &mut [u8],
    cancel: &Cancel,
) -> Result<StepNote, StepError> {
    let Some(format) = sites.first().map(|site| site.format) else { return Ok(StepNote::default()) };
    let mut note = StepNote::default();
    let (field, double) = bytemuck::cast_slice_mut(workspace).split_at_mut(format.sample_count());
    macro_rules! median {
        ($type:ty) => {{
            let sites: Vec<&[$type]> = sites.iter().map(|site| bytemuck::cast_slice(&*site.bytes)).collect();
            for (key, site) in keys.iter().zip(&sites) {
                note += StepNote::of(NoteKind::NOT_FINITE, *key, not_numbers(site));
            }
            median::of_sites(&sites, field, cancel)?
        }};
    }
    for_each_type!(format.pixel, median);
    let row = format.width as usize * usize::from(format.samples);
    let plane = Plane { row, pixel: usize::from(format.samples) };
    let average = mean(field, row);
    field.iter_mut().filter(|light| !light.is_finite()).for_each(|light| *light = average as f32);
    median::of_neighbours(plane, field, double, cancel)?;
    field.copy_from_slice(double);
    let middle = median::of_plane(field);
    // Written so that a middle that is no number leaves the images alone.
    if !(middle > 0.0 && middle.is_finite()) {
        keys.iter().for_each(|key| note += StepNote::of(NO_LIGHT, *key, 1));
        return Ok(note);
    }
    let brightest = (middle * BRIGHTEST_FIELD) as f32;
    double.iter_mut().for_each(|light| *light = light.min(brightest));
    Gaussian::alike(sigma_px).smooth(plane, double, false, field, &AsItIs, cancel)?;
    let mean = mean(field, row);
    let too_dark = field.iter().filter(|light| f64::from(**light) / mean < LEAST_FIELD).count() as u64;
    let field = Field { samples: field, mean, rounding };
    macro_rules! correct {
        ($type:ty) => {
            keys.par_iter()
                .zip(sites)
                .map(|(key, site)| field.divide::<$type>(*key, bytemuck::cast_slice_mut(site.bytes), cancel))
                .try_reduce(StepNote::default, |mut note, more| {
                    note += more;
                    Ok(note)
                })?
        };
    }
    note += for_each_type!(format.pixel, correct);
    let all = field.samples.len() as u64;
    keys.iter().for_each(|key| note += StepNote::part(TOO_DARK, *key, too_dark, all));
    Ok(note)
}

/// The field as it is smoothed.
struct AsItIs;

impl Finish<f32> for AsItIs {
    #[inline(always)]
    fn finish(&self, smoothed: &[f32], to: &mut [f32]) -> u64 {
        to.copy_from_slice(smoothed);
        0
    }
}

/// The light, not yet divided by its mean.
struct Field<'a> {
    samples: &'a [f32],
    mean: f64,
    rounding: Rounding,
}

impl Field<'_> {
    fn divide<T: Sample>(
        &self,
        key: ImageKey,
        site: &mut [T],
        cancel: &Cancel,
    ) -> Result<StepNote, Cancelled> {
        let shares = site.par_chunks_mut(SHARE_SAMPLES).zip(self.samples.par_chunks(SHARE_SAMPLES));
        let divide = |(samples, field): (&mut [T], &[f32])| -> Result<u64, Cancelled> {
            cancel.check()?;
            Ok(wide(Divided { samples, field, mean: self.mean, rounding: self.rounding }))
        };
        let saturated = shares.map(divide).try_reduce(|| 0, |a, b| Ok(a + b))?;
        Ok(StepNote::of(NoteKind::SATURATED, key, saturated))
    }
}

/// Samples to be divided by the light.
struct Divided<'a, T> {
    samples: &'a mut [T],
    field: &'a [f32],
    mean: f64,
    rounding: Rounding,
}

impl<T: Sample> Wide for Divided<'_, T> {
    /// How many were held at a limit of the type.
    type Output = u64;
    const IS_COMMON: bool = T::IS_COMMON;

    #[inline(always)]
    fn run<S: Simd>(self, _vectors: S) -> u64 {
        let Self { samples, field, mean, rounding } = self;
        let mut saturated = 0;
        for (sample, field) in samples.iter_mut().zip(field) {
            let exact = sample.to_f64() / (f64::from(*field) / mean).max(LEAST_FIELD);
            *sample = rounding.of(exact);
            saturated += u64::from(was_clamped(*sample, exact));
        }
        saturated
    }
}
