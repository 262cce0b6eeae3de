//! Sizes and types of the images that are used, read from the headers of their files.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::distinct::{DistinctHeaders, MeasureError, Read, WellHeaders};
use super::usual::FormatCounts;
use crate::cancel::{Cancel, Cancelled};
use crate::file_threads::FileThreads;
use crate::image::{self, DecodeError, ImageFormat, ImageSource};
use crate::plate::open::further_positions;
use crate::plate::{ImageKey, Plate, PlateImage, SitePositions, WellId};

/// The measured images of some wells of a plate, each well's in the order of their keys.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Where the images say that they were recorded, of formats that keep this in the images.
    pub site_positions: SitePositions,
    wells: BTreeMap<WellId, WellHeaders>,
    headers: DistinctHeaders,
    /// How often each size and type occurs.
    pub(super) formats: FormatCounts,
    /// Images whose file has a page behind theirs.
    pub(super) with_more_pages: usize,
}

/// This many images are measured in one go, few enough that a count on screen moves and that little is lost on a cancel.
const PART_IMAGES: usize = 2000;

impl FromIterator<(ImageKey, Result<ImageFormat, MeasureError>)> for Measured {
    /// Of all images of the wells.
    fn from_iter<T: IntoIterator<Item = (ImageKey, Result<ImageFormat, MeasureError>)>>(formats: T) -> Self {
        let measured = |format: ImageFormat| image::ImageHeader {
            format,
            scratch_bytes: image::decode_scratch_bytes(format),
            stored_bytes: format.bytes(),
            more_pages: false,
            shared: None,
        };
        Self::of(formats.into_iter().map(|(key, format)| (key, format.map(measured))).collect())
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
    /// more of them than these, however often another selection begins again.
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
        let mut all = Self::default();
        for wells in Self::parts(plate, wells) {
            let images: Vec<_> = wells.iter().flat_map(|well| plate.images_of(*well)).collect();
            let measured = |(): &mut (), index: usize| {
                cancel.check()?;
                let image = &images[index];
                let measured = measure(&image.source);
                Ok((image.key(), measured.map_err(|error| MeasureError::Unreadable(Arc::new(error)))))
            };
            let headers = readers.try_map(images.len(), || (), measured)?;
            let site_positions = further_positions(readers, plate, &wells, cancel)?;
            all.extend(Self { site_positions, ..Self::of(headers) });
        }
        Ok(all)
    }

    /// The wells in parts that are measured in one go, of one well at least.
    pub(crate) fn parts(plate: &Plate, wells: &BTreeSet<WellId>) -> Vec<BTreeSet<WellId>> {
        let mut parts: Vec<BTreeSet<WellId>> = Vec::new();
        let mut images = PART_IMAGES;
        for &well in wells {
            let more = plate.images_of(well).len();
            match parts.last_mut().filter(|_| images + more <= PART_IMAGES) {
                Some(part) => {
                    part.insert(well);
                    images += more;
                }
                None => {
                    parts.push(BTreeSet::from([well]));
                    images = more;
                }
            }
        }
        parts
    }

    /// Of all images of some wells, in any order.
    pub(super) fn of(mut images: Vec<(ImageKey, Result<image::ImageHeader, MeasureError>)>) -> Self {
        images.sort_by_key(|(key, _)| *key);
        let mut all = Self::default();
        let mut of_well: BTreeMap<WellId, Vec<Read>> = BTreeMap::new();
        for (key, header) in images {
            if let Ok(header) = &header {
                all.formats.add(key.channel, header.format, 1);
                all.with_more_pages += usize::from(header.more_pages);
            }
            of_well.entry(key.well).or_default().push(all.headers.add(header));
        }
        all.wells = of_well.into_iter().map(|(well, read)| (well, read.into())).collect();
        all
    }

    /// Adds what was measured of other wells, of which none was measured before.
    pub fn extend(&mut self, other: Self) {
        let numbers = self.headers.extend(other.headers);
        self.wells
            .extend(other.wells.into_iter().map(|(well, headers)| (well, headers.renumbered(&numbers))));
        self.formats.extend(&other.formats);
        self.with_more_pages += other.with_more_pages;
        self.site_positions.replace(other.site_positions);
    }

    /// The same with the images of those of some wells that were not measured taken to be like the first of their channel;
    /// `None` where no image could be read.
    pub(crate) fn assuming(&self, plate: &Plate, wells: &BTreeSet<WellId>) -> Option<Self> {
        let mut of_channels: BTreeMap<Option<u32>, Read> = BTreeMap::new();
        for (well, headers) in &self.wells {
            let all = plate.images_of(*well).iter().zip((0..).map_while(|nth| headers.get(nth)));
            for (image, read) in all.filter(|(_, read)| self.headers.get(*read).is_ok()) {
                of_channels.entry(image.key().channel).or_insert(read);
            }
        }
        let any = *of_channels.values().next()?;
        let mut all = self.clone();
        for well in wells.iter().filter(|well| !self.wells.contains_key(well)) {
            let like = |channel| of_channels.get(&channel).copied().unwrap_or(any);
            let read: Vec<Read> =
                plate.images_of(*well).iter().map(|image| like(image.key().channel)).collect();
            all.wells.insert(*well, read.into());
        }
        Some(all)
    }

    /// Size and type of an image of the plate that was measured, or why they could not be read.
    pub fn format(&self, plate: &Plate, key: ImageKey) -> Result<ImageFormat, MeasureError> {
        let nth = plate.images_of(key.well).binary_search_by_key(&key, PlateImage::key);
        let header = nth.ok().zip(self.wells.get(&key.well)).and_then(|(nth, well)| well.get(nth));
        header.map_or(Err(MeasureError::NotRead), |read| {
            self.headers.get(read).map(|header| header.format).map_err(Clone::clone)
        })
    }

    /// What was read of the images of a well, in the order of their keys: size and type, the memory that decoding takes
    /// beside the pixels at most, and the bytes of the pixels in the file; or why that could not be read. It goes on as
    /// long as it is asked.
    pub(crate) fn of_well(
        &self,
        well: WellId,
    ) -> impl Iterator<Item = Result<image::ImageHeader, &MeasureError>> {
        let headers = self.wells.get(&well);
        (0..).map(move |nth| match headers.and_then(|headers| headers.get(nth)) {
            Some(read) => self.headers.get(read),
            None => Err(&MeasureError::NotRead),
        })
    }

    /// Number of images measured.
    pub fn len(&self) -> usize {
        self.wells.values().map(WellHeaders::len).sum()
    }

    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.wells.is_empty()
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
