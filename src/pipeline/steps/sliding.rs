//! The least or the largest sample of a sliding window of pixels, across a row and down the rows,
//! in a time that hardly depends on the size of the window.
//!
//! Windows end where the image does. All memory is given, taken from the front of a slice.

/// The first `count` samples of memory, which is then shorter.
pub(super) fn take<'a, T>(memory: &mut &'a mut [T], count: usize) -> &'a mut [T] {
    memory.split_off_mut(..count).unwrap_or_default()
}

/// Samples of memory that an [`Across`] takes.
pub(super) fn samples_across(row: usize, pixel: usize, reach: usize) -> usize {
    2 * (row + 2 * reach * pixel)
}

/// Samples of memory that a [`Down`] takes.
pub(super) fn samples_down(row: usize, reach: usize) -> usize {
    (2 * reach + 2) * row
}

/// How often a row goes into a window that slides down: the first and the last also stand for the rows
/// beyond the border.
pub(super) fn repeats(row: usize, rows: usize, reach: usize) -> usize {
    let stands_for = |is_at_border: bool| if is_at_border { reach } else { 0 };
    1 + stands_for(row == 0) + stands_for(row + 1 == rows)
}

/// A window that slides across a row, `reach` pixels to either side.
pub(super) struct Across<'a, T> {
    /// The row with its ends repeated, and the same after the next doubling.
    memory: [&'a mut [T]; 2],
    pixel: usize,
    reach: usize,
}

impl<'a, T: Copy> Across<'a, T> {
    pub(super) fn new(memory: &mut &'a mut [T], row: usize, pixel: usize, reach: usize) -> Self {
        let wide = row + 2 * reach * pixel;
        Self { memory: [(); 2].map(|()| take(memory, wide)), pixel, reach }
    }

    /// For each sample of the row the chosen one of its window. Windows of one pixel are doubled until
    /// two of them cover the window.
    #[inline(always)]
    pub(super) fn run(&mut self, row: &[T], out: &mut [T], choose: impl Fn(T, T) -> T) {
        let Self { memory: [from, to], pixel, reach } = self;
        let beyond = *reach * *pixel;
        let (first, last) = (&row[..*pixel], &row[row.len() - *pixel..]);
        from[..beyond].chunks_exact_mut(*pixel).for_each(|pixel| pixel.copy_from_slice(first));
        from[beyond..beyond + row.len()].copy_from_slice(row);
        from[beyond + row.len()..].chunks_exact_mut(*pixel).for_each(|pixel| pixel.copy_from_slice(last));
        let window = 2 * *reach + 1;
        let join = |from: &[T], distance: usize, out: &mut [T]| {
            for ((out, here), there) in out.iter_mut().zip(from).zip(&from[distance..]) {
                *out = choose(*here, *there);
            }
        };
        let mut covered = 1;
        while 2 * covered <= window {
            join(from, covered * *pixel, to);
            std::mem::swap(from, to);
            covered *= 2;
        }
        join(from, (window - covered) * *pixel, out);
    }
}

/// A window of `2 reach + 1` rows that slides down, by van Herk's and Gil and Werman's way: rows come in
/// blocks of the window's size, and each window is the end of one block and the beginning of the next.
pub(super) struct Down<'a, T> {
    /// Of the block before, what its rows from each one on come to; the rows of this block take their
    /// places one by one.
    rows: &'a mut [T],
    /// What the rows of this block come to so far.
    so_far: &'a mut [T],
    /// Rows of this block so far.
    count: usize,
    is_first_block: bool,
}

impl<'a, T: Copy> Down<'a, T> {
    pub(super) fn new(memory: &mut &'a mut [T], row: usize, reach: usize) -> Self {
        let (rows, so_far) = (take(memory, (2 * reach + 1) * row), take(memory, row));
        Self { rows, so_far, count: 0, is_first_block: true }
    }

    /// Takes the next row; true where the window is full, and `out` then what it comes to.
    #[inline(always)]
    pub(super) fn push(&mut self, row: &[T], out: &mut [T], choose: impl Fn(T, T) -> T) -> bool {
        let join = |one: &mut [T], other: &[T]| {
            one.iter_mut().zip(other).for_each(|(one, other)| *one = choose(*one, *other));
        };
        if self.count == 0 {
            self.so_far.copy_from_slice(row);
        } else {
            join(self.so_far, row);
        }
        self.rows[self.count * row.len()..][..row.len()].copy_from_slice(row);
        self.count += 1;
        let rest = &self.rows[self.count * row.len()..];
        let is_full = rest.is_empty() || !self.is_first_block;
        out.copy_from_slice(self.so_far);
        if !rest.is_empty() {
            join(out, &rest[..row.len()]);
            return is_full;
        }
        for above in (1..self.count).rev() {
            let (before, after) = self.rows.split_at_mut(above * row.len());
            join(&mut before[(above - 1) * row.len()..], &after[..row.len()]);
        }
        self.count = 0;
        self.is_first_block = false;
        is_full
    }
}
