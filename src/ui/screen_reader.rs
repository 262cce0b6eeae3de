//! What a screen reader is told beyond names and values: what is selected, grids with their rows and cells, and the part of
//! a widget that its keys are at. Where nobody asks for nodes, nothing is told.

use egui::accesskit;
use egui::{Context, Id, Rect, Response, Role, Ui, UiBuilder, WidgetInfo};

/// The rows and columns of a grid, or the place of a cell in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) row: usize,
    pub(crate) column: usize,
}

/// Names a widget that can be selected, and says whether it is: a widget that is "on" would be told as pressed or checked.
pub(crate) fn selectable_info(response: &Response, role: Role, is_selected: bool, name: &str) {
    let is_enabled = response.enabled();
    response.widget_info(|| WidgetInfo::labeled(role, is_enabled, name));
    response.ctx.accesskit_node_builder(response.id, |node| node.set_selected(is_selected));
}

/// Where a node is on the screen.
pub(crate) fn bounds(rect: Rect) -> accesskit::Rect {
    let [x0, y0, x1, y1] = [rect.min.x, rect.min.y, rect.max.x, rect.max.y].map(f64::from);
    accesskit::Rect { x0, y0, x1, y1 }
}

/// Names a grid. It takes the focus as a whole, and its keys go from cell to cell (see [`speak_of`]).
pub(crate) fn grid_info(response: &Response, size: Place, name: &str) {
    response.widget_info(|| WidgetInfo::labeled(Role::Grid, true, name));
    response.ctx.accesskit_node_builder(response.id, |node| {
        node.set_row_count(size.row);
        node.set_column_count(size.column);
    });
}

/// A row of a grid, in which its cells are to be; `id` is its own.
pub(crate) fn grid_row(ui: &mut Ui, id: Id, rect: Rect, row: usize, name: String) -> Ui {
    let builder = UiBuilder::new().scope_id(id).max_rect(rect);
    let row_ui = ui.new_child(builder.accessibility_role(Role::Row).accessibility_label(name));
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_row_index(row);
        node.set_bounds(bounds(rect));
    });
    row_ui
}

/// Names a cell of a grid.
pub(crate) fn cell_info(response: &Response, place: Place, name: &str) {
    response.widget_info(|| WidgetInfo::labeled(Role::GridCell, true, name));
    place_cell(&response.ctx, response.id, place);
}

fn place_cell(ctx: &Context, id: Id, place: Place) {
    ctx.accesskit_node_builder(id, |node| {
        node.set_row_index(place.row);
        node.set_column_index(place.column);
    });
}

/// A cell of a row of a table, with what it shows; its identity.
pub(crate) fn table_cell(
    ui: &mut Ui,
    row: Id,
    place: Place,
    is_selected: bool,
    name: String,
    add: impl FnOnce(&mut Ui),
) -> Id {
    let (id, rect) = (row.with(("cell", place.column)), ui.max_rect());
    let builder = UiBuilder::new().scope_id(id).accessibility_parent(row);
    ui.scope_builder(builder.accessibility_role(Role::GridCell).accessibility_label(name), add);
    place_cell(ui.ctx(), id, place);
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_selected(is_selected);
        node.set_bounds(bounds(rect));
    });
    id
}

/// Has a screen reader speak of a part of a widget that has the focus, as if that part had it.
pub(crate) fn speak_of(ctx: &Context, whole: Id, part: Id) {
    if ctx.has_accesskit_node(part) {
        ctx.accesskit_node_builder(whole, |node| node.set_active_descendant(part.accesskit_id()));
    }
}
