//! What the metadata of an array says: its shape, its samples, where its chunks are and how they are written.

use std::fmt::Write as _;

use super::coding::Coding;
use super::fault::ZarrFault;
use super::part::{Axis, Part};
use super::samples::Samples;
use crate::image::ImageFormat;
use crate::limits;

/// An array, checked: its planes and chunks are of sizes that are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ZarrArray {
    pub(super) shape: Vec<u64>,
    pub(super) chunk: Vec<u64>,
    pub(super) samples: Samples,
    pub(super) is_big_endian: bool,
    /// The value where nothing is stored, as the bytes of an image's sample before these are turned into the
    /// machine's order.
    pub(super) fill: Vec<u8>,
    pub(super) names: ChunkNames,
    pub(super) coding: Coding,
}

/// How the files of chunks are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChunkNames {
    /// Whether a `c` stands before the numbers.
    pub(super) has_c: bool,
    pub(super) separator: char,
}

impl ChunkNames {
    /// The path of a chunk below the array's folder, with `/`.
    pub(super) fn of(self, place: &[u64]) -> String {
        let mut name = String::new();
        if self.has_c {
            name.push('c');
        }
        for place in place {
            if !name.is_empty() {
                name.push(self.separator);
            }
            let _ = write!(name, "{place}");
        }
        name
    }
}

impl ZarrArray {
    /// Refuses what is not read, and turns the fill value into the order of the files.
    pub(super) fn checked(mut self) -> Result<Self, ZarrFault> {
        let axes = self.shape.len();
        if !(2..=limits::ZARR_AXES).contains(&axes) {
            return Err(ZarrFault::Unsupported(format!("an array of {axes} axes, which is no image,")));
        }
        if self.chunk.len() != axes {
            return Err(ZarrFault::damaged("its chunks have other axes"));
        }
        self.coding.needs(&self.chunk, self.format()?, self.samples, None)?;
        if self.swaps() {
            self.fill.reverse();
        }
        Ok(self)
    }

    /// Whether samples in the image have to be turned into the machine's order in the end.
    pub(super) fn swaps(&self) -> bool {
        !self.samples.is_half && self.is_big_endian != cfg!(target_endian = "big")
    }

    /// Size and type of each plane.
    pub(super) fn format(&self) -> Result<ImageFormat, ZarrFault> {
        let [.., height, width] = self.shape[..] else {
            return Err(ZarrFault::damaged("it has no rows and columns"));
        };
        let sample_bytes = self.samples.pixel.bytes() as u64;
        let bytes = height.checked_mul(width).and_then(|count| count.checked_mul(sample_bytes));
        match (u32::try_from(width), u32::try_from(height), bytes) {
            (.., Some(0)) => Err(ZarrFault::damaged("its planes have no pixels")),
            (Ok(width), Ok(height), Some(bytes)) if bytes <= limits::IMAGE_BYTES => {
                Ok(ImageFormat::grey(width, height, self.samples.pixel))
            }
            _ => Err(ZarrFault::TooLarge { what: "the image", bytes: bytes.unwrap_or(u64::MAX) }),
        }
    }

    /// A plane, by its number among all (the last of the axes before rows and columns goes fastest).
    pub(super) fn plane(&self, number: u32) -> Result<Part, ZarrFault> {
        let format = self.format()?;
        let leading = &self.shape[..self.shape.len() - 2];
        let planes = leading.iter().copied().fold(1, u64::saturating_mul);
        if u64::from(number) >= planes {
            return Err(ZarrFault::NoPlane { plane: number, planes });
        }
        let mut rest = u64::from(number);
        let mut axes = Vec::with_capacity(self.shape.len());
        for len in leading.iter().rev() {
            axes.push(Axis { len: *len, start: rest % len, count: 1, step: 0 });
            rest /= len;
        }
        axes.reverse();
        let sample_bytes = self.samples.pixel.bytes();
        let (height, width) = (u64::from(format.height), u64::from(format.width));
        let row_bytes = format.width as usize * sample_bytes;
        axes.push(Axis { len: height, start: 0, count: height, step: row_bytes });
        axes.push(Axis { len: width, start: 0, count: width, step: sample_bytes });
        Ok(Part { axes, at: 0 })
    }
}
