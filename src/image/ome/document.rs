//! What an OME document says, as far as it is of plates, images and their files.
//!
//! A document may tell of a million planes, so what there is of each is a few numbers, and names of files are one
//! text.

use std::ops::Range;
use std::sync::Arc;

use super::result::OmeResult;
use super::wells::{OmeWellText, WellTexts};

/// A document, as far as it could be read.
#[derive(Debug, Default)]
pub(crate) struct OmeDocument {
    /// Whether it is one of OME at all.
    pub(crate) is_ome: bool,
    /// Its own identity: of one in a TIFF, that of the file.
    pub(crate) uuid: Option<OmeUuid>,
    /// Where it only refers to another file, that which has the whole document.
    pub(crate) metadata_file: Option<String>,
    /// The plates, as they are listed.
    pub(crate) plates: Vec<OmePlate>,
    /// The images, as they are listed.
    pub(crate) images: Vec<OmeImage>,
    /// The model of the microscope.
    pub(crate) microscope: Option<String>,
    /// The first objective in words.
    pub(crate) objective: Option<String>,
    /// When the first image was recorded.
    pub(crate) acquired: Option<String>,
    /// Of a result of Stepwell, what OME has no place for.
    pub(crate) result: Option<OmeResult>,
    /// Why it could not be read to its end.
    pub(crate) broken: Option<String>,
    pub(super) wells: WellTexts,
    pub(super) channels: Vec<OmeChannel>,
    pub(super) data: Vec<TiffData>,
    pub(super) planes: Vec<RecordedPlane>,
    pub(super) exposed: Vec<ExposedPlane>,
    pub(super) names: String,
    /// Where the name of each file ends in `names`, and the file's identity.
    pub(super) files: Vec<(usize, Option<OmeUuid>)>,
}

/// The identity of a file. Texts of any form are compared by their letters and digits, whatever their case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct OmeUuid(u128);

/// A plate with its wells' samples, as they are listed.
#[derive(Debug, Default)]
pub(crate) struct OmePlate {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) rows: Option<u32>,
    pub(crate) columns: Option<u32>,
    pub(crate) samples: Vec<OmeSample>,
    pub(crate) acquisitions: Vec<OmeAcquisition>,
}

/// One field of a well.
#[derive(Debug)]
pub(crate) struct OmeSample {
    pub(crate) id: Box<str>,
    /// Row of its well, from 0.
    pub(crate) row: Option<u32>,
    /// Column of its well, from 0.
    pub(crate) column: Option<u32>,
    /// Its place in the order in which fields were recorded.
    pub(crate) index: Option<u32>,
    /// The ID of its image; `None` of an empty field.
    pub(crate) image: Option<Box<str>>,
    /// Where it lies in its well.
    pub(crate) place: Option<OmePlace>,
}

/// One run over a plate: which samples were recorded in it.
#[derive(Debug, Default)]
pub(crate) struct OmeAcquisition {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) started: Option<String>,
    pub(crate) samples: Vec<Box<str>>,
}

/// A position. OME does not say in which direction y grows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OmePlace {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) unit: OmeUnit,
}

/// What a position counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OmeUnit {
    /// Micrometres, into which all lengths are converted.
    Um,
    /// Pixels of the image.
    Pixel,
    /// Nobody says what.
    Unknown,
}

/// One image of up to three dimensions beside x and y; of no size where the document does not describe its pixels.
#[derive(Debug, Default)]
pub(crate) struct OmeImage {
    pub(crate) id: Box<str>,
    /// The three dimensions beside x and y, the one that changes fastest first.
    pub(super) order: [u8; 3],
    pub(super) z: u32,
    /// Samples of all channels: three of one that is in colour.
    pub(super) samples: u32,
    pub(super) timepoints: u32,
    /// Width of a pixel in micrometres.
    pub(crate) pixel_width_um: Option<f64>,
    /// Height of a pixel in micrometres.
    pub(crate) pixel_height_um: Option<f64>,
    /// When it was recorded.
    pub(crate) began: Option<Box<str>>,
    /// Its parts of the document's lists.
    pub(super) channels: Range<usize>,
    pub(super) data: Range<usize>,
    pub(super) planes: Range<usize>,
    pub(super) exposed: Range<usize>,
}

