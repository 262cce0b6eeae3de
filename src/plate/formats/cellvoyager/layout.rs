//! Where the record and the images of a measurement lie, and which measurements a folder holds.
//!
//! The microscope puts both into one folder, or the images into folders below the record, as the record says. CQ1 and
//! CV1000 put them into `Image` and `Projection`. A folder of images without a record belongs to one above it that names
//! them, unless the same names are where the record says: then they are copies, and a plate of their own. In one
//! folder, images of several plates are told by what stands before the well in their names. Deliberately absent: records
//! beside or below the images.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::super::files::{Files, comparable, name_of, resolved};
use super::name::{NamedWell, VoyagerName};
use super::record::{self, is_recorded, record_in};
use crate::cancel::Cancelled;
use crate::plate::Format;
use crate::plate::draft::Draft;
use crate::plate::folder::{DEPTH, Disk, Folder, MORE_FOLDERS, MOST_FOLDERS, is_image};
use crate::plate::found::{Found, MOST_FILES_SHOWN};

/// The folders of CQ1 and CV1000; the second is that of projections.
const IMAGE_FOLDERS: [&str; 2] = ["image", PROJECTIONS];
const PROJECTIONS: &str = "projection";

/// Whether a folder of this name, at the end of a path, is that of projections.
pub(super) fn is_of_projections(folder: &str) -> bool {
    name_of(folder).eq_ignore_ascii_case(PROJECTIONS)
}

/// Images of one prefix.
#[derive(Default)]
struct Group {
    prefix: String,
    images: usize,
    files: Vec<PathBuf>,
    /// Whether any lies in the folder that was asked about.
    is_here: bool,
}

/// Images by their prefix in lower case.
type Groups = BTreeMap<String, Group>;

/// The measurements whose record, images or folders of images are in this folder.
pub(super) fn recognise(disk: &mut Disk<'_>, folder: &Folder) -> Result<Vec<Found>, Cancelled> {
    if let Some(record) = record_in(folder) {
        return of_record(disk, folder, &record);
    }
    let groups = groups(&image_folders(disk, folder)?, folder);
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    if let Some((above, record)) = record_above(disk, folder)? {
        return of_record(disk, &above, &record);
    }
    if is_image_folder(folder.name())
        && folder.has_file(is_counted)
        && let Some(parent) = folder.path.parent()
    {
        let above = disk.folder(parent)?;
        let images = image_folders(disk, &above)?;
        return Ok(of_names(&above, self::groups(&images, &above)));
    }
    Ok(of_names(folder, groups))
}

