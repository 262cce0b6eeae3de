//! Where the sites of wells lie in columns and rows, which an HTD and the files of single images tell.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::plate::{SitePosition, WellId};

/// Sites that are nearer to each other along an axis than this part of what all sites extend over are
/// in one column (or row): stages do not come to rest twice at the same place.
const SAME_LINE: f64 = 1.0 / 200.0;

/// Readers of an HTD take no more columns or rows of sites.
const MOST_LINES: u32 = 100;

/// The positions of a well's sites.
pub(super) type WellSites = BTreeMap<u32, SitePosition>;

/// Where the sites of wells lie in columns and rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SiteGrids {
    /// Of the first of the wells that has all sites of them; `None` where none has.
    pub(super) of_all: Option<SiteGrid>,
    are_alike: bool,
    /// Of a whole well of the plate, by which the wells go that lie as it does.
    common: Option<SiteGrid>,
    /// The grids of the other wells, each once.
    others: Vec<SiteGrid>,
    /// Which of them is a well's.
    other_of: BTreeMap<WellId, usize>,
}

impl SiteGrids {
    /// Of some wells with such sites, and of a well of the plate that has all sites of that. The cell of a site depends on this
    /// one and on its own well, and on no other.
    pub(super) fn of(
        plate: Option<&WellSites>,
        sites: &BTreeSet<u32>,
        wells: &BTreeMap<WellId, &WellSites>,
    ) -> Self {
        let whole = wells.values().copied().find(|well| sites.iter().all(|site| well.contains_key(site)));
        let of_all = whole.and_then(SiteGrid::of);
        let is_like = |whole: &WellSites| wells.values().all(|well| lie_alike(whole, well));
        let are_alike = wells.is_empty() || whole.is_some_and(is_like);
        let (mut others, mut other_of) = (Vec::new(), BTreeMap::new());
        for (well, positions) in wells {
            if plate.is_some_and(|whole| lie_alike(whole, positions)) {
                continue;
            }
            let Some(grid) = SiteGrid::of(positions) else { continue };
            let place = others.iter().position(|other| *other == grid).unwrap_or_else(|| {
                others.push(grid);
                others.len() - 1
            });
            other_of.insert(*well, place);
        }
        Self { of_all, are_alike, common: plate.and_then(SiteGrid::of), others, other_of }
    }

    /// Whether all wells lie alike.
    pub(super) fn are_alike(&self) -> bool {
        self.are_alike
    }

    /// Column and row of a site of a well, from 0; `None` where its position is unknown.
    pub(super) fn cell(&self, well: WellId, site: u32) -> Option<(u32, u32)> {
        let grid = match self.other_of.get(&well) {
            Some(place) => self.others.get(*place),
            None => self.common.as_ref(),
        };
        grid?.places.get(&site).copied()
    }
}

/// Whether the sites of a well lie to each other as those of a whole well do.
fn lie_alike(whole: &WellSites, well: &WellSites) -> bool {
    let apart_um = apart_um(whole);
    let shift = |(site, at): (&u32, &SitePosition)| {
        let of_whole = whole.get(site)?;
        Some((at.x_um - of_whole.x_um, at.y_um - of_whole.y_um))
    };
    let mut shifts = well.iter().filter_map(shift);
    let Some((x_um, y_um)) = shifts.next() else { return false };
    shifts.all(|(x, y)| (x - x_um).abs() <= apart_um && (y - y_um).abs() <= apart_um)
}

/// How far two sites lie apart along an axis that are not in one line.
fn apart_um(well: &WellSites) -> f64 {
    let extent = |of: fn(&SitePosition) -> f64| {
        let ends = |(least, most): (f64, f64), at: &SitePosition| (least.min(of(at)), most.max(of(at)));
        let (least, most) = well.values().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        most - least
    };
    extent(|at| at.x_um).max(extent(|at| at.y_um)) * SAME_LINE
}

/// Where the sites of a well lie in columns and rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SiteGrid {
    /// Column and row of each site, from 0.
    pub(super) places: BTreeMap<u32, (u32, u32)>,
    pub(super) columns: u32,
    pub(super) rows: u32,
}

impl SiteGrid {
    /// The grid of the sites of a well; `None` of no site.
    fn of(positions: &WellSites) -> Option<Self> {
        if positions.is_empty() {
            return None;
        }
        let along = |axis: fn(&SitePosition) -> f64| {
            let mut sorted: Vec<f64> = positions.values().map(axis).collect();
            sorted.sort_by(f64::total_cmp);
            sorted
        };
        let (x, y) = (along(|position| position.x_um), along(|position| position.y_um));
        let apart = apart_um(positions);
        let (columns, rows) = (lines(&x, apart), lines(&y, apart));
        let cell =
            |position: &SitePosition| (line_of(&columns, position.x_um), line_of(&rows, position.y_um));
        let places = positions.iter().map(|(site, position)| (*site, cell(position))).collect();
        let count = |lines: &[f64]| u32::try_from(lines.len()).unwrap_or(u32::MAX);
        Some(Self { places, columns: count(&columns), rows: count(&rows) })
    }

    /// A grid that only says how many sites there are.
    pub(super) fn nominal(sites: usize) -> Self {
        let sites = u32::try_from(sites).unwrap_or(u32::MAX);
        let columns = sites.isqrt().max(1);
        let places = (0..sites).map(|index| (index + 1, (index % columns, index / columns))).collect();
        Self { places, columns, rows: sites.div_ceil(columns) }
    }

    /// Whether an HTD can tell it: each site has a cell of its own.
    pub(super) fn fits_htd(&self) -> bool {
        let cells: BTreeSet<&(u32, u32)> = self.places.values().collect();
        cells.len() == self.places.len() && self.columns <= MOST_LINES && self.rows <= MOST_LINES
    }

