//! Counting nuclei: bright objects on a dark background, each numbered and measured.
//!
//! 1. A pixel is foreground where its grey level is above the threshold (as in `threshold.rs`), and so are
//!    holes: `scipy.ndimage.binary_fill_holes`.
//! 2. Pixels that hang together by their sides are a region: `scipy.ndimage.label`.
//! 3. Where nuclei that touch are parted, each region is by a watershed of its distance from the background
//!    (`distance.rs`, `watershed.rs`): an object is what is numbered by one peak.
//! 4. Objects of fewer pixels than the smallest area are left out; the others are numbered from 1 in the
//!    order of their first pixels, row by row.
//!
//! The result has 16 bits: 0 is background, other values are the numbers of objects. An image of more than
//! 65,534 objects is an error that says what to do (a value is needed to mark pixels without a number). Grey
//! levels are measured in the image as the step finds it, areas and places in pixels. What is no finite number is no
//! foreground and is counted in a note; where a hole of it is filled, it is area, and no grey level. Everything follows
//! from the image alone, whatever the threads.
//!
//! By Otsu an image without nuclei is parted too, at the level of its noise: smooth before, or choose a fixed
//! level where wells are empty. (Leaving out small regions before they are parted, as it is done here, changes
//! nothing: between two regions there is always nearer background.)

use serde::{Deserialize, Serialize};

use super::distance::{row_units, squared_distances};
use super::percentiles::room;
use super::regions::{Grid, fill_holes, spread};
use super::sample::{Sample, for_each_type, not_numbers};
use super::threshold::{Level, binarise, with_samples};
use super::watershed::{LINE_UNITS, flood, mark_peaks};
use crate::cancel::{Cancel, Cancelled};
use crate::image::{ImageFormat, ImageMut, PixelType};
use crate::pipeline::definition::Definition;
use crate::pipeline::objects::Object;
use crate::pipeline::operation::{NewImage, Operation, PlacedKey, StepSettings};
use crate::pipeline::setting::{About, Form};
use crate::pipeline::settings_fault::SettingsFault;
use crate::pipeline::surroundings::Surroundings;
use crate::pipeline::unresolved::Unresolved;
use crate::pipeline::{Input, NoteKind, Scratch, ScratchBytes, StepError, StepNote};

/// Settings of counting nuclei.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NucleiCount {
    /// How bright a nucleus is.
    pub level: Level,
    /// Objects of fewer pixels are left out.
    pub smallest_area_px: u32,
    /// Whether nuclei that touch are parted.
    pub split: bool,
    /// How many pixels the middles of two nuclei that touch are apart, at least.
    pub min_distance_px: u32,
}

impl Default for NucleiCount {
    /// For nuclei of 12 pixels and more across.
    fn default() -> Self {
        Self { level: Level::Otsu, smallest_area_px: 30, split: true, min_distance_px: 7 }
    }
}

/// Foreground that has no number yet.
const UNNUMBERED: u16 = u16::MAX;

/// The most objects of an image.
const MOST_OBJECTS: u16 = UNNUMBERED - 1;

/// Beside the area of an object: that its entry is its new number by now.
const RENUMBERED: u32 = 1 << 31;

impl NucleiCount {
    pub(crate) const NAME: &str = "Nuclei count";
    /// The smallest areas that make sense.
    pub(crate) const AREAS_PX: std::ops::RangeInclusive<u32> = 1..=1_000_000;
    /// The distances that make sense.
    pub(crate) const DISTANCES_PX: std::ops::RangeInclusive<u32> = 1..=200;

    /// The most objects that an image of this many pixels has.
    fn most_objects(&self, pixels: usize) -> usize {
        (pixels / self.smallest_area_px.max(1) as usize).min(usize::from(MOST_OBJECTS))
    }

