//! What of a kept step was saved, as the run told it, which has the paths; here is only their order.

use std::collections::BTreeMap;

use crate::events::{Outcome, OutputImage};
use crate::plan::{ExpectedWell, Item, KeptStep, SavedValues};
use crate::plate::{Acquired, Component, DescribedImage, ImageKey, Lack};

/// The file of an image.
#[derive(Clone, Copy, Debug)]
pub(super) struct SavedFile<'a> {
    /// Its path beside the companion.
    pub(super) path: &'a str,
    /// Its plane, where the path is that of an array.
    pub(super) plane: Option<u32>,
    /// How its source was recorded.
    pub(super) acquired: Option<Acquired>,
}

/// The images of a step that were saved.
pub(super) struct Saved<'a> {
    /// What was told of each that has a file, sorted by key.
    files: Vec<&'a OutputImage>,
    /// The folder of the step in that of the run.
    folder: String,
    pub(super) values: SavedValues,
}

impl<'a> Saved<'a> {
    pub(super) fn of(step: &KeptStep<'_>, step_index: usize, outputs: &'a [OutputImage]) -> Self {
        let folder = step.folder.clone();
        let is_file = |output: &&OutputImage| output.step == step_index && below(&folder, output).is_some();
        let mut files: Vec<&OutputImage> = outputs.iter().filter(is_file).collect();
        files.sort_unstable_by_key(|output| output.key);
        let mut values = SavedValues::default();
        for OutputImage { key, .. } in &files {
            values.wells.insert(key.well);
            for component in Component::ALL {
                values.values.entry(component).or_default().insert(key.get(component).unwrap_or(1));
            }
        }
        Self { files, folder, values }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Number of images.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// The file of an image; `None` where it was not saved.
    pub(super) fn file(&self, key: ImageKey) -> Option<SavedFile<'a>> {
        let at = self.files.binary_search_by_key(&key, |output| output.key).ok()?;
        let output = *self.files.get(at)?;
        let acquired = output.acquired.as_deref().copied();
        Some(SavedFile { path: below(&self.folder, output)?, plane: output.plane, acquired })
    }

    /// The images of a well that were saved, and those that were not.
    pub(super) fn parted(
        &self,
        expected: &ExpectedWell,
        outcome: Outcome,
    ) -> (Vec<DescribedImage<'a>>, Vec<(ImageKey, Lack)>) {
        let mut images = Vec::new();
        let mut absent = BTreeMap::new();
        for Item { key, position, format } in &expected.items {
            match (self.file(*key), *format) {
                (Some(SavedFile { path: file, acquired, .. }), Some(format)) => {
                    images.push(DescribedImage { key: *key, format, position: *position, file, acquired });
                }
                _ => {
                    let lack = if outcome == Outcome::Completed { Lack::Failed } else { Lack::Ended };
                    absent.insert(*key, lack);
                }
            }
        }
        // An image that a step does without is not missing from its results.
        let is_saved = |key: &&ImageKey| self.file(**key).is_some();
        absent.extend(expected.missing.iter().filter(|key| !is_saved(key)).map(|key| (*key, Lack::Missing)));
        (images, absent.into_iter().collect())
    }
}

/// The path of a file from a folder, both in that of the run; `None` of one that lies elsewhere.
fn below<'a>(folder: &str, output: &'a OutputImage) -> Option<&'a str> {
    output.path.as_deref()?.strip_prefix(folder)?.strip_prefix('/')
}
