//! The images of each well in the overview of the plate, and where they lie in the square that stands for it.

use std::collections::BTreeMap;

use egui::{Rect, Vec2, pos2};

use super::image_list::{ImageList, ImagesModel, Item};
use super::overview_choice::PlaneChoice;
use super::site_layout::{PlateFrame, Spot, plain_grid, size_between};
use crate::image::ImageSource;
use crate::plan::PlateImages;
use crate::plate::{Component, ImageKey, MeasureError, SitePosition, WellId};
use crate::quantity::plural;

/// An image in its well.
pub(crate) struct WellPicture {
    /// The image or what is known of it.
    pub(crate) item: Item,
    pub(crate) source: Option<ImageSource>,
    /// Its place in a square of side 1.
    pub(crate) place: Rect,
    /// Where its middle lies in the well, where it is drawn there.
    pub(crate) position: Option<SitePosition>,
}

/// A well with the images that stand for it.
#[derive(Default)]
pub(crate) struct WellCell {
    /// In the order of their sites, in which they are painted; none where the well has no such image.
    pub(crate) pictures: Vec<WellPicture>,
    /// Whether sites stand in a plain grid because it is not known where they lie.
    pub(crate) is_grid: bool,
}

impl WellCell {
    /// The image that is seen at a place in a square of side 1.
    pub(crate) fn at(&self, place: Vec2) -> Option<&WellPicture> {
        self.pictures.iter().rev().find(|picture| picture.place.contains(place.to_pos2()))
    }

    /// Whether one image fills the square.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.pictures.as_slice(), [one] if one.place == WHOLE)
    }
}

/// The wells of a plate with their images.
#[derive(Default)]
pub(crate) struct WellCells {
    pub(crate) cells: BTreeMap<WellId, WellCell>,
    /// The images in the order of their wells and sites, for the viewer to go from one to the next.
    pub(crate) list: ImageList,
    /// What is to be said of where the sites stand; `None` where all lie as they were recorded.
    pub(crate) remark: Option<String>,
    made_of: Option<MadeOf>,
    version: u64,
}

#[derive(PartialEq)]
struct MadeOf {
    plate_id: u64,
    list_version: u64,
    /// Images whose size is known.
    measured: usize,
    choice: PlaneChoice,
}

/// The whole of the square of a well.
const WHOLE: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(1.0, 1.0) };

impl WellCells {
    /// Works them out again where plate, outputs or choice are others.
    pub(crate) fn refresh(&mut self, model: &ImagesModel<'_>, list: &ImageList, choice: &mut PlaneChoice) {
        choice.drop_unknown(list);
        // One image fills its well, whatever its size.
        let measured = if choice.is_all_sites() { model.measured.len() } else { 0 };
        let (plate_id, list_version) = (model.plate_id, list.version);
        let of = MadeOf { plate_id, list_version, measured, choice: choice.clone() };
        if self.made_of.as_ref() == Some(&of) {
            return;
        }
        self.made_of = Some(of);
        let wells = model.wells.keys();
        let items = wells.map(|well| (*well, choice.items_of(model, list, *well))).collect();
        self.cells = if choice.is_all_sites() { placed(model, &items) } else { whole(model, &items) };
        self.remark = remark(model, &self.cells);
        self.version += 1;
        self.list = list.with_items(items.into_values().flatten().collect(), self.version);
    }
}

/// What is to be said of where the sites stand; `None` where all lie as they were recorded.
fn remark(model: &ImagesModel<'_>, cells: &BTreeMap<WellId, WellCell>) -> Option<String> {
    let shown = cells.iter().filter(|(_, cell)| !cell.pictures.is_empty());
    let (in_grid, placed): (Vec<_>, Vec<_>) = shown.partition(|(_, cell)| cell.is_grid);
    if in_grid.is_empty() {
        return None;
    }
    let whose = if placed.is_empty() {
        "the sites".to_owned()
    } else {
        format!("the sites of {}", plural(in_grid.len(), "well"))
    };
    let is_unread = |well: &WellId| {
        let first = model.plate.images_of(*well).first();
        first.is_some_and(|image| {
            matches!(model.measured.format(model.plate, image.key()), Err(MeasureError::NotRead))
        })
    };
    // Some formats say in each image where it lies.
    let hint = if in_grid.iter().any(|(well, _)| is_unread(well)) {
        " Select wells on the plate map to read their positions."
    } else {
        ""
    };
    Some(format!("The positions of {whose} are not known, so they are shown in a plain grid.{hint}"))
}

