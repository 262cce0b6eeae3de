//! Smoothing of a plane of 32- or 64-bit floats by a Gaussian, as `scipy.ndimage.gaussian_filter` does it with
//! `mode='nearest'` and `truncate=4.0`: first down, then across; sums in 64-bit floats and in SciPy's
//! order, rounded to the type of the plane after each direction.

use rayon::prelude::*;

use super::sample::Sample;
use crate::cancel::{Cancel, Cancelled};

/// So many standard deviations the Gaussian goes to either side.
const TRUNCATE: f64 = 4.0;

/// Samples side by side of which the sums are made together, and rows of one thread at once: what lies
/// around so many stays in the processor's cache.
const STRIP_SAMPLES: usize = 64;
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

    /// Sums for some neighbouring places: the middle first, then from the farthest pixels inwards, both
    /// sides together.
    fn sum<'a, F: Sample>(&self, out: &mut [F], both_sides: impl Fn(usize) -> [&'a [F]; 2]) {
        let mut sums = [0.0; STRIP_SAMPLES];
        let sums = &mut sums[..out.len()];
        for (sum, middle) in sums.iter_mut().zip(both_sides(0)[0]) {
            *sum = middle.to_f64() * self.0[0];
        }
        for (distance, weight) in self.0.iter().enumerate().skip(1).rev() {
            let [one, other] = both_sides(distance);
            for ((sum, one), other) in sums.iter_mut().zip(one).zip(other) {
                *sum += (one.to_f64() + other.to_f64()) * weight;
            }
        }
        out.iter_mut().zip(sums).for_each(|(out, sum)| *out = F::from_f64(*sum));
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

    /// Smooths the plane; `double` has the size of the plane, and what is in it does not matter.
    pub(super) fn smooth<F: Sample>(
        &self,
        plane: Plane,
        samples: &mut [F],
        double: &mut [F],
        cancel: &Cancel,
    ) -> Result<(), Cancelled> {
        if samples.is_empty() {
            return Ok(());
        }
        self.smooth_down(plane, samples, double, cancel)?;
        self.smooth_across(plane, double, samples, cancel)
    }

    /// Smooths a plane in which some samples are no finite numbers: these take no part, so that each sample becomes the
    /// weighted mean of the numbers around it, and is not a number where there is none. The weights are those of
    /// [`Self::smooth`], divided by their sum over the numbers. Two more planes are used up.
    pub(super) fn smooth_numbers<F: Sample>(
        &self,
        plane: Plane,
        samples: &mut [F],
        [double, weights]: [&mut [F]; 2],
        cancel: &Cancel,
    ) -> Result<(), Cancelled> {
        for (sample, weight) in samples.iter_mut().zip(&mut *weights) {
            let is_number = sample.is_number();
            *weight = F::from_f64(f64::from(u8::from(is_number)));
            if !is_number {
                *sample = F::zeroed();
            }
        }
        self.smooth(plane, samples, double, cancel)?;
        self.smooth(plane, weights, double, cancel)?;
        for (sample, weight) in samples.iter_mut().zip(weights) {
            *sample = F::from_f64(sample.to_f64() / weight.to_f64());
        }
        Ok(())
    }

    fn smooth_down<F: Sample>(
        &self,
        plane: Plane,
        from: &[F],
        to: &mut [F],
        cancel: &Cancel,
    ) -> Result<(), Cancelled> {
        let last = from.len() / plane.row - 1;
        let share = |(nth, share): (usize, &mut [F])| -> Result<(), Cancelled> {
            for start in (0..plane.row).step_by(STRIP_SAMPLES) {
                cancel.check()?;
                for (row, out) in (nth * SHARE_ROWS..).zip(share.chunks_exact_mut(plane.row)) {
                    let at = |row: usize| &from[row * plane.row..][start..plane.row];
                    let out = &mut out[start..plane.row.min(start + STRIP_SAMPLES)];
                    self.down.sum(out, |distance| {
                        [at(row.saturating_sub(distance)), at((row + distance).min(last))]
                    });
                }
            }
            Ok(())
        };
        to.par_chunks_mut(SHARE_ROWS * plane.row).enumerate().try_for_each(share)
    }

    fn smooth_across<F: Sample>(
        &self,
        plane: Plane,
        from: &[F],
        to: &mut [F],
        cancel: &Cancel,
    ) -> Result<(), Cancelled> {
        let Plane { row, pixel } = plane;
        let beyond = (self.across.0.len() - 1) * pixel;
        let share = |(share, from): (&mut [F], &[F])| -> Result<(), Cancelled> {
            // The row goes on with its first and its last pixel.
            let mut line = vec![F::zeroed(); row + 2 * beyond];
            for (out, from) in share.chunks_exact_mut(row).zip(from.chunks_exact(row)) {
                cancel.check()?;
                let (before, rest) = line.split_at_mut(beyond);
                let (inside, after) = rest.split_at_mut(row);
                before.chunks_exact_mut(pixel).for_each(|end| end.copy_from_slice(&from[..pixel]));
                inside.copy_from_slice(from);
                after.chunks_exact_mut(pixel).for_each(|end| end.copy_from_slice(&from[row - pixel..]));
                for (start, out) in (beyond..).step_by(STRIP_SAMPLES).zip(out.chunks_mut(STRIP_SAMPLES)) {
                    self.across.sum(out, |distance| {
                        [&line[start - distance * pixel..], &line[start + distance * pixel..]]
                    });
                }
            }
            Ok(())
        };
        to.par_chunks_mut(SHARE_ROWS * row).zip(from.par_chunks(SHARE_ROWS * row)).try_for_each(share)
    }
}
