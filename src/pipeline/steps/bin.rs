//! Binning: each square of `n` by `n` pixels becomes one pixel, `n` times as large.
//!
//! The mean is the 64-bit float sum of the square (of integers of up to 32 bits exact, of others row by row), divided by `n * n` and rounded to the image's type as
//! [`Rounding`] says. The sum of integers is exact, held at the type's limits, and says how often
//! it was; that of floats is computed in 64 bits and rounded. What is no finite number takes no part and is counted: the
//! mean is that of the others, and a pixel is not a number only where its square has none. Rows and columns at the lower and right
//! edge that do not fill a square are left out. Each colour is binned by itself. An image that is smaller
//! than a square is refused.

use std::ops::AddAssign;

use fearless_simd::Simd;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::placed::Placed;
use super::rounding::Rounding;
use super::sample::{Sample, for_each_type, is_float, not_numbers};
use super::wide::{Wide, wide};
use crate::cancel::Cancel;
use crate::image::{ImageFormat, ImageMut};
use crate::pipeline::definition::Definition;
use crate::pipeline::operation::{NewImage, Operation, PlacedKey, StepSettings};
use crate::pipeline::setting::{About, Form};
use crate::pipeline::settings_fault::SettingsFault;
use crate::pipeline::surroundings::Surroundings;
use crate::pipeline::unresolved::Unresolved;
use crate::pipeline::{Input, NoteKind, Scratch, StepError, StepNote};
use crate::plate::SitePosition;

/// What a pixel is of those that it stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BinMethod {
    /// Their mean.
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
    /// How a mean becomes a whole number.
    #[serde(skip_serializing_if = "Rounding::is_nearest")]
    pub rounding: Rounding,
}

impl Default for Bin {
    fn default() -> Self {
        Self { factor: 2, method: BinMethod::Mean, rounding: Rounding::Nearest }
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

    /// One row of the result, square by square; returns how many samples were held at a limit of the type.
    fn by_squares<T: Sample>(&self, rows: &[T], row: usize, samples: usize, out: &mut [T]) -> u64 {
        let n = self.factor as usize;
        let mut held = 0;
        for (index, out) in out.iter_mut().enumerate() {
            let start = index / samples * n * samples + index % samples;
            let square = || (0..n).flat_map(|y| rows[y * row + start..].iter().step_by(samples).take(n));
            *out = if self.method == BinMethod::Sum && !is_float::<T>() {
                let (sum, is_clamped) = T::saturate(square().map(|sample| sample.to_i128()).sum());
                held += u64::from(is_clamped);
                sum
            } else {
                let (sum, count) = if is_float::<T>() {
                    let numbers = square().filter(|sample| sample.is_number());
                    numbers.fold((0.0, 0), |(sum, count), sample| (sum + sample.to_f64(), count + 1))
                } else {
                    (square().fold(0.0, |sum, sample| sum + sample.to_f64()), self.factor * self.factor)
                };
                match (self.method, count) {
                    (_, 0) => T::from_f64(f64::NAN),
                    (BinMethod::Sum, _) => T::from_f64(sum),
                    (BinMethod::Mean, _) => self.rounding.of(sum / f64::from(count)),
                }
            };
        }
        held
    }
}

/// Samples of the image of which the columns are added up together; they stay in the nearest cache.
const BLOCK_SAMPLES: usize = 768;

/// A row of the result, and the rows that it is made of.
struct Row<'a, T> {
    step: Bin,
    rows: &'a [T],
    /// Samples of a row of the image.
    row: usize,
    /// Samples of a pixel.
    pixel: usize,
    out: &'a mut [T],
}

impl<T: Sample> Wide for Row<'_, T> {
    /// How many samples were held at a limit of the type.
    type Output = u64;
    const IS_COMMON: bool = T::IS_COMMON;

    #[inline(always)]
    fn run<S: Simd>(self, _vectors: S) -> u64 {
        let Self { step, rows, row, pixel, out } = self;
        let n = step.factor as usize;
        // Sums that are exact may be made in any order; others are made square by square.
        if is_float::<T>() || size_of::<T>() > 4 || pixel * n > BLOCK_SAMPLES {
            return step.by_squares(rows, row, pixel, out);
        }
        let row = Row { step, rows, row, pixel, out };
        if const { T::IS_SHORT } { row.by_columns::<i32>() } else { row.by_columns::<f64>() }
    }
}

