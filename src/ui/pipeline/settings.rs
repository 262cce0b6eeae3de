//! The settings of each step, as they stand in its row.

use std::fmt::Display;
use std::ops::RangeInclusive;

use egui::emath::Numeric;
use egui::{ComboBox, DragValue, Ui};

use crate::pipeline::Step;
use crate::pipeline::steps::{
    BackgroundSubtraction, Bin, BinMethod, Crop, FlatField, Level, MedianFilter, NucleiCount,
    PercentileNormalize, Placement, ProjectionMethod, Sigma, Threshold, ZProjection,
};
use crate::ui::theme;

/// How far settings stand under the name of their step.
pub(super) const INDENT: f32 = 26.0;

/// The settings of a step, side by side.
pub(super) fn settings_ui(ui: &mut Ui, step: &mut Step) {
    match step {
        Step::Crop(Crop { width, height, .. }) => {
            number_ui(ui, width, Crop::SIZES_PX, " px", "Width of the rectangle");
            ui.label(theme::caption(ui, "×"));
            number_ui(ui, height, Crop::SIZES_PX, " px", "Height of the rectangle");
        }
        Step::FlatField(FlatField { sigma_px }) => {
            ui.label(theme::caption(ui, "smoothed over"));
            number_ui(ui, sigma_px, FlatField::SIGMAS_PX, " px", "Sigma of the smoothed illumination");
        }
        Step::BackgroundSubtraction(BackgroundSubtraction { radius_px }) => {
            ui.label(theme::caption(ui, "radius"));
            number_ui(ui, radius_px, BackgroundSubtraction::RADII_PX, " px", "Radius of the square");
        }
        Step::GaussianSmoothing(smoothing) => sigma_ui(ui, &mut smoothing.sigma),
        Step::MedianFilter(MedianFilter { radius_px }) => {
            ui.label(theme::caption(ui, "radius"));
            number_ui(ui, radius_px, MedianFilter::RADII_PX, " px", "Radius of the median's square");
        }
        Step::PercentileNormalize(PercentileNormalize { low_percentile, high_percentile }) => {
            number_ui(ui, low_percentile, 0.0..=100.0, " %", "Low percentile");
            ui.label(theme::caption(ui, "to"));
            number_ui(ui, high_percentile, 0.0..=100.0, " %", "High percentile");
        }
        Step::ZProjection(ZProjection { method }) => {
            choice_ui(
                ui,
                method,
                &ProjectionMethod::ALL.map(|other| (other, other.name())),
                "Projection method",
            );
        }
        Step::Stitching(stitching) => placement_ui(ui, &mut stitching.placement),
        Step::Bin(Bin { factor, method }) => {
            number_ui(ui, factor, Bin::FACTORS, " pixels a side", "Binning factor");
            choice_ui(ui, method, &BinMethod::ALL.map(|other| (other, other.name())), "Binning method");
        }
        Step::Threshold(Threshold { level }) | Step::NucleiCount(NucleiCount { level, .. }) => {
            level_ui(ui, level);
        }
    }
}

fn level_ui(ui: &mut Ui, level: &mut Level) {
    let fixed = match *level {
        Level::Otsu => Level::USUAL_FIXED,
        fixed @ Level::Fixed(_) => fixed,
    };
    choice_ui(ui, level, &[(Level::Otsu, "Otsu, of each image"), (fixed, "fixed, above")], "Threshold");
    if let Level::Fixed(level) = level {
        number_ui(ui, level, Level::GREY_LEVELS, "", "Grey level of the threshold");
    }
}

fn sigma_ui(ui: &mut Ui, sigma: &mut Sigma) {
    ui.label(theme::caption(ui, "sigma"));
    match sigma {
        Sigma::Pixels(pixels) => number_ui(ui, pixels, Sigma::PIXELS, "", "Sigma"),
        Sigma::Micrometres(micrometres) => number_ui(ui, micrometres, Sigma::MICROMETRES, "", "Sigma"),
    }
    let (pixels, micrometres) = match *sigma {
        pixels @ Sigma::Pixels(_) => (pixels, Sigma::USUAL_MICROMETRES),
        micrometres @ Sigma::Micrometres(_) => (Sigma::USUAL_PIXELS, micrometres),
    };
    choice_ui(ui, sigma, &[(pixels, "pixels"), (micrometres, "micrometres")], "Unit of sigma");
}

fn placement_ui(ui: &mut Ui, placement: &mut Placement) {
    let grid = match *placement {
        Placement::StagePositions => Placement::USUAL_GRID,
        grid @ Placement::Grid { .. } => grid,
    };
    let choices = [(Placement::StagePositions, "by stage position"), (grid, "on a grid")];
    choice_ui(ui, placement, &choices, "Placement of the sites");
}

/// Settings that have a row of their own.
pub(super) fn further_settings_ui(ui: &mut Ui, step: &mut Step) {
    if let Step::Crop(Crop { x, y, .. }) = step {
        ui.horizontal(|ui| {
            ui.add_space(INDENT);
            ui.label(theme::caption(ui, "from left"));
            number_ui(ui, x, Crop::PLACES_PX, " px", "Left edge of the rectangle");
            ui.label(theme::caption(ui, "from top"));
            number_ui(ui, y, Crop::PLACES_PX, " px", "Upper edge of the rectangle");
        });
    }
    if let Step::NucleiCount(NucleiCount { smallest_area_px, split, min_distance_px, .. }) = step {
        ui.horizontal(|ui| {
            ui.add_space(INDENT);
            ui.label(theme::caption(ui, "from"));
            number_ui(ui, smallest_area_px, NucleiCount::AREAS_PX, " px", "Smallest area of a nucleus");
            ui.checkbox(split, "part at").on_hover_text("Part nuclei that touch");
            ui.add_enabled_ui(*split, |ui| {
                let name = "Distance between nuclei that touch";
                number_ui(ui, min_distance_px, NucleiCount::DISTANCES_PX, " px", name);
            });
        });
    }
    if let Step::Stitching(stitching) = step
        && let Placement::Grid { columns, overlap_percent } = &mut stitching.placement
    {
        ui.horizontal(|ui| {
            ui.add_space(INDENT);
            ui.label(theme::caption(ui, "columns"));
            number_ui(ui, columns, Placement::COLUMNS, "", "Columns of the grid");
            ui.label(theme::caption(ui, "overlap"));
            let name = "Overlap of neighbouring sites";
            number_ui(ui, overlap_percent, Placement::OVERLAPS_PERCENT, " %", name);
        });
    }
}

fn number_ui<N: Numeric + Display>(
    ui: &mut Ui,
    value: &mut N,
    range: RangeInclusive<N>,
    unit: &str,
    name: &str,
) {
    let drag = DragValue::new(value).range(range).suffix(unit);
    let drag = if N::INTEGRAL { drag } else { drag.speed(0.1).max_decimals(2) };
    ui.add(drag).accessible_name(name);
}

fn choice_ui<T: Copy + PartialEq>(ui: &mut Ui, value: &mut T, choices: &[(T, &str)], name: &str) {
    let present = choices.iter().find(|(choice, _)| choice == value).map_or("", |(_, text)| text);
    let choose = |ui: &mut Ui| {
        for (choice, text) in choices {
            ui.selectable_value(value, *choice, *text);
        }
    };
    let response =
        ComboBox::from_id_salt(name).width(120.0).selected_text(present).show_ui(ui, choose).response;
    response.accessible_name(name);
}
