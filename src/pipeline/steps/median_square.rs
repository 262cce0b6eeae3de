//! The median of the square around each pixel, for all pixels of a tile together.
//!
//! After Adams, "Fast Median Filters using Separable Sorting Networks" (2021). What all squares of a tile have in common
//! is put in order once: a core, with what lies beside it in columns and above and below it in rows. The tile is
//! halved until one pixel is left; the core of each half is that of the tile, merged with the columns or rows which it
//! has in addition. Of a core only those are kept that may be the median, which get fewer as it grows. Tiles
//! beside each other lie side by side in the [`Keys`], so that each exchange serves as many pixels as there are keys in a
//! vector.

use std::sync::OnceLock;

use fearless_simd::Simd;

use super::gaussian::Plane;
use super::networks::{Key, Keys, Network, Ranking, nth_of_two};
use super::wide::{Wide, wide};
use crate::cancel::{Cancel, Cancelled};

/// How the squares of one size are dealt with.
#[derive(Debug)]
pub(super) struct Squares {
    /// Pixels of a side of the square.
    side: usize,
    /// Pixels of a side of the tile.
    pub(super) tile: usize,
    /// Puts the pixels of a column that are in the core in order.
    sort: Network,
    /// Makes the core of sorted columns.
    core: Network,
    halvings: Vec<Halving>,
    /// Rows of keys that a tile needs in all.
    pub(super) rows: usize,
}

/// A tile becomes two.
#[derive(Debug)]
struct Halving {
    /// 0: left and right, 1: above and below.
    axis: usize,
    /// Pixels of the halves along the axis: so many lists are added to the core of each.
    half: usize,
    /// Lists along the other axis at either side of the core.
    sides: usize,
    /// Rows of each of these.
    side: usize,
    /// Makes one list of one of these and the pixels that its half adds.
    side_merge: Network,
    /// Rows of each list that is added to the core.
    each: usize,
    core: CoreMerge,
}

#[derive(Debug)]
enum CoreMerge {
    Lists(Network),
    /// The last: the median comes after so many of the core and the list that is added.
    Median(usize),
}

/// A tile on its way to single pixels: where its lists are in the memory.
#[derive(Clone, Copy, Default)]
struct Tile {
    /// Its first pixel, across and down.
    at: [usize; 2],
    /// Sorted pixels of all its squares.
    core: [usize; 2],
    /// Along each axis, the lists before the core and those after it.
    sides: [[usize; 2]; 2],
    /// Where the memory is free.
    end: usize,
    /// Halves of it that are done.
    halves: usize,
}

