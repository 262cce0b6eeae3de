//! The median of the 3 × 3 or 5 × 5 pixels around each pixel, in vectors along the rows.
//!
//! Each column of a row's squares is put in order once for all squares that it is in. Then all that is done is
//! exchanging, the same for each pixel, so that the processor does it to as many as a vector has.

use std::array::from_fn;

use bytemuck::Zeroable;
use fearless_simd::{Simd, SimdBase};

use super::gaussian::Plane;
use super::networks::{Key, Keys, Ranking};
use super::wide::Wide;

/// Bytes of a row of which the medians are found together: what is put in order stays in the processor's cache, on the
/// stack, and rows are read in pieces so long that the processor foresees what comes next.
const STRIP_BYTES: usize = 2048;
/// The most samples of them, and of those beside them that their squares need.
const STRIP: usize = 1024;
const BESIDE: usize = 32;

/// The most samples of a vector.
const WIDEST: usize = 64;

/// Whether a square of this many pixels a side is small, in an image of this many samples a pixel.
pub(super) fn is_small(side: usize, pixel: usize) -> bool {
    (side == 3 || side == 5) && side / 2 * pixel <= BESIDE
}

/// Puts the one with the smaller key first, for each pair of places.
macro_rules! exchange {
    ($of:ident, $($one:literal $other:literal),+) => {
        $(($of[$one], $of[$other]) = ($of[$one].min($of[$other]), $of[$one].max($of[$other]));)+
    };
}

/// Medians of small squares.
pub(super) trait Small<const SIDE: usize> {
    /// Puts a column in order.
    fn sorted<S: Simd, K: SimdBase<S>>(column: [K; SIDE]) -> [K; SIDE];
    /// The median of a square; first the least of each column, then those that come next, and so on.
    fn median<S: Simd, K: SimdBase<S>>(square: [[K; SIDE]; SIDE]) -> K;
}

/// Squares of 3 × 3 and of 5 × 5.
pub(super) struct Square;

impl Small<3> for Square {
    #[inline(always)]
    fn sorted<S: Simd, K: SimdBase<S>>(mut column: [K; 3]) -> [K; 3] {
        exchange!(column, 0 1, 1 2, 0 1);
        column
    }

    #[inline(always)]
    fn median<S: Simd, K: SimdBase<S>>([least, middle, most]: [[K; 3]; 3]) -> K {
        let mut of_three = [
            least[0].max(least[1]).max(least[2]),
            Self::sorted(middle)[1],
            most[0].min(most[1]).min(most[2]),
        ];
        exchange!(of_three, 0 1, 1 2, 0 1);
        of_three[1]
    }
}

impl Small<5> for Square {
    #[inline(always)]
    fn sorted<S: Simd, K: SimdBase<S>>(mut column: [K; 5]) -> [K; 5] {
        exchange!(column, 0 3, 1 4, 0 2, 1 3, 0 1, 2 4, 1 2, 3 4, 2 3);
        column
    }

    #[inline(always)]
    fn median<S: Simd, K: SimdBase<S>>(square: [[K; 5]; 5]) -> K {
        // In order across, too, what is not above at least 12 others nor below at least 12.
        let [a, b, c, d, e] = square;
        let [a, b, c, d, e] =
            [Self::sorted(a), Self::sorted(b), Self::sorted(c), Self::sorted(d), Self::sorted(e)];
        let mut of = [a[3], a[4], b[2], b[3], b[4], c[1], c[2], c[3], d[0], d[1], d[2], e[0], e[1]];
        exchange!(of, 2 5, 4 7, 4 5, 3 6, 3 4, 6 5, 0 11, 1 12, 1 11, 0 8, 11 10, 11 8, 1 9, 12 9, 1 11, 12 8, 9 10, 2 0, 5 8, 5 0, 4 11, 10 11, 10 0, 3 1, 7 9, 7 1, 6 12, 6 7, 7 10);
        of[10]
    }
}

