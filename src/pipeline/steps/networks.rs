//! Sorting networks over rows of keys: what is exchanged does not depend on the keys, so that each row has the keys of
//! many places, and the processor orders all of them at once.
//!
//! A network merges lists that are in rising order by Batcher's odd-even merge for any two lengths, and has only those
//! exchanges on which the rows depend that are kept.

use std::ops::Range;

use bytemuck::Pod;
use fearless_simd::{Simd, SimdBase, SimdElement};

/// An unsigned number that ranks as a sample does.
pub(super) trait Key: Pod + Ord + From<u8> + Into<u64> + SimdElement + Send + Sync {
    /// As many as a kind of vector has.
    type Vector<S: Simd>: SimdBase<S, Element = Self>;
    /// A row of them in memory, which is as long whatever the vectors.
    type Keys: Keys<Key = Self>;

    /// Whether it has 16 bits at most, so that values can be counted.
    const IS_SHORT: bool;
    /// Whether it has 32 bits at most, as those of the types that images often have.
    #[cfg_attr(target_arch = "aarch64", allow(dead_code))] // which has one kind of vectors
    const IS_COMMON: bool = size_of::<Self>() <= 4;

    /// From the last bits of a number.
    fn of(number: u64) -> Self;
    /// Those of its bits that are set in `turned`, turned over where the highest one is set.
    fn turned_if_high(self, turned: Self) -> Self;
    /// Its bits, those of `other` turned over.
    fn turned_by(self, other: Self) -> Self;
}

/// How the bits of samples come to keys that rank as the samples do. It is data, so that what is done to keys is compiled
/// for these alone and not for each type of sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranking<K> {
    /// The highest bit, where the type has a sign.
    pub(super) sign: K,
    /// The bits that count the other way where there is a sign.
    pub(super) turned: K,
}

impl<K: Key> Ranking<K> {
    /// Whether the bits of a sample are its key, as those of unsigned integers are.
    #[inline(always)]
    pub(super) fn is_plain(self) -> bool {
        self.sign == K::zeroed() && self.turned == K::zeroed()
    }

    /// The key of a sample, given its bits.
    #[inline(always)]
    pub(super) fn rank(self, bits: K) -> K {
        bits.turned_if_high(self.turned).turned_by(self.sign)
    }

    /// The bits of the sample with a key.
    #[inline(always)]
    pub(super) fn bits(self, key: K) -> K {
        key.turned_by(self.sign).turned_if_high(self.turned)
    }
}

/// Keys side by side, as many as the widest vector of a processor has.
pub(super) trait Keys: Pod + AsRef<[Self::Key]> + AsMut<[Self::Key]> {
    /// One of them.
    type Key;
    /// How many they are.
    const COUNT: usize;

    /// The smaller of each two.
    fn smaller(self, other: Self) -> Self;
    /// The larger of each two.
    fn larger(self, other: Self) -> Self;
}

macro_rules! keys {
    ($key:ty, $signed:ty, $vector:ident, $count:literal) => {
        #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)] // bits
        impl Key for $key {
            type Vector<S: Simd> = S::$vector;
            type Keys = [$key; $count];
            const IS_SHORT: bool = Self::BITS <= 16;

            #[inline(always)]
            fn of(number: u64) -> Self {
                number as Self
            }

            #[inline(always)]
            fn turned_if_high(self, turned: Self) -> Self {
                self ^ ((self as $signed >> (Self::BITS - 1)) as Self & turned)
            }

            #[inline(always)]
            fn turned_by(self, other: Self) -> Self {
                self ^ other
            }
        }

        impl Keys for [$key; $count] {
            type Key = $key;
            const COUNT: usize = $count;

            #[inline(always)]
            fn smaller(mut self, other: Self) -> Self {
                for (one, other) in self.iter_mut().zip(other) {
                    *one = (*one).min(other);
                }
                self
            }

            #[inline(always)]
            fn larger(mut self, other: Self) -> Self {
                for (one, other) in self.iter_mut().zip(other) {
                    *one = (*one).max(other);
                }
                self
            }
        }
    };
}

keys!(u8, i8, u8s, 64);
keys!(u16, i16, u16s, 32);
keys!(u32, i32, u32s, 16);
keys!(u64, i64, u64s, 8);

/// The exchanges that merge sorted lists.
#[derive(Debug)]
pub(super) struct Network {
    /// The rows of which the first is to have the smaller keys and the second the larger ones.
    exchanges: Vec<[u16; 2]>,
    /// Where those rows are in the end that are kept, in rising order.
    kept: Vec<u16>,
    /// Rows that go in.
    rows: usize,
}

