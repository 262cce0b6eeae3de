//! GE / Cytiva IN Cell Analyzer: `A - 01(fld 1 wv UV - DAPI).tif` or `A_01_f2_c1_xUV_mDAPI_z3_t2.tif` beside a record (`.xdce`).
//!
//! A record that names its images counts: what it names, and nothing else, was recorded; its protocol lists fields and
//! planes that were not. Fields, planes and times have the numbers of the names, from 1; so have channels, which in the older names
//! are called by their filters alone and are numbered in the order of the record. Deliberately absent: the `.im` and `.frm`
//! files of the older instruments.

mod xdce;

use std::collections::HashSet;
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use super::files::{FileId, Files, name_of};
use super::named::{self, Named, patterns, spelling};
use super::pattern::{ImageNames, LackingIs, Reading};
use crate::cancel::{Cancel, Cancelled};
use crate::image::FileName;
use crate::plate::acquired::Said;
use crate::plate::draft::Draft;
use crate::plate::folder::{self, Disk, Folder, MORE_FOLDERS, MOST_FOLDERS, relative, stem_of};
use crate::plate::found::{Found, MOST_FILES_SHOWN};
use crate::plate::metadata::pages;
use crate::plate::missing::Expectation;
use crate::plate::reader::{OpenError, Reader};
use crate::plate::{
    Acquired, Acquisitions, Component, Format, ImageKey, NamePattern, Plate, ScanIssue, SitePosition, WellId,
};
use crate::quantity::plural;
use xdce::Record;

pub(super) const READER: Reader = Reader {
    recognise,
    read,
    // A record stands for its plate alone.
    prefix_of: |name| {
        let is_record = stem_of(name, "xdce").is_some();
        (is_record || spelling::is_in_cell(name))
            .then(|| if is_record { name.to_lowercase() } else { String::new() })
    },
    ..named::reader::<InCell>()
};

static PATTERNS: LazyLock<Vec<NamePattern>> = LazyLock::new(|| {
    let time = r"(?: time (?P<timepoint>\d{1,6}) - [^/]*?)?";
    let older = format!(
        r"(?:^|/)(?P<row>[A-Z]{{1,2}}) - (?P<column>\d{{1,2}})\(fld (?P<site>\d{{1,5}})(?: wv (?P<channel>[^/]+?))?(?: z (?P<z>\d{{1,5}}))?{time}\)\.[^./]+$"
    );
    let newer = r"(?:^|/)(?P<row>[A-Z]{1,2})_(?P<column>\d{1,2})_f(?P<site>\d{1,5})_c(?P<channel>\d{1,3})(?:_(?P<channelname>x[^/]+?_m[^/]+?))?(?:_z(?P<z>\d{1,5}))?(?:_t(?P<timepoint>\d{1,6}))?\.[^./]+$";
    patterns(&[&older, newer])
});

struct InCell;

impl Named for InCell {
    const FORMAT: Format = Format::InCell;

    fn is_image(name: &str) -> bool {
        spelling::is_in_cell(name)
    }

    fn patterns() -> &'static [NamePattern] {
        &PATTERNS
    }

    fn describe(_: &Disk<'_>, _: &named::NamedFiles, draft: &mut Draft) -> Result<(), Cancelled> {
        draft.plate.microscope = Some("IN Cell Analyzer".to_owned());
        for name in draft.plate.channel_names.values_mut() {
            *name = in_words(name);
        }
        Ok(())
    }
}

/// The records of a folder.
fn records_in(folder: &Folder) -> impl Iterator<Item = &FileName> {
    folder.files.iter().filter(|name| stem_of(name, "xdce").is_some() && !name.starts_with('.'))
}

