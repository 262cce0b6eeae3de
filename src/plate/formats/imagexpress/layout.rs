//! The folders of an ImageXpress measurement, and which of their files are planes.
//!
//! Planes lie in the measurement's own folder or in `TimePoint_<t>` and `ZStep_<z>` folders, in either
//! nesting. Deliberately absent: looking deeper than these two levels.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::name::{self, ImageXpressName};
use crate::cancel::Cancelled;
use crate::plate::folder::{Disk, Folder, stem_of};

/// Listing every plate of a large store whole would take minutes; past this many entries the images
/// of further candidates are counted only in their first folder.
const ENTRIES_BEFORE_HASTE: usize = 300_000;
/// Folders of other names are looked into, to say what was skipped, up to this number.
const MOST_OTHER_FOLDERS: usize = 64;

/// A folder with planes, and what its name says of them.
pub(super) struct Leaf {
    pub(super) folder: Rc<Folder>,
    pub(super) z: Option<u32>,
    pub(super) timepoint: Option<u32>,
    /// Where folders of any name are the channels.
    pub(super) channel: Option<u32>,
}

impl Leaf {
    /// The timepoint of a plane in this folder.
    pub(super) fn timepoint_of(&self, name: &ImageXpressName<'_>) -> u32 {
        name.timepoint.or(self.timepoint).unwrap_or(1)
    }

    /// Whether its name, or that of a folder around it, says something of its planes.
    pub(super) fn is_part(&self) -> bool {
        self.z.is_some() || self.timepoint.is_some() || self.channel.is_some()
    }

    fn holds_stack(&self) -> bool {
        self.z.is_some_and(|z| z > 0)
    }
}

/// Where the stacks of a measurement are, as what lies beside them is a projection. Not every
/// timepoint needs to have one: a timepoint recorded in one plane has no `ZStep` folders.
pub(super) struct Stacks {
    /// The folders around `ZStep` folders.
    around: BTreeSet<PathBuf>,
    timepoints: BTreeSet<u32>,
}

impl Stacks {
    pub(super) fn of<'a>(layout: &'a Layout, plane: impl Fn(&'a str) -> Option<ImageXpressName<'a>>) -> Self {
        let mut stacks = Self { around: BTreeSet::new(), timepoints: BTreeSet::new() };
        for leaf in layout.leaves.iter().filter(|leaf| leaf.holds_stack()) {
            let planes: Vec<_> = leaf.folder.files.iter().filter_map(|file| plane(file)).collect();
            if planes.is_empty() {
                continue;
            }
            stacks.timepoints.extend(planes.iter().map(|name| leaf.timepoint_of(name)));
            let is_z = |path: &Path| {
                path.file_name()
                    .and_then(|name| name.to_str())
                    .is_some_and(|name| name::z_folder(name).is_some())
            };
            let z_folder = leaf.folder.path.ancestors().find(|path| is_z(path));
            stacks.around.extend(z_folder.and_then(Path::parent).map(Path::to_owned));
        }
        stacks
    }

    /// Whether a plane outside of `ZStep` folders lies beside those of its folder or timepoint: as
    /// `TimePoint_2` does beside `ZStep_1/TimePoint_2`.
    pub(super) fn are_beside(&self, leaf: &Leaf, name: &ImageXpressName<'_>) -> bool {
        self.around.contains(&leaf.folder.path) || self.timepoints.contains(&leaf.timepoint_of(name))
    }
}

/// The folders of a measurement.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) leaves: Vec<Leaf>,
    /// Folders of other names, which hold no planes of this measurement.
    pub(super) others: Vec<Rc<Folder>>,
}

impl Layout {
    /// All folders of a measurement.
    pub(super) fn list(disk: &mut Disk<'_>, folder: &Path) -> Result<Self, Cancelled> {
        Self::walk(disk, folder, false)
    }

    /// The folders of a measurement that may be one of very many.
    pub(super) fn survey(disk: &mut Disk<'_>, folder: &Path) -> Result<Self, Cancelled> {
        let is_quick = disk.entries() > ENTRIES_BEFORE_HASTE;
        Self::walk(disk, folder, is_quick)
    }

