//! Tiles of one size joined to a mosaic, row by row: what [`super::Stitching`] does once it is known
//! where each tile lies.

use fearless_simd::Simd;
use rayon::prelude::*;

use super::rounding::Rounding;
use super::sample::Sample;
use super::wide::{Wide, wide};
use crate::cancel::{Cancel, Cancelled};
use crate::image::ImageFormat;

/// Rows that one thread makes between two looks at whether the run was cancelled.
const SHARE_ROWS: usize = 16;

/// The upper left corner of a tile in pixels, from that of the mosaic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Corner {
    /// To the right.
    pub(super) x: u32,
    pub(super) y: u32,
}

/// Tiles in their places.
pub(super) struct Mosaic<'a, T> {
    tiles: Vec<Tile<'a, T>>,
    /// Pixels across a tile and down.
    width: usize,
    height: usize,
    /// Samples of a pixel.
    pixel: usize,
    /// Pixels across the mosaic.
    mosaic_width: usize,
}

struct Tile<'a, T> {
    x: usize,
    y: usize,
    samples: &'a [T],
}

/// A row of a tile that crosses a row of the mosaic.
#[derive(Clone, Copy)]
struct TileRow<'a, T> {
    x: usize,
    samples: &'a [T],
    /// How far the row is from the upper or lower edge of its tile, counted from 1.
    to_edge: usize,
}

impl<'a, T: Sample> Mosaic<'a, T> {
    /// Of tiles of a format, with their corners in the same order.
    pub(super) fn new(
        tile: ImageFormat,
        mosaic_width: u32,
        corners: &[Corner],
        pixels: impl Iterator<Item = &'a [T]>,
    ) -> Self {
        let to_tile = |(corner, samples): (&Corner, &'a [T])| Tile {
            x: corner.x as usize,
            y: corner.y as usize,
            samples,
        };
        Self {
            tiles: corners.iter().zip(pixels).map(to_tile).collect(),
            width: tile.width as usize,
            height: tile.height as usize,
            pixel: usize::from(tile.samples),
            mosaic_width: mosaic_width as usize,
        }
    }

    /// Fills the mosaic.
    pub(super) fn join(&self, mosaic: &mut [T], cancel: &Cancel) -> Result<(), Cancelled> {
        let row = (self.mosaic_width * self.pixel).max(1);
        let share = |(nth, share): (usize, &mut [T])| -> Result<(), Cancelled> {
            cancel.check()?;
            for (y, out) in (nth * SHARE_ROWS..).zip(share.chunks_exact_mut(row)) {
                self.join_row(y, out);
            }
            Ok(())
        };
        mosaic.par_chunks_mut(SHARE_ROWS * row).enumerate().try_for_each(share)
    }

    fn join_row(&self, y: usize, out: &mut [T]) {
        let rows: Vec<TileRow<'_, T>> = self.tiles.iter().filter_map(|tile| self.row_at(tile, y)).collect();
        // Between two of these borders the tiles are the same.
        let ends = rows.iter().flat_map(|row| [row.x, row.x + self.width]);
        let mut borders: Vec<usize> = ends.chain([0, self.mosaic_width]).collect();
        borders.sort_unstable();
        borders.dedup();
        for (start, end) in borders.iter().copied().zip(borders.iter().copied().skip(1)) {
            let is_here = |row: &&TileRow<'_, T>| row.x <= start && end <= row.x + self.width;
            let here: Vec<TileRow<'_, T>> = rows.iter().filter(is_here).copied().collect();
            let out = &mut out[start * self.pixel..end * self.pixel];
            match here.as_slice() {
                [] => out.fill(T::zeroed()),
                [row] => out.copy_from_slice(&row.samples[(start - row.x) * self.pixel..][..out.len()]),
                overlapping => self.blend(start, out, overlapping),
            }
        }
    }

