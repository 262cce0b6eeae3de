//! PerkinElmer / Revvity Harmony: Operetta, Operetta CLS and Opera Phenix.
//!
//! The index says which image is where, and what should be there; where it is silent, broken or absent the file
//! names do. Component values are those of the file names, which count from 1: the index numbers timepoints
//! from 0 or from 1 by its generation, so a timepoint is the `sk` number of the file that the index
//! names, and where it names none, what that number is for other images of the same `TimepointID`, or
//! else as far from the `TimepointID` as other numbers are. Where names do not tell timepoints apart, it
//! is the rank of the `TimepointID`. Field, plane and channel are the index's own
//! numbers. What Harmony was told of wells is told, too. Deliberately absent: flat-field correction, and evaluation results beside the images.

mod assay_layout;
mod fields;
mod index;
mod layout;
mod name;
mod time;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::files::{self, FileId, Files, NoFile};
use crate::plate::draft::Draft;
use crate::plate::folder::{Disk, joined, relative};
use crate::plate::found::Found;
use crate::plate::metadata::pages;
use crate::plate::missing::Expectation;
use crate::plate::reader::{OpenError, Reader};
use crate::plate::{Acquisitions, ImageKey, Plate, PlateImage, PlateShape, ScanIssue, SitePosition, WellId};
use crate::quantity::plural;
use fields::Record;
use index::Index;
use name::HarmonyName;

pub(super) const READER: Reader = Reader {
    is_part: |_| false,
    recognise: layout::recognise,
    recognise_inside: None,
    prefix_of: |name| {
        let is_ours = HarmonyName::parse(name).is_some() || layout::is_index_name(name);
        is_ours.then(String::new)
    },
    holds: None,
    recorded_in: None,
    read,
};

fn read(disk: &mut Disk<'_>, found: &Found) -> Result<Plate, OpenError> {
    let mut draft = Draft::new(found);
    let files = layout::files(disk, &mut draft, found)?;
    let mut index_path = layout::index_in(&*disk.folder(&found.folder)?);
    if index_path.is_none() {
        index_path = layout::index_in(&*disk.folder(&found.root)?);
    }
    let index = match &index_path {
        Some(path) => index::read(path, disk.cancel())?,
        None => Index::default(),
    };
    let shown_index = index_path.as_deref().map_or(".".into(), |path| relative(&found.root, path));
    match (&index_path, &index.broken) {
        (None, _) => draft.issue(".", "there is no index, so the plate was read from its file names"),
        (Some(_), Some(why)) => draft.issue(
            shown_index.clone(),
            format!(
                "the index can only be read in part ({why}): {} read from it, the rest and what is missing from file names",
                plural(index.records.len(), "record")
            ),
        ),
        (Some(_), None) if index.records.is_empty() => {
            draft.issue(shown_index.clone(), "the index names no image, so the plate was read from its file names");
        }
        (Some(_), None) => draft.expectation = Expectation::Record,
    }
    let index_folder = index_path.as_deref().and_then(Path::parent).unwrap_or(&found.folder);
    let index_folder = relative(&found.root, index_folder);
    let used = add_records(&mut draft, &index, &files, &index_folder, &shown_index);
    if index_path.is_some()
        && !used.is_empty()
        && used.iter().all(|file| !files.is_below(*file, &index_folder))
    {
        let why = "this index is beside the images and names such files, so it was used";
        draft.issue(shown_index, why);
    }
    add_unlisted(&mut draft, &files, &used, index_path.is_some());
    pages::tell_unnamed(&mut draft, disk.cancel())?;
    if draft.plate.images.is_empty() {
        return Err(draft.no_images(index_path.unwrap_or_else(|| found.folder.clone())));
    }
    let read: HashSet<_> = draft.plate.images.iter().map(|image| image.source.with_page(0)).collect();
    let read = read.len();
    draft.plate.ignored = files.ids().count().saturating_sub(read);
    describe(&mut draft, &index);
    assay_layout::add(disk, &mut draft, found)?;
    let planned = shape(&index);
    // A record of a million images takes the room of the plate that is made of it.
    drop((index, files));
    Ok(draft.finish(planned))
}

fn shape(index: &Index) -> Option<PlateShape> {
    let shape =
        PlateShape { rows: u16::try_from(index.rows?).ok()?, columns: u16::try_from(index.columns?).ok()? };
    let last = WellId::at(u32::from(shape.rows.checked_sub(1)?), u32::from(shape.columns.checked_sub(1)?));
    last.map(|_| shape)
}

/// The key of a record, where it is of a well that plates have. The file name stands in for what the record does
/// not say.
fn key_of(record: &Record, url: &str, timepoint: u32) -> Option<ImageKey> {
    let named = HarmonyName::in_url(url);
    let at = record.row.zip(record.column);
    let at = at.map(|(row, column)| WellId::at(row.checked_sub(1)?, column.checked_sub(1)?));
    let well = at.unwrap_or(named.map(|name| name.well))?;
    let field = record.field.or(named.map(|name| name.field)).unwrap_or(1);
    let channel = record.channel.or(named.map(|name| name.channel)).unwrap_or(1);
    let plane = record.plane.or(named.map(|name| name.plane)).unwrap_or(1);
    Some(ImageKey::new(well, field, channel, plane, timepoint))
}