    /// Numbers the objects of a mask of 0 and [`UNNUMBERED`]; `None` where there are too many.
    fn number(
        &self,
        marks: &mut [u16],
        grid: Grid,
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<Option<u16>, Cancelled> {
        let pixels = room(&mut scratch.pixels, grid.pixels());
        fill_holes(marks, grid, [0, UNNUMBERED], pixels, cancel)?;
        let regions = self.number_regions(marks, grid, pixels, cancel)?;
        if !self.split || matches!(regions, None | Some(0)) {
            return Ok(regions);
        }
        let memory = room(&mut scratch.values, split_units(grid.width));
        squared_distances(marks, grid, pixels, memory, cancel)?;
        let peaks = mark_peaks(marks, grid, pixels, self.min_distance_px as usize, cancel)?;
        if peaks > usize::from(MOST_OBJECTS) {
            return Ok(None);
        }
        marks.iter_mut().filter(|mark| **mark != 0).for_each(|mark| *mark = UNNUMBERED);
        flood(marks, grid, UNNUMBERED, pixels, memory, cancel)?;
        let areas = room(&mut scratch.histogram, peaks + 1);
        Ok(Some(self.without_small(marks, areas)))
    }

    /// Numbers the regions that are not too small, in the order of their first pixels.
    fn number_regions(
        &self,
        marks: &mut [u16],
        grid: Grid,
        queue: &mut [u32],
        cancel: &Cancel,
    ) -> Result<Option<u16>, Cancelled> {
        let mut regions = 0;
        for pixel in 0..grid.pixels() {
            if marks[pixel] != UNNUMBERED {
                continue;
            }
            let is_full = regions == MOST_OBJECTS;
            let number = if is_full { 0 } else { regions + 1 };
            let area = spread(marks, grid, pixel, [UNNUMBERED, number], queue, cancel)?;
            if area < self.smallest_area_px as usize {
                queue[..area].iter().for_each(|pixel| marks[*pixel as usize] = 0);
            } else if is_full {
                return Ok(None);
            } else {
                regions = number;
            }
        }
        Ok(Some(regions))
    }

    /// Leaves out the small ones of objects, and numbers the others again in the order of their first
    /// pixels. Returns how many they are.
    fn without_small(&self, marks: &mut [u16], areas: &mut [u32]) -> u16 {
        areas.fill(0);
        marks.iter().for_each(|mark| areas[usize::from(*mark)] += 1);
        let mut objects = 0;
        for mark in marks.iter_mut().filter(|mark| **mark != 0) {
            let entry = &mut areas[usize::from(*mark)];
            if *entry & RENUMBERED == 0 {
                let is_small = *entry < self.smallest_area_px;
                objects += u16::from(!is_small);
                *entry = RENUMBERED | if is_small { 0 } else { u32::from(objects) };
            }
            *mark = u16::try_from(*entry & !RENUMBERED).unwrap_or(0);
        }
        objects
    }
}

/// Units of memory that parting takes beside a number for each pixel.
fn split_units(width: usize) -> usize {
    LINE_UNITS.max(row_units(width))
}

/// Adds up each object's pixels.
fn measure<T: Sample>(
    image: &[T],
    numbers: &[u16],
    width: usize,
    objects: &mut [Object],
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    for (y, (image, numbers)) in image.chunks_exact(width).zip(numbers.chunks_exact(width)).enumerate() {
        cancel.check()?;
        for (x, (sample, number)) in image.iter().zip(numbers).enumerate() {
            if let Some(object) = usize::from(*number).checked_sub(1).and_then(|at| objects.get_mut(at)) {
                object.area_px += 1;
                object.sum_x += x as u64;
                object.sum_y += y as u64;
                if sample.is_number() {
                    object.measured_px += 1;
                    object.total_intensity += sample.to_f64();
                }
            }
        }
    }
    Ok(())
}

impl StepSettings for NucleiCount {
    type Operation = Self;

    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn slug(&self) -> &'static str {
        "nuclei"
    }

    /// `Otsu, from 30 px, 7 px apart`.
    fn settings_text(&self) -> String {
        let parted = if self.split {
            format!("{} px apart", self.min_distance_px)
        } else {
            "not separated".to_owned()
        };
        format!("{}, from {} px, {parted}", self.level.text(), self.smallest_area_px)
    }

