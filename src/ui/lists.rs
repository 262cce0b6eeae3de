//! Lists to choose from and menus, named and told as what they are: the toolkit names neither, and tells what is in them as buttons.

use egui::accesskit::Role;
use egui::{ComboBox, Response, Ui, UiBuilder, UiKind, WidgetText};

use super::screen_reader::bounds;

/// A list to choose from, with what is chosen in words.
pub(crate) fn list_ui(
    ui: &mut Ui,
    list: ComboBox,
    name: &str,
    chosen: impl Into<String>,
    add: impl FnOnce(&mut Ui),
) -> Response {
    let chosen = chosen.into();
    let shown = list.selected_text(&chosen).show_ui(ui, |ui| {
        name_container(ui, name);
        add(ui);
    });
    let response = shown.response.accessible_name(name);
    response.ctx.accesskit_node_builder(response.id, |node| node.set_value(chosen.as_str()));
    // On some systems a screen reader asks a list for what is chosen, and not for its value.
    let chosen_id = response.id.with("chosen");
    let builder = UiBuilder::new().scope_id(chosen_id).max_rect(response.rect);
    let builder = builder.accessibility_parent(response.id).accessibility_role(Role::MenuListOption);
    let _ = ui.new_child(builder);
    response.ctx.accesskit_node_builder(chosen_id, |node| {
        node.set_label(chosen);
        node.set_selected(true);
        node.set_bounds(bounds(response.rect));
    });
    response
}

/// A choice of a list, which takes the place of the present one when it is clicked.
pub(crate) fn choice<T: PartialEq>(
    ui: &mut Ui,
    present: &mut T,
    value: T,
    text: impl Into<WidgetText>,
) -> Response {
    let is_chosen = *present == value;
    tell_choice(ui.selectable_value(present, value, text.into()), is_chosen)
}

/// A choice of a list.
pub(crate) fn choice_label(ui: &mut Ui, is_chosen: bool, text: impl Into<WidgetText>) -> Response {
    tell_choice(ui.selectable_label(is_chosen, text.into()), is_chosen)
}

fn tell_choice(response: Response, is_chosen: bool) -> Response {
    response.ctx.accesskit_node_builder(response.id, |node| {
        node.set_role(Role::ListBoxOption);
        node.clear_toggled();
        node.set_selected(is_chosen);
    });
    response
}

/// Tells an entry of a menu as one.
pub(crate) fn menu_item(response: Response) -> Response {
    response.ctx.accesskit_node_builder(response.id, |node| node.set_role(Role::MenuItem));
    response
}

/// Names the list, menu or dialog that is being filled; a dialog keeps from all that lies behind it.
pub(crate) fn name_container(ui: &Ui, name: &str) {
    let containers = [UiKind::Popup, UiKind::Menu, UiKind::Modal];
    let around =
        ui.stack().iter().find(|around| around.kind().is_some_and(|kind| containers.contains(&kind)));
    let Some(around) = around else { return };
    let is_dialog = around.kind() == Some(UiKind::Modal);
    ui.ctx().accesskit_node_builder(around.unique_id, |node| {
        node.set_label(name);
        if is_dialog {
            node.set_modal();
        }
    });
}