impl Network {
    /// Merges a list of `first` rows, which may be none, with some others of `each` rows. Of all in rising order those
    /// in `keep` are kept. There are less than 65,536 rows.
    pub(super) fn new(first: usize, others: usize, each: usize, keep: Range<usize>) -> Self {
        let rows = first + others * each;
        let mut exchanges = Vec::new();
        #[allow(clippy::cast_possible_truncation)] // so few rows there are
        let row = |row: usize| row as u16;
        let mut lists: Vec<Vec<u16>> =
            (0..others).map(|list| (0..each).map(|nth| row(first + list * each + nth)).collect()).collect();
        while lists.len() > 1 {
            let pair = |pair: &[Vec<u16>]| match pair {
                [one, other] => merge(&mut exchanges, one, other),
                _ => pair.concat(),
            };
            lists = lists.chunks(2).map(pair).collect();
        }
        let main: Vec<u16> = (0..first).map(row).collect();
        let order = merge(&mut exchanges, &main, &lists.concat());
        let kept = order[keep].to_vec();
        let mut matters = vec![false; rows];
        kept.iter().for_each(|row| matters[usize::from(*row)] = true);
        let mut needed: Vec<[u16; 2]> = Vec::new();
        for exchange in exchanges.into_iter().rev() {
            let [one, other] = exchange.map(usize::from);
            if matters[one] || matters[other] {
                (matters[one], matters[other]) = (true, true);
                needed.push(exchange);
            }
        }
        needed.reverse();
        // Those that wait for others come after all that do not, so that the processor has many to do at once.
        let mut waits = vec![0_u32; rows];
        needed.sort_by_cached_key(|exchange| {
            let [one, other] = exchange.map(usize::from);
            let wait = waits[one].max(waits[other]);
            (waits[one], waits[other]) = (wait + 1, wait + 1);
            wait
        });
        needed.shrink_to_fit();
        Self { exchanges: needed, kept, rows }
    }

    /// Rows that are kept.
    pub(super) fn kept(&self) -> usize {
        self.kept.len()
    }

    /// Rows that go in.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.exchanges.capacity() * size_of::<[u16; 2]>() + self.kept.capacity() * size_of::<u16>()
    }

    /// Merges the rows, which are in the memory one after the other; those that are kept go to `out`.
    #[inline(always)]
    pub(super) fn run<K: Keys>(&self, rows: &mut [K], out: &mut [K]) {
        for [one, other] in &self.exchanges {
            let (one, other) = (usize::from(*one), usize::from(*other));
            let (a, b) = (rows[one], rows[other]);
            rows[one] = a.smaller(b);
            rows[other] = a.larger(b);
        }
        for (out, row) in out.iter_mut().zip(&self.kept) {
            *out = rows[usize::from(*row)];
        }
    }
}

/// Batcher's odd-even merge of two lists of rows. Returns where the rows are in rising order.
fn merge(exchanges: &mut Vec<[u16; 2]>, one: &[u16], other: &[u16]) -> Vec<u16> {
    match (one, other) {
        (list, []) | ([], list) => return list.to_vec(),
        ([one], [other]) => {
            exchanges.push([*one, *other]);
            return vec![*one, *other];
        }
        _ => {}
    }
    let every_second =
        |list: &[u16], from: usize| -> Vec<u16> { list.iter().skip(from).step_by(2).copied().collect() };
    let evens = merge(exchanges, &every_second(one, 0), &every_second(other, 0));
    let odds = merge(exchanges, &every_second(one, 1), &every_second(other, 1));
    let mut order = vec![evens[0]];
    let mut odd = odds.iter();
    for even in &evens[1..] {
        if let Some(odd) = odd.next() {
            exchanges.push([*odd, *even]);
            order.push(*odd);
        }
        order.push(*even);
    }
    order.extend(odd);
    order
}

/// Of two lists in rising order, the row before which `before` others come: the least of the larger ones of all pairs that
/// have so many below them.
#[inline(always)]
pub(super) fn nth_of_two<K: Keys>(one: &[K], other: &[K], before: usize) -> K {
    let all = before + 1;
    // One list alone may have as many.
    let of_one = one.get(all - 1).copied();
    let mut least = match (of_one, other.get(all - 1)) {
        (Some(of_one), Some(of_other)) => of_one.smaller(*of_other),
        (Some(of_one), None) => of_one,
        (None, Some(of_other)) => *of_other,
        (None, None) => K::zeroed(),
    };
    let mut is_first = of_one.is_none() && other.len() < all;
    let from = all.saturating_sub(other.len()).max(1);
    for (one, other) in one[from - 1..].iter().zip(other[..all - from].iter().rev()) {
        let larger = one.larger(*other);
        least = if is_first { larger } else { least.smaller(larger) };
        is_first = false;
    }
    least
}
