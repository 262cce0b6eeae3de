//! Memory that steps need for themselves while they work on a group, beside the images.

use super::Object;

/// Memory that a step needs for itself while it works on one group, used again for the next group. Each
/// buffer keeps what it has grown to, whichever step it was for.
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
    /// How many pixels of that image are no finite numbers.
    pub(crate) left_out_px: u64,
}

/// Bytes of each buffer of a [`Scratch`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScratchBytes {
    /// Of the counts.
    pub histogram: u64,
    /// Of samples and windows.
    pub values: u64,
    /// Of numbers for pixels.
    pub pixels: u64,
    /// Of what was found.
    pub objects: u64,
}

impl Scratch {
    /// Bytes that each buffer holds now.
    pub fn held(&self) -> ScratchBytes {
        ScratchBytes {
            histogram: bytes_of::<u32>(self.histogram.capacity()),
            values: bytes_of::<u64>(self.values.capacity()),
            pixels: bytes_of::<u32>(self.pixels.capacity()),
            objects: bytes_of::<Object>(self.objects.capacity()),
        }
    }

    /// What a step that [finds objects](super::Step::finds_objects) has found in the image that it has done
    /// last: the first is that with number 1.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// How many pixels of that image took no part, because they are no finite numbers.
    pub fn left_out_px(&self) -> u64 {
        self.left_out_px
    }
}

impl ScratchBytes {
    /// Of buffers with room for so many entries: counts, units of 8 bytes, numbers of pixels, objects.
    pub(super) fn of(histogram: usize, values: usize, pixels: usize, objects: usize) -> Self {
        Self {
            histogram: bytes_of::<u32>(histogram),
            values: bytes_of::<u64>(values),
            pixels: bytes_of::<u32>(pixels),
            objects: bytes_of::<Object>(objects),
        }
    }

    /// What buffers hold that were used for the one and for the other.
    #[must_use]
    pub fn larger(self, other: Self) -> Self {
        Self {
            histogram: self.histogram.max(other.histogram),
            values: self.values.max(other.values),
            pixels: self.pixels.max(other.pixels),
            objects: self.objects.max(other.objects),
        }
    }

    /// Bytes of all buffers.
    pub(crate) fn total(self) -> u64 {
        self.histogram + self.values + self.pixels + self.objects
    }
}

fn bytes_of<T>(entries: usize) -> u64 {
    (entries * size_of::<T>()) as u64
}
