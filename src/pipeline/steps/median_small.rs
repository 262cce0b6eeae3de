//! The median of the 3 × 3 or 5 × 5 pixels around each pixel, in vectors along the rows.
//!
//! Each column of a row's squares is put in order once for all squares that it is in. Then all that is done is
//! exchanging, the same for each pixel, so that the processor does it to as many as a vector has.

use fearless_simd::{Simd, SimdBase};

use super::gaussian::Plane;
use super::networks::Key;
use super::sample::Sample;
use super::wide::Wide;

/// Samples of a row of which the medians are found together, and those beside them that their squares need, at most: what
/// is put in order stays in the processor's cache, on the stack.
const STRIP: usize = 512;
const BESIDE: usize = 32;

/// The most samples of a vector.
const WIDEST: usize = 64;

/// Whether a square of so many pixels a side is small, in an image of so many samples a pixel.
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

/// The medians of some rows of an image.
pub(super) struct SmallMedians<'a, T, const SIDE: usize> {
    /// All of the image.
    pub(super) samples: &'a [T],
    pub(super) plane: Plane,
    /// The first of the rows.
    pub(super) y: usize,
    pub(super) out: &'a mut [T],
}

impl<T: Sample, const SIDE: usize> Wide for SmallMedians<'_, T, SIDE>
where
    Square: Small<SIDE>,
{
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, vectors: S) {
        let Self { samples, plane: Plane { row, pixel }, y, out } = self;
        let last = samples.len() / row - 1;
        let mut strip = Strip::<T::Key, SIDE>::new();
        for (y, out) in (y..).zip(out.chunks_exact_mut(row)) {
            for start in (0..row).step_by(STRIP) {
                let out = &mut out[start..row.min(start + STRIP)];
                for nth in 0..SIDE {
                    let line = (y + nth).saturating_sub(SIDE / 2).min(last);
                    strip.take(nth, &samples[line * row..][..row], pixel, start, out.len());
                }
                strip.find(vectors, pixel, out.len());
                for (out, median) in out.iter_mut().zip(&strip.medians) {
                    *out = T::of_rank(*median);
                }
            }
        }
    }
}

/// A part of a row, and what its squares reach.
struct Strip<K, const SIDE: usize> {
    keys: [[K; STRIP + 2 * BESIDE + WIDEST]; SIDE],
    medians: [K; STRIP + WIDEST],
}

impl<K: Key, const SIDE: usize> Strip<K, SIDE>
where
    Square: Small<SIDE>,
{
    fn new() -> Self {
        let zero = K::from(0);
        Self { keys: [[zero; STRIP + 2 * BESIDE + WIDEST]; SIDE], medians: [zero; STRIP + WIDEST] }
    }

    /// Takes the nth of the rows, which goes on with its first and its last pixel.
    #[inline(always)]
    fn take<T: Sample<Key = K>>(&mut self, nth: usize, row: &[T], pixel: usize, start: usize, len: usize) {
        let beside = SIDE / 2 * pixel;
        let before = beside.saturating_sub(start);
        let first = (start + before).saturating_sub(beside);
        let (ahead, inside) = self.keys[nth][..len + 2 * beside].split_at_mut(before);
        let there = inside.len().min(row.len() - first);
        let (inside, after) = inside.split_at_mut(there);
        for (key, sample) in inside.iter_mut().zip(&row[first..]) {
            *key = sample.rank();
        }
        for (keys, end) in [(ahead, &row[..pixel]), (after, &row[row.len() - pixel..])] {
            for (key, sample) in keys.iter_mut().zip(end.iter().cycle()) {
                *key = sample.rank();
            }
        }
    }

    /// Finds as many medians, and uses up the keys.
    #[inline(always)]
    fn find<S: Simd>(&mut self, vectors: S, pixel: usize, len: usize) {
        let count = K::Vector::<S>::LEN;
        let zero = K::Vector::splat(vectors, K::from(0));
        let load = |keys: &[K], at: usize| K::Vector::from_slice(vectors, &keys[at..at + count]);
        for at in (0..len + SIDE / 2 * 2 * pixel).step_by(count) {
            let mut column = [zero; SIDE];
            for (key, keys) in column.iter_mut().zip(&self.keys) {
                *key = load(keys, at);
            }
            for (key, keys) in Square::sorted(column).iter().zip(&mut self.keys) {
                key.store_slice(&mut keys[at..at + count]);
            }
        }
        for at in (0..len).step_by(count) {
            let mut square = [[zero; SIDE]; SIDE];
            for (across, keys) in square.iter_mut().zip(&self.keys) {
                for (nth, key) in across.iter_mut().enumerate() {
                    *key = load(keys, at + nth * pixel);
                }
            }
            Square::median(square).store_slice(&mut self.medians[at..at + count]);
        }
    }
}
