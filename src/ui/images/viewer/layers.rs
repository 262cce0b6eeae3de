//! The images that make up the viewer's picture.

use std::sync::Arc;

use super::image_contrast::ImageContrast;
use super::shown::Shown;
use crate::app::images::display::Style;
use crate::app::images::load_state::LoadState;
use crate::app::images::lookup_table::LookupTable;
use crate::app::images::view_order::ImageId;
use crate::app::images::whole_image::WholeImage;
use crate::plate::Component;
use crate::quantity::bytes_text;
use crate::ui::images::image_list::ImagesModel;
use crate::ui::images::thumbnails::Thumbnails;

/// An image that is there, and how it looks.
pub(crate) struct Layer {
    pub(crate) name: ImageId,
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
) -> LoadState<Vec<Layer>> {
    match (&shown.whole, &shown.name) {
        (LoadState::Failed(why), _) => LoadState::Failed(Arc::clone(why)),
        (LoadState::Ready(image), Some(name)) => {
            let contrast = contrast.of(thumbnails, shown, image);
            let style = thumbnails.style_with(shown.group.channel, contrast);
            let (name, image) = (name.clone(), Arc::clone(image));
            LoadState::Ready(vec![Layer { name, image, style, label: "value".to_owned() }])
        }
        _ => LoadState::Waiting,
    }
}

/// The layers of several channels, once all have come. One that cannot be read costs no other.
pub(crate) fn together(
    parts: &[Shown],
    model: &ImagesModel<'_>,
    thumbnails: &mut Thumbnails,
    contrast: &ImageContrast,
) -> LoadState<Vec<Layer>> {
    if parts.is_empty() {
        return LoadState::Failed("All channels are switched off.".into());
    }
    let ready = parts.iter().find_map(|part| match &part.whole {
        LoadState::Ready(image) => Some(image.format),
        _ => None,
    });
    // What does not fit the cache together would be read again and again.
    let limit_bytes = thumbnails.loader().whole_limit_bytes() as u64;
    let needed_bytes = ready.map_or(0, |format| format.bytes().saturating_mul(parts.len() as u64));
    if needed_bytes > limit_bytes {
        let (needed, limit) = (bytes_text(needed_bytes), bytes_text(limit_bytes));
        let why = format!("The channels need {needed} together, more than {limit}. Switch some off.");
        return LoadState::Failed(why.into());
    }
    let mut layers = Vec::new();
    let mut first_failure = None;
    for part in parts {
        match single(part, thumbnails, contrast) {
            LoadState::Waiting => return LoadState::Waiting,
            LoadState::Ready(layer) => layers.extend(layer.into_iter().map(|mut layer| {
                // Light that is added up has to begin at black.
                layer.style.table = LookupTable::Tint;
                if let Some(channel) = part.group.channel {
                    layer.label = model.plate.value_name(Component::Channel, channel);
                }
                layer
            })),
            LoadState::Failed(why) => first_failure = first_failure.or(Some(why)),
        }
    }
    let is_one_size = |layer: &Layer| {
        ready.is_none_or(|format| {
            (layer.image.format.width, layer.image.format.height) == (format.width, format.height)
        })
    };
    if !layers.iter().all(is_one_size) {
        return LoadState::Failed("The channels have images of different sizes.".into());
    }
    match first_failure.filter(|_| layers.is_empty()) {
        Some(why) => LoadState::Failed(why),
        None => LoadState::Ready(layers),
    }
}

/// What a pixel is: its value in each image that has it, at the place of the same part of the well there.
pub(crate) fn pixel_text<'a>(
    (x, y): (u32, u32),
    layers: impl Iterator<Item = (&'a Layer, (u32, u32))>,
) -> String {
    let mut text = format!("x {x} · y {y}");
    for (layer, (x, y)) in layers {
        if let Some(values) = layer.image.values_at(x, y) {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            text.push_str(&format!(" · {} {}", layer.label, values.join(", ")));
        }
    }
    text
}