impl Squares {
    /// Of this many pixels a side, which is odd and from 3 to 51. They are worked out once and then kept.
    pub(super) fn of(side: usize) -> &'static Self {
        static KNOWN: [OnceLock<Squares>; 25] = [const { OnceLock::new() }; 25];
        KNOWN[(side / 2).saturating_sub(1).min(KNOWN.len() - 1)].get_or_init(|| Self::new(side))
    }

    fn new(side: usize) -> Self {
        // What has proved the fastest: less is done for each pixel of a larger tile, of which the core is smaller.
        let tile = match side {
            3 => 2,
            5..=9 => 4,
            11..=15 => 8,
            _ => 16,
        };
        let (all, middle) = (side * side, side * side / 2);
        let inner = side - tile + 1;
        // Which of this many sorted pixels of a square may be its median.
        let keep = |known: usize| (middle + known).saturating_sub(all)..(middle + 1).min(known);
        let mut kept = keep(inner * inner);
        let core = Network::new(0, inner, inner, kept.clone());
        let footprint = side + tile - 1;
        let mut rows = footprint * footprint + footprint * inner + 2 * (tile - 1) * inner;
        let mut most_merged = core.rows();
        rows += core.kept();
        let mut size = [tile; 2];
        let mut halvings = Vec::new();
        while size != [1, 1] {
            let axis = usize::from(size[0] < size[1]);
            let half = size[axis] / 2;
            let each = side + 1 - size[1 - axis];
            let across = side + 1 - size[axis];
            let known = (across + half) * each;
            let (before, have) = (kept.start, kept.len());
            kept = keep(known);
            let merge = if size[0] + size[1] == 3 {
                CoreMerge::Median(middle - before)
            } else {
                let network = Network::new(have, half, each, kept.start - before..kept.end - before);
                rows += network.kept();
                most_merged = most_merged.max(network.rows());
                CoreMerge::Lists(network)
            };
            let sides = size[1 - axis] - 1;
            let side_merge = Network::new(across, half, 1, 0..across + half);
            rows += 2 * sides * (across + half);
            most_merged = most_merged.max(across + half);
            halvings.push(Halving { axis, half, sides, side: across, side_merge, each, core: merge });
            size[axis] = half;
        }
        rows += most_merged + tile * tile;
        Self { side, tile, sort: Network::new(0, inner, 1, 0..inner), core, halvings, rows }
    }

    /// Pixels of a side of what all squares of a tile cover.
    pub(super) fn footprint(&self) -> usize {
        self.side + self.tile - 1
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let of_halving = |halving: &Halving| {
            let core = match &halving.core {
                CoreMerge::Lists(network) => network.bytes(),
                CoreMerge::Median(_) => 0,
            };
            size_of::<Halving>() + halving.side_merge.bytes() + core
        };
        self.sort.bytes() + self.core.bytes() + self.halvings.iter().map(of_halving).sum::<usize>()
    }

    /// Finds the medians of a tile. The memory has [`Self::rows`]: what the squares cover comes first, row by row, and
    /// in the end there are the medians.
    #[inline(always)]
    pub(super) fn run<K: Keys>(&self, memory: &mut [K]) {
        let footprint = self.footprint();
        let inner = self.side + 1 - self.tile;
        let beside = self.tile - 1;
        let (medians, rest) = (footprint * footprint, memory.len() - self.tile * self.tile);
        let (memory, out) = memory.split_at_mut(rest);
        let mut end = medians;
        // Columns, those of the core in the middle.
        let columns = end;
        for x in 0..footprint {
            let (pixels, free) = memory.split_at_mut(end);
            let (list, work) = free.split_at_mut(inner);
            for (y, row) in work[..inner].iter_mut().enumerate() {
                *row = pixels[(beside + y) * footprint + x];
            }
            self.sort.run(work, list);
            end += inner;
        }
        let rows = end;
        for y in (0..beside).chain(self.side..footprint) {
            let (pixels, free) = memory.split_at_mut(end);
            let (list, work) = free.split_at_mut(inner);
            work[..inner].copy_from_slice(&pixels[y * footprint + beside..][..inner]);
            self.sort.run(work, list);
            end += inner;
        }
        let core = [end, self.core.kept()];
        let (lists, free) = memory.split_at_mut(end);
        let (list, work) = free.split_at_mut(core[1]);
        let in_core = &lists[columns + beside * inner..][..inner * inner];
        work[..in_core.len()].copy_from_slice(in_core);
        self.core.run(work, list);
        end += core[1];
        let sides = [[columns, columns + self.side * inner], [rows, rows + beside * inner]];
        let mut tiles = [Tile::default(); MOST_HALVINGS];
        tiles[0] = Tile { at: [0, 0], core, sides, end, halves: 0 };
        let mut level = 0;
        loop {
            let tile = tiles[level];
            if tile.halves == 2 {
                if level == 0 {
                    break;
                }
                level -= 1;
                continue;
            }
            tiles[level].halves += 1;
            if let Some(half) = self.half(&self.halvings[level], &tile, memory, out) {
                level += 1;
                tiles[level] = half;
            }
        }
    }

    /// Makes the next half of a tile; nothing is left to be halved where that is a pixel, of which the median is written.
    #[inline(always)]
    fn half<K: Keys>(&self, halving: &Halving, tile: &Tile, memory: &mut [K], out: &mut [K]) -> Option<Tile> {
        let Halving { axis, half, sides, side, side_merge, each, core } = halving;
        let (axis, half, sides, side, each, nth) = (*axis, *half, *sides, *side, *each, tile.halves);
        let other = 1 - axis;
        // The lists that are added lie before the core for the first half, and after it for the second.
        let first_added = if nth == 0 { half - 1 } else { 0 };
        let added = tile.sides[axis][nth] + first_added * each;
        let mut at = tile.at;
        at[axis] += nth * half;
        let [old_core, kept] = tile.core;
        let mut end = tile.end;
        let network = match core {
            CoreMerge::Median(before) => {
                let median = nth_of_two(&memory[old_core..][..kept], &memory[added..][..each], *before);
                out[at[1] * self.tile + at[0]] = median;
                return None;
            }
            CoreMerge::Lists(network) => network,
        };
        let (lists, free) = memory.split_at_mut(end);
        let (list, work) = free.split_at_mut(network.kept());
        work[..kept].copy_from_slice(&lists[old_core..][..kept]);
        work[kept..][..half * each].copy_from_slice(&lists[added..][..half * each]);
        network.run(work, list);
        let core = [end, network.kept()];
        end += network.kept();
        // What the lists along the other axis get in addition are pixels in the corners.
        let strides = [1, self.footprint()];
        let corner = tile.at[axis] + if nth == 0 { half - 1 } else { self.side };
        let mut new_sides = [0; 2];
        for (is_after, new_side) in new_sides.iter_mut().enumerate() {
            *new_side = end;
            for index in 0..sides {
                let (lists, free) = memory.split_at_mut(end);
                let (list, work) = free.split_at_mut(side + half);
                let old = tile.sides[other][is_after] + index * side;
                work[..side].copy_from_slice(&lists[old..][..side]);
                let line = (tile.at[other] + index + is_after * self.side) * strides[other];
                for (distance, pixel) in work[side..][..half].iter_mut().enumerate() {
                    *pixel = lists[line + (corner + distance) * strides[axis]];
                }
                side_merge.run(work, list);
                end += side + half;
            }
        }
        let mut sides = tile.sides.map(|sides| sides.map(|from| from + nth * half * each));
        sides[other] = new_sides;
        Some(Tile { at, core, sides, end, halves: 0 })
    }
}

