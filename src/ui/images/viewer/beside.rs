//! What is shown beside the open image: another stage, another channel or the preview, or the difference from it.

use egui::{Button, ComboBox, Ui};

use super::open::Open;
use super::preview::PreviewSwitch;
use crate::plate::Component;
use crate::ui::images::image_list::{ImageList, ImagesModel, Item, Stage};
use crate::ui::lists::{choice_label, list_ui};

/// What can stand beside an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Other {
    /// The same place at another stage.
    Stage(Stage),
    /// The same place in another channel.
    Channel(u32),
    /// What the pipeline would make of it.
    Preview,
}

/// What the viewer remembers of it.
#[derive(Default)]
pub(crate) struct Beside {
    chosen: Option<Other>,
    /// Whether the difference is shown instead of both.
    pub(crate) is_difference: bool,
}

impl Beside {
    /// What is beside an image, where that is there.
    pub(crate) fn in_use(
        &self,
        model: &ImagesModel<'_>,
        open: &Open,
        preview: &PreviewSwitch,
        is_composite: bool,
    ) -> Option<Other> {
        self.chosen.filter(|other| is_there(*other, model, open, preview, is_composite))
    }

    /// The choice of what is beside; nothing is drawn where there is no other image.
    pub(crate) fn choice_ui(
        &mut self,
        ui: &mut Ui,
        model: &ImagesModel<'_>,
        list: &ImageList,
        open: &Open,
        preview: &PreviewSwitch,
        is_composite: bool,
    ) {
        let stages = list.stages.iter().map(|(stage, _)| Other::Stage(*stage));
        let channels = open.channels.iter().filter_map(|item| item.key.channel).map(Other::Channel);
        let all = stages.chain(channels).chain([Other::Preview]);
        let others: Vec<Other> =
            all.filter(|other| is_there(*other, model, open, preview, is_composite)).collect();
        if others.is_empty() {
            return;
        }
        let current = self.in_use(model, open, preview, is_composite);
        let name = |other: Option<Other>| match other {
            None => "nothing beside".to_owned(),
            Some(other) => format!("beside {}", other.name(model, list)),
        };
        let combo = ComboBox::from_id_salt("beside").width(150.0).truncate();
        list_ui(ui, combo, "Beside", name(current), |ui| {
            for other in std::iter::once(None).chain(others.into_iter().map(Some)) {
                if choice_label(ui, current == other, name(other)).clicked() {
                    self.chosen = other;
                    ui.close();
                }
            }
        });
        if current.is_some() {
            let hint = "This image minus the one beside it, pixel by pixel";
            if ui.add(Button::selectable(self.is_difference, "Difference")).on_hover_text(hint).clicked() {
                self.is_difference = !self.is_difference;
            }
        }
    }
}

impl Other {
    /// The name on screen.
    pub(crate) fn name(self, model: &ImagesModel<'_>, list: &ImageList) -> String {
        match self {
            Self::Stage(stage) => list.stage_name(stage).to_owned(),
            Self::Channel(channel) => model.plate.value_name(Component::Channel, channel),
            Self::Preview => "Preview".to_owned(),
        }
    }

    /// The image that stands beside; `None` of the preview, which is made, and of what is not there.
    pub(crate) fn item(self, open: &Open) -> Option<Item> {
        match self {
            Self::Stage(stage) => open.companions.iter().copied().find(|item| item.stage == stage),
            Self::Channel(channel) => {
                open.channels.iter().copied().find(|item| item.key.channel == Some(channel))
            }
            Self::Preview => None,
        }
    }
}

fn is_there(
    other: Other,
    model: &ImagesModel<'_>,
    open: &Open,
    preview: &PreviewSwitch,
    is_composite: bool,
) -> bool {
    let is_previewing = preview.is_on && !model.previewed.is_empty();
    match other {
        Other::Preview => !is_previewing && !model.previewed.is_empty(),
        Other::Stage(stage) => (is_previewing || stage != open.item.stage) && other.item(open).is_some(),
        // A composite shows them all.
        Other::Channel(channel) => {
            !is_composite
                && open.item.key.channel != Some(channel)
                && other.item(open).is_some_and(|item| item.is_there())
        }
    }
}
