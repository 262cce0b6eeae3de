//! Otsu's threshold: the grey level that parts an image into two classes which differ the most.
//!
//! As `skimage.filters.threshold_otsu` (0.26) has it. Of images of 8 and 16 bits each value between the
//! lowest and the highest is a class of its own, and the result equals `threshold_otsu(x)`. Of all others
//! it equals `threshold_otsu(x.astype(float64))`: 256 bins between the lowest and the highest value, and
//! the threshold is the middle of one. (scikit-image would count 32-bit integers value by value, in
//! memory without limit.) What is no finite number takes no part. scikit-image counts in 32-bit floats,
//! which are exact up to 2^24 pixels of a class; here counts are exact for images of any size.

use super::percentiles::{BLOCK_SAMPLES, count_entries, count_values, extremes, room};
use super::sample::Sample;
use crate::cancel::Cancel;
use crate::image::PixelType;
use crate::pipeline::{Scratch, StepError};

/// Bins of images of more than 16 bits.
const BINS: usize = 256;

/// Entries of the histogram that an image of a type needs.
pub(super) fn histogram_entries(pixel: PixelType) -> usize {
    if pixel.bytes() <= 2 { count_entries(pixel) } else { BINS }
}

/// The threshold: what is above it is the brighter class. `None` where the image has one value only, so
/// that nothing can be parted.
pub(super) fn otsu<T: Sample>(
    samples: &[T],
    scratch: &mut Scratch,
    cancel: &Cancel,
) -> Result<Option<f64>, StepError> {
    if T::TYPE.bytes() <= 2 {
        by_value(samples, &mut scratch.histogram, cancel)
    } else {
        by_bins(samples, room(&mut scratch.histogram, BINS), cancel)
    }
}

#[allow(clippy::cast_possible_truncation)] // keys of 8 and 16 bits
fn by_value<T: Sample>(
    samples: &[T],
    counts: &mut Vec<u32>,
    cancel: &Cancel,
) -> Result<Option<f64>, StepError> {
    let [low, high] = extremes(samples, |_| true, cancel)?;
    if low >= high {
        return Ok(None);
    }
    let counts = count_values(samples, [low, high], counts, cancel)?;
    let level = |bin: usize| T::from_key(low + bin as u64).to_f64();
    // Whole numbers below 2^53: what comes after is all less what came before.
    let all: f64 = counts.iter().enumerate().map(|(bin, count)| f64::from(*count) * level(bin)).sum();
    Ok(Some(level(best(counts, level, |_, before| all - before))))
}

fn by_bins<T: Sample>(samples: &[T], counts: &mut [u32], cancel: &Cancel) -> Result<Option<f64>, StepError> {
    let keys = extremes(samples, |sample: T| sample.to_f64().is_finite(), cancel)?;
    if keys[0] >= keys[1] {
        return Ok(None);
    }
    let [low, high] = keys.map(|key| T::from_key(key).to_f64());
    // The two zeros of floats have keys of their own, and 64-bit integers may be one float.
    if low >= high {
        return Ok(None);
    }
    counts.fill(0);
    let edges = edges(low, high);
    for block in samples.chunks(BLOCK_SAMPLES) {
        cancel.check()?;
        for value in block.iter().map(|sample| sample.to_f64()).filter(|value| value.is_finite()) {
            counts[bin_of(value, &edges)] += 1;
        }
    }
    let middle = |bin: usize| (edges[bin] + edges[bin + 1]) / 2.0;
    // Summed from the end, as it is done there.
    let mut after = [0.0; BINS + 1];
    for bin in (0..BINS).rev() {
        after[bin] = after[bin + 1] + f64::from(counts[bin]) * middle(bin);
    }
    Ok(Some(middle(best(counts, middle, |bin, _| after[bin + 1]))))
}

/// As `numpy.linspace`.
fn edges(low: f64, high: f64) -> [f64; BINS + 1] {
    let step = (high - low) / BINS as f64;
    let mut edges = [0.0; BINS + 1];
    for (index, edge) in edges.iter_mut().enumerate() {
        #[allow(clippy::cast_precision_loss)] // up to 256
        let index = index as f64;
        *edge = index * step + low;
    }
    edges[BINS] = high;
    edges
}

/// As `numpy.histogram`: worked out, and put right by an edge where rounding missed it.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 256
fn bin_of(value: f64, edges: &[f64; BINS + 1]) -> usize {
    let position = (value - edges[0]) / (edges[BINS] - edges[0]) * BINS as f64;
    let bin = (position as usize).min(BINS - 1);
    if value < edges[bin] {
        bin - usize::from(bin > 0)
    } else if value >= edges[bin + 1] && bin + 1 < BINS {
        bin + 1
    } else {
        bin
    }
}

/// The first bin after which the variance between the two classes is the largest. The first and the last
/// bin are not empty. `sum_after` tells the sum of all levels after a bin, given the sum up to it.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // 32-bit floats, as it is done there
fn best(counts: &[u32], level: impl Fn(usize) -> f64, sum_after: impl Fn(usize, f64) -> f64) -> usize {
    let all: u64 = counts.iter().map(|count| u64::from(*count)).sum();
    let (mut weight, mut sum) = (0_u64, 0.0);
    let (mut best, mut most) = (0, f64::NEG_INFINITY);
    for (bin, count) in counts.iter().enumerate().take(counts.len() - 1) {
        weight += u64::from(*count);
        sum += f64::from(*count) * level(bin);
        let (before, after) = (weight as f32, (all - weight) as f32);
        let apart = sum / f64::from(before) - sum_after(bin, sum) / f64::from(after);
        let variance = f64::from(before * after) * (apart * apart);
        if variance > most {
            (best, most) = (bin, variance);
        }
    }
    best
}
