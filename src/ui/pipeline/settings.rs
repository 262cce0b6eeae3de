//! The settings of each step, as they stand in its row.

use std::fmt::Display;
use std::ops::RangeInclusive;

use egui::emath::Numeric;
use egui::{Align, Button, ComboBox, DragValue, Label, Layout, Ui, vec2};

use crate::pipeline::Step;
use crate::pipeline::steps::{
    BackgroundSubtraction, Bin, BinMethod, ColourComposite, Crop, FlatField, GivenLight, Level, LightSource,
    Limits, MedianFilter, NucleiCount, PercentileNormalize, Placement, ProjectionMethod, Sigma, Threshold,
    ZProjection,
};
use crate::ui::theme;

/// How far settings stand under the name of their step.
pub(super) const INDENT: f32 = 26.0;

/// Width of what stands before the button of a file.
const CAPTION_WIDTH: f32 = 96.0;

/// The settings of a step, side by side.
pub(super) fn settings_ui(ui: &mut Ui, step: &mut Step) {
    match step {
        Step::Crop(Crop { width, height, .. }) => {
            number_ui(ui, width, Crop::SIZES_PX, " px", "Width of the rectangle");
            ui.label(theme::caption(ui, "×"));
            number_ui(ui, height, Crop::SIZES_PX, " px", "Height of the rectangle");
        }
        Step::FlatField(step) => source_ui(ui, step),
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
        Step::ColourComposite(composite) => limits_ui(ui, &mut composite.limits),
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

fn source_ui(ui: &mut Ui, step: &mut FlatField) {
    let was_given = step.light().is_some();
    let mut is_given = was_given;
    let choices = [(false, "from the sites"), (true, "given images")];
    choice_ui(ui, &mut is_given, &choices, "Source of the illumination");
    match (was_given, is_given) {
        (false, true) => step.source = LightSource::Given(GivenLight::default()),
        (true, false) => step.source = LightSource::Estimated,
        _ => {}
    }
}

fn limits_ui(ui: &mut Ui, limits: &mut Limits) {
    let (percentiles, values) = match *limits {
        percentiles @ Limits::Percentiles { .. } => (percentiles, Limits::USUAL_VALUES),
        values @ Limits::Values { .. } => (Limits::USUAL_PERCENTILES, values),
    };
    let choices = [(percentiles, "percentiles"), (values, "fixed values")];
    choice_ui(ui, limits, &choices, "Limits of the colours");
}

/// A channel of the plate: its number and its name.
pub(super) type ChannelName = (u32, String);

/// A file that the user wants to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WantedLight {
    /// Of which channel.
    pub(super) channel: u32,
    /// The dark image, else the flat one.
    pub(super) is_dark: bool,
}

/// Settings that have rows of their own. Returns the file that is to be chosen, if any.
pub(super) fn further_settings_ui(
    ui: &mut Ui,
    step: &mut Step,
    channels: &[ChannelName],
    can_ask: bool,
) -> Option<WantedLight> {
    if let Step::FlatField(step) = step {
        return match &mut step.source {
            LightSource::Given(light) => light_ui(ui, light, channels, can_ask),
            LightSource::Estimated => {
                ui.horizontal(|ui| {
                    ui.add_space(INDENT);
                    ui.label(theme::caption(ui, "smoothed over"));
                    let name = "Sigma of the smoothed illumination";
                    number_ui(ui, &mut step.sigma_px, FlatField::SIGMAS_PX, " px", name);
                });
                None
            }
        };
    }
    if let Step::ColourComposite(composite) = step {
        composite_ui(ui, composite, channels);
    }
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
    None
}

/// The limits, and the colour of each channel.
fn composite_ui(ui: &mut Ui, composite: &mut ColourComposite, channels: &[ChannelName]) {
    ui.horizontal(|ui| {
        ui.add_space(INDENT);
        let (low, high, range, unit) = match &mut composite.limits {
            Limits::Percentiles { low, high } => (low, high, 0.0..=100.0, " %"),
            Limits::Values { low, high } => (low, high, Limits::VALUES, ""),
        };
        ui.label(theme::caption(ui, "black at"));
        number_ui(ui, low, range.clone(), unit, "Black limit");
        ui.label(theme::caption(ui, "full colour at"));
        number_ui(ui, high, range, unit, "Full limit");
    });
    ui.horizontal_wrapped(|ui| {
        ui.add_space(INDENT);
        for (channel, name) in channels {
            let mut colour = composite.colour_of(*channel);
            let response = ui.color_edit_button_srgb(&mut colour);
            let response = response.accessible_name(format!("Colour of {name}"));
            if response.on_hover_text(format!("The colour of {name}")).changed() {
                composite.colours.insert(*channel, colour);
            }
            ui.label(theme::caption(ui, name));
        }
    });
}

/// A button for the flat and the dark image of each channel.
fn light_ui(
    ui: &mut Ui,
    light: &mut GivenLight,
    channels: &[ChannelName],
    can_ask: bool,
) -> Option<WantedLight> {
    let mut wanted = None;
    for (channel, name) in channels {
        for (is_dark, kind, files) in [(false, "flat", &mut light.flats), (true, "dark", &mut light.darks)] {
            ui.horizontal(|ui| {
                ui.add_space(INDENT);
                // All of one width, so that what is chosen stands in a column.
                let size = vec2(CAPTION_WIDTH, ui.spacing().interact_size.y);
                ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
                    ui.set_min_width(CAPTION_WIDTH);
                    ui.add(Label::new(theme::caption(ui, format!("{kind}, {name}"))).truncate());
                });
                let path = files.get(channel).cloned();
                if let Some(path) = &path {
                    let name = format!("Take away the {kind} image of {name}");
                    let remove = Button::new(theme::caption(ui, "✖")).frame(false);
                    if ui.add(remove).accessible_name(&name).on_hover_text(&name).clicked() {
                        files.remove(channel);
                    }
                    let text = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
                    let button = Button::new(text).truncate();
                    let response = ui.add_enabled(can_ask, button).on_hover_text(path.display().to_string());
                    if response.clicked() {
                        wanted = Some(WantedLight { channel: *channel, is_dark });
                    }
                } else {
                    let response = ui.add_enabled(can_ask, Button::new("Choose…"));
                    let response = response.accessible_name(format!("Choose the {kind} image of {name}"));
                    let hint = if is_dark {
                        "An image without light; without one dark is 0"
                    } else {
                        "An image of even light"
                    };
                    if response.on_hover_text(hint).clicked() {
                        wanted = Some(WantedLight { channel: *channel, is_dark });
                    }
                }
            });
        }
    }
    wanted
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