    /// The row of a tile that lies at a row of the mosaic.
    fn row_at(&self, tile: &Tile<'a, T>, y: usize) -> Option<TileRow<'a, T>> {
        let row = y.checked_sub(tile.y).filter(|row| *row < self.height)?;
        let samples = &tile.samples[row * self.width * self.pixel..][..self.width * self.pixel];
        Some(TileRow { x: tile.x, samples, to_edge: (row + 1).min(self.height - row) })
    }

    /// Pixels from `start` on, of several tiles.
    fn blend(&self, start: usize, out: &mut [T], rows: &[TileRow<'_, T>]) {
        wide(Blend { width: self.width, pixel: self.pixel, start, out, rows });
    }
}

/// Samples of which the sums are made together; they stay in the nearest cache.
const BLOCK_SAMPLES: usize = 512;

/// A part of a row in which several tiles overlap.
struct Blend<'a, T> {
    /// Pixels across a tile.
    width: usize,
    /// Samples of a pixel.
    pixel: usize,
    /// The first pixel.
    start: usize,
    out: &'a mut [T],
    rows: &'a [TileRow<'a, T>],
}

impl<T: Sample> Wide for Blend<'_, T> {
    type Output = ();
    const IS_COMMON: bool = T::IS_COMMON;

    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)] // tiles have less than 2^32 pixels across and down
    fn run<S: Simd>(self, _vectors: S) {
        let Self { width, pixel, start, out, rows } = self;
        let (mut sums, mut weights) = ([0.0; BLOCK_SAMPLES], [0.0; BLOCK_SAMPLES]);
        for (block, out) in out.chunks_mut(BLOCK_SAMPLES).enumerate() {
            let (sums, weights) = (&mut sums[..out.len()], &mut weights[..out.len()]);
            sums.fill(0.0);
            weights.fill(0.0);
            for row in rows {
                let first = (start - row.x) * pixel + block * BLOCK_SAMPLES;
                let samples = &row.samples[first..][..out.len()];
                let to_edge = row.to_edge as u32;
                // Said twice for the compiler, which divides by 1 one after the other.
                let column = |nth: usize| if pixel == 1 { first + nth } else { (first + nth) / pixel } as u32;
                let sums = sums.iter_mut().zip(weights.iter_mut()).zip(samples).enumerate();
                for (nth, ((sum, weights), sample)) in sums {
                    let column = column(nth);
                    let weight = f64::from(to_edge.min(column + 1).min(width as u32 - column));
                    let weight = if sample.is_number() { weight } else { 0.0 };
                    let light = if sample.is_number() { sample.to_f64() } else { 0.0 };
                    *sum += weight * light;
                    *weights += weight;
                }
            }
            for ((out, sum), weights) in out.iter_mut().zip(sums).zip(weights) {
                *out = Rounding::Nearest.of(*sum / *weights);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::PixelType;

    #[test]
    fn long_overlaps_are_the_weighted_mean_of_each_pixel() {
        let (width, height, beyond) = (1500_usize, 3_usize, 7_usize);
        for pixel in [1_usize, 3] {
            let format = ImageFormat { samples: pixel as u16, ..ImageFormat::grey(1500, 3, PixelType::U16) };
            let tile = |seed: usize| -> Vec<u16> {
                (0..width * height * pixel).map(|nth| (nth.wrapping_mul(40_503 + seed) >> 3) as u16).collect()
            };
            let tiles = [tile(0), tile(12)];
            let corners = [Corner { x: 0, y: 0 }, Corner { x: beyond as u32, y: 1 }];
            let across = width + beyond;
            let mut out = vec![1_u16; across * (height + 1) * pixel];
            let mosaic = Mosaic::new(format, across as u32, &corners, tiles.iter().map(Vec::as_slice));
            mosaic.join(&mut out, &Cancel::new()).expect("not cancelled");
            for (at, out) in out.iter().enumerate() {
                let (x, y, colour) = (at / pixel % across, at / pixel / across, at % pixel);
                let (mut sum, mut weights) = (0.0, 0.0);
                for (samples, corner) in tiles.iter().zip(corners) {
                    let place = x.checked_sub(corner.x as usize).zip(y.checked_sub(corner.y as usize));
                    if let Some((x, y)) = place.filter(|(x, y)| *x < width && *y < height) {
                        let weight = (x + 1).min(width - x).min(y + 1).min(height - y) as f64;
                        sum += weight * f64::from(samples[(y * width + x) * pixel + colour]);
                        weights += weight;
                    }
                }
                let expected = if weights > 0.0 { (sum / weights).round_ties_even() as u16 } else { 0 };
                assert_eq!(*out, expected, "{x}, {y}, {colour} of {pixel}");
            }
        }
    }
}