impl<T: Sample> Row<'_, T> {
    /// Columns are added up first, and then what lies side by side; returns how many samples were held at a limit of the type.
    #[inline(always)]
    fn by_columns<S: Total>(self) -> u64 {
        let Self { step, rows, row, pixel, out } = self;
        let n = step.factor as usize;
        let square = f64::from(step.factor * step.factor);
        let pixels = BLOCK_SAMPLES / (pixel * n);
        let (mut columns, mut held) = ([S::default(); BLOCK_SAMPLES], 0);
        for (block, out) in out.chunks_mut(pixels * pixel).enumerate() {
            let columns = &mut columns[..out.len() * n];
            columns.fill(S::default());
            for line in rows.chunks(row) {
                let line = &line[block * pixels * pixel * n..][..columns.len()];
                columns.iter_mut().zip(line).for_each(|(column, sample)| *column += S::of(*sample));
            }
            let mut sums = [S::default(); BLOCK_SAMPLES / 2];
            let sums = &mut sums[..out.len()];
            if n == 2 && pixel == 1 {
                let pairs = columns.as_chunks::<2>().0;
                for (sum, [one, other]) in sums.iter_mut().zip(pairs) {
                    *sum = *one;
                    *sum += *other;
                }
            } else {
                for (sums, columns) in sums.chunks_exact_mut(pixel).zip(columns.chunks_exact(pixel * n)) {
                    for columns in columns.chunks_exact(pixel) {
                        sums.iter_mut().zip(columns).for_each(|(sum, column)| *sum += *column);
                    }
                }
            }
            for (out, sum) in out.iter_mut().zip(sums) {
                let sum = sum.to_f64();
                *out = match step.method {
                    BinMethod::Mean => step.rounding.of(sum / square),
                    BinMethod::Sum => T::from_whole(sum),
                };
                held += u64::from(step.method == BinMethod::Sum && out.to_f64() != sum);
            }
        }
        held
    }
}

/// In what exact sums of whole numbers are made.
trait Total: Copy + Default + AddAssign {
    fn of<T: Sample>(sample: T) -> Self;
    fn to_f64(self) -> f64;
}

/// Of up to 16 bits: a square has 64 x 64 of them at most.
impl Total for i32 {
    #[inline(always)]
    fn of<T: Sample>(sample: T) -> Self {
        sample.to_i32()
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

/// Of up to 32 bits.
impl Total for f64 {
    #[inline(always)]
    fn of<T: Sample>(sample: T) -> Self {
        sample.to_f64()
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
}

impl StepSettings for Bin {
    type Operation = Placed<Self>;

    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn slug(&self) -> &'static str {
        "binned"
    }

    /// `2 × 2, mean`.
    fn settings_text(&self) -> String {
        let rounding = if self.method == BinMethod::Mean { self.rounding.text() } else { "" };
        format!("{0} × {0}, {1}{rounding}", self.factor, self.method.name())
    }

    fn explanation(&self) -> &'static str {
        "Makes one pixel of each square of pixels: smaller images with less noise, in less memory."
    }

    fn definition(&self) -> Definition {
        Definition {
            does: "The mean (rounded) or the sum of each square of n × n pixels.",
            source: "The same by reshaping in NumPy, exactly. Means of whole numbers above 2^53 agree apart from \
                     the last digits of a 64-bit float.",
            types: "All. A sum beyond the limit of the type is limited.",
            constant: "Like any other image.",
            sizes: "Rows and columns that do not fill a square are left out. An image that is smaller than a \
                    square fails, by name. Pixel size and position follow.",
            not_numbers: "They are left out and counted in a note. A pixel is not a number only if its square has no number.",
        }
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

    fn changed_since(&self, definitions: u32) -> Option<&'static str> {
        let is_rounded = self.method == BinMethod::Mean && self.rounding.is_new_since(definitions);
        is_rounded.then_some("means are rounded to the nearest; before, their decimals were dropped")
    }

    fn form(&mut self, form: &mut Form<'_>) {
        let factor = About::new("factor", "Binning factor").unit(" pixels a side");
        form.whole(factor, &mut self.factor, Self::FACTORS);
        let methods = BinMethod::ALL.map(|method| (method, method.name()));
        form.choice(About::new("method", "Binning method"), &mut self.method, &methods);
        if self.method == BinMethod::Mean {
            form.next_line();
            self.rounding.form(form);
        }
    }

    fn resolve(&self, around: &Surroundings<'_>) -> Result<Placed<Self>, Unresolved> {
        Ok(Placed::new(*self, around))
    }
}

impl Operation for Placed<Bin> {}

impl NewImage for Placed<Bin> {
    fn output_format(&self, inputs: &[(PlacedKey, ImageFormat)]) -> Result<ImageFormat, StepError> {
        let image = inputs[0].1;
        let [width, height] = [image.width, image.height].map(|side| side / self.step.factor.max(1));
        if width == 0 || height == 0 {
            return Err(StepError::NothingLeft { step: Bin::NAME, image });
        }
        Ok(ImageFormat { width, height, ..image })
    }

