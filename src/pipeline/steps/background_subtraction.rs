//! Background subtraction: the white top-hat of one image.
//!
//! The result is `x - opening(x)`. The opening is the grey erosion by a flat square of `2 r + 1` pixels
//! a side (the least sample in the square around each pixel), then the grey dilation by the same square
//! (the largest of those). At the border the square ends where the image does, which is the same as to
//! continue with the mirrored image or with its last pixels. So it equals
//! `scipy.ndimage.white_tophat(x, size=2 * r + 1)` (mode `reflect`), but for differences that are too
//! much for a signed type: these are held at its limit and counted, where SciPy lets them wrap around.
//! Each colour is taken by itself. What is no finite number takes no part and is counted: it stays what it is, and
//! the opening around it is that of the others.
//!
//! Rows pass through two sliding windows, one after the other, and come out `2 r` rows later; so the
//! image is changed in place, and what is needed beside it is some rows and no second image.

use fearless_simd::Simd;
use serde::{Deserialize, Serialize};

use super::networks::Key;
use super::percentiles::room;
use super::sample::{Sample, for_each_type, not_numbers};
use super::sliding::{Across, Down, repeats, samples_across, samples_down, take};
use super::wide::{Wide, wide};
use crate::cancel::{Cancel, Cancelled};
use crate::image::{ImageFormat, ImageMut};
use crate::pipeline::definition::Definition;
use crate::pipeline::operation::{InPlace, Operation, StepSettings};
use crate::pipeline::setting::{About, Form};
use crate::pipeline::settings_fault::SettingsFault;
use crate::pipeline::surroundings::Surroundings;
use crate::pipeline::unresolved::Unresolved;
use crate::pipeline::{NoteKind, Scratch, ScratchBytes, StepError, StepNote};
use crate::plate::ImageKey;

/// Settings of background subtraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackgroundSubtraction {
    /// Pixels from the middle of the square to its edge: what is wider than `2 radius_px + 1` pixels
    /// counts as background.
    pub radius_px: u32,
}

impl Default for BackgroundSubtraction {
    /// Wider than a nucleus at 20 x.
    fn default() -> Self {
        Self { radius_px: 25 }
    }
}

/// Rows that are worked on between two looks at whether the run was cancelled.
const BLOCK_ROWS: usize = 16;

impl BackgroundSubtraction {
    /// The radii that make sense.
    pub(crate) const RADII_PX: std::ops::RangeInclusive<u32> = 1..=1000;

    fn one(
        &self,
        key: ImageKey,
        image: &mut ImageMut<'_>,
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let windows = Windows::new(self, image.format);
        macro_rules! subtract {
            ($type:ty) => {{
                let samples: &mut [$type] = bytemuck::cast_slice_mut(image.bytes);
                let gaps = not_numbers(samples);
                let mut note = StepNote::of(NoteKind::NOT_FINITE, key, gaps);
                let saturated = windows.subtract(samples, gaps > 0, &mut scratch.values, cancel)?;
                note += StepNote::of(NoteKind::SATURATED, key, saturated);
                Ok(note)
            }};
        }
        for_each_type!(image.format.pixel, subtract)
    }
}

impl StepSettings for BackgroundSubtraction {
    type Operation = Self;

    fn name(&self) -> &'static str {
        "Background subtraction"
    }

    fn slug(&self) -> &'static str {
        "background-subtracted"
    }

    /// `square of 51 pixels`.
    fn settings_text(&self) -> String {
        format!("square of {} pixels", 2 * self.radius_px + 1)
    }

    fn explanation(&self) -> &'static str {
        "Removes the background of each image: what is narrower than the square (spots, nuclei, cells) stays, \
         what is wider goes."
    }

    fn definition(&self) -> Definition {
        Definition {
            does: "x minus the grey opening of the image by a square of 2 r + 1 pixels per side. This removes \
                   everything that is wider than the square.",
            source: "`scipy.ndimage.white_tophat(x, size=2 * r + 1)`, exactly.",
            types: "All. For signed types, a difference beyond the limit is limited; SciPy wraps around.",
            constant: "It becomes 0.",
            sizes: "Any size. At the border, the square ends at the edge of the image, also if the square is \
                    larger than the image.",
            not_numbers: "They take no part in the opening and are counted in a note. They stay as they are.",
        }
    }

    fn check(&self) -> Result<(), SettingsFault> {
        if Self::RADII_PX.contains(&self.radius_px) {
            return Ok(());
        }
        Err(SettingsFault::BackgroundRadius { radius_px: self.radius_px, allowed: Self::RADII_PX })
    }

    fn changed_since(&self, definitions: u32) -> Option<&'static str> {
        (definitions < 2).then_some("of images of floats: what is not a number is left out")
    }

    fn form(&mut self, form: &mut Form<'_>) {
        let radius = About::new("radius_px", "Radius of the square").caption("radius").unit(" px");
        form.whole(radius, &mut self.radius_px, Self::RADII_PX);
    }

    fn resolve(&self, _around: &Surroundings<'_>) -> Result<Self, Unresolved> {
        Ok(*self)
    }
}