    /// Whether the sites are numbered from 1 in reading order, as readers of an HTD take them.
    pub(super) fn is_in_reading_order(&self) -> bool {
        (1..).zip(self.places.keys()).all(|(number, site)| number == *site)
            && self.places.values().map(|(column, row)| (row, column)).is_sorted()
    }
}

/// Where the columns of sites begin along x (or the rows along y), given the sorted positions of all sites
/// and how far apart those of two columns are.
fn lines(sorted_um: &[f64], apart_um: f64) -> Vec<f64> {
    let mut lines = Vec::new();
    let mut before = f64::NEG_INFINITY;
    for &position_um in sorted_um {
        if position_um - before > apart_um {
            lines.push(position_um);
        }
        before = position_um;
    }
    lines
}

fn line_of(lines: &[f64], place_um: f64) -> u32 {
    let not_after = lines.partition_point(|line| *line <= place_um);
    u32::try_from(not_after.saturating_sub(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(positions: &[(u32, f64, f64)]) -> Option<SiteGrid> {
        SiteGrid::of(&well(positions))
    }

    fn well(positions: &[(u32, f64, f64)]) -> WellSites {
        let at = |(site, x_um, y_um): &(u32, f64, f64)| (*site, SitePosition { x_um: *x_um, y_um: *y_um });
        positions.iter().map(at).collect()
    }

    #[test]
    fn sites_lie_in_columns_and_rows() {
        // A stage that does not come to rest twice at the same place.
        let found = grid(&[(1, -350.0, 0.0), (2, 349.9, -1e-12), (3, -349.8, 700.2), (4, 350.1, 700.0)]);
        let found = found.expect("known positions");
        assert_eq!(found.places.values().copied().collect::<Vec<_>>(), [(0, 0), (1, 0), (0, 1), (1, 1)]);
        assert!(found.is_in_reading_order() && found.fits_htd());
        let row = grid(&[(1, -350.0, 0.0), (2, 349.9, 0.02)]).expect("known positions");
        assert_eq!((row.columns, row.rows), (2, 1));
        // Harmony begins in the middle.
        let found = grid(&[(1, 0.0, 0.0), (2, -100.0, 0.0), (3, 100.0, 0.0)]).expect("known positions");
        assert_eq!(found.places.values().copied().collect::<Vec<_>>(), [(1, 0), (0, 0), (2, 0)]);
        assert!(!found.is_in_reading_order() && found.fits_htd());
        let twice = grid(&[(1, 5.0, 5.0), (2, 5.0, 5.0)]).expect("known positions");
        assert!(!twice.fits_htd());
        assert_eq!(grid(&[]), None);
    }

    #[test]
    fn wells_that_lie_alike_share_a_grid() {
        let square = [(1, 0.0, 0.0), (2, 100.0, 0.0), (3, 0.0, 100.0), (4, 100.0, 100.0)];
        // Elsewhere in its well, and by a stage that does not come to rest twice at the same place.
        let moved = square.map(|(site, x, y)| (site, x + 40.0 + f64::from(site % 2) * 0.3, y - 7.0));
        let part = [(2, 99.8, 0.0), (3, 0.0, 100.0)];
        let column = [(1, 0.0, 0.0), (2, 0.0, 100.0)];
        type Case<'a> = (&'a [&'a [(u32, f64, f64)]], bool, &'a [Option<(u32, u32)>]);
        // Wells, whether they are alike, and the cell of site 2 in each.
        let table: [Case<'_>; 5] = [
            (&[&square, &moved, &part], true, &[Some((1, 0)), Some((1, 0)), Some((1, 0))]),
            (&[&square, &column, &column], false, &[Some((1, 0)), Some((0, 1)), Some((0, 1))]),
            (&[&column, &square], false, &[Some((0, 1)), Some((1, 0))]),
            // No well has all sites.
            (&[&part, &[(1, 0.0, 0.0)]], false, &[Some((1, 0)), None]),
            (&[&[(2, 5.0, 5.0)]], true, &[Some((0, 0))]),
        ];
        for (wells, alike, cells) in table {
            let ids = (0..).map(|column| WellId { row: 0, column });
            let wells: BTreeMap<WellId, WellSites> =
                ids.zip(wells.iter().map(|positions| well(positions))).collect();
            let sites: BTreeSet<u32> = wells.values().flat_map(|well| well.keys().copied()).collect();
            let whole = wells.values().find(|well| sites.iter().all(|site| well.contains_key(site)));
            let of = |wells: &BTreeMap<WellId, WellSites>| {
                SiteGrids::of(whole, &sites, &wells.iter().map(|(well, sites)| (*well, sites)).collect())
            };
            let grids = of(&wells);
            assert_eq!(grids.are_alike(), alike, "{wells:?}");
            let found: Vec<_> = wells.keys().map(|well| grids.cell(*well, 2)).collect();
            assert_eq!(found, cells, "{wells:?}");
            // Alone each well has the same cells.
            let alone = |(well, sites): (&WellId, &WellSites)| {
                of(&BTreeMap::from([(*well, sites.clone())])).cell(*well, 2)
            };
            assert_eq!(wells.iter().map(alone).collect::<Vec<_>>(), cells, "{wells:?}");
            assert!(grids.others.len() <= grids.other_of.len());
        }
    }

    #[test]
    fn a_nominal_grid_has_room_for_every_site() {
        for (sites, expected) in [(0, (1, 0)), (1, (1, 1)), (5, (2, 3)), (9, (3, 3)), (120, (10, 12))] {
            let grid = SiteGrid::nominal(sites);
            assert_eq!((grid.columns, grid.rows), expected, "{sites}");
            assert_eq!(grid.places.len(), sites);
        }
    }
}
