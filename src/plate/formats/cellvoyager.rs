//! Yokogawa CellVoyager: CV7000, CV8000 and CQ3K with their record, CQ1 and CV1000 by their names.
//!
//! The record says which image is where, and what should be there; where it is silent, broken or absent the file names do.
//! Component values are the microscope's own numbers, so that channels 1 and 9 are 1 and 9, but where these say the same of
//! two images (see `series.rs`). Files that have been converted, moved or renamed with their plate are found. What the
//! microscope says that went wrong is told, and what it left out is missing. Images of shading are no planes; the
//! plate knows them, and flat-field correction can be given them. A ready-made projection that the record names and
//! that is not there is told and not missing, as no image is made of it. Deliberately absent: the fields that CQ1's and
//! CV1000's own documents list, of which the names of files are read; stage heights in the microscope's logs.

mod errors;
mod layout;
mod name;
mod record;
mod series;
mod settings;
mod shading;
mod shots;
mod wells;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::files::{self, FileId, Files, NoFile};
use crate::plate::draft::Draft;
use crate::plate::folder::{Disk, Folder, relative};
use crate::plate::found::Found;
use crate::plate::metadata::pages;
use crate::plate::missing::Expectation;
use crate::plate::reader::{OpenError, Reader};
use crate::plate::{Acquisitions, Component, ImageKey, Plate, PlateImage, ScanIssue, SitePosition};
use crate::quantity::plural;
use name::VoyagerName;
pub(super) use name::is_image_name;
use record::Record;
pub(super) use record::is_recorded;
use series::{Series, Shot};
use settings::Settings;
use shots::{projecting, shot_of, shot_of_name};
use wells::CountedWells;

pub(super) const READER: Reader = Reader {
    is_part: |_| false,
    recognise: layout::recognise,
    recognise_inside: None,
    prefix_of: |file_name| match VoyagerName::parse(file_name) {
        Some(name) => Some(name.prefix.to_lowercase()),
        None => (settings::is_settings(file_name) || record::is_record(file_name)).then(String::new),
    },
    holds: None,
    recorded_in: None,
    read,
};

fn read(disk: &mut Disk<'_>, found: &Found) -> Result<Plate, OpenError> {
    let mut draft = Draft::new(found);
    let folder = disk.folder(&found.folder)?;
    let files = layout::files(disk, &mut draft, found)?;
    let settings = Settings::read(&mut draft, &folder, disk.cancel())?;
    let beside = record::record_in(&folder);
    let record_path = beside.as_deref().filter(|_| found.is_declared);
    let record = match record_path {
        Some(path) => record::read(path, disk.cancel())?,
        None => Record::default(),
    };
    let shown = beside.as_deref().map_or(".".into(), |path| relative(&found.root, path));
    tell_record(&mut draft, &record, record_path, beside.as_deref(), &shown);
    let reading = Reading { files: &files, record: &record, settings: &settings, found, shown: &shown };
    let in_record = reading.find(&mut draft);
    let used: HashSet<FileId> = in_record.iter().flatten().copied().collect();
    let is_ours = |name: &VoyagerName<'_>| {
        found.prefix.as_ref().is_none_or(|prefix| name.prefix.to_lowercase() == *prefix)
    };
    let named = |file: FileId| Some((file, VoyagerName::parse(files.name(file)).filter(is_ours)?));
    let unlisted = files.beside(&used).filter(|file| !used.contains(file)).filter_map(named);
    let unlisted: Vec<(FileId, VoyagerName<'_>)> = unlisted.collect();
    // A record mostly says itself where a well lies.
    let of_names = record.images.iter().filter(|image| image.row.is_none() || image.column.is_none());
    let of_names = of_names.filter_map(|image| VoyagerName::in_path(record.file_of(image)));
    let wells = CountedWells::of(of_names.chain(unlisted.iter().map(|(_, name)| *name)), settings.shape());
    draft.plate.issues.extend(wells.note());
    let shots: Vec<Option<Shot>> =
        record.images.iter().map(|image| shot_of(image, record.file_of(image), &wells)).collect();
    let projecting = projecting(&shots);
    let unlisted: Vec<(FileId, Option<Shot>)> = unlisted
        .iter()
        .map(|(file, name)| (*file, shot_of_name(name, files.folder(*file), &wells, &projecting)))
        .collect();
    let series = Series::of(|| shots.iter().chain(unlisted.iter().map(|(_, shot)| shot)).flatten());
    let mut used = reading.add_records(&mut draft, &in_record, &shots, &series);
    errors::add(&mut draft, &record, &shots, &series, &shown);
    reading.add_unlisted(&mut draft, &unlisted, &series, &mut used);
    tell_series(&mut draft, &series, &record, &shown);
    pages::tell_unnamed(&mut draft, disk.cancel())?;
    if draft.plate.images.is_empty() && draft.plate.projections.is_empty() {
        return Err(draft.no_images(beside.unwrap_or_else(|| found.folder.clone())));
    }
    let is_of_others =
        |file: &FileId| VoyagerName::parse(files.name(*file)).is_some_and(|name| !is_ours(&name));
    draft.plate.ignored = files.ids().filter(|file| !used.contains(file) && !is_of_others(file)).count();
    describe(&mut draft, &settings, &series, &folder);
    let planned = wells.shape();
    // A record of a million images takes the room of the plate that is made of it.
    drop((files, record, shots, unlisted));
    Ok(draft.finish(planned))
}

