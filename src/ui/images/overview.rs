//! The whole plate in its real geometry, each well the picture of one image or of all its sites: which wells look
//! odd is seen at a glance. At first all of it fits; zoomed in it is scrolled both ways under the names of its
//! rows and columns.
//!
//! Only what is in sight is painted and read. Which images stand for a well is worked out in
//! [`overview_choice`](super::overview_choice), where they lie in [`overview_wells`](super::overview_wells).
//! Deliberately absent: the selection of wells, which is the plate map's.

use egui::{
    EventFilter, Id, Key, Modifiers, Rect, Response, ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui,
    UiBuilder, Vec2, pos2, vec2,
};

use super::image_list::{ImageList, ImagesModel, Item};
use super::overview_choice::PlaneChoice;
use super::overview_well::{WellSubject, well_ui};
use super::overview_wells::WellCells;
use super::quads::Quads;
use super::thumbnails::Thumbnails;
use crate::plate::{WellId, row_letters};
use crate::quantity::plural;
use crate::ui::plate::geometry::{GUTTER, Geometry, TOP, moved};
use crate::ui::screen_reader::{self, CellAsked, Place, asked_of};
use crate::ui::theme::{SMALL_RADIUS, Theme};

/// The largest side of a well, in points.
const LARGEST_WELL: f32 = 256.0;
/// The smallest side of a well, in points.
const SMALLEST_WELL: f32 = 5.0;

/// What the overview remembers.
#[derive(Default)]
pub(crate) struct Overview {
    /// Whether it is shown instead of the grid.
    pub(crate) is_on: bool,
    /// From 0, where all of the plate is seen, to 1.
    pub(crate) zoom: f32,
    pub(crate) choice: PlaneChoice,
    pub(crate) wells: WellCells,
    /// The well that the arrow keys are at.
    cursor: Option<WellId>,
    takes_focus: bool,
    scrolls_to_cursor: bool,
    /// Side of a well and offset in the last frame, so that zooming keeps the middle in its place.
    last: Option<(f32, Vec2)>,
}

impl Overview {
    /// Begins anew with another plate.
    pub(crate) fn forget_plate(&mut self) {
        *self = Self { is_on: self.is_on, ..Self::default() };
    }

    /// Works out the images of the wells, where that is needed.
    pub(crate) fn refresh(&mut self, model: &ImagesModel<'_>, list: &ImageList) {
        self.wells.refresh(model, list, &mut self.choice);
    }

    /// Goes to the well that was looked at in the viewer.
    pub(crate) fn return_to(&mut self, position: usize) {
        self.cursor = self.wells.list.items.get(position).map(|item| item.key.well);
        self.takes_focus = true;
        self.scrolls_to_cursor = true;
    }
}

