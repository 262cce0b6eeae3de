//! Stitching: one image, a mosaic, of all sites of a well.
//!
//! Each site's image is a tile whose upper left corner lies at whole pixels, x to the right and y down:
//!
//! - by *stage positions*: how far the image lies to the right of the leftmost of its mosaic, divided by the
//!   width of a pixel of its channel, and how far below the uppermost, divided by the height, both rounded to the
//!   nearest (halves up). Each image has its own position, which comes with it: a mosaic is laid out by what its
//!   own well, channel and timepoint were recorded at;
//! - on a *grid*: site 1 lies in the first cell (where there is a site 0, that does), site 2 in the next, row by row from
//!   the top left, and a number that no well has leaves its cell empty. The cell in column `c` and
//!   row `r` lies at `c * width * (1 - overlap / 100)` and `r * height * (1 - overlap / 100)` pixels, each rounded once,
//!   likewise.
//!
//! The mosaic is the smallest image that holds the tiles of the group, so that the least corner of each
//! direction is at 0. A pixel of no tile is 0, a pixel of one tile is that tile's. Where tiles overlap it
//! is `sum(w * x) / sum(w)` over them, in 64-bit floats and in the order of the site numbers, rounded to the nearest
//! (halves to even), where w is the distance of the pixel to the nearest edge of its
//! tile, counted from 1: a linear blend from one tile to the other. What is no finite number takes no part where
//! another tile has one, and is counted.
//!
//! Tiles lie where the stage says. Deliberately absent: finding better places from what the images show.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::mosaic::{Corner, Mosaic};
use super::sample::{for_each_type, not_numbers};
use super::site_grid::{Cell, cell, first_of_grid, remark_on_grid};
use crate::cancel::Cancel;
use crate::image::{ImageFormat, ImageMut};
use crate::limits;
use crate::pipeline::definition::Definition;
use crate::pipeline::operation::{NewImage, Operation, PlacedKey, StepSettings};
use crate::pipeline::setting::{About, Form};
use crate::pipeline::settings_fault::SettingsFault;
use crate::pipeline::surroundings::{PlateView, Surroundings};
use crate::pipeline::unresolved::{Unresolved, Untold};
use crate::pipeline::{Input, NoteKind, Scratch, StepError, StepNote};
use crate::plate::{Component, PixelSizes, SitePosition};

/// Where sites lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Placement {
    /// Where the stage was, as the files tell.
    #[default]
    StagePositions,
    /// Row by row on a grid, for plates whose files do not tell.
    Grid {
        /// Sites of a row.
        #[serde(default = "usual_columns")]
        columns: u32,
        /// How much of a site its neighbour shows too, in percent of its width and height.
        #[serde(default = "usual_overlap_percent")]
        overlap_percent: f64,
    },
}

const fn usual_columns() -> u32 {
    3
}

const fn usual_overlap_percent() -> f64 {
    10.0
}

/// Settings of stitching.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Stitching {
    /// Where sites lie.
    pub placement: Placement,
}

/// The settings as files have them.
#[derive(Default, Deserialize)]
#[serde(rename = "Stitching", default, deny_unknown_fields)]
struct Stored {
    placement: Placement,
    /// What a plan had worked out, in files of earlier versions.
    #[serde(rename = "corners")]
    _corners: IgnoredAny,
}

impl From<Stored> for Stitching {
    fn from(stored: Stored) -> Self {
        Self { placement: stored.placement }
    }
}

/// Where the sites of a plate lie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Tiles {
    /// Where each image was recorded, in pixels of these sizes.
    At(PixelSizes),
    /// Row by row from the site with the first number.
    Grid {
        columns: u32,
        overlap_percent: f64,
        first: u32,
        /// By which it is told whether the sites were recorded elsewhere, as far as they are known.
        sizes: PixelSizes,
    },
}

/// Mosaics on a grid of which the sites were recorded elsewhere.
const NOT_AS_RECORDED: NoteKind = NoteKind {
    one: "mosaic does not agree with the recorded positions of its sites: place them by stage position, or change \
          columns and overlap",
    many: "mosaics do not agree with the recorded positions of their sites: place them by stage position, or \
           change columns and overlap",
};

/// Sites may lie so far, as a part of a tile's side, from where they were recorded.
const MOST_ASIDE: f64 = 0.02;

