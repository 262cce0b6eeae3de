//! Sizes and types of the images that are used, read from the headers of their files.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::usual::FormatCounts;
use crate::cancel::{Cancel, Cancelled};
use crate::file_threads::FileThreads;
use crate::image::{self, DecodeError, ImageFormat, ImageSource};
use crate::plate::open::further_positions;
use crate::plate::{ImageKey, Plate, SitePositions, WellId};

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
    /// How often each size and type occurs.
    pub(super) formats: FormatCounts,
    /// Images whose file has a page behind theirs.
    pub(super) with_more_pages: usize,
}

impl FromIterator<(ImageKey, Result<ImageFormat, MeasureError>)> for Measured {
    fn from_iter<T: IntoIterator<Item = (ImageKey, Result<ImageFormat, MeasureError>)>>(formats: T) -> Self {
        let measured = |format: ImageFormat| image::ImageHeader {
            format,
            scratch_bytes: image::decode_scratch_bytes(format),
            stored_bytes: format.bytes(),
            more_pages: false,
            shared: None,
        };
        Self::of(formats.into_iter().map(|(key, format)| (key, format.map(measured))))
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
        Ok(Self { site_positions, ..Self::of(images) })
    }

    pub(super) fn of(
        images: impl IntoIterator<Item = (ImageKey, Result<image::ImageHeader, MeasureError>)>,
    ) -> Self {
        let mut all = Self::default();
        for (key, header) in images {
            if let Ok(header) = &header {
                all.formats.add(key.channel, header.format, 1);
                all.with_more_pages += usize::from(header.more_pages);
            }
            all.images.insert(key, header);
        }
        all
    }

    /// Adds what was measured of other wells, of which none was measured before.
    pub fn extend(&mut self, other: Self) {
        self.images.extend(other.images);
        self.formats.extend(&other.formats);
        self.with_more_pages += other.with_more_pages;
        self.site_positions.replace(other.site_positions);
    }

    /// Size and type of an image, or why they could not be read.
    pub fn format(&self, key: ImageKey) -> Result<ImageFormat, MeasureError> {
        self.header(key).map(|header| header.format).map_err(Clone::clone)
    }

    /// What was read of an image: its size and type, the memory that decoding it takes beside its pixels at most,
    /// and the bytes of its pixels in its file; or why that could not be read.
    pub(crate) fn header(&self, key: ImageKey) -> Result<&image::ImageHeader, &MeasureError> {
        self.images.get(&key).map_or(Err(&MeasureError::NotRead), Result::as_ref)
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
        for (_, format, count) in self.formats.iter() {
            *counts.entry(format).or_default() += count;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(format, count)| {
            (std::cmp::Reverse(*count), format.width, format.height, format.pixel)
        });
        counts
    }
}
