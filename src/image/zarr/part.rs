//! What an image takes of a chunk, axis by axis, and where in the image it goes.

use std::ops::Range;

use half::f16;

use super::samples::Samples;

/// One axis of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    /// Samples of the chunk along it.
    pub(super) len: u64,
    /// The first that is wanted.
    pub(super) start: u64,
    /// How many are wanted, at least one.
    pub(super) count: u64,
    /// Bytes of the image from one to the next; of no meaning for a single one.
    pub(super) step: usize,
}

/// A block of samples of a chunk (of an array, a shard), and the image's bytes that they become.
///
/// What is wanted lies in the image, whose bytes fit in memory: no product below overflows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// From the axis that varies slowest in the files.
    pub(super) axes: Vec<Axis>,
    /// Where in the image the first sample goes.
    pub(super) at: usize,
}

impl Part {
    /// With the axes in another order: the first is the one of number `order[0]`.
    pub(super) fn transposed(&self, order: &[usize]) -> Self {
        Self { axes: order.iter().map(|axis| self.axes[*axis]).collect(), at: self.at }
    }

    /// How many pieces of a shape, laid from the beginning on, it lies in.
    pub(super) fn piece_count(&self, shape: &[u64]) -> u64 {
        let spans = self.axes.iter().zip(shape).map(|(axis, len)| {
            let last = (axis.start + axis.count - 1) / len;
            last - axis.start / len + 1
        });
        spans.fold(1, u64::saturating_mul)
    }

    /// These pieces, each with its place in the grid of pieces.
    pub(super) fn pieces(&self, shape: &[u64]) -> impl Iterator<Item = (Vec<u64>, Self)> {
        let first: Vec<u64> = self.axes.iter().zip(shape).map(|(axis, len)| axis.start / len).collect();
        let last: Vec<u64> =
            self.axes.iter().zip(shape).map(|(axis, len)| (axis.start + axis.count - 1) / len).collect();
        let mut next = Some(first.clone());
        std::iter::from_fn(move || {
            let place = next.take()?;
            let mut following = place.clone();
            for axis in (0..following.len()).rev() {
                if following[axis] < last[axis] {
                    following[axis] += 1;
                    next = Some(following);
                    break;
                }
                following[axis] = first[axis];
            }
            Some(place)
        })
        .map(|place| {
            let part = self.piece(&place, shape);
            (place, part)
        })
    }

    /// What it takes of the piece at a place in the grid.
    fn piece(&self, place: &[u64], shape: &[u64]) -> Self {
        let mut at = self.at;
        let mut axes = Vec::with_capacity(self.axes.len());
        for ((axis, place), len) in self.axes.iter().zip(place).zip(shape) {
            // A piece may begin anywhere before what is wanted, and end beyond what a number holds.
            let origin = place * len;
            let start = axis.start.max(origin);
            let end = (axis.start + axis.count).min(origin.saturating_add(*len));
            at += to_usize(start - axis.start) * axis.step;
            axes.push(Axis { len: *len, start: start - origin, count: end - start, step: axis.step });
        }
        Self { axes, at }
    }

    /// Where the samples lie at a stretch, in the chunk and in the image alike, counted in samples of the chunk.
    pub(super) fn stretch(&self, sample_bytes: usize) -> Option<Range<usize>> {
        let mut step = sample_bytes;
        let mut is_whole = true;
        let mut stride = 1;
        let mut start = 0;
        let mut count = 1;
        for axis in self.axes.iter().rev() {
            if axis.count > 1 && (!is_whole || axis.step != step) {
                return None;
            }
            is_whole &= axis.count == axis.len;
            step = step.saturating_mul(to_usize(axis.count));
            start += to_usize(axis.start) * stride;
            count *= to_usize(axis.count);
            stride = stride.saturating_mul(to_usize(axis.len));
        }
        Some(start..start + count)
    }

