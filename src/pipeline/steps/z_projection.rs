//! Z projection of a stack: one image of all planes.
//!
//! Maximum and minimum are NumPy's: what is no number wins. The mean and the standard deviation
//! (of the population, `ddof` 0) are computed in 64-bit floats in the order of the planes and
//! truncated towards zero to the image's type. The sum of integers is exact, held at the type's
//! limits, and says how often it was; that of floats is computed in 64 bits and rounded.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::sample::{Sample, for_each_type};
use crate::cancel::Cancel;
use crate::image::{ImageFormat, ImageMut, ImageRef, PixelType};
use crate::pipeline::{StepError, StepNote};

/// How the planes become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProjectionMethod {
    /// The brightest of the planes.
    #[default]
    Maximum,
    /// The mean, truncated.
    Mean,
    /// The darkest of the planes.
    Minimum,
    /// The sum, held at the type's limit.
    Sum,
    /// The population standard deviation, truncated.
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

    pub(crate) fn slug(self) -> &'static str {
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
#[serde(deny_unknown_fields)]
pub struct ZProjection {
    /// How the planes become one.
    pub method: ProjectionMethod,
}

/// Samples that are worked on at once, so that sums stay in the processor's cache whatever the
/// size of the image; cancelling is looked at between blocks.
const BLOCK_SAMPLES: usize = 4096;

/// Samples that one thread takes at once. Where there are fewer stacks than threads, several threads
/// share a stack.
const SHARE_SAMPLES: usize = 16 * BLOCK_SAMPLES;

impl ZProjection {
    /// For the window.
    pub const EXPLANATION: &str =
        "Makes one image of all planes of a stack, so all planes of a stack are in memory together.";

    /// Sums of one block, and for the standard deviation the means beside them, on the stack.
    pub(crate) fn scratch_bytes(&self, _: ImageFormat) -> u64 {
        let block = BLOCK_SAMPLES as u64 * 8;
        match self.method {
            ProjectionMethod::Maximum | ProjectionMethod::Minimum => 0,
            ProjectionMethod::Mean | ProjectionMethod::Sum | ProjectionMethod::StandardDeviation => 2 * block,
        }
    }

