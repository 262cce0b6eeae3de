//! PerkinElmer / Revvity Harmony: Operetta, Operetta CLS and Opera Phenix.
//!
//! The index says which image is where; where it is silent, broken or absent the file names do.
//! Component values are those of the file names, which count from 1: the index numbers timepoints
//! from 0 or from 1 by its generation, so a timepoint is the `sk` number of the file that the index
//! names, and where it names none, what that number is for other images of the same `TimepointID`, or
//! else as far from the `TimepointID` as other numbers are. Where names do not tell timepoints apart, it
//! is the rank of the `TimepointID`. Field, plane and channel are the index's own
//! numbers. Deliberately absent: flat-field correction, and evaluation results beside the images.

mod index;
mod name;
mod time;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::draft::{Draft, MOST_SINGLE_ISSUES};
use super::folder::{Disk, Folder, is_tiff, joined, relative};
use super::found::Found;
use super::reader::{OpenError, Reader};
use super::{Format, ImageKey, Plate, PlateShape, ScanIssue, SitePosition, WellId};
use crate::cancel::Cancelled;
use crate::quantity::plural;
use index::Index;
use name::HarmonyName;

pub(super) const READER: Reader = Reader {
    looks_for: "a Harmony measurement (Index.idx.xml, or TIFF names like r01c01f01p01-ch1sk1fk1fl1.tiff)",
    is_part: |_| false,
    recognise,
    prefix_of: |name| {
        let is_ours = HarmonyName::parse(name).is_some()
            || INDEX_NAMES.iter().any(|index| name.eq_ignore_ascii_case(index));
        is_ours.then(String::new)
    },
    read,
};

/// The names of an index, the one that Harmony itself reads first.
const INDEX_NAMES: [&str; 4] = ["index.idx.xml", "index.xml", "imageindex.columbusidx.xml", "index.ref.xml"];

