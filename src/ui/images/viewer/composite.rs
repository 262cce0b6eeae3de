//! All channels of a place in one picture: which of them are on, and what each shows under the pointer.
//!
//! The light of the channels is added up, each in its colour and contrast; the loader does that.

use std::collections::BTreeSet;

use egui::{Button, Color32, Role, Sense, Ui, WidgetInfo, vec2};

use super::open::Open;
use super::preview::PreviewSwitch;
use crate::app::images::load_state::LoadState;
use crate::plate::Component;
use crate::ui::ends::at_end;
use crate::ui::images::image_list::{ImageList, ImagesModel, Item};
use crate::ui::images::thumbnails::Thumbnails;
use crate::ui::theme;
use crate::ui::widgets;

/// What the viewer remembers of composites.
#[derive(Default)]
pub(crate) struct CompositeSwitch {
    /// Whether the channels are shown together where there are several.
    is_on: bool,
    /// The channels that are left out.
    hidden: BTreeSet<u32>,
}

impl CompositeSwitch {
    /// The switch, where it has an effect: a preview is of one channel.
    pub(crate) fn in_use(&self, open: &Open, preview: &PreviewSwitch) -> Option<&Self> {
        (self.is_on && open.channels.len() > 1 && !preview.is_on).then_some(self)
    }

    /// Whether a channel is part of the picture.
    fn shows(&self, item: &Item) -> bool {
        item.key.channel.is_none_or(|channel| !self.hidden.contains(&channel))
    }

    /// The images that make up the composite at an item's place: of all channels that are on and there.
    pub(crate) fn parts(&self, model: &ImagesModel<'_>, list: &ImageList, item: Item) -> Vec<Item> {
        let channels = list.siblings(model, item, Component::Channel);
        if channels.len() < 2 {
            return vec![item];
        }
        channels.into_iter().filter(|part| self.shows(part) && part.is_there()).collect()
    }

    /// The switch; `blocked` tells why it has no effect.
    pub(crate) fn switch_ui(&mut self, ui: &mut Ui, blocked: Option<&str>) {
        let mut is_on = self.is_on && blocked.is_none();
        ui.add_enabled_ui(blocked.is_none(), |ui| {
            let response = widgets::switch(ui, &mut is_on, "Composite");
            let response = response.on_hover_text("All channels in one picture, each in its colour");
            if response.on_disabled_hover_text(blocked.unwrap_or_default()).changed() {
                self.is_on = is_on;
            }
        });
        ui.label("Composite");
    }

    /// The channels with their colours, to switch on and off; returns the one whose contrast is to be
    /// shown below, if the user chose another.
    pub(crate) fn channels_ui(
        &mut self,
        ui: &mut Ui,
        model: &ImagesModel<'_>,
        thumbnails: &mut Thumbnails,
        channels: &[Item],
        open: Item,
    ) -> Option<Item> {
        let mut chosen = None;
        widgets::section_heading(ui, "Channels");
        for item in channels {
            let Some(channel) = item.key.channel else { continue };
            let name = model.plate.value_name(Component::Channel, channel);
            let trouble = trouble(model, thumbnails, item);
            ui.horizontal(|ui| {
                let mut is_on = self.shows(item);
                let text = trouble.map_or_else(|| name.clone(), |trouble| format!("{name}, {trouble}"));
                let [r, g, b] = thumbnails.tint(Some(channel));
                let (dot, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
                ui.painter().circle_filled(dot.center(), 4.0, Color32::from_rgb(r, g, b));
                if ui.add_enabled(trouble.is_none(), egui::Checkbox::new(&mut is_on, text)).changed()
                    && !self.hidden.remove(&channel)
                {
                    self.hidden.insert(channel);
                }
                at_end(ui, |ui| {
                    let is_open = item.key == open.key;
                    let response = ui.add_enabled(trouble.is_none(), Button::selectable(is_open, "Contrast"));
                    response.widget_info(|| {
                        WidgetInfo::selected(Role::Button, true, is_open, format!("Contrast of {name}"))
                    });
                    if response.on_hover_text("Shows the contrast of this channel below").clicked() {
                        chosen = Some(*item);
                    }
                });
            });
        }
        ui.add_space(theme::SECTION_GAP);
        chosen.filter(|item| item.key != open.key)
    }
}

/// Why an image is no part of the picture, though its channel is on.
fn trouble(model: &ImagesModel<'_>, thumbnails: &mut Thumbnails, item: &Item) -> Option<&'static str> {
    let Some(source) = item.source(model) else { return Some("missing") };
    matches!(thumbnails.loader().whole(&source), LoadState::Failed(_)).then_some("cannot be read")
}
