//! Combinations that stand for those of other wells, which are alike in all that steps see, and in what the others differ
//! all the same.

use super::made::Made;
use crate::image::ImageHeader;
use crate::plan::{CombinationPlan, PlannedImage, Readings};
use crate::plate::{MeasureError, PlateImage};

/// Combinations of wells that stand for all that are like them.
pub(in crate::plan) struct Alike {
    /// The combinations. No wells begin with them where they are of a plate.
    pub(in crate::plan) combinations: Vec<CombinationPlan>,
    /// Where each image of the wells goes, in their order.
    places: Vec<Place>,
}

/// Where an image goes.
struct Place {
    combination: u32,
    /// Whether its file is read for it, and not for another image in the same chunks.
    is_read: bool,
}

/// What a combination has of its own that is like another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::plan) struct Particulars {
    /// The most that decoding one of its images takes beside the pixels.
    pub(in crate::plan) scratch_bytes: u64,
    /// Bytes of pixels as its files hold them.
    pub(in crate::plan) stored_bytes: u64,
    /// The names of its files.
    pub(in crate::plan) name_bytes: u64,
    /// Whether wells with images begin with it, so that those before them are done.
    pub(in crate::plan) begins: bool,
    /// Images that are told to be missing of all that begin with it.
    pub(in crate::plan) told_missing: usize,
}

/// What the file of an image takes.
pub(super) struct FileNeeds {
    scratch_bytes: u64,
    stored_bytes: u64,
    name_bytes: u64,
}

impl FileNeeds {
    pub(super) fn of((image, header): (&PlateImage, Result<ImageHeader, &MeasureError>)) -> Self {
        Self {
            scratch_bytes: header.map_or(0, |header| header.scratch_bytes),
            stored_bytes: header.map_or(0, |header| header.stored_bytes),
            name_bytes: image.source.file_name().len() as u64,
        }
    }

    pub(super) fn of_planned(image: &PlannedImage) -> Self {
        let PlannedImage { source, decode_scratch_bytes, stored_bytes, .. } = image;
        let (scratch_bytes, stored_bytes) = (*decode_scratch_bytes, *stored_bytes);
        Self { scratch_bytes, stored_bytes, name_bytes: source.file_name().len() as u64 }
    }
}

impl Alike {
    pub(super) fn new(Made { combinations, places }: Made) -> Self {
        let is_read = |combination: &CombinationPlan| {
            let mut is_read = vec![false; combination.images.len()];
            Readings::of(&combination.images).firsts().for_each(|first| is_read[first] = true);
            is_read.into_iter()
        };
        // The images of a combination stand in it in the order of all.
        let mut are_read: Vec<_> = combinations.iter().map(is_read).collect();
        let place = |combination: u32| {
            let is_read = are_read.get_mut(combination as usize).and_then(Iterator::next);
            Place { combination, is_read: is_read.unwrap_or(false) }
        };
        let places = places.into_iter().map(place).collect();
        Self { combinations, places }
    }

    /// What the files of wells that are like these take, by combination.
    pub(super) fn particulars(&self, images: impl Iterator<Item = FileNeeds>) -> Vec<Particulars> {
        let mut all = vec![Particulars::default(); self.combinations.len()];
        for (place, needs) in self.places.iter().zip(images) {
            let Some(of) = all.get_mut(place.combination as usize) else { continue };
            of.scratch_bytes = of.scratch_bytes.max(needs.scratch_bytes);
            of.stored_bytes =
                of.stored_bytes.saturating_add(if place.is_read { needs.stored_bytes } else { 0 });
            of.name_bytes += needs.name_bytes;
        }
        all
    }
}
