//! Which OME-TIFF plates a folder holds.
//!
//! A companion is known by its name, and read as far as to its plate and the first file that is there. Other documents,
//! and the descriptions of TIFFs, are read only in folders that no format explains by names; of TIFFs, as long as they
//! turn out to be of plates. Deliberately absent: making one plate of several documents.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;

use super::documents;
use super::files::{self, FileId, Files, beside};
use crate::cancel::Cancelled;
use crate::image::OmeDocument;
use crate::plate::Format;
use crate::plate::folder::{Disk, Folder, image_stem, is_image, is_picture, stem_of};
use crate::plate::found::{Found, MOST_FILES_SHOWN, Nearest};

/// How many TIFFs are opened that turn out to name no plate.
const MOST_IN_VAIN: usize = 3;
/// How many TIFFs are opened at all: a folder with so many plates is more of a choice than anybody makes.
const MOST_OPENED: usize = 100;

const NAMES_NO_PLATE: Nearest = Nearest {
    format: "OME-TIFF",
    but: "but it names no plate: its OME-XML has no Plate element, which says which well an image belongs to",
};
const LACKS_COMPANION: Nearest = Nearest {
    format: "OME-TIFF",
    but: "but the companion file (.companion.ome) that its images refer to is not there: put it beside them",
};

/// The plates of the companions in a folder.
pub(super) fn recognise(disk: &mut Disk<'_>, folder: &Folder) -> Result<Vec<Found>, Cancelled> {
    let companions: Vec<_> = folder.files.iter().filter(|name| documents::is_companion(name)).collect();
    of_documents(disk, folder, &companions.iter().map(|name| &***name).collect::<Vec<_>>())
}

/// The plates of other documents in a folder, else those that its TIFFs describe.
pub(super) fn recognise_inside(disk: &mut Disk<'_>, folder: &Folder) -> Result<Vec<Found>, Cancelled> {
    if !folder.has_file(is_image) && !folder.has_file(documents::is_document) {
        return Ok(Vec::new());
    }
    let others =
        folder.files.iter().filter(|name| documents::is_document(name) && !documents::is_companion(name));
    let others: Vec<&str> = others.map(|name| &**name).collect();
    let found = of_documents(disk, folder, &others)?;
    if found.is_empty() { of_tiffs(disk, folder) } else { Ok(found) }
}

/// The file whose OME-XML is that of a plate that was found.
pub(super) fn document_of(disk: &mut Disk<'_>, found: &Found) -> Result<PathBuf, Cancelled> {
    let folder = disk.folder(&found.folder)?;
    let name = folder.files.iter().find(|name| found.prefix.as_ref() == Some(&name.to_lowercase()));
    Ok(name.map_or_else(|| found.opened_by.clone(), |name| found.folder.join(&**name)))
}

fn of_documents(disk: &mut Disk<'_>, folder: &Folder, names: &[&str]) -> Result<Vec<Found>, Cancelled> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let (files, _) = files::list(disk, &folder.path)?;
    let mut all = Vec::new();
    for name in names {
        let (mut seen, mut is_there) = (0, false);
        let document = documents::read(&folder.path.join(name), disk.cancel(), |document| {
            while seen < document.file_count() && !is_there {
                let file = u32::try_from(seen).ok().map(|seen| document.file(seen).name);
                is_there = file.is_some_and(|name| files.find(&beside(name), ".").is_some());
                seen += 1;
            }
            is_there && !document.plates.is_empty()
        })?;
        if document.plates.is_empty() {
            if document.is_ome {
                disk.note_near(&folder.path, NAMES_NO_PLATE);
            }
            continue;
        }
        let images: Vec<_> = files.ids().collect();
        all.push(found(folder, &document, &files, name, &images, is_there));
    }
    Ok(all)
}

fn of_tiffs(disk: &mut Disk<'_>, folder: &Folder) -> Result<Vec<Found>, Cancelled> {
    let is_tiff = |name: &str| is_image(name) && !is_picture(name) && !name.starts_with('.');
    let mut names: Vec<&str> = folder.files.iter().map(|name| &**name).filter(|name| is_tiff(name)).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    names.sort_by_key(|name| !is_named_ome(name));
    // What lies below is listed for a plate alone.
    let mut listed: Option<Files> = None;
    let (mut taken, mut sets) = (HashSet::new(), HashSet::new());
    let (mut all, mut opened, mut in_vain) = (Vec::new(), 0, 0);
    for name in names {
        let own = listed.as_ref().and_then(|files| files.find(name, "."));
        if own.is_some_and(|own| taken.contains(&own)) {
            continue;
        }
        if opened == MOST_OPENED || in_vain == MOST_IN_VAIN {
            break;
        }
        opened += 1;
        let path = folder.path.join(name);
        let document = documents::read(&path, disk.cancel(), |document| document.metadata_file.is_some())?;
        if document.plates.is_empty() {
            in_vain += 1;
            if let Some(companion) = &document.metadata_file {
                let companion = beside(companion);
                let is_there = folder.has_file(|name| name.eq_ignore_ascii_case(&companion));
                disk.note_near(&folder.path, if is_there { NAMES_NO_PLATE } else { LACKS_COMPANION });
            } else if document.is_ome {
                disk.note_near(&folder.path, NAMES_NO_PLATE);
            }
            continue;
        }
        // A document of a set lies in each of its files, whatever their names are by now.
        if document.uuid.is_some_and(|uuid| sets.contains(&uuid)) {
            continue;
        }
        sets.extend(document.files().filter_map(|file| file.uuid));
        let files = match &mut listed {
            Some(files) => files,
            none => none.insert(files::list(disk, &folder.path)?.0),
        };
        let of_document = files::exactly_of_document(files, &document, name);
        let images: BTreeSet<FileId> = of_document.all().filter(|file| !taken.contains(file)).collect();
        let images: Vec<FileId> = images.into_iter().collect();
        all.push(found(folder, &document, files, name, &images, !images.is_empty()));
        taken.extend(images);
        taken.extend(files.find(name, "."));
    }
    Ok(all)
}

/// Whether a TIFF is named as one with OME-XML.
fn is_named_ome(name: &str) -> bool {
    image_stem(name).is_some_and(|stem| stem_of(stem, "ome").is_some())
}

/// A plate by the file that has its OME-XML.
fn found(
    folder: &Folder,
    document: &OmeDocument,
    files: &Files,
    name: &str,
    images: &[FileId],
    is_sure: bool,
) -> Found {
    let fields = document.plates.iter().flat_map(|plate| &plate.samples);
    let plate = folder.path.file_name().map_or("plate".into(), |name| name.to_string_lossy().into_owned());
    Found {
        format: Format::OmeTiff,
        folder: folder.path.clone(),
        root: folder.path.clone(),
        prefix: Some(name.to_lowercase()),
        detail: Some(name.to_owned()),
        opened_by: folder.path.join(name),
        name: plate,
        date: None,
        images: fields.filter(|sample| sample.image.is_some()).count(),
        files: images.iter().take(MOST_FILES_SHOWN).map(|file| files.absolute(*file)).collect(),
        preview: None,
        is_sure,
        is_declared: true,
        is_record: true,
        is_stray: false,
    }
}
