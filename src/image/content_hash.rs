//! What an image holds as one number, by which results are compared.

use xxhash_rust::xxh3::Xxh3;

use super::{ImageFormat, ImageRef};

/// Hash of size, type and pixels (little-endian), the same on every machine of one byte order. It tells what differs
/// by accident; who wants to can make two images of one hash.
pub(crate) fn content_hash(image: ImageRef<'_>) -> String {
    let mut hash = Xxh3::new();
    let ImageFormat { width, height, samples, pixel } = image.format;
    hash.update(format!("{width} {height} {samples} {} ", pixel.name()).as_bytes());
    hash.update(image.bytes);
    format!("{:032x}", hash.digest128())
}
