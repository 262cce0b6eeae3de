//! What a plate is made of: its images, what of them is missing, what is odd.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Component, ImageKey, WellId};
use crate::image::ImageSource;

/// Makes [`Format`] of the formats that are recognised, in the order in which they are tried, each with its name on screen
/// and in JSON.
macro_rules! formats {
    ($($(#[$doc:meta])* $format:ident: $name:literal),+ $(,)?) => {
        /// The file formats of plates that can be opened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Format {
            $($(#[$doc])* $format,)+
            /// Images of any names, read by a pattern that the user gave.
            Pattern,
        }

        impl Format {
            /// How many formats are recognised.
            const COUNT: usize = [$($name),+].len();

            /// The formats that are recognised, in the order in which they are tried.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$format),+];

            /// The name on screen and in JSON.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$format => $name,)+
                    Self::Pattern => "File names",
                }
            }
        }
    };
}

formats! {
    /// Molecular Devices ImageXpress (MetaXpress): database folders, export with HTD, flat.
    ImageXpress: "ImageXpress",
    /// PerkinElmer / Revvity Harmony: Operetta and Opera Phenix.
    Harmony: "Harmony",
    /// Yokogawa CellVoyager: CV7000, CV8000, CQ3K, and CQ1 and CV1000 by their names.
    CellVoyager: "CellVoyager",
    /// OME-TIFF: TIFFs with OME-XML that tells of a plate, in them or in a companion.
    OmeTiff: "OME-TIFF",
    /// OME-Zarr: Zarr arrays in a folder whose attributes tell of a plate.
    OmeZarr: "OME-Zarr",
    /// GE / Cytiva IN Cell Analyzer: by its record (`.xdce`), or by names.
    InCell: "IN Cell",
    /// Molecular Devices MetaXpress Acquire and IN Carta (`.jdce`).
    InCarta: "IN Carta",
    /// Opera Flex.
    Flex: "Opera Flex",
    /// Olympus / Evident ScanR.
    ScanR: "ScanR",
    /// Leica Matrix Screener.
    LeicaMatrix: "Leica Matrix",
    /// Names as EMBL's screens have them.
    Embl: "EMBL",
    /// Thermo Fisher Cellomics and CellInsight, as exported.
    Cellomics: "Cellomics",
    /// Names as Vitra and the SBS order have them.
    Vitra: "Vitra",
    /// Sartorius Incucyte.
    Incucyte: "Incucyte",
    /// Cephla Squid.
    Squid: "Squid",
}

/// One image of a plate, which has a million of them.
#[derive(Clone, PartialEq, Eq)]
pub struct PlateImage {
    well: WellId,
    /// The values of the components in the order of [`Component::ALL`]; 0 where there is none.
    values: [u32; Component::ALL.len()],
    /// Which of them there are, a bit for each: together that takes half of what an `Option` of each does.
    has_values: u8,
    /// Where its pixels are.
    pub source: ImageSource,
}

impl PlateImage {
    /// An image of a key whose pixels are somewhere.
    pub fn new(key: ImageKey, source: ImageSource) -> Self {
        let values = Component::ALL.map(|component| key.get(component));
        let bit = |(nth, value): (usize, &Option<u32>)| u8::from(value.is_some()) << nth;
        let has_values = values.iter().enumerate().map(bit).sum();
        Self { well: key.well, values: values.map(Option::unwrap_or_default), has_values, source }
    }

    /// What the image is. `z` is `None` for a ready-made projection.
    pub fn key(&self) -> ImageKey {
        let value = |nth: usize| (self.has_values >> nth & 1 == 1).then_some(self.values[nth]);
        let [timepoint, site, channel, z] = std::array::from_fn(value);
        ImageKey { well: self.well, site, channel, z, timepoint }
    }
}

impl fmt::Debug for PlateImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlateImage").field("key", &self.key()).field("source", &self.source).finish()
    }
}

/// An image that the plate should have and does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingImage {
    /// The image that is not there.
    pub key: ImageKey,
    /// The file that a record of the measurement names for it, relative to the plate folder; `None` where no record
    /// does.
    pub file: Option<RecordedFile>,
    /// Why it is expected, or what stands in its place, in words that many missing images share.
    pub why: Arc<str>,
}

/// Why it is missing, with its file where a record names one.
impl fmt::Display for MissingImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}: “{}”", self.why, file.path()),
            None => f.write_str(&self.why),
        }
    }
}

/// The path of a file that a record names. It lies in one text with those of the record's other files, so
/// that a million of them are one piece of memory.
#[derive(Clone)]
pub struct RecordedFile {
    all: Arc<str>,
    begin: usize,
    end: usize,
}

impl RecordedFile {
    /// The file whose path is that part of a text; `None` where it is no part, or none of any length.
    pub(super) fn of(all: &Arc<str>, part: Range<usize>) -> Option<Self> {
        all.get(part.clone()).filter(|path| !path.is_empty())?;
        Some(Self { all: Arc::clone(all), begin: part.start, end: part.end })
    }

    /// The path relative to the plate folder, with `/` between folders.
    pub fn path(&self) -> &str {
        self.all.get(self.begin..self.end).unwrap_or_default()
    }
}

impl From<String> for RecordedFile {
    fn from(path: String) -> Self {
        Self { begin: 0, end: path.len(), all: path.into() }
    }
}

impl fmt::Debug for RecordedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path().fmt(f)
    }
}

impl PartialEq for RecordedFile {
    fn eq(&self, other: &Self) -> bool {
        self.path() == other.path()
    }
}

impl Eq for RecordedFile {}

impl Serialize for RecordedFile {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.path().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RecordedFile {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// Images that a microscope kept of its own light, by the numbers of the channels that they are for. They are none of
/// the plate's images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShadingImages {
    /// How the light of the channel falls.
    pub flats: BTreeMap<u32, PathBuf>,
    /// What the channel's camera shows without light.
    pub darks: BTreeMap<u32, PathBuf>,
}

/// Something missing or odd about a plate; the plate is usable all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanIssue {
    /// The file or folder, relative to the plate folder.
    pub path: String,
    /// What is odd and what it means, in words.
    pub why: String,
}
