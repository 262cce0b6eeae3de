//! An image that is to be saved.

use crate::image::ImageFormat;
use crate::memory::StoredImage;
use crate::plan::Item;

/// An image that is to be saved.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine::run) struct Saving<'a> {
    pub(in crate::engine::run) item: &'a Item,
    /// The format of the image that it names objects of; `None` of one that names none.
    pub(in crate::engine::run) over: Option<ImageFormat>,
    pub(in crate::engine::run) image: &'a StoredImage,
}
