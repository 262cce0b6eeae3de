//! Pixels that hang together: spreading from one to its neighbours above, left, right and below.
//!
//! All that is needed is one image of marks, changed in place, and room for the pixels that are still to
//! be looked at.

use crate::cancel::{Cancel, Cancelled};

/// Pixels between two looks at whether the run was cancelled.
const LOOK_EVERY: usize = 64 * 1024;

/// Width and height of an image of less than 2^32 pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Grid {
    pub(super) fn pixels(self) -> usize {
        self.width * self.height
    }

    /// The pixels above, left, right and below, in this order, as far as the image goes.
    #[inline]
    pub(super) fn neighbours(self, pixel: usize) -> impl Iterator<Item = usize> {
        let x = pixel % self.width;
        let above = pixel.checked_sub(self.width);
        let left = (x > 0).then(|| pixel - 1);
        let right = (x + 1 < self.width).then_some(pixel + 1);
        let below = Some(pixel + self.width).filter(|below| *below < self.pixels());
        [above, left, right, below].into_iter().flatten()
    }

    /// The pixels along the edge of the image; corners may come twice.
    fn border(self) -> impl Iterator<Item = usize> {
        let Self { width, height } = self;
        let rows = (0..width).flat_map(move |x| [x, (height - 1) * width + x]);
        rows.chain((0..height).flat_map(move |y| [y * width, y * width + width - 1]))
    }
}

/// Marks all pixels that hang together with one that is marked `from`, as `to`. Returns how many they are:
/// their indices are the first so many of the queue, which has room for all pixels of the image.
#[allow(clippy::cast_possible_truncation)] // less than 2^32 pixels
pub(super) fn spread(
    marks: &mut [u16],
    grid: Grid,
    start: usize,
    [from, to]: [u16; 2],
    queue: &mut [u32],
    cancel: &Cancel,
) -> Result<usize, Cancelled> {
    marks[start] = to;
    queue[0] = start as u32;
    let (mut next, mut end) = (0, 1);
    while next < end {
        if next % LOOK_EVERY == 0 {
            cancel.check()?;
        }
        for neighbour in grid.neighbours(queue[next] as usize) {
            if marks[neighbour] == from {
                marks[neighbour] = to;
                queue[end] = neighbour as u32;
                end += 1;
            }
        }
        next += 1;
    }
    Ok(end)
}

/// Gives the foreground all background that does not hang together with the edge of the image:
/// `scipy.ndimage.binary_fill_holes`. Uses a third mark in between.
pub(super) fn fill_holes(
    marks: &mut [u16],
    grid: Grid,
    [background, foreground]: [u16; 2],
    queue: &mut [u32],
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let outside = (0..=2).find(|mark| *mark != background && *mark != foreground).unwrap_or(2);
    for pixel in grid.border() {
        if marks[pixel] == background {
            spread(marks, grid, pixel, [background, outside], queue, cancel)?;
        }
    }
    for row in marks.chunks_exact_mut(grid.width) {
        cancel.check()?;
        row.iter_mut().for_each(|mark| *mark = if *mark == outside { background } else { foreground });
    }
    Ok(())
}
