//! Z projection of a stack: one image of all planes.
//!
//! The mean and the standard deviation (of the population, `ddof` 0) are computed in 64-bit floats in the order of
//! the planes, and rounded to the image's type as [`Rounding`] says. The sum of integers is exact, held at the type's
//! limits, and says how often it was; that of floats is computed in 64 bits and rounded. A sample that is no finite
//! number takes no part, whatever the method, and is counted: a pixel is no finite number only where no plane has one
//! (`numpy.nanmax`, `nanmean` and so on of an image in which what is infinite is not a number; but the sum of none is not
//! a number here, and 0 there).

use std::marker::PhantomData;

use fearless_simd::Simd;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::rounding::Rounding;
use super::sample::{Sample, for_each_type, is_float, not_numbers};
use super::wide::{Wide, wide};
use crate::cancel::Cancel;
use crate::image::{ImageMut, PixelType};
use crate::pipeline::definition::Definition;
use crate::pipeline::operation::{NewImage, Operation, StepSettings};
use crate::pipeline::setting::{About, Form};
use crate::pipeline::surroundings::Surroundings;
use crate::pipeline::unresolved::Unresolved;
use crate::pipeline::{Input, NoteKind, Scratch, StepError, StepNote};
use crate::plate::Component;

/// How the planes become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProjectionMethod {
    /// The brightest of the planes.
    #[default]
    Maximum,
    /// The mean.
    Mean,
    /// The darkest of the planes.
    Minimum,
    /// The sum, held at the type's limit.
    Sum,
    /// The population standard deviation.
    StandardDeviation,
}

impl ProjectionMethod {
    /// All methods, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Maximum, Self::Mean, Self::Minimum, Self::Sum, Self::StandardDeviation];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Maximum => "maximum",
            Self::Mean => "mean",
            Self::Minimum => "minimum",
            Self::Sum => "sum",
            Self::StandardDeviation => "standard deviation",
        }
    }

    /// Whether what is worked out may lie between two whole numbers.
    fn is_rounded(self) -> bool {
        matches!(self, Self::Mean | Self::StandardDeviation)
    }

    fn slug(self) -> &'static str {
        match self {
            Self::Maximum => "z-max",
            Self::Mean => "z-mean",
            Self::Minimum => "z-min",
            Self::Sum => "z-sum",
            Self::StandardDeviation => "z-std",
        }
    }
}

/// Settings of z projection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ZProjection {
    /// How the planes become one.
    pub method: ProjectionMethod,
    /// How means and standard deviations become whole numbers.
    #[serde(skip_serializing_if = "Rounding::is_nearest")]
    pub rounding: Rounding,
}

impl From<ProjectionMethod> for ZProjection {
    fn from(method: ProjectionMethod) -> Self {
        Self { method, rounding: Rounding::Nearest }
    }
}

/// Samples that are worked on between two looks at whether the run was cancelled.
const BLOCK_SAMPLES: usize = 4096;

/// Samples side by side of which the sums over all planes are made together. They stay in registers,
/// so the sums need no memory, and a plane that is looked at twice is still in the nearest cache.
const STRIP_SAMPLES: usize = 16;

/// Samples that one thread takes at once. Where there are fewer stacks than threads, several threads
/// share a stack.
const SHARE_SAMPLES: usize = 16 * BLOCK_SAMPLES;

impl ZProjection {
    fn project<T: Sample>(
        &self,
        inputs: &[Input<'_>],
        output: &mut [T],
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let mut note = StepNote::default();
        for input in inputs {
            let samples: &[T] = bytemuck::cast_slice(input.image.bytes);
            note += StepNote::of(NoteKind::NOT_FINITE, input.key, not_numbers(samples));
        }
        let planes: Vec<&[T]> = inputs.iter().map(|input| bytemuck::cast_slice(input.image.bytes)).collect();
        let share = |(nth, share): (usize, &mut [T])| -> Result<u64, StepError> {
            let mut saturated = 0;
            for (block, out) in share.chunks_mut(BLOCK_SAMPLES).enumerate() {
                cancel.check()?;
                let start = nth * SHARE_SAMPLES + block * BLOCK_SAMPLES;
                saturated += self.project_block(&planes, start, out);
            }
            Ok(saturated)
        };
        let shares = output.par_chunks_mut(SHARE_SAMPLES).enumerate().map(share);
        let saturated_samples = shares.try_reduce(|| 0, |a, b| Ok(a + b))?;
        let result = inputs[0].key.with(Component::Z, None);
        note += StepNote::of(NoteKind::SATURATED, result, saturated_samples);
        Ok(note)
    }

    /// The samples from `start` on; returns how many were held at a limit of the type.
    fn project_block<T: Sample>(&self, planes: &[&[T]], start: usize, out: &mut [T]) -> u64 {
        match self.method {
            ProjectionMethod::Maximum => wide(Extreme { planes, start, out, choose: T::larger }),
            ProjectionMethod::Minimum => wide(Extreme { planes, start, out, choose: T::smaller }),
            ProjectionMethod::Mean => self.by_sums::<Mean, T>(planes, start, out),
            ProjectionMethod::Sum => self.by_sums::<Sum, T>(planes, start, out),
            ProjectionMethod::StandardDeviation => self.by_sums::<StandardDeviation, T>(planes, start, out),
        }
    }

    fn by_sums<M: OfSums, T: Sample>(&self, planes: &[&[T]], start: usize, out: &mut [T]) -> u64 {
        wide(BySums { of: PhantomData::<M>, planes, start, rounding: self.rounding, out })
    }
}

impl StepSettings for ZProjection {
    type Operation = Self;

