//! The images that a record of the measurement names and that are not there.

use std::sync::Arc;

use super::super::parts::{MissingImage, PlateImage, RecordedFile};
use super::super::{ImageKey, WellId};

/// The images that a record names and that are not there.
///
/// The names of their files are one text, since a record may name a million images of a plate of which most
/// were left elsewhere.
#[derive(Default)]
pub(in crate::plate) struct Absent {
    images: Vec<AbsentImage>,
    files: String,
    /// How many were named with numbers that no image of a plate has.
    impossible: usize,
}

struct AbsentImage {
    key: ImageKey,
    why: Arc<str>,
    /// Where its file's name ends in the text, that of the one before being where it begins; equal to that where
    /// the record names no file.
    file_end: usize,
}

impl Absent {
    /// Adds an image with the reason, which many share, and the path that its file should have in the plate folder.
    pub(in crate::plate) fn add(&mut self, key: ImageKey, why: &Arc<str>, file: &str) {
        if key.fault().is_some() {
            self.impossible += 1;
            return;
        }
        self.files.push_str(file);
        self.images.push(AbsentImage { key, why: Arc::clone(why), file_end: self.files.len() });
    }

    /// How many were named with numbers that no image of a plate has, and were therefore left out.
    pub(in crate::plate) fn impossible(&self) -> usize {
        self.impossible
    }

    /// The wells that have absent images.
    pub(in crate::plate) fn wells(&self) -> impl Iterator<Item = WellId> {
        self.images.iter().map(|image| image.key.well)
    }

    /// Those that are not among `images` (sorted by key), sorted by key, each once.
    pub(super) fn missing(self, images: &[PlateImage]) -> Vec<MissingImage> {
        let files: Arc<str> = self.files.into();
        let mut begin = 0;
        let mut missing = Vec::with_capacity(self.images.len());
        for AbsentImage { key, why, file_end } in self.images {
            let file = RecordedFile::of(&files, begin..file_end);
            begin = file_end;
            if images.binary_search_by_key(&key, PlateImage::key).is_err() {
                missing.push(MissingImage { key, file, why });
            }
        }
        missing.sort_by_key(|image| image.key);
        missing.dedup_by_key(|image| image.key);
        missing
    }
}
