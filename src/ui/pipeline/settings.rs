//! The settings of each kind of step, in a row of the editor. To add a step: one arm.

use egui::{ComboBox, DragValue, Ui};

use crate::pipeline::Step;
use crate::pipeline::steps::{PercentileNormalize, ProjectionMethod, ZProjection};
use crate::ui::theme;

/// The settings of a step, side by side.
pub(super) fn settings_ui(ui: &mut Ui, step: &mut Step) {
    match step {
        Step::PercentileNormalize(settings) => {
            let PercentileNormalize { low_percentile: low, high_percentile: high } = settings;
            percentile_ui(ui, low, "Low percentile");
            ui.label(theme::caption(ui, "to"));
            percentile_ui(ui, high, "High percentile");
        }
        Step::ZProjection(ZProjection { method }) => {
            let response = ComboBox::from_id_salt("method")
                .width(120.0)
                .selected_text(method.name())
                .show_ui(ui, |ui| {
                    for other in ProjectionMethod::ALL {
                        ui.selectable_value(method, other, other.name());
                    }
                })
                .response;
            response.accessible_name("Projection method");
        }
    }
}

fn percentile_ui(ui: &mut Ui, value: &mut f64, name: &str) {
    let drag = DragValue::new(value).range(0.0..=100.0).speed(0.1).max_decimals(2).suffix(" %");
    ui.add(drag).accessible_name(name);
}
