//! Sizes and types of the images that are used, read from the headers of their files.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::open::further_positions;
use super::{ImageKey, Plate, SitePositions, WellId};
use crate::cancel::{Cancel, Cancelled};
use crate::file_threads::FileThreads;
use crate::image::{self, DecodeError, ImageFormat, ImageSource};

/// Why size and type of an image are not known.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MeasureError {
    /// Its file could not be read.
    #[error(transparent)]
    Unreadable(Arc<DecodeError>),
    /// Nobody has looked.
    #[error("its header has not been read")]
    NotRead,
}

/// The measured images of some wells of a plate.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Where the images say that they were recorded, of formats that keep this in the images.
    pub site_positions: SitePositions,
    images: HashMap<ImageKey, Result<image::ImageHeader, MeasureError>>,
}

impl FromIterator<(ImageKey, Result<ImageFormat, MeasureError>)> for Measured {
    fn from_iter<T: IntoIterator<Item = (ImageKey, Result<ImageFormat, MeasureError>)>>(formats: T) -> Self {
        let measured = |format: ImageFormat| image::ImageHeader {
            format,
            scratch_bytes: image::decode_scratch_bytes(format),
            stored_bytes: format.bytes(),
            more_pages: false,
        };
        let images = formats.into_iter().map(|(key, format)| (key, format.map(measured))).collect();
        Self { images, ..Self::default() }
    }
}

/// Threads for the headers of one plate.
pub(crate) fn header_readers() -> FileThreads {
    FileThreads::new("header reader")
}

impl Measured {
    /// Reads the header of each image of the wells. A file that cannot be read is kept as such.
    pub fn read(plate: &Plate, wells: &BTreeSet<WellId>, cancel: &Cancel) -> Result<Self, Cancelled> {
        Self::read_on(&header_readers(), plate, wells, cancel)
    }

    /// Reads the headers on threads that also read others of the same plate, so that there are never
    /// more of them than these, however often another selection begins anew.
    pub(crate) fn read_on(
        readers: &FileThreads,
        plate: &Plate,
        wells: &BTreeSet<WellId>,
        cancel: &Cancel,
    ) -> Result<Self, Cancelled> {
        Self::read_by(readers, plate, wells, cancel, ImageSource::measure)
    }

    /// Measures with `measure`.
    pub(crate) fn read_by(
        readers: &FileThreads,
        plate: &Plate,
        wells: &BTreeSet<WellId>,
        cancel: &Cancel,
        measure: impl Fn(&ImageSource) -> Result<image::ImageHeader, DecodeError> + Send + Sync,
    ) -> Result<Self, Cancelled> {
        let images: Vec<_> = wells.iter().flat_map(|well| plate.images_of(*well)).collect();
        let measured = |(): &mut (), index: usize| {
            cancel.check()?;
            let image = &images[index];
            let measured = measure(&image.source);
            Ok((image.key, measured.map_err(|error| MeasureError::Unreadable(Arc::new(error)))))
        };
        let images = readers.try_map(images.len(), || (), measured)?;
        let site_positions = further_positions(readers, plate, wells, cancel)?;
        Ok(Self { images: images.into_iter().collect(), site_positions })
    }

    /// Adds what was measured of other wells.
    pub fn extend(&mut self, other: Self) {
        self.images.extend(other.images);
        self.site_positions.replace(other.site_positions);
    }

    /// Size and type of an image, or why they could not be read.
    pub fn format(&self, key: ImageKey) -> Result<ImageFormat, MeasureError> {
        match self.images.get(&key) {
            Some(measured) => measured.as_ref().map(|measured| measured.format).map_err(Clone::clone),
            None => Err(MeasureError::NotRead),
        }
    }

    /// Memory that decoding an image takes beside its pixels, at most; 0 where it cannot be read.
    pub fn decode_scratch_bytes(&self, key: ImageKey) -> u64 {
        let measured = self.images.get(&key).and_then(|measured| measured.as_ref().ok());
        measured.map_or(0, |measured| measured.scratch_bytes)
    }

    /// Bytes of an image's pixels in its file; 0 where it cannot be read.
    pub(crate) fn stored_bytes(&self, key: ImageKey) -> u64 {
        let measured = self.images.get(&key).and_then(|measured| measured.as_ref().ok());
        measured.map_or(0, |measured| measured.stored_bytes)
    }

    /// Number of images measured.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// The formats that occur, the most frequent first.
    pub fn formats(&self) -> Vec<(ImageFormat, usize)> {
        let mut counts: HashMap<ImageFormat, usize> = HashMap::new();
        for measured in self.images.values().flatten() {
            *counts.entry(measured.format).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(format, count)| {
            (std::cmp::Reverse(*count), format.width, format.height, format.pixel)
        });
        counts
    }
}