    fn walk(disk: &mut Disk<'_>, folder: &Path, is_quick: bool) -> Result<Self, Cancelled> {
        let mut layout = Self::default();
        let top = Leaf { folder: disk.folder(folder)?, z: None, timepoint: None, channel: None };
        let mut to_visit = vec![top];
        while let Some(leaf) = to_visit.pop() {
            let mut below = Vec::new();
            if !is_quick {
                let is_listed =
                    |name: &str| name::z_folder(name).is_some() || name::timepoint_folder(name).is_some();
                let parts = leaf.folder.folders.iter().filter(|sub| is_listed(&sub.name));
                disk.list_ahead(parts.map(|sub| leaf.folder.path.join(&sub.name)))?;
            }
            for sub in &leaf.folder.folders {
                let path = leaf.folder.path.join(&sub.name);
                let z = name::z_folder(&sub.name).filter(|_| leaf.z.is_none());
                let timepoint = name::timepoint_folder(&sub.name).filter(|_| leaf.timepoint.is_none());
                if z.is_some() || timepoint.is_some() {
                    let (z, timepoint) = (z.or(leaf.z), timepoint.or(leaf.timepoint));
                    below.push(Leaf { folder: disk.folder(&path)?, z, timepoint, channel: None });
                    if is_quick {
                        break;
                    }
                } else if !sub.is_link
                    && !is_quick
                    && !is_measurement_folder(&sub.name)
                    && layout.others.len() < MOST_OTHER_FOLDERS
                {
                    layout.others.push(disk.folder(&path)?);
                }
            }
            // Depth first in natural order, so that the first of two equal images is the first by path.
            to_visit.extend(below.into_iter().rev());
            layout.leaves.push(leaf);
        }
        Ok(layout)
    }

    /// The names of all files in the folders with planes.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.leaves.iter().flat_map(|leaf| leaf.folder.files.iter().map(AsRef::as_ref))
    }

    /// The HTD files by their lower-case stem, those of the measurement's own folder first.
    fn htds(&self) -> BTreeMap<String, PathBuf> {
        let mut htds = BTreeMap::new();
        for leaf in &self.leaves {
            for name in leaf.folder.files.iter() {
                if let Some(stem) = stem_of(name, "htd") {
                    htds.entry(stem.to_lowercase()).or_insert_with(|| leaf.folder.path.join(&**name));
                }
            }
        }
        htds
    }
}

fn is_measurement_folder(name: &str) -> bool {
    name::is_date_folder(name) || name::is_number_folder(name)
}

/// What counts as a plane in a measurement.
pub(super) struct Rules {
    /// The HTD files by their lower-case stem.
    pub(super) htds: BTreeMap<String, PathBuf>,
    /// Whether names with words like `mask` in them are planes: where all names have them, the plate
    /// itself is called so.
    any_word: bool,
}

impl Rules {
    pub(super) fn of(layout: &Layout) -> Self {
        Self::with(layout.htds(), layout.files())
    }

    /// Of files of which no HTD is known.
    pub(super) fn of_files<'a>(files: impl Iterator<Item = &'a str>) -> Self {
        Self::with(BTreeMap::new(), files)
    }

    fn with<'a>(htds: BTreeMap<String, PathBuf>, mut files: impl Iterator<Item = &'a str>) -> Self {
        let mut rules = Self { htds, any_word: false };
        rules.any_word = !files.any(|file| rules.plane(file).is_some());
        rules
    }

    /// The name of a plane, or `None` where the file is none.
    pub(super) fn plane<'a>(&self, file: &'a str) -> Option<ImageXpressName<'a>> {
        self.image(file).filter(|name| !name.is_thumbnail)
    }

    /// The name of a plane's thumbnail, or `None` where the file is none.
    pub(super) fn thumbnail<'a>(&self, file: &'a str) -> Option<ImageXpressName<'a>> {
        self.image(file).filter(|name| name.is_thumbnail)
    }

    fn image<'a>(&self, file: &'a str) -> Option<ImageXpressName<'a>> {
        let name = ImageXpressName::parse(file)?;
        let is_listed = || self.htds.contains_key(&name.prefix.to_lowercase());
        (self.any_word || !name.is_no_plane() || is_listed()).then_some(name)
    }
}
