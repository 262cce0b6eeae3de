//! The median of several images, pixel by pixel, and of each pixel's next neighbours.
//!
//! The samples of some neighbouring pixels are put in order together by a sorting network, in which
//! what is exchanged does not depend on the samples, so that the processor does many at once.

use fearless_simd::Simd;
use rayon::prelude::*;

use super::gaussian::Plane;
use super::median_small::SmallMedians;
use super::sample::{Sample, not_numbers};
use super::wide::{Wide, wide};
use crate::cancel::{Cancel, Cancelled};

/// The most sites that are looked at.
const MOST_SITES: usize = 4096;

/// Samples that are put in order at once: of all sites of as many pixels as there is room for. They lie
/// on the stack of the thread.
const SORTED_SAMPLES: usize = MOST_SITES;

/// Samples of the result that one thread makes at once.
const SHARE_SAMPLES: usize = 16 * 1024;

/// Rows of which one thread finds the medians of neighbours at once.
const SHARE_ROWS: usize = 16;

/// The median of each sample over one or more sites, as a 32-bit float, of the finite numbers among them; not a number
/// where there is none.
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
            wide(Sites { sites, start, memory: &mut memory, medians });
            start += lanes;
        }
        Ok(())
    };
    medians.par_chunks_mut(SHARE_SAMPLES).enumerate().try_for_each(share)
}

/// The medians of neighbouring samples, of as many as there is memory for.
struct Sites<'a, T> {
    sites: &'a [&'a [T]],
    /// The first sample.
    start: usize,
    memory: &'a mut [T],
    medians: &'a mut [f32],
}

impl<T: Sample> Wide for Sites<'_, T> {
    type Output = ();
    const IS_COMMON: bool = T::IS_COMMON;

    #[inline(always)]
    fn run<S: Simd>(self, _vectors: S) {
        let Self { sites, start, memory, medians } = self;
        let row = medians.len();
        let samples = &mut memory[..sites.len() * row];
        for (samples, site) in samples.chunks_exact_mut(row).zip(sites) {
            samples.copy_from_slice(&site[start..start + row]);
        }
        let has_gaps = put_last_what_is_no_number(samples);
        sort_rows(samples, row);
        if has_gaps {
            for (column, median) in medians.iter_mut().enumerate() {
                *median = median_of_numbers(samples[column..].iter().step_by(row));
            }
            return;
        }
        let middle = |rank: usize| &samples[rank * row..][..row];
        let (below, above) = (middle((sites.len() - 1) / 2), middle(sites.len() / 2));
        for ((median, below), above) in medians.iter_mut().zip(below).zip(above) {
            *median = ((below.to_f64() + above.to_f64()) / 2.0) as f32;
        }
    }
}

/// Makes what is no finite number infinite, which is more than all others; whether there is any.
#[inline(always)]
fn put_last_what_is_no_number<T: Sample>(samples: &mut [T]) -> bool {
    let has_gaps = not_numbers(samples) > 0;
    if has_gaps {
        let gaps = samples.iter_mut().filter(|sample| !sample.is_number());
        gaps.for_each(|sample| *sample = T::from_f64(f64::INFINITY));
    }
    has_gaps
}

/// The median of samples in rising order, of which those that are no numbers are the last.
fn median_of_numbers<'a, T: Sample>(sorted: impl Iterator<Item = &'a T> + Clone) -> f32 {
    let mut numbers = sorted.take_while(|sample| sample.is_number());
    let count = numbers.clone().count();
    let Some(below) = count.checked_sub(1).and_then(|last| numbers.nth(last / 2)) else { return f32::NAN };
    let above = if count % 2 == 0 { numbers.next().unwrap_or(below) } else { below };
    ((below.to_f64() + above.to_f64()) / 2.0) as f32
}

/// The median of all samples of a plane (of an even number, the mean of the middle two), which are put into another
/// order; not a number where there is none.
pub(super) fn of_plane(samples: &mut [f32]) -> f64 {
    let middle = samples.len() / 2;
    if samples.is_empty() {
        return f64::NAN;
    }
    let is_even = samples.len().is_multiple_of(2);
    let (below, above, _) = samples.select_nth_unstable_by(middle, f32::total_cmp);
    let above = *above;
    match below.iter().copied().max_by(f32::total_cmp).filter(|_| is_even) {
        Some(below) => (f64::from(below) + f64::from(above)) / 2.0,
        None => f64::from(above),
    }
}

/// The median of each sample and its eight neighbours, of the same colour: `scipy.ndimage.median_filter` of size 3, and
/// the plane continues with its last pixels.
pub(super) fn of_neighbours(
    plane: Plane,
    from: &[f32],
    to: &mut [f32],
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let samples = bytemuck::cast_slice(from);
    let share = |(nth, out): (usize, &mut [f32])| -> Result<(), Cancelled> {
        cancel.check()?;
        let out = bytemuck::cast_slice_mut(out);
        wide(SmallMedians::<u32, 3> { samples, ranking: f32::RANKING, plane, y: nth * SHARE_ROWS, out });
        Ok(())
    };
    to.par_chunks_mut(SHARE_ROWS * plane.row.max(1)).enumerate().try_for_each(share)
}

/// Puts the samples of each column in rising order, by Batcher's odd-even merge sort for any number of
/// rows.
#[inline(always)]
fn sort_rows<T: Sample>(samples: &mut [T], row: usize) {
    let rows = samples.len() / row;
    let mut exchange = |upper: usize, lower: usize| {
        let (before, after) = samples.split_at_mut(lower * row);
        for (one, other) in before[upper * row..][..row].iter_mut().zip(&mut after[..row]) {
            (*one, *other) = if *other < *one { (*other, *one) } else { (*one, *other) };
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
