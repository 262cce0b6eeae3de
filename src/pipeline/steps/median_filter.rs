//! Median filter: each pixel becomes the middle one of those in the square around it.
//!
//! The square has `2 r + 1` pixels a side, and the image continues with its last pixels, so the result
//! equals `scipy.ndimage.median_filter(x, size=2 * r + 1, mode='nearest')`. Each colour is taken by
//! itself. What is no finite number takes no part and is counted: a pixel becomes the median of the numbers in its
//! square (of an even number of these, the mean of the middle two), and is not a number only where there is none.
//!
//! Squares of 3 and 5 pixels are put in order in vectors along the rows (`median_small.rs`), larger ones tile by tile
//! (`median_square.rs`), by exchanges that do not depend on what is exchanged. Large squares of 8 and 16 bits are
//! counted (`median_counts.rs`), which takes the same time whatever their size. Where pixels are no numbers, those of each
//! square are sorted far enough to tell the middle.

use serde::{Deserialize, Serialize};

use super::gaussian::Plane;
use super::median_small::SmallMedians;
use super::median_square::Squares;
use super::networks::{Key, Ranking};
use super::percentiles::room;
use super::sample::{Sample, for_each_type, not_numbers};
use super::wide::wide;
use super::{median_counts, median_small, median_square};
use crate::cancel::{Cancel, Cancelled};
use crate::image::{ImageFormat, ImageMut, PixelType};
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

/// Rows of one look at whether the run was cancelled.
const BAND_ROWS: usize = 64;

/// How the medians are found, which makes no difference to them.
#[derive(Clone, Copy)]
enum Way {
    Small,
    Tiles,
    Counts,
}

impl MedianFilter {
    /// The radii that make sense.
    pub(crate) const RADII_PX: std::ops::RangeInclusive<u32> = 1..=25;

    fn reach(&self) -> usize {
        self.radius_px as usize
    }

    /// Pixels of a side of the square.
    fn side(&self) -> usize {
        2 * self.reach() + 1
    }

    /// For samples of this many bytes, of which a pixel has so many.
    fn way(&self, sample_bytes: usize, pixel: usize) -> Way {
        match () {
            () if median_small::is_small(self.side(), pixel) => Way::Small,
            () if median_counts::is_faster(self.reach(), sample_bytes) => Way::Counts,
            () => Way::Tiles,
        }
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
        "Removes single bright and dark pixels and keeps edges: each pixel becomes the median of those \
         around it."
    }

