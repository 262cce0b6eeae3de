//! What a plate is made of: its images, what of them is missing, what is odd.

use serde::{Deserialize, Serialize};

use super::ImageKey;
use crate::image::ImageSource;

/// The file formats of plates that can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// Molecular Devices ImageXpress (MetaXpress): database folders, export with HTD, flat.
    ImageXpress,
    /// PerkinElmer / Revvity Harmony: Operetta and Opera Phenix.
    Harmony,
}

impl Format {
    /// All formats, in the order in which they are tried.
    pub const ALL: [Self; 2] = [Self::ImageXpress, Self::Harmony];

    /// The name on screen and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::ImageXpress => "ImageXpress",
            Self::Harmony => "Harmony",
        }
    }
}

/// One image of a plate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlateImage {
    /// What the image is. `z` is `None` for a ready-made projection.
    pub key: ImageKey,
    /// Where its pixels are.
    pub source: ImageSource,
}

/// An image that the plate should have and does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingImage {
    /// The image that is not there.
    pub key: ImageKey,
    /// Why it is expected, or what stands in its place, in words.
    pub why: String,
}

/// Something missing or odd about a plate; the plate is usable all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanIssue {
    /// The file or folder, relative to the plate folder.
    pub path: String,
    /// What is odd and what it means, in words.
    pub why: String,
}
