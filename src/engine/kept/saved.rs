//! What of a kept step was saved, well after well, as the wells of a run were written down.

use std::collections::BTreeMap;
use std::io;

use crate::events::OutputImage;
use crate::plan::{KeptStep, KeptSteps, SavedValues};
use crate::plate::{DescribedImage, ImageKey, Lack, WellId};
use crate::record::folder::{Merged, MergedWell};

/// The images of a step.
pub(super) struct SavedStep<'a> {
    pub(super) step: &'a KeptStep<'a>,
    pub(super) values: SavedValues,
    /// Number of images.
    pub(super) count: usize,
    /// Whether all wells are done.
    pub(super) is_whole: bool,
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
    pub(super) absent: &'a [(ImageKey, Lack)],
    /// How much more is not there.
    pub(super) further: usize,
}

impl<'a> SavedStep<'a> {
    /// Those of all kept steps. Goes once through the images.
    ///
    /// # Errors
    /// Where what was saved cannot be read.
    pub(super) fn all_of(steps: &'a KeptSteps<'a>, merged: &'a Merged) -> io::Result<Vec<Self>> {
        let of_step = |(index, step): (&usize, &'a KeptStep<'a>)| {
            let undone = merged.undone.iter().map(|well| (*well, None));
            let wells = undone.chain(merged.wells.iter().map(|well| (well.well, Some(well)))).collect();
            let (values, is_whole) = (SavedValues::default(), merged.undone.is_empty());
            Self { step, values, count: 0, is_whole, index: *index, merged, wells }
        };
        let mut saved: Vec<Self> = steps.iter().map(of_step).collect();
        for output in merged.outputs() {
            let output = output?;
            let step = saved.iter_mut().find(|saved| saved.index == output.step);
            if let Some(saved) = step
                && let Some((image, _)) = described(&saved.step.folder, &output)
            {
                saved.count += 1;
                saved.values.add(image.key, image.format);
            }
        }
        Ok(saved)
    }

    /// What was saved of each well, made when it is come to: all together may be a million images.
    ///
    /// # Errors
    /// Where what was saved cannot be read, and what `each` says.
    pub(super) fn each_well(&self, mut each: impl FnMut(&SavedWell<'_>) -> io::Result<()>) -> io::Result<()> {
        for (well, known) in &self.wells {
            let outputs = known.map(|known| self.merged.outputs_of(known)).into_iter().flatten();
            let is_of_step = |output: &io::Result<OutputImage>| {
                output.as_ref().map_or(true, |output| output.step == self.index)
            };
            let outputs: Vec<OutputImage> = outputs.filter(is_of_step).collect::<io::Result<_>>()?;
            each(&self.well(*well, *known, &outputs))?;
        }
        Ok(())
    }

    fn well<'b>(
        &'b self,
        well: WellId,
        known: Option<&'b MergedWell>,
        outputs: &'b [OutputImage],
    ) -> SavedWell<'b> {
        let saved = outputs.iter().filter_map(|output| described(&self.step.folder, output));
        let mut saved: Vec<(DescribedImage<'b>, u32)> = saved.collect();
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
            absent: lacking.map_or(&[], |lack| &lack.absent),
            further: further.unwrap_or(0),
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
