//! From any path to a plate: which plate a path belongs to, and what to say where there is none.
//!
//! A path may be the plate folder, a folder around it, or anything inside it. So first the folder
//! is tried, then what lies under it, then the folders around it. Several plates are a choice for
//! the user. Deliberately absent: any knowledge of a format, which is in the format's own file
//! behind [`Reader`].

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use alphanumeric_sort::compare_str;

use super::folder::{Disk, Folder, Opening, relative};
use super::formats::{reader, readers};
use super::found::{Found, MOST_STRAYS, mark_strays, without_names_of_recorded, without_strays};
use super::metadata::places;
use super::reader::{NotAPlate, OpenError};
use super::{Fingerprint, Format, Plate, ScanIssue, SitePositions, WellId, nearest};
use crate::cancel::{Cancel, Cancelled};
use crate::disk;
use crate::file_threads::FileThreads;
use crate::image::ImageSource;
use crate::quantity::plural;
use crate::shown_text::one_line;

/// How deep under the given folder plates are looked for.
const SEARCH_DEPTH: usize = 4;
/// How many folders that search visits at most (those within a plate not counted), so that a home folder is never
/// read whole.
const SEARCH_FOLDERS: usize = 2_000;
/// Of this many plates the nicest paths are looked for.
const MOST_CHOICES: usize = 100;
/// How many of the files found a refusal names.
const FILES_NAMED: usize = 3;
/// How many folders around the given one are tried.
const CLIMB: usize = 12;

/// What a path turned out to be.
#[derive(Debug)]
pub enum Opened {
    /// One plate, which is now scanned.
    Plate(Box<Plate>),
    /// Several plates or measurements, in natural order of their names; nothing is merged.
    Choose(Vec<Candidate>),
}

/// One of several plates found under a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The path that opens exactly this plate.
    pub path: PathBuf,
    /// Name of the plate, with what tells it from the others.
    pub name: String,
    /// The file format of the plate.
    pub format: Format,
    /// Short description: number of images seen, date.
    pub about: String,
    /// Names of its first image files, up to three.
    pub files: Vec<String>,
    /// Its first image, for a preview; `None` where there is none.
    pub first_image: Option<ImageSource>,
}

/// The positions of those of some wells of which the plate has none, where its images say them.
pub(super) fn further_positions(
    readers: &FileThreads,
    plate: &Plate,
    wells: &BTreeSet<WellId>,
    cancel: &Cancel,
) -> Result<SitePositions, Cancelled> {
    match reader(plate.format).and_then(|reader| reader.recorded_in) {
        Some(recorded_in) => places::further_positions(readers, plate, wells, recorded_in, cancel),
        None => Ok(SitePositions::default()),
    }
}

/// Opens the plate that `path` is, holds, or is part of. Blocking; only lists folders and reads
/// index files.
///
/// # Errors
/// [`OpenError`] where the path cannot be read or no plate is found, or on cancel.
pub fn open(path: &Path, cancel: &Cancel) -> Result<Opened, OpenError> {
    open_watched(path, Opening::new(cancel))
}

/// The same, with somebody who watches, and with what is known of earlier openings.
///
/// # Errors
/// As [`open`].
pub fn open_watched(path: &Path, opening: Opening<'_>) -> Result<Opened, OpenError> {
    let io_error = |source| OpenError::Io { path: path.to_owned(), source };
    let given = disk::canonical(path).map_err(io_error)?;
    if given.to_str().is_none() {
        return Err(OpenError::NotUnicode(given));
    }
    fs::metadata(&given).map_err(io_error)?;
    let (folder, file) = folder_and_file(&given);
    if let Some(packed) = file.filter(|name| nearest::is_packed_zarr(name)) {
        // What lies beside it is not what was asked for.
        let nearest = nearest::looks_like([packed].into_iter(), None);
        let found = vec![packed.to_owned()];
        return Err(OpenError::NotAPlate(Box::new(NotAPlate::new(path, found, 1, nearest, None))));
    }
    // Asked here so that a folder that cannot be listed is an error and not an empty folder.
    fs::read_dir(&folder).map_err(|source| OpenError::Io { path: folder.clone(), source })?;

    let mut disk = Disk::new(opening, &given);
    let (found, is_whole) = locate(&mut disk, &folder, file)?;
    let (mut found, strays) = without_strays(found);
    let (is_only, is_few) = (found.len() == 1, found.len() <= MOST_CHOICES);
    // Of more than anybody chooses of, each opens by its first file.
    for one in found.iter_mut().filter(|_| is_few) {
        // What was given has led to it, where it has led to nothing else.
        one.opened_by = reopening_path(&mut disk, one, is_only.then_some(&given))?;
    }
    match found.as_slice() {
        [] => Err(OpenError::NotAPlate(Box::new(not_a_plate(&disk, path, &folder, is_whole)))),
        [one] if let Some(reader) = reader(one.format) => (reader.read)(&mut disk, one).map(|mut plate| {
            let images = [plate.images.as_slice(), &plate.projections];
            plate.fingerprint = Some(Fingerprint::of(images, plate.acquired.as_deref()));
            tell_strays(&mut plate, one, &strays);
            disk.keep(&given);
            Opened::Plate(Box::new(plate))
        }),
        _ => Ok(Opened::Choose(candidates(found))),
    }
}

