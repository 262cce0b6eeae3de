//! The images of the selected wells: chips to filter them, a grid of thumbnails or the whole plate, and
//! the viewer.
//!
//! Only the rows in sight are laid out, and only their thumbnails are read. Nothing here touches a
//! file.

use std::collections::BTreeSet;

use egui::{
    EventFilter, Id, Key, Modifiers, Rect, Response, Role, ScrollArea, Sense, Stroke, StrokeKind, TextStyle,
    TextWrapMode, Ui, Vec2, WidgetInfo, WidgetText, pos2, vec2,
};

pub(crate) use super::image_filters::TILE_SIDES;
use super::image_list::ImageList;
pub use super::image_list::{Filters, ImagesModel, OutputEntry, Stage};
use super::overview::{Overview, overview_ui};
use super::thumbnails::Thumbnails;
use crate::app::Commands;
use crate::plate::ImageKey;
use crate::ui::images::image_filters::filters_ui;
use crate::ui::images::tile::{TileShape, paint_tile};
use crate::ui::images::viewer::image_viewer::{ViewerAction, viewer_ui};
use crate::ui::images::viewer::state::Viewer;
use crate::ui::theme::{self, GAP, SMALL_RADIUS, Theme};
use crate::ui::widgets;

/// Height of the caption under a tile, in points.
const CAPTION_HEIGHT: f32 = 18.0;

/// What the panel remembers.
pub struct ImagesView {
    /// What is let through.
    pub filters: Filters,
    /// Side of a tile, in points.
    pub tile_side: f32,
    list: ImageList,
    viewer: Viewer,
    overview: Overview,
    /// Whether the open image was opened from the overview, and the way goes from well to well.
    is_from_overview: bool,
    /// The tile that the arrow keys are at.
    cursor: usize,
    focus_cursor: bool,
    scroll_to_cursor: bool,
    seen: (Option<u64>, u64),
    requested: Option<ImageKey>,
}

impl Default for ImagesView {
    fn default() -> Self {
        Self {
            filters: Filters::default(),
            tile_side: 128.0,
            list: ImageList::default(),
            viewer: Viewer::default(),
            overview: Overview::default(),
            is_from_overview: false,
            cursor: 0,
            focus_cursor: false,
            scroll_to_cursor: false,
            seen: (None, 0),
            requested: None,
        }
    }
}

impl ImagesView {
    /// Opens the image of a key in the viewer, the next time that the panel is drawn.
    pub fn open(&mut self, key: ImageKey) {
        self.requested = Some(key);
    }

    /// Whether the viewer is open.
    pub fn is_viewing(&self) -> bool {
        self.viewer.is_open()
    }
}

/// The height of the viewer in which the image is still seen, in points.
const LEAST_VIEWER: f32 = 440.0;

/// The height of the choice of images in which some of them are seen under it, in points.
const LEAST_LIST: f32 = 320.0;

/// Draws the grid, or the viewer where an image is open.
pub fn images_ui(
    ui: &mut Ui,
    model: &ImagesModel<'_>,
    state: &mut ImagesView,
    thumbnails: &mut Thumbnails,
    commands: &mut Commands,
) {
    if state.seen.0 != Some(model.plate_id) {
        state.filters = Filters::default();
        state.viewer.close();
        state.overview.forget_plate();
        state.cursor = 0;
    } else if state.seen.1 != model.outputs_version {
        thumbnails.estimate_outputs_again();
    }
    state.seen = (Some(model.plate_id), model.outputs_version);
    thumbnails.set_plate(model.plate, model.plate_id);
    state.list.refresh(model, &mut state.filters);
    if let Some(key) = state.requested.take() {
        state.viewer.open_key(model, &state.list, key);
        state.is_from_overview = false;
    }
    if state.viewer.is_open() {
        if state.is_from_overview {
            state.overview.refresh(model, &state.list);
        }
        let list = if state.is_from_overview { &state.overview.wells.list } else { &state.list };
        let seen = widgets::at_least_high(ui, "viewer", LEAST_VIEWER, |ui| {
            viewer_ui(ui, model, list, &mut state.viewer, thumbnails, commands)
        });
        match seen {
            ViewerAction::Stay => {}
            ViewerAction::Back(position) => go_back(ui, state, position),
        }
        return;
    }
    thumbnails.loader().want_for_viewer(None, None);
    thumbnails.loader().want_preview(None);
    widgets::at_least_high(ui, "images", LEAST_LIST, |ui| list_ui(ui, model, state, thumbnails));
}