/// Says from what it is known what the plate should have.
fn tell_record(draft: &mut Draft, record: &Record, read: Option<&Path>, beside: Option<&Path>, shown: &str) {
    match (read, beside, &record.broken) {
        (None, None, _) => {
            draft.issue(".", "there is no MeasurementData.mlf, so the plate was read from its file names");
        }
        (None, Some(_), _) => draft.issue(
            shown,
            "the record in this folder is of other images, so the plate was read from its file names",
        ),
        (Some(_), _, Some(why)) => draft.issue(
            shown,
            format!(
                "the record can only be read in part ({why}): {} read from it, the rest and what is missing from file names",
                plural(record.images.len(), "image")
            ),
        ),
        (Some(_), _, None) if record.images.is_empty() => {
            draft.issue(shown, "the record names no image, so the plate was read from its file names");
        }
        (Some(_), _, None) => draft.expectation = Expectation::Record,
    }
}

/// What images are added from.
struct Reading<'a> {
    files: &'a Files,
    record: &'a Record,
    settings: &'a Settings,
    found: &'a Found,
    shown: &'a str,
}

impl Reading<'_> {
    /// The file of each record.
    fn find(&self, draft: &mut Draft) -> Vec<Result<FileId, NoFile>> {
        let found = self.files.find_all(|| self.record.files(), ".");
        if found.is_empty() || found.iter().any(Result::is_ok) {
            return found;
        }
        // The whole plate was renamed, and its record was not.
        let renamed: Vec<_> = self.record.files().map(|path| self.find_renamed(path)).collect();
        let first = renamed.iter().zip(self.record.files()).find_map(|(file, path)| Some((file.ok()?, path)));
        if let Some((file, path)) = first {
            let why = format!(
                "the file names differ from the record (“{}” instead of “{}”); the files were found by the part \
                 of their names from the well on",
                self.files.name(file),
                files::name_of(&path.replace('\\', "/"))
            );
            draft.issue(self.shown, why);
        }
        renamed
    }

    fn find_renamed(&self, path: &str) -> Result<FileId, NoFile> {
        if path.is_empty() {
            return Err(NoFile::NotNamed);
        }
        let Some(end) = name::end_from_well(path) else { return Err(NoFile::NotThere) };
        let fits = |file: &FileId| {
            VoyagerName::parse(self.files.name(*file)).is_some_and(|name| {
                self.found.prefix.as_ref().is_none_or(|prefix| name.prefix.to_lowercase() == *prefix)
            })
        };
        let mut files = self.files.ending_with(end).filter(fits);
        match (files.next(), files.next()) {
            (Some(file), None) => Ok(file),
            (None, _) => Err(NoFile::NotThere),
            _ => Err(NoFile::Ambiguous),
        }
    }

    /// Adds the images of the record. Gives the files that they use.
    fn add_records(
        &self,
        draft: &mut Draft,
        found: &[Result<FileId, NoFile>],
        shots: &[Option<Shot>],
        series: &Series,
    ) -> HashSet<FileId> {
        let not_recorded: Arc<str> = "not recorded: the record has no file for it".into();
        let not_there: Arc<str> = "the record names a file that is not there".into();
        let taken: Arc<str> = "the record names the file of another image for it".into();
        let ambiguous: Arc<str> =
            "its file is not where the record says, and it is not clear which other file is meant".into();
        let mut used = HashSet::with_capacity(found.len());
        let mut acquired = Vec::with_capacity(found.len());
        let (mut nowhere, mut other_kinds, mut absent_projections) = (0_usize, 0_usize, 0_usize);
        for ((image, shot), file) in self.record.images.iter().zip(shots).zip(found) {
            let Some(shot) = shot else {
                nowhere += 1;
                continue;
            };
            let Some(key) = series.key(shot) else {
                other_kinds += 1;
                continue;
            };
            if let Some((x_um, y_um)) = image.at_um {
                // The microscope's y grows upward, the screen's downward. (Adding 0 keeps -0 out.)
                let position = SitePosition { x_um, y_um: 0.0 - y_um };
                draft.plate.site_positions.add(key, position);
            }
            acquired.push((key, image.acquired.or(self.settings.acquired(shot.channel))));
            let path = self.record.file_of(image);
            let why = match file {
                Ok(file) if used.insert(*file) => {
                    self.add(draft, key, *file);
                    continue;
                }
                Ok(_) => &taken,
                Err(NoFile::NotNamed) => &not_recorded,
                Err(NoFile::Ambiguous) => &ambiguous,
                Err(NoFile::NotThere) => &not_there,
            };
            if key.z.is_none() {
                absent_projections += 1;
                continue;
            }
            let shown = if path.is_empty() { String::new() } else { files::path_in(path) };
            draft.absent.add(key, why, &shown);
        }
        draft.plate.acquisitions = Acquisitions::of(acquired);
        let told = [
            (nowhere, "image", "of a row and column that no plate has; skipped"),
            (other_kinds, "ready-made projection", "of another kind than the one that is shown; skipped"),
            (absent_projections, "ready-made projection", "that the record names and that are not there"),
        ];
        for (count, what, why) in told.into_iter().filter(|(count, ..)| *count > 0) {
            draft.issue(self.shown, format!("{} {why}", plural(count, what)));
        }
        used
    }

    fn add(&self, draft: &mut Draft, key: ImageKey, file: FileId) {
        let image = draft.image(key, self.files.folder(file), self.files.name(file), 0);
        if key.z.is_none() {
            draft.plate.projections.push(image);
        } else {
            draft.plate.images.push(image);
        }
    }

    /// Adds the images that the record does not name, by their file names, and their files to those that are used.
    fn add_unlisted(
        &self,
        draft: &mut Draft,
        unlisted: &[(FileId, Option<Shot>)],
        series: &Series,
        used: &mut HashSet<FileId>,
    ) {
        let images = draft.plate.images.iter().chain(&draft.plate.projections);
        let recorded: HashSet<ImageKey> = images.map(PlateImage::key).collect();
        let (mut read, mut doubled, mut nowhere) = (Vec::new(), Vec::new(), Vec::new());
        for (file, shot) in unlisted {
            let path = || self.files.path(*file);
            match shot.as_ref().map(|shot| series.key(shot)) {
                None => nowhere.push(path()),
                // The record is surer of its images than a name is.
                Some(Some(key)) if !recorded.contains(&key) => {
                    if self.found.is_declared {
                        read.push(path());
                    }
                    used.insert(*file);
                    self.add(draft, key, *file);
                }
                Some(_) => doubled.push(path()),
            }
        }
        let beside = self.files.beside(used).collect::<HashSet<_>>();
        let mut copies: BTreeMap<&str, usize> = BTreeMap::new();
        for file in self.files.ids().filter(|file| !beside.contains(file)) {
            if VoyagerName::parse(self.files.name(file)).is_some() {
                *copies.entry(self.files.folder(file)).or_default() += 1;
            }
        }
        let copies = copies.into_iter().map(|(folder, images)| ScanIssue {
            path: folder.to_owned(),
            why: format!("{} in this folder that the record does not name; skipped", plural(images, "image")),
        });
        draft
            .issues(copies.collect(), ".", |rest| format!("{} of other images", plural(rest, "more folder")));
        draft.list(&read, "the record does not name this image, so it was read by its file name");
        draft.list(&doubled, "skipped: there is another file for the same image");
        draft.list(&nowhere, "skipped: the plate has no well of this number");
    }
}

