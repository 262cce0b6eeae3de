//! What a step does, exactly: the row of the table of definitions, beside the name of the step.

use egui::containers::menu::MenuButton;
use egui::{Align, Button, Label, Layout, RichText, ScrollArea, Ui, vec2};

use crate::pipeline::Step;
use crate::ui::lists::name_container;
use crate::ui::theme::{self, Theme};

/// Width of the text, in points.
const TEXT_WIDTH: f32 = 440.0;

/// A button that opens the definition of a step, as small as those beside it.
pub(super) fn definition_button(ui: &mut Ui, number: usize, step: &Step, side: f32) {
    let glyph = RichText::new("?").size(11.0).color(Theme::of(ui).text_weak);
    let button = Button::new(glyph).frame(false).min_size(vec2(side, side));
    let (response, _) = MenuButton::from_button(button).ui(ui, |ui| definition_ui(ui, step));
    let name = format!("Definition of step {number}, {}", step.name());
    response.accessible_name(name).on_hover_text("What this step does, exactly");
}

fn definition_ui(ui: &mut Ui, step: &Step) {
    name_container(ui, step.name());
    ui.set_width(TEXT_WIDTH);
    ui.label(theme::strong(ui, step.name()));
    let most = (ui.ctx().content_rect().height() * 0.8).max(200.0);
    ScrollArea::vertical().max_height(most).min_scrolled_height(most).show(ui, |ui| {
        // A menu stretches what is in it, which would space out the words of a text.
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            for (heading, text) in step.definition().rows() {
                ui.add_space(4.0);
                ui.label(theme::caption(ui, heading));
                // Names of functions stand between marks for the page of the guide.
                ui.add(Label::new(text.replace('`', "")).wrap());
            }
        });
    });
}
