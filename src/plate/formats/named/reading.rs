//! Formats whose images are known by their names: recognised and read alike.
//!
//! Each says in its own file how its names are read, in patterns as a user writes them (`pattern/`), and what else lies
//! beside its images. Deliberately absent: records that name images one by one, whose formats have readers of their
//! own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use super::super::pattern::{self, ImageNames, LackingIs, NamePattern, Part, Reading};
use crate::cancel::Cancelled;
use crate::plate::draft::Draft;
use crate::plate::folder::{Disk, Folder, MORE_FOLDERS, joined, relative};
use crate::plate::found::{Found, MOST_FILES_SHOWN};
use crate::plate::name_parts::names_no_plane;
use crate::plate::reader::{OpenError, Reader};
use crate::plate::{Format, KNOWN_SHAPES, Plate, PlateShape};

/// Beyond so many plates by the names of a folder's images, what tells them apart is no plate's name.
const MOST_PLATES: usize = 200;
/// Folders of one measurement that are looked through: some formats have one for each field.
const MOST_FOLDERS: usize = 200_000;

/// How the names of a format are read, and what lies beside its images.
pub(in crate::plate::formats) trait Named {
    /// The format.
    const FORMAT: Format;

    /// Whether a file is an image of this format by its name. Asked of every file, so quick.
    fn is_image(name: &str) -> bool;

    /// How paths below the plate folder are read: each by the first pattern that is found in it. What a name leaves out is
    /// the first.
    fn patterns() -> &'static [NamePattern];

    /// What tells the plate of an image from others in its folder, by the path below the plate folder; empty where
    /// nothing does, and `None` where the path is no image's.
    fn plate_of(path: &str) -> Option<String> {
        let captured = Self::patterns().iter().find_map(|pattern| pattern.captures(path))?;
        Some(captured.of(Part::Plate).unwrap_or_default().to_owned())
    }

    /// Whether a folder of this path below the plate folder holds a part of its images.
    fn is_part(_below: &str) -> bool {
        false
    }

    /// Whether a folder of this name is a part wherever it lies, so that the folder above is tried first.
    fn is_surely_part(_name: &str) -> bool {
        false
    }

    /// The plate folder of images that lie in this folder or below it, where it is one above.
    fn plate_folder(_disk: &mut Disk<'_>, _folder: &Folder) -> Result<Option<Rc<Folder>>, Cancelled> {
        Ok(None)
    }

    /// The plate's shape, where names or files beside the images say it. Wells that are numbers are counted on it.
    fn shape(_disk: &Disk<'_>, _files: &NamedFiles) -> Result<Option<PlateShape>, Cancelled> {
        Ok(None)
    }

    /// Takes what files beside the images say of the plate: names, sizes, positions.
    fn describe(_disk: &Disk<'_>, _files: &NamedFiles, _draft: &mut Draft) -> Result<(), Cancelled> {
        Ok(())
    }
}

/// The folders of a measurement, and its images.
pub(in crate::plate::formats) struct NamedFiles {
    /// The plate folder and the parts below it.
    pub(in crate::plate::formats) folders: Vec<Rc<Folder>>,
    /// The images in them.
    pub(in crate::plate::formats) names: ImageNames,
}

