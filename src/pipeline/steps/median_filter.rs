//! Median filter: each pixel becomes the middle one of those in the square around it.
//!
//! The square has `2 r + 1` pixels a side, and the image goes on with its last pixels, so the result
//! equals `scipy.ndimage.median_filter(x, size=2 * r + 1, mode='nearest')`. Each colour is taken by
//! itself. What is no finite number takes no part and is counted: a pixel becomes the median of the numbers in its
//! square (of an even number of these, the mean of the middle two), and is not a number only where there is none.
//!
//! Samples of 8 and 16 bits are counted in a histogram that slides along the row (after Huang, Yang and
//! Tang 1979), with a coarse one above it, so that the median is found in few steps and a pixel costs
//! about `4 r` of them. Others are sorted far enough to tell the middle, which costs the whole square.

use serde::{Deserialize, Serialize};

use super::percentiles::room;
use super::sample::{Sample, for_each_type, not_numbers};
use crate::cancel::{Cancel, Cancelled};
use crate::image::{ImageFormat, ImageMut};
use crate::pipeline::definition::Definition;
use crate::pipeline::operation::{NewImage, Operation, StepSettings};
use crate::pipeline::setting::{About, Form};
use crate::pipeline::settings_fault::SettingsFault;
use crate::pipeline::surroundings::Surroundings;
use crate::pipeline::unresolved::Unresolved;
use crate::pipeline::{Input, NoteKind, Scratch, ScratchBytes, StepError, StepNote};

/// Settings of the median filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MedianFilter {
    /// Pixels from the middle of the square to its edge.
    pub radius_px: u32,
}

impl Default for MedianFilter {
    /// Takes away single bright or dark pixels.
    fn default() -> Self {
        Self { radius_px: 1 }
    }
}

/// Values that one coarse count stands for.
const COARSE: usize = 256;

impl MedianFilter {
    /// The radii that make sense.
    pub(crate) const RADII_PX: std::ops::RangeInclusive<u32> = 1..=25;

    /// Pixels of the square.
    fn square(&self) -> usize {
        (2 * self.radius_px as usize + 1).pow(2)
    }
}

impl StepSettings for MedianFilter {
    type Operation = Self;

    fn name(&self) -> &'static str {
        "Median filter"
    }

    fn slug(&self) -> &'static str {
        "median"
    }

    /// `square of 3 pixels`.
    fn settings_text(&self) -> String {
        format!("square of {} pixels", 2 * self.radius_px + 1)
    }

    fn explanation(&self) -> &'static str {
        "Takes away single bright and dark pixels and keeps edges: each pixel becomes the median of those \
         around it."
    }

    fn definition(&self) -> Definition {
        Definition {
            does: "The middle value of the square of 2 r + 1 pixels a side around x. Beyond the border the last pixels go on.",
            source: "`scipy.ndimage.median_filter(x, size=2 * r + 1, mode='nearest')`, exactly.",
            types: "All.",
            constant: "Stays as it is.",
            sizes: "Any size, also where the square is larger than the image.",
            not_numbers: "Left out and counted in a note: the median is that of the numbers in the square (of an even number of them the mean of the middle two), and is not a number only where there is none.",
        }
    }

    fn check(&self) -> Result<(), SettingsFault> {
        if Self::RADII_PX.contains(&self.radius_px) {
            return Ok(());
        }
        Err(SettingsFault::MedianRadius { radius_px: self.radius_px, allowed: Self::RADII_PX })
    }

    fn changed_since(&self, definitions: u32) -> Option<&'static str> {
        (definitions < 2).then_some("of images of floats: what is not a number is left out")
    }

    fn form(&mut self, form: &mut Form<'_>) {
        let radius = About::new("radius_px", "Radius of the median's square").caption("radius").unit(" px");
        form.whole(radius, &mut self.radius_px, Self::RADII_PX);
    }

    fn resolve(&self, _around: &Surroundings<'_>) -> Result<Self, Unresolved> {
        Ok(*self)
    }
}

impl Operation for MedianFilter {
    fn scratch_bytes(&self, input: ImageFormat) -> ScratchBytes {
        match input.pixel.bytes() {
            1 | 2 => ScratchBytes::of(Counts::entries(input.pixel.bytes()), 0, 0, 0),
            _ => ScratchBytes::of(0, self.square(), 0, 0),
        }
    }
}

impl NewImage for MedianFilter {
    fn run(
        &self,
        inputs: &[Input<'_>],
        output: ImageMut<'_>,
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let ImageMut { format, bytes } = output;
        let reach = self.radius_px as usize;
        macro_rules! filter {
            ($type:ty) => {{
                let samples = bytemuck::cast_slice(inputs[0].image.bytes);
                let gaps = not_numbers::<$type>(samples);
                let image = Neighbours::<$type>::new(format, samples, reach);
                let out = bytemuck::cast_slice_mut(bytes);
                if size_of::<$type>() <= 2 {
                    by_counts(&image, out, &mut scratch.histogram, cancel)?;
                } else {
                    by_sorting(&image, out, room(&mut scratch.values, self.square()), cancel)?;
                }
                Ok(StepNote::of(NoteKind::NOT_FINITE, inputs[0].key, gaps))
            }};
        }
        for_each_type!(format.pixel, filter)
    }
}

/// An image that goes on with its last pixels, as places in the order of values.
struct Neighbours<'a, T> {
    samples: &'a [T],
    width: usize,
    height: usize,
    /// Samples of a pixel.
    pixel: usize,
    reach: usize,
}

