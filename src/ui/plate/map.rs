//! The plate in its real geometry: each well with its state, and the selection by mouse or keys.
//! What a well looks like is said in [`map_picture`](super::map_picture).

use std::collections::{BTreeMap, BTreeSet};

use egui::accesskit::{Action, Node};
use egui::{
    Event, EventFilter, Id, Key, Modifiers, Pos2, Rect, Response, Sense, Stroke, StrokeKind, TextureId, Ui,
    UiBuilder, vec2,
};

use super::geometry::{GUTTER, Geometry, TOP, moved};
use super::map_picture::{MapPicture, well_shapes};
use super::well_state::{middle_plane, well_words};
use crate::app::{Commands, PlateCommand, PlateState, WellStage};
use crate::plate::{WellId, row_letters};
use crate::quantity::plural;
use crate::ui::ends::at_end;
use crate::ui::images::thumbnails::{ContrastGroup, Lane, Processed, ThumbnailView, Thumbnails};
use crate::ui::screen_reader::{self, CellAsked, Place, asked_of};
use crate::ui::theme::{self, Theme};
use crate::ui::widgets;

/// The largest side of a well, in points.
const LARGEST_WELL: f32 = 34.0;
/// From this side on a well shows a picture of its images.
const ROOM_FOR_PICTURE: f32 = 13.0;
/// The side of that picture in pixels: the smallest that the images panel uses as well.
const WELL_PICTURE: u32 = 64;

/// Where the keyboard is and where a range began.
#[derive(Debug, Default)]
pub(crate) struct PlateMapView {
    /// The plate that they are of.
    plate_id: u64,
    cursor: Option<WellId>,
    anchor: Option<WellId>,
    drag_from: Option<Pos2>,
    picture: MapPicture,
}

/// The plate map with its heading.
pub(crate) fn plate_map_ui(
    ui: &mut Ui,
    plate: &PlateState,
    stages: &BTreeMap<WellId, WellStage>,
    view: &mut PlateMapView,
    thumbnails: &mut Thumbnails,
    commands: &mut Commands,
) {
    if view.plate_id != plate.id {
        *view = PlateMapView { plate_id: plate.id, ..PlateMapView::default() };
    }
    ui.horizontal(|ui| {
        widgets::section_heading(ui, "Plate");
        at_end(ui, |ui| {
            ui.label(theme::caption(ui, format!("{} selected", plural(plate.selection.len(), "well"))));
            let with_images: BTreeSet<WellId> = with_images(plate);
            let is_all = plate.selection == with_images;
            if !is_all && ui.link(theme::caption(ui, "Select all")).clicked() {
                commands.push(PlateCommand::Select(with_images));
            }
        });
    });
    let shape = plate.plate.shape;
    let room = ui.available_width() - GUTTER;
    let pitch = (room / f32::from(shape.columns.max(1))).min(LARGEST_WELL);
    let pitch = if pitch > 8.0 { pitch.floor() } else { (pitch * 2.0).floor() / 2.0 }.max(3.0);
    let size = vec2(ui.available_width(), TOP + pitch * f32::from(shape.rows));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let geometry = Geometry { origin: rect.min + vec2(GUTTER, TOP), pitch, shape };
    let name = format!(
        "Plate map, {}. Arrow keys move, Space selects, Ctrl+A selects all",
        plural(shape.wells(), "well")
    );
    let (rows, columns) = (shape.rows.into(), shape.columns.into());
    screen_reader::grid_info(&response, Place { row: rows, column: columns }, &name);
    ui.ctx().accesskit_node_builder(response.id, Node::set_multiselectable);
    let weak = Theme::of(ui).text_weak;
    geometry.column_names(ui.painter(), rect.top() + 7.0, |_| weak);
    geometry.row_names(ui.painter(), rect.left() + GUTTER * 0.42, |_| weak);
    wells_ui(ui, plate, stages, &geometry, &mut view.picture, thumbnails);
    let asked = wells_described(ui, plate, stages, &geometry, response.id);
    if let Some((well, asked)) = asked {
        (view.cursor, view.anchor) = (Some(well), Some(well));
        match asked {
            CellAsked::Focus => response.request_focus(),
            CellAsked::Click => commands.push(PlateCommand::Select(turned(plate, well))),
        }
    }
    if let Some(wells) = pointer_selection(ui, plate, view, &geometry, &response) {
        commands.push(PlateCommand::Select(wells));
    }
    if let Some(wells) = key_selection(ui, plate, view, &response) {
        commands.push(PlateCommand::Select(wells));
    }
    let theme = Theme::of(ui);
    if let (Some(well), true) = (view.cursor, response.has_focus()) {
        let ring = geometry.rect(well).expand(2.0);
        ui.painter().rect_stroke(ring, 4.0, Stroke::new(1.5, theme.text), StrokeKind::Outside);
        screen_reader::speak_of(ui.ctx(), response.id, response.id.with(well));
    }
    let hovered = response.hover_pos().and_then(|at| geometry.well_at(at));
    if let Some(well) = hovered.filter(|_| view.drag_from.is_none()) {
        response.on_hover_ui_at_pointer(|ui| {
            ui.label(theme::strong(ui, well.to_string()));
            ui.label(theme::caption(ui, well_text(stages, plate, well)));
        });
    }
}

