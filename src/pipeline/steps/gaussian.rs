//! Smoothing of a plane by a Gaussian, as `scipy.ndimage.gaussian_filter` does it to one of 32- or 64-bit floats with
//! `mode='nearest'` and `truncate=4.0`: first down, then across; sums in 64-bit floats and in SciPy's
//! order, rounded to these floats after each direction.
//!
//! Each row is smoothed down, and then across while it is in the cache, so that of the floats there are never more than
//! a row for each thread.

use bytemuck::Zeroable;
use fearless_simd::Simd;
use rayon::prelude::*;

use super::sample::{Sample, is_float};
use super::wide::{Wide, wide};
use crate::cancel::{Cancel, Cancelled};

/// This many standard deviations the Gaussian goes to either side.
const TRUNCATE: f64 = 4.0;

/// Samples side by side of which the sums are made together, in the registers of the processor, and rows of one thread at
/// once.
const STRIP_SAMPLES: usize = 64;
const NARROW_STRIP_SAMPLES: usize = 8;
const SHARE_ROWS: usize = 16;

/// What a plane is like.
#[derive(Clone, Copy)]
pub(super) struct Plane {
    /// Samples of a row.
    pub(super) row: usize,
    /// Samples of a pixel.
    pub(super) pixel: usize,
}

/// A Gaussian of two directions.
pub(super) struct Gaussian {
    across: Weights,
    down: Weights,
}

/// The weight of a pixel by its distance, in one direction.
struct Weights(Vec<f64>);

impl Weights {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    fn new(sigma: f64) -> Self {
        let reach = (TRUNCATE * sigma + 0.5) as usize;
        let weight = |distance: usize| (-0.5 / (sigma * sigma) * (distance as f64).powi(2)).exp();
        let weights: Vec<f64> = (0..=reach).map(weight).collect();
        let sum = weights[0] + 2.0 * weights[1..].iter().rev().sum::<f64>();
        Self(weights.into_iter().map(|weight| weight / sum).collect())
    }

    /// How far they go.
    fn reach(&self) -> usize {
        self.0.len() - 1
    }

    /// Sums for neighbouring places: the middle first, then from the farthest pixels inwards, both sides together. What
    /// lies at a distance to either side comes in the order of the places.
    #[inline(always)]
    fn sums<'a, A: Sample, F: Sample>(
        &self,
        both_sides: impl Fn(usize) -> [&'a [A]; 2] + Copy,
        read: impl Read<A>,
        write: impl Fn(f64) -> F + Copy,
        out: &mut [F],
    ) {
        let mut start = 0;
        let (strips, rest) = out.as_chunks_mut::<STRIP_SAMPLES>();
        for strip in strips {
            self.strip(start, both_sides, read, write, strip);
            start += STRIP_SAMPLES;
        }
        let (strips, rest) = rest.as_chunks_mut::<NARROW_STRIP_SAMPLES>();
        for strip in strips {
            self.strip(start, both_sides, read, write, strip);
            start += NARROW_STRIP_SAMPLES;
        }
        for strip in rest.as_chunks_mut::<1>().0 {
            self.strip(start, both_sides, read, write, strip);
            start += 1;
        }
    }

    /// Sums for so many places that they stay in registers.
    #[inline(always)]
    fn strip<'a, A: Sample, F: Sample, const N: usize>(
        &self,
        start: usize,
        both_sides: impl Fn(usize) -> [&'a [A]; 2],
        read: impl Read<A>,
        write: impl Fn(f64) -> F,
        out: &mut [F; N],
    ) {
        let mut sums = [0.0; N];
        let [middle, _] = both_sides(0);
        for (sum, middle) in sums.iter_mut().zip(&middle[start..][..N]) {
            *sum = read.one(*middle) * self.0[0];
        }
        for (distance, weight) in self.0.iter().enumerate().skip(1).rev() {
            let [one, other] = both_sides(distance).map(|side| &side[start..][..N]);
            for ((sum, one), other) in sums.iter_mut().zip(one).zip(other) {
                *sum += read.both(*one, *other) * weight;
            }
        }
        out.iter_mut().zip(sums).for_each(|(out, sum)| *out = write(sum));
    }
}

/// What is taken of samples. To be `#[inline(always)]`.
trait Read<A: Sample>: Copy {
    fn one(self, sample: A) -> f64;

    /// The sum of two.
    #[inline(always)]
    fn both(self, one: A, other: A) -> f64 {
        self.one(one) + self.one(other)
    }
}

/// Their values.
#[derive(Clone, Copy)]
struct Value;

impl<A: Sample> Read<A> for Value {
    #[inline(always)]
    fn one(self, sample: A) -> f64 {
        sample.to_f64()
    }

    #[inline(always)]
    fn both(self, one: A, other: A) -> f64 {
        one.pair_to_f64(other)
    }
}

/// Their values, where they are numbers.
#[derive(Clone, Copy)]
struct Number;

impl<A: Sample> Read<A> for Number {
    #[inline(always)]
    fn one(self, sample: A) -> f64 {
        if sample.is_number() { sample.to_f64() } else { 0.0 }
    }
}

/// 1 for each number.
#[derive(Clone, Copy)]
struct IsNumber;

