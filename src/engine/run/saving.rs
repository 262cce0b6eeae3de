//! An image that is to be saved.

use crate::image::ImageFormat;
use crate::memory::StoredImage;
use crate::plan::Item;

/// An image that is to be saved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saving<'a> {
    pub(super) item: &'a Item,
    /// The format of the image that it names objects of; `None` of one that names none.
    pub(super) over: Option<ImageFormat>,
    pub(super) image: &'a StoredImage,
}
