//! The images that make up the viewer's picture, and those that are fetched ahead of it.

use std::sync::Arc;

use super::composite::CompositeSwitch;
use super::image_contrast::ImageContrast;
use super::image_viewer::Viewer;
use crate::app::images::display::Style;
use crate::app::images::image_loader::{ImageName, ImageSource, Loaded, WholeImage};
use crate::app::images::lookup_table::LookupTable;
use crate::plate::Component;
use crate::quantity::bytes_text;
use crate::ui::images::image_list::{ImageList, ImagesModel, Item};
use crate::ui::images::thumbnails::{ContrastGroup, Thumbnails};

/// An image that is shown, as far as it is there.
#[derive(Clone)]
pub(crate) struct Shown {
    /// What it is; `None` of what is not there.
    pub(crate) name: Option<ImageName>,
    /// Its file; of a preview, the first that it is made of.
    pub(crate) source: Option<ImageSource>,
    /// The image, as far as it is there.
    pub(crate) whole: Loaded<Arc<WholeImage>>,
    /// The images that it shares contrast and colours with.
    pub(crate) group: ContrastGroup,
    /// Whether it is what is wanted, and not an earlier preview that stands in for it.
    pub(crate) is_current: bool,
}

impl Shown {
    /// The image of an item.
    pub(crate) fn of(model: &ImagesModel<'_>, thumbnails: &mut Thumbnails, item: Item) -> Self {
        let source = item.source(model);
        let whole = match &source {
            Some(source) => thumbnails.loader().whole(source),
            None => Loaded::Failed(item.absent_because(model).unwrap_or("the image is missing").into()),
        };
        let group = ContrastGroup { processed: item.stage.processed(), channel: item.key.channel };
        Self { name: source.clone().map(ImageName::File), source, whole, group, is_current: true }
    }
}

/// An image that is there, and how it looks.
pub(crate) struct Layer {
    pub(crate) name: ImageName,
    pub(crate) image: Arc<WholeImage>,
    pub(crate) style: Style,
    /// What its values are called under the picture.
    pub(crate) label: String,
}

/// The layer of one image.
pub(crate) fn single(
    shown: &Shown,
    thumbnails: &mut Thumbnails,
    contrast: &ImageContrast,
) -> Loaded<Vec<Layer>> {
    match (&shown.whole, &shown.name) {
        (Loaded::Failed(why), _) => Loaded::Failed(Arc::clone(why)),
        (Loaded::Ready(image), Some(name)) => {
            let contrast = contrast.of(thumbnails, shown, image);
            let style = thumbnails.style_with(shown.group.channel, contrast);
            let (name, image) = (name.clone(), Arc::clone(image));
            Loaded::Ready(vec![Layer { name, image, style, label: "value".to_owned() }])
        }
        _ => Loaded::Waiting,
    }
}

/// The layers of several channels, once all have come. One that cannot be read costs no other.
pub(crate) fn together(
    parts: &[Shown],
    model: &ImagesModel<'_>,
    thumbnails: &mut Thumbnails,
    contrast: &ImageContrast,
) -> Loaded<Vec<Layer>> {
    if parts.is_empty() {
        return Loaded::Failed("All channels are switched off.".into());
    }
    let ready = parts.iter().find_map(|part| match &part.whole {
        Loaded::Ready(image) => Some(image.format),
        _ => None,
    });
    // What does not fit the cache together would be read again and again.
    let limit_bytes = thumbnails.loader().whole_limit_bytes() as u64;
    let needed_bytes = ready.map_or(0, |format| format.bytes().saturating_mul(parts.len() as u64));
    if needed_bytes > limit_bytes {
        let (needed, limit) = (bytes_text(needed_bytes), bytes_text(limit_bytes));
        let why = format!("The channels need {needed} together, more than {limit}. Switch some off.");
        return Loaded::Failed(why.into());
    }
    let mut layers = Vec::new();
    let mut first_failure = None;
    for part in parts {
        match single(part, thumbnails, contrast) {
            Loaded::Waiting => return Loaded::Waiting,
            Loaded::Ready(layer) => layers.extend(layer.into_iter().map(|mut layer| {
                // Light that is added up has to begin at black.
                layer.style.table = LookupTable::Tint;
                if let Some(channel) = part.group.channel {
                    layer.label = model.plate.value_name(Component::Channel, channel);
                }
                layer
            })),
            Loaded::Failed(why) => first_failure = first_failure.or(Some(why)),
        }
    }
    let is_one_size = |layer: &Layer| {
        ready.is_none_or(|format| {
            (layer.image.format.width, layer.image.format.height) == (format.width, format.height)
        })
    };
    if !layers.iter().all(is_one_size) {
        return Loaded::Failed("The channels have images of different sizes.".into());
    }
    match first_failure.filter(|_| layers.is_empty()) {
        Some(why) => Loaded::Failed(why),
        None => Loaded::Ready(layers),
    }
}