fn with_images(plate: &PlateState) -> BTreeSet<WellId> {
    plate.wells.iter().filter(|(_, facts)| facts.images > 0).map(|(well, _)| *well).collect()
}

/// What is known of a well, in words.
fn well_text(stages: &BTreeMap<WellId, WellStage>, plate: &PlateState, well: WellId) -> String {
    let facts = plate.wells.get(&well).copied().unwrap_or_default();
    well_words(facts, stages.get(&well))
}

/// Paints the wells. Where they are too small for pictures, what was painted is kept: of 1,536 wells painting takes longer
/// than all else in a frame.
fn wells_ui(
    ui: &Ui,
    plate: &PlateState,
    stages: &BTreeMap<WellId, WellStage>,
    geometry: &Geometry,
    picture: &mut MapPicture,
    thumbnails: &mut Thumbnails,
) {
    if geometry.rect(WellId { row: 0, column: 0 }).width() < ROOM_FOR_PICTURE {
        picture.show(ui, plate, stages, geometry);
    } else {
        let picture_of = |well| well_picture(ui, plate, well, thumbnails);
        ui.painter().extend(well_shapes(Theme::of(ui), plate, stages, geometry, picture_of));
    }
}

/// A node of its own for each well, so that a screen reader can say what it is; the mouse and the keys go to the map. The
/// well of which a screen reader asks something.
fn wells_described(
    ui: &mut Ui,
    plate: &PlateState,
    stages: &BTreeMap<WellId, WellStage>,
    geometry: &Geometry,
    map: Id,
) -> Option<(WellId, CellAsked)> {
    // One that is always there, so that the identities of what follows do not depend on who asks for nodes.
    let mut grid_ui = ui.new_child(UiBuilder::new().accessibility_parent(map));
    // Where nobody asks for the nodes, there is none of the map either.
    if !ui.ctx().has_accesskit_node(map) {
        return None;
    }
    let mut asked = None;
    for row in 0..geometry.shape.rows {
        let [first, last] =
            [0, geometry.shape.columns.saturating_sub(1)].map(|column| geometry.rect(WellId { row, column }));
        let (id, name) = (map.with(("row", row)), format!("Row {}", row_letters(row)));
        let row_ui = screen_reader::grid_row(&mut grid_ui, id, first.union(last), row.into(), name);
        if asked_of(ui.ctx(), id) == Some(CellAsked::Focus) {
            asked = Some((WellId { row, column: 0 }, CellAsked::Focus));
        }
        for column in 0..geometry.shape.columns {
            let well = WellId { row, column };
            let response = row_ui.interact(geometry.rect(well), map.with(well), Sense::hover());
            let place = Place { row: row.into(), column: column.into() };
            screen_reader::cell_info(
                &response,
                place,
                &format!("{well}, {}", well_text(stages, plate, well)),
            );
            let has_images = plate.wells.get(&well).is_some_and(|facts| facts.images > 0);
            if has_images {
                ui.ctx().accesskit_node_builder(response.id, |node| {
                    node.set_selected(plate.selection.contains(&well));
                    node.add_action(Action::Click);
                });
            }
            let is_possible = |one: &CellAsked| has_images || *one == CellAsked::Focus;
            if let Some(one) = asked_of(ui.ctx(), response.id).filter(is_possible) {
                asked = Some((well, one));
            }
        }
    }
    asked
}

/// A picture of a well: the first channel of its first site, in the middle of its stack.
fn well_picture(
    ui: &Ui,
    plate: &PlateState,
    well: WellId,
    thumbnails: &mut Thumbnails,
) -> Option<(TextureId, Rect)> {
    let first = plate.plate.images_of(well).first()?;
    let image = middle_plane(&plate.plate, first.key())?;
    let source = image.source.clone();
    let ready_made = || plate.plate.thumb_of(image);
    let group = ContrastGroup { processed: Processed::Source, channel: image.key().channel };
    match thumbnails.view_with(ui.ctx(), Lane::PlateMap, &source, ready_made, group, WELL_PICTURE) {
        ThumbnailView::Ready { texture, uv, .. } => Some((texture, uv)),
        ThumbnailView::Waiting | ThumbnailView::Failed(_) => None,
    }
}