impl Placement {
    /// The numbers of columns that make sense.
    pub(crate) const COLUMNS: std::ops::RangeInclusive<u32> = 1..=1000;
    /// The overlaps that make sense.
    pub(crate) const OVERLAPS_PERCENT: std::ops::RangeInclusive<f64> = 0.0..=90.0;
    /// What a grid is to begin with.
    pub const USUAL_GRID: Self =
        Self::Grid { columns: usual_columns(), overlap_percent: usual_overlap_percent() };
}

impl Stitching {
    pub(crate) const NAME: &str = "Stitching";
}

impl Tiles {
    /// The corner of each tile in the mosaic of a group.
    fn corners(&self, tile: ImageFormat, sites: &[PlacedKey]) -> Result<Vec<Corner>, StepError> {
        match *self {
            Self::At(ref sizes) => {
                let places = sites.iter().map(placed).collect::<Result<Vec<_>, _>>()?;
                let least =
                    |of: fn(&SitePosition) -> f64| places.iter().map(of).fold(f64::INFINITY, f64::min);
                let (left_um, top_um) = (least(|place| place.x_um), least(|place| place.y_um));
                let corner = |(site, place): (&PlacedKey, &SitePosition)| {
                    let unknown = StepError::PixelSizeUnknown { step: Stitching::NAME, key: site.key };
                    let size = sizes.of(site.key.channel).ok_or(unknown)?;
                    let x = pixels((place.x_um - left_um) / size.x_um);
                    Ok(Corner { x, y: pixels((place.y_um - top_um) / size.y_um) })
                };
                sites.iter().zip(&places).map(corner).collect()
            }
            Self::Grid { columns, overlap_percent, first, .. } => {
                // What has been stitched before lies where it lies.
                let cells = sites.iter().map(|site| cell(site.key.site.unwrap_or(first), first, columns));
                let cells: Vec<Cell> = cells.collect();
                let least = |of: fn(&Cell) -> u32| cells.iter().map(of).min().unwrap_or(0);
                let (left, top) = (least(|cell| cell.column), least(|cell| cell.row));
                let place = |cells: u32, side: u32| {
                    pixels(f64::from(cells) * f64::from(side) * (1.0 - overlap_percent / 100.0))
                };
                let corner = |cell: &Cell| Corner {
                    x: place(cell.column - left, tile.width),
                    y: place(cell.row - top, tile.height),
                };
                Ok(cells.iter().map(corner).collect())
            }
        }
    }
}

impl Tiles {
    /// Whether tiles that lie on a grid were recorded elsewhere to each other.
    fn note_on_places(&self, tile: ImageFormat, tiles: &[Input<'_>], corners: &[Corner]) -> StepNote {
        let Self::Grid { sizes, .. } = self else { return StepNote::default() };
        let recorded = |input: &Input<'_>| {
            let (position, size) = (input.position?, sizes.of(input.key.channel)?);
            Some([position.x_um / size.x_um, position.y_um / size.y_um])
        };
        let places = tiles.iter().zip(corners).filter_map(|(input, corner)| {
            Some((recorded(input)?, [f64::from(corner.x), f64::from(corner.y)]))
        });
        let mut aside = places.map(|(at, lies)| [at[0] - lies[0], at[1] - lies[1]]);
        let Some(first) = aside.next() else { return StepNote::default() };
        let most = [tile.width, tile.height].map(|side| (f64::from(side) * MOST_ASIDE).max(2.0));
        let is_elsewhere =
            aside.any(|other| (0..2).any(|axis| (other[axis] - first[axis]).abs() > most[axis]));
        let mosaic = tiles[0].key.with(Component::Site, None);
        StepNote::of(NOT_AS_RECORDED, mosaic, u64::from(is_elsewhere))
    }
}