/// One plane of an image; each number counts from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct OmePlane {
    pub(crate) timepoint: u32,
    pub(crate) channel: u32,
    pub(crate) z: u32,
}

/// A channel of an image.
#[derive(Debug)]
pub(crate) struct OmeChannel {
    pub(super) samples: Option<u32>,
    pub(crate) name: Option<Arc<str>>,
    /// Wavelength of the light that was gathered.
    pub(crate) emission_nm: Option<f64>,
    /// Wavelength of the light that was shone on the sample.
    pub(crate) excitation_nm: Option<f64>,
}

/// Pages of a file that hold planes of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TiffData {
    pub(crate) page: Option<u32>,
    pub(crate) count: Option<u32>,
    pub(super) z: u32,
    pub(super) channel: u32,
    pub(super) timepoint: u32,
    /// Number of the file; `None` of the very file that the document is in.
    pub(crate) file: Option<u32>,
}

/// A file that a document names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OmeFile<'a> {
    /// Its path from the document; empty where only the identity is told.
    pub(crate) name: &'a str,
    pub(crate) uuid: Option<OmeUuid>,
}

/// Where a plane was recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RecordedPlane {
    pub(crate) channel: u32,
    pub(crate) timepoint: u32,
    pub(crate) place: OmePlace,
}

/// When, for how long and at which height a plane was recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExposedPlane {
    pub(crate) plane: OmePlane,
    pub(crate) z_um: Option<f64>,
    pub(crate) exposure_secs: Option<f64>,
    /// From when its image began.
    pub(crate) after_secs: Option<f64>,
}

impl OmeUuid {
    /// Of a text such as `urn:uuid:…`; `None` where there is none.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix("urn:uuid:").unwrap_or(text);
        let letters = text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
        // FNV-1a of 128 bits: what is written there is not always hexadecimal.
        let mut count = 0;
        let hash = letters.fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, byte| {
            count += 1;
            (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        });
        (count > 0).then_some(Self(hash))
    }
}

impl TiffData {
    /// This many pages from one on, of the file that the document is in.
    pub(crate) fn pages(first: u32, count: u32) -> Self {
        Self { page: Some(first), count: Some(count), ..Self::default() }
    }
}

impl OmeDocument {
    /// One of which nothing could be read, and why.
    pub(crate) fn unreadable(why: String) -> Self {
        Self { broken: Some(why), ..Self::default() }
    }

    /// What it says of wells beside their fields, in its order.
    pub(crate) fn well_texts(&self) -> &[OmeWellText] {
        &self.wells.texts
    }

    /// The channels of an image; none where the document lists none.
    pub(crate) fn channels_of(&self, image: &OmeImage) -> &[OmeChannel] {
        self.channels.get(image.channels.clone()).unwrap_or_default()
    }

    /// Which pages hold an image.
    pub(crate) fn data_of(&self, image: &OmeImage) -> &[TiffData] {
        self.data.get(image.data.clone()).unwrap_or_default()
    }

    /// Where the planes of an image were recorded: its first, and those that were recorded elsewhere.
    pub(crate) fn recorded_planes_of(&self, image: &OmeImage) -> &[RecordedPlane] {
        self.planes.get(image.planes.clone()).unwrap_or_default()
    }

    /// How the planes of an image were recorded, of those of which that is said.
    pub(crate) fn exposed_planes_of(&self, image: &OmeImage) -> &[ExposedPlane] {
        self.exposed.get(image.exposed.clone()).unwrap_or_default()
    }

    /// Number of files that it names.
    pub(crate) fn file_count(&self) -> usize {
        self.files.len()
    }

    /// The files that it names, by their numbers.
    pub(crate) fn files(&self) -> impl DoubleEndedIterator<Item = OmeFile<'_>> {
        (0..self.files.len()).map(|file| self.file_at(file))
    }

    /// The file of a number.
    pub(crate) fn file(&self, file: u32) -> OmeFile<'_> {
        self.file_at(file as usize)
    }

    fn file_at(&self, file: usize) -> OmeFile<'_> {
        let begin =
            file.checked_sub(1).and_then(|before| self.files.get(before)).map_or(0, |before| before.0);
        let (end, uuid) = self.files.get(file).copied().unwrap_or((begin, None));
        OmeFile { name: self.names.get(begin..end).unwrap_or_default(), uuid }
    }
}
