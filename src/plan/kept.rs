//! The plates that the kept images of a run make: one for each step that is kept, in the form of an
//! ImageXpress plate, whatever microscope the source is of.
//!
//! That form is read by the most programs: Stepwell, CellProfiler and scripts read its names, Bio-Formats
//! (so Fiji) and OpenHCS find the images by its HTD, and each file says by itself what it shows. An
//! index of Harmony would be of use to fewer, and would have to be rewritten with every combination
//! to be true after a kill; an HTD says what is planned, and is written once. Folders are those of
//! the source where it is an ImageXpress plate, else those of an export. A component that has been
//! assembled is left out of the names, as MetaXpress does for single images, so that the images are read
//! as images and not as projections kept apart. Where each image lies is in its own file; an HTD has one grid of
//! sites for all wells, which is called nominal where wells lie differently. Deliberately absent: any IO.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Plan, PlateFacts};
use crate::image::ImageFormat;
use crate::pipeline::PlacedKey;
use crate::plate::{
    Component, Htd, ImageDescription, ImageKey, Naming, PixelSize, Property, SitePosition, WellId,
    safe_prefix,
};

/// Sites that are nearer to each other along an axis than this part of what all sites extend over are
/// in one column (or row): stages do not come to rest twice at the same place.
const SAME_LINE: f64 = 1.0 / 200.0;

/// Readers of an HTD take no more columns or rows of sites.
const MOST_LINES: u32 = 100;

/// What the kept images of a run have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptPlate {
    /// Name of the source.
    name: String,
    facts: PlateFacts,
    wells: BTreeSet<WellId>,
    /// The values of the components in the source images of the run.
    values: BTreeMap<Component, BTreeSet<u32>>,
    grids: SiteGrids,
}

/// A step whose images are kept, as a plate.
#[derive(Debug)]
pub(crate) struct KeptStep<'a> {
    plate: &'a KeptPlate,
    /// Name of the step's folder in that of the run, with `/` between folders.
    pub folder: String,
    /// How its images are named in that folder.
    pub naming: Naming,
    /// Pixels of the plate, a side, that a pixel of the images stands for.
    pixel_scale: f64,
    /// The file that says what is planned, named as the naming says.
    pub htd: Htd,
}

/// The kept steps of a run by their index.
pub(crate) type KeptSteps<'a> = BTreeMap<usize, KeptStep<'a>>;

impl KeptPlate {
    /// What the kept images of a whole plan have in common.
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut values: BTreeMap<Component, BTreeSet<u32>> = BTreeMap::new();
        let mut wells = BTreeSet::new();
        // The first image of each site says where it lies, in whatever order the images are taken.
        let mut firsts: BTreeMap<(WellId, u32), (ImageKey, SitePosition)> = BTreeMap::new();
        for image in plan.combinations.iter().flat_map(|combination| &combination.images) {
            wells.insert(image.key.well);
            for component in Component::ALL {
                values.entry(component).or_default().extend(image.key.get(component));
            }
            if let (Some(site), Some(position)) = (image.key.site, image.position) {
                let first = firsts.entry((image.key.well, site)).or_insert((image.key, position));
                if image.key < first.0 {
                    *first = (image.key, position);
                }
            }
        }
        let sites = values.get(&Component::Site).cloned().unwrap_or_default();
        let mut positions: BTreeMap<WellId, WellSites> = BTreeMap::new();
        for ((well, site), (_, position)) in firsts {
            positions.entry(well).or_default().insert(site, position);
        }
        let grids = SiteGrids::of(&sites, &positions);
        Self { name: plan.plate.name.clone(), facts: plan.facts.clone(), wells, values, grids }
    }

    /// The steps of a plan whose images are kept.
    pub(crate) fn steps(&self, plan: &Plan) -> KeptSteps<'_> {
        let steps = plan.pipeline.steps();
        let (mut joined, mut pixel_scale) = (BTreeSet::new(), 1.0);
        let mut kept = BTreeMap::new();
        for (step_index, step) in steps.iter().enumerate() {
            joined.extend(step.step().joins());
            pixel_scale *= f64::from(step.step().pixel_scale());
            if step.keep_images() {
                let folder = format!("images/{}-{}", step_index + 1, step.step().slug());
                kept.insert(step_index, self.step(folder, &joined, pixel_scale));
            }
        }
        kept
    }

    fn step(&self, folder: String, joined: &BTreeSet<Component>, pixel_scale: f64) -> KeptStep<'_> {
        let values = |component| -> BTreeSet<u32> {
            let values = self.values.get(&component).filter(|_| !joined.contains(&component));
            values.cloned().unwrap_or_else(|| BTreeSet::from([1]))
        };
        let count = |component| u32::try_from(values(component).len()).ok();
        // Programs take 1 for what is not told.
        let in_name = |component| values(component).iter().any(|value| *value != 1);
        let (sites, z) = (values(Component::Site), in_name(Component::Z));
        let naming = Naming {
            prefix: safe_prefix(&self.name),
            in_folders: self.facts.in_folders,
            site: true,
            channel: true,
            z,
            // Folders of planes are looked for in those of timepoints.
            timepoint: in_name(Component::Timepoint) || (z && self.facts.in_folders),
        };
        let nominal = SiteGrid::nominal(sites.len());
        let known = self.grids.of_all.as_ref().filter(|grid| sites.len() > 1 && grid.fits_htd());
        let grid = known.unwrap_or(&nominal);
        let channel_name = |channel: u32| {
            let is_one_channel = !joined.contains(&Component::Channel);
            self.facts.channel_names.get(&channel).filter(|_| is_one_channel).cloned()
        };
        let htd = Htd {
            description: Some(format!("{}, processed by Stepwell", self.name)),
            shape: self.facts.shape,
            wells: self.wells.clone(),
            timepoints: count(Component::Timepoint),
            z_steps: count(Component::Z),
            is_grid_nominal: sites.len() > 1
                && !(self.grids.are_alike() && known.is_some_and(SiteGrid::is_in_reading_order)),
            site_grid: (grid.columns, grid.rows),
            sites: grid.places.values().copied().collect(),
            channels: values(Component::Channel).into_iter().map(|one| (one, channel_name(one))).collect(),
            pixel_size_um: self
                .facts
                .pixel_sizes
                .common()
                .and_then(PixelSize::side_um)
                .map(|um| um * pixel_scale),
            identifier: None,
        };
        KeptStep { plate: self, folder, naming, pixel_scale, htd }
    }
}