impl StepSettings for Stitching {
    type Operation = Tiles;

    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn slug(&self) -> &'static str {
        "stitched"
    }

    /// `by stage position`, `3 columns, 10 % overlap`.
    fn settings_text(&self) -> String {
        match self.placement {
            Placement::StagePositions => "by stage position".to_owned(),
            Placement::Grid { columns, overlap_percent } => {
                format!("{columns} columns, {overlap_percent} % overlap")
            }
        }
    }

    fn explanation(&self) -> &'static str {
        "Joins all sites of a well to one image, blended where they overlap, so \
         all sites are in memory together."
    }

    fn definition(&self) -> Definition {
        Definition {
            does: "One image of all sites. Sites are placed by stage position, or site n is in the nth cell of a \
                   grid (counted from 0 if there is a site 0). Cells are width × (1 − overlap) apart, and each \
                   place is rounded once. Overlaps have the mean, weighted by the distance to the edge of the \
                   tile, rounded. Pixels without a tile are 0.",
            source: "The formula in NumPy, exactly.",
            types: "All.",
            constant: "Like any other image.",
            sizes: "A mosaic of more than 2 GB fails, by name. If the plate lacks a site, its place on a grid \
                    stays empty, and a note says so. A note also says if a grid does not agree with the recorded \
                    positions. If only one well lacks a site, the mosaic of this well is withheld.",
            not_numbers: "They are left out of the mean if another tile has a number there, and are counted in a note.",
        }
    }

    fn check(&self) -> Result<(), SettingsFault> {
        let Placement::Grid { columns, overlap_percent } = self.placement else { return Ok(()) };
        if !Placement::COLUMNS.contains(&columns) {
            return Err(SettingsFault::GridColumns { columns });
        }
        if !Placement::OVERLAPS_PERCENT.contains(&overlap_percent) {
            return Err(SettingsFault::GridOverlap { overlap_percent });
        }
        Ok(())
    }

    fn assembles(&self) -> Option<Component> {
        Some(Component::Site)
    }

    fn changed_since(&self, definitions: u32) -> Option<&'static str> {
        (definitions < 2).then_some(
            "where tiles overlap values are rounded to the nearest, and on a grid each place is rounded once and \
             a missing site leaves its place empty",
        )
    }

    fn form(&mut self, form: &mut Form<'_>) {
        let grid = match self.placement {
            Placement::StagePositions => Placement::USUAL_GRID,
            grid @ Placement::Grid { .. } => grid,
        };
        let choices = [(Placement::StagePositions, "by stage position"), (grid, "on a grid")];
        form.choice(About::new("placement", "Placement of the sites"), &mut self.placement, &choices);
        if let Placement::Grid { columns, overlap_percent } = &mut self.placement {
            form.next_line();
            let about = About::new("columns", "Columns of the grid").caption("columns");
            form.whole(about, columns, Placement::COLUMNS);
            let about = About::new("overlap_percent", "Overlap of neighbouring sites");
            form.number(about.caption("overlap").unit(" %"), overlap_percent, Placement::OVERLAPS_PERCENT);
        }
    }

    fn former_settings(&self) -> &'static [&'static str] {
        &["corners"]
    }

    /// A grid, where it is not known where sites lie.
    fn fit(&mut self, plate: &dyn PlateView) {
        if !plate.has_site_positions() {
            self.placement = Placement::USUAL_GRID;
        }
    }

    fn remark(&self, plate: &dyn PlateView) -> Option<String> {
        match self.placement {
            Placement::StagePositions => None,
            Placement::Grid { columns, .. } => remark_on_grid(Self::NAME, columns, plate),
        }
    }

    fn resolve(&self, around: &Surroundings<'_>) -> Result<Tiles, Unresolved> {
        match self.placement {
            Placement::Grid { columns, overlap_percent } => {
                let (first, sizes) = (first_of_grid(&around.plate.sites()), around.known_pixel_sizes());
                Ok(Tiles::Grid { columns, overlap_percent, first, sizes })
            }
            Placement::StagePositions => stage_pixels(around).map(Tiles::At).map_err(Unresolved::Places),
        }
    }
}

impl Operation for Tiles {}

impl NewImage for Tiles {
    /// The format of the mosaic of tiles of one format.
    fn output_format(&self, tiles: &[(PlacedKey, ImageFormat)]) -> Result<ImageFormat, StepError> {
        let tile = tiles[0].1;
        let sites: Vec<PlacedKey> = tiles.iter().map(|(site, _)| *site).collect();
        let corners = self.corners(tile, &sites)?;
        // No sum of these overflows: corners have 32 bits.
        let size = |of: fn(&Corner) -> u32, tile: u32| -> u64 {
            u64::from(corners.iter().map(of).max().unwrap_or(0)) + u64::from(tile)
        };
        let (width, height) = (size(|corner| corner.x, tile.width), size(|corner| corner.y, tile.height));
        let too_large = StepError::TooLarge { step: Stitching::NAME, width, height };
        let pixel_bytes = u64::from(tile.samples) * tile.pixel.bytes() as u64;
        let bytes = width.checked_mul(height).and_then(|pixels| pixels.checked_mul(pixel_bytes));
        match (u32::try_from(width), u32::try_from(height), bytes) {
            (Ok(width), Ok(height), Some(..=limits::IMAGE_BYTES)) => {
                Ok(ImageFormat { width, height, ..tile })
            }
            _ => Err(too_large),
        }
    }