/// The choice of images, and those that pass it.
fn list_ui(ui: &mut Ui, model: &ImagesModel<'_>, state: &mut ImagesView, thumbnails: &mut Thumbnails) {
    let ImagesView { filters, list, tile_side, overview, .. } = state;
    filters_ui(ui, model, filters, list, tile_side, overview, thumbnails);
    state.list.refresh(model, &mut state.filters);
    ui.add_space(4.0);
    if state.overview.is_on {
        state.overview.refresh(model, &state.list);
        if let Some(position) = overview_ui(ui, model, &mut state.overview, thumbnails) {
            state.viewer.open(model, &state.overview.wells.list, position);
            state.is_from_overview = true;
            ui.request_repaint();
        }
    } else if state.list.items.is_empty() {
        empty_ui(ui, model, state);
    } else {
        grid_ui(ui, model, state, thumbnails);
    }
}

/// From the viewer to where one was.
fn go_back(ui: &Ui, state: &mut ImagesView, position: usize) {
    state.viewer.close();
    if state.is_from_overview {
        state.overview.return_to(position);
    } else {
        state.cursor = position;
        state.focus_cursor = true;
        state.scroll_to_cursor = true;
    }
    ui.request_repaint();
}

fn empty_ui(ui: &mut Ui, model: &ImagesModel<'_>, state: &mut ImagesView) {
    ui.add_space(GAP * 3.0);
    ui.vertical_centered(|ui| {
        if model.selected.is_empty() {
            ui.label(theme::weak(ui, "Select wells on the plate map to see their images."));
        } else if state.filters.values.values().all(BTreeSet::is_empty) && state.filters.stages.len() <= 1 {
            ui.label(theme::weak(
                ui,
                "The selected wells have no images here. Select other wells on the plate map.",
            ));
        } else {
            ui.label(theme::weak(ui, "No image of the selected wells passes these filters."));
            if ui.button("Show all").clicked() {
                state.filters = Filters::default();
            }
        }
    });
}

/// How the tiles stand.
#[derive(Clone, Copy)]
struct GridShape {
    side: f32,
    columns: usize,
    rows: usize,
}

fn grid_ui(ui: &mut Ui, model: &ImagesModel<'_>, state: &mut ImagesView, thumbnails: &mut Thumbnails) {
    let count = state.list.items.len();
    let side = state.tile_side.clamp(*TILE_SIDES.start(), *TILE_SIDES.end());
    let width = ui.available_width() - 4.0;
    let columns = (((width + GAP) / (side + GAP)).floor() as usize).max(1);
    // Tiles grow to fill the row, so that no strip is left at the right.
    let side = ((width + GAP) / columns as f32 - GAP).floor().max(*TILE_SIDES.start());
    let shape = GridShape { side, columns, rows: count.div_ceil(columns) };
    state.cursor = state.cursor.min(count - 1);
    let page_rows = ((ui.available_height() / (side + CAPTION_HEIGHT + GAP)) as usize).max(1);

    ui.spacing_mut().item_spacing.y = GAP;
    let row_height = side + CAPTION_HEIGHT;
    let mut area = ScrollArea::vertical().id_salt("images grid").auto_shrink(false);
    if std::mem::take(&mut state.scroll_to_cursor) {
        let top = (state.cursor / columns) as f32 * (row_height + GAP);
        // In the middle, so that the rows around it are seen.
        area = area.vertical_scroll_offset((top - (ui.available_height() - row_height) / 2.0).max(0.0));
    }
    let mut opened = None;
    area.show_rows(ui, row_height, shape.rows, |ui, rows| {
        for row in rows {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = GAP;
                for index in row * columns..((row + 1) * columns).min(count) {
                    if tile_ui(ui, model, state, thumbnails, index, shape.side).clicked() {
                        opened = Some(index);
                    }
                }
            });
        }
    });
    // After the tiles, so that the focus is asked for in the next frame: within this one the
    // toolkit would still move it on by the same key.
    move_cursor(ui, state, shape, page_rows);
    if let Some(index) = opened {
        state.cursor = index;
        state.viewer.open(model, &state.list, index);
        state.is_from_overview = false;
        ui.request_repaint();
    }
}

