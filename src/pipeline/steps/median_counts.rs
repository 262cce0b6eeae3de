//! The median of a square around each pixel of 8 or 16 bits, in a time that does not depend on the size of the square.
//!
//! After Perreault and Hébert, "Median Filtering in Constant Time" (2007). Each column has counts of its pixels in the rows
//! of the square, of which one comes and one goes from row to row; the counts of the square are those of its columns, of
//! which one comes and one goes from pixel to pixel, all counts at once in vectors. A count is of a bin of neighbouring
//! values. Where that is several values, those of the bins in which medians lie are counted one by one, too, in the same
//! way. The median is searched for from where the last one was.

use fearless_simd::{Simd, SimdBase, SimdWiden};

use super::gaussian::Plane;
use super::networks::{Key, Ranking};
use super::wide::{Wide, wide};
use crate::cancel::{Cancel, Cancelled};

/// Bins of values.
const BINS: usize = 256;

/// Counts of single values that a column has, for as many bins as that is enough for.
const FINE: usize = 2048;

/// Columns of which the medians are found one after the other: what their counts take stays in the processor's cache.
const STRIP: usize = 128;

/// Whether this is faster than to put squares in order, as found for samples of this many bytes.
pub(super) fn is_faster(reach: usize, sample_bytes: usize) -> bool {
    match sample_bytes {
        1 => reach >= 7,
        2 => reach >= 14,
        _ => false,
    }
}

/// Units of 8 bytes of memory that [`medians`] needs.
pub(super) fn units(reach: usize) -> usize {
    ((STRIP + 2 * reach) * (BINS + FINE) + FINE * size_of::<u16>()) / size_of::<u64>()
}

/// Counts that a list has at least, of which it has several times as many: as many as the widest vector.
const TOGETHER: usize = 64;

/// All bits for the counts below a level, and none for the others: what is wanted of it begins so far before the middle.
const BELOW: [u16; 2 * BINS] = {
    let mut bits = [0; 2 * BINS];
    let mut at = 0;
    while at < BINS {
        bits[at] = u16::MAX;
        at += 1;
    }
    bits
};

/// How often values occur in a square, and the median as it was found last.
#[derive(Clone, Copy, Default)]
struct Sought {
    /// A value or a bin.
    level: usize,
    /// This many pixels of the square lie below it.
    below: u16,
}

impl Sought {
    /// Takes a column into the counts and another one out.
    #[inline(always)]
    fn slide<S: Simd>(&mut self, vectors: S, counts: &mut [u16], comes: &[u8], goes: &[u8]) {
        let (bytes, half) = (S::u8s::LEN, S::u16s::LEN);
        let load = |counts: &[u8]| S::u8s::from_slice(vectors, counts).widen();
        let is_below = &BELOW[BINS - self.level..][..counts.len()];
        let mut below = S::u16s::splat(vectors, 0);
        let columns = comes.chunks_exact(bytes).zip(goes.chunks_exact(bytes));
        for ((counts, is_below), (comes, goes)) in
            counts.chunks_exact_mut(bytes).zip(is_below.chunks_exact(bytes)).zip(columns)
        {
            let ((comes, more_comes), (goes, more_goes)) = (load(comes), load(goes));
            for (at, more) in [(0, comes - goes), (half, more_comes - more_goes)] {
                let counts = &mut counts[at..at + half];
                (S::u16s::from_slice(vectors, counts) + more).store_slice(counts);
                below += more & S::u16s::from_slice(vectors, &is_below[at..at + half]);
            }
        }
        self.below = self.below.wrapping_add(below.reduce_sum());
    }

    /// Counts some columns again, each of which has so many counts.
    #[inline(always)]
    fn count<'a, S: Simd>(
        &mut self,
        vectors: S,
        counts: &mut [u16],
        columns: impl Iterator<Item = &'a [u8]>,
    ) {
        let (bytes, half) = (S::u8s::LEN, S::u16s::LEN);
        counts.fill(0);
        for column in columns {
            for (counts, column) in counts.chunks_exact_mut(bytes).zip(column.chunks_exact(bytes)) {
                let (more, rest) = S::u8s::from_slice(vectors, column).widen();
                for (at, more) in [(0, more), (half, rest)] {
                    let counts = &mut counts[at..at + half];
                    (S::u16s::from_slice(vectors, counts) + more).store_slice(counts);
                }
            }
        }
        self.below = counts[..self.level].iter().sum();
    }

    /// Goes to where this many pixels lie below.
    #[inline(always)]
    fn find(&mut self, counts: &[u16], before: u16) {
        while self.below > before && self.level > 0 {
            self.level -= 1;
            self.below -= counts[self.level];
        }
        while self.level + 1 < counts.len() && self.below + counts[self.level] <= before {
            self.below += counts[self.level];
            self.level += 1;
        }
    }
}

