//! The median of several images, pixel by pixel.
//!
//! The samples of some neighbouring pixels are put in order together by a sorting network, in which
//! what is exchanged does not depend on the samples, so that the processor does many at once.

use rayon::prelude::*;

use super::sample::Sample;
use crate::cancel::{Cancel, Cancelled};
use crate::image::PixelType;

/// The most sites that are looked at.
const MOST_SITES: usize = 4096;

/// Samples that are put in order at once: of all sites of as many pixels as there is room for. They lie
/// on the stack of the thread.
const SORTED_SAMPLES: usize = MOST_SITES;

/// Samples of the result that one thread makes at once.
const SHARE_SAMPLES: usize = 16 * 1024;

/// The median of each sample over one or more sites, as a 32-bit float. What is no finite number counts
/// as 0.
pub(super) fn of_sites<T: Sample>(
    sites: &[&[T]],
    medians: &mut [f32],
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let sites = &sites[..sites.len().min(MOST_SITES)];
    let lanes = SORTED_SAMPLES / sites.len();
    let share = |(nth, share): (usize, &mut [f32])| -> Result<(), Cancelled> {
        let mut memory = [T::zeroed(); SORTED_SAMPLES];
        let mut start = nth * SHARE_SAMPLES;
        for medians in share.chunks_mut(lanes) {
            cancel.check()?;
            let row = medians.len();
            let samples = &mut memory[..sites.len() * row];
            for (samples, site) in samples.chunks_exact_mut(row).zip(sites) {
                samples.copy_from_slice(&site[start..start + row]);
                zero_nonfinite(samples);
            }
            sort_rows(samples, row);
            let middle = |rank: usize| &samples[rank * row..][..row];
            let (below, above) = (middle((sites.len() - 1) / 2), middle(sites.len() / 2));
            for ((median, below), above) in medians.iter_mut().zip(below).zip(above) {
                *median = ((below.to_f64() + above.to_f64()) / 2.0) as f32;
            }
            start += row;
        }
        Ok(())
    };
    medians.par_chunks_mut(SHARE_SAMPLES).enumerate().try_for_each(share)
}

/// Only floats may be no finite numbers.
fn zero_nonfinite<T: Sample>(samples: &mut [T]) {
    if matches!(T::TYPE, PixelType::F32 | PixelType::F64) {
        let is_nonfinite = |sample: &&mut T| !sample.to_f64().is_finite();
        samples.iter_mut().filter(is_nonfinite).for_each(|sample| *sample = T::zeroed());
    }
}

/// Puts the samples of each column in rising order, by Batcher's odd-even merge sort for any number of
/// rows.
fn sort_rows<T: Sample>(samples: &mut [T], row: usize) {
    let rows = samples.len() / row;
    let mut exchange = |upper: usize, lower: usize| {
        let (before, after) = samples.split_at_mut(lower * row);
        for (one, other) in before[upper * row..][..row].iter_mut().zip(&mut after[..row]) {
            (*one, *other) = (one.smaller(*other), one.larger(*other));
        }
    };
    let mut merged = 1;
    while merged < rows {
        let mut distance = merged;
        while distance >= 1 {
            for start in (distance % merged..rows.saturating_sub(distance)).step_by(2 * distance) {
                for upper in start..(start + distance).min(rows - distance) {
                    let lower = upper + distance;
                    if upper / (2 * merged) == lower / (2 * merged) {
                        exchange(upper, lower);
                    }
                }
            }
            distance /= 2;
        }
        merged *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network that sorts all zeros and ones sorts everything.
    #[test]
    fn any_number_of_rows_is_sorted() {
        for rows in 1..=12_usize {
            let row = 1 << rows;
            let mut samples: Vec<u16> =
                (0..rows * row).map(|at| ((at % row) >> (at / row)) as u16 & 1).collect();
            sort_rows(&mut samples, row);
            for column in 0..row {
                let sorted = (0..rows).map(|index| samples[index * row + column]);
                assert_eq!(sorted.clone().map(u32::from).sum::<u32>(), column.count_ones(), "{rows} rows");
                assert!(sorted.is_sorted(), "{rows} rows");
            }
        }
        for rows in [13, 50, 300] {
            let mut samples: Vec<u32> = (0..rows).map(|at| at * 7919 % rows).collect();
            sort_rows(&mut samples, 1);
            assert!(samples.is_sorted(), "{rows} rows");
        }
    }
}