/// The index file of a folder.
fn index_in(folder: &Folder) -> Option<PathBuf> {
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
fn recognise(disk: &mut Disk<'_>, folder: &Folder) -> Result<Vec<Found>, Cancelled> {
    if is_in_evaluation(disk, &folder.path)? {
        return Ok(Vec::new());
    }
    let images = images_in(folder);
    if images > 0 || index_in(folder).is_some() {
        let mut root = folder.path.clone();
        if let Some(parent) = folder.path.parent()
            && (is_images(folder.name()) || is_measurement(&*disk.folder(parent)?))
        {
            root = parent.to_owned();
        }
        // An index beside the folder of the images: the images are counted where they are.
        let mut below = 0;
        for sub in folder.folders.iter().filter(|sub| images == 0 && is_images(&sub.name)) {
            below += images_in(&*disk.folder(&folder.path.join(&sub.name))?);
        }
        return Ok(vec![found(folder, root, images + below)]);
    }
    let may_be_renamed = is_measurement(folder);
    let mut all = Vec::new();
    for sub in &folder.folders {
        if is_images(&sub.name) || (may_be_renamed && !is_evaluation(&sub.name)) {
            let listed = disk.folder(&folder.path.join(&sub.name))?;
            let images = images_in(&listed);
            if images > 0 || index_in(&listed).is_some() {
                all.push(found(&listed, folder.path.clone(), images));
            }
        }
    }
    if all.len() > 1 {
        for one in &mut all {
            one.name = format!("{} {}", one.name, relative(&one.root, &one.folder));
        }
    }
    Ok(all)
}

fn found(folder: &Folder, root: PathBuf, images: usize) -> Found {
    let name = root.file_name().map_or("plate".into(), |name| name.to_string_lossy().into_owned());
    // As in `BR00121482__2021-03-29T16_51_44-Measurement 1`.
    let date = name.rsplit_once("__").and_then(|(_, rest)| rest.get(..10)).map(str::to_owned);
    let first_image = folder.files.iter().find(|name| HarmonyName::parse(name).is_some());
    let first_image = first_image.map(|name| folder.path.join(&**name));
    Found {
        format: Format::Harmony,
        opened_by: index_in(folder).or(first_image).unwrap_or_else(|| folder.path.clone()),
        folder: folder.path.clone(),
        root,
        prefix: None,
        name,
        date,
        images,
        is_sure: true,
    }
}

/// The files of a measurement by lower-case name, those of the image folder first.
struct Files {
    by_name: HashMap<String, String>,
    by_path: HashSet<String>,
    /// Relative paths with their names, of the image folder and below only.
    images: Vec<(String, HarmonyName)>,
}

impl Files {
    fn list(disk: &mut Disk<'_>, draft: &mut Draft, found: &Found) -> Result<Self, Cancelled> {
        let mut files = Self { by_name: HashMap::new(), by_path: HashSet::new(), images: Vec::new() };
        let top = disk.folder(&found.folder)?;
        let mut tops = vec![Rc::clone(&top)];
        // Images that do not lie with the index may be in any folder of the measurement.
        if found.root != found.folder && !top.has_file(is_tiff) {
            tops.push(disk.folder(&found.root)?);
        }
        let mut folders = tops.clone();
        for top in tops {
            for sub in &top.folders {
                let path = top.path.join(&sub.name);
                if path != found.folder && !sub.is_link && !is_evaluation(&sub.name) {
                    folders.push(disk.folder(&path)?);
                }
            }
        }
        for folder in &folders {
            files.add(draft, found, folder);
        }
        Ok(files)
    }

    fn add(&mut self, draft: &mut Draft, found: &Found, folder: &Rc<Folder>) {
        draft.add_trouble(folder);
        let shown = relative(&found.root, &folder.path);
        let is_ours = folder.path.starts_with(&found.folder);
        for name in folder.files.iter().filter(|name| !name.starts_with('.')) {
            let path = joined(&shown, name);
            if is_ours {
                self.images.extend(HarmonyName::parse(name).map(|parsed| (path.clone(), parsed)));
            }
            self.by_path.insert(path.clone());
            self.by_name.entry(name.to_lowercase()).or_insert(path);
        }
    }

    /// The file that a URL of the index names: beside the index, else of that name anywhere in the
    /// measurement, since folders get renamed.
    fn find(&self, url: &str, index_folder: &str) -> Option<&str> {
        let url = url.replace('\\', "/");
        let path = joined(index_folder, url.trim_start_matches("./"));
        if let Some(found) = self.by_path.get(&path) {
            return Some(found);
        }
        let name = url.rsplit('/').next().unwrap_or(&url).to_lowercase();
        self.by_name.get(&name).map(String::as_str)
    }
}

fn read(disk: &mut Disk<'_>, found: &Found) -> Result<Plate, OpenError> {
    let mut draft = Draft::new(found);
    let files = Files::list(disk, &mut draft, found)?;
    let mut index_path = index_in(&*disk.folder(&found.folder)?);
    if index_path.is_none() {
        index_path = index_in(&*disk.folder(&found.root)?);
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
                "the index cannot be read to its end ({why}): {} read, the rest from file names",
                plural(index.records.len(), "record")
            ),
        ),
        (Some(_), None) => {}
    }
    let index_folder = index_path.as_deref().and_then(Path::parent).unwrap_or(&found.folder);
    let index_folder = relative(&found.root, index_folder);
    let used = add_records(&mut draft, &index, &files, &index_folder, &shown_index);
    add_unlisted(&mut draft, &files, &used, index_path.is_some());
    if draft.plate.images.is_empty() {
        let index = index_path.unwrap_or_else(|| found.folder.clone());
        return Err(OpenError::NoImages { index, format: Format::Harmony });
    }
    let tiffs = files.by_path.iter().filter(|path| is_tiff(path)).count();
    let read: HashSet<_> = draft.plate.images.iter().map(|image| image.source.with_page(0)).collect();
    let read = read.len();
    draft.plate.ignored = tiffs.saturating_sub(read);
    describe(&mut draft, &index);
    Ok(draft.finish(shape(&index)))
}

fn shape(index: &Index) -> Option<PlateShape> {
    let shape =
        PlateShape { rows: u16::try_from(index.rows?).ok()?, columns: u16::try_from(index.columns?).ok()? };
    let last = WellId::at(u32::from(shape.rows.checked_sub(1)?), u32::from(shape.columns.checked_sub(1)?));
    last.map(|_| shape)
}

