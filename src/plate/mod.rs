//! What is on disk: a plate, its images by key, and what is missing or odd.
//!
//! A plate is read from file names and index files only; no pixels and no image headers, so that a
//! plate of 27,000 images opens at once. (ImageXpress keeps its metadata only in the images, so there
//! the descriptions of a few are read.) Sizes come later from the image module, for the wells that
//! are used. Nothing here writes; what Stepwell's own
//! plates (demo plates, kept images) look like on disk is told beside the reader of that form. Deliberately absent: filling gaps (a missing image is
//! listed, never invented) and merging of acquisitions (the user chooses one).
//!
//! To add a microscope: one file beside `imagexpress.rs` with its `Reader`, and one arm of [`Format`].

mod destination;
mod folder;
mod harmony;
mod identity;
mod imagexpress;
mod key;
mod measure;
mod missing;
mod nearest;
mod open;
mod well;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::quantity::{count_text, plural};
pub use destination::{NONE_OPEN, destination, plate_destination};
pub use identity::{Fingerprint, Likeness, PlateIdentity};
pub use imagexpress::{Htd, ImageDescription, Naming, Property, Thumbs, safe_prefix};
pub use key::{Component, ImageKey};
pub use measure::Measured;
pub(crate) use measure::header_readers;
pub use open::{Candidate, NotAPlate, OpenError, Opened, open};
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
    /// All formats, in the order in which they are tried.
    pub const ALL: [Self; 2] = [Self::ImageXpress, Self::Harmony];

    fn reader(self) -> &'static open::Reader {
        match self {
            Self::ImageXpress => &imagexpress::READER,
            Self::Harmony => &harmony::READER,
        }
    }

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
    /// Absolute path that opens exactly this plate again. It differs from `root` where the plate
    /// folder holds several measurements.
    pub opened_by: PathBuf,
    /// Name of the plate.
    pub name: String,
    /// Format it was read as.
    pub format: Format,
    /// What it looks like, by which it is known where it was moved; `None` of one that is not on a disk.
    pub fingerprint: Option<Fingerprint>,
    /// Instrument, where the metadata names it.
    pub microscope: Option<String>,
    /// Objective, where the metadata names it: `20X Plan Apo Lambda`.
    pub objective: Option<String>,
    /// When the plate was recorded, as the metadata has it to the second: `2023-02-21 10:41:56`.
    pub acquired: Option<String>,
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
    /// A very long list is cut, which an issue then says; [`Self::missing_by_well`] has the whole
    /// numbers, and [`Self::missing_of`] gives all.
    pub missing: Vec<MissingImage>,
    /// Number of missing images of each well that misses any.
    pub missing_by_well: BTreeMap<WellId, usize>,
    /// The small pictures that the microscope wrote of its images, which are none of them.
    pub thumbs: Thumbs,
    /// Number of files passed over because they are no planes (thumbnails, shading images …).
    pub ignored: usize,
    /// What is odd.
    pub issues: Vec<ScanIssue>,
}

/// Issues of one kind are listed one by one up to this number, and counted from there on.
const MOST_SINGLE_ISSUES: usize = 20;

/// What a format's reader has found, before it is sorted and checked.
struct Draft {
    plate: Plate,
    /// Images that an index names and that are not there, with the reason.
    known_missing: BTreeMap<ImageKey, String>,
}

impl Draft {
    /// An empty plate of a measurement.
    fn new(found: &open::Found) -> Self {
        let plate = Plate {
            root: found.root.clone(),
            opened_by: found.opened_by.clone(),
            name: found.name.clone(),
            format: found.format,
            fingerprint: None,
            microscope: None,
            objective: None,
            acquired: None,
            shape: PlateShape::holding([]),
            images: Vec::new(),
            projections: Vec::new(),
            channel_names: BTreeMap::new(),
            pixel_size_um: None,
            site_positions: BTreeMap::new(),
            missing: Vec::new(),
            missing_by_well: BTreeMap::new(),
            thumbs: Thumbs::default(),
            ignored: 0,
            issues: Vec::new(),
        };
        Self { plate, known_missing: BTreeMap::new() }
    }

    fn issue(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.plate.issues.push(ScanIssue { path: path.into(), why: why.into() });
    }

