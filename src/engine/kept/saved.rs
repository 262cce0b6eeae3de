//! What of a kept step was saved, well after well, as the wells of a run were written down.

use std::collections::BTreeMap;

use crate::events::OutputImage;
use crate::plan::{KeptStep, SavedValues};
use crate::plate::{Component, DescribedImage, ImageKey, Lack, WellId};
use crate::record::folder::{Merged, MergedWell};

/// The images of a step.
pub(super) struct SavedStep<'a> {
    pub(super) values: SavedValues,
    /// Number of images.
    pub(super) count: usize,
    /// Whether all wells are done.
    pub(super) is_whole: bool,
    folder: &'a str,
    index: usize,
    merged: &'a Merged,
    /// All wells that the run was asked for, in their order, with what was written down of them.
    wells: BTreeMap<WellId, Option<&'a MergedWell>>,
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
    pub(super) fn of(step: &'a KeptStep<'_>, index: usize, merged: &'a Merged) -> Self {
        let undone = merged.undone.iter().map(|well| (*well, None));
        let wells = undone.chain(merged.wells.iter().map(|well| (well.well, Some(well)))).collect();
        let (values, is_whole) = (SavedValues::default(), merged.undone.is_empty());
        let mut saved = Self { values, count: 0, is_whole, folder: &step.folder, index, merged, wells };
        let (mut values, mut count) = (SavedValues::default(), 0);
        for (DescribedImage { key, format, .. }, _) in
            saved.wells.values().flatten().flat_map(|well| saved.images(well))
        {
            count += 1;
            values.wells.insert(key.well);
            values.formats.insert(format);
            for component in Component::ALL {
                values.values.entry(component).or_default().insert(key.get(component).unwrap_or(1));
            }
        }
        (saved.values, saved.count) = (values, count);
        saved
    }

    /// What was saved of each well, made when it is come to: all together may be a million images.
    pub(super) fn wells(&self) -> impl Iterator<Item = SavedWell<'a>> {
        self.wells.iter().map(|(well, known)| self.well(*well, *known))
    }

    fn well(&self, well: WellId, known: Option<&'a MergedWell>) -> SavedWell<'a> {
        let mut saved: Vec<(DescribedImage<'a>, u32)> =
            known.into_iter().flat_map(|known| self.images(known)).collect();
        saved.sort_by_key(|(image, _)| image.key);
        let (images, planes) = saved.into_iter().unzip();
        let lacking = known.and_then(|known| known.lacking.iter().find(|lack| lack.step == self.index));
        let further = match known {
            Some(_) => lacking.map(|lack| lack.further),
            // Of a well of which nothing was written down it is only known how much it should have.
            None => self.merged.taken.get(&well).and_then(|taken| taken.outputs.get(&self.index)).copied(),
        };
        SavedWell {
            well,
            is_whole: known.is_some_and(|known| known.is_whole),
            images,
            planes,
            absent: lacking.map(|lack| lack.absent.clone()).unwrap_or_default(),
            further: further.unwrap_or(0),
        }
    }

    /// The images that were saved of a well, and the plane of each.
    fn images(&self, well: &MergedWell) -> impl Iterator<Item = (DescribedImage<'a>, u32)> {
        let outputs = self.merged.record.outputs.get(well.outputs.clone()).unwrap_or_default();
        let (index, folder) = (self.index, self.folder);
        outputs
            .iter()
            .filter(move |output| output.step == index)
            .filter_map(move |output| described(folder, output))
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
