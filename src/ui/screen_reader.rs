//! What a screen reader is told beyond names and values: what is selected, grids with their rows and cells, and the part of
//! a widget that its keys are at. Where nobody asks for nodes, nothing is told.

use egui::accesskit;
use egui::{Context, Event, Id, IdSalt, Rect, Response, Role, Ui, UiBuilder, WidgetInfo};

/// Names the window of the system, which has a title for the eye alone.
pub(super) fn name_window(ctx: &Context) {
    ctx.accesskit_node_builder(egui::accesskit_root_id(), |node| node.set_label("Stepwell"));
}

/// Asks something of a widget as a screen reader would.
pub(super) fn request(ctx: &Context, id: Id, action: accesskit::Action) {
    let (target_node, target_tree) = (id.accesskit_id(), accesskit::TreeId::ROOT);
    let request = accesskit::ActionRequest { action, target_tree, target_node, data: None };
    ctx.input_mut(|input| input.events.push(Event::AccessKitActionRequest(request)));
}

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

/// A row of a grid, in which its cells are to be; `id` is its own, of which a screen reader may ask to go there.
pub(crate) fn grid_row(ui: &mut Ui, id: Id, rect: Rect, row: usize, name: String) -> Ui {
    let builder = UiBuilder::new().scope_id(id).max_rect(rect);
    let row_ui = ui.new_child(builder.accessibility_role(Role::Row).accessibility_label(name));
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_row_index(row);
        node.set_bounds(bounds(rect));
        node.add_action(accesskit::Action::Focus);
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
        node.add_action(accesskit::Action::Focus);
    });
}

/// What a screen reader asks of a cell of a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellAsked {
    /// To go to it.
    Focus,
    /// To enter it, as Enter does.
    Click,
}

/// What a screen reader asks of a cell, or of a row, in this frame.
pub(crate) fn asked_of(ctx: &Context, id: Id) -> Option<CellAsked> {
    let is_asked = |action| ctx.input(|input| input.has_accesskit_action_request(id, action));
    if is_asked(accesskit::Action::Click) {
        Some(CellAsked::Click)
    } else {
        is_asked(accesskit::Action::Focus).then_some(CellAsked::Focus)
    }
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
        node.add_action(accesskit::Action::Click);
    });
    id
}

/// Names a row of a table, whose cells are entered; the row itself is gone to by its first cell.
pub(crate) fn row_info(response: &Response, row: usize, is_selected: bool, name: &str) {
    selectable_info(response, Role::Row, is_selected, name);
    response.ctx.accesskit_node_builder(response.id, |node| {
        node.set_row_index(row);
        node.add_action(accesskit::Action::Focus);
    });
}

/// Has a screen reader speak of a part of a widget that has the focus, as if that part had it.
pub(crate) fn speak_of(ctx: &Context, whole: Id, part: Id) {
    if ctx.has_accesskit_node(part) {
        ctx.accesskit_node_builder(whole, |node| node.set_active_descendant(part.accesskit_id()));
    }
}

/// Names the edge at the right of a column of a table that was drawn in `ui`; the toolkit gives it neither a name nor a role.
pub(crate) fn tell_column_edge(ui: &Ui, table: &str, column: usize, name: &str) {
    let id = ui.scope_id().with(IdSalt::new(table)).with("resize_column").with(column);
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_role(Role::Splitter);
        node.set_label(name);
    });
}