/// The folder that a path is, or is in, and the name of the file that it is.
fn folder_and_file(path: &Path) -> (PathBuf, Option<&str>) {
    match path.parent() {
        Some(parent) if !path.is_dir() => {
            (parent.to_owned(), path.file_name().and_then(|name| name.to_str()))
        }
        _ => (path.to_owned(), None),
    }
}

/// The measurements that a path stands for, and whether all of the folder was searched.
fn locate(disk: &mut Disk<'_>, folder: &Path, file: Option<&str>) -> Result<(Vec<Found>, bool), Cancelled> {
    let mut found = above_parts(disk, folder)?;
    let mut is_whole = true;
    // A file that is named as only others name their images is none of theirs.
    let is_of =
        |format: Format, file: &str| reader(format).is_some_and(|one| (one.prefix_of)(file).is_some());
    if let Some(file) = file
        && !found.iter().any(|one| is_of(one.format, file))
        && readers().any(|one| (one.prefix_of)(file).is_some())
    {
        found.clear();
    }
    if found.is_empty() {
        (found, is_whole) = search(disk, folder)?;
    }
    if found.is_empty() {
        found = around(disk, folder)?;
    }
    let whole = file.map_or_else(|| folder.to_owned(), |file| folder.join(file));
    found = narrowed(found, |found| {
        reader(found.format).and_then(|reader| reader.holds).is_some_and(|holds| holds(found, &whole))
    });
    if let Some(file) = file {
        found = of_file(found, folder, file);
    }
    Ok((found, is_whole))
}

/// The nicest path that opens this measurement and no other: the plate folder, the folder of the
/// images, or a file. Folders can hold more than one measurement, so each is tried.
fn reopening_path(
    disk: &mut Disk<'_>,
    wanted: &Found,
    given: Option<&PathBuf>,
) -> Result<PathBuf, Cancelled> {
    for folder in [&wanted.root, &wanted.folder] {
        let (found, _) = without_strays(locate(disk, folder, None)?.0);
        if matches!(found.as_slice(), [one] if one.is_same(wanted)) {
            return Ok(folder.clone());
        }
    }
    let nicest = &wanted.opened_by;
    if let Some(given) = given {
        // Beside a file may lie the index of a plate that is not there.
        let (folder, file) = folder_and_file(nicest);
        let (found, _) = without_strays(locate(disk, &folder, file)?.0);
        if !matches!(found.as_slice(), [one] if one.is_same(wanted)) {
            return Ok(given.clone());
        }
    }
    Ok(nicest.clone())
}

/// Where the folder is named as a part of a measurement (a plane, a timepoint), the measurements
/// that it is part of.
fn above_parts(disk: &mut Disk<'_>, folder: &Path) -> Result<Vec<Found>, Cancelled> {
    for reader in readers() {
        let whole = folder.ancestors().take(CLIMB).find(|ancestor| {
            !ancestor.file_name().and_then(|name| name.to_str()).is_some_and(reader.is_part)
        });
        if let Some(whole) = whole.filter(|whole| *whole != folder) {
            let listed = disk.folder(whole)?;
            let mut found = recognise(disk, &listed)?;
            found.retain(|found| folder.starts_with(&found.folder));
            if !found.is_empty() {
                return Ok(found);
            }
        }
    }
    Ok(Vec::new())
}