/// The wells in the rectangle between two wells.
fn between(plate: &PlateState, a: WellId, b: WellId) -> BTreeSet<WellId> {
    let rows = a.row.min(b.row)..=a.row.max(b.row);
    let columns = a.column.min(b.column)..=a.column.max(b.column);
    with_images(plate)
        .into_iter()
        .filter(|well| rows.contains(&well.row) && columns.contains(&well.column))
        .collect()
}

/// The selection with a well turned over.
fn turned(plate: &PlateState, well: WellId) -> BTreeSet<WellId> {
    plate.selection.symmetric_difference(&BTreeSet::from([well])).copied().collect()
}

/// What a gesture makes of the selection: plain replaces, Shift adds, Ctrl turns over.
fn combined(plate: &PlateState, wells: BTreeSet<WellId>, modifiers: Modifiers) -> BTreeSet<WellId> {
    if modifiers.command {
        plate.selection.symmetric_difference(&wells).copied().collect()
    } else if modifiers.shift {
        plate.selection.union(&wells).copied().collect()
    } else {
        wells
    }
}

fn pointer_selection(
    ui: &Ui,
    plate: &PlateState,
    view: &mut PlateMapView,
    geometry: &Geometry,
    response: &Response,
) -> Option<BTreeSet<WellId>> {
    let modifiers = ui.input(|input| input.modifiers);
    let now = response.interact_pointer_pos();
    if response.drag_started() {
        view.drag_from = ui.input(|input| input.pointer.press_origin());
    }
    if let (Some(from), Some(now)) = (view.drag_from, now) {
        let dragged = Rect::from_two_pos(from, now);
        let blue = Theme::of(ui).bulk;
        let outline = Stroke::new(1.0, blue);
        ui.painter().rect(dragged, 2.0, blue.gamma_multiply(0.15), outline, StrokeKind::Inside);
        if response.drag_stopped() {
            view.drag_from = None;
            let wells = with_images(plate)
                .into_iter()
                .filter(|well| geometry.rect(*well).intersects(dragged))
                .collect();
            return Some(combined(plate, wells, modifiers));
        }
    }
    if !response.is_pointer_button_down_on() {
        view.drag_from = None;
    }
    let well = now.filter(|_| response.clicked()).and_then(|at| geometry.well_at(at))?;
    if plate.wells.get(&well).is_none_or(|facts| facts.images == 0) {
        return None;
    }
    view.cursor = Some(well);
    response.request_focus();
    match view.anchor {
        Some(anchor) if modifiers.shift => Some(between(plate, anchor, well)),
        _ => {
            view.anchor = Some(well);
            Some(combined(plate, BTreeSet::from([well]), modifiers))
        }
    }
}

fn key_selection(
    ui: &Ui,
    plate: &PlateState,
    view: &mut PlateMapView,
    response: &Response,
) -> Option<BTreeSet<WellId>> {
    if !response.has_focus() {
        return None;
    }
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let all = with_images(plate);
    let cursor = *view.cursor.get_or_insert(*all.first()?);
    let mut selection = None;
    for event in ui.input(|input| input.events.clone()) {
        let Event::Key { key, pressed: true, modifiers, .. } = event else { continue };
        let cursor_now = view.cursor.unwrap_or(cursor);
        let columns = i32::from(plate.plate.shape.columns);
        let step: Option<(i32, i32)> = match key {
            Key::Home => Some((0, -columns)),
            Key::End => Some((0, columns)),
            Key::ArrowLeft => Some((0, -1)),
            Key::ArrowRight => Some((0, 1)),
            Key::ArrowUp => Some((-1, 0)),
            Key::ArrowDown => Some((1, 0)),
            _ => None,
        };
        if let Some((rows, columns)) = step {
            let moved = moved(plate.plate.shape, cursor_now, rows, columns);
            view.cursor = Some(moved);
            if modifiers.shift {
                let anchor = *view.anchor.get_or_insert(cursor_now);
                selection = Some(between(plate, anchor, moved));
            } else {
                view.anchor = None;
            }
        } else if key == Key::Space || key == Key::Enter && modifiers.is_none() {
            view.anchor = Some(cursor_now);
            selection = Some(turned(plate, cursor_now));
        } else if key == Key::A && modifiers.command {
            selection = Some(all.clone());
        }
    }
    selection
}
