//! MetaXpress Acquire (HCS.ai) and IN Carta: `timepoint0/Plate_t0_B07_s0_w0_z0.tif` beside a description (`.jdce`).
//!
//! Time, site, channel and plane count from 0, but from 1 where IN Carta exported them. The description says the plate, the
//! pixel size and the channels; tables that it names (`image_metadata_1.csv`) are the record: what was recorded, and where.
//! Deliberately absent: the images of the autofocus.

mod jdce;
mod table;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use super::named::{Named, NamedFiles, patterns, reader, spelling};
use crate::cancel::Cancelled;
use crate::plate::draft::Draft;
use crate::plate::folder::{Disk, Folder, joined, relative, stem_of};
use crate::plate::geometry::Recorded;
use crate::plate::missing::Expectation;
use crate::plate::name_parts::{is_number, stem};
use crate::plate::reader::Reader;
use crate::plate::{Format, ImageKey, NamePattern, PlateShape, SitePositions, WellId};
use crate::shown_text::one_line;
use jdce::Description;
use table::Row;

pub(super) const READER: Reader = reader::<InCarta>();

static PATTERNS: LazyLock<Vec<NamePattern>> = LazyLock::new(|| {
    patterns(&[
        r"(?:^|/)(?:(?P<plate>[^/]+)_)?t(?P<timepoint>\d{1,6})_(?P<well>[A-Za-z]{1,2}\d{1,2})_s(?P<site>\d{1,5})_w(?P<channel>\d{1,3})_z(?P<z>\d{1,5})\.[^./]+$",
    ])
});

struct InCarta;

impl Named for InCarta {
    const FORMAT: Format = Format::InCarta;

    fn is_image(name: &str) -> bool {
        spelling::is_in_carta(name)
    }

    fn patterns() -> &'static [NamePattern] {
        &PATTERNS
    }

    fn is_part(below: &str) -> bool {
        let word = below.get(.."timepoint".len()).filter(|word| word.eq_ignore_ascii_case("timepoint"));
        word.is_some_and(|word| is_number(&below[word.len()..]))
    }

    fn is_surely_part(name: &str) -> bool {
        Self::is_part(name)
    }

    /// What the microscope looked at to find its focus.
    fn plate_folder(disk: &mut Disk<'_>, folder: &Folder) -> Result<Option<Rc<Folder>>, Cancelled> {
        let is_focus = folder.name().eq_ignore_ascii_case("autofocus");
        let above = folder.path.parent().filter(|_| is_focus);
        above.map(|above| disk.folder(above)).transpose()
    }

    fn shape(disk: &Disk<'_>, files: &NamedFiles) -> Result<Option<PlateShape>, Cancelled> {
        Ok(described(disk, files)?.and_then(|(description, _)| description.shape))
    }

    fn describe(disk: &Disk<'_>, files: &NamedFiles, draft: &mut Draft) -> Result<(), Cancelled> {
        let Some((description, path)) = described(disk, files)? else {
            let broken = files.find_all(|name| stem_of(name, "jdce").is_some());
            for path in broken {
                let why =
                    "this description cannot be read, so plate, channels and sizes are not known from it";
                draft.issue(relative(&draft.plate.root, &path), why);
            }
            return Ok(());
        };
        if let Some(name) = &description.plate_name {
            draft.plate.name.clone_from(name);
        }
        draft.plate.acquired.clone_from(&description.acquired);
        draft.plate.objective.clone_from(&description.objective);
        if let Some(size) = description.pixel_size {
            draft.pixel_size_of_all(size);
        }
        for (channel, name) in &description.channels {
            draft.plate.channel_names.insert(*channel, name.clone());
        }
        let (mut rows, mut is_whole) = (Vec::new(), true);
        for name in &description.tables {
            let Some(path) = files.find(|file| file == name) else {
                is_whole = false;
                let why = format!(
                    "the table “{}” that it names is not there, so the expected images come from file names",
                    one_line(name)
                );
                draft.issue(relative(&draft.plate.root, &path), why);
                continue;
            };
            let table = table::read(&path, disk.cancel())?;
            rows.extend(table.rows);
            if let Some(why) = table.broken {
                is_whole = false;
                let why = format!(
                    "this record can only be read in part ({why}), so the expected images come from file names"
                );
                draft.issue(relative(&draft.plate.root, &path), why);
            }
        }
        record(draft, &rows, is_whole);
        Ok(())
    }
}

/// The description of the images: of several the one whose tables name any of them.
fn described(disk: &Disk<'_>, files: &NamedFiles) -> Result<Option<(Description, PathBuf)>, Cancelled> {
    let all = files.find_all(|name| stem_of(name, "jdce").is_some());
    let mut all: Vec<_> = all.filter_map(|path| Some((Description::read(&path)?, path))).collect();
    if all.len() > 1 {
        let names: HashSet<&str> = files.names.iter().map(|(_, name)| &**name).collect();
        for at in 0..all.len() {
            for name in &all[at].0.tables {
                let Some(path) = files.find(|file| file == name) else { continue };
                if table::read(&path, disk.cancel())?.rows.iter().any(|row| names.contains(row.file.as_str()))
                {
                    return Ok(Some(all.swap_remove(at)));
                }
            }
        }
    }
    Ok(all.into_iter().next())
}

/// Takes what the rows of the tables say: where images lie, and which are not there.
fn record(draft: &mut Draft, rows: &[Row], is_whole: bool) {
    let by_name: HashMap<&str, ImageKey> =
        draft.plate.images.iter().map(|image| (image.source.file_name(), image.key())).collect();
    let not_there: Arc<str> = "the record names a file that is not there".into();
    let (mut recorded, mut absent) = (Vec::new(), Vec::new());
    for row in rows {
        match by_name.get(row.file.as_str()) {
            Some(key) => recorded.push((*key, Recorded { offset: None, stage: row.stage })),
            None => absent.extend(key_of(&row.file).map(|key| (key, joined(&row.folder, &row.file)))),
        }
    }
    draft.plate.site_positions = SitePositions::of_recorded(recorded);
    for (key, file) in absent {
        draft.absent.add(key, &not_there, &file);
    }
    if is_whole && !rows.is_empty() {
        draft.expectation = Expectation::Record;
    }
}

/// The image that a file of this name is.
fn key_of(name: &str) -> Option<ImageKey> {
    let mut parts = stem(name).rsplit('_');
    let mut number = |letter: char| parts.next()?.strip_prefix(letter)?.parse::<u32>().ok();
    let (z, channel, site) = (number('z')?, number('w')?, number('s')?);
    let well: WellId = parts.next()?.parse().ok()?;
    let timepoint = parts.next()?.strip_prefix('t')?.parse().ok()?;
    Some(ImageKey::new(well, site, channel, z, timepoint))
}
