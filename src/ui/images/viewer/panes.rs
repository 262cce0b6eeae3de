//! The images that the viewer shows next to each other, with linked zoom and pan.

use std::sync::Arc;

use egui::{Rect, TextStyle, Ui, pos2, vec2};

use super::beside::Other;
use super::canvas::{Subject, canvas_ui};
use super::layers::{self, Layer};
use super::open::Open;
use super::shown::Shown;
use super::state::Viewer;
use crate::app::images::load_state::LoadState;
use crate::app::images::view_order::Blend;
use crate::image::ImageSource;
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
    item: Item,
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
        let other = self.open.as_ref().and_then(|open| self.beside.in_use(model, open, &self.preview));
        if !is_previewing && other != Some(Other::Preview) {
            thumbnails.loader().want_preview(None);
        }
        let mut panes = vec![self.pane(ui, model, list, thumbnails, item, is_previewing)];
        let beside = match other {
            None => None,
            Some(Other::Preview) => Some((item, true)),
            Some(Other::Stage(stage)) => {
                let companions = self.open.iter().flat_map(|open| &open.companions);
                companions.copied().find(|item| item.stage == stage).map(|item| (item, false))
            }
        };
        if let Some((item, is_preview)) = beside {
            panes.push(self.pane(ui, model, list, thumbnails, item, is_preview));
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
            return Pane { name: "Preview".to_owned(), caption, item, shown, layers, blend: Blend::Added };
        }
        let shown = Shown::of(model, thumbnails, item);
        let in_use = |open: &Open| {
            let composite = self.composite.in_use(open, &self.preview)?;
            Some(composite.parts(model, list, item))
        };
        let layers = match self.open.as_ref().and_then(in_use).filter(|_| !self.beside.is_difference) {
            Some(parts) => {
                caption.push_str(" · all channels");
                let parts: Vec<Shown> =
                    parts.into_iter().map(|part| Shown::of(model, thumbnails, part)).collect();
                layers::together(&parts, model, thumbnails, &self.contrast)
            }
            None => layers::single(&shown, thumbnails, &self.contrast),
        };
        let name = list.stage_name(item.stage).to_owned();
        Pane { name, caption, item, shown, layers, blend: Blend::Added }
    }

    /// Draws the images next to each other; returns the pixel under the pointer.
    pub(crate) fn panes_ui(
        &mut self,
        ui: &mut Ui,
        model: &ImagesModel<'_>,
        rect: Rect,
        thumbnails: &mut Thumbnails,
        panes: &[Pane],
        wanted: Vec<ImageSource>,
    ) -> Option<(u32, u32)> {
        let count = panes.len() as f32;
        let width = (rect.width() - GAP * (count - 1.0)) / count;
        let mut orders = Vec::new();
        let mut pixel = None;
        for (place, pane) in panes.iter().enumerate() {
            let corner = pos2(rect.left() + place as f32 * (width + GAP), rect.top());
            let mut canvas_rect = Rect::from_min_size(corner, vec2(width, rect.height()));
            if panes.len() > 1 {
                let font = TextStyle::Body.resolve(ui.style());
                let middle = pos2(corner.x, corner.y + NAME_HEIGHT / 2.0);
                paint_elided(ui, middle, width, &pane.name, font, Theme::of(ui).text);
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
                pixel_size_um: model.plate.pixel_sizes.common().map(|size| size.x_um),
                is_plain: self.shutter.is_open(),
            };
            let canvas = if place == 0 { &mut self.canvas } else { &mut self.canvas_beside };
            let seen = canvas_ui(ui, canvas_rect, place, canvas, thumbnails, &subject);
            orders.extend(seen.order);
            pixel = seen.pixel.or(pixel);
            // The second follows the first at once, and the first what is done to the second.
            if place == 0 {
                self.canvas_beside.link(&self.canvas);
            } else if !self.canvas.is_linked(&self.canvas_beside) {
                self.canvas.link(&self.canvas_beside);
                ui.request_repaint();
            }
        }
        if panes.len() < 2 {
            self.canvas_beside.release_picture();
        }
        thumbnails.loader().want_for_viewer(orders, wanted);
        pixel
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
        Self { name, caption, item: self.item, shown, layers, blend: Blend::Difference }
    }
}
