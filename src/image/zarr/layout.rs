//! What the metadata of an array says: its shape, its samples, where its chunks are and how they are written.

use std::fmt::Write as _;

use super::coding::Coding;
use super::fault::ZarrFault;
use super::part::{Axis, Part};
use super::samples::Samples;
use crate::image::{ImageFormat, PlaneAxes, SharedChunk};
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
            return Err(ZarrFault::Unsupported(format!("an array of {axes} axes, which is not an image,")));
        }
        if self.chunk.len() != axes {
            return Err(ZarrFault::damaged("its chunks have other axes"));
        }
        self.coding.needs(&self.chunk, false, self.samples, None)?;
        if self.swaps() {
            self.fill.reverse();
        }
        Ok(self)
    }

    /// Whether samples in the image have to be turned into the machine's order in the end.
    pub(super) fn swaps(&self) -> bool {
        !self.samples.is_half && self.is_big_endian != cfg!(target_endian = "big")
    }

    /// Which axes are rows and columns, from 0.
    fn rows_and_columns(&self, axes: PlaneAxes) -> Result<(usize, usize), ZarrFault> {
        let from_first = |from_last: u8| self.shape.len().checked_sub(usize::from(from_last) + 1);
        match (from_first(axes.rows_from_last), from_first(axes.columns_from_last)) {
            (Some(rows), Some(columns)) if rows != columns => Ok((rows, columns)),
            _ => Err(ZarrFault::damaged("it has no rows and columns")),
        }
    }

    /// Which axis has the samples of a pixel, from 0, where one has.
    fn samples_axis(&self, axes: PlaneAxes) -> Result<Option<usize>, ZarrFault> {
        let (rows, columns) = self.rows_and_columns(axes)?;
        let Some(from_last) = axes.samples else { return Ok(None) };
        let axis = self.shape.len().checked_sub(usize::from(from_last.get()));
        match axis.filter(|axis| ![rows, columns].contains(axis)) {
            Some(axis) => Ok(Some(axis)),
            None => Err(ZarrFault::damaged("it has no axis of the samples of a pixel")),
        }
    }

    /// Size and type of each plane along two axes.
    pub(super) fn format(&self, axes: PlaneAxes) -> Result<ImageFormat, ZarrFault> {
        let (rows, columns) = self.rows_and_columns(axes)?;
        let (height, width) = (self.shape[rows], self.shape[columns]);
        let samples = self.samples_axis(axes)?.map_or(1, |axis| self.shape[axis]);
        let samples =
            u16::try_from(samples).map_err(|_| ZarrFault::damaged("its pixels have too many samples"))?;
        let pixel = self.samples.pixel;
        let pixel_bytes = pixel.bytes() as u64 * u64::from(samples);
        let bytes = height.checked_mul(width).and_then(|count| count.checked_mul(pixel_bytes));
        match (u32::try_from(width), u32::try_from(height), bytes) {
            (.., Some(0)) => Err(ZarrFault::damaged("its planes have no pixels")),
            (Ok(width), Ok(height), Some(bytes)) if bytes <= limits::IMAGE_BYTES => {
                Ok(ImageFormat { width, height, samples, pixel })
            }
            _ => Err(ZarrFault::TooLarge { what: "the image", bytes: bytes.unwrap_or(u64::MAX) }),
        }
    }

    /// How many planes there are along each of the other axes.
    pub(super) fn planes(&self, along: PlaneAxes) -> Result<impl Iterator<Item = u64>, ZarrFault> {
        let (rows, columns) = self.rows_and_columns(along)?;
        let of_plane = [Some(rows), Some(columns), self.samples_axis(along)?];
        let others = self.shape.iter().enumerate().filter(move |(axis, _)| !of_plane.contains(&Some(*axis)));
        Ok(others.map(|(_, len)| *len))
    }

    /// A plane along two axes, by its number among all (the last of the other axes goes fastest).
    pub(super) fn plane(&self, number: u32, along: PlaneAxes) -> Result<Part, ZarrFault> {
        let format = self.format(along)?;
        let (rows, columns) = self.rows_and_columns(along)?;
        let planes = self.planes(along)?.fold(1, u64::saturating_mul);
        if u64::from(number) >= planes {
            return Err(ZarrFault::NoPlane { plane: number, planes });
        }
        let samples = self.samples_axis(along)?;
        let sample_bytes = self.samples.pixel.bytes();
        let pixel_bytes = sample_bytes * usize::from(format.samples);
        let row_bytes = format.width as usize * pixel_bytes;
        let mut rest = u64::from(number);
        let mut axes = Vec::with_capacity(self.shape.len());
        for (axis, len) in self.shape.iter().copied().enumerate().rev() {
            axes.push(if axis == rows {
                Axis { len, start: 0, count: len, step: row_bytes }
            } else if axis == columns {
                Axis { len, start: 0, count: len, step: pixel_bytes }
            } else if Some(axis) == samples {
                Axis { len, start: 0, count: len, step: sample_bytes }
            } else {
                let start = rest % len;
                rest /= len;
                Axis { len, start, count: 1, step: 0 }
            });
        }
        axes.reverse();
        Ok(Part { axes, at: 0 })
    }

    /// Whether every chunk is so many whole rows of one plane, which is unpacked where it belongs.
    pub(super) fn has_chunks_of_rows(&self, along: PlaneAxes) -> bool {
        let Ok((rows, columns)) = self.rows_and_columns(along) else { return false };
        if along.samples.is_some() {
            return false;
        }
        let (unit, _) = self.coding.unit(&self.chunk);
        rows < columns
            && unit.iter().zip(&self.shape).enumerate().all(|(axis, (chunk, len))| match axis {
                _ if axis == rows => len.is_multiple_of(*chunk),
                _ if axis == columns => chunk == len,
                _ => *chunk == 1,
            })
    }

    /// The chunks that a plane is unpacked with, where these hold others, too. What is not packed is read in parts.
    pub(super) fn shared(&self, part: &Part, along: PlaneAxes) -> Result<Option<SharedChunk>, ZarrFault> {
        let (unit, packing) = self.coding.unit(&self.chunk);
        if packing.is_none() {
            return Ok(None);
        }
        let (rows, columns) = self.rows_and_columns(along)?;
        let samples = self.samples_axis(along)?;
        let (mut number, mut planes) = (0_u64, 1_u64);
        for (axis, (of_part, unit)) in part.axes.iter().zip(&unit).enumerate() {
            if axis != rows && axis != columns && Some(axis) != samples {
                let place = of_part.start / unit;
                number = number.saturating_mul(of_part.len.div_ceil(*unit)).saturating_add(place);
                planes = planes.saturating_mul((of_part.len - place * unit).min(*unit));
            }
        }
        let planes = u32::try_from(planes).unwrap_or(u32::MAX);
        Ok((planes > 1).then_some(SharedChunk { number, planes }))
    }
}
