//! How far each pixel of a mask is from the nearest one outside of it: the exact Euclidean distance, squared.
//!
//! It equals `scipy.ndimage.distance_transform_edt(mask) ** 2` at any size, held at 32,767². What lies beyond the
//! edge of the image is not outside; where nothing is outside, all pixels are equally far. First the
//! distance along the column is found for each pixel, then the nearest of the row's columns by the lower envelope of
//! their parabolas (Meijster, Roerdink and Hesselink 2000), in a time that does not depend on the distance. Between
//! two pixels outside of the mask, no column beyond them is nearer, so that each run of a row is seen by itself.

use crate::cancel::{Cancel, Cancelled};

use super::regions::Grid;

/// The largest distance that is told, in pixels: two bits beside its square are the user's.
const MOST: u32 = 32_767;

/// The largest square of a distance that is told.
pub(super) const MOST_SQUARED: u32 = MOST * MOST;

/// A column of which the parabola is the lowest from a place on.
type Lowest = [u32; 2];

/// Units of 8 bytes that [`squared_distances`] needs for rows of this many pixels.
pub(super) fn row_units(width: usize) -> usize {
    width + width.div_ceil(2)
}

/// Writes the squared distances: 0 where the mask is 0. The memory has [`row_units`].
#[allow(clippy::cast_possible_truncation)] // sides of less than 2^32 pixels
pub(super) fn squared_distances(
    mask: &[u16],
    grid: Grid,
    distances: &mut [u32],
    memory: &mut [u64],
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let Grid { width, height } = grid;
    // Farther than any pixel of the image is from another, and what is farther yet is no nearer.
    let none = (width + height) as u32;
    let farther = |distance: u32| (distance + 1).min(none);
    for y in 0..height {
        cancel.check()?;
        for at in y * width..(y + 1) * width {
            distances[at] = match mask[at] {
                0 => 0,
                _ if y == 0 => none,
                _ => farther(distances[at - width]),
            };
        }
    }
    for y in (0..height).rev() {
        cancel.check()?;
        if y + 1 < height {
            for at in y * width..(y + 1) * width {
                distances[at] = distances[at].min(farther(distances[at + width]));
            }
        }
    }
    let (lowest, columns) = memory.split_at_mut(width);
    let lowest: &mut [Lowest] = bytemuck::cast_slice_mut(lowest);
    let columns = &mut bytemuck::cast_slice_mut(columns)[..width];
    for row in distances.chunks_exact_mut(width) {
        cancel.check()?;
        columns.copy_from_slice(row);
        let mut start = 0;
        while start < width {
            if columns[start] == 0 {
                start += 1;
                continue;
            }
            let end =
                columns[start..].iter().position(|column| *column == 0).map_or(width, |run| start + run);
            // With the pixels outside at both ends.
            let sites = start.saturating_sub(1)..(end + 1).min(width);
            nearest(&columns[sites.clone()], &mut row[sites], lowest);
            start = end;
        }
    }
    Ok(())
}

/// The squares of the nearest distances along a part of a row, given the distances along each column.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // places in a row
fn nearest(columns: &[u32], squared: &mut [u32], lowest: &mut [Lowest]) {
    let square = |value: i64| value * value;
    let height = |column: u32| square(i64::from(columns[column as usize]));
    let at = |place: u32, column: u32| square(i64::from(place) - i64::from(column)) + height(column);
    let last = columns.len() as u32 - 1;
    let mut count = 1;
    lowest[0] = [0, 0];
    for column in 1..=last {
        // Of a parabola that lies above the new one where it begins, nothing is left.
        while count > 0 && {
            let [of, from] = lowest[count - 1];
            at(from, of) > at(from, column)
        } {
            count -= 1;
        }
        let from = if count == 0 {
            0
        } else {
            let of = lowest[count - 1][0];
            let (of_x, x) = (i64::from(of), i64::from(column));
            let meets = square(x) - square(of_x) + height(column) - height(of);
            1 + meets.div_euclid(2 * (x - of_x))
        };
        if from <= i64::from(last) {
            lowest[count] = [column, from as u32];
            count += 1;
        }
    }
    for place in (0..=last).rev() {
        let [of, from] = lowest[count - 1];
        squared[place as usize] = at(place, of).min(i64::from(MOST_SQUARED)) as u32;
        if place == from && count > 1 {
            count -= 1;
        }
    }
}