/// The measurements at or under a folder, and whether all of it was searched. Plates that only a
/// well-like name speaks for count where no other is found.
fn search(disk: &mut Disk<'_>, top: &Path) -> Result<(Vec<Found>, bool), Cancelled> {
    disk.forget_links();
    let mut sure = Vec::new();
    let mut unsure = Vec::new();
    // A few images in a folder may be strays beside the folders of plates; what lies under such.
    let (mut few, mut under_few) = (Vec::new(), Vec::new());
    let (mut visited, mut is_whole) = (0, true);
    let mut queue = VecDeque::from([(top.to_owned(), 0, false, false)]);
    while let Some((path, depth, mut is_foreign, is_under_few)) = queue.pop_front() {
        if visited == SEARCH_FOLDERS {
            is_whole = false;
            break;
        }
        visited += 1;
        let folder = disk.folder(&path)?;
        let here = if is_foreign { Vec::new() } else { recognise(disk, &folder)? };
        let is_plate = here.iter().any(|found| found.is_sure);
        let may_be_strays = !is_under_few
            && here.iter().all(|found| !found.is_declared)
            && here.iter().map(|found| found.images).sum::<usize>() <= MOST_STRAYS;
        let (of_sure, of_unsure): (Vec<_>, Vec<_>) = here.iter().cloned().partition(|found| found.is_sure);
        unsure.extend(of_unsure);
        if is_under_few {
            under_few.extend(of_sure);
        } else if may_be_strays {
            few.push(of_sure);
        } else {
            sure.extend(of_sure);
        }
        // A refusal names three files; beyond these nothing in a folder of another format is wanted.
        is_foreign |= nearest::is_foreign(&folder);
        let is_at_end = (is_plate && !may_be_strays) || depth == SEARCH_DEPTH;
        if is_at_end || disk.is_closed(&path) || (is_foreign && disk.files_listed() >= FILES_NAMED) {
            continue;
        }
        let first_below = queue.len();
        for sub in &folder.folders {
            let is_part =
                |found: &Found| reader(found.format).is_some_and(|reader| (reader.is_part)(&sub.name));
            if here.iter().any(is_part) {
                continue;
            }
            let hidden = sub.name.starts_with(['.', '$', '@']) || sub.name == "__MACOSX";
            let path = path.join(&sub.name);
            if !hidden && (!sub.is_link || disk.enters_link(&path)) {
                queue.push_back((path, depth + 1, is_foreign, is_under_few || is_plate));
            }
        }
        // Those of another format may be none that is looked into.
        if !is_foreign {
            let below = queue.iter().skip(first_below).map(|(path, ..)| path.clone());
            let below: Vec<_> = below.take(SEARCH_FOLDERS.saturating_sub(visited + first_below)).collect();
            disk.list_ahead(below.into_iter())?;
        }
    }
    // Results may lie under a plate of a few images, too; a plate that explains far more files lies under strays.
    for mut here in few {
        let is_under = |found: &Found| here.iter().any(|one| found.folder.starts_with(&one.folder));
        let (mut all, rest): (Vec<_>, Vec<_>) = under_few.into_iter().partition(is_under);
        under_few = rest;
        let under = all.len();
        all.append(&mut here);
        mark_strays(&mut all);
        let are_strays = all[under..].iter().all(|found| found.is_stray);
        sure.extend(all.into_iter().skip(if are_strays { 0 } else { under }));
    }
    Ok((distinct(if sure.is_empty() { unsure } else { sure }), is_whole))
}

/// The nearest folder around this one that is itself a plate.
fn around(disk: &mut Disk<'_>, folder: &Path) -> Result<Vec<Found>, Cancelled> {
    for ancestor in folder.ancestors().skip(1).take(CLIMB) {
        let listed = disk.folder(ancestor)?;
        let mut found = recognise(disk, &listed)?;
        found.retain(|found| found.is_sure && folder.starts_with(&found.root));
        if !found.is_empty() {
            return Ok(distinct(found));
        }
    }
    Ok(Vec::new())
}

/// What all formats say of a folder; asked once for each folder.
pub(super) fn recognise(disk: &mut Disk<'_>, folder: &Folder) -> Result<Vec<Found>, Cancelled> {
    if let Some(found) = disk.recognised.get(&folder.path) {
        return Ok(found.clone());
    }
    let mut found = Vec::new();
    for reader in readers() {
        found.extend((reader.recognise)(disk, folder)?);
    }
    let is_explained = found.iter().any(|found| found.is_sure)
        || nearest::is_foreign(folder)
        || folder.has_file(nearest::is_foreign_image);
    if !is_explained {
        for inside in readers().filter_map(|reader| reader.recognise_inside) {
            found.extend(inside(disk, folder)?);
        }
    }
    without_names_of_recorded(&mut found);
    mark_strays(&mut found);
    name_apart(&mut found);
    disk.recognised.insert(folder.path.clone(), found.clone());
    Ok(found)
}