/// Adds the images of the index's records. Gives the files that they use.
fn add_records(
    draft: &mut Draft,
    index: &Index,
    files: &Files,
    index_folder: &str,
    shown_index: &str,
) -> HashSet<FileId> {
    let timepoints = time::timepoints(index);
    let not_recorded: Arc<str> = "not recorded: the index has no file for it".into();
    let not_there: Arc<str> = "the index names a file that is not there".into();
    let ambiguous: Arc<str> =
        "its file is not where the index says, and it is not clear which other file of this name is meant"
            .into();
    let found = files.find_all(|| index.urls(), index_folder);
    let mut acquired = Vec::with_capacity(found.len());
    let mut states = Vec::new();
    let mut nowhere = 0_usize;
    for (record, file) in index.records.iter().zip(&found) {
        let url = index.url_of(record);
        let timepoint = timepoints.get(&record.timepoint).copied().unwrap_or(1);
        let Some(key) = key_of(record, url, timepoint) else {
            nowhere += 1;
            continue;
        };
        if let (Some(x_um), Some(y_um)) = (record.x_um, record.y_um) {
            // Harmony's y grows upward, the screen's downward. (Adding 0 keeps -0 out.)
            let position = SitePosition { x_um, y_um: 0.0 - y_um };
            draft.plate.site_positions.add(key, position);
        }
        let of_channel = key.channel.and_then(|channel| index.channels.get(&channel));
        let of_channel = of_channel.map(|channel| channel.acquired).unwrap_or_default();
        acquired.push((key, record.acquired.or(of_channel)));
        let file = match file {
            Ok(file) => file,
            Err(NoFile::NotNamed) => {
                draft.absent.add(key, &not_recorded, "");
                continue;
            }
            Err(why) => {
                let why = if *why == NoFile::Ambiguous { &ambiguous } else { &not_there };
                draft.absent.add(key, why, &joined(index_folder, &files::path_in(url)));
                continue;
            }
        };
        if let Some(state) = &record.state {
            let why = format!("the microscope marked this image “{state}”");
            states.push(ScanIssue { path: files.path(*file), why });
        }
        let image = draft.image(key, files.folder(*file), files.name(*file), record.page);
        draft.plate.images.push(image);
    }
    draft.plate.acquisitions = Acquisitions::of(acquired);
    if nowhere > 0 {
        let why = format!("{} of a row and column that no plate has; skipped", plural(nowhere, "record"));
        draft.issue(shown_index, why);
    }
    draft.issues(states, shown_index, |rest| {
        format!("the microscope marked {} as not Ok", plural(rest, "more image"))
    });
    found.into_iter().flatten().collect()
}

/// Adds the images that the index does not name, by their file names.
fn add_unlisted(draft: &mut Draft, files: &Files, used: &HashSet<FileId>, has_index: bool) {
    let named = |file: FileId| Some((file, HarmonyName::parse(files.name(file))?));
    let images: Vec<_> = files.beside(used).filter_map(named).collect();
    // Harmony writes f01p01. OpenHCS writes f001p001 into a plate's folder, as black images in place of
    // missing ones; such an image was never recorded.
    let has_plain_names = images.iter().any(|(_, name)| !name.is_padded);
    let indexed: HashSet<ImageKey> = draft.plate.images.iter().map(PlateImage::key).collect();
    let (mut unlisted, mut doubled, mut invented) = (Vec::new(), Vec::new(), Vec::new());
    for (file, name) in images.iter().filter(|(file, _)| !used.contains(file)) {
        let path = files.path(*file);
        if name.is_padded && has_plain_names {
            invented.push(path);
            continue;
        }
        let timepoint = name.sequence.unwrap_or(1);
        let key = ImageKey::new(name.well, name.field, name.channel, name.plane, timepoint);
        // The index is surer of its images than a name is.
        if indexed.contains(&key) {
            doubled.push(path);
            continue;
        }
        unlisted.push(path);
        let image = draft.image(key, files.folder(*file), files.name(*file), 0);
        draft.plate.images.push(image);
    }
    if has_index {
        draft.list(&unlisted, "the index does not name this image, so it was read by its file name");
    }
    draft.list(&doubled, "skipped: the index names another file for the same image");
    draft.list(
        &invented,
        "skipped: Harmony writes no names with three-digit field and plane; other programs write them for black \
         images in the place of missing ones",
    );
}

/// Takes names, sizes and the like from the index.
fn describe(draft: &mut Draft, index: &Index) {
    let plate = &mut draft.plate;
    if let Some(name) = index.plate_name.as_ref().or(index.plate_id.as_ref()) {
        plate.name.clone_from(name);
    }
    plate.microscope = index.instrument.as_deref().map(|instrument| match instrument {
        "Phenix" => "Opera Phenix".to_owned(),
        "Sonata" => "Operetta CLS".to_owned(),
        other => other.to_owned(),
    });
    // `2022-12-19T10:18:52.2439831+01:00`: the clock of the place, to the second.
    plate.acquired =
        index.start_time.as_ref().and_then(|time| time.get(..19)).map(|time| time.replace('T', " "));
    for (number, channel) in &index.channels {
        if let Some(name) = &channel.name {
            plate.channel_names.insert(*number, name.clone());
        }
        if let Some(size) = channel.pixel_size {
            plate.pixel_sizes.add(*number, size);
        }
        if plate.objective.is_none() {
            plate.objective = channel.magnification.as_ref().map(|times| match &channel.aperture {
                Some(aperture) => format!("{times}×, NA {aperture}"),
                None => format!("{times}×"),
            });
        }
    }
}