/// Tiles have at most 16 pixels a side.
const MOST_HALVINGS: usize = 8;

/// Units of 8 bytes of memory that [`medians`] needs for samples of a type.
pub(super) fn units<K: Key>(squares: &Squares) -> usize {
    (rows::<K>(squares) + 1) * UNITS_OF_KEYS - 1
}

/// Units of a row of keys.
const UNITS_OF_KEYS: usize = 8;

/// Rows of keys: those of a tile, and a line of pixels twice.
fn rows<K: Key>(squares: &Squares) -> usize {
    squares.rows + 2 * line_rows::<K>(squares)
}

/// Rows of keys that a line of pixels takes.
fn line_rows<K: Key>(squares: &Squares) -> usize {
    (squares.tile * (K::Keys::COUNT + beyond(squares))).div_ceil(K::Keys::COUNT)
}

/// This many more tiles than there are keys have pixels in the squares.
fn beyond(squares: &Squares) -> usize {
    squares.footprint().div_ceil(squares.tile)
}

/// The medians of the squares around all pixels, of each colour by itself; the image continues with its last pixels. Samples
/// are given as their bits. The memory has so many [`units`].
pub(super) fn medians<K: Key>(
    samples: &[K],
    ranking: Ranking<K>,
    plane: Plane,
    squares: &Squares,
    out: &mut [K],
    memory: &mut [u64],
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    // Rows of keys that do not begin with a line of the cache would lie in two of them.
    let beyond = memory.as_ptr().addr() / size_of::<u64>() % UNITS_OF_KEYS;
    let first = (UNITS_OF_KEYS - beyond) % UNITS_OF_KEYS;
    let memory: &mut [K::Keys] =
        bytemuck::cast_slice_mut(&mut memory[first..][..rows::<K>(squares) * UNITS_OF_KEYS]);
    for (y, out) in (0..).step_by(squares.tile).zip(out.chunks_mut(plane.row * squares.tile)) {
        cancel.check()?;
        wide(Band { samples, ranking, plane, squares, y, out, memory });
    }
    Ok(())
}

