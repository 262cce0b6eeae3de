//! What of a kept step was saved, as the run told it.

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
    /// Key, path beside the companion, and how it was recorded, sorted by key.
    files: Vec<(ImageKey, SavedFile<'a>)>,
    pub(super) values: SavedValues,
}

impl<'a> Saved<'a> {
    pub(super) fn of(step: &KeptStep<'_>, step_index: usize, outputs: &'a [OutputImage]) -> Self {
        let of_step = outputs.iter().filter(|output| output.step == step_index);
        let below = |path: &'a str| path.strip_prefix(step.folder.as_str())?.strip_prefix('/');
        let file = |output: &'a OutputImage| {
            let acquired = output.acquired.as_deref().copied();
            let path = below(output.path.as_deref()?)?;
            Some((output.key, SavedFile { path, plane: output.plane, acquired }))
        };
        let mut files: Vec<(ImageKey, SavedFile<'_>)> = of_step.filter_map(file).collect();
        files.sort_unstable_by_key(|(key, _)| *key);
        let mut values = SavedValues::default();
        for (key, _) in &files {
            values.wells.insert(key.well);
            for component in Component::ALL {
                values.values.entry(component).or_default().insert(key.get(component).unwrap_or(1));
            }
        }
        Self { files, values }
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
        let at = self.files.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(self.files[at].1)
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