fn is_image_folder(name: &str) -> bool {
    IMAGE_FOLDERS.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// A folder and those in it where CQ1 and CV1000 put their images.
fn image_folders(disk: &mut Disk<'_>, folder: &Folder) -> Result<Vec<Rc<Folder>>, Cancelled> {
    let mut all = vec![disk.folder(&folder.path)?];
    for sub in &folder.folders {
        if !sub.is_link && is_image_folder(&sub.name) {
            let listed = disk.folder(&folder.path.join(&sub.name))?;
            if listed.has_file(is_counted) {
                all.push(listed);
            }
        }
    }
    Ok(all)
}

/// Whether a name is that of an image of CQ1 or CV1000.
fn is_counted(name: &str) -> bool {
    VoyagerName::parse(name).is_some_and(|name| matches!(name.well, NamedWell::Nth(_)))
}

/// The images of folders by their prefix.
fn groups(folders: &[Rc<Folder>], top: &Folder) -> Groups {
    let mut groups = Groups::new();
    for folder in folders {
        for file in folder.files.iter() {
            let Some(name) = VoyagerName::parse(file) else { continue };
            let group = groups.entry(name.prefix.to_lowercase()).or_default();
            if group.files.len() < MOST_FILES_SHOWN {
                group.files.push(folder.path.join(&**file));
                name.prefix.clone_into(&mut group.prefix);
            }
            group.images += 1;
            group.is_here |= folder.path == top.path;
        }
    }
    groups
}

/// The measurement of the record in a folder, and the plates without one whose images lie beside it.
fn of_record(disk: &mut Disk<'_>, folder: &Folder, record: &Path) -> Result<Vec<Found>, Cancelled> {
    let (below, _) = folders_of_record(disk, folder)?;
    let mut groups = groups(&below, folder);
    let mut own = Group::default();
    if groups.len() > 1 {
        let is_named = |path: &str| VoyagerName::in_path(path).is_some();
        let first = record::first_file(record, &is_named, disk.cancel())?;
        let prefix = first.as_deref().and_then(VoyagerName::in_path).map(|name| name.prefix.to_lowercase());
        let found = prefix.and_then(|prefix| groups.remove_entry(&prefix));
        // Results of other programs may lie below, and tell of themselves.
        groups.retain(|_, group| group.is_here);
        match found {
            Some((prefix, own)) if !groups.is_empty() => {
                let mut all = vec![found_of(folder, own, Some(prefix), true)];
                all.extend(
                    groups.into_iter().map(|(prefix, group)| found_of(folder, group, Some(prefix), false)),
                );
                return Ok(all);
            }
            Some((_, found)) => own = found,
            // Which of several was renamed cannot be told.
            None if groups.len() > 1 => return Ok(of_names(folder, groups)),
            None => {}
        }
    }
    if own.images == 0 {
        own = groups.into_values().next().unwrap_or_default();
    }
    if own.images == 0 {
        // A record may give its files any name.
        for folder in &below {
            for name in folder.files.iter().filter(|name| is_image(name) && !is_calibration(name)) {
                own.images += 1;
                if own.files.len() < MOST_FILES_SHOWN {
                    own.files.push(folder.path.join(&**name));
                }
            }
        }
    }
    let opened_by = record.to_owned();
    Ok(vec![Found { opened_by, ..found_of(folder, own, None, true) }])
}

/// A folder with a record and those below it that have none of their own.
fn folders_of_record(disk: &mut Disk<'_>, folder: &Folder) -> Result<(Vec<Rc<Folder>>, bool), Cancelled> {
    let top = disk.folder(&folder.path)?;
    disk.folders_below(top, MOST_FOLDERS, |_, name| !name.starts_with('.'), |folder| !is_recorded(folder))
}

/// Whether a name is that of an image of the microscope's light: of shading, or dark.
pub(super) fn is_calibration(name: &str) -> bool {
    name.get(..3).is_some_and(|start| ["SC_", "DC_"].iter().any(|mark| start.eq_ignore_ascii_case(mark)))
}

/// The folder above one without a record whose record names the images in it.
fn record_above(disk: &mut Disk<'_>, images: &Folder) -> Result<Option<(Rc<Folder>, PathBuf)>, Cancelled> {
    for ancestor in images.path.ancestors().skip(1).take(DEPTH) {
        let listed = disk.folder(ancestor)?;
        let Some(record) = record_in(&listed) else { continue };
        let names: HashSet<String> =
            images.files.iter().filter(|name| is_image(name)).map(|name| comparable(name)).collect();
        let is_ours = |path: &str| names.contains(&comparable(name_of(&path.replace('\\', "/"))));
        let Some(path) = record::first_file(&record, &is_ours, disk.cancel())? else { return Ok(None) };
        let path = resolved(&path.replace('\\', "/"));
        let in_folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let place = ancestor.join(in_folder);
        if place == images.path {
            return Ok(Some((listed, record)));
        }
        let name = comparable(name_of(&path));
        let is_copy = disk.folder(&place)?.has_file(|other| comparable(other) == name);
        return Ok((!is_copy).then_some((listed, record)));
    }
    Ok(None)
}

/// One measurement for each prefix, of which there is no record.
fn of_names(folder: &Folder, groups: Groups) -> Vec<Found> {
    let is_one = groups.len() == 1;
    let prefixed = groups.into_iter().map(|(prefix, group)| (Some(prefix).filter(|_| !is_one), group));
    prefixed.map(|(prefix, group)| found_of(folder, group, prefix, false)).collect()
}

/// The measurement of images in a folder, which they share with others where they have a prefix.
fn found_of(folder: &Folder, group: Group, prefix: Option<String>, is_declared: bool) -> Found {
    let name = folder.name();
    let shares = prefix.is_some();
    Found {
        format: Format::CellVoyager,
        folder: folder.path.clone(),
        root: folder.path.clone(),
        detail: prefix.is_some().then_some(group.prefix),
        prefix,
        opened_by: group.files.first().cloned().unwrap_or_else(|| folder.path.clone()),
        name: if name.is_empty() { "plate" } else { name }.to_owned(),
        date: None,
        images: group.images,
        files: group.files,
        preview: None,
        is_sure: group.images > 0,
        is_declared,
        // Where plates share a folder, the record of one of them is not that of all its files.
        is_record: is_declared && !shares,
        is_stray: false,
    }
}

/// The files of a measurement: with a record, those below it too.
pub(super) fn files(disk: &mut Disk<'_>, draft: &mut Draft, found: &Found) -> Result<Files, Cancelled> {
    let mut files = Files::new(&draft.plate.root);
    let top = disk.folder(&found.folder)?;
    let (folders, is_whole) =
        if found.is_declared { folders_of_record(disk, &top)? } else { (image_folders(disk, &top)?, true) };
    for folder in &folders {
        files.add(folder, !found.is_declared || folder.path == top.path);
    }
    files.tell_trouble(draft);
    if !is_whole {
        draft.issue(".", MORE_FOLDERS);
    }
    files.sort();
    Ok(files)
}