/// How values come to bins.
#[derive(Clone, Copy)]
struct Scale {
    /// The key of the lowest value.
    low: u64,
    /// Values of a bin are so many powers of two.
    shift: u32,
}

/// The medians of the squares around all pixels, of each colour by itself; the image continues with its last pixels. Samples
/// are given as their bits, and are at least one. The memory has so many [`units`].
pub(super) fn medians<K: Key>(
    samples: &[K],
    ranking: Ranking<K>,
    plane: Plane,
    reach: usize,
    out: &mut [K],
    memory: &mut [u64],
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let wider = |(low, high): (K, K), bits: &K| {
        let key = ranking.rank(*bits);
        (low.min(key), high.max(key))
    };
    let (low, high) = samples.iter().fold((K::of(u64::MAX), K::of(0)), wider);
    let (low, high): (u64, u64) = (low.into(), high.into());
    let scale = Scale { low, shift: (u64::BITS - (high - low).leading_zeros()).saturating_sub(BINS.ilog2()) };
    for colour in 0..plane.pixel {
        for start in (0..plane.row / plane.pixel).step_by(STRIP) {
            let image = Image { samples, ranking, plane, colour, scale };
            wide(Strip { image, reach, start, out, memory, cancel })?;
        }
    }
    Ok(())
}

/// One colour of an image.
#[derive(Clone, Copy)]
struct Image<'a, K> {
    samples: &'a [K],
    ranking: Ranking<K>,
    plane: Plane,
    colour: usize,
    scale: Scale,
}

impl<K: Key> Image<'_, K> {
    /// A row of the image; the first are those beyond the border, of which there are as many as the square reaches.
    #[inline(always)]
    fn row(&self, row: usize, reach: usize) -> &[K] {
        let len = self.plane.row;
        let y = row.saturating_sub(reach).min(self.samples.len() / len - 1);
        &self.samples[y * len..][..len]
    }

    /// How far a value of a row lies above the lowest, likewise.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)] // of up to 16 bits
    fn value(&self, row: &[K], column: usize, reach: usize) -> usize {
        let Plane { row: len, pixel } = self.plane;
        let x = column.saturating_sub(reach).min(len / pixel - 1);
        (self.ranking.rank(row[x * pixel + self.colour]).into() - self.scale.low) as usize
    }
}

/// Some columns of an image.
struct Strip<'a, K> {
    image: Image<'a, K>,
    reach: usize,
    /// The first column.
    start: usize,
    out: &'a mut [K],
    memory: &'a mut [u64],
    cancel: &'a Cancel,
}

