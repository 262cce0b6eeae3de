//! Which contrast the image in the viewer has: that of its channel, or one of its own.

use egui::Ui;

use super::contrast::{ContrastChange, Handle, contrast_ui};
use super::shown::Shown;
use crate::app::images::view_order::ImageId;
use crate::app::images::whole_image::WholeImage;
use crate::image::Contrast;
use crate::ui::images::thumbnails::Thumbnails;
use crate::ui::widgets;

/// What the viewer remembers of contrasts.
#[derive(Default)]
pub(crate) struct ImageContrast {
    /// A contrast for this image alone.
    own: Option<(ImageId, Contrast)>,
    /// Whether each image has its own contrast instead of its channel's.
    is_per_image: bool,
    dragged: Option<Handle>,
}

impl ImageContrast {
    /// The contrast of an image that is shown.
    pub(crate) fn of(&self, thumbnails: &mut Thumbnails, shown: &Shown, image: &WholeImage) -> Contrast {
        if self.is_per_image || image.format.samples >= 3 {
            let own = self.own.as_ref().filter(|(of, _)| shown.name.as_ref() == Some(of));
            return own.map_or(image.auto_contrast, |(_, contrast)| *contrast);
        }
        if let Some(source) = shown.source.as_ref().filter(|_| shown.is_current) {
            thumbnails.estimate_contrast(shown.group, source, image.auto_contrast);
        }
        thumbnails.contrast(shown.group).unwrap_or(image.auto_contrast)
    }

    /// The contrast, beside the image.
    pub(crate) fn side_ui(
        &mut self,
        ui: &mut Ui,
        thumbnails: &mut Thumbnails,
        shown: &Shown,
        image: &WholeImage,
        contrast: Contrast,
    ) {
        widgets::section_heading(ui, "Contrast");
        let colour_image = image.format.samples >= 3;
        let is_own = self.is_per_image || colour_image;
        let chosen = if is_own {
            self.own.as_ref().is_some_and(|(of, _)| shown.name.as_ref() == Some(of))
        } else {
            thumbnails.has_chosen_contrast(shown.group)
        };
        let pixel = image.format.pixel;
        let change = contrast_ui(ui, &image.histogram, pixel, contrast, chosen, &mut self.dragged);
        if !colour_image {
            let mut shared = !self.is_per_image;
            let hint = "One contrast for all images of this channel on the plate, so that you can compare their brightness";
            if ui.checkbox(&mut shared, "Same for the channel").on_hover_text(hint).changed() {
                self.is_per_image = !shared;
                self.own = None;
            }
        }
        let Some(change) = change else { return };
        let contrast = match change {
            ContrastChange::To(contrast) => Some(contrast),
            ContrastChange::Auto => Some(image.auto_contrast),
            ContrastChange::Reset => None,
        };
        if is_own {
            self.own = shown.name.clone().zip(contrast);
        } else {
            thumbnails.choose_contrast(shown.group, contrast);
        }
    }
}