    fn name(&self) -> &'static str {
        "Z projection"
    }

    fn slug(&self) -> &'static str {
        self.method.slug()
    }

    fn settings_text(&self) -> String {
        let rounding = if self.method.is_rounded() { self.rounding.text() } else { "" };
        format!("{}{rounding}", self.method.name())
    }

    fn explanation(&self) -> &'static str {
        "Makes one image of all planes of a stack, so all planes of a stack are in memory together."
    }

    fn definition(&self) -> Definition {
        Definition {
            does: "Maximum, minimum, mean, sum or population standard deviation of each pixel over the planes. \
                   Mean and standard deviation are rounded.",
            source: "`numpy.nanmax`, `nanmin`, `nanmean`, `nansum` and `nanstd` along the planes, exactly, if \
                     infinite pixels count as not a number. The sum of no numbers is not a number here, and 0 in NumPy.",
            types: "All. A sum beyond the limit of the type is limited.",
            constant: "Like any other image. The standard deviation of equal planes is 0 (for floats, within \
                       their last digits).",
            sizes: "Any size. Planes with different sizes or types fail, by name.",
            not_numbers: "They are left out and counted in a note. A pixel is not a finite number only if no \
                          plane has one.",
        }
    }

    fn assembles(&self) -> Option<Component> {
        Some(Component::Z)
    }

    fn changed_since(&self, definitions: u32) -> Option<&'static str> {
        let is_rounded = self.method.is_rounded() && self.rounding.is_new_since(definitions);
        is_rounded.then_some("means are rounded to the nearest; before, their decimals were dropped")
    }

    fn form(&mut self, form: &mut Form<'_>) {
        let methods = ProjectionMethod::ALL.map(|method| (method, method.name()));
        form.choice(About::new("method", "Projection method"), &mut self.method, &methods);
        if self.method.is_rounded() {
            form.next_line();
            self.rounding.form(form);
        }
    }

    fn resolve(&self, _around: &Surroundings<'_>) -> Result<Self, Unresolved> {
        Ok(*self)
    }
}

impl Operation for ZProjection {}

impl NewImage for ZProjection {
    fn run(
        &self,
        inputs: &[Input<'_>],
        output: ImageMut<'_>,
        _scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let ImageMut { format, bytes } = output;
        StepError::check_alike(self.name(), inputs.iter().map(|input| (input.key, input.image.format)))?;
        macro_rules! project {
            ($type:ty) => {
                self.project::<$type>(inputs, bytemuck::cast_slice_mut(bytes), cancel)
            };
        }
        for_each_type!(format.pixel, project)
    }
}

/// What is chosen of all planes.
struct Extreme<'a, T, C> {
    planes: &'a [&'a [T]],
    start: usize,
    out: &'a mut [T],
    choose: C,
}

impl<T: Sample, C: Fn(T, T) -> T> Wide for Extreme<'_, T, C> {
    /// Nothing is held at a limit.
    type Output = u64;
    const IS_COMMON: bool = T::IS_COMMON;

    #[inline(always)]
    fn run<S: Simd>(self, _vectors: S) -> u64 {
        let Self { planes, start, out, choose } = self;
        let end = start + out.len();
        let mut blocks = planes.iter().map(|plane| &plane[start..end]);
        if let Some(first) = blocks.next() {
            out.copy_from_slice(first);
        }
        for block in blocks {
            for (out, sample) in out.iter_mut().zip(block) {
                *out = choose(*out, *sample);
            }
        }
        0
    }
}

/// What is made of the sums over all planes.
trait OfSums {
    /// The results for samples side by side, and how many were held at a limit of the type. To be `#[inline(always)]`.
    fn strip<T: Sample, const N: usize>(strips: &Strips<'_, T>, out: &mut [T; N]) -> u64;
}

/// The same few samples of each plane, from `start` on.
struct Strips<'a, T> {
    planes: &'a [&'a [T]],
    start: usize,
    rounding: Rounding,
}