    /// The samples of the chunk from the first that is wanted to behind the last.
    pub(super) fn span(&self) -> Range<usize> {
        let mut stride = 1;
        let (mut first, mut last) = (0, 0);
        for axis in self.axes.iter().rev() {
            first += to_usize(axis.start) * stride;
            last += to_usize(axis.start + axis.count - 1) * stride;
            stride = stride.saturating_mul(to_usize(axis.len));
        }
        first..last + 1
    }

    /// Puts samples into the image; `chunk` holds those from number `from` on, as stored.
    pub(super) fn copy(
        &self,
        chunk: &[u8],
        from: usize,
        samples: Samples,
        is_big_endian: bool,
        image: &mut [u8],
    ) {
        let stored = samples.stored_bytes();
        self.rows(|first, at, count, step| {
            let row = &chunk[(first - from) * stored..][..count * stored];
            if samples.is_half {
                let (halves, _) = row.as_chunks::<2>();
                for (index, half) in halves.iter().enumerate() {
                    let half =
                        if is_big_endian { f16::from_be_bytes(*half) } else { f16::from_le_bytes(*half) };
                    image[at + index * step..][..4].copy_from_slice(&half.to_f32().to_ne_bytes());
                }
            } else if step == stored {
                image[at..at + row.len()].copy_from_slice(row);
            } else {
                match stored {
                    1 => scatter::<1>(row, image, at, step),
                    2 => scatter::<2>(row, image, at, step),
                    4 => scatter::<4>(row, image, at, step),
                    _ => scatter::<8>(row, image, at, step),
                }
            }
        });
    }

    /// Puts one value everywhere.
    pub(super) fn fill(&self, value: &[u8], image: &mut [u8]) {
        self.rows(|_, at, count, step| {
            for index in 0..count {
                image[at + index * step..][..value.len()].copy_from_slice(value);
            }
        });
    }

    /// Calls with each row along the last axis: number of its first sample in the chunk, where this goes in the
    /// image, number of samples, bytes of the image from one to the next.
    fn rows(&self, mut row: impl FnMut(usize, usize, usize, usize)) {
        let Some((last, outer)) = self.axes.split_last() else { return };
        let count = to_usize(last.count);
        let mut place = vec![0; outer.len()];
        loop {
            let mut first = 0_usize;
            let mut at = self.at;
            for (axis, place) in outer.iter().zip(&place) {
                // Of a shard, which is only filled, the number may be beyond all bounds.
                first = first.wrapping_mul(to_usize(axis.len)).wrapping_add(to_usize(axis.start) + place);
                at += place * axis.step;
            }
            first = first.wrapping_mul(to_usize(last.len)).wrapping_add(to_usize(last.start));
            row(first, at, count, last.step);
            let Some(axis) =
                (0..outer.len()).rev().find(|axis| place[*axis] + 1 < to_usize(outer[*axis].count))
            else {
                return;
            };
            place[axis] += 1;
            place[axis + 1..].fill(0);
        }
    }
}

/// The pieces of a shape that parts lie in which all lie in the same ones, each with its place in the grid of pieces.
pub(super) fn pieces_of_all(parts: &[Part], shape: &[u64]) -> impl Iterator<Item = (Vec<u64>, Vec<Part>)> {
    let mut pieces: Vec<_> = parts.iter().map(|part| part.pieces(shape)).collect();
    std::iter::from_fn(move || {
        let mut of_all = Vec::with_capacity(pieces.len());
        let mut at = None;
        for pieces in &mut pieces {
            let (place, part) = pieces.next()?;
            at.get_or_insert(place);
            of_all.push(part);
        }
        Some((at?, of_all))
    })
}

fn scatter<const BYTES: usize>(row: &[u8], image: &mut [u8], at: usize, step: usize) {
    for (index, sample) in row.as_chunks::<BYTES>().0.iter().enumerate() {
        image[at + index * step..][..BYTES].copy_from_slice(sample);
    }
}

/// Numbers of samples that are within a chunk or an image.
fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