impl Operation for BackgroundSubtraction {
    fn scratch_bytes(&self, input: ImageFormat) -> ScratchBytes {
        ScratchBytes::of(0, Windows::new(self, input).units(input.pixel.bytes()), 0, 0)
    }
}

impl InPlace for BackgroundSubtraction {
    fn run(
        &self,
        keys: &[ImageKey],
        images: &mut [ImageMut<'_>],
        _workspace: &mut [u8],
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let mut note = StepNote::default();
        for (key, image) in keys.iter().zip(images) {
            note += self.one(*key, image, scratch, cancel)?;
        }
        Ok(note)
    }
}

/// The square on an image: never larger than that.
struct Windows {
    rows: usize,
    /// Samples of a row.
    row: usize,
    /// Samples of a pixel.
    pixel: usize,
    /// Pixels from the middle of the square to its left and right edge.
    across: usize,
    /// The same to its upper and lower edge.
    down: usize,
}

impl Windows {
    fn new(settings: &BackgroundSubtraction, format: ImageFormat) -> Self {
        let (width, rows, pixel) =
            (format.width as usize, format.height as usize, usize::from(format.samples));
        let reach = |pixels: usize| (settings.radius_px as usize).min(pixels.saturating_sub(1));
        Self { rows, row: width * pixel, pixel, across: reach(width), down: reach(rows) }
    }

    /// Samples of memory: two windows in each direction and three rows.
    fn samples(&self) -> usize {
        2 * samples_across(self.row, self.pixel, self.across)
            + 2 * samples_down(self.row, self.down)
            + 3 * self.row
    }

    /// The same in units of [`Scratch`].
    fn units(&self, sample_bytes: usize) -> usize {
        (self.samples() * sample_bytes).div_ceil(size_of::<u64>())
    }

    /// Takes the background away from an image. Returns how many samples were held at a limit of the type.
    fn subtract<T: Sample>(
        &self,
        image: &mut [T],
        are_gaps: bool,
        memory: &mut Vec<u64>,
        cancel: &Cancel,
    ) -> Result<u64, Cancelled> {
        if image.is_empty() {
            return Ok(0);
        }
        let mut rows = RowsOf { image, row: self.row, saturated: 0 };
        let memory = bytemuck::cast_slice_mut(room(memory, self.units(size_of::<T>())));
        wide(Opening { windows: self, rows: &mut rows, are_gaps, memory, cancel })?;
        Ok(rows.saturated)
    }
}

/// An image whose rows come as keys. Nothing of what is done with these is compiled for its type.
trait Rows<K> {
    /// The keys of a row; that of what is no finite number is [`gap`].
    fn take(&self, y: usize, keys: &mut [K]);
    /// Takes a row of the opening away.
    fn subtract(&mut self, y: usize, opened: &[K]);
}

struct RowsOf<'a, T> {
    image: &'a mut [T],
    /// Samples of a row.
    row: usize,
    /// How many were held at a limit of the type.
    saturated: u64,
}

impl<T: Sample> Rows<T::Key> for RowsOf<'_, T> {
    fn take(&self, y: usize, keys: &mut [T::Key]) {
        let row = &self.image[y * self.row..][..self.row];
        for (key, sample) in keys.iter_mut().zip(row) {
            *key = if sample.is_number() { T::RANKING.rank(bytemuck::cast(*sample)) } else { gap() };
        }
    }

    fn subtract(&mut self, y: usize, opened: &[T::Key]) {
        let row = &mut self.image[y * self.row..][..self.row];
        // What is no finite number stays what it is.
        for (sample, opened) in row.iter_mut().zip(opened).filter(|(sample, _)| sample.is_number()) {
            let was_clamped;
            (*sample, was_clamped) = sample.minus(bytemuck::cast(T::RANKING.bits(*opened)));
            self.saturated += u64::from(was_clamped);
        }
    }
}