impl<'a, T: Sample> Neighbours<'a, T> {
    fn new(format: ImageFormat, samples: &'a [T], reach: usize) -> Self {
        let (width, height) = (format.width as usize, format.height as usize);
        Self { samples, width, height, pixel: usize::from(format.samples), reach }
    }

    /// The keys of one column of the square around row `y`; the column counts from `reach` pixels left
    /// of the image.
    fn column(&self, column: usize, y: usize, colour: usize) -> impl Iterator<Item = u64> {
        let x = column.saturating_sub(self.reach).min(self.width - 1);
        let rows = (y..=y + 2 * self.reach).map(|row| row.saturating_sub(self.reach).min(self.height - 1));
        rows.map(move |row| self.samples[(row * self.width + x) * self.pixel + colour].key())
    }
}

/// How often each value occurs in the square.
struct Counts<'a> {
    fine: &'a mut [u32],
    coarse: &'a mut [u32],
}

impl<'a> Counts<'a> {
    /// Counts of samples of so many bytes.
    fn entries(bytes: usize) -> usize {
        let values = 1 << (8 * bytes);
        values + values / COARSE
    }

    fn new(memory: &'a mut Vec<u32>, bytes: usize) -> Self {
        let entries = Self::entries(bytes);
        let memory = room(memory, entries);
        memory.fill(0);
        let (fine, coarse) = memory.split_at_mut(1 << (8 * bytes));
        Self { fine, coarse }
    }

    #[allow(clippy::cast_possible_truncation)] // keys of 8 and 16 bits
    fn add(&mut self, keys: impl Iterator<Item = u64>) {
        for key in keys.map(|key| key as usize) {
            self.fine[key] += 1;
            self.coarse[key / COARSE] += 1;
        }
    }

    #[allow(clippy::cast_possible_truncation)] // keys of 8 and 16 bits
    fn remove(&mut self, keys: impl Iterator<Item = u64>) {
        for key in keys.map(|key| key as usize) {
            self.fine[key] -= 1;
            self.coarse[key / COARSE] -= 1;
        }
    }

    /// The key before which so many lie.
    fn nth(&self, mut before: u32) -> u64 {
        let skip = |counts: &[u32], before: &mut u32| {
            let mut bin = 0;
            while bin + 1 < counts.len() && counts[bin] <= *before {
                *before -= counts[bin];
                bin += 1;
            }
            bin
        };
        let start = skip(self.coarse, &mut before) * COARSE;
        (start + skip(&self.fine[start..start + COARSE], &mut before)) as u64
    }
}

fn by_counts<T: Sample>(
    image: &Neighbours<'_, T>,
    out: &mut [T],
    memory: &mut Vec<u32>,
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let side = 2 * image.reach + 1;
    let middle = u32::try_from(side * side / 2).unwrap_or(u32::MAX);
    let mut counts = Counts::new(memory, size_of::<T>());
    for (y, row) in out.chunks_exact_mut(image.width * image.pixel).enumerate() {
        cancel.check()?;
        for colour in 0..image.pixel {
            (0..side).for_each(|column| counts.add(image.column(column, y, colour)));
            for x in 0..image.width {
                if x > 0 {
                    counts.remove(image.column(x - 1, y, colour));
                    counts.add(image.column(x + side - 1, y, colour));
                }
                row[x * image.pixel + colour] = T::from_key(counts.nth(middle));
            }
            // Cheaper than to clear all counts.
            (0..side).for_each(|column| counts.remove(image.column(image.width - 1 + column, y, colour)));
        }
    }
    Ok(())
}

fn by_sorting<T: Sample>(
    image: &Neighbours<'_, T>,
    out: &mut [T],
    square: &mut [u64],
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let side = 2 * image.reach + 1;
    for (y, row) in out.chunks_exact_mut(image.width * image.pixel).enumerate() {
        cancel.check()?;
        for (index, out) in row.iter_mut().enumerate() {
            let (x, colour) = (index / image.pixel, index % image.pixel);
            let keys = (x..x + side).flat_map(|column| image.column(column, y, colour));
            let numbers = keys.filter(|key| T::from_key(*key).is_number());
            let count = square.iter_mut().zip(numbers).map(|(slot, key)| *slot = key).count();
            if count == 0 {
                *out = T::from_f64(f64::NAN);
                continue;
            }
            let (below, median, _) = square[..count].select_nth_unstable(count / 2);
            let median = T::from_key(*median);
            // All squares are odd but those with gaps, which only floats have.
            *out = match below.iter().max().filter(|_| count % 2 == 0) {
                Some(below) => T::from_f64((T::from_key(*below).to_f64() + median.to_f64()) / 2.0),
                None => median,
            };
        }
    }
    Ok(())
}
