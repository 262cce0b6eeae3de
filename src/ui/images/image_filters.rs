//! The chips above the images grid: stages, the values of each component, and how tiles look.

use std::collections::BTreeSet;

use egui::{Color32, ComboBox, Response, Role, ScrollArea, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::image_list::{Filters, ImageList, ImagesModel};
use super::overview::Overview;
use super::thumbnails::Thumbnails;
use crate::app::images::lookup_table::LookupTable;
use crate::plate::{Component, Plate};
use crate::quantity::plural;
use crate::ui::ends::at_end;
use crate::ui::images::lookup::table_menu_ui;
use crate::ui::lists::{choice, list_ui, name_container};
use crate::ui::theme::{self, GAP, Theme};

/// Smallest and largest side of a tile, in points.
pub(crate) const TILE_SIDES: std::ops::RangeInclusive<f32> = 64.0..=256.0;
/// Components of more values than this are filtered by a menu instead of chips.
const MOST_CHIPS: usize = 10;

/// Width in points under which the choice of how images look has a row of its own.
const ONE_ROW: f32 = 580.0;

/// The chips: stages, then the values of each component that has several.
pub(crate) fn filters_ui(
    ui: &mut Ui,
    model: &ImagesModel<'_>,
    filters: &mut Filters,
    list: &ImageList,
    tile_side: &mut f32,
    overview: &mut Overview,
    thumbnails: &mut Thumbnails,
) {
    let text = if overview.is_on {
        let with_images = model.wells.values().filter(|facts| facts.images + facts.projections > 0);
        format!("{}, {} with images", plural(model.plate.shape.wells(), "well"), with_images.count())
    } else {
        format!("{} in {}", plural(list.items.len(), "image"), plural(model.selected.len(), "well"))
    };
    if ui.available_width() < ONE_ROW {
        ui.label(theme::weak(ui, text));
        ui.horizontal(|ui| look_ui(ui, list, filters, tile_side, overview, thumbnails));
    } else {
        ui.horizontal(|ui| {
            ui.label(theme::weak(ui, text));
            at_end(ui, |ui| look_ui(ui, list, filters, tile_side, overview, thumbnails));
        });
    }
    if overview.is_on {
        chip_row_ui(ui, |ui| {
            view_switch_ui(ui, overview);
            overview.choice.choice_ui(ui, model, list);
            if let Some(remark) = &overview.wells.remark {
                ui.label(theme::caption(ui, remark));
            }
        });
        return;
    }
    let (has_kinds, has_stages) = (list.kinds.len() > 1, list.stages.len() > 1);
    if has_kinds {
        chip_row_ui(ui, |ui| {
            view_switch_ui(ui, overview);
            for kind in &list.kinds {
                if chip(ui, filters.kinds.contains(kind), kind.name(), None).clicked() {
                    filters.toggle_kind(*kind);
                }
            }
        });
    }
    if has_stages {
        chip_row_ui(ui, |ui| {
            if !has_kinds {
                view_switch_ui(ui, overview);
            }
            for (stage, name) in &list.stages {
                if chip(ui, filters.stages.contains(stage), name, None).clicked() {
                    filters.toggle_stage(*stage);
                }
            }
        });
    }
    chip_row_ui(ui, |ui| {
        // In the first row that there is, so that it stays in its place.
        if !has_kinds && !has_stages {
            view_switch_ui(ui, overview);
        }
        for component in [Component::Channel, Component::Site, Component::Z, Component::Timepoint] {
            let Some(values) = list.values.get(&component).filter(|values| values.len() > 1) else {
                continue;
            };
            if values.len() > MOST_CHIPS {
                menu_ui(ui, model.plate, filters, component, values);
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

/// The order, the colours and the size of the images.
fn look_ui(
    ui: &mut Ui,
    list: &ImageList,
    filters: &mut Filters,
    tile_side: &mut f32,
    overview: &mut Overview,
    thumbnails: &mut Thumbnails,
) {
    if !overview.is_on {
        order_ui(ui, list, filters);
    }
    if let Some(table) =
        table_menu_ui(ui, "Lookup table of all channels", thumbnails.common_table(), [u8::MAX; 3])
    {
        thumbnails.choose_common_table(table);
    }
    ui.spacing_mut().slider_width = 90.0;
    let (value, range, name) = if overview.is_on {
        (&mut overview.zoom, 0.0..=1.0, "Zoom")
    } else {
        (tile_side, TILE_SIDES, "Tile size")
    };
    ui.label(theme::caption(ui, name));
    let slider = ui.add(egui::Slider::new(value, range).show_value(false));
    slider.widget_info(|| WidgetInfo::slider(true, f64::from(*value), name));
}

/// Whether the images are shown one by one or the whole plate.
fn view_switch_ui(ui: &mut Ui, overview: &mut Overview) {
    for (is_plate, name) in [(false, "All images"), (true, "Whole plate")] {
        if chip(ui, overview.is_on == is_plate, name, None).clicked() {
            overview.is_on = is_plate;
        }
    }
    ui.separator();
}

/// Whether wells come one after the other, or the values of a component that has several.
fn order_ui(ui: &mut Ui, list: &ImageList, filters: &mut Filters) {
    let name =
        |first: Option<Component>| format!("by {}", first.map_or("well", |component| component.name()));
    let several = |component: &Component| list.values.get(component).is_some_and(|values| values.len() > 1);
    let combo = ComboBox::from_id_salt("order").width(96.0);
    list_ui(ui, combo, "Order of the images", name(filters.first), |ui| {
        choice(ui, &mut filters.first, None, name(None));
        for component in Component::ALL.into_iter().filter(several) {
            choice(ui, &mut filters.first, Some(component), name(Some(component)));
        }
    });
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

fn menu_ui(ui: &mut Ui, plate: &Plate, filters: &mut Filters, component: Component, values: &BTreeSet<u32>) {
    let chosen = filters.values.get(&component).map_or(0, BTreeSet::len);
    let text = match chosen {
        0 => format!("{}: all {}", component.title(), values.len()),
        _ => format!("{}: {chosen} of {}", component.title(), values.len()),
    };
    let title = component.title();
    ui.menu_button(text, |ui| {
        name_container(ui, title);
        let row = ui.spacing().interact_size.y;
        // Of a hundred thousand values only those to be seen are laid out.
        ScrollArea::vertical().max_height(320.0).show_rows(ui, row, values.len(), |ui, rows| {
            for value in values.iter().skip(rows.start).take(rows.len()) {
                let mut on = filters.values.get(&component).is_some_and(|chosen| chosen.contains(value));
                if ui.checkbox(&mut on, plate.value_name(component, *value)).changed() {
                    filters.toggle(component, *value);
                }
            }
        });
    });
}