impl<K: Key> Wide for Strip<'_, K> {
    type Output = Result<(), Cancelled>;
    const IS_COMMON: bool = K::IS_COMMON;

    #[inline(always)]
    fn run<S: Simd>(self, vectors: S) -> Result<(), Cancelled> {
        let Self { image, reach, start, out, memory, cancel } = self;
        let Image { ranking, plane: Plane { row: len, pixel }, colour, scale: Scale { low, shift }, .. } =
            image;
        let side = 2 * reach + 1;
        #[allow(clippy::cast_possible_truncation)] // at most 51 x 51
        let middle = (side * side / 2) as u16;
        let width = STRIP.min(len / pixel - start);
        let columns = width + 2 * reach;
        let memory: &mut [u8] = bytemuck::cast_slice_mut(memory);
        let (coarse, memory) = memory.split_at_mut(columns * BINS);
        let (fine, memory) = memory.split_at_mut(columns * FINE);
        let fine_counts: &mut [u16] = bytemuck::cast_slice_mut(&mut memory[..FINE * size_of::<u16>()]);
        // Values of a bin, and counts that are made of them.
        let values = 1 << shift;
        let long = TOGETHER.max(values);
        let mut bins = Bins::new(FINE / long);
        let mut counts = [0; BINS];
        let mut coarse_at = Sought::default();
        coarse.fill(0);
        for row in (0..side).map(|row| image.row(row, reach)) {
            for (column, counts) in coarse.chunks_exact_mut(BINS).enumerate() {
                counts[image.value(row, start + column, reach) >> shift] += 1;
            }
        }
        for (y, out) in out.chunks_exact_mut(len).enumerate() {
            cancel.check()?;
            if y > 0 {
                let columns = coarse.chunks_exact_mut(BINS).zip(fine.chunks_exact_mut(FINE));
                let (comes, goes) = (image.row(y + side - 1, reach), image.row(y - 1, reach));
                for (column, (coarse, fine)) in (start..).zip(columns) {
                    for (row, more) in [(comes, 1), (goes, u8::MAX)] {
                        let value = image.value(row, column, reach);
                        let bin = value >> shift;
                        coarse[bin] = coarse[bin].wrapping_add(more);
                        if let Some(place) = bins.place(bin).filter(|_| values > 1) {
                            let count = &mut fine[place * long + (value & (values - 1))];
                            *count = count.wrapping_add(more);
                        }
                    }
                }
            }
            coarse_at.count(vectors, &mut counts, (0..side).map(|column| &coarse[column * BINS..][..BINS]));
            bins.begin_row();
            for x in 0..width {
                if x > 0 {
                    let column = |column: usize| &coarse[column * BINS..][..BINS];
                    coarse_at.slide(vectors, &mut counts, column(x + side - 1), column(x - 1));
                }
                coarse_at.find(&counts, middle);
                let bin = coarse_at.level;
                let mut value = bin << shift;
                if values > 1 {
                    let place = bins.place(bin).unwrap_or_else(|| {
                        let place = bins.take(bin);
                        fine.chunks_exact_mut(FINE).for_each(|column| column[place * long..][..long].fill(0));
                        for row in (y..y + side).map(|row| image.row(row, reach)) {
                            for (column, counts) in (start..).zip(fine.chunks_exact_mut(FINE)) {
                                let value = image.value(row, column, reach);
                                if value >> shift == bin {
                                    counts[place * long + (value & (values - 1))] += 1;
                                }
                            }
                        }
                        place
                    });
                    let of_column =
                        |column: usize| column * FINE + place * long..column * FINE + (place + 1) * long;
                    let counts = &mut fine_counts[place * long..][..long];
                    let (sought, at) = bins.sought(place);
                    match at.replace(x) {
                        Some(before) if x - before <= reach => {
                            for x in before + 1..=x {
                                sought.slide(
                                    vectors,
                                    counts,
                                    &fine[of_column(x + side - 1)],
                                    &fine[of_column(x - 1)],
                                );
                            }
                        }
                        _ => sought.count(
                            vectors,
                            counts,
                            (x..x + side).map(|column| &fine[of_column(column)]),
                        ),
                    }
                    sought.find(counts, middle - coarse_at.below);
                    value += sought.level;
                }
                out[(start + x) * pixel + colour] = ranking.bits(K::of(low + value as u64));
            }
        }
        Ok(())
    }
}

/// The bins of which single values are counted.
struct Bins {
    /// The place of each bin, if it has one.
    places: [Option<u8>; BINS],
    /// The bin at each place, what is searched for in it, and for which pixel of the row.
    at: [(Option<u8>, Sought, Option<usize>); BINS],
    /// How many places there are, and which is taken next.
    count: usize,
    next: usize,
}

#[allow(clippy::cast_possible_truncation)] // of 256 bins
impl Bins {
    #[inline(always)]
    fn new(count: usize) -> Self {
        let at = [(None, Sought::default(), None); BINS];
        Self { places: [None; BINS], at, count: count.min(BINS), next: 0 }
    }

    #[inline(always)]
    fn place(&self, bin: usize) -> Option<usize> {
        self.places[bin].map(usize::from)
    }

    /// A place for another bin, in turn.
    #[inline(always)]
    fn take(&mut self, bin: usize) -> usize {
        let place = self.next;
        self.next = (place + 1) % self.count;
        if let Some(before) = self.at[place].0.replace(bin as u8) {
            self.places[usize::from(before)] = None;
        }
        self.places[bin] = Some(place as u8);
        (self.at[place].1, self.at[place].2) = (Sought::default(), None);
        place
    }

    #[inline(always)]
    fn begin_row(&mut self) {
        self.at[..self.count].iter_mut().for_each(|(_, _, at)| *at = None);
    }

    #[inline(always)]
    fn sought(&mut self, place: usize) -> (&mut Sought, &mut Option<usize>) {
        let (_, sought, at) = &mut self.at[place];
        (sought, at)
    }
}
