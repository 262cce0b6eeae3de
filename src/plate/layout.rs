//! A plate that you do not have yet: how many of what it holds, and the plate that this would be.
//!
//! Forecasts are made of a layout, and the demo plate is drawn from one. Deliberately absent: pixels, and
//! all that only files have (names of channels, compression).

use std::collections::BTreeMap;
use std::path::PathBuf;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Acquisitions, Format, ImageKey, KNOWN_SHAPES, MAX_SHAPE, Measured, Naming, PixelSize, PixelSizes, Plate,
    PlateImage, PlateShape, ShadingImages, SitePosition, SitePositions, Thumbs, WellId,
};
use crate::image::{FileNames, ImageFormat, ImageSource, PixelType, SourceFiles, SourceFolder};

/// What a plate holds: one image for each well, site, channel, plane and timepoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlateLayout {
    /// Number of wells, filled row by row on the smallest plate that holds them.
    pub wells: u32,
    /// Number of channels.
    pub channels: u32,
    /// Number of timepoints.
    pub timepoints: u32,
    /// Number of sites in each well.
    pub sites: u32,
    /// Number of z planes.
    pub planes: u32,
    /// Pixels across an image.
    pub width: u32,
    /// Pixels down an image.
    pub height: u32,
    /// Type of the pixels: unsigned of 8 or 16 bits, or 32-bit floats.
    pub pixel: PixelType,
}

impl Default for PlateLayout {
    /// 54 images of one well: as few as show the difference between the modes.
    fn default() -> Self {
        Self {
            wells: 1,
            channels: 2,
            timepoints: 1,
            sites: 9,
            planes: 3,
            width: 256,
            height: 256,
            pixel: PixelType::U16,
        }
    }
}

/// What a number of a [`PlateLayout`] counts, and from what to what it may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CountRange {
    /// `wells`, `pixels across an image`.
    pub what: &'static str,
    /// The least possible.
    pub least: u32,
    /// The most possible.
    pub most: u32,
}

/// The ranges of [`PlateLayout::counts`].
pub(crate) const COUNT_RANGES: [CountRange; 7] = [
    CountRange { what: "wells", least: 1, most: (MAX_SHAPE.rows * MAX_SHAPE.columns) as u32 },
    CountRange { what: "channels", least: 1, most: 99 },
    CountRange { what: "timepoints", least: 1, most: 10_000 },
    CountRange { what: "sites", least: 1, most: 1_000 },
    CountRange { what: "planes", least: 1, most: 1_000 },
    CountRange { what: "pixels across an image", least: 16, most: 8_192 },
    CountRange { what: "pixels down an image", least: 16, most: 8_192 },
];

/// The types of pixels that a layout may have.
pub(crate) const PIXEL_TYPES: [PixelType; 3] = [PixelType::U8, PixelType::U16, PixelType::F32];

/// Why there can be no plate of a layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// A number is out of range.
    #[error("a made-up plate cannot have {value} {what}: choose {least} to {most}")]
    OutOfRange {
        /// What the number counts.
        what: &'static str,
        /// The number that was asked for.
        value: u32,
        /// The least possible.
        least: u32,
        /// The most possible.
        most: u32,
    },
    /// Pixels of such a type are not made.
    #[error("a made-up plate cannot have pixels of type {}: choose uint8, uint16 or float32", .0.name())]
    PixelType(PixelType),
}

/// One image of a layout, by its zero-based indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ImageIndices {
    pub(crate) well: u32,
    pub(crate) site: u32,
    pub(crate) channel: u32,
    pub(crate) plane: u32,
    pub(crate) timepoint: u32,
}

/// What a file takes beside its pixels, with its description and rounding to blocks of the disk.
const FILE_BYTES: u64 = 8192;

/// The prefix of the images' names.
const NAME: &str = "Demo";

impl PlateLayout {
    /// Size of a pixel in micrometres.
    pub(crate) const PIXEL_UM: f64 = 0.65;

    /// The counts of the study that Stepwell follows: one well of 27,000 images of exactly 1,000,000
    /// bytes.
    pub fn study() -> Self {
        Self { channels: 10, timepoints: 100, width: 1000, height: 500, ..Self::default() }
    }

    /// Number of images.
    pub fn image_count(&self) -> u64 {
        [self.wells, self.channels, self.timepoints, self.sites, self.planes]
            .iter()
            .fold(1, |product: u64, factor| product.saturating_mul(u64::from(*factor)))
    }

    /// Bytes of all pixels (the files have about 3 kB more each, or are compressed).
    pub fn bytes(&self) -> u64 {
        self.image_count().saturating_mul(self.format().bytes())
    }

    /// Bytes that the files take at most.
    pub(crate) fn bytes_on_disk(&self) -> u64 {
        self.bytes().saturating_add(self.image_count().saturating_mul(FILE_BYTES))
    }

    /// Size and type of each image.
    pub fn format(&self) -> ImageFormat {
        ImageFormat::grey(self.width, self.height, self.pixel)
    }

    /// Whether there can be such a plate.
    pub fn check(&self) -> Result<(), LayoutError> {
        if !PIXEL_TYPES.contains(&self.pixel) {
            return Err(LayoutError::PixelType(self.pixel));
        }
        let mut counts = COUNT_RANGES.into_iter().zip(self.counts());
        match counts.find(|(range, value)| !(range.least..=range.most).contains(value)) {
            Some((CountRange { what, least, most }, value)) => {
                Err(LayoutError::OutOfRange { what, value, least, most })
            }
            None => Ok(()),
        }
    }