/// The key of what takes no part, which is above those of all finite floats. Whole numbers all take part.
fn gap<K: Key>() -> K {
    K::of(u64::MAX)
}

/// The opening of an image.
struct Opening<'a, K> {
    windows: &'a Windows,
    rows: &'a mut dyn Rows<K>,
    are_gaps: bool,
    memory: &'a mut [K],
    cancel: &'a Cancel,
}

impl<K: Key> Wide for Opening<'_, K> {
    type Output = Result<(), Cancelled>;
    const IS_COMMON: bool = K::IS_COMMON;

    #[inline(always)]
    fn run<S: Simd>(self, _vectors: S) -> Self::Output {
        let Self { windows, rows, are_gaps, memory, cancel } = self;
        let Windows { rows: height, row, pixel, across, down } = windows;
        let (height, row, pixel, across, down) = (*height, *row, *pixel, *across, *down);
        let memory = &mut { memory };
        let mut erode_across = Across::new(memory, row, pixel, across);
        let mut erode_down = Down::new(memory, row, down);
        let mut dilate_across = Across::new(memory, row, pixel, across);
        let mut dilate_down = Down::new(memory, row, down);
        let [keys, eroded, opened] = [(); 3].map(|()| take(memory, row));
        let (mut eroded_rows, mut opened_rows) = (0, 0);
        for taken in 0..height {
            if taken % BLOCK_ROWS == 0 {
                cancel.check()?;
            }
            rows.take(taken, opened);
            erode_across.run(opened, keys, K::min);
            for _ in 0..repeats(taken, height, down) {
                if !erode_down.push(keys, eroded, K::min) {
                    continue;
                }
                if are_gaps {
                    // What is the least of nothing is not the largest of anything.
                    eroded.iter_mut().filter(|key| **key == gap()).for_each(|key| *key = K::of(0));
                }
                dilate_across.run(eroded, opened, K::max);
                eroded.copy_from_slice(opened);
                for _ in 0..repeats(eroded_rows, height, down) {
                    if dilate_down.push(eroded, opened, K::max) {
                        rows.subtract(opened_rows, opened);
                        opened_rows += 1;
                    }
                }
                eroded_rows += 1;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::PixelType;

    /// The opening by its definition, of what is a number.
    fn opening(image: &[f32], width: usize, reach: usize) -> Vec<f32> {
        let slide = |image: &[f32], choose: fn(f32, f32) -> f32| -> Vec<f32> {
            let around = |at: usize| {
                let (x, y) = (at % width, at / width);
                let is_near = |other: &usize| {
                    (other % width).abs_diff(x) <= reach && (other / width).abs_diff(y) <= reach
                };
                let near = (0..image.len()).filter(is_near).map(|other| image[other]);
                near.filter(|sample| sample.is_finite()).reduce(choose).unwrap_or(f32::NAN)
            };
            (0..image.len()).map(around).collect()
        };
        slide(&slide(image, f32::min), f32::max)
    }

    #[test]
    fn what_is_no_number_takes_no_part_wherever_it_lies() {
        let (width, height) = (17, 12);
        let number = |nth: usize| (nth.wrapping_mul(2_654_435_761) >> 7) % 1000;
        for (share, radius_px) in [(3, 1), (40, 1), (90, 2), (98, 1), (100, 3)] {
            let strange = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
            let sample = |nth: usize| match number(nth) % 100 < share {
                true => strange[nth % 3],
                false => number(nth + 7) as f32 - 500.0,
            };
            let before: Vec<f32> = (0..width * height).map(sample).collect();
            let format = ImageFormat::grey(width as u32, height as u32, PixelType::F32);
            let mut after = before.clone();
            let windows = Windows::new(&BackgroundSubtraction { radius_px }, format);
            let mut memory = vec![u64::MAX; 7];
            windows.subtract(&mut after, true, &mut memory, &Cancel::new()).expect("not cancelled");
            let opened = opening(&before, width, radius_px as usize);
            for ((before, after), opened) in before.iter().zip(after).zip(opened) {
                let expected = if before.is_finite() { before - opened } else { *before };
                assert_eq!(after.to_bits(), expected.to_bits(), "{share} %, {before} less {opened}");
            }
        }
    }
}
