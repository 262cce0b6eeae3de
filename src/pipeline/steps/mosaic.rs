//! Tiles of one size joined to a mosaic, row by row: what [`super::Stitching`] does once it is known
//! where each tile lies.

use rayon::prelude::*;

use super::rounding::Rounding;
use super::sample::Sample;
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
    #[allow(clippy::cast_precision_loss)] // of distances within a tile
    fn blend(&self, start: usize, out: &mut [T], rows: &[TileRow<'_, T>]) {
        for (x, out) in (start..).zip(out.chunks_exact_mut(self.pixel)) {
            for (colour, out) in out.iter_mut().enumerate() {
                let (mut sum, mut weights) = (0.0, 0.0);
                for row in rows {
                    let column = x - row.x;
                    let sample = row.samples[column * self.pixel + colour];
                    if sample.is_number() {
                        let weight = row.to_edge.min(column + 1).min(self.width - column) as f64;
                        sum += weight * sample.to_f64();
                        weights += weight;
                    }
                }
                *out = Rounding::Nearest.of(sum / weights);
            }
        }
    }
}