/// Arrow keys move from tile to tile, when a tile has the focus or nothing has.
fn move_cursor(ui: &Ui, state: &mut ImagesView, shape: GridShape, page_rows: usize) {
    let focused = ui.memory(egui::Memory::focused);
    let on_tile = focused == Some(tile_id(state.cursor));
    if focused.is_some() && !on_tile {
        return;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let (columns, last) = (shape.columns, state.list.items.len() - 1);
    let at = state.cursor;
    let mut to = at;
    let mut moved = false;
    let moves = [
        (Key::ArrowRight, at + 1),
        (Key::ArrowLeft, at.saturating_sub(1)),
        (
            Key::ArrowDown,
            if at + columns > last && at / columns < last / columns { last } else { at + columns },
        ),
        (Key::ArrowUp, at.checked_sub(columns).unwrap_or(at)),
        (Key::PageDown, at + columns * page_rows),
        (Key::PageUp, at.saturating_sub(columns * page_rows)),
        (Key::Home, 0),
        (Key::End, last),
    ];
    for (key, target) in moves {
        if pressed(key) {
            // Down from the last row stays where it is.
            to = if key == Key::ArrowDown && target > last { at } else { target.min(last) };
            moved = true;
        }
    }
    if moved {
        // The first key press only shows where the cursor is.
        state.cursor = if on_tile { to } else { at };
        state.focus_cursor = true;
        ui.request_repaint();
        state.scroll_to_cursor = on_tile && to / columns != at / columns;
    }
}

fn tile_id(index: usize) -> Id {
    Id::unique(("image tile", index))
}

fn tile_ui(
    ui: &mut Ui,
    model: &ImagesModel<'_>,
    state: &mut ImagesView,
    thumbnails: &mut Thumbnails,
    index: usize,
    side: f32,
) -> Response {
    let theme = Theme::of(ui);
    let item = state.list.items[index];
    let (_, rect) = ui.allocate_space(vec2(side, side + CAPTION_HEIGHT));
    let id = tile_id(index);
    let response = ui.interact(rect, id, Sense::click());
    if state.focus_cursor && index == state.cursor {
        state.focus_cursor = false;
        response.request_focus();
    }
    if response.has_focus() {
        // Tab moves the focus freely; the arrow keys go on from there.
        if !state.focus_cursor {
            state.cursor = index;
        }
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    }
    let caption = state.list.caption(&item, true);
    let picture = Rect::from_min_size(rect.min, Vec2::splat(side));
    let source = item.source(model);
    let shape = TileShape { rect: picture, radius: SMALL_RADIUS, smallest_side: 64 };
    let look = paint_tile(ui, model, thumbnails, &item, source.as_ref(), shape, None);
    let name = look.state.map_or(caption.clone(), |state| format!("{caption}, {state}"));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));

    let place = pos2(rect.left(), picture.bottom() + 2.0);
    let galley = WidgetText::from(theme::caption(ui, caption)).into_galley(
        ui,
        Some(TextWrapMode::Truncate),
        side,
        TextStyle::Small,
    );
    ui.painter().galley(place, galley, theme.text_weak);
    if response.hovered() {
        ui.painter().rect_stroke(
            picture,
            SMALL_RADIUS,
            Stroke::new(1.5, theme.text_weak),
            StrokeKind::Inside,
        );
    }
    response.on_hover_text(look.hover(source.as_ref()))
}