/// The medians of some rows of an image, of which samples are given as their bits.
pub(super) struct SmallMedians<'a, K, const SIDE: usize> {
    /// All of the image.
    pub(super) samples: &'a [K],
    pub(super) ranking: Ranking<K>,
    pub(super) plane: Plane,
    /// The first of the rows.
    pub(super) y: usize,
    pub(super) out: &'a mut [K],
}

impl<K: Key, const SIDE: usize> Wide for SmallMedians<'_, K, SIDE>
where
    Square: Small<SIDE>,
{
    type Output = ();
    const IS_COMMON: bool = K::IS_COMMON;
    const IS_LONG: bool = K::IS_SHORT;

    #[inline(always)]
    fn run<S: Simd>(self, vectors: S) {
        let Self { samples, ranking, plane: Plane { row, pixel }, y: first, out } = self;
        let last = samples.len() / row - 1;
        let mut strip = Strip::<K, SIDE>::new();
        let strip_len = STRIP.min(STRIP_BYTES / size_of::<K>());
        for start in (0..row).step_by(strip_len) {
            let len = strip_len.min(row - start);
            let beside = SIDE / 2 * pixel;
            let inside = start.saturating_sub(beside)..(start + len + beside).min(row);
            let before = beside - (start - inside.start);
            for nth in 0..out.len() / row + SIDE - 1 {
                // The rows of the squares that end with this one, in any order.
                let row_of = |place: usize| {
                    let y = (first + place).saturating_sub(SIDE / 2).min(last);
                    &samples[y * row..][inside.clone()]
                };
                if !ranking.is_plain() {
                    strip.rank(nth % SIDE, row_of(nth), ranking);
                }
                // Until all rows are there that a square reaches.
                let Some(done) = nth.checked_sub(SIDE - 1) else { continue };
                strip.sort(vectors, from_fn(|place| row_of(done + place)), ranking, before);
                strip.go_on(pixel, before..before + inside.len(), len + 2 * beside);
                let out = &mut out[done * row + start..][..len];
                strip.find(vectors, pixel, out);
                if !ranking.is_plain() {
                    out.iter_mut().for_each(|median| *median = ranking.bits(*median));
                }
            }
        }
    }
}

/// A part of a row, and what its squares reach.
struct Strip<K, const SIDE: usize> {
    /// The keys of each row in any order, where they are not its samples.
    rows: [[K; STRIP + 2 * BESIDE]; SIDE],
    /// The least of each column, then those that come next, and so on.
    sorted: [[K; STRIP + 2 * BESIDE + WIDEST]; SIDE],
}

