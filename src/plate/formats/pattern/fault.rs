//! Why names that a pattern reads make up no plate.

use crate::plate::ImageKey;
use crate::quantity::{count_text, plural};

/// Why names that a pattern reads make up no plate. The message says what and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadingFault {
    /// There is no image.
    #[error("there is no image in this folder: it has no TIFF, PNG or JPEG files")]
    NoImages,
    /// The pattern reads no name.
    #[error("the pattern reads none of the {} here. {why}", plural(*.images, "image"))]
    NothingMatches {
        /// Number of images.
        images: usize,
        /// One of them, and why not.
        why: String,
    },
    /// The names are of several plates.
    #[error(
        "the names are of {} plates ({plates}): open the folder of one of them, or write its name in the place of \
         the group for the plate",
        count_text(*.count)
    )]
    SeveralPlates {
        /// How many.
        count: usize,
        /// Some of them.
        plates: String,
    },
    /// Two names are the same image.
    #[error(
        "{first} and {second} would both be image {key}{}: the pattern leaves out what tells them apart",
        if *.more == 0 { String::new() } else { format!(", and the same with {}", plural(*.more, "more file")) }
    )]
    Doubled {
        /// The image.
        key: ImageKey,
        /// A name.
        first: String,
        /// Another one.
        second: String,
        /// How many names more are images that others are.
        more: usize,
    },
}