/// What a pixel is: its value in each image that has it.
pub(crate) fn pixel_text<'a>(layers: impl Iterator<Item = &'a Layer>, (x, y): (u32, u32)) -> String {
    let mut text = format!("x {x} · y {y}");
    for layer in layers {
        if let Some(values) = layer.image.values_at(x, y) {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            text.push_str(&format!(" · {} {}", layer.label, values.join(", ")));
        }
    }
    text
}

impl Viewer {
    /// Goes on where a stack is played.
    pub(crate) fn play(
        &mut self,
        ui: &egui::Ui,
        model: &ImagesModel<'_>,
        list: &ImageList,
        thumbnails: &mut Thumbnails,
    ) {
        let Self { open: Some(open), preview, composite, player, canvas, .. } = self else { return };
        let stacks = open.stacks(model, preview);
        let composite = composite.in_use(open, preview);
        let is_there = |item: Item| {
            let mut sources = sources(composite, model, list, item);
            sources.all(|source| !matches!(thumbnails.loader().whole(&source), Loaded::Waiting))
        };
        if let Some(item) = player.next(ui, &stacks, is_there, canvas.is_settled()) {
            self.show_within_stack(model, list, item);
        }
    }

    /// The whole images that are wanted: those of the picture, and its neighbours where memory allows.
    pub(crate) fn wanted(
        &self,
        model: &ImagesModel<'_>,
        list: &ImageList,
        image: Option<&WholeImage>,
        limit_bytes: usize,
    ) -> Vec<ImageSource> {
        let Some(open) = &self.open else { return Vec::new() };
        let composite = self.composite.in_use(open, &self.preview);
        let sources = |item: Item| sources(composite, model, list, item);
        let mut wanted: Vec<ImageSource> = open.item.source(model).into_iter().collect();
        add_new(&mut wanted, sources(open.item));
        let Some(image) = image else { return wanted };
        let picture = wanted.len();
        let companions = open.companions.iter().copied();
        let stage = open.item.stage;
        let neighbours = [open.position.checked_add(1), open.position.checked_sub(1)].into_iter().flatten();
        let neighbours =
            neighbours.filter_map(|position| list.items.get(position).copied()).filter_map(|item| {
                if item.stage == stage { Some(item) } else { list.counterpart(model, item.key, stage) }
            });
        let stacks = open.stacks(model, &self.preview);
        let beside = stacks.iter().flat_map(|stack| [stack.beside(1), stack.beside(-1)]).flatten();
        let ahead = self.player.ahead(&stacks);
        let others = ahead.chain(neighbours).chain(beside).chain(companions);
        add_new(&mut wanted, others.flat_map(sources));
        // What is fetched ahead must fit the cache with room to spare, or it would push out what
        // is looked at.
        let fitting = limit_bytes as u64 / 2 / image.format.bytes().max(1);
        wanted.truncate(usize::try_from(fitting).unwrap_or(usize::MAX).max(picture));
        wanted
    }
}

/// The files of an item's picture: its own, or in a composite those of all channels that are on.
fn sources(
    composite: Option<&CompositeSwitch>,
    model: &ImagesModel<'_>,
    list: &ImageList,
    item: Item,
) -> impl Iterator<Item = ImageSource> {
    let parts = composite.map_or_else(|| vec![item], |composite| composite.parts(model, list, item));
    parts.into_iter().filter_map(|part| part.source(model))
}

/// Adds what is not there yet.
fn add_new(wanted: &mut Vec<ImageSource>, more: impl Iterator<Item = ImageSource>) {
    for source in more {
        if !wanted.contains(&source) {
            wanted.push(source);
        }
    }
}
