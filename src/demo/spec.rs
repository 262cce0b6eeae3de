//! What a demo plate is drawn from, and why it could not be written.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cancel::Cancelled;
use crate::disk::{self, InPlate};
use crate::image::{Compression, EncodeError, PixelType};
use crate::plate::{LayoutError, PlateLayout};

/// How many times smaller the files of a light well are, at least.
const LEAST_LIGHTER: u64 = 3;

/// What a demo plate is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "InFile", into = "InFile")]
pub struct DemoSpec {
    /// What it holds.
    pub layout: PlateLayout,
    /// Compression of the files.
    pub compression: Compression,
    /// Another number gives other cells.
    pub seed: u64,
    /// Whether the wells after the first are light: of very different density, and drawn without the noise of a camera, so
    /// that their files, deflated, are a fraction of the size.
    pub has_light_wells: bool,
}

impl Default for DemoSpec {
    fn default() -> Self {
        PlateLayout::default().into()
    }
}

impl From<PlateLayout> for DemoSpec {
    /// Uncompressed, with the cells of the first seed.
    fn from(layout: PlateLayout) -> Self {
        Self { layout, compression: Compression::None, seed: 1, has_light_wells: false }
    }
}

impl DemoSpec {
    /// The plate of a first look: the default counts, in images large enough (2 MB) that they and not
    /// the program itself are what the memory chart shows; in six wells, so that there is a plate to see, of which all but
    /// the first are light.
    pub(crate) fn first_look() -> Self {
        let layout = PlateLayout { wells: 6, width: 1024, height: 1024, ..PlateLayout::default() };
        Self { has_light_wells: true, ..layout.into() }
    }

    /// Whether a well, by its index, is a light one.
    pub(super) fn is_light(&self, well: u32) -> bool {
        self.has_light_wells && well > 0
    }

    /// The compression of the files of a well.
    pub(super) fn compression_of(&self, well: u32) -> Compression {
        if self.is_light(well) { Compression::Deflate } else { self.compression }
    }

    /// Bytes that the files take at most.
    pub(super) fn bytes_on_disk(&self) -> u64 {
        let one = PlateLayout { wells: 1, ..self.layout };
        let light = self.layout.bytes_on_disk() - one.bytes_on_disk();
        let spared = if self.has_light_wells { light - light / LEAST_LIGHTER } else { 0 };
        self.layout.bytes_on_disk() - spared
    }
}

/// As the file of a demo plate has it: all numbers side by side.
#[derive(Serialize, Deserialize)]
struct InFile {
    wells: u32,
    channels: u32,
    timepoints: u32,
    sites: u32,
    planes: u32,
    width: u32,
    height: u32,
    #[serde(default = "sixteen_bits")]
    pixel: PixelType,
    compression: Compression,
    seed: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    has_light_wells: bool,
}

fn sixteen_bits() -> PixelType {
    PixelType::U16
}

impl From<InFile> for DemoSpec {
    fn from(file: InFile) -> Self {
        let InFile {
            wells,
            channels,
            timepoints,
            sites,
            planes,
            width,
            height,
            pixel,
            compression,
            seed,
            has_light_wells,
        } = file;
        let layout = PlateLayout { wells, channels, timepoints, sites, planes, width, height, pixel };
        Self { layout, compression, seed, has_light_wells }
    }
}

impl From<DemoSpec> for InFile {
    fn from(spec: DemoSpec) -> Self {
        let DemoSpec { layout, compression, seed, has_light_wells } = spec;
        let PlateLayout { wells, channels, timepoints, sites, planes, width, height, pixel } = layout;
        Self {
            wells,
            channels,
            timepoints,
            sites,
            planes,
            width,
            height,
            pixel,
            compression,
            seed,
            has_light_wells,
        }
    }
}

/// Why no demo plate was written.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// There can be no plate of the layout.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// There is no room for it.
    #[error("{}: {source}. Choose a smaller plate or another disk", path.display())]
    NoRoom {
        /// The folder that was to hold the plate.
        path: PathBuf,
        /// What is needed and what there is.
        source: disk::NoRoom,
    },
    /// The folder holds something else.
    #[error("{} holds other files, which are left alone. Choose an empty or a new folder", path.display())]
    Occupied {
        /// The folder that already holds other files.
        path: PathBuf,
    },
    /// What has the name of a file of the plate is none.
    #[error("{} is not a file of a demo plate and is left alone. Choose an empty or a new folder", path.display())]
    Foreign {
        /// The file, link or folder that has the name.
        path: PathBuf,
    },
    /// The folder lies in another plate.
    #[error(transparent)]
    InPlate(#[from] InPlate),
    /// A folder or file could not be made.
    #[error("{}: {source}. Check that the folder may be written to and the disk has space", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An image could not be written.
    #[error(transparent)]
    Image(#[from] EncodeError),
    /// The writing was cancelled; the part that is there will be used or replaced next time.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
