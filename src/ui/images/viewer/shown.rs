//! An image that the viewer shows, as far as it has arrived.

use std::sync::Arc;

use crate::app::images::load_state::LoadState;
use crate::app::images::view_order::ImageId;
use crate::app::images::whole_image::WholeImage;
use crate::image::ImageSource;
use crate::ui::images::image_list::{ImagesModel, Item};
use crate::ui::images::thumbnails::{ContrastGroup, Thumbnails};

/// An image that is shown, as far as it has arrived.
#[derive(Clone)]
pub(crate) struct Shown {
    /// What it is; `None` of what is not there.
    pub(crate) name: Option<ImageId>,
    /// Its file; of a preview, the first that it is made of.
    pub(crate) source: Option<ImageSource>,
    /// The image, as far as it has arrived.
    pub(crate) whole: LoadState<Arc<WholeImage>>,
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
            None => {
                let why = item.absent_because(model);
                LoadState::Failed(why.map_or_else(|| "the image is missing".into(), Into::into))
            }
        };
        let group = ContrastGroup { processed: item.stage.processed(), channel: item.key.channel };
        Self { name: source.clone().map(ImageId::File), source, whole, group, is_current: true }
    }
}