    fn output_position(&self, inputs: &[(PlacedKey, ImageFormat)]) -> Option<SitePosition> {
        let (placed, image) = inputs[0];
        let factor = self.step.factor.max(1);
        // What does not fill a square, at the right and below, is left out.
        self.part(placed, image, [0, 0], [image.width, image.height].map(|side| side / factor * factor))
    }

    fn run(
        &self,
        inputs: &[Input<'_>],
        output: ImageMut<'_>,
        _scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let ImageMut { format, bytes } = output;
        let Input { key, image, .. } = inputs[0];
        let samples = usize::from(format.samples);
        let (row, out_row) = (image.format.width as usize * samples, format.width as usize * samples);
        macro_rules! bin {
            ($type:ty) => {{
                let image: &[$type] = bytemuck::cast_slice(image.bytes);
                let out: &mut [$type] = bytemuck::cast_slice_mut(bytes);
                let blocks = image.par_chunks(row * self.step.factor as usize);
                let one = |(out, rows): (&mut [$type], &[$type])| -> Result<u64, StepError> {
                    cancel.check()?;
                    Ok(wide(Row { step: self.step, rows, row, pixel: samples, out }))
                };
                let rows = out.par_chunks_exact_mut(out_row).zip(blocks).map(one);
                let saturated = rows.try_reduce(|| 0, |a, b| Ok::<u64, StepError>(a + b))?;
                let mut note = StepNote::of(NoteKind::NOT_FINITE, key, not_numbers(image));
                note += StepNote::of(NoteKind::SATURATED, key, saturated);
                Ok(note)
            }};
        }
        for_each_type!(format.pixel, bin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_first_is_as_square_by_square() {
        fn check<T: Sample>(numbers: impl Fn(usize) -> T) {
            for (factor, pixel, width) in [(2, 1, 2001), (2, 3, 700), (3, 1, 1600), (7, 2, 400), (64, 4, 300)]
            {
                let (row, out_row) = (width * pixel, width / factor * pixel);
                let rows: Vec<T> = (0..row * factor).map(&numbers).collect();
                for (method, rounding) in [
                    (BinMethod::Mean, Rounding::Nearest),
                    (BinMethod::Mean, Rounding::TowardsZero),
                    (BinMethod::Sum, Rounding::Nearest),
                ] {
                    let step = Bin { factor: factor as u32, method, rounding };
                    let (mut out, mut expected) = (vec![T::zeroed(); out_row], vec![T::zeroed(); out_row]);
                    let held = wide(Row { step, rows: &rows, row, pixel, out: &mut out });
                    assert_eq!(held, step.by_squares(&rows, row, pixel, &mut expected), "{step:?}, {pixel}");
                    assert!(out == expected, "{step:?}, {pixel} samples a pixel");
                }
            }
        }
        let number = |nth: usize| (nth as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 31;
        check(|nth| number(nth) as u8);
        check(|nth| number(nth) as u16);
        check(|nth| number(nth) as i16);
        check(|nth| number(nth) as u32);
        check(|nth| number(nth) as i32);
        check(|nth| number(nth) as i64);
        check(|nth| number(nth) as f32 / 7.0);
    }
}