    pub(crate) fn run(
        &self,
        inputs: &[ImageRef<'_>],
        output: ImageMut<'_>,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let ImageMut { format, bytes } = output;
        if let Some(other) = inputs.iter().find(|input| input.format != format) {
            let (first, other) = (format, other.format);
            return Err(StepError::MixedFormats { step: "Z projection", first, other });
        }
        macro_rules! project {
            ($type:ty) => {
                self.project::<$type>(inputs, bytemuck::cast_slice_mut(bytes), cancel)
            };
        }
        for_each_type!(format.pixel, project)
    }

    fn project<T: Sample>(
        &self,
        planes: &[ImageRef<'_>],
        output: &mut [T],
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let share = |(nth, share): (usize, &mut [T])| -> Result<u64, StepError> {
            let mut saturated = 0;
            for (block, out) in share.chunks_mut(BLOCK_SAMPLES).enumerate() {
                cancel.check()?;
                let start = nth * SHARE_SAMPLES + block * BLOCK_SAMPLES;
                saturated += self.project_block(planes, start, out);
            }
            Ok(saturated)
        };
        let shares = output.par_chunks_mut(SHARE_SAMPLES).enumerate().map(share);
        let saturated_samples = shares.try_reduce(|| 0, |a, b| Ok(a + b))?;
        Ok(StepNote { saturated_samples })
    }

    /// The samples from `start` on; returns how many were held at a limit of the type.
    fn project_block<T: Sample>(&self, planes: &[ImageRef<'_>], start: usize, out: &mut [T]) -> u64 {
        let end = start + out.len();
        let blocks = planes.iter().map(|plane| &bytemuck::cast_slice::<u8, T>(plane.bytes)[start..end]);
        match self.method {
            ProjectionMethod::Maximum => extreme(blocks, out, T::larger),
            ProjectionMethod::Minimum => extreme(blocks, out, T::smaller),
            ProjectionMethod::Mean => mean(blocks, out, &mut [0.0; BLOCK_SAMPLES][..end - start]),
            ProjectionMethod::Sum => return sum(blocks, out, &mut [0.0; BLOCK_SAMPLES][..end - start]),
            ProjectionMethod::StandardDeviation => {
                let (mut means, mut squares) = ([0.0; BLOCK_SAMPLES], [0.0; BLOCK_SAMPLES]);
                standard_deviation(blocks, out, &mut means[..end - start], &mut squares[..end - start]);
            }
        }
        0
    }
}

fn extreme<'a, T: Sample>(
    mut blocks: impl Iterator<Item = &'a [T]>,
    out: &mut [T],
    choose: impl Fn(T, T) -> T,
) {
    if let Some(first) = blocks.next() {
        out.copy_from_slice(first);
    }
    for block in blocks {
        for (out, sample) in out.iter_mut().zip(block) {
            *out = choose(*out, *sample);
        }
    }
}

/// Adds plane after plane in 64-bit floats, as NumPy does along the first axis; exact for integers
/// of up to 32 bits.
fn add_up<'a, T: Sample>(blocks: impl Iterator<Item = &'a [T]>, sums: &mut [f64]) {
    sums.fill(0.0);
    for block in blocks {
        for (sum, sample) in sums.iter_mut().zip(block) {
            *sum += sample.to_f64();
        }
    }
}

#[allow(clippy::cast_precision_loss)] // of the number of planes, which is small
fn mean<'a, T: Sample>(blocks: impl ExactSizeIterator<Item = &'a [T]>, out: &mut [T], sums: &mut [f64]) {
    let count = blocks.len() as f64;
    add_up(blocks, sums);
    for (out, sum) in out.iter_mut().zip(sums) {
        *out = T::from_f64(*sum / count);
    }
}

/// The deviation of the whole population, in two passes as NumPy does it.
#[allow(clippy::cast_precision_loss)] // of the number of planes, which is small
fn standard_deviation<'a, T: Sample>(
    blocks: impl ExactSizeIterator<Item = &'a [T]> + Clone,
    out: &mut [T],
    means: &mut [f64],
    squares: &mut [f64],
) {
    let count = blocks.len() as f64;
    add_up(blocks.clone(), means);
    means.iter_mut().for_each(|sum| *sum /= count);
    squares.fill(0.0);
    for block in blocks {
        for ((sum, mean), sample) in squares.iter_mut().zip(means.iter()).zip(block) {
            let difference = sample.to_f64() - mean;
            *sum += difference * difference;
        }
    }
    for (out, sum) in out.iter_mut().zip(squares) {
        *out = T::from_f64((*sum / count).sqrt());
    }
}

/// Returns how many samples were held at a limit of the type.
fn sum<'a, T: Sample>(blocks: impl Iterator<Item = &'a [T]>, out: &mut [T], sums: &mut [f64]) -> u64 {
    let is_long_integer = matches!(T::TYPE, PixelType::U64 | PixelType::I64);
    let is_float = matches!(T::TYPE, PixelType::F32 | PixelType::F64);
    let mut saturated = 0;
    if is_long_integer {
        // 64-bit floats would round, so these (rare) images are summed sample by sample.
        let blocks: Vec<_> = blocks.collect();
        for (index, out) in out.iter_mut().enumerate() {
            let total: i128 = blocks.iter().map(|block| block[index].to_i128()).sum();
            let (held, was_held) = T::hold(total);
            *out = held;
            saturated += u64::from(was_held);
        }
    } else {
        add_up(blocks, sums);
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = T::from_f64(*sum);
            saturated += u64::from(!is_float && out.to_f64() != *sum);
        }
    }
    saturated
}