/// Plates that share their folder are named with what tells them apart.
fn name_apart(found: &mut [Found]) {
    let is_shared = |one: &Found, found: &[Found]| {
        let others = found.iter().filter(|other| other.folder == one.folder && !other.is_same(one));
        one.is_stray || others.filter(|other| !other.is_stray).count() > 0
    };
    for at in 0..found.len() {
        let is_shared = is_shared(&found[at], found);
        let one = &mut found[at];
        one.detail = one.detail.take().filter(|_| is_shared);
        if let Some(detail) = &one.detail {
            one.name = format!("{} {detail}", one.name);
        }
    }
}

/// Says which images lie among those of a plate and are none of it.
fn tell_strays(plate: &mut Plate, of: &Found, strays: &[Found]) {
    for stray in strays.iter().filter(|stray| of.folder.starts_with(&stray.folder)) {
        let path = one_line(&relative(&plate.root, &stray.opened_by)).into_owned();
        let named = if stray.format == of.format {
            plate.ignored += stray.images;
            "named differently from the images of the plate".to_owned()
        } else {
            format!("named as those of {}", stray.format.name())
        };
        let names = names_of(stray);
        let names = if names.len() > 1 { format!(" ({})", names.join(", ")) } else { String::new() };
        let why = format!(
            "{}{names} {named}; skipped, open this file to see what it is",
            plural(stray.images, "image")
        );
        plate.issues.retain(|issue| issue.path != path);
        plate.issues.push(ScanIssue { path, why });
    }
}

fn names_of(found: &Found) -> Vec<String> {
    let name = |file: &PathBuf| file.file_name().map(|name| one_line(&name.to_string_lossy()).into_owned());
    found.files.iter().filter_map(name).collect()
}

fn distinct(mut found: Vec<Found>) -> Vec<Found> {
    let mut seen = HashSet::new();
    found.retain(|found| seen.insert((found.format, found.folder.clone(), found.prefix.clone())));
    found
}

/// The measurements that a file belongs to; all of them where the file does not tell.
fn of_file(found: Vec<Found>, folder: &Path, file: &str) -> Vec<Found> {
    let prefix_of = |found: &Found| reader(found.format).and_then(|reader| (reader.prefix_of)(file));
    let found = narrowed(found, |found| folder.starts_with(&found.folder));
    let found = narrowed(found, |found| prefix_of(found).is_some());
    narrowed(found, |found| found.prefix.is_some() && found.prefix == prefix_of(found))
}

/// Those that fit, where any does.
fn narrowed(found: Vec<Found>, fits: impl Fn(&Found) -> bool) -> Vec<Found> {
    if found.iter().any(&fits) { found.into_iter().filter(fits).collect() } else { found }
}

fn candidates(mut found: Vec<Found>) -> Vec<Candidate> {
    found.sort_by(|a, b| compare_str(&a.name, &b.name).then_with(|| a.opened_by.cmp(&b.opened_by)));
    found
        .into_iter()
        .map(|found| {
            let files = names_of(&found);
            let (told, previewed) =
                found.preview.map_or((None, None), |preview| (Some(preview.about), preview.first_image));
            let images = match found.images {
                _ if let Some(told) = told => told,
                0 => "no images".to_owned(),
                1 => "1 image".to_owned(),
                n => format!("{n} images"),
            };
            Candidate {
                path: found.opened_by,
                name: found.name,
                format: found.format,
                about: found.date.map_or(images.clone(), |date| format!("{images}, {date}")),
                files,
                first_image: previewed.or_else(|| found.files.into_iter().next().map(ImageSource::file)),
            }
        })
        .collect()
}

fn not_a_plate(disk: &Disk<'_>, given: &Path, folder: &Path, is_whole: bool) -> NotAPlate {
    let listed: Vec<_> =
        disk.all_listed().into_iter().filter(|listed| listed.path.starts_with(folder)).collect();
    let names = || listed.iter().flat_map(|listed| listed.files.iter().map(AsRef::as_ref));
    // Hidden files tell the user little, so they are named last; equal names by their folders.
    let mut ordered: Vec<_> = listed
        .iter()
        .flat_map(|listed| listed.files.iter().map(move |name| (name.starts_with('.'), name, &listed.path)))
        .collect();
    ordered.sort_by_key(|(is_hidden, ..)| *is_hidden);
    let mut found: Vec<String> = Vec::new();
    for (_, name, in_folder) in ordered {
        if found.len() == FILES_NAMED {
            break;
        }
        let path = relative(folder, &in_folder.join(&**name));
        let is_named = found.iter().any(|known| **known == **name);
        found.push(if is_named { path } else { name.to_string() });
    }
    let nearest = nearest::looks_like(names(), disk.near(folder));
    let stopped = (!is_whole).then_some(SEARCH_FOLDERS);
    NotAPlate::new(given, found, names().count(), nearest, stopped)
}
