//! Where the index and the images of a measurement lie.
//!
//! Harmony puts both into `Images`. People put them elsewhere: the index one or more folders above the images, or in a
//! folder of its own beside them, under any name. The index is what makes a measurement: a folder of images without one
//! belongs to the nearest index above it, or in a folder beside it, that names them. Deliberately absent: indexes at
//! the other end of a disk.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::super::files::{Files, comparable, name_of, readings};
use super::index;
use super::name::HarmonyName;
use crate::cancel::Cancelled;
use crate::plate::Format;
use crate::plate::draft::Draft;
use crate::plate::folder::{DEPTH, Disk, Folder, MORE_FOLDERS, MOST_FOLDERS, is_image, relative};
use crate::plate::found::{Found, MOST_FILES_SHOWN};

/// The names of an index, the one that Harmony itself reads first.
const INDEX_NAMES: [&str; 4] = ["index.idx.xml", "index.xml", "imageindex.columbusidx.xml", "index.ref.xml"];
/// In a folder with more folders than this, those beside the images are other plates.
const MOST_BESIDE: usize = 16;

pub(super) fn is_index_name(name: &str) -> bool {
    INDEX_NAMES.iter().any(|index| name.eq_ignore_ascii_case(index))
}

/// The index file of a folder.
pub(super) fn index_in(folder: &Folder) -> Option<PathBuf> {
    INDEX_NAMES.iter().find_map(|wanted| {
        let name = folder.files.iter().find(|name| name.eq_ignore_ascii_case(wanted))?;
        let path = folder.path.join(&**name);
        // The full names are Harmony's alone; a bare Index.xml could be anybody's.
        (wanted.starts_with("index.idx") || wanted.starts_with("imageindex") || index::is_index(&path))
            .then_some(path)
    })
}

fn images_in(folder: &Folder) -> usize {
    folder.files.iter().filter(|name| HarmonyName::parse(name).is_some()).count()
}

fn is_evaluation(name: &str) -> bool {
    name.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("evaluation"))
}

fn is_images(name: &str) -> bool {
    name.eq_ignore_ascii_case("images")
}

/// Whether a folder of this name is likely one for the index.
fn is_for_index(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("index") || name.starts_with("meta")
}

/// Whether a folder is that of a whole measurement by its name or by what lies in it.
fn is_measurement(folder: &Folder) -> bool {
    let marks = ["assaylayout", "ffc_profile"];
    folder.name().to_ascii_lowercase().contains("-measurement")
        || folder.has_folder(|name| marks.iter().any(|mark| name.eq_ignore_ascii_case(mark)))
        || folder.has_file(|name| name.eq_ignore_ascii_case("indexfile.txt"))
}

