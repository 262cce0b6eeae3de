//! The images that the viewer shows next to each other, with linked zoom and pan.

use std::sync::Arc;

use egui::{Rect, TextStyle, Ui, pos2, vec2};

use super::beside::Other;
use super::canvas::{Subject, canvas_ui};
use super::layers::{self, Layer, pixel_text};
use super::open::Open;
use super::pane_pixels::PanePixels;
use super::shown::Shown;
use super::state::Viewer;
use crate::app::images::load_state::LoadState;
use crate::app::images::view_order::{Blend, ImageId};
use crate::image::ImageSource;
use crate::plate::Component;
use crate::ui::images::image_list::{ImageList, ImagesModel, Item, Stage};
use crate::ui::images::thumbnails::{ContrastGroup, Thumbnails};
use crate::ui::theme::{GAP, Theme};
use crate::ui::widgets::paint_elided;

/// Height of the name above each of two images.
const NAME_HEIGHT: f32 = 20.0;

/// One image of the viewer, or what is made of several.
pub(crate) struct Pane {
    /// What it shows, in a word or two.
    pub(crate) name: String,
    caption: String,
    pub(crate) item: Item,
    pub(crate) pixels: PanePixels,
    pub(crate) shown: Shown,
    pub(crate) layers: LoadState<Vec<Layer>>,
    pub(crate) blend: Blend,
}

impl Viewer {
    /// What is shown: the open image first, then what is beside it.
    pub(crate) fn panes(
        &mut self,
        ui: &Ui,
        model: &ImagesModel<'_>,
        list: &ImageList,
        thumbnails: &mut Thumbnails,
        item: Item,
    ) -> Vec<Pane> {
        let is_previewing = self.preview.is_on && !model.previewed.is_empty();
        let is_composite = self.open.as_ref().is_some_and(|open| self.is_composite(open));
        let open = self.open.as_ref();
        let other = open.and_then(|open| self.beside.in_use(model, open, &self.preview, is_composite));
        if !is_previewing && other != Some(Other::Preview) {
            thumbnails.loader().want_preview(None);
        }
        let other_item = open.zip(other).and_then(|(open, other)| other.item(open));
        let mut panes = vec![self.pane(ui, model, list, thumbnails, item, is_previewing)];
        if other == Some(Other::Preview) {
            panes.push(self.pane(ui, model, list, thumbnails, item, true));
        } else if let Some(other_item) = other_item {
            panes.push(self.pane(ui, model, list, thumbnails, other_item, false));
        }
        if let (Some(Other::Channel(_)), false) = (other, is_previewing) {
            // Both are of one stage: what tells them apart is the channel.
            for pane in &mut panes {
                let channel = pane.item.key.channel;
                pane.name =
                    channel.map_or_else(String::new, |one| model.plate.value_name(Component::Channel, one));
            }
        }
        match <[Pane; 2]>::try_from(panes) {
            Ok([a, b]) if self.beside.is_difference => vec![a.named().less(b.named())],
            Ok(both) => both.map(Pane::named).into(),
            Err(one) => one,
        }
    }

    fn pane(
        &mut self,
        ui: &Ui,
        model: &ImagesModel<'_>,
        list: &ImageList,
        thumbnails: &mut Thumbnails,
        item: Item,
        is_preview: bool,
    ) -> Pane {
        let mut caption = list.caption(&item, true);
        if is_preview {
            // Of what a run or the microscope has made of a stack, the preview is that of the stack.
            let full_key = self.open.as_ref().map_or(item.key, |open| open.full_key);
            let key = list.counterpart(model, full_key, Stage::Source).map_or(full_key, |item| item.key);
            let shown = self.preview.show(ui, model, key, thumbnails);
            let layers = layers::single(&shown, thumbnails, &self.contrast);
            caption.push_str(" · preview");
            let name = "Preview".to_owned();
            let pixels = match &shown.name {
                Some(ImageId::Preview(preview)) => PanePixels::of_preview(model, preview),
                _ => PanePixels::of_item(model, &item),
            };
            return Pane { name, caption, item, pixels, shown, layers, blend: Blend::Added };
        }
        let shown = Shown::of(model, thumbnails, item);
        let in_use = |open: &Open| {
            let composite = self.composite.in_use(open, &self.preview)?;
            Some(composite.parts(model, list, item))
        };
        let mut pixels = PanePixels::of_item(model, &item);
        let layers = match self.open.as_ref().and_then(in_use).filter(|_| !self.beside.is_difference) {
            Some(parts) => {
                caption.push_str(" · all channels");
                let of_parts = parts.iter().map(|part| PanePixels::of_item(model, part));
                pixels = of_parts.reduce(PanePixels::together).unwrap_or(pixels);
                let parts: Vec<Shown> =
                    parts.into_iter().map(|part| Shown::of(model, thumbnails, part)).collect();
                layers::together(&parts, model, thumbnails, &self.contrast)
            }
            None => layers::single(&shown, thumbnails, &self.contrast),
        };
        let name = list.stage_name(item.stage).to_owned();
        Pane { name, caption, item, pixels, shown, layers, blend: Blend::Added }
    }

