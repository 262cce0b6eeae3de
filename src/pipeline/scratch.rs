//! The memory that a thread lends to the steps, one group of images after the other.

use super::Object;

/// Memory that a step needs for itself while it works on one group, held by the thread and used
/// again for the next group.
#[derive(Debug, Default)]
pub struct Scratch {
    /// How many samples have a value, or one of a few beside each other.
    pub(crate) histogram: Vec<u32>,
    /// Samples in the type of the image (8-byte units for alignment): what becomes of each value, or
    /// the rows of a sliding window; or the places of few samples in the order of values.
    pub(crate) values: Vec<u64>,
    /// A number for each pixel.
    pub(crate) pixels: Vec<u32>,
    /// What was found in the image that a step has done last.
    pub(crate) objects: Vec<Object>,
}

impl Scratch {
    /// Bytes that it holds now.
    pub fn bytes(&self) -> u64 {
        let counts = self.histogram.capacity() + self.pixels.capacity();
        let bytes = counts * size_of::<u32>() + self.values.capacity() * size_of::<u64>();
        (bytes + self.objects.capacity() * size_of::<Object>()) as u64
    }

    /// What a step that [finds objects](super::Step::finds_objects) has found in the image that it has done
    /// last: the first is that with number 1.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }
}