impl<K: Key, const SIDE: usize> Strip<K, SIDE>
where
    Square: Small<SIDE>,
{
    fn new() -> Self {
        let zero = K::from(0);
        Self { rows: [[zero; STRIP + 2 * BESIDE]; SIDE], sorted: [[zero; STRIP + 2 * BESIDE + WIDEST]; SIDE] }
    }

    /// Takes the keys of a row in the nth place.
    #[inline(always)]
    fn rank(&mut self, nth: usize, row: &[K], ranking: Ranking<K>) {
        self.rows[nth].iter_mut().zip(row).for_each(|(key, sample)| *key = ranking.rank(*sample));
    }

    /// Puts the columns of rows in order, which are as long as each other, behind so many places.
    #[inline(always)]
    fn sort<S: Simd>(&mut self, vectors: S, samples: [&[K]; SIDE], ranking: Ranking<K>, before: usize) {
        let len = samples[0].len();
        let rows = match ranking.is_plain() {
            true => samples,
            false => self.rows.each_ref().map(|keys| &keys[..len]),
        };
        let whole = len - len % K::Keys::COUNT;
        let blocks = rows.map(|row| bytemuck::cast_slice::<K, K::Keys>(&row[..whole]));
        let mut sorted = self.sorted.each_mut().map(|keys| {
            bytemuck::cast_slice_mut::<K, K::Keys>(&mut keys[before..][..whole + K::Keys::COUNT])
        });
        for block in 0..whole / K::Keys::COUNT {
            sort_block::<S, K, SIDE>(vectors, blocks.each_ref().map(|row| &row[block]), &mut sorted, block);
        }
        let rest: [K::Keys; SIDE] = rows.map(|row| {
            let mut keys = K::Keys::zeroed();
            keys.as_mut()[..len - whole].copy_from_slice(&row[whole..]);
            keys
        });
        sort_block::<S, K, SIDE>(vectors, rest.each_ref(), &mut sorted, whole / K::Keys::COUNT);
    }

    /// Columns before and after those at these places are like the first and the last pixel of them.
    #[inline(always)]
    fn go_on(&mut self, pixel: usize, inside: std::ops::Range<usize>, end: usize) {
        for keys in &mut self.sorted {
            for place in (0..inside.start).rev() {
                keys[place] = keys[place + pixel];
            }
            for place in inside.end..end {
                keys[place] = keys[place - pixel];
            }
        }
    }

    /// Finds as many medians.
    #[inline(always)]
    fn find<S: Simd>(&self, vectors: S, pixel: usize, out: &mut [K]) {
        let (whole, rest) = out.split_at_mut(out.len() / K::Keys::COUNT * K::Keys::COUNT);
        let whole: &mut [K::Keys] = bytemuck::cast_slice_mut(whole);
        let blocks = whole.len() + 1;
        let squares: [[&[K::Keys]; SIDE]; SIDE] =
            from_fn(|nth| from_fn(|x| blocks_of(&self.sorted[nth], x * pixel, blocks)));
        let last = whole.len();
        for (block, out) in whole.iter_mut().enumerate() {
            *out = medians_of_block::<S, K, SIDE>(vectors, &squares, block);
        }
        let block: K::Keys = medians_of_block::<S, K, SIDE>(vectors, &squares, last);
        rest.copy_from_slice(&block.as_ref()[..rest.len()]);
    }
}

/// Puts the columns of a block of rows in order.
#[inline(always)]
fn sort_block<S: Simd, K: Key, const SIDE: usize>(
    vectors: S,
    rows: [&K::Keys; SIDE],
    sorted: &mut [&mut [K::Keys]; SIDE],
    block: usize,
) where
    Square: Small<SIDE>,
{
    let count = K::Vector::<S>::LEN;
    for part in (0..K::Keys::COUNT).step_by(count) {
        let mut column = [K::Vector::splat(vectors, K::from(0)); SIDE];
        for (key, row) in column.iter_mut().zip(rows) {
            *key = K::Vector::from_slice(vectors, &row.as_ref()[part..part + count]);
        }
        for (key, sorted) in Square::sorted(column).iter().zip(sorted.iter_mut()) {
            key.store_slice(&mut sorted[block].as_mut()[part..part + count]);
        }
    }
}

/// The medians of a block of squares, given for each place in the sorted columns those that are in the squares.
#[inline(always)]
fn medians_of_block<S: Simd, K: Key, const SIDE: usize>(
    vectors: S,
    squares: &[[&[K::Keys]; SIDE]; SIDE],
    block: usize,
) -> K::Keys
where
    Square: Small<SIDE>,
{
    let count = K::Vector::<S>::LEN;
    let mut out = K::Keys::zeroed();
    for part in (0..K::Keys::COUNT).step_by(count) {
        let mut square = [[K::Vector::splat(vectors, K::from(0)); SIDE]; SIDE];
        for (across, columns) in square.iter_mut().zip(squares) {
            for (key, keys) in across.iter_mut().zip(columns) {
                *key = K::Vector::from_slice(vectors, &keys[block].as_ref()[part..part + count]);
            }
        }
        Square::median(square).store_slice(&mut out.as_mut()[part..part + count]);
    }
    out
}

/// This many blocks of keys from one on.
#[inline(always)]
fn blocks_of<K: Key>(keys: &[K], from: usize, blocks: usize) -> &[K::Keys] {
    bytemuck::cast_slice(&keys[from..][..blocks * K::Keys::COUNT])
}
