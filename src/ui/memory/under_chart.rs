//! Under the chart: the images that were in memory at a moment, or what each combination needed.

use egui::{TextStyle, Ui, vec2};

use super::combinations::{self, CombinationsView};
use crate::app::{Commands, MemoryState, PlateState, RunsState};
use crate::ui::memory::in_memory;
use crate::ui::{View, theme};

/// Height of the row in which one of the two is chosen.
const CHOICE: f32 = 24.0;

/// Which of the two is shown, and how the table is looked at.
#[derive(Debug, Default)]
pub(crate) struct UnderChart {
    is_table: bool,
    table: CombinationsView,
}

impl UnderChart {
    /// Room that it takes, in points.
    pub(crate) fn height(&self) -> f32 {
        CHOICE + if self.is_table { self.table.height() } else { in_memory::HEIGHT }
    }
}

pub(crate) fn under_chart_ui(
    ui: &mut Ui,
    memory: &MemoryState,
    runs: &RunsState,
    plate: &PlateState,
    view: &mut View,
    commands: &mut Commands,
) {
    ui.horizontal(|ui| {
        ui.set_height(CHOICE - 4.0);
        let under = &mut view.under_chart;
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
            ui.selectable_value(&mut under.is_table, false, "Images in memory")
                .on_hover_text("The images that were in memory at the moment that was clicked");
            ui.selectable_value(&mut under.is_table, true, "Each combination")
                .on_hover_text("What was in memory together, and what it needed");
        });
        if under.is_table {
            combinations::choice_ui(ui, memory, runs, &mut under.table);
        }
    });
    if view.under_chart.is_table {
        combinations::combinations_ui(ui, memory, runs, plate, &mut view.under_chart.table, commands);
        let mark = memory.mark_in_chart(runs);
        if view.chart.life != mark {
            view.chart.life = mark;
            ui.request_repaint();
        }
    } else {
        in_memory::in_memory_ui(ui, memory, runs, plate, view, commands);
    }
}