    fn explanation(&self) -> &'static str {
        "Numbers the bright objects of each image and counts them; area, place and brightness of each go \
         into a table."
    }

    fn definition(&self) -> Definition {
        Definition {
            does: "Pixels above the level, with holes filled, form regions of 4-connected pixels. Touching \
                   objects are separated by a watershed of the distance to the background, from its peaks, with \
                   one peak for a plateau. Objects that are smaller than the smallest area are left out.",
            source: "`scipy.ndimage` (`binary_fill_holes`, `label`, `distance_transform_edt`) and `skimage` \
                     (`peak_local_max`, `watershed`), exactly, with these differences: a plateau of one distance \
                     has one peak here, and one in every min-distance there. Peaks of one distance come row by \
                     row. Beyond distances of 255 pixels, distances that differ by less than the 65,535th part of \
                     the largest one count as equal when pixels are assigned to objects.",
            types: "All grey types. Colour images fail, by name. The result has 16 bits: the number of the object.",
            constant: "By Otsu there are no objects. Above a fixed level, the whole image is one object.",
            sizes: "Any size. Distances are exact up to 32,767 pixels. An image with more than 65,534 objects \
                    fails, by name, and the run continues.",
            not_numbers: "They are not foreground, and are counted in the note and in the table of images. In a \
                          hole that is filled, such a pixel adds to the area and has no grey level.",
        }
    }

    fn check(&self) -> Result<(), SettingsFault> {
        self.level.check()?;
        let (area_px, distance_px) = (self.smallest_area_px, self.min_distance_px);
        if !Self::AREAS_PX.contains(&area_px) {
            return Err(SettingsFault::SmallestArea { area_px, allowed: Self::AREAS_PX });
        }
        if !Self::DISTANCES_PX.contains(&distance_px) {
            return Err(SettingsFault::NucleiDistance { distance_px, allowed: Self::DISTANCES_PX });
        }
        Ok(())
    }

    fn needs_grey(&self) -> bool {
        true
    }

    fn makes_labels(&self) -> bool {
        true
    }

    fn finds_objects(&self) -> bool {
        true
    }

    fn changed_since(&self, definitions: u32) -> Option<&'static str> {
        (definitions < 2 && self.split).then_some(
            "distances are exact beyond 255 pixels and a plateau has one peak, so that large and straight objects \
             are no longer split",
        )
    }

    fn form(&mut self, form: &mut Form<'_>) {
        self.level.form(form);
        form.next_line();
        let area = About::new("smallest_area_px", "Smallest area of a nucleus").caption("from").unit(" px");
        form.whole(area, &mut self.smallest_area_px, Self::AREAS_PX);
        form.switch(
            About::new("split", "Separate nuclei that touch").caption("separate at"),
            &mut self.split,
        );
        form.matters(self.split);
        let distance = About::new("min_distance_px", "Distance between nuclei that touch").unit(" px");
        form.whole(distance, &mut self.min_distance_px, Self::DISTANCES_PX);
    }

    fn resolve(&self, _around: &Surroundings<'_>) -> Result<Self, Unresolved> {
        Ok(*self)
    }
}

impl Operation for NucleiCount {
    /// A number for each pixel, the lines of the watershed, and the objects.
    fn scratch_bytes(&self, input: ImageFormat) -> ScratchBytes {
        let pixels = input.width as usize * input.height as usize;
        let areas = if self.split { pixels.min(usize::from(MOST_OBJECTS)) + 1 } else { 0 };
        let levels = self.level.histogram_entries(input.pixel);
        let units = if self.split { split_units(input.width as usize) } else { 0 };
        ScratchBytes::of(areas.max(levels), units, pixels, self.most_objects(pixels))
    }
}

impl NewImage for NucleiCount {
    fn output_format(&self, inputs: &[(PlacedKey, ImageFormat)]) -> Result<ImageFormat, StepError> {
        with_samples(Self::NAME, inputs[0].1, PixelType::U16)
    }

    fn run(
        &self,
        inputs: &[Input<'_>],
        output: ImageMut<'_>,
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let Input { key, image, .. } = inputs[0];
        let grid = Grid { width: image.format.width as usize, height: image.format.height as usize };
        let marks: &mut [u16] = bytemuck::cast_slice_mut(output.bytes);
        scratch.objects.clear();
        macro_rules! count {
            ($type:ty) => {{
                let samples: &[$type] = bytemuck::cast_slice(image.bytes);
                let level = self.level.of(samples, scratch, cancel)?;
                binarise(samples, level, [0, UNNUMBERED], marks, cancel)?;
                let too_many = StepError::TooManyObjects { step: Self::NAME, key, most: MOST_OBJECTS };
                let objects = self.number(marks, grid, scratch, cancel)?.ok_or(too_many)?;
                let objects = room(&mut scratch.objects, usize::from(objects));
                measure(samples, marks, grid.width, objects, cancel)?;
                scratch.left_out_px = not_numbers(samples);
                Ok(StepNote::of(NoteKind::NOT_FINITE, key, scratch.left_out_px))
            }};
        }
        for_each_type!(image.format.pixel, count)
    }
}