fn recognise(disk: &mut Disk<'_>, folder: &Folder) -> Result<Vec<Found>, Cancelled> {
    let records: Vec<FileName> = records_in(folder).cloned().collect();
    if records.is_empty() {
        return named::recognise::<InCell>(disk, folder);
    }
    let (folders, _) = folders(disk, &folder.path)?;
    let images = || {
        folders.iter().flat_map(|folder| {
            folder
                .files
                .iter()
                .filter(|name| folder::is_image(name))
                .map(|name| (folder.path.join(&**name), name))
        })
    };
    let is_alone = records.len() == 1;
    let mut all = Vec::new();
    for record in records {
        let path = folder.path.join(&*record);
        // A record that was left behind stands for no images of others.
        let mut count = images().filter(|(_, name)| spelling::is_in_cell(name)).count();
        if count == 0 || !is_alone {
            let names: HashSet<&str> = images().map(|(_, name)| &**name).collect();
            let named = xdce::read(&path, disk.cancel())?.images;
            count = named.iter().filter(|image| names.contains(name_of(&image.file))).count();
        }
        if count == 0 && images().next().is_some() {
            continue;
        }
        all.push(Found {
            format: Format::InCell,
            folder: folder.path.clone(),
            root: folder.path.clone(),
            prefix: (!is_alone).then(|| record.to_lowercase()),
            detail: (!is_alone).then(|| record.to_string()),
            opened_by: path,
            name: if folder.name().is_empty() { "plate" } else { folder.name() }.to_owned(),
            date: None,
            images: count,
            files: images().take(MOST_FILES_SHOWN).map(|(path, _)| path).collect(),
            preview: None,
            is_sure: count > 0,
            is_declared: true,
            is_record: true,
            is_stray: false,
        });
    }
    match all.is_empty() {
        true => named::recognise::<InCell>(disk, folder),
        false => Ok(all),
    }
}

/// The folder of a record and those below it without one.
fn folders(disk: &mut Disk<'_>, path: &Path) -> Result<(Vec<Rc<Folder>>, bool), Cancelled> {
    let top = disk.folder(path)?;
    let is_hidden = |name: &str| name.starts_with('.') || name.to_lowercase().ends_with("_thumbs");
    let has_none = |folder: &Folder| records_in(folder).next().is_none();
    disk.folders_below(top, MOST_FOLDERS, |_, name| !is_hidden(name), has_none)
}

fn read(disk: &mut Disk<'_>, found: &Found) -> Result<Plate, OpenError> {
    let top = disk.folder(&found.folder)?;
    // What only names speak for is not declared.
    let its = |name: &&FileName| found.prefix.as_ref().is_none_or(|prefix| *prefix == name.to_lowercase());
    let Some(name) = records_in(&top).find(its).filter(|_| found.is_declared) else {
        return named::read::<InCell>(disk, found);
    };
    let path = found.folder.join(&**name);
    let record = xdce::read(&path, disk.cancel())?;
    if record.images.is_empty() {
        let mut plate = named::read::<InCell>(disk, found)?;
        let why = record
            .broken
            .map_or_else(|| "it names no image".to_owned(), |why| format!("it cannot be read: {why}"));
        let why = format!("the plate was read from its file names, not from this record: {why}");
        plate.issues.push(ScanIssue { path: relative(&found.root, &path), why });
        return Ok(plate);
    }
    let mut draft = Draft::new(found);
    let (folders, is_whole) = folders(disk, &found.folder)?;
    let mut files = Files::new(&found.root);
    for folder in &folders {
        files.add(folder, true);
    }
    files.tell_trouble(&mut draft);
    files.sort();
    if !is_whole {
        draft.issue(".", MORE_FOLDERS);
    }
    let shown = relative(&found.root, &path);
    match &record.broken {
        Some(why) => draft.issue(
            shown.clone(),
            format!(
                "the record can only be read in part ({why}): {} read from it, and what is missing from file names",
                plural(record.images.len(), "image")
            ),
        ),
        None => draft.expectation = Expectation::Record,
    }
    let used = add_images(&mut draft, &record, &files, &shown);
    let is_other = |file: &FileId| !used.contains(file) && spelling::is_in_cell(files.name(*file));
    let others: Vec<FileId> = files.ids().filter(is_other).collect();
    let paths: Vec<String> = others.iter().map(|file| files.path(*file)).collect();
    let mut read = used.len();
    if record.broken.is_some() {
        read += add_by_names(&mut draft, &record, &files, &others, disk.cancel())?;
        draft.list(
            &paths,
            "the record is cut off and does not name this image, so it was read by its file name",
        );
    } else if found.prefix.is_none() {
        draft.list(&paths, "skipped: the record does not name this image");
    }
    draft.plate.ignored = files.ids().count().saturating_sub(read);
    pages::tell_unnamed(&mut draft, disk.cancel())?;
    if draft.plate.images.is_empty() {
        return Err(draft.no_images(path));
    }
    describe(&mut draft, &record);
    Ok(draft.finish(record.shape))
}