/// Draws the wells; returns the place of the image to open in the list of the overview.
pub(crate) fn overview_ui(
    ui: &mut Ui,
    model: &ImagesModel<'_>,
    overview: &mut Overview,
    thumbnails: &mut Thumbnails,
) -> Option<usize> {
    let shape = model.plate.shape;
    let all = ui.available_rect_before_wrap();
    let inner = Rect::from_min_max(all.min + vec2(GUTTER, TOP), all.max);
    if inner.width() < 32.0 || inner.height() < 32.0 {
        return None;
    }
    let (columns, rows) = (f32::from(shape.columns.max(1)), f32::from(shape.rows.max(1)));
    let fitting = (inner.width() / columns).min(inner.height() / rows).clamp(SMALLEST_WELL, LARGEST_WELL);
    let fitting = (fitting * 2.0).floor() / 2.0;
    let pitch = fitting * (LARGEST_WELL / fitting).powf(overview.zoom.clamp(0.0, 1.0));
    let size = vec2(columns, rows) * pitch;

    let region = ui.interact(all, region_id(), Sense::focusable_noninteractive());
    if std::mem::take(&mut overview.takes_focus) {
        region.request_focus();
    }
    let name = format!("Whole plate, {}. Arrow keys move, Enter opens", plural(shape.wells(), "well"));
    let grid = Place { row: shape.rows.into(), column: shape.columns.into() };
    screen_reader::grid_info(&region, grid, &name);
    let keyed = keys(ui, model, overview, &region);

    let mut area = ScrollArea::both().id_salt("overview").auto_shrink(false);
    if let Some(offset) = wanted_offset(overview, pitch, inner.size()) {
        area = area.scroll_offset(offset);
    }
    let mut clicked: Option<(WellId, Option<Item>)> = None;
    let mut hovered = None;
    let builder = UiBuilder::new().max_rect(inner).accessibility_parent(region.id);
    let offset = ui
        .scope_builder(builder, |ui| {
            let output = area.show_viewport(ui, |ui, seen| {
                ui.set_min_size(size);
                let geometry = Geometry { origin: ui.min_rect().min, pitch, shape };
                let mut pointer = WellPointer::new(ui, &geometry);
                let mut quads = Quads::new(ui.ctx().pixels_per_point());
                let below_marks = ui.painter().add(Shape::Noop);
                for well in wells_in(&geometry, seen) {
                    let cell = overview.wells.cells.get(&well);
                    let list = &overview.wells.list;
                    let rect = geometry.rect(well);
                    let subject = WellSubject { well, rect, cell, list, id: region_id().with(well) };
                    let response = pointer.at(ui, &geometry, &subject);
                    well_ui(ui, model, &subject, thumbnails, &mut quads, response.as_ref());
                    let Some(response) = response else { continue };
                    let row = region_id().with(("row", well.row));
                    let is_row_asked = well.column == 0 && asked_of(ui.ctx(), row).is_some();
                    if is_row_asked || asked_of(ui.ctx(), subject.id) == Some(CellAsked::Focus) {
                        overview.cursor = Some(well);
                        region.request_focus();
                    }
                    if response.hovered() {
                        hovered = Some(well);
                    }
                    if response.clicked() {
                        let at = response.interact_pointer_pos();
                        let picture = at.and_then(|at| subject.picture_at(at));
                        clicked = Some((well, picture.map(|picture| picture.item)));
                    }
                }
                ui.painter().set(below_marks, quads.into_shape());
                if let (Some(well), true) = (overview.cursor, region.has_focus()) {
                    let ring = geometry.rect(well).expand(1.0);
                    let colour = Theme::of(ui).text;
                    ui.painter().rect_stroke(
                        ring,
                        SMALL_RADIUS,
                        Stroke::new(2.0, colour),
                        StrokeKind::Outside,
                    );
                    screen_reader::speak_of(ui.ctx(), region.id, region_id().with(well));
                }
            });
            output.state.clamped_offset()
        })
        .inner;
    overview.last = Some((pitch, offset));
    names_ui(ui, all, &Geometry { origin: inner.min - offset, pitch, shape }, hovered);
    ui.advance_cursor_after_rect(all);
    let (well, item) = clicked.or_else(|| keyed.map(|well| (well, first_of(overview, well))))?;
    overview.cursor = Some(well);
    let item = item?;
    overview.wells.list.items.iter().position(|other| *other == item)
}

/// What the pointer does to the wells. For a screen reader each is a thing of its own; where nobody asks for these, one
/// takes the pointer for all, because 1,536 would take longer than their pictures.
enum WellPointer {
    /// With the row that was the last.
    OfEach(Option<(u16, Box<Ui>)>),
    OfAll(Response, Option<WellId>),
}

impl WellPointer {
    fn new(ui: &Ui, geometry: &Geometry) -> Self {
        if ui.ctx().has_accesskit_node(region_id()) {
            return Self::OfEach(None);
        }
        let response = ui.interact(ui.clip_rect(), region_id().with("wells"), Sense::CLICK);
        let well = response
            .hover_pos()
            .and_then(|at| geometry.well_at(at).filter(|well| geometry.rect(*well).contains(at)));
        Self::OfAll(response, well)
    }

    /// That of a well; `None` where it has nothing to do with it. Wells come row by row.
    fn at(&mut self, ui: &mut Ui, geometry: &Geometry, subject: &WellSubject<'_>) -> Option<Response> {
        let well = subject.well;
        match self {
            Self::OfEach(last) => {
                if last.as_ref().is_none_or(|(row, _)| *row != well.row) {
                    let (id, name) =
                        (region_id().with(("row", well.row)), format!("Row {}", row_letters(well.row)));
                    let end = WellId { row: well.row, column: geometry.shape.columns.saturating_sub(1) };
                    let rect = subject.rect.union(geometry.rect(end)).intersect(ui.clip_rect());
                    let row_ui = screen_reader::grid_row(ui, id, rect, well.row.into(), name);
                    *last = Some((well.row, Box::new(row_ui)));
                }
                let (_, row_ui) = last.as_ref()?;
                Some(row_ui.interact(subject.rect.intersect(ui.clip_rect()), subject.id, Sense::CLICK))
            }
            Self::OfAll(response, hovered) => (*hovered == Some(well)).then(|| response.clone()),
        }
    }
}

