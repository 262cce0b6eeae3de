//! Parting objects that touch: a watershed of the distance to the background, from its peaks.
//!
//! **Peaks.** A pixel is a peak of its region (pixels of one number) if no pixel of the region in the square of
//! `2 d + 1` pixels around it is farther from the background. Row by row, a peak is left out if one that was
//! taken lies in the same region less than `d` pixels away, along rows and columns, or on the same plateau: pixels
//! of one distance that hang together by sides or corners. These are the peaks of
//! `skimage.feature.peak_local_max(distance, min_distance=d, labels=regions, exclude_border=False)`, but that a
//! plateau has one peak here, where there it has one in every `d` pixels (a rectangle is one object here), and that a
//! region of which all pixels are peaks (a line, say) has one here and none there.
//!
//! **Watershed.** As `skimage.segmentation.watershed(-distance, peaks, mask=regions > 0)` of 0.26: pixels wait in
//! line by their distance, the farthest first, then by when they came; each gives its number to its neighbours
//! above, left, right and below that have none, which wait by their own distance or that of the pixel,
//! whichever is less. Peaks of one distance come row by row (there their order is that of a heap, so that
//! pixels half-way between two of them may differ).
//!
//! There are 65,536 lines. Up to a distance of 255 pixels each square of a distance has its own; where an image has
//! larger ones, distances that differ by less than the 65,535th part of the largest wait in one line. The pixels of a
//! line hang on each other, in the memory of their distances.

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

/// Lines in which pixels wait.
const LINES: usize = 1 << 16;

/// Units of memory that [`flood`] needs for its lines: a bit for each tells whether it is empty.
pub(super) const LINE_UNITS: usize = LINES + LINES / u64::BITS as usize;

/// Both marks: a pixel of the plateau that is gone through, with the pixel that comes after it (itself for the last)
/// in the place of the distance.
const LISTED: u32 = PEAK | NEAR_PEAK;

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
        leave_out_plateau(regions, grid, distances, pixel, cancel)?;
        distances[pixel] = distance | PEAK;
    }
    Ok(peaks)
}

/// Marks all pixels that hang together with a peak and are as far from the background. They are listed in the memory of
/// their distances, which are all the same.
#[allow(clippy::cast_possible_truncation)] // less than 2^30 pixels of 16 bits
fn leave_out_plateau(
    regions: &[u16],
    grid: Grid,
    distances: &mut [u32],
    peak: usize,
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let (region, distance) = (regions[peak], distances[peak] & DISTANCE);
    let is_new = |distances: &[u32], other: usize| {
        distances[other] & LISTED != LISTED
            && distances[other] & DISTANCE == distance
            && regions[other] == region
    };
    if !square(grid, peak, 1).any(|other| other != peak && is_new(distances, other)) {
        return Ok(());
    }
    let (mut next, mut last) = (peak, peak);
    distances[peak] = LISTED | peak as u32;
    let mut done = 0_usize;
    loop {
        if done.is_multiple_of(LOOK_EVERY) {
            cancel.check()?;
        }
        done += 1;
        for other in square(grid, next, 1) {
            if is_new(distances, other) {
                distances[last] = LISTED | other as u32;
                distances[other] = LISTED | other as u32;
                last = other;
            }
        }
        let after = (distances[next] & DISTANCE) as usize;
        if after == next {
            break;
        }
        next = after;
    }
    let mut pixel = peak;
    loop {
        let after = (distances[pixel] & DISTANCE) as usize;
        distances[pixel] = distance | NEAR_PEAK;
        if after == pixel {
            return Ok(());
        }
        pixel = after;
    }
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
    /// Lines in a pixel of distance; `None` where each squared distance has a line.
    by_distance: Option<f64>,
}

impl<'a> Lines<'a> {
    fn new(memory: &'a mut [u64], farthest: u32) -> Self {
        let (ends, occupied) = memory.split_at_mut(LINES);
        let occupied = &mut occupied[..LINES / 64];
        occupied.fill(0);
        let most = (LINES - 1) as f64;
        let by_distance = (f64::from(farthest) > most).then(|| most / f64::from(farthest).sqrt());
        Self { ends, occupied, highest: 0, by_distance }
    }

    /// The line of a squared distance.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // less than the number of lines
    fn of(&self, squared: u32) -> usize {
        match self.by_distance {
            None => squared as usize,
            Some(lines) => ((f64::from(squared).sqrt() * lines) as usize).min(LINES - 1),
        }
    }

    /// Puts a pixel at the end of the line of its distance, but of no higher line than told. The memory of
    /// its distance is then needed for what comes after it.
    fn push(&mut self, pixel: usize, most: usize, next: &mut [u32]) {
        let line = self.of(next[pixel] & DISTANCE).min(most);
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
    let farthest = distances.iter().map(|distance| distance & DISTANCE).max().unwrap_or(0);
    let mut lines = Lines::new(memory, farthest);
    let mut number = 0;
    for pixel in 0..grid.pixels() {
        if numbers[pixel] == unnumbered && distances[pixel] & PEAK != 0 {
            number += 1;
            numbers[pixel] = number;
            lines.push(pixel, LINES - 1, distances);
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