impl NamedFiles {
    /// The files of which this holds by their names, the topmost first.
    pub(in crate::plate::formats) fn find_all(
        &self,
        is_wanted: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = PathBuf> {
        self.folders.iter().flat_map(move |folder| {
            let names: Vec<_> = folder.files.iter().filter(|name| is_wanted(name)).collect();
            names.into_iter().map(|name| folder.path.join(&**name))
        })
    }

    /// The first of them.
    pub(in crate::plate::formats) fn find(&self, is_wanted: impl Fn(&str) -> bool) -> Option<PathBuf> {
        self.find_all(is_wanted).next()
    }
}

/// The patterns of a format, which all are patterns.
pub(in crate::plate::formats) fn patterns(texts: &[&str]) -> Vec<NamePattern> {
    let patterns: Vec<_> = texts.iter().filter_map(|text| NamePattern::new(text).ok()).collect();
    debug_assert_eq!(patterns.len(), texts.len(), "{texts:?}");
    patterns
}

/// The reader of a format of names.
pub(in crate::plate::formats) const fn reader<F: Named>() -> Reader {
    Reader {
        is_part: F::is_surely_part,
        recognise: recognise::<F>,
        recognise_inside: None,
        prefix_of: |name| is_plane::<F>(name).then(|| F::plate_of(name).unwrap_or_default().to_lowercase()),
        holds: Some(|found, path| {
            let plate = F::plate_of(&relative(&found.root, path));
            found.format == F::FORMAT
                && found.prefix.is_some()
                && plate.map(|plate| plate.to_lowercase()) == found.prefix
        }),
        recorded_in: None,
        read: read::<F>,
    }
}

/// Whether a file is an image that was recorded: no thumbnail, and nothing that was made of such images.
fn is_plane<F: Named>(name: &str) -> bool {
    F::is_image(name)
        && !name.starts_with('.')
        && !names_no_plane(name)
        && !name.to_ascii_lowercase().contains("_thumb")
}

/// Images of one plate among those of a folder.
#[derive(Default)]
struct Group {
    name: String,
    images: usize,
    files: Vec<PathBuf>,
}

pub(in crate::plate::formats) fn recognise<F: Named>(
    disk: &mut Disk<'_>,
    folder: &Folder,
) -> Result<Vec<Found>, Cancelled> {
    if folder.has_file(is_of_zarr) {
        return Ok(Vec::new());
    }
    let above = F::plate_folder(disk, folder)?;
    if above.is_none() && !folder.has_file(F::is_image) && !folder.has_folder(F::is_part) {
        return Ok(Vec::new());
    }
    let top = match above {
        Some(above) => above,
        None => disk.folder(&folder.path)?,
    };
    let path = top.path.clone();
    let (folders, _) = folders::<F>(disk, top)?;
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for folder in &folders {
        let below = relative(&path, &folder.path);
        for name in folder.files.iter().filter(|name| is_plane::<F>(name)) {
            let Some(plate) = F::plate_of(&joined(&below, name)) else { continue };
            let group = groups.entry(plate.to_lowercase()).or_default();
            if group.files.len() < MOST_FILES_SHOWN {
                group.files.push(folder.path.join(&**name));
                group.name = plate;
            }
            group.images += 1;
        }
    }
    if groups.len() > MOST_PLATES {
        let images = groups.values().map(|group| group.images).sum();
        let first = groups.into_values().next().unwrap_or_default();
        groups = BTreeMap::from([(String::new(), Group { images, ..first })]);
    }
    let shares = groups.len() > 1;
    let name = path.file_name().map_or("plate".into(), |name| name.to_string_lossy().into_owned());
    let found = groups.into_iter().map(|(prefix, group)| Found {
        format: F::FORMAT,
        folder: path.clone(),
        root: path.clone(),
        prefix: shares.then_some(prefix),
        detail: shares.then_some(group.name).filter(|name| !name.is_empty()),
        opened_by: group.files.first().cloned().unwrap_or_else(|| path.clone()),
        name: name.clone(),
        date: None,
        images: group.images,
        files: group.files,
        preview: None,
        is_sure: true,
        is_declared: false,
        is_record: false,
        is_stray: false,
    });
    Ok(found.collect())
}

/// Whether a file says that the numbers that the folders beside it are called by are of chunks, of which there may be
/// millions.
fn is_of_zarr(name: &str) -> bool {
    matches!(name, ".zattrs" | ".zgroup" | ".zarray" | "zarr.json")
}

/// The folders of a measurement, and whether these are all.
fn folders<F: Named>(disk: &mut Disk<'_>, top: Rc<Folder>) -> Result<(Vec<Rc<Folder>>, bool), Cancelled> {
    let root = top.path.clone();
    disk.folders_below(top, MOST_FOLDERS, |path, _| F::is_part(&relative(&root, path)), |_| true)
}

pub(in crate::plate::formats) fn read<F: Named>(
    disk: &mut Disk<'_>,
    found: &Found,
) -> Result<Plate, OpenError> {
    let mut draft = Draft::new(found);
    let top = disk.folder(&found.folder)?;
    let (folders, is_whole) = folders::<F>(disk, top)?;
    for folder in &folders {
        draft.add_trouble(folder);
    }
    if !is_whole {
        draft.issue(".", MORE_FOLDERS);
    }
    let is_ours = |below: &str, name: &str| {
        let plate = || F::plate_of(&joined(below, name)).map(|plate| plate.to_lowercase());
        is_plane::<F>(name) && (found.prefix.is_none() || plate() == found.prefix)
    };
    let names = ImageNames::of_folders(&found.root, &folders, is_ours);
    let files = NamedFiles { folders, names };
    let shape = F::shape(disk, &files)?;
    let counted_on = shape.filter(|shape| KNOWN_SHAPES.contains(shape));
    let (names, patterns) = (&files.names, F::patterns());
    let reading = Reading::of_format(names, patterns, counted_on, LackingIs::TheFirst, disk.cancel())?;
    let counted_on = reading.counted_on;
    pattern::take(&mut draft, names, reading, patterns, disk.cancel())?;
    F::describe(disk, &files, &mut draft)?;
    Ok(draft.finish(shape.or(counted_on)))
}