/// The first image of a well, of those that are there.
fn first_of(overview: &Overview, well: WellId) -> Option<Item> {
    let mut items = overview.wells.cells.get(&well)?.pictures.iter().map(|picture| picture.item);
    let first = items.clone().next();
    items.find(Item::is_there).or(first)
}

fn region_id() -> Id {
    Id::unique("whole plate")
}

/// The names of rows and columns, which stay in sight; those of the well under the pointer stand out.
fn names_ui(ui: &Ui, all: Rect, geometry: &Geometry, hovered: Option<WellId>) {
    let theme = Theme::of(ui);
    let colour = |is_hovered: bool| if is_hovered { theme.text } else { theme.text_weak };
    let top = Rect::from_min_max(pos2(all.left() + GUTTER, all.top()), pos2(all.right(), all.top() + TOP));
    let painter = ui.painter().with_clip_rect(top.intersect(ui.clip_rect()));
    geometry.column_names(&painter, top.top() + 7.0, |column| {
        colour(hovered.is_some_and(|well| well.column == column))
    });
    let left = Rect::from_min_max(pos2(all.left(), all.top() + TOP), pos2(all.left() + GUTTER, all.bottom()));
    let painter = ui.painter().with_clip_rect(left.intersect(ui.clip_rect()));
    geometry.row_names(&painter, left.left() + GUTTER * 0.42, |row| {
        colour(hovered.is_some_and(|well| well.row == row))
    });
}

/// The wells in sight, row by row.
fn wells_in(geometry: &Geometry, seen: Rect) -> impl Iterator<Item = WellId> + use<> {
    let Geometry { pitch, shape, .. } = *geometry;
    let range = |from: f32, to: f32, count: u16| {
        let first = (from / pitch).floor().max(0.0) as u16;
        first..((to / pitch).ceil().max(0.0) as u16).min(count)
    };
    let columns = range(seen.left(), seen.right(), shape.columns);
    range(seen.top(), seen.bottom(), shape.rows)
        .flat_map(move |row| columns.clone().map(move |column| WellId { row, column }))
}

/// Where to scroll to, if not where the user has.
fn wanted_offset(overview: &mut Overview, pitch: f32, room: Vec2) -> Option<Vec2> {
    let (last_pitch, offset) = overview.last?;
    let most = |offset: Vec2| offset.max(Vec2::ZERO);
    if std::mem::take(&mut overview.scrolls_to_cursor)
        && let Some(well) = overview.cursor
    {
        let corner = vec2(f32::from(well.column), f32::from(well.row)) * pitch;
        // As little as brings it into sight.
        let wanted = |at: f32, offset: f32, room: f32| offset.clamp((at + pitch - room).min(at), at);
        return Some(most(vec2(wanted(corner.x, offset.x, room.x), wanted(corner.y, offset.y, room.y))));
    }
    (last_pitch != pitch).then(|| most((offset + room / 2.0) * (pitch / last_pitch) - room / 2.0))
}

/// Arrow keys go from well to well, Enter opens; Home and End go to the ends of a row.
fn keys(ui: &Ui, model: &ImagesModel<'_>, overview: &mut Overview, region: &Response) -> Option<WellId> {
    if !region.has_focus() {
        return None;
    }
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(region.id, filter));
    let shape = model.plate.shape;
    let first = overview.wells.cells.keys().next().copied()?;
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let columns = i32::from(shape.columns);
    let moves = [
        (Key::ArrowLeft, 0, -1),
        (Key::ArrowRight, 0, 1),
        (Key::ArrowUp, -1, 0),
        (Key::ArrowDown, 1, 0),
        (Key::Home, 0, -columns),
        (Key::End, 0, columns),
    ];
    for (key, rows, columns) in moves {
        if pressed(key) {
            // The first key press only shows where the cursor is.
            let to = overview.cursor.map_or(first, |well| moved(shape, well, rows, columns));
            overview.cursor = Some(to);
            overview.scrolls_to_cursor = true;
        }
    }
    if pressed(Key::Enter) || pressed(Key::Space) { overview.cursor } else { None }
}
