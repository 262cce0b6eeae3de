//! Which ImageXpress measurements a folder holds.
//!
//! Deliberately absent: judging which of several is meant, which goes for all formats alike.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::gathered::Gathered;
use super::layout::{Layout, Rules};
use super::name::{self, ImageXpressName};
use crate::cancel::Cancelled;
use crate::plate::Format;
use crate::plate::folder::{Disk, Folder, is_image, relative, stem_of};
use crate::plate::found::{Found, MOST_FILES_SHOWN};

/// The measurements in this folder, or in date and number folders under it.
pub(super) fn recognise(disk: &mut Disk<'_>, folder: &Folder) -> Result<Vec<Found>, Cancelled> {
    let mut found = measurements(disk, folder)?;
    let is_date = name::is_date_folder(folder.name());
    for sub in &folder.folders {
        let path = folder.path.join(&sub.name);
        if is_date && name::is_number_folder(&sub.name) {
            let number = disk.folder(&path)?;
            found.extend(measurements(disk, &number)?);
        } else if !is_date && name::is_date_folder(&sub.name) {
            let date = disk.folder(&path)?;
            found.extend(recognise(disk, &date)?);
        }
    }
    Ok(found)
}

/// The images of one prefix.
#[derive(Default)]
struct Group {
    prefix: String,
    files: Vec<PathBuf>,
    images: usize,
}

/// The plates whose planes lie in this folder and the folders of its parts: one for each prefix of their names.
fn measurements(disk: &mut Disk<'_>, folder: &Folder) -> Result<Vec<Found>, Cancelled> {
    // The newer layout has the same words in its names, but counts from 0.
    let has_jdce = |folder: &Folder| folder.has_file(|name| stem_of(name, "jdce").is_some());
    let above = folder.path.parent().filter(|_| name::is_part_folder(folder.name()));
    let is_newer = match above {
        Some(above) => has_jdce(&*disk.folder(above)?),
        None => false,
    };
    if is_newer || has_jdce(folder) {
        return Ok(Vec::new());
    }
    let layout = match gathered(disk, folder)? {
        Some(gathered) => gathered.layout,
        None => {
            let has_planes = folder
                .has_file(|name| stem_of(name, "htd").is_some() || ImageXpressName::parse(name).is_some());
            if !has_planes && !folder.has_folder(name::is_part_folder) {
                return Ok(Vec::new());
            }
            Layout::survey(disk, &folder.path)?
        }
    };
    let rules = Rules::of(&layout);
    let htds = &rules.htds;
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let (mut tiffs, mut planes, mut is_sure) = (0, 0, !htds.is_empty());
    for leaf in &layout.leaves {
        for file in leaf.folder.files.iter().filter(|file| is_image(file)) {
            tiffs += 1;
            let Some(name) = rules.plane(file) else { continue };
            planes += 1;
            is_sure |= name.has_tokens() || leaf.is_part();
            let group = groups.entry(name.prefix.to_lowercase()).or_insert_with(|| Group {
                prefix: name.prefix.to_owned(),
                files: Vec::new(),
                images: 0,
            });
            if group.files.len() < MOST_FILES_SHOWN {
                group.files.push(leaf.folder.path.join(&**file));
            }
            group.images += 1;
        }
    }
    // A few names that happen to end like a well do not make a plate of a folder of other images.
    if htds.is_empty() && (planes == 0 || (!is_sure && planes * 2 < tiffs)) {
        return Ok(Vec::new());
    }
    let (root, date) = plate_folder(&folder.path);
    let plate_name = root.file_name().map_or("plate".into(), |name| name.to_string_lossy().into_owned());
    let name = if root == folder.path {
        plate_name
    } else {
        format!("{plate_name} {}", relative(&root, &folder.path))
    };
    let found = |key: Option<String>, opened_by, group: Option<Group>, is_declared| {
        let group = group.unwrap_or_default();
        Found {
            format: Format::ImageXpress,
            folder: folder.path.clone(),
            root: root.clone(),
            detail: key.is_some().then_some(group.prefix),
            prefix: key,
            opened_by,
            name: name.clone(),
            date: date.clone(),
            images: group.images,
            files: group.files,
            preview: None,
            is_sure: is_sure && planes > 0,
            is_declared,
            is_record: false,
            is_stray: false,
        }
    };
    let file_of = |htd: Option<&PathBuf>, group: Option<&Group>| {
        let first = group.and_then(|group| group.files.first());
        htd.or(first).cloned().unwrap_or_else(|| folder.path.clone())
    };
    if groups.len() <= 1 {
        let (htd, group) = (htds.values().next(), groups.into_values().next());
        return Ok(vec![found(None, file_of(htd, group.as_ref()), group, htd.is_some())]);
    }
    Ok(groups
        .into_iter()
        .map(|(key, group)| {
            let htd = htds.get(&key);
            found(Some(key), file_of(htd, Some(&group)), Some(group), htd.is_some())
        })
        .collect())
}

/// The parts of one plate that lie in the folders of a folder, unless it holds the plate itself.
pub(super) fn gathered(disk: &mut Disk<'_>, folder: &Folder) -> Result<Option<Gathered>, Cancelled> {
    if folder.has_folder(name::is_part_folder) {
        return Ok(None);
    }
    let Some(found) = Gathered::find(disk, folder)? else { return Ok(None) };
    let here = folder.files.iter().filter(|file| ImageXpressName::parse(file).is_some()).count();
    Ok((found.layout.files().count() > here * 10).then_some(found))
}

/// The plate folder of a measurement and its date: in the database layout two folders up, else
/// the folder itself.
fn plate_folder(measurement: &Path) -> (PathBuf, Option<String>) {
    let name_of = |path: &Path| path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    let date = measurement.parent().and_then(name_of).filter(|name| name::is_date_folder(name));
    let is_number = name_of(measurement).is_some_and(|name| name::is_number_folder(&name));
    match measurement.parent().and_then(Path::parent) {
        Some(plate) if is_number && date.is_some() => (plate.to_owned(), date),
        _ => (measurement.to_owned(), None),
    }
}

/// Whether the plate folder holds further measurements, so that its name alone does not tell.
pub(super) fn has_siblings(disk: &mut Disk<'_>, found: &Found) -> Result<bool, Cancelled> {
    if found.root == found.folder {
        return Ok(false);
    }
    let mut measurements = 0;
    let root = disk.folder(&found.root)?;
    for date in root.folders.iter().filter(|sub| name::is_date_folder(&sub.name)) {
        let date = disk.folder(&root.path.join(&date.name))?;
        measurements += date.folders.iter().filter(|sub| name::is_number_folder(&sub.name)).count();
    }
    Ok(measurements > 1)
}