/// The medians of as many rows as a tile has.
struct Band<'a, K: Key> {
    /// All of the image.
    samples: &'a [K],
    ranking: Ranking<K>,
    plane: Plane,
    squares: &'a Squares,
    /// The first of the rows.
    y: usize,
    out: &'a mut [K],
    memory: &'a mut [K::Keys],
}

impl<K: Key> Wide for Band<'_, K> {
    type Output = ();
    const IS_COMMON: bool = K::IS_COMMON;

    #[inline(always)]
    fn run<S: Simd>(self, _vectors: S) {
        let Self { samples, ranking, plane: Plane { row, pixel }, squares, y, out, memory } = self;
        let (tile, footprint, reach) = (squares.tile, squares.footprint(), squares.side / 2);
        let count = K::Keys::COUNT;
        let last = samples.len() / row - 1;
        let (tile_memory, lines) = memory.split_at_mut(squares.rows);
        let (line, phases) = lines.split_at_mut(lines.len() / 2);
        let line: &mut [K] = bytemuck::cast_slice_mut(line);
        let phases: &mut [K] = bytemuck::cast_slice_mut(phases);
        // Tiles that lie side by side, and those beyond that have pixels in their squares.
        let tiles = count + beyond(squares);
        for colour in 0..pixel {
            for start in (0..row / pixel).step_by(count * tile) {
                for (nth, keys) in
                    tile_memory[..footprint * footprint].chunks_exact_mut(footprint).enumerate()
                {
                    let from = (y + nth).saturating_sub(reach).min(last) * row;
                    let line = &mut line[..tiles * tile];
                    take_line(&samples[from..][..row], pixel, colour, start, reach, line);
                    line.iter_mut().for_each(|key| *key = ranking.rank(*key));
                    // Pixels that have the same place in their tiles come together.
                    for (nth, pixels) in line.chunks_exact(tile).enumerate() {
                        for (phase, key) in pixels.iter().enumerate() {
                            phases[phase * tiles + nth] = *key;
                        }
                    }
                    for (x, keys) in keys.iter_mut().enumerate() {
                        let pixels = &phases[x % tile * tiles + x / tile..][..count];
                        bytemuck::cast_slice_mut(std::slice::from_mut(keys)).copy_from_slice(pixels);
                    }
                }
                squares.run(tile_memory);
                let medians = &tile_memory[tile_memory.len() - tile * tile..];
                for (out, medians) in out.chunks_exact_mut(row).zip(medians.chunks_exact(tile)) {
                    for (x, medians) in (start..).zip(medians) {
                        let places = (x * pixel + colour..row).step_by(tile * pixel);
                        for (at, median) in places.zip(medians.as_ref()) {
                            out[at] = ranking.bits(*median);
                        }
                    }
                }
            }
        }
    }
}

/// Takes pixels from `reach` before the start on; the row continues with its first and its last pixel.
#[inline(always)]
fn take_line<K: Key>(row: &[K], pixel: usize, colour: usize, start: usize, reach: usize, line: &mut [K]) {
    let width = row.len() / pixel;
    let before = reach.saturating_sub(start).min(line.len());
    let first = (start + before).saturating_sub(reach).min(width);
    let (ahead, inside) = line.split_at_mut(before);
    let there = inside.len().min(width - first);
    let (inside, after) = inside.split_at_mut(there);
    ahead.fill(row[colour]);
    if pixel == 1 {
        inside.copy_from_slice(&row[first..][..there]);
    } else {
        let samples = row[first * pixel..].iter().skip(colour).step_by(pixel);
        inside.iter_mut().zip(samples).for_each(|(key, sample)| *key = *sample);
    }
    after.fill(row[row.len() - pixel + colour]);
}
