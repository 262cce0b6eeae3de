//! What a demo plate is drawn from, and why it could not be written.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cancel::Cancelled;
use crate::disk::{self, InPlate};
use crate::image::{Compression, EncodeError, PixelType};
use crate::plate::{LayoutError, PlateLayout};

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
}

impl Default for DemoSpec {
    fn default() -> Self {
        PlateLayout::default().into()
    }
}

impl From<PlateLayout> for DemoSpec {
    /// Uncompressed, with the cells of the first seed.
    fn from(layout: PlateLayout) -> Self {
        Self { layout, compression: Compression::None, seed: 1 }
    }
}

impl DemoSpec {
    /// The plate of a first look: the default counts, in images large enough (2 MB) that they and not
    /// the program itself are what the memory chart shows.
    pub(crate) fn first_look() -> Self {
        PlateLayout { width: 1024, height: 1024, ..PlateLayout::default() }.into()
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
}

fn sixteen_bits() -> PixelType {
    PixelType::U16
}

impl From<InFile> for DemoSpec {
    fn from(file: InFile) -> Self {
        let InFile { wells, channels, timepoints, sites, planes, width, height, pixel, compression, seed } =
            file;
        let layout = PlateLayout { wells, channels, timepoints, sites, planes, width, height, pixel };
        Self { layout, compression, seed }
    }
}

impl From<DemoSpec> for InFile {
    fn from(spec: DemoSpec) -> Self {
        let DemoSpec { layout, compression, seed } = spec;
        let PlateLayout { wells, channels, timepoints, sites, planes, width, height, pixel } = layout;
        Self { wells, channels, timepoints, sites, planes, width, height, pixel, compression, seed }
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
    #[error("{} is no file of a demo plate, and is left alone. Choose an empty or a new folder", path.display())]
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
