//! The hashes of what runs have written, worked out of what lies there now.

use crate::image::{ContentHash, DecodeError, ImageRef, ImageSource};
use crate::limits;

/// The hash of an image; `None` of one that is too large to be read for this.
pub(crate) fn hash_of_image(source: &ImageSource) -> Result<Option<ContentHash>, String> {
    match source.decode_within(limits::SHOWN_IMAGE_BYTES) {
        Ok((format, bytes)) => Ok(Some(ContentHash::of_image(ImageRef { format, bytes: &bytes }))),
        Err(DecodeError::Beyond { .. }) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}
