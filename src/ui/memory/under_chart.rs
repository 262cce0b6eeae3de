//! Under the chart: the images that were in memory at a moment, or what each combination needed.

use egui::{TextStyle, Ui, vec2};

use super::view::{MemoryModel, MemoryView};
use super::{combinations, in_memory};
use crate::app::Commands;
use crate::plate::ImageKey;
use crate::ui::images::thumbnails::Thumbnails;
use crate::ui::theme;

/// Height of the row in which one of the two is chosen.
const CHOICE: f32 = 24.0;

/// Room that it takes, in points.
pub(crate) fn height(view: &MemoryView) -> f32 {
    CHOICE + if view.is_table { view.table.height() } else { in_memory::HEIGHT }
}

/// Draws it; an image that is to be opened in the viewer.
pub(crate) fn under_chart_ui(
    ui: &mut Ui,
    model: MemoryModel<'_>,
    view: &mut MemoryView,
    thumbnails: &mut Thumbnails,
    commands: &mut Commands,
) -> Option<ImageKey> {
    let MemoryModel { memory, runs, plate } = model;
    if view.chart.asks_for_table {
        view.is_table = true;
        view.table.take_focus();
    }
    ui.horizontal(|ui| {
        ui.set_height(CHOICE - 4.0);
        ui.scope(|ui| {
            // Quiet, as the options over the chart are.
            let theme = theme::Theme::of(ui);
            let visuals = ui.visuals_mut();
            visuals.selection.bg_fill = theme.card;
            visuals.selection.stroke = egui::Stroke::new(1.0, theme.text);
            visuals.widgets.inactive.fg_stroke.color = theme.text_weak;
            ui.spacing_mut().item_spacing.x = 2.0;
            ui.spacing_mut().button_padding = vec2(7.0, 2.0);
            ui.style_mut().override_text_style = Some(TextStyle::Small);
            ui.selectable_value(&mut view.is_table, false, "Images in memory")
                .on_hover_text("The images that were in memory at the moment that you clicked");
            ui.selectable_value(&mut view.is_table, true, "Each combination")
                .on_hover_text("Which images were in memory together, and how much memory they needed");
        });
        if view.is_table {
            combinations::choice_ui(ui, memory, runs, &mut view.table);
        }
    });
    if view.is_table {
        combinations::combinations_ui(ui, memory, runs, plate, &mut view.table, commands);
        let mark = memory.mark_in_chart(runs);
        if view.chart.life != mark {
            view.chart.life = mark;
            ui.request_repaint();
        }
        None
    } else {
        in_memory::in_memory_ui(ui, model, &mut view.chart, thumbnails, commands)
    }
}