    fn goes_by_positions(&self) -> bool {
        matches!(self, Self::At(_))
    }

    /// The middle of the mosaic; of a grid it is not known.
    fn output_position(&self, tiles: &[(PlacedKey, ImageFormat)]) -> Option<SitePosition> {
        let Self::At(sizes) = self else { return None };
        let (first, tile) = tiles[0];
        let sites: Vec<PlacedKey> = tiles.iter().map(|(site, _)| *site).collect();
        let corners = self.corners(tile, &sites).ok()?;
        let (position, size) = (first.position?, sizes.of(first.key.channel)?);
        // From the middle of the first tile.
        let middle = |of: fn(&Corner) -> u32| {
            f64::from(corners.iter().map(of).max().unwrap_or(0)) / 2.0 - f64::from(of(&corners[0]))
        };
        Some(SitePosition {
            x_um: position.x_um + middle(|corner| corner.x) * size.x_um,
            y_um: position.y_um + middle(|corner| corner.y) * size.y_um,
        })
    }

    fn run(
        &self,
        tiles: &[Input<'_>],
        output: ImageMut<'_>,
        _scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let ImageMut { format, bytes } = output;
        let tile = tiles[0].image.format;
        StepError::check_alike(Stitching::NAME, tiles.iter().map(|tile| (tile.key, tile.image.format)))?;
        let placed = |&Input { key, position, .. }: &Input<'_>| PlacedKey { key, position };
        let corners = self.corners(tile, &tiles.iter().map(placed).collect::<Vec<_>>())?;
        macro_rules! join {
            ($type:ty) => {{
                let pixels = tiles.iter().map(|tile| bytemuck::cast_slice(tile.image.bytes));
                let mosaic = Mosaic::<$type>::new(tile, format.width, &corners, pixels);
                mosaic.join(bytemuck::cast_slice_mut(bytes), cancel)?
            }};
        }
        for_each_type!(format.pixel, join);
        let mut note = self.note_on_places(tile, tiles, &corners);
        macro_rules! gaps {
            ($type:ty) => {
                for tile in tiles {
                    let gaps = not_numbers::<$type>(bytemuck::cast_slice(tile.image.bytes));
                    note += StepNote::of(NoteKind::NOT_FINITE, tile.key, gaps);
                }
            };
        }
        for_each_type!(format.pixel, gaps);
        Ok(note)
    }
}

/// The sizes of pixels, where it is known where all images lie; else what is not known.
fn stage_pixels(around: &Surroundings<'_>) -> Result<PixelSizes, Untold> {
    let sizes = around.pixel_sizes()?;
    // Those of which nothing is there need no place: a mosaic without them is withheld. What has been stitched
    // before needs none either.
    let unplaced = around.plate.unplaced().filter(|_| !around.joined.contains(&Component::Site));
    match unplaced.and_then(|image| Some((image.well, image.site?))) {
        Some((well, site)) => Err(Untold::StagePosition { well, site }),
        None => Ok(sizes),
    }
}

/// Where a tile lies.
fn placed(site: &PlacedKey) -> Result<SitePosition, StepError> {
    match (site.key.site, site.position) {
        (Some(_), Some(position)) => Ok(position),
        // What has been stitched before lies where it lies.
        (None, _) => Ok(SitePosition { x_um: 0.0, y_um: 0.0 }),
        (Some(_), None) => Err(StepError::Unplaced { step: Stitching::NAME, key: site.key }),
    }
}

/// To the nearest whole pixel, halves up.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // held at the limits
fn pixels(distance_px: f64) -> u32 {
    /// What a distance may lose in being worked out, so that a half is one in every well.
    const LOST: f64 = 1e-6;
    (distance_px + LOST).round() as u32
}