impl KeptStep<'_> {
    /// Path of an image in the run's folder, with `/` between folders.
    pub(crate) fn path(&self, key: ImageKey) -> String {
        format!("{}/{}", self.folder, self.naming.path(key))
    }

    /// Path of the HTD in the run's folder.
    pub(crate) fn htd_path(&self) -> String {
        format!("{}/{}", self.folder, self.naming.htd_name())
    }

    /// What the file of an image that lies there says of it.
    pub(crate) fn description(&self, image: PlacedKey, format: ImageFormat) -> String {
        let KeptPlate { facts, grids, .. } = self.plate;
        let PlacedKey { key, position } = image;
        let cell = key.site.and_then(|site| grids.cell(key.well, site));
        // A site without a cell is not placed: its neighbours are, in cells that leave none for it.
        let place =
            position.filter(|_| key.site.is_none() || cell.is_some()).map(|position| (position, cell));
        let channel_name = key.channel.and_then(|channel| facts.channel_names.get(&channel));
        let pixel_size = self.pixel_size(key);
        let channel_name = channel_name.map(String::as_str);
        let objective = facts.objective.as_deref();
        let objective =
            objective.map(|value| Property { element: "prop", id: "_MagSetting_", kind: "string", value });
        ImageDescription { key, format, channel_name, pixel_size, place }
            .text("Stepwell", objective.as_slice())
    }

    /// Size of a pixel of an image, where known.
    pub(crate) fn pixel_size(&self, key: ImageKey) -> Option<PixelSize> {
        self.plate.facts.pixel_sizes.of(key.channel).map(|size| size.scaled(self.pixel_scale))
    }
}

/// The positions of a well's sites.
type WellSites = BTreeMap<u32, SitePosition>;

/// Where the sites of all wells lie in columns and rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SiteGrids {
    /// Of the wells that lie as most do that have all sites; `None` where no well has all.
    of_all: Option<SiteGrid>,
    /// The grids of the other wells, each once.
    others: Vec<SiteGrid>,
    /// Which of them is a well's.
    other_of: BTreeMap<WellId, usize>,
}

impl SiteGrids {
    fn of(sites: &BTreeSet<u32>, wells: &BTreeMap<WellId, WellSites>) -> Self {
        let whole = wells.values().find(|well| sites.iter().all(|site| well.contains_key(site)));
        let of_all = whole.and_then(SiteGrid::of);
        let (mut others, mut other_of) = (Vec::new(), BTreeMap::new());
        for (well, positions) in wells {
            if whole.is_some_and(|whole| lie_alike(whole, positions)) {
                continue;
            }
            let Some(grid) = SiteGrid::of(positions) else { continue };
            let place = others.iter().position(|other| *other == grid).unwrap_or_else(|| {
                others.push(grid);
                others.len() - 1
            });
            other_of.insert(*well, place);
        }
        Self { of_all, others, other_of }
    }

    /// Whether all wells lie alike.
    fn are_alike(&self) -> bool {
        self.other_of.is_empty()
    }

    /// Column and row of a site of a well, from 0; `None` where its position is unknown.
    fn cell(&self, well: WellId, site: u32) -> Option<(u32, u32)> {
        let grid = match self.other_of.get(&well) {
            Some(place) => self.others.get(*place),
            None => self.of_all.as_ref(),
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
struct SiteGrid {
    /// Column and row of each site, from 0.
    places: BTreeMap<u32, (u32, u32)>,
    columns: u32,
    rows: u32,
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
    fn nominal(sites: usize) -> Self {
        let sites = u32::try_from(sites).unwrap_or(u32::MAX);
        let columns = sites.isqrt().max(1);
        let places = (0..sites).map(|index| (index + 1, (index % columns, index / columns))).collect();
        Self { places, columns, rows: sites.div_ceil(columns) }
    }

    /// Whether an HTD can tell it: each site has a cell of its own.
    fn fits_htd(&self) -> bool {
        let cells: BTreeSet<&(u32, u32)> = self.places.values().collect();
        cells.len() == self.places.len() && self.columns <= MOST_LINES && self.rows <= MOST_LINES
    }

    /// Whether the sites are numbered from 1 in reading order, as readers of an HTD take them.
    fn is_in_reading_order(&self) -> bool {
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
            let sites = wells.values().flat_map(|well| well.keys().copied()).collect();
            let grids = SiteGrids::of(&sites, &wells);
            assert_eq!(grids.are_alike(), alike, "{wells:?}");
            let found: Vec<_> = wells.keys().map(|well| grids.cell(*well, 2)).collect();
            assert_eq!(found, cells, "{wells:?}");
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
