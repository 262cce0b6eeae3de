//! What is on disk: a plate, its images by key, and what is missing or odd.
//!
//! A plate is read from file names and index files only; no pixels and no image headers, so that a
//! plate of 27,000 images opens at once. Sizes come later from [`crate::image::measure`], for the
//! wells that are used. Nothing here writes. Deliberately absent: filling gaps (a missing image is
//! listed, never invented) and merging of acquisitions (the user chooses one).
//!
//! To add a microscope: one file beside [`imagexpress`] and one arm of [`Format`].

mod key;
mod measure;
mod well;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use key::{Component, ImageKey};
pub use measure::Measured;
pub use well::{KNOWN_SHAPES, MAX_SHAPE, PlateShape, WellId, WellNameError, row_letters};

/// The file formats of plates that can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// Molecular Devices ImageXpress (MetaXpress): database folders, export with HTD, flat.
    ImageXpress,
    /// PerkinElmer / Revvity Harmony: Operetta and Opera Phenix.
    Harmony,
}

impl Format {
    /// The name on screen and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::ImageXpress => "ImageXpress",
            Self::Harmony => "Harmony",
        }
    }
}

/// One image file (or page of one) of a plate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlateImage {
    /// What the image is. `z` is `None` for a ready-made projection.
    pub key: ImageKey,
    /// Path relative to [`Plate::root`], with `/` between folders.
    pub path: String,
    /// Zero-based page of a multi-page file.
    pub page: u32,
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

/// Where a site lies in its well, in micrometres from the well's centre, x to the right and y
/// *down*, as on screen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SitePosition {
    /// To the right.
    pub x_um: f64,
    /// Down.
    pub y_um: f64,
}

/// One plate (one acquisition of it), as found on disk.
#[derive(Clone, Debug)]
pub struct Plate {
    /// Absolute path of the plate folder; image paths are relative to it.
    pub root: PathBuf,
    /// Name of the plate.
    pub name: String,
    /// Format it was read as.
    pub format: Format,
    /// Instrument, where the metadata names it.
    pub microscope: Option<String>,
    /// Rows and columns: from the metadata, else the smallest shape that holds the wells.
    pub shape: PlateShape,
    /// The images, sorted by key, each key once.
    pub images: Vec<PlateImage>,
    /// Ready-made projections, kept apart from the stack, sorted by key (`z` is `None`).
    pub projections: Vec<PlateImage>,
    /// Channel number to name, where the metadata names it.
    pub channel_names: BTreeMap<u32, String>,
    /// Size of a pixel in micrometres, where known.
    pub pixel_size_um: Option<f64>,
    /// Site number to position, where known.
    pub site_positions: BTreeMap<u32, SitePosition>,
    /// Images that should be there and are not, sorted by key. What is expected is counted per
    /// channel over the plate: a channel recorded with one z everywhere misses nothing.
    pub missing: Vec<MissingImage>,
    /// Number of files passed over because they are no planes (thumbnails, shading images …).
    pub ignored: usize,
    /// What is odd.
    pub issues: Vec<ScanIssue>,
}

impl Plate {
    /// The wells that have images or projections, row by row.
    pub fn wells(&self) -> BTreeSet<WellId> {
        self.images.iter().chain(&self.projections).map(|image| image.key.well).collect()
    }

    /// The values of a component over the whole plate, in numeric order, those that only ready-made
    /// projections have included.
    pub fn values(&self, component: Component) -> BTreeSet<u32> {
        self.images.iter().chain(&self.projections).filter_map(|image| image.key.get(component)).collect()
    }

    /// The images of a well, sorted by key.
    pub fn images_of(&self, well: WellId) -> &[PlateImage] {
        let start = self.images.partition_point(|image| image.key.well < well);
        let len = self.images[start..].partition_point(|image| image.key.well == well);
        &self.images[start..start + len]
    }

    /// Absolute path of an image.
    pub fn path_of(&self, image: &PlateImage) -> PathBuf {
        self.root.join(&image.path)
    }

    /// The name of a component's value on screen: the channel's name where it has one, else the
    /// number with its letter (`w1`, `s3`).
    pub fn value_name(&self, component: Component, value: u32) -> String {
        match self.channel_names.get(&value) {
            Some(name) if component == Component::Channel => name.clone(),
            _ => format!("{}{value}", component.letter()),
        }
    }
}