    /// Lists issues of one kind, and those beyond [`MOST_SINGLE_ISSUES`] as one of `path`, in words
    /// of their number.
    fn issues(&mut self, mut all: Vec<ScanIssue>, path: &str, rest: impl FnOnce(usize) -> String) {
        let further = all.len().saturating_sub(MOST_SINGLE_ISSUES);
        all.truncate(MOST_SINGLE_ISSUES);
        self.plate.issues.extend(all);
        if further > 0 {
            self.issue(path, rest(further));
        }
    }

    /// Lists what of a folder could not be read.
    fn add_trouble(&mut self, listed: &folder::Folder) {
        let path = folder::relative(&self.plate.root, &listed.path);
        for (name, why) in &listed.trouble {
            self.issue(folder::joined(&path, name), why.clone());
        }
    }

    /// Sorts the images by key, then path. Cheap where they are sorted already.
    fn sort(&mut self) {
        for images in [&mut self.plate.images, &mut self.plate.projections] {
            images.sort_unstable_by(|a, b| {
                a.key.cmp(&b.key).then_with(|| a.path.cmp(&b.path)).then_with(|| a.page.cmp(&b.page))
            });
        }
    }

    /// The plate: images sorted, each key once, the shape settled (`planned` where it holds the
    /// wells), and what is missing counted.
    fn finish(mut self, planned: Option<PlateShape>) -> Plate {
        self.sort();
        let mut doubles = Vec::new();
        for images in [&mut self.plate.images, &mut self.plate.projections] {
            images.dedup_by(|next, kept| {
                let is_double = next.key == kept.key;
                if is_double {
                    let why = format!(
                        "the same image ({}) as {}, which was kept; this one was passed over",
                        kept.key, kept.path
                    );
                    doubles.push(ScanIssue { path: next.path.clone(), why });
                }
                is_double
            });
        }
        self.plate.ignored += doubles.len();
        self.issues(doubles, ".", |further| {
            format!("{} found twice; the first by path was kept", plural(further, "more image"))
        });
        for image in &self.plate.images {
            self.known_missing.remove(&image.key);
        }
        // Wells of which an index names only images that are not there are on the map too.
        let mut wells = self.plate.wells();
        wells.extend(self.known_missing.keys().map(|key| key.well));
        let smallest = PlateShape::holding(wells.iter().copied());
        self.plate.shape = match planned {
            Some(shape) if wells.iter().all(|well| shape.contains(*well)) => shape,
            Some(shape) => {
                let why = format!(
                    "the metadata says {} by {}, but wells outside of these have images or should have",
                    plural(usize::from(shape.rows), "row"),
                    plural(usize::from(shape.columns), "column")
                );
                self.issue(".", why);
                smallest
            }
            None => smallest,
        };
        let plate = &mut self.plate;
        (plate.missing, plate.missing_by_well) =
            missing::find(&plate.images, &plate.projections, &self.known_missing, |channel| {
                plate.channel_title(channel)
            });
        let missing_count = plate.missing_count();
        if plate.missing.len() < missing_count {
            let why = format!(
                "{} images are missing, of which {} are listed",
                count_text(missing_count),
                count_text(plate.missing.len())
            );
            plate.issues.push(ScanIssue { path: ".".into(), why });
        }
        self.plate
    }
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

    /// Number of missing images.
    pub fn missing_count(&self) -> usize {
        self.missing_by_well.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// All images that are missing of some wells, also those that [`Self::missing`] leaves out.
    pub fn missing_of(&self, wells: &BTreeSet<WellId>) -> BTreeMap<WellId, Vec<MissingImage>> {
        let is_cut = self.missing.len() < self.missing_count();
        missing::of_wells(&self.images, &self.missing, is_cut, wells, |channel| self.channel_title(channel))
    }

    fn channel_title(&self, channel: u32) -> String {
        match self.channel_names.get(&channel) {
            Some(name) => format!("channel {channel} ({name})"),
            None => format!("channel {channel}"),
        }
    }

    /// What tells it from other plates.
    pub fn identity(&self) -> PlateIdentity {
        PlateIdentity {
            root: self.root.clone(),
            name: self.name.clone(),
            format: self.format,
            fingerprint: self.fingerprint.clone(),
        }
    }

    /// Absolute path of an image.
    pub fn path_of(&self, image: &PlateImage) -> PathBuf {
        self.root.join(&image.path)
    }

    /// Absolute path of the small picture that the microscope wrote of an image, where it did.
    pub fn thumb_of(&self, image: &PlateImage) -> Option<PathBuf> {
        Some(self.root.join(self.thumbs.path_of(image)?))
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
