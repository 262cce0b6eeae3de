//! What of a kept step was saved, well after well, as the wells of a run were written down.

use std::collections::BTreeSet;

use crate::events::OutputImage;
use crate::plan::{KeptStep, SavedValues};
use crate::plate::{Component, DescribedImage, ImageKey, Lack, WellId};
use crate::record::folder::{Merged, MergedWell};

/// The images of a step.
pub(super) struct SavedStep<'a> {
    /// Of all wells that the run was asked for, in their order.
    pub(super) wells: Vec<SavedWell<'a>>,
    pub(super) values: SavedValues,
    /// Number of images.
    pub(super) count: usize,
    /// Whether all wells are done.
    pub(super) is_whole: bool,
}

/// The images of a step of one well.
pub(super) struct SavedWell<'a> {
    pub(super) well: WellId,
    /// Whether the well is done.
    pub(super) is_whole: bool,
    /// What was saved, sorted by key, and of each its plane where it is one of an array.
    pub(super) images: Vec<DescribedImage<'a>>,
    pub(super) planes: Vec<u32>,
    /// What is not there, sorted by key.
    pub(super) absent: Vec<(ImageKey, Lack)>,
    /// How much more is not there.
    pub(super) further: usize,
}

impl<'a> SavedStep<'a> {
    pub(super) fn of(step: &KeptStep<'_>, index: usize, merged: &'a Merged) -> Self {
        let (mut values, mut count) = (SavedValues::default(), 0);
        let mut wells: Vec<SavedWell<'a>> = Vec::new();
        for merged_well in &merged.wells {
            let well = SavedWell::of(step, index, merged_well, merged);
            count += well.images.len();
            for DescribedImage { key, format, .. } in &well.images {
                values.wells.insert(key.well);
                values.formats.insert(*format);
                for component in Component::ALL {
                    values.values.entry(component).or_default().insert(key.get(component).unwrap_or(1));
                }
            }
            wells.push(well);
        }
        // Of a well of which nothing was written down it is only known how much it should have.
        let known: BTreeSet<WellId> = merged.wells.iter().map(|well| well.well).collect();
        for well in merged.undone.iter().copied().filter(|well| !known.contains(well)) {
            let taken = merged.taken.get(&well);
            let further = taken.and_then(|taken| taken.outputs.get(&index)).copied().unwrap_or(0);
            let (images, planes, absent) = (Vec::new(), Vec::new(), Vec::new());
            wells.push(SavedWell { well, is_whole: false, images, planes, absent, further });
        }
        wells.sort_by_key(|well| well.well);
        Self { wells, values, count, is_whole: merged.undone.is_empty() }
    }
}

impl<'a> SavedWell<'a> {
    fn of(step: &KeptStep<'_>, index: usize, merged_well: &MergedWell, merged: &'a Merged) -> Self {
        let outputs = merged.record.outputs.get(merged_well.outputs.clone()).unwrap_or_default();
        let of_step = outputs.iter().filter(|output| output.step == index);
        let mut saved: Vec<(DescribedImage<'a>, u32)> =
            of_step.filter_map(|output| described(&step.folder, output)).collect();
        saved.sort_by_key(|(image, _)| image.key);
        let (images, planes) = saved.into_iter().unzip();
        let lacking = merged_well.lacking.iter().find(|lack| lack.step == index);
        Self {
            well: merged_well.well,
            is_whole: merged_well.is_whole,
            images,
            planes,
            absent: lacking.map(|lack| lack.absent.clone()).unwrap_or_default(),
            further: lacking.map_or(0, |lack| lack.further),
        }
    }
}

/// An image that was saved in the folder of a step, and its plane.
fn described<'a>(folder: &str, output: &'a OutputImage) -> Option<(DescribedImage<'a>, u32)> {
    let file = output.path.as_deref()?.strip_prefix(folder)?.strip_prefix('/')?;
    let acquired = output.acquired.as_deref().copied();
    let image =
        DescribedImage { key: output.key, format: output.format?, position: output.position, file, acquired };
    Some((image, output.plane.unwrap_or(0)))
}
