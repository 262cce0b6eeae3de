//! GE / Cytiva IN Cell Analyzer: `A - 01(fld 1 wv UV - DAPI).tif` or `A_01_f2_c1_xUV_mDAPI_z3_t2.tif` beside a record (`.xdce`).
//!
//! A record that names its images counts: what it names, and nothing else, was recorded; its protocol lists fields and
//! planes that were not. Fields, planes and times have the numbers of the names, from 1; so have channels, which in the older names
//! are called by their filters alone and are numbered in the order of the record. Deliberately absent: the `.im` and `.frm`
//! files of the older instruments.

mod xdce;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use super::files::{FileId, Files};
use super::named::{self, Named, patterns, spelling};
use crate::cancel::Cancelled;
use crate::plate::acquired::Said;
use crate::plate::draft::Draft;
use crate::plate::folder::{self, Disk, Folder, MORE_FOLDERS, relative, stem_of};
use crate::plate::found::{Found, MOST_FILES_SHOWN};
use crate::plate::metadata::pages;
use crate::plate::missing::Expectation;
use crate::plate::reader::{OpenError, Reader};
use crate::plate::{
    Acquired, Acquisitions, Format, ImageKey, NamePattern, Plate, ScanIssue, SitePosition, WellId,
};
use crate::quantity::plural;
use xdce::Record;

pub(super) const READER: Reader = Reader { recognise, read, ..named::reader::<InCell>() };

static PATTERNS: LazyLock<Vec<NamePattern>> = LazyLock::new(|| {
    patterns(&[
        r"(?:^|/)(?P<row>[A-Z]{1,2}) - (?P<column>\d{1,2})\(fld (?P<site>\d+)(?: wv (?P<channel>[^/]+?))?(?: z (?P<z>\d+))?(?: time (?P<timepoint>\d+) - [^/]*?)?\)\.[^./]+$",
        r"(?:^|/)(?P<row>[A-Z]{1,2})_(?P<column>\d{1,2})_f(?P<site>\d+)_c(?P<channel>\d+)(?:_(?P<channelname>x[^/]+?_m[^/]+?))?(?:_z(?P<z>\d+))?(?:_t(?P<timepoint>\d+))?\.[^./]+$",
    ])
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
        for name in draft.plate.channel_names.values_mut() {
            if let Some((excitation, emission)) =
                name.strip_prefix('x').and_then(|name| name.split_once("_m"))
            {
                *name = format!("{excitation} - {emission}");
            }
        }
        Ok(())
    }
}

/// The record of a folder.
fn record_in(folder: &Folder) -> Option<PathBuf> {
    folder.files.iter().find(|name| stem_of(name, "xdce").is_some()).map(|name| folder.path.join(&**name))
}

fn recognise(disk: &mut Disk<'_>, folder: &Folder) -> Result<Vec<Found>, Cancelled> {
    let Some(record) = record_in(folder) else { return named::recognise::<InCell>(disk, folder) };
    let (folders, _) = folders(disk, &folder.path)?;
    let images = || {
        folders.iter().flat_map(|folder| {
            folder.files.iter().filter(|name| folder::is_image(name)).map(|name| folder.path.join(&**name))
        })
    };
    let count = images().count();
    Ok(vec![Found {
        format: Format::InCell,
        folder: folder.path.clone(),
        root: folder.path.clone(),
        prefix: None,
        detail: None,
        opened_by: record,
        name: if folder.name().is_empty() { "plate" } else { folder.name() }.to_owned(),
        date: None,
        images: count,
        files: images().take(MOST_FILES_SHOWN).collect(),
        preview: None,
        is_sure: count > 0,
        is_declared: true,
        is_record: true,
        is_stray: false,
    }])
}

/// The folder of a record and those below it without one.
fn folders(disk: &mut Disk<'_>, path: &Path) -> Result<(Vec<Rc<Folder>>, bool), Cancelled> {
    let top = disk.folder(path)?;
    let is_hidden = |name: &str| name.starts_with('.') || name.to_lowercase().ends_with("_thumbs");
    disk.folders_below(top, |_, name| !is_hidden(name), |folder| record_in(folder).is_none())
}

fn read(disk: &mut Disk<'_>, found: &Found) -> Result<Plate, OpenError> {
    let top = disk.folder(&found.folder)?;
    let Some(path) = record_in(&top) else { return named::read::<InCell>(disk, found) };
    let record = xdce::read(&path, disk.cancel())?;
    if record.images.is_empty() {
        let mut plate = named::read::<InCell>(disk, found)?;
        let why = "the record names no image, so the plate was read from its file names";
        plate.issues.push(ScanIssue { path: relative(&found.root, &path), why: why.into() });
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
                "the record cannot be read to its end ({why}): {} read, and what else should be there from file names",
                plural(record.images.len(), "image")
            ),
        ),
        None => draft.expectation = Expectation::Record,
    }
    let used = add_images(&mut draft, &record, &files, &shown);
    let others: Vec<String> = files
        .ids()
        .filter(|file| !used.contains(file) && spelling::is_in_cell(files.name(*file)))
        .map(|file| files.path(file))
        .collect();
    draft.plate.ignored = files.ids().count().saturating_sub(used.len());
    draft.list(&others, "passed over: the record does not name this image");
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
        let why = format!("{} of a row and column that no plate has; passed over", plural(nowhere, "record"));
        draft.issue(shown, why);
    }
    found.into_iter().flatten().collect()
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