impl<T: Sample> Strips<'_, T> {
    #[inline(always)]
    fn each<const N: usize>(&self) -> impl Iterator<Item = &[T; N]> {
        self.planes.iter().filter_map(|plane| plane[self.start..].first_chunk())
    }

    /// Of each sample the sum of what is made of it, plane after plane in 64-bit floats, as NumPy adds along the first
    /// axis; exact for integers of up to 32 bits as they are. What is no number counts as nothing.
    #[inline(always)]
    fn sums_of<const N: usize>(&self, value: impl Fn(usize, f64) -> f64) -> [f64; N] {
        let mut sums = [0.0; N];
        for strip in self.each::<N>() {
            for (nth, (sum, sample)) in sums.iter_mut().zip(strip).enumerate() {
                *sum += if sample.is_number() { value(nth, sample.to_f64()) } else { 0.0 };
            }
        }
        sums
    }

    #[inline(always)]
    fn sums<const N: usize>(&self) -> [f64; N] {
        self.sums_of(|_, sample| sample)
    }

    /// How many planes have a number.
    #[inline(always)]
    fn counts<const N: usize>(&self) -> [u32; N] {
        let mut counts = [0; N];
        for strip in self.each::<N>() {
            for (count, sample) in counts.iter_mut().zip(strip) {
                *count += u32::from(sample.is_number());
            }
        }
        counts
    }

    /// Sums as means; not a number where no plane has one.
    #[inline(always)]
    #[allow(clippy::cast_precision_loss)] // of the number of planes, which is small
    fn means<const N: usize>(&self, sums: [f64; N]) -> [f64; N] {
        // All whole numbers are numbers.
        if !is_float::<T>() {
            let count = self.planes.len() as f64;
            return sums.map(|sum| sum / count);
        }
        let counts = self.counts::<N>();
        std::array::from_fn(|nth| sums[nth] / f64::from(counts[nth]))
    }
}

/// Samples of which the sums over all planes are to be made.
struct BySums<'a, M, T> {
    of: PhantomData<M>,
    planes: &'a [&'a [T]],
    start: usize,
    rounding: Rounding,
    out: &'a mut [T],
}

impl<M: OfSums, T: Sample> Wide for BySums<'_, M, T> {
    /// How many were held at a limit of the type.
    type Output = u64;
    const IS_COMMON: bool = T::IS_COMMON;

    #[inline(always)]
    fn run<S: Simd>(self, _vectors: S) -> u64 {
        let Self { planes, mut start, rounding, out, .. } = self;
        let mut saturated = 0;
        let (strips, rest) = out.as_chunks_mut::<STRIP_SAMPLES>();
        for strip in strips {
            saturated += M::strip(&Strips { planes, start, rounding }, strip);
            start += STRIP_SAMPLES;
        }
        for sample in rest {
            saturated += M::strip(&Strips { planes, start, rounding }, std::array::from_mut(sample));
            start += 1;
        }
        saturated
    }
}

struct Mean;

impl OfSums for Mean {
    #[inline(always)]
    fn strip<T: Sample, const N: usize>(strips: &Strips<'_, T>, out: &mut [T; N]) -> u64 {
        *out = strips.means(strips.sums()).map(|mean| strips.rounding.of(mean));
        0
    }
}

/// Of the whole population, in two passes as NumPy does it.
struct StandardDeviation;

impl OfSums for StandardDeviation {
    #[inline(always)]
    fn strip<T: Sample, const N: usize>(strips: &Strips<'_, T>, out: &mut [T; N]) -> u64 {
        let means = strips.means::<N>(strips.sums());
        let squares = strips.sums_of::<N>(|nth, sample| (sample - means[nth]) * (sample - means[nth]));
        *out = strips.means(squares).map(|mean| strips.rounding.of(mean.sqrt()));
        0
    }
}

struct Sum;

impl OfSums for Sum {
    #[inline(always)]
    fn strip<T: Sample, const N: usize>(strips: &Strips<'_, T>, out: &mut [T; N]) -> u64 {
        match T::TYPE {
            PixelType::F32 | PixelType::F64 => {
                let (sums, counts) = (strips.sums::<N>(), strips.counts::<N>());
                *out = std::array::from_fn(|nth| {
                    T::from_f64(if counts[nth] == 0 { f64::NAN } else { sums[nth] })
                });
                0
            }
            // 64-bit floats would round.
            PixelType::U64 | PixelType::I64 => {
                let mut totals = [0_i128; N];
                for strip in strips.each::<N>() {
                    for (total, sample) in totals.iter_mut().zip(strip) {
                        *total += sample.to_i128();
                    }
                }
                let held = totals.map(T::saturate);
                *out = held.map(|(held, _)| held);
                held.iter().map(|(_, was_clamped)| u64::from(*was_clamped)).sum()
            }
            _ => {
                let sums = strips.sums::<N>();
                *out = sums.map(T::from_whole);
                out.iter().zip(sums).map(|(held, sum)| u64::from(held.to_f64() != sum)).sum()
            }
        }
    }
}
