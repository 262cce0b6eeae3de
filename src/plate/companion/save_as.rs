//! The form in which the images of a kept step are saved.
//!
//! In each they are a plate that Stepwell and other programs open; how its files are named follows from the form (see
//! [`Naming`](super::super::Naming)). Deliberately absent: how the pixels of a TIFF are compressed, which is chosen beside it.

use serde::{Deserialize, Serialize};

/// The form in which the images of a kept step are saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SaveAs {
    /// A TIFF for each image, named and described as MetaXpress exports them.
    #[default]
    Tiff,
    /// An OME-TIFF for each image, which a companion file describes together.
    OmeTiff,
    /// An OME-Zarr plate, of which each image is planes of arrays.
    OmeZarr,
}

impl SaveAs {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Tiff, Self::OmeTiff, Self::OmeZarr];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tiff => "tiff",
            Self::OmeTiff => "ome-tiff",
            Self::OmeZarr => "ome-zarr",
        }
    }

    /// The name on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Tiff => "TIFF",
            Self::OmeTiff => "OME-TIFF",
            Self::OmeZarr => "OME-Zarr",
        }
    }
}
