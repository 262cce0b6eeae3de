//! A hint: told once, where it matters, until the user has seen it.

use egui::{Align, Frame, Label, Layout, Margin, Stroke, Ui};

use super::ends::ends;
use super::theme::{self, RADIUS, Theme};
use crate::app::settings::Hint;
use crate::app::{Commands, SettingsCommand, SettingsState};

/// The hint, unless it has been seen.
pub(crate) fn hint_ui(ui: &mut Ui, hint: Hint, settings: &SettingsState, commands: &mut Commands) {
    if settings.kept.seen_hints.contains(&hint) {
        return;
    }
    let theme = Theme::of(ui);
    let frame = Frame::NONE
        .fill(theme.card)
        .stroke(Stroke::new(1.0, theme.bulk))
        .corner_radius(RADIUS)
        .inner_margin(Margin::symmetric(10, 6));
    frame.show(ui, |ui| {
        let text = |ui: &mut Ui| {
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.add(Label::new(theme::strong(ui, hint.text()).text_style(egui::TextStyle::Body)).wrap());
            });
        };
        ends(ui, Align::Min, text, |ui| {
            if ui.button("Got it").clicked() {
                commands.push(SettingsCommand::SeenHint(hint));
            }
        });
    });
    ui.add_space(4.0);
}
