//! What stands above the image in the viewer: what it is, the way to others, and its stages.

use egui::{Align, Ui};

use super::panes::Pane;
use super::shutter::Shutter;
use super::state::Viewer;
use crate::app::images::load_state::LoadState;
use crate::app::images::view_order::ImageId;
use crate::app::{Commands, ViewUse};
use crate::plate::Component;
use crate::quantity::plural;
use crate::ui::ends::{at_end, ends};
use crate::ui::images::image_list::{ImageList, ImagesModel};
use crate::ui::images::viewer::life_link::life_link_ui;
use crate::ui::theme::{self, GAP};

/// The way back, what the image is, and the way to the images before and after it. Returns whether to go back.
pub(crate) fn header_ui(
    ui: &mut Ui,
    model: &ImagesModel<'_>,
    list: &ImageList,
    viewer: &mut Viewer,
    pane: &Pane,
    commands: &mut Commands,
) -> bool {
    let (item, shown) = (pane.item, &pane.shown);
    let mut back = false;
    let position = viewer.open.as_ref().map_or(0, |open| open.position);
    ui.horizontal(|ui| {
        back = ui.button("Back").on_hover_text("All images (Esc)").clicked();
        ui.label(theme::strong(ui, list.caption(&item, true)));
        if let Some(channel) = item.key.channel {
            let name = model.plate.value_name(Component::Channel, channel);
            if model.plate.channel_names.contains_key(&channel) {
                ui.label(theme::weak(ui, name));
            }
        }
        at_end(ui, |ui| {
            ui.label(theme::caption(ui, format!("{} of {}", position + 1, list.items.len())));
            if ui
                .add_enabled(position > 0, egui::Button::new("Previous"))
                .on_hover_text("Left arrow")
                .clicked()
            {
                viewer.go(model, list, -1);
            }
            let next = ui.add_enabled(position + 1 < list.items.len(), egui::Button::new("Next"));
            if next.on_hover_text("Right arrow").clicked() {
                viewer.go(model, list, 1);
            }
        });
    });
    ui.horizontal(|ui| {
        let mut parts = Vec::new();
        if let LoadState::Ready(image) = &shown.whole {
            parts.push(image.format.to_string());
        }
        parts.extend(pane.pixels.text());
        match &shown.name {
            Some(ImageId::File(source)) => parts.push(source.shown_name()),
            Some(ImageId::Preview(preview)) => {
                parts.push(format!("made of {}", plural(preview.images.len(), "image")));
            }
            None => {}
        }
        let facts = |ui: &mut Ui| {
            let label = ui.add(egui::Label::new(theme::caption(ui, parts.join(" · "))).truncate());
            if let Some(ImageId::File(source)) = &shown.name {
                label.on_hover_text(source.to_string());
            }
        };
        ends(ui, Align::Center, facts, |ui| {
            let is_preview = viewer.preview.is_on && !model.previewed.is_empty();
            commands.extend(life_link_ui(ui, model, list, item, is_preview));
            picture_ui(ui, &mut viewer.shutter);
        });
    });
    back
}

/// Copies and saves what is seen.
fn picture_ui(ui: &mut Ui, shutter: &mut Shutter) {
    let uses = [
        (ViewUse::Copy, "Copy view", "The images as they are seen here, to the clipboard (Ctrl+C)"),
        (ViewUse::Save, "Save view…", "The images as they are seen here, as a PNG file (Ctrl+S)"),
    ];
    for (to, name, hint) in uses {
        let button = ui.button(name);
        if button.clicked() {
            shutter.press(to);
        }
        // A text over the image would be in the picture.
        if !shutter.is_open() {
            button.on_hover_text(hint);
        }
    }
}

/// The same place at each stage, and the preview, to switch between them with zoom and contrast kept.
pub(crate) fn stages_ui(ui: &mut Ui, model: &ImagesModel<'_>, list: &ImageList, viewer: &mut Viewer) {
    let Viewer { open, preview, composite, beside, .. } = viewer;
    let Some(open) = open else { return };
    let mut chosen = None;
    let is_preview = preview.is_on;
    if list.stages.len() > 1 {
        ui.horizontal_wrapped(|ui| {
            for (stage, name) in &list.stages {
                let companion = open.companions.iter().find(|item| item.stage == *stage);
                let is_shown = open.item.stage == *stage && !is_preview;
                let button = egui::Button::selectable(is_shown, name.as_str());
                let response = ui.add_enabled(companion.is_some(), button);
                let response = response.on_disabled_hover_text("No run has saved this image at this step");
                if let (true, Some(item)) = (response.clicked(), companion) {
                    chosen = Some(*item);
                }
            }
        });
    }
    ui.horizontal(|ui| {
        let blocked = if is_preview {
            Some("A preview is of one channel")
        } else {
            (open.channels.len() < 2).then_some("There is but one channel here")
        };
        composite.switch_ui(ui, blocked);
        ui.add_space(GAP);
        let is_composite = composite.in_use(open, preview).is_some();
        beside.choice_ui(ui, model, list, open, preview, is_composite);
        ui.add_space(GAP);
        // Last, because what it previews may be long.
        preview.switch_ui(ui, model);
    });
    if let Some(item) = chosen {
        let position = open.position;
        viewer.preview.is_on = false;
        viewer.show(model, list, item, position);
    }
}