/// Adds the images of the index's records. Gives the paths that they use.
fn add_records(
    draft: &mut Draft,
    index: &Index,
    files: &Files,
    index_folder: &str,
    shown_index: &str,
) -> HashSet<String> {
    let timepoints = time::timepoints(&index.records);
    let mut used = HashSet::new();
    let mut states = Vec::new();
    let mut nowhere = 0_usize;
    for record in &index.records {
        // The file name stands in for what a record does not say.
        let named = HarmonyName::in_url(&record.url);
        let at = record.row.zip(record.column);
        let at = at.map(|(row, column)| WellId::at(row.checked_sub(1)?, column.checked_sub(1)?));
        let Some(well) = at.unwrap_or(named.map(|name| name.well)) else {
            nowhere += 1;
            continue;
        };
        let field = record.field.or(named.map(|name| name.field)).unwrap_or(1);
        let channel = record.channel.or(named.map(|name| name.channel)).unwrap_or(1);
        let plane = record.plane.or(named.map(|name| name.plane)).unwrap_or(1);
        let timepoint = timepoints.get(&record.timepoint).copied().unwrap_or(1);
        let key = ImageKey::new(well, field, channel, plane, timepoint);
        if let (Some(x_um), Some(y_um)) = (record.x_um, record.y_um) {
            // Harmony's y grows upward, the screen's downward. (Adding 0 keeps -0 out.)
            let position = SitePosition { x_um, y_um: 0.0 - y_um };
            draft.plate.site_positions.add(key, position);
        }
        if record.url.is_empty() {
            draft.known_missing.insert(key, "not recorded: the index has no file for it".into());
            continue;
        }
        let Some(path) = files.find(&record.url, index_folder) else {
            draft.known_missing.insert(key, format!("the index names “{}”, which is not there", record.url));
            continue;
        };
        if let Some(state) = &record.state {
            let why = format!("the microscope marked this image “{state}”");
            states.push(ScanIssue { path: path.to_owned(), why });
        }
        used.insert(path.to_owned());
        let image = draft.image_at(key, path, record.page);
        draft.plate.images.push(image);
    }
    if nowhere > 0 {
        let why = format!("{} of a row and column that no plate has; passed over", plural(nowhere, "record"));
        draft.issue(shown_index, why);
    }
    draft.issues(states, shown_index, |rest| {
        format!("the microscope marked {} as not Ok", plural(rest, "more image"))
    });
    used
}

/// Adds the images that the index does not name, by their file names.
fn add_unlisted(draft: &mut Draft, files: &Files, used: &HashSet<String>, has_index: bool) {
    // Harmony writes f01p01. OpenHCS writes f001p001 into a plate's folder, as black images in place of
    // missing ones; such an image was never recorded.
    let has_plain_names = files.images.iter().any(|(_, name)| !name.is_padded);
    let indexed: HashSet<ImageKey> = draft.plate.images.iter().map(|image| image.key).collect();
    let (mut unlisted, mut doubled, mut invented) = (Vec::new(), Vec::new(), Vec::new());
    for (path, name) in files.images.iter().filter(|(path, _)| !used.contains(path)) {
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
        let image = draft.image_at(key, path, 0);
        draft.plate.images.push(image);
    }
    if has_index {
        list(draft, &unlisted, "the index does not name this image, so it was read by its file name");
    }
    list(draft, &doubled, "passed over: the index names another file for the image that this name is of");
    list(
        draft,
        &invented,
        "passed over: a name of three-digit field and plane is not Harmony's, and is given by other programs to black images that stand for missing ones",
    );
}

/// Lists files with one reason: each, or where they are many, the first and their number.
fn list(draft: &mut Draft, paths: &[&String], why: &str) {
    if paths.len() <= MOST_SINGLE_ISSUES {
        for path in paths {
            draft.issue(path.as_str(), why);
        }
    } else if let Some(first) = paths.first() {
        draft.issue(first.as_str(), format!("{why}; so with {} files in all", paths.len()));
    }
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
