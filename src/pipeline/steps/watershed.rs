//! Parting objects that touch: a watershed of the distance to the background, from its peaks.
//!
//! **Peaks.** A pixel is a peak of its region (pixels of one number) if no pixel of the region in the square of
//! `2 d + 1` pixels around it is farther from the background. Row by row, a peak is left out if one that was
//! taken lies in the same region less than `d` pixels away, along rows and columns. These are the peaks of
//! `skimage.feature.peak_local_max(distance, min_distance=d, labels=regions, exclude_border=False)`, but
//! that a region of which all pixels are peaks (a line, say) has peaks here and none there.
//!
//! **Watershed.** As `skimage.segmentation.watershed(-distance, peaks, mask=regions > 0)` of 0.26: pixels wait in
//! line by their distance, the farthest first, then by when they came; each gives its number to its neighbours
//! above, left, right and below that have none, which wait by their own distance or that of the pixel,
//! whichever is less. Peaks of one distance come row by row (there their order is that of a heap, so that
//! pixels half-way between two of them may differ).
//!
//! Distances are squared and held at 255², so that a line for each takes little memory; the pixels of a
//! line hang on each other, in the memory of their distances.

use super::distance::MOST_SQUARED;
use super::regions::Grid;
use crate::cancel::{Cancel, Cancelled};

/// That a pixel is a peak, beside its distance.
const PEAK: u32 = 1 << 31;
/// That a peak of its region is near.
const NEAR_PEAK: u32 = 1 << 30;
/// The distance without the two.
const DISTANCE: u32 = NEAR_PEAK - 1;

const NONE: u32 = u32::MAX;

/// Pixels between two looks at whether the run was cancelled.
const LOOK_EVERY: usize = 64 * 1024;

/// Units of memory that [`flood`] needs for its lines, at most.
pub(super) const LINE_UNITS: usize = units(MOST_SQUARED as usize);

const fn units(most: usize) -> usize {
    most + 1 + words(most)
}

const fn words(most: usize) -> usize {
    most / u64::BITS as usize + 1
}

/// Marks the peaks in the distances, and returns how many they are.
pub(super) fn mark_peaks(
    regions: &[u16],
    grid: Grid,
    distances: &mut [u32],
    min_distance: usize,
    cancel: &Cancel,
) -> Result<usize, Cancelled> {
    let mut peaks = 0;
    for pixel in 0..grid.pixels() {
        if pixel % grid.width == 0 {
            cancel.check()?;
        }
        let (region, distance) = (regions[pixel], distances[pixel]);
        if region == 0 || distance & NEAR_PEAK != 0 {
            continue;
        }
        // On a slope, which is nearly everywhere, a neighbour tells.
        let is_farther = |other: usize| distances[other] & DISTANCE > distance;
        if grid.neighbours(pixel).any(is_farther) {
            continue;
        }
        let mut around = square(grid, pixel, min_distance);
        if around.any(|other| regions[other] == region && is_farther(other)) {
            continue;
        }
        peaks += 1;
        for other in square(grid, pixel, min_distance.saturating_sub(1)) {
            if regions[other] == region {
                distances[other] |= NEAR_PEAK;
            }
        }
        distances[pixel] |= PEAK;
    }
    Ok(peaks)
}

/// The pixels at most so many columns and rows away.
fn square(grid: Grid, pixel: usize, reach: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (pixel % grid.width, pixel / grid.width);
    let columns = x.saturating_sub(reach)..(x + reach + 1).min(grid.width);
    let rows = y.saturating_sub(reach)..(y + reach + 1).min(grid.height);
    rows.flat_map(move |y| columns.clone().map(move |x| y * grid.width + x))
}

/// Pixels that wait, by their distance.
struct Lines<'a> {
    /// The first and the last pixel of each line.
    ends: &'a mut [u64],
    /// A bit for each line that is not empty.
    occupied: &'a mut [u64],
    /// No line above this word has pixels.
    highest: usize,
}

impl<'a> Lines<'a> {
    fn new(memory: &'a mut [u64], most: usize) -> Self {
        let (ends, occupied) = memory.split_at_mut(most + 1);
        let occupied = &mut occupied[..words(most)];
        occupied.fill(0);
        Self { ends, occupied, highest: 0 }
    }

    /// Puts a pixel at the end of the line of its distance, but of no higher line than told. The memory of
    /// its distance is then needed for what comes after it.
    fn push(&mut self, pixel: usize, most: usize, next: &mut [u32]) {
        let line = ((next[pixel] & DISTANCE) as usize).min(most);
        next[pixel] = NONE;
        let (word, bit) = (line / 64, 1 << (line % 64));
        let pixel = pixel as u64;
        if self.occupied[word] & bit == 0 {
            self.occupied[word] |= bit;
            self.highest = self.highest.max(word);
            self.ends[line] = pixel << 32 | pixel;
        } else {
            let (first, last) = (self.ends[line] >> 32, self.ends[line] & u64::from(NONE));
            #[allow(clippy::cast_possible_truncation)] // a pixel
            let pixel_32 = pixel as u32;
            next[usize::try_from(last).unwrap_or(0)] = pixel_32;
            self.ends[line] = first << 32 | pixel;
        }
    }

    /// The pixel that came first of those in the highest line, and that line.
    #[allow(clippy::cast_possible_truncation)] // a pixel
    fn pop(&mut self, next: &[u32]) -> Option<(usize, usize)> {
        while self.occupied[self.highest] == 0 {
            self.highest = self.highest.checked_sub(1)?;
        }
        let word = self.occupied[self.highest];
        let line = self.highest * 64 + word.ilog2() as usize;
        let (first, last) = (self.ends[line] >> 32, self.ends[line] & u64::from(NONE));
        match next[first as usize] {
            NONE => self.occupied[self.highest] &= !(1 << (line % 64)),
            second => self.ends[line] = u64::from(second) << 32 | last,
        }
        Some((first as usize, line))
    }
}

/// Numbers the pixels by their peaks, which are counted row by row from 1 and are less than `unnumbered`:
/// that is what all pixels of the mask are to begin with. The distances are used up. The memory
/// has [`LINE_UNITS`].
pub(super) fn flood(
    numbers: &mut [u16],
    grid: Grid,
    unnumbered: u16,
    distances: &mut [u32],
    memory: &mut [u64],
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let mut lines = Lines::new(memory, MOST_SQUARED as usize);
    let mut number = 0;
    for pixel in 0..grid.pixels() {
        if numbers[pixel] == unnumbered && distances[pixel] & PEAK != 0 {
            number += 1;
            numbers[pixel] = number;
            lines.push(pixel, MOST_SQUARED as usize, distances);
        }
    }
    let mut done = 0_usize;
    while let Some((pixel, line)) = lines.pop(distances) {
        if done.is_multiple_of(LOOK_EVERY) {
            cancel.check()?;
        }
        done += 1;
        for neighbour in grid.neighbours(pixel) {
            if numbers[neighbour] == unnumbered {
                numbers[neighbour] = numbers[pixel];
                lines.push(neighbour, line, distances);
            }
        }
    }
    Ok(())
}
