//! Binning: each square of `n` by `n` pixels becomes one pixel, `n` times as large.
//!
//! The mean is the 64-bit float sum of the square, row by row, divided by `n * n` and truncated towards
//! zero to the image's type. The sum of integers is exact, held at the type's limits, and says how often
//! it was; that of floats is computed in 64 bits and rounded. Rows and columns at the lower and right
//! edge that do not fill a square are left out. Each colour is binned by itself. An image that is smaller
//! than a square is refused.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::sample::{Sample, for_each_type};
use crate::cancel::Cancel;
use crate::image::{ImageFormat, ImageMut, PixelType};
use crate::pipeline::operation::{NewImage, Operation, PlacedKey, StepSettings};
use crate::pipeline::setting::{About, Form};
use crate::pipeline::settings_fault::SettingsFault;
use crate::pipeline::surroundings::Surroundings;
use crate::pipeline::unresolved::Unresolved;
use crate::pipeline::{Input, Scratch, StepError, StepNote};

/// What a pixel is of those that it stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BinMethod {
    /// Their mean, truncated.
    #[default]
    Mean,
    /// Their sum, held at the type's limit: as a camera does it.
    Sum,
}

/// Settings of binning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bin {
    /// Pixels a side that become one.
    pub factor: u32,
    /// What they become.
    pub method: BinMethod,
}

impl Default for Bin {
    fn default() -> Self {
        Self { factor: 2, method: BinMethod::Mean }
    }
}

impl BinMethod {
    /// All methods, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Mean, Self::Sum];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Sum => "sum",
        }
    }
}

impl Bin {
    pub(crate) const NAME: &str = "Binning";

    /// The factors that make sense.
    pub(crate) const FACTORS: std::ops::RangeInclusive<u32> = 2..=64;

    /// One row of the result; returns how many samples were held at a limit of the type.
    fn row<T: Sample>(&self, rows: &[T], row: usize, samples: usize, out: &mut [T]) -> u64 {
        let n = self.factor as usize;
        let is_float = matches!(T::TYPE, PixelType::F32 | PixelType::F64);
        let mut held = 0;
        for (index, out) in out.iter_mut().enumerate() {
            let start = index / samples * n * samples + index % samples;
            let square = || (0..n).flat_map(|y| rows[y * row + start..].iter().step_by(samples).take(n));
            *out = if self.method == BinMethod::Sum && !is_float {
                let (sum, is_clamped) = T::saturate(square().map(|sample| sample.to_i128()).sum());
                held += u64::from(is_clamped);
                sum
            } else {
                let sum = square().fold(0.0, |sum, sample| sum + sample.to_f64());
                let parts = if self.method == BinMethod::Sum { 1 } else { self.factor * self.factor };
                T::from_f64(sum / f64::from(parts))
            };
        }
        held
    }
}

impl StepSettings for Bin {
    type Operation = Self;

    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn slug(&self) -> &'static str {
        "binned"
    }

    /// `2 × 2, mean`.
    fn settings_text(&self) -> String {
        format!("{0} × {0}, {1}", self.factor, self.method.name())
    }

    fn explanation(&self) -> &'static str {
        "Makes one pixel of each square of pixels: smaller images with less noise, in less memory."
    }

    fn check(&self) -> Result<(), SettingsFault> {
        if Self::FACTORS.contains(&self.factor) {
            return Ok(());
        }
        Err(SettingsFault::BinFactor { factor: self.factor, allowed: Self::FACTORS })
    }

    fn pixel_scale(&self) -> u32 {
        self.factor
    }

    fn form(&mut self, form: &mut Form<'_>) {
        let factor = About::new("factor", "Binning factor").unit(" pixels a side");
        form.whole(factor, &mut self.factor, Self::FACTORS);
        let methods = BinMethod::ALL.map(|method| (method, method.name()));
        form.choice(About::new("method", "Binning method"), &mut self.method, &methods);
    }

    fn resolve(&self, _around: &Surroundings<'_>) -> Result<Self, Unresolved> {
        Ok(*self)
    }
}

impl Operation for Bin {}

impl NewImage for Bin {
    fn output_format(&self, inputs: &[(PlacedKey, ImageFormat)]) -> Result<ImageFormat, StepError> {
        let image = inputs[0].1;
        let [width, height] = [image.width, image.height].map(|side| side / self.factor.max(1));
        if width == 0 || height == 0 {
            return Err(StepError::NothingLeft { step: Self::NAME, image });
        }
        Ok(ImageFormat { width, height, ..image })
    }

    fn run(
        &self,
        inputs: &[Input<'_>],
        output: ImageMut<'_>,
        _scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let ImageMut { format, bytes } = output;
        let image = inputs[0].image;
        let samples = usize::from(format.samples);
        let (row, out_row) = (image.format.width as usize * samples, format.width as usize * samples);
        macro_rules! bin {
            ($type:ty) => {{
                let image: &[$type] = bytemuck::cast_slice(image.bytes);
                let out: &mut [$type] = bytemuck::cast_slice_mut(bytes);
                let blocks = image.par_chunks(row * self.factor as usize);
                let one = |(out, rows): (&mut [$type], &[$type])| -> Result<u64, StepError> {
                    cancel.check()?;
                    Ok(self.row(rows, row, samples, out))
                };
                out.par_chunks_exact_mut(out_row).zip(blocks).map(one).try_reduce(|| 0, |a, b| Ok(a + b))?
            }};
        }
        let saturated_samples = for_each_type!(format.pixel, bin);
        Ok(StepNote::saturated(saturated_samples))
    }
}