/// Whether a folder holds the results of an evaluation beside a measurement's images. A folder of
/// such a name that stands for itself may be anything.
fn is_in_evaluation(disk: &mut Disk<'_>, folder: &Path) -> Result<bool, Cancelled> {
    for ancestor in folder.ancestors().take(2) {
        let name = ancestor.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(around) = ancestor.parent().filter(|_| is_evaluation(name)) {
            let around = disk.folder(around)?;
            let has_images = images_in(&around) > 0 || index_in(&around).is_some();
            if has_images || around.has_folder(is_images) || is_measurement(&around) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The measurement whose images or index are in this folder, or whose image folder lies in it.
pub(super) fn recognise(disk: &mut Disk<'_>, folder: &Folder) -> Result<Vec<Found>, Cancelled> {
    if is_in_evaluation(disk, &folder.path)? {
        return Ok(Vec::new());
    }
    if let Some(found) = measurement_of(disk, folder)? {
        return Ok(vec![found]);
    }
    let may_be_renamed = is_measurement(folder);
    let mut all: Vec<Found> = Vec::new();
    for sub in &folder.folders {
        let is_likely = is_images(&sub.name) || is_for_index(&sub.name);
        if is_likely || (may_be_renamed && !is_evaluation(&sub.name)) {
            let listed = disk.folder(&folder.path.join(&sub.name))?;
            let found = measurement_of(disk, &listed)?.filter(|found| found.root == folder.path);
            all.extend(found.filter(|found| all.iter().all(|other| other.folder != found.folder)));
        }
    }
    if all.len() > 1 {
        for one in &mut all {
            one.name = format!("{} {}", one.name, relative(&one.root, &one.folder));
        }
    }
    Ok(all)
}

/// The measurement whose index or images lie in this very folder.
fn measurement_of(disk: &mut Disk<'_>, folder: &Folder) -> Result<Option<Found>, Cancelled> {
    if index_in(folder).is_some() {
        return of_index(disk, folder).map(Some);
    }
    if images_in(folder) == 0 {
        return Ok(None);
    }
    if let Some(index_folder) = index_folder_of(disk, folder)? {
        return of_index(disk, &index_folder).map(Some);
    }
    let (root, listed) = (root_of(disk, folder)?, disk.folder(&folder.path)?);
    Ok(Some(found(folder, root, &[listed])))
}

/// The measurement of the index in a folder.
fn of_index(disk: &mut Disk<'_>, folder: &Folder) -> Result<Found, Cancelled> {
    let root = root_of(disk, folder)?;
    let below = folders_below(disk, folder)?.0;
    if images_among(&below) > 0 {
        return Ok(found(folder, root, &below));
    }
    if root != folder.path {
        let beside = folders_beside(disk, folder, &root)?.0;
        return Ok(found(folder, root, &beside));
    }
    let Some(parent) = folder.path.parent() else { return Ok(found(folder, root, &[])) };
    let (mut beside, _) = folders_beside(disk, folder, parent)?;
    beside.retain(|folder| folder.has_file(is_image));
    match index_in(folder) {
        Some(index) if is_of(&index, &names_of(&beside), disk)? => {
            Ok(found(folder, parent.to_owned(), &beside))
        }
        _ => Ok(found(folder, root, &[])),
    }
}

/// The folder whose index names the images of a folder that has none of its own.
fn index_folder_of(disk: &mut Disk<'_>, images: &Folder) -> Result<Option<Rc<Folder>>, Cancelled> {
    let names = names_of([images]);
    for (above, ancestor) in images.path.ancestors().take(DEPTH + 1).enumerate() {
        let listed = disk.folder(ancestor)?;
        if let Some(index) = index_in(&listed) {
            let is_ours = (above == 1 && is_images(images.name())) || is_of(&index, &names, disk)?;
            return Ok(is_ours.then_some(listed));
        }
        for sub in &listed.folders {
            let may_be_any = above <= 1 && !sub.name.starts_with('.') && listed.folders.len() <= MOST_BESIDE;
            let path = ancestor.join(&sub.name);
            let is_passed_over = sub.is_link || is_evaluation(&sub.name) || images.path.starts_with(&path);
            if is_passed_over || !(may_be_any || is_for_index(&sub.name)) {
                continue;
            }
            let beside = disk.folder(&path)?;
            if let Some(index) = index_in(&beside)
                && images_among(&folders_below(disk, &beside)?.0) == 0
                && is_of(&index, &names, disk)?
            {
                return Ok(Some(beside));
            }
        }
    }
    Ok(None)
}

/// The plate folder of a measurement by the folder that its index or images are in.
fn root_of(disk: &mut Disk<'_>, folder: &Folder) -> Result<PathBuf, Cancelled> {
    if let Some(parent) = folder.path.parent()
        && (is_images(folder.name()) || is_measurement(&*disk.folder(parent)?))
    {
        return Ok(parent.to_owned());
    }
    Ok(folder.path.clone())
}

/// The files of a measurement. The folders beside that of the index are looked through where it has no images.
pub(super) fn files(disk: &mut Disk<'_>, draft: &mut Draft, found: &Found) -> Result<Files, Cancelled> {
    let mut files = Files::new(&draft.plate.root);
    let top = disk.folder(&found.folder)?;
    let (below, mut is_whole) = folders_below(disk, &top)?;
    for folder in &below {
        files.add(folder, true);
    }
    if found.root != found.folder && files.ids().next().is_none() {
        let (beside, is_all) = folders_beside(disk, &top, &found.root)?;
        for folder in &beside {
            files.add(folder, false);
        }
        is_whole &= is_all;
    }
    files.tell_trouble(draft);
    if !is_whole {
        draft.issue(".", MORE_FOLDERS);
    }
    files.sort();
    Ok(files)
}

/// A folder and the folders below it that belong to its measurement, and whether these are all of them.
pub(super) fn folders_below(
    disk: &mut Disk<'_>,
    folder: &Folder,
) -> Result<(Vec<Rc<Folder>>, bool), Cancelled> {
    let top = disk.folder(&folder.path)?;
    walk(disk, top, &folder.path)
}

/// The folders of a measurement at `root`, but for the folder of its index and those below that, and whether these
/// are all of them.
pub(super) fn folders_beside(
    disk: &mut Disk<'_>,
    folder: &Folder,
    root: &Path,
) -> Result<(Vec<Rc<Folder>>, bool), Cancelled> {
    let top = disk.folder(root)?;
    if top.folders.len() > MOST_BESIDE && index_in(&top).is_none() && !is_measurement(&top) {
        return Ok((vec![top], true));
    }
    walk(disk, top, &folder.path)
}

/// Folders that have an index of their own are other measurements, and so is `passed_over`, unless it is the first.
fn walk(
    disk: &mut Disk<'_>,
    top: Rc<Folder>,
    passed_over: &Path,
) -> Result<(Vec<Rc<Folder>>, bool), Cancelled> {
    let may_belong = |path: &Path, name: &str| !is_evaluation(name) && path != passed_over;
    disk.folders_below(top, MOST_FOLDERS, may_belong, |folder| index_in(folder).is_none())
}

/// The number of image files: those with the names of Harmony, else all TIFF files, which an index may give any name.
fn images_among(folders: &[Rc<Folder>]) -> usize {
    let named = folders.iter().map(|folder| images_in(folder)).sum();
    if named > 0 {
        return named;
    }
    folders.iter().flat_map(|folder| folder.files.iter()).filter(|name| is_image(name)).count()
}

fn names_of<'a, F: Borrow<Folder> + 'a>(folders: impl IntoIterator<Item = &'a F>) -> HashSet<String> {
    let tiffs = |folder: &'a F| folder.borrow().files.iter().filter(|name| is_image(name));
    folders.into_iter().flat_map(tiffs).map(|name| comparable(name)).collect()
}

/// Whether an index names any of these files.
fn is_of(index: &Path, names: &HashSet<String>, disk: &Disk<'_>) -> Result<bool, Cancelled> {
    let is_named = |url: &str| readings(url).iter().any(|path| names.contains(&comparable(name_of(path))));
    index::names_any(index, is_named, disk.cancel())
}

fn found(folder: &Folder, root: PathBuf, among: &[Rc<Folder>]) -> Found {
    let name = root.file_name().map_or("plate".into(), |name| name.to_string_lossy().into_owned());
    // As in `BR00121482__2021-03-29T16_51_44-Measurement 1`.
    let date = name.rsplit_once("__").and_then(|(_, rest)| rest.get(..10)).map(str::to_owned);
    let paths = |folder: &Rc<Folder>| -> Vec<PathBuf> {
        let named = folder.files.iter().filter(|name| HarmonyName::parse(name).is_some());
        named.take(MOST_FILES_SHOWN).map(|name| folder.path.join(&**name)).collect()
    };
    let files: Vec<_> = among.iter().flat_map(paths).take(MOST_FILES_SHOWN).collect();
    let index = index_in(folder);
    Found {
        format: Format::Harmony,
        is_declared: index.is_some(),
        is_record: index.is_some(),
        opened_by: index.or_else(|| files.first().cloned()).unwrap_or_else(|| folder.path.clone()),
        folder: folder.path.clone(),
        root,
        prefix: None,
        detail: None,
        name,
        date,
        images: images_among(among),
        files,
        preview: None,
        is_sure: true,
        is_stray: false,
    }
}
