//! The grid on which stitching lays sites by their numbers, and whether a plate speaks against it.

use std::collections::{BTreeMap, BTreeSet};

use crate::pipeline::surroundings::PlateView;
use crate::plate::SitePosition;

/// A place of a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) column: u32,
    pub(super) row: u32,
}

/// The cell of a site.
pub(super) fn cell(site: u32, first: u32, columns: u32) -> Cell {
    let nth = site.saturating_sub(first);
    Cell { column: nth % columns.max(1), row: nth / columns.max(1) }
}

/// The number with which a grid begins: 0 where sites are counted from 0, else 1.
pub(super) fn first_of_grid(sites: &BTreeSet<u32>) -> u32 {
    u32::from(!sites.contains(&0))
}

/// How many numbers of sites are named where their cells stay empty.
const MOST_NAMED: usize = 8;

/// What is to be known of a grid on a plate: cells that stay empty, and recorded positions that say otherwise.
pub(super) fn remark_on_grid(step: &str, columns: u32, plate: &dyn PlateView) -> Option<String> {
    let sites = plate.sites();
    let first = first_of_grid(&sites);
    let positions = plate.site_positions();
    if lie_otherwise(&positions, |site| cell(site, first, columns)) {
        return Some(format!(
            "{step} puts the sites on a grid of {columns} columns, but the files record other positions: the \
             mosaic does not show the well as it is. Place them by stage position, or change the number of columns.",
        ));
    }
    let last = sites.last()?;
    let empty = usize::try_from(last - first + 1).ok()?.saturating_sub(sites.range(first..).count());
    let named: Vec<String> = (first..=*last)
        .filter(|site| !sites.contains(site))
        .take(MOST_NAMED)
        .map(|site| site.to_string())
        .collect();
    (empty > 0).then(|| {
        let more = if empty > named.len() { " …" } else { "" };
        format!(
            "{step} puts each site on a grid by its number, and no well of this plate has {} {}{more}: their \
             places stay empty.",
            if empty == 1 { "site" } else { "the sites" },
            named.join(", "),
        )
    })
}

/// Whether recorded positions are in another order than cells: to the right of or below each other where the cells are
/// not, or apart where these are of one column or row.
fn lie_otherwise(positions: &[(u32, SitePosition)], cell: impl Fn(u32) -> Cell) -> bool {
    /// A well has a few hundred sites at most; with more, the first ones tell.
    const MOST_COMPARED: usize = 400;
    let placed = positions.iter().take(MOST_COMPARED).map(|(site, position)| (cell(*site), *position));
    let placed: Vec<(Cell, SitePosition)> = placed.collect();
    let across = placed.iter().map(|(cell, position)| (cell.column, position.x_um));
    let down = placed.iter().map(|(cell, position)| (cell.row, position.y_um));
    [across.collect::<Vec<_>>(), down.collect()].into_iter().any(|places| {
        let mut lines: BTreeMap<u32, [f64; 2]> = BTreeMap::new();
        for (line, place) in places {
            let [low, high] = lines.entry(line).or_insert([place; 2]);
            (*low, *high) = (low.min(place), high.max(place));
        }
        // Each line ends before the next one begins.
        lines.values().zip(lines.values().skip(1)).any(|([_, high], [low, _])| high >= low)
            || (lines.len() == 1 && lines.values().any(|[low, high]| high - low > SAME_LINE_UM))
    })
}

/// How far apart sites of one line may lie, in micrometres: a stage comes to rest this near.
const SAME_LINE_UM: f64 = 10.0;
