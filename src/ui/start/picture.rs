//! What a comparison looks like, beside the ways to a plate.

use egui::{Align, Image, Label, Layout, Ui, include_image};

use crate::ui::theme::{self, RADIUS, Theme};

/// The width under which the picture tells nothing, in points.
pub(super) const LEAST_WIDTH: f32 = 420.0;

/// A comparison, as a test has made it.
pub(super) fn picture_ui(ui: &mut Ui) {
    let picture = if Theme::of(ui).dark {
        include_image!("../../../assets/start/comparison-dark.png")
    } else {
        include_image!("../../../assets/start/comparison-light.png")
    };
    ui.with_layout(Layout::top_down(Align::Min), |ui| {
        let width = ui.available_width();
        let image = Image::new(picture).max_width(width).corner_radius(RADIUS).alt_text(SHOWN);
        ui.add(image);
        ui.add_space(6.0);
        ui.add(Label::new(theme::caption(ui, CAPTION)).wrap());
    });
}

const SHOWN: &str = "Memory over time of a plate that was processed both ways: all at once it climbs once and \
                     high, one channel at \
                     a time it climbs twice, half as high, and falls back to rest in between.";

const CAPTION: &str = "The same plate both ways. Blue: all images of a well at once. Orange: one channel at a \
                       time; its memory is \
                       given back after each channel.";
