//! Formats whose images are known by their names: recognised and read alike.
//!
//! Each says in its own file how its names are read, in patterns as a user writes them (`pattern/`), and what else lies
//! beside its images. Deliberately absent: records that name images one by one, whose formats have readers of their
//! own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use super::super::pattern::{self, ImageNames, NamePattern, Part, Reading};
use crate::cancel::{Cancel, Cancelled};
use crate::plate::draft::Draft;
use crate::plate::folder::{Disk, Folder, MORE_FOLDERS};
use crate::plate::found::{Found, MOST_FILES_SHOWN};
use crate::plate::reader::{OpenError, Reader};
use crate::plate::{Format, KNOWN_SHAPES, Plate, PlateShape};

/// How the names of a format are read, and what lies beside its images.
pub(in crate::plate::formats) trait Named {
    /// The format.
    const FORMAT: Format;

    /// Whether a file is an image of this format by its name. Asked of every file, so quick.
    fn is_image(name: &str) -> bool;

    /// How paths below the plate folder are read. The pattern that reads most is taken, of equals the first.
    fn patterns() -> &'static [NamePattern];

    /// Whether a folder of this name holds a part of the images of the folder above.
    fn is_part(_name: &str) -> bool {
        false
    }

    /// Whether a folder of such a name is a part wherever it lies, so that the folder above is tried first.
    fn is_surely_part(name: &str) -> bool {
        Self::is_part(name)
    }

    /// The plate folder of images that lie in this folder, where it is the one above.
    fn plate_folder(_disk: &mut Disk<'_>, _images: &Folder) -> Result<Option<Rc<Folder>>, Cancelled> {
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
    /// The first file of which this holds by its name.
    pub(in crate::plate::formats) fn find(&self, is_wanted: impl Fn(&str) -> bool) -> Option<PathBuf> {
        self.folders.iter().find_map(|folder| {
            let name = folder.files.iter().find(|name| is_wanted(name))?;
            Some(folder.path.join(&**name))
        })
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
        prefix_of: |name| F::is_image(name).then(|| plate_of::<F>(name).unwrap_or_default().to_lowercase()),
        holds: None,
        recorded_in: None,
        read: read::<F>,
    }
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
    if !folder.has_file(F::is_image) && !folder.has_folder(F::is_part) || folder.has_file(is_of_zarr) {
        return Ok(Vec::new());
    }
    let top = disk.folder(&folder.path)?;
    let top = F::plate_folder(disk, &top)?.unwrap_or(top);
    let path = top.path.clone();
    let (folders, _) = folders::<F>(disk, top)?;
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for folder in &folders {
        for name in folder.files.iter().filter(|name| F::is_image(name)) {
            let plate = plate_of::<F>(name).unwrap_or_default();
            let group = groups.entry(plate.to_lowercase()).or_default();
            if group.files.len() < MOST_FILES_SHOWN {
                group.files.push(folder.path.join(&**name));
                plate.clone_into(&mut group.name);
            }
            group.images += 1;
        }
    }
    let shares = groups.len() > 1;
    let name = path.file_name().map_or("plate".into(), |name| name.to_string_lossy().into_owned());
    let found = groups.into_iter().map(|(prefix, group)| Found {
        format: F::FORMAT,
        folder: path.clone(),
        root: path.clone(),
        prefix: shares.then_some(prefix),
        detail: shares.then_some(group.name),
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
    disk.folders_below(top, |_, name| F::is_part(name), |_| true)
}

/// The plate that the name of an image says, where names of the format do.
fn plate_of<F: Named>(name: &str) -> Option<&str> {
    let says_plate = F::patterns().iter().filter(|pattern| pattern.has(Part::Plate));
    says_plate.filter_map(|pattern| pattern.captures(name)).find_map(|captured| captured.of(Part::Plate))
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
    let is_ours = |name: &str| {
        let plate = || plate_of::<F>(name).unwrap_or_default().to_lowercase();
        F::is_image(name) && found.prefix.as_ref().is_none_or(|prefix| plate() == *prefix)
    };
    let names = ImageNames::of_folders(&found.root, &folders, is_ours);
    let files = NamedFiles { folders, names };
    let shape = F::shape(disk, &files)?;
    let Some((pattern, reading)) = most_read(F::patterns(), &files.names, shape, disk.cancel())? else {
        return Err(draft.no_images(found.folder.clone()));
    };
    let counted_on = reading.counted_on;
    pattern::take(&mut draft, &files.names, reading, &pattern, disk.cancel())?;
    F::describe(disk, &files, &mut draft)?;
    Ok(draft.finish(shape.or(counted_on)))
}

/// The pattern that reads most names, and what it makes of them. Wells that are numbers are counted on `shape`.
fn most_read(
    patterns: &[NamePattern],
    names: &ImageNames,
    shape: Option<PlateShape>,
    cancel: &Cancel,
) -> Result<Option<(NamePattern, Reading)>, Cancelled> {
    let shape = shape.filter(|shape| KNOWN_SHAPES.contains(shape));
    let mut best: Option<(NamePattern, Reading)> = None;
    for pattern in patterns {
        let counted =
            shape.and_then(|shape| NamePattern::new(&pattern.counted_on_plate_of(shape.wells())).ok());
        let pattern = counted.unwrap_or_else(|| pattern.clone());
        let reading = Reading::of(names, &pattern, cancel)?;
        let is_better = best.as_ref().is_none_or(|(_, known)| reading.counts.images > known.counts.images);
        let is_whole = reading.counts.unread == 0;
        if is_better {
            best = Some((pattern, reading));
        }
        if is_whole {
            break;
        }
    }
    Ok(best.filter(|(_, reading)| reading.counts.images > 0))
}