/// Says where the numbers of images are not the microscope's own.
fn tell_series(draft: &mut Draft, series: &Series, record: &Record, shown: &str) {
    for (number, channel, action) in series.further_channels() {
        let why = format!(
            "channel {channel} was taken by several actions: what action {action} took is channel {number} here"
        );
        draft.issue(shown, why);
    }
    for (timeline, later) in series.later_timelines() {
        let why = format!(
            "the timepoints of timeline {timeline} start again: here they follow timepoint {later} of the \
             timelines before it"
        );
        draft.issue(shown, why);
    }
    if series.has_projections_as_planes() {
        let kinds = record.projections.join(", ");
        let kinds = if kinds.is_empty() { kinds } else { format!(" ({kinds})") };
        let why = format!(
            "ready-made projections{kinds} without their stacks: each was read as the plane of its channel"
        );
        draft.issue(shown, why);
    }
}

/// Takes names, sizes and the like from the settings.
fn describe(draft: &mut Draft, settings: &Settings, series: &Series, folder: &Folder) {
    let plate = &mut draft.plate;
    if let Some(name) = settings.plate_name.as_ref().or(settings.title.as_ref()) {
        plate.name.clone_from(name);
    }
    plate.microscope = settings.microscope.as_ref().map(|system| match system.contains("CellVoyager") {
        true => system.clone(),
        false => format!("CellVoyager {system}"),
    });
    // `2023-09-18T13:58:39.4014935+02:00`: the clock of the place, to the second.
    plate.acquired =
        settings.begin.as_ref().and_then(|time| time.get(..19)).map(|time| time.replace('T', " "));
    let further: BTreeMap<u32, (u32, u32)> =
        series.further_channels().into_iter().map(|(number, of, action)| (number, (of, action))).collect();
    let of_settings = |channel: u32| further.get(&channel).map_or(channel, |(of, _)| *of);
    let channels = plate.values(Component::Channel);
    let mut names: BTreeMap<u32, String> = BTreeMap::new();
    for &channel in &channels {
        let Some(of) = settings.channels.get(&of_settings(channel)) else { continue };
        if let Some(name) = of.name() {
            let action =
                further.get(&channel).map_or(String::new(), |(_, action)| format!(", action {action}"));
            names.insert(channel, name + &action);
        }
        if plate.objective.is_none() {
            let magnification = of.magnification.as_ref().map(|times| format!("{times}×"));
            plate.objective = of.objective.clone().or(magnification);
        }
    }
    for &channel in &channels {
        let of = settings.channels.get(&of_settings(channel)).and_then(|of| of.pixel_size);
        if let Some(size) = of.or(settings.pixel_size) {
            plate.pixel_sizes.add(channel, size);
        }
    }
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    names.values().for_each(|name| *counts.entry(name).or_default() += 1);
    // What two are called names neither.
    let unique = names.iter().map(|(channel, name)| match counts[name] {
        1 => (*channel, name.clone()),
        _ => (*channel, format!("{name} {channel}")),
    });
    plate.channel_names = unique.collect();
    plate.shading = shading::images(channels, of_settings, settings, folder);
}