    /// All its numbers, in the order of `COUNT_RANGES`.
    pub fn counts(&self) -> [u32; 7] {
        let Self { wells, channels, timepoints, sites, planes, width, height, pixel: _ } = *self;
        [wells, channels, timepoints, sites, planes, width, height]
    }

    /// The same, to be changed.
    pub(crate) fn counts_mut(&mut self) -> [&mut u32; 7] {
        let Self { wells, channels, timepoints, sites, planes, width, height, pixel: _ } = self;
        [wells, channels, timepoints, sites, planes, width, height]
    }

    fn site_positions(&self) -> SitePositions {
        let mut positions = SitePositions::default();
        for (well, site) in (0..self.wells).flat_map(|well| (0..self.sites).map(move |site| (well, site))) {
            let key = ImageKey::new(self.well(well), site + 1, 1, 1, 1);
            positions.add(key, self.site_position(site));
        }
        positions
    }

    /// The plate as it would be opened once it is written, with the sizes of its images. The layout is a
    /// [checked](Self::check) one.
    pub fn plate(&self) -> (Plate, Measured) {
        let naming = self.naming();
        let count = usize::try_from(self.image_count()).unwrap_or(usize::MAX);
        let keys = || (0..count).map(|index| self.key(self.indices(index as u64)));
        let names = keys().map(|key| naming.path(key)).collect::<FileNames>().shared();
        let folder = SourceFolder::new("", "");
        let files = names.first().map(|name| SourceFiles::new(&folder, name, None));
        let image = |(key, name)| Some(PlateImage::new(key, ImageSource::among(files.as_ref()?, name, 0)));
        let mut images: Vec<PlateImage> = keys().zip(&names).filter_map(image).collect();
        images.par_sort_unstable_by_key(PlateImage::key);
        let measured = images.iter().map(|image| (image.key(), Ok(self.format()))).collect();
        let plate = Plate {
            root: PathBuf::new(),
            opened_by: PathBuf::new(),
            name: "A plate that you do not have yet".to_owned(),
            format: Format::ImageXpress,
            pattern: None,
            fingerprint: None,
            microscope: None,
            objective: None,
            acquired: None,
            shape: self.shape(),
            images,
            projections: Vec::new(),
            channel_names: BTreeMap::new(),
            channel_colours: BTreeMap::new(),
            pixel_sizes: PixelSize::square(Self::PIXEL_UM)
                .map(|size| PixelSizes::alike(1..=self.channels, size))
                .unwrap_or_default(),
            site_positions: self.site_positions(),
            acquisitions: Acquisitions::default(),
            missing: Vec::new(),
            missing_by_well: BTreeMap::new(),
            thumbs: Thumbs::default(),
            shading: ShadingImages::default(),
            layers: Vec::new(),
            ignored: 0,
            issues: Vec::new(),
        };
        (plate, measured)
    }

    /// The smallest plate that holds the wells.
    pub(crate) fn shape(&self) -> PlateShape {
        KNOWN_SHAPES.into_iter().find(|shape| shape.wells() >= self.wells as usize).unwrap_or(MAX_SHAPE)
    }

    /// A well by its index.
    pub(crate) fn well(&self, index: u32) -> WellId {
        let columns = u32::from(self.shape().columns);
        // The check of the layout keeps the number of wells on the plate.
        WellId::at(index / columns, index % columns).unwrap_or(WellId { row: 0, column: 0 })
    }

    /// How the images of the plate are named: only what varies is told.
    pub(crate) fn naming(&self) -> Naming {
        Naming {
            prefix: NAME.to_owned(),
            is_ome: false,
            site_digits: 1,
            in_folders: true,
            site: self.sites > 1,
            channel: self.channels > 1,
            z: self.planes > 1,
            timepoint: self.timepoints > 1,
        }
    }

    /// What an image is.
    pub(crate) fn key(&self, indices: ImageIndices) -> ImageKey {
        let ImageIndices { well, site, channel, plane, timepoint } = indices;
        ImageKey::new(self.well(well), site + 1, channel + 1, plane + 1, timepoint + 1)
    }

    /// Sites of a well lie in rows of this many.
    pub(crate) fn site_columns(&self) -> u32 {
        (1..).find(|columns| columns * columns >= self.sites).unwrap_or(1)
    }

    /// Column and row of a site among the sites of a well.
    pub(crate) fn site_at(&self, site: u32) -> (u32, u32) {
        let columns = self.site_columns();
        (site % columns, site / columns)
    }

    /// Where a site lies: image beside image around the well's centre.
    pub(crate) fn site_position(&self, site: u32) -> SitePosition {
        let columns = self.site_columns();
        let rows = self.sites.div_ceil(columns);
        let (column, row) = self.site_at(site);
        let from_centre = |at: u32, count: u32, pixels: u32| {
            let um = (f64::from(at) - (f64::from(count) - 1.0) / 2.0) * f64::from(pixels) * Self::PIXEL_UM;
            (um * 100.0).round() / 100.0
        };
        SitePosition {
            x_um: from_centre(column, columns, self.width),
            y_um: from_centre(row, rows, self.height),
        }
    }

    /// Images in the order of a microscope: all channels of a plane, then the next plane.
    pub(crate) fn indices(&self, index: u64) -> ImageIndices {
        let mut rest = index;
        let mut take = |count: u32| {
            let value = u32::try_from(rest % u64::from(count)).unwrap_or(0);
            rest /= u64::from(count);
            value
        };
        let (channel, plane, site, well) =
            (take(self.channels), take(self.planes), take(self.sites), take(self.wells));
        ImageIndices { well, site, channel, plane, timepoint: take(self.timepoints) }
    }
}
