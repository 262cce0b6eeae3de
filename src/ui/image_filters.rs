//! The chips above the images grid: stages, the values of each component, and how tiles look.

use std::collections::BTreeSet;

use egui::{Color32, ComboBox, Response, Role, ScrollArea, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::image_list::{Filters, ImageList, ImagesModel};
use super::lookup::table_menu_ui;
use super::theme::{self, GAP, Theme};
use super::thumbnails::Thumbnails;
use crate::app::lookup_table::LookupTable;
use crate::plate::Component;
use crate::quantity::plural;

/// Smallest and largest side of a tile, in points.
pub const TILE_SIDES: std::ops::RangeInclusive<f32> = 64.0..=256.0;
/// Components of more values than this are filtered by a menu instead of chips.
const MOST_CHIPS: usize = 10;

/// The chips: stages, then the values of each component that has several.
pub(super) fn filters_ui(
    ui: &mut Ui,
    model: &ImagesModel<'_>,
    filters: &mut Filters,
    list: &ImageList,
    tile_side: &mut f32,
    thumbnails: &mut Thumbnails,
) {
    ui.horizontal(|ui| {
        ui.label(theme::weak(
            ui,
            format!("{} in {}", plural(list.items.len(), "image"), plural(model.selected.len(), "well")),
        ));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().slider_width = 90.0;
            let slider = ui.add(egui::Slider::new(tile_side, TILE_SIDES).show_value(false));
            slider.widget_info(|| WidgetInfo::slider(true, f64::from(*tile_side), "Tile size"));
            ui.label(theme::caption(ui, "Tile size"));
            if let Some(table) =
                table_menu_ui(ui, "Lookup table of all channels", thumbnails.common_table(), [u8::MAX; 3])
            {
                thumbnails.choose_common_table(table);
            }
            order_ui(ui, list, filters);
        });
    });
    if list.kinds.len() > 1 {
        chip_row_ui(ui, |ui| {
            for kind in &list.kinds {
                if chip(ui, filters.kinds.contains(kind), kind.name(), None).clicked() {
                    filters.toggle_kind(*kind);
                }
            }
        });
    }
    if list.stages.len() > 1 {
        chip_row_ui(ui, |ui| {
            for (stage, name) in &list.stages {
                if chip(ui, filters.stages.contains(stage), name, None).clicked() {
                    filters.toggle_stage(*stage);
                }
            }
        });
    }
    chip_row_ui(ui, |ui| {
        for component in [Component::Channel, Component::Site, Component::Z, Component::Timepoint] {
            let Some(values) = list.values.get(&component).filter(|values| values.len() > 1) else {
                continue;
            };
            if values.len() > MOST_CHIPS {
                menu_ui(ui, filters, component, values);
            } else {
                value_chips_ui(ui, model, filters, thumbnails, component, values);
            }
            ui.add_space(GAP);
        }
        let filtered = !filters.kinds.is_empty() || filters.values.values().any(|values| !values.is_empty());
        if filtered && ui.button("Clear filters").clicked() {
            filters.values.clear();
            filters.kinds.clear();
        }
    });
}

/// Whether wells come one after the other, or the values of a component that has several.
fn order_ui(ui: &mut Ui, list: &ImageList, filters: &mut Filters) {
    let name =
        |first: Option<Component>| format!("by {}", first.map_or("well", |component| component.name()));
    let several = |component: &Component| list.values.get(component).is_some_and(|values| values.len() > 1);
    let combo = ComboBox::from_id_salt("order").width(96.0).selected_text(name(filters.first));
    let response = combo.show_ui(ui, |ui| {
        ui.selectable_value(&mut filters.first, None, name(None));
        for component in Component::ALL.into_iter().filter(several) {
            ui.selectable_value(&mut filters.first, Some(component), name(Some(component)));
        }
    });
    response.response.accessible_name("Order of the images");
}

fn chip_row_ui(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        ui.spacing_mut().button_padding = vec2(7.0, 2.0);
        ui.spacing_mut().interact_size.y = 22.0;
        add(ui);
    });
}

fn value_chips_ui(
    ui: &mut Ui,
    model: &ImagesModel<'_>,
    filters: &mut Filters,
    thumbnails: &Thumbnails,
    component: Component,
    values: &BTreeSet<u32>,
) {
    for value in values {
        let on = filters.values.get(&component).is_some_and(|chosen| chosen.contains(value));
        let name = model.plate.value_name(component, *value);
        let is_tinted =
            component == Component::Channel && thumbnails.table(Some(*value)) == LookupTable::Tint;
        let dot = is_tinted.then(|| {
            let [r, g, b] = thumbnails.tint(Some(*value));
            Color32::from_rgb(r, g, b)
        });
        if chip(ui, on, &name, dot).clicked() {
            filters.toggle(component, *value);
        }
    }
}

/// A chip that can be on; the dot is the colour of a channel.
fn chip(ui: &mut Ui, on: bool, text: &str, dot: Option<Color32>) -> Response {
    let Some(dot) = dot else { return ui.add(egui::Button::selectable(on, text).frame_when_inactive(true)) };
    // Room for the dot is made with spaces of the font, so that the button lays itself out; the
    // accessible name is without them.
    let response = ui.add(egui::Button::selectable(on, format!("    {text}")).frame_when_inactive(true));
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, text));
    let centre = pos2(response.rect.left() + 13.0, response.rect.center().y);
    ui.painter().circle(centre, 4.0, dot, Stroke::new(1.0, Theme::of(ui).line));
    response
}

fn menu_ui(ui: &mut Ui, filters: &mut Filters, component: Component, values: &BTreeSet<u32>) {
    let chosen = filters.values.get(&component).map_or(0, BTreeSet::len);
    let text = match chosen {
        0 => format!("{}: all {}", component.title(), values.len()),
        _ => format!("{}: {chosen} of {}", component.title(), values.len()),
    };
    ui.menu_button(text, |ui| {
        ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            for value in values {
                let mut on = filters.values.get(&component).is_some_and(|chosen| chosen.contains(value));
                if ui.checkbox(&mut on, format!("{}{value}", component.letter())).changed() {
                    filters.toggle(component, *value);
                }
            }
        });
    });
}