    /// Draws the images next to each other; returns what the pixel under the pointer is.
    pub(crate) fn panes_ui(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        thumbnails: &mut Thumbnails,
        panes: &[Pane],
        wanted: Vec<ImageSource>,
    ) -> Option<String> {
        let count = panes.len() as f32;
        let width = (rect.width() - GAP * (count - 1.0)) / count;
        let mut orders = Vec::new();
        let mut pointed = None;
        let first = panes.first().map(|pane| pane.pixels);
        let is_one_size = panes.iter().all(|pane| first.is_some_and(|first| first.size == pane.pixels.size));
        for (place, pane) in panes.iter().enumerate() {
            let corner = pos2(rect.left() + place as f32 * (width + GAP), rect.top());
            let mut canvas_rect = Rect::from_min_size(corner, vec2(width, rect.height()));
            if panes.len() > 1 {
                let font = TextStyle::Body.resolve(ui.style());
                let middle = pos2(corner.x, corner.y + NAME_HEIGHT / 2.0);
                let size = pane.pixels.text().filter(|_| !is_one_size);
                let name = size.map_or_else(|| pane.name.clone(), |size| format!("{} · {size}", pane.name));
                paint_elided(ui, middle, width, &name, font, Theme::of(ui).text);
                canvas_rect.min.y += NAME_HEIGHT;
            }
            // A preview that is made looks like its source until then.
            let stand_in_group =
                ContrastGroup { processed: pane.item.stage.processed(), channel: pane.item.key.channel };
            let subject = Subject {
                caption: &pane.caption,
                stand_in: pane.shown.source.as_ref().map(|source| (source, stand_in_group)),
                layers: &pane.layers,
                blend: pane.blend,
                is_current: pane.shown.is_current,
                pixel_size: pane.pixels.size.ok(),
                is_plain: self.shutter.is_open(),
            };
            let canvas = if place == 0 { &mut self.canvas } else { &mut self.canvas_beside };
            let before = canvas.viewport();
            let seen = canvas_ui(ui, canvas_rect, place, canvas, thumbnails, &subject);
            let is_moved = canvas.viewport() != before;
            orders.extend(seen.order);
            pointed = seen.pixel.map(|pixel| (pane.pixels, pixel)).or(pointed);
            // The second follows the first at once, and the first what is done to the second.
            if let (0, Some(beside)) = (place, panes.get(1)) {
                self.canvas_beside.link(&self.canvas, beside.pixels.in_one_of(pane.pixels));
            } else if let (true, 1, Some(first)) = (is_moved, place, first) {
                self.canvas.link(&self.canvas_beside, first.in_one_of(pane.pixels));
                ui.request_repaint();
            }
        }
        if panes.len() < 2 {
            self.canvas_beside.release_picture();
        }
        thumbnails.loader().want_for_viewer(orders, wanted);
        let (pixels, pixel) = pointed?;
        let layers = panes.iter().filter_map(|pane| match &pane.layers {
            LoadState::Ready(layers) => {
                Some(layers.iter().map(|layer| (layer, pane.pixels.at(pixels, pixel))))
            }
            _ => None,
        });
        Some(pixel_text(pixel, layers.flatten()))
    }

    /// Whether channels are shown in one picture.
    pub(crate) fn is_composite(&self, open: &Open) -> bool {
        self.composite.in_use(open, &self.preview).is_some()
    }
}

impl Pane {
    /// With its name before what its layers are called, to tell them from those of the other.
    fn named(mut self) -> Self {
        if let LoadState::Ready(layers) = &mut self.layers {
            let is_single = layers.len() == 1;
            for layer in layers {
                layer.label =
                    if is_single { self.name.clone() } else { format!("{} {}", self.name, layer.label) };
            }
        }
        self
    }

    /// The difference of two images.
    fn less(self, other: Self) -> Self {
        let name = format!("{} − {}", self.name, other.name);
        let caption = format!("{}, difference: {name}", self.caption);
        let mut shown = self.shown;
        shown.is_current &= other.shown.is_current;
        let pixels = self.pixels.together(other.pixels);
        let layers = match (self.layers, other.layers) {
            (LoadState::Failed(why), _) | (_, LoadState::Failed(why)) => LoadState::Failed(why),
            (LoadState::Ready(mut a), LoadState::Ready(b)) => {
                a.extend(b);
                let kind = |layer: &Layer| {
                    let format = layer.image.format;
                    (format.width, format.height, format.samples)
                };
                if a.windows(2).all(|pair| kind(&pair[0]) == kind(&pair[1])) {
                    LoadState::Ready(a)
                } else {
                    let why = "The two images differ in size or kind, so there is no difference to show.";
                    LoadState::Failed(Arc::from(why))
                }
            }
            _ => LoadState::Waiting,
        };
        Self { name, caption, item: self.item, pixels, shown, layers, blend: Blend::Difference }
    }
}
