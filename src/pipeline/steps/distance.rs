//! How far each pixel of a mask is from the nearest one outside of it: the exact Euclidean distance, squared.
//!
//! It equals `scipy.ndimage.distance_transform_edt(mask) ** 2`, held at 255². What lies beyond the edge
//! of the image is not outside. First the distance along the column is found for each pixel, then the
//! nearest of the row's columns; the second looks as far as the distance goes, which for nuclei is not far.

use crate::cancel::{Cancel, Cancelled};

use super::regions::Grid;

/// The largest distance that is told, in pixels.
const MOST: u32 = 255;

/// The largest square of a distance that is told.
pub(super) const MOST_SQUARED: u32 = MOST * MOST;

/// Writes the squared distances: 0 where the mask is 0. The row has room for one row of the image.
pub(super) fn squared_distances(
    mask: &[u16],
    grid: Grid,
    distances: &mut [u32],
    row: &mut [u32],
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let width = grid.width;
    // One more than is told, so that what is farther away is not nearer.
    let farther = |distance: u32| (distance + 1).min(MOST + 1);
    for y in 0..grid.height {
        cancel.check()?;
        for at in y * width..(y + 1) * width {
            distances[at] = match mask[at] {
                0 => 0,
                _ if y == 0 => MOST + 1,
                _ => farther(distances[at - width]),
            };
        }
    }
    for y in (0..grid.height).rev() {
        cancel.check()?;
        if y + 1 < grid.height {
            for at in y * width..(y + 1) * width {
                distances[at] = distances[at].min(farther(distances[at + width]));
            }
        }
    }
    for distances in distances.chunks_exact_mut(width) {
        cancel.check()?;
        row.copy_from_slice(distances);
        for (x, distance) in distances.iter_mut().enumerate() {
            *distance = nearest(row, x).min(MOST_SQUARED);
        }
    }
    Ok(())
}

/// The square of the nearest distance at a column of a row, given the distances along each column.
fn nearest(columns: &[u32], x: usize) -> u32 {
    let mut best = columns[x] * columns[x];
    for (aside, away) in (1..).zip(1..columns.len()) {
        if aside * aside >= best {
            break;
        }
        let [left, right] = [x.checked_sub(away), x.checked_add(away)]
            .map(|column| column.and_then(|column| columns.get(column)).copied().unwrap_or(MOST + 1));
        let near = left.min(right);
        best = best.min(aside * aside + near * near);
    }
    best
}
