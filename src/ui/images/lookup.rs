//! The menu of lookup tables, each with its colours.

use egui::{Color32, ComboBox, Mesh, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::app::images::lookup_table::{LookupTable, difference_colour};
use crate::image::Rgb;
use crate::ui::ends::at_end;
use crate::ui::{theme, widgets};

/// Size of the strip that shows the colours of a table.
const STRIP: egui::Vec2 = vec2(56.0, 10.0);
/// The strip changes its colour at so many places, between which it is smooth.
const STRIP_STEPS: u8 = 16;

/// A menu of the lookup tables; returns what the user chose. `current` is `None` where several are in
/// use; `tint` is the colour of the channel, of several white.
pub(crate) fn table_menu_ui(
    ui: &mut Ui,
    name: &str,
    current: Option<LookupTable>,
    tint: Rgb,
) -> Option<LookupTable> {
    let mut chosen = None;
    let text = current.map_or("Several tables", LookupTable::name);
    let menu = ComboBox::from_id_salt(name).selected_text(text).width(120.0).show_ui(ui, |ui| {
        for table in LookupTable::ALL {
            ui.horizontal(|ui| {
                strip_ui(ui, STRIP, |level| table.colour(level, tint));
                if ui.selectable_label(current == Some(table), table.name()).clicked() {
                    chosen = Some(table);
                    ui.close();
                }
            });
        }
    });
    menu.response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, name);
        info.current_text_value = Some(text.to_owned());
        info
    });
    chosen.filter(|table| current != Some(*table))
}

/// What the colours of a difference mean, and how large it is at most.
pub(crate) fn difference_ui(ui: &mut Ui, name: &str, largest: Option<f64>) {
    widgets::section_heading(ui, "Difference");
    ui.label(theme::caption(ui, name));
    let Some(largest) = largest else { return };
    if largest == 0.0 {
        ui.label("No pixel differs.");
        return;
    }
    ui.label(format!("Largest difference: {}", largest.to_string().replace('-', "−")));
    strip_ui(ui, vec2(ui.available_width(), STRIP.y), |level| difference_colour(level.max(1)));
    ui.horizontal(|ui| {
        ui.label(theme::caption(ui, format!("−{}", largest.abs())));
        at_end(ui, |ui| ui.label(theme::caption(ui, largest.abs().to_string())));
    });
}

/// Colours from one end of a table to the other.
fn strip_ui(ui: &mut Ui, size: egui::Vec2, colour: impl Fn(u8) -> Rgb) {
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let mut mesh = Mesh::default();
    for step in 0..=STRIP_STEPS {
        let share = f32::from(step) / f32::from(STRIP_STEPS);
        let [r, g, b] = colour((share * 255.0) as u8);
        let x = rect.left() + share * rect.width();
        mesh.colored_vertex(pos2(x, rect.top()), Color32::from_rgb(r, g, b));
        mesh.colored_vertex(pos2(x, rect.bottom()), Color32::from_rgb(r, g, b));
        if step > 0 {
            let last = u32::from(step) * 2;
            mesh.add_triangle(last - 2, last - 1, last);
            mesh.add_triangle(last - 1, last, last + 1);
        }
    }
    ui.painter().add(mesh);
}