fn whole(model: &ImagesModel<'_>, items: &BTreeMap<WellId, Vec<Item>>) -> BTreeMap<WellId, WellCell> {
    let cell = |items: &Vec<Item>| {
        let pictures = items.iter().map(|item| picture(model, *item, WHOLE, None)).collect();
        WellCell { pictures, is_grid: false }
    };
    items.iter().map(|(well, items)| (*well, cell(items))).collect()
}

fn picture(model: &ImagesModel<'_>, item: Item, place: Rect, position: Option<SitePosition>) -> WellPicture {
    WellPicture { item, source: item.source(model), place, position }
}

/// The images where their sites lie. What is of no single site fills its well.
fn placed(model: &ImagesModel<'_>, items: &BTreeMap<WellId, Vec<Item>>) -> BTreeMap<WellId, WellCell> {
    let spots = spots(model, items);
    let frame = PlateFrame::of(spots.values().map(Vec::as_slice), model.plate.shape);
    let cell = |well: &WellId, items: &Vec<Item>| {
        if let Some((spots, frame)) = spots.get(well).zip(frame) {
            let places = frame.places(spots).into_iter().zip(spots);
            let pictures = items.iter().zip(places);
            let pictures = pictures.map(|(item, (place, spot))| picture(model, *item, place, Some(spot.at)));
            return WellCell { pictures: pictures.collect(), is_grid: false };
        }
        let is_grid = items.iter().any(|item| item.key.site.is_some());
        let pictures = items.iter().zip(plain_grid(items.len()));
        let pictures = pictures.map(|(item, place)| picture(model, *item, place, None)).collect();
        WellCell { pictures, is_grid }
    };
    items.iter().map(|(well, items)| (*well, cell(well, items))).collect()
}

/// The places of the images of those wells of which all positions are known.
fn spots(model: &ImagesModel<'_>, items: &BTreeMap<WellId, Vec<Item>>) -> BTreeMap<WellId, Vec<Spot>> {
    let known = PlateImages::of_images(model.plate, model.measured, &[]);
    let positions_of = |well: WellId, items: &Vec<Item>| -> Option<Vec<SitePosition>> {
        let of_well = known.positions_of(well)?;
        items.iter().map(|item| of_well.of(item.key)).collect()
    };
    let positions: BTreeMap<WellId, Vec<SitePosition>> = items
        .iter()
        .filter(|(_, items)| !items.is_empty())
        .filter_map(|(well, items)| Some((*well, positions_of(*well, items)?)))
        .collect();
    let usual = model.measured.usual_formats();
    // Of all channels together the size is that of the first.
    let first = model.plate.values(Component::Channel).first().copied();
    let format_of = |key: ImageKey| {
        model.measured.format(model.plate, key).ok().or_else(|| usual.of(key.channel.or(first)?))
    };
    let between = size_between(&positions.values().map(Vec::as_slice).collect::<Vec<_>>());
    // What a step has made shows the same part of the well as what it was made of.
    let size_um = |key: ImageKey| {
        let (format, pixel) = format_of(key).zip(model.plate.pixel_sizes.of(key.channel))?;
        Some([f64::from(format.width) * pixel.x_um, f64::from(format.height) * pixel.y_um])
    };
    let spots = |well: WellId, positions: Vec<SitePosition>| {
        let images = items.get(&well).into_iter().flatten().zip(positions);
        images.map(|(item, at)| Spot { at, size_um: size_um(item.key).unwrap_or(between) }).collect()
    };
    positions.into_iter().map(|(well, positions)| (well, spots(well, positions))).collect()
}