/// Adds the images of a record, and gives the files that they use.
fn add_images(draft: &mut Draft, record: &Record, files: &Files, shown: &str) -> HashSet<FileId> {
    let not_there: Arc<str> = "the record names a file that is not there".into();
    let mut acquired = Vec::new();
    let found = files.find_all(|| record.images.iter().map(|image| image.file.as_str()), ".");
    let mut nowhere = 0_usize;
    for (image, file) in record.images.iter().zip(&found) {
        let at = image.row.zip(image.column);
        let well = at.and_then(|(row, column)| WellId::at(row.checked_sub(1)?, column.checked_sub(1)?));
        let Some(well) = well else {
            nowhere += 1;
            continue;
        };
        // The names count from 1, the record from 0.
        let [site, channel, z, timepoint] = image.indexes.map(|index| index.saturating_add(1));
        let key = ImageKey::new(well, site, channel, z, timepoint);
        if let Some((x_um, y_um)) = image.offset_um {
            // The record's y grows upward, the screen's downward. (Adding 0 keeps -0 out.)
            draft.plate.site_positions.add(key, SitePosition { x_um, y_um: 0.0 - y_um });
        }
        let said = record.channels.get(&image.indexes[1]).map_or_else(Said::default, |channel| channel.said);
        acquired.push((key, Acquired::from(Said { z_um: image.focus_um, ..said })));
        match file {
            Ok(file) => {
                let image = draft.image(key, files.folder(*file), files.name(*file), 0);
                draft.plate.images.push(image);
            }
            Err(_) => draft.absent.add(key, &not_there, &image.file),
        }
    }
    draft.plate.acquisitions = Acquisitions::of(acquired);
    if nowhere > 0 {
        let why = format!("{} of a row and column that no plate has; skipped", plural(nowhere, "record"));
        draft.issue(shown, why);
    }
    found.into_iter().flatten().collect()
}

/// Adds images that a record does not reach, by their names, and gives their number. Channels of the record keep their numbers.
fn add_by_names(
    draft: &mut Draft,
    record: &Record,
    files: &Files,
    others: &[FileId],
    cancel: &Cancel,
) -> Result<usize, Cancelled> {
    let names: Vec<&str> = others.iter().map(|file| &**files.name(*file)).collect();
    let names = ImageNames::of_names(&names);
    let reading = Reading::of_format(&names, &PATTERNS, None, LackingIs::TheFirst, cancel)?;
    let number_of = |name: &str| {
        let known = record.channels.iter().find(|(_, channel)| channel.name.as_deref() == Some(name));
        known.map(|(index, _)| index.saturating_add(1))
    };
    let mut added = 0;
    for (file, key) in others.iter().zip(&reading.keys) {
        let Some(key) = key else { continue };
        let name = key.channel.and_then(|channel| reading.channel_names.get(&channel));
        let channel = name.map(|name| in_words(name)).and_then(|name| number_of(&name)).or(key.channel);
        let image =
            draft.image(key.with(Component::Channel, channel), files.folder(*file), files.name(*file), 0);
        draft.plate.images.push(image);
        added += 1;
    }
    Ok(added)
}

/// `UV - DAPI` of what the newer names have as `xUV_mDAPI`.
fn in_words(name: &str) -> String {
    match name.strip_prefix('x').and_then(|name| name.split_once("_m")) {
        Some((excitation, emission)) => format!("{excitation} - {emission}"),
        None => name.to_owned(),
    }
}

fn describe(draft: &mut Draft, record: &Record) {
    let plate = &mut draft.plate;
    if let Some(name) = &record.plate_name {
        plate.name.clone_from(name);
    }
    plate.microscope = Some("IN Cell Analyzer".to_owned());
    plate.objective.clone_from(&record.objective);
    plate.acquired.clone_from(&record.acquired);
    for (index, channel) in &record.channels {
        if let Some(name) = &channel.name {
            plate.channel_names.insert(index.saturating_add(1), name.clone());
        }
    }
    if let Some(size) = record.pixel_size {
        draft.pixel_size_of_all(size);
    }
}