impl<A: Sample> Read<A> for IsNumber {
    #[inline(always)]
    fn one(self, sample: A) -> f64 {
        f64::from(u8::from(sample.is_number()))
    }
}

impl Gaussian {
    /// Of one standard deviation across and one down, in pixels.
    pub(super) fn new(across_px: f64, down_px: f64) -> Self {
        Self { across: Weights::new(across_px), down: Weights::new(down_px) }
    }

    /// Of the same standard deviation in both directions.
    pub(super) fn alike(sigma_px: f64) -> Self {
        Self::new(sigma_px, sigma_px)
    }

    /// Smooths a plane in floats that hold its samples. Each row goes to `finish`, which makes what is wanted of it and counts; returns what was counted
    /// in all. Where there `are_gaps`, samples that are no finite numbers take no part: each sample becomes the weighted
    /// mean of the numbers around it, the weights divided by their sum over these, and is not a number where there is
    /// none.
    pub(super) fn smooth<T: Sample>(
        &self,
        plane: Plane,
        from: &[T],
        are_gaps: bool,
        to: &mut [T],
        finish: &impl Finish<T>,
        cancel: &Cancel,
    ) -> Result<u64, Cancelled> {
        if from.is_empty() {
            return Ok(0);
        }
        let share = |(nth, to): (usize, &mut [T])| -> Result<u64, Cancelled> {
            let long = plane.row + 2 * self.across.reach() * plane.pixel;
            let mut lines = Lines { long: vec![0.0; long], smoothed: vec![T::Float::zeroed(); plane.row] };
            let mut of_weights = are_gaps.then(|| lines.clone());
            let mut counted = 0;
            for (y, to) in (nth * SHARE_ROWS..).zip(to.chunks_exact_mut(plane.row)) {
                cancel.check()?;
                let (lines, of_weights) = (&mut lines, of_weights.as_mut());
                counted += wide(Row { gaussian: self, plane, from, y, lines, of_weights, to, finish });
            }
            Ok(counted)
        };
        to.par_chunks_mut(SHARE_ROWS * plane.row).enumerate().map(share).try_reduce(|| 0, |a, b| Ok(a + b))
    }

    /// Smooths one row of a plane down, then across.
    #[inline(always)]
    fn smooth_row<T: Sample>(
        &self,
        Plane { row, pixel }: Plane,
        from: &[T],
        y: usize,
        read: impl Read<T>,
        Lines { long, smoothed }: &mut Lines<T::Float>,
    ) {
        let last = from.len() / row - 1;
        let at = |y: usize| &from[y * row..][..row];
        let above_and_below =
            |distance: usize| [at(y.saturating_sub(distance)), at((y + distance).min(last))];
        let beyond = self.across.reach() * pixel;
        let (before, rest) = long.split_at_mut(beyond);
        let (inside, after) = rest.split_at_mut(row);
        self.down.sums(above_and_below, read, |sum| T::Float::from_f64(sum).to_f64(), inside);
        // It continues with its first and its last pixel.
        before.chunks_exact_mut(pixel).for_each(|end| end.copy_from_slice(&inside[..pixel]));
        after.chunks_exact_mut(pixel).for_each(|end| end.copy_from_slice(&inside[row - pixel..]));
        let left_and_right =
            |distance: usize| [&long[beyond - distance * pixel..], &long[beyond + distance * pixel..]];
        self.across.sums(left_and_right, Value, T::Float::from_f64, smoothed);
    }
}

/// What is made of a row that is smoothed.
pub(super) trait Finish<T: Sample>: Sync {
    /// Returns how many samples were of a kind that is counted. To be `#[inline(always)]`, because it is done in vectors.
    fn finish(&self, smoothed: &[T::Float], to: &mut [T]) -> u64;
}

/// A row on its way.
#[derive(Clone)]
struct Lines<F> {
    /// Smoothed down, with what it continues with at both ends: rounded to the floats, and kept in those in which sums are made,
    /// because each is read for many places.
    long: Vec<f64>,
    smoothed: Vec<F>,
}

/// A row to be smoothed.
struct Row<'a, T: Sample, E> {
    gaussian: &'a Gaussian,
    plane: Plane,
    from: &'a [T],
    y: usize,
    lines: &'a mut Lines<T::Float>,
    /// Where there are gaps.
    of_weights: Option<&'a mut Lines<T::Float>>,
    to: &'a mut [T],
    finish: &'a E,
}

impl<T: Sample, E: Finish<T>> Wide for Row<'_, T, E> {
    type Output = u64;
    const IS_COMMON: bool = T::IS_COMMON;

    #[inline(always)]
    fn run<S: Simd>(self, _vectors: S) -> u64 {
        let Self { gaussian, plane, from, y, lines, of_weights, to, finish } = self;
        if let Some(weights) = of_weights.filter(|_| is_float::<T>()) {
            gaussian.smooth_row(plane, from, y, Number, lines);
            gaussian.smooth_row(plane, from, y, IsNumber, weights);
            for (sample, weight) in lines.smoothed.iter_mut().zip(&weights.smoothed) {
                *sample = T::Float::from_f64(sample.to_f64() / weight.to_f64());
            }
        } else {
            gaussian.smooth_row(plane, from, y, Value, lines);
        }
        finish.finish(&lines.smoothed, to)
    }
}