    fn definition(&self) -> Definition {
        Definition {
            does: "The middle value of the square of 2 r + 1 pixels per side around x. The pixels at the border \
                   are repeated beyond it.",
            source: "`scipy.ndimage.median_filter(x, size=2 * r + 1, mode='nearest')`, exactly.",
            types: "All.",
            constant: "It stays as it is.",
            sizes: "Any size, also if the square is larger than the image.",
            not_numbers: "They are left out and counted in a note. The result is the median of the numbers in the \
                          square (the mean of the middle two if their count is even), and is not a number only if \
                          there are none.",
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
        let squares = || Squares::of(self.side());
        let tile = match (self.way(input.pixel.bytes(), usize::from(input.samples)), input.pixel.bytes()) {
            (Way::Small, _) => 0,
            (Way::Counts, _) => median_counts::units(self.reach()),
            (Way::Tiles, 1) => median_square::units::<u8>(squares()),
            (Way::Tiles, 2) => median_square::units::<u16>(squares()),
            (Way::Tiles, 4) => median_square::units::<u32>(squares()),
            (Way::Tiles, _) => median_square::units::<u64>(squares()),
        };
        let is_float = matches!(input.pixel, PixelType::F32 | PixelType::F64);
        let square = if is_float { self.side().pow(2) } else { 0 };
        ScratchBytes::of(0, tile.max(square), 0, 0)
    }

    /// The networks.
    fn standing_bytes(&self, input: ImageFormat) -> u64 {
        match self.way(input.pixel.bytes(), usize::from(input.samples)) {
            Way::Tiles => Squares::of(self.side()).bytes() as u64,
            Way::Small | Way::Counts => 0,
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
        let pixel = usize::from(format.samples);
        let plane = Plane { row: format.width as usize * pixel, pixel };
        macro_rules! filter {
            ($type:ty) => {{
                let samples: &[$type] = bytemuck::cast_slice(inputs[0].image.bytes);
                let gaps = not_numbers(samples);
                self.filter(samples, plane, gaps > 0, bytemuck::cast_slice_mut(bytes), scratch, cancel)?;
                Ok(StepNote::of(NoteKind::NOT_FINITE, inputs[0].key, gaps))
            }};
        }
        for_each_type!(format.pixel, filter)
    }
}

impl MedianFilter {
    fn filter<T: Sample>(
        &self,
        samples: &[T],
        plane: Plane,
        has_gaps: bool,
        out: &mut [T],
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<(), Cancelled> {
        if samples.is_empty() {
            return Ok(());
        }
        let side = self.side();
        if has_gaps {
            let image = Neighbours { samples, plane, reach: self.reach() };
            return by_sorting(&image, out, room(&mut scratch.values, side.pow(2)), cancel);
        }
        let (bits, out) = (bytemuck::cast_slice(samples), bytemuck::cast_slice_mut(out));
        self.filter_bits(bits, T::RANKING, plane, out, scratch, cancel)
    }

    /// The same of an image without gaps, given as the bits of its samples.
    fn filter_bits<K: Key>(
        &self,
        samples: &[K],
        ranking: Ranking<K>,
        plane: Plane,
        out: &mut [K],
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<(), Cancelled> {
        match self.way(size_of::<K>(), plane.pixel) {
            Way::Counts if K::IS_SHORT => {
                let memory = room(&mut scratch.values, median_counts::units(self.reach()));
                median_counts::medians(samples, ranking, plane, self.reach(), out, memory, cancel)
            }
            Way::Small => {
                for (y, out) in (0..).step_by(BAND_ROWS).zip(out.chunks_mut(BAND_ROWS * plane.row)) {
                    cancel.check()?;
                    match self.side() {
                        3 => wide(SmallMedians::<K, 3> { samples, ranking, plane, y, out }),
                        _ => wide(SmallMedians::<K, 5> { samples, ranking, plane, y, out }),
                    }
                }
                Ok(())
            }
            Way::Tiles | Way::Counts => {
                let squares = Squares::of(self.side());
                let memory = room(&mut scratch.values, median_square::units::<K>(squares));
                median_square::medians(samples, ranking, plane, squares, out, memory, cancel)
            }
        }
    }
}

/// An image that continues with its last pixels.
struct Neighbours<'a, T> {
    samples: &'a [T],
    plane: Plane,
    reach: usize,
}

impl<T: Sample> Neighbours<'_, T> {
    /// The keys of one column of the square around row `y`; the column counts from `reach` pixels left
    /// of the image.
    fn column(&self, column: usize, y: usize, colour: usize) -> impl Iterator<Item = u64> {
        let Plane { row, pixel } = self.plane;
        let x = column.saturating_sub(self.reach).min(row / pixel - 1);
        let last = self.samples.len() / row - 1;
        let rows = (y..=y + 2 * self.reach).map(move |line| line.saturating_sub(self.reach).min(last));
        rows.map(move |line| self.samples[line * row + x * pixel + colour].key())
    }
}

fn by_sorting<T: Sample>(
    image: &Neighbours<'_, T>,
    out: &mut [T],
    square: &mut [u64],
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let side = 2 * image.reach + 1;
    let Plane { row, pixel } = image.plane;
    for (y, out) in out.chunks_exact_mut(row).enumerate() {
        cancel.check()?;
        for (index, out) in out.iter_mut().enumerate() {
            let (x, colour) = (index / pixel, index % pixel);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// That what is done in vectors is what sorting each square gives, with memory that has anything in it.
    fn is_as_sorted<T: Sample>(samples: &[T], plane: Plane, radius_px: u32) -> Result<(), TestCaseError> {
        let mut scratch = Scratch { values: vec![0x4747_4747_4747_4747; 100], ..Scratch::default() };
        let mut out = samples.to_vec();
        let cancel = Cancel::new();
        let filter = MedianFilter { radius_px };
        filter.filter(samples, plane, false, &mut out, &mut scratch, &cancel).expect("not cancelled");
        let mut expected = samples.to_vec();
        let image = Neighbours { samples, plane, reach: radius_px as usize };
        by_sorting(&image, &mut expected, &mut vec![0; filter.side().pow(2)], &cancel)
            .expect("not cancelled");
        let ranks = |samples: &[T]| samples.iter().map(|sample| sample.key()).collect::<Vec<_>>();
        prop_assert_eq!(ranks(&out), ranks(&expected));
        Ok(())
    }

    /// Samples that have so many values.
    fn numbers(seed: u64, count: usize, levels: u64) -> Vec<u64> {
        let mut state = seed;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) % levels.max(1)
        };
        (0..count).map(next).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn vectors_find_what_sorting_finds_in_small_squares(
            radius_px in 1..=4_u32,
            // Rows of more samples than are taken at once, too.
            [width, height] in prop_oneof![
                [1..=12_usize, 1..=8_usize],
                [250..=260_usize, 1..=1_usize],
                [338..=346_usize, 1..=1_usize],
                [1020..=1030_usize, 1..=1_usize],
            ],
            pixel in prop_oneof![Just(1_usize), Just(3), Just(20)],
            seed in any::<u64>(),
            levels in prop_oneof![Just(3_u64), Just(1000), Just(u64::MAX)],
        ) {
            let pixel = if width > 400 || radius_px > 2 { 1 } else if width > 100 { pixel.min(3) } else { pixel };
            let plane = Plane { row: width * pixel, pixel };
            let numbers = numbers(seed, plane.row * height, levels);
            macro_rules! check {
                ($type:ty) => {{
                    let samples: Vec<$type> = numbers.iter().map(|number| *number as $type).collect();
                    is_as_sorted(&samples, plane, radius_px)?
                }};
            }
            match seed % 5 {
                0 => check!(u8),
                1 => check!(u16),
                2 => check!(i16),
                3 => check!(u32),
                _ => check!(i64),
            }
            let floats: Vec<f32> = numbers.iter().map(|number| *number as f32 / 7.0 - 40.0).collect();
            is_as_sorted(&floats, plane, radius_px)?;
        }
    }

    #[test]
    fn vectors_find_what_sorting_finds_in_large_squares() {
        // Of the type with the fewest keys in a vector, which does the least for few pixels.
        for (radius_px, width, height) in
            [(5, 9, 11), (6, 130, 1), (7, 3, 9), (8, 1, 1), (12, 20, 3), (14, 140, 3), (25, 4, 2)]
        {
            for levels in [2, 3000, u64::MAX] {
                let plane = Plane { row: width * 2, pixel: 2 };
                let numbers = numbers(u64::from(radius_px), plane.row * height, levels);
                let samples: Vec<i64> = numbers.iter().map(|number| *number as i64 - 1000).collect();
                is_as_sorted(&samples, plane, radius_px).expect("the same");
                if radius_px >= 7 {
                    let samples: Vec<u8> = numbers.iter().map(|number| *number as u8).collect();
                    is_as_sorted(&samples, plane, radius_px).expect("the same");
                }
                if radius_px >= 14 {
                    let samples: Vec<i16> =
                        numbers.iter().map(|number| (*number as i16).wrapping_sub(1000)).collect();
                    is_as_sorted(&samples, plane, radius_px).expect("the same");
                }
            }
        }
    }
}
