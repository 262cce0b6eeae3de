//! MetaXpress Acquire (HCS.ai) and IN Carta: `timepoint0/Plate_t0_B07_s0_w0_z0.tif` beside a description (`.jdce`).
//!
//! Time, site, channel and plane count from 0, but from 1 where IN Carta exported them. The description says the plate, the
//! pixel size and the channels; tables that it names (`image_metadata_1.csv`) are the record: what was recorded, and where.
//! Deliberately absent: the images of the autofocus.

mod jdce;
mod table;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::named::{Named, NamedFiles, patterns, reader, spelling};
use crate::cancel::Cancelled;
use crate::plate::draft::Draft;
use crate::plate::folder::{Disk, joined, relative, stem_of};
use crate::plate::geometry::Recorded;
use crate::plate::missing::Expectation;
use crate::plate::name_parts::stem;
use crate::plate::reader::Reader;
use crate::plate::{Format, ImageKey, NamePattern, PlateShape, SitePositions, WellId};
use jdce::Description;
use table::Row;

pub(super) const READER: Reader = reader::<InCarta>();

static PATTERNS: LazyLock<Vec<NamePattern>> = LazyLock::new(|| {
    patterns(&[
        r"(?:^|/)(?:(?P<plate>[^/]+)_)?t(?P<timepoint>\d+)_(?P<well>[A-Z]{1,2}\d{1,2})_s(?P<site>\d+)_w(?P<channel>\d+)_z(?P<z>\d+)\.[^./]+$",
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

    fn is_part(name: &str) -> bool {
        let rest = name.get(.."timepoint".len()).filter(|word| word.eq_ignore_ascii_case("timepoint"));
        rest.is_some_and(|word| name[word.len()..].bytes().all(|byte| byte.is_ascii_digit()))
    }

    fn shape(_: &Disk<'_>, files: &NamedFiles) -> Result<Option<PlateShape>, Cancelled> {
        Ok(described(files).and_then(|description| description.shape))
    }

    fn describe(disk: &Disk<'_>, files: &NamedFiles, draft: &mut Draft) -> Result<(), Cancelled> {
        let Some(description) = described(files) else { return Ok(()) };
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
        let tables: Vec<_> =
            description.tables.iter().filter_map(|table| files.find(|name| name == table)).collect();
        if tables.is_empty() {
            return Ok(());
        }
        let is_whole = tables.len() == description.tables.len();
        let mut rows = Vec::new();
        for path in &tables {
            match table::read(path, disk.cancel())? {
                Ok(of_table) => rows.extend(of_table),
                Err(why) => draft.issue(
                    relative(&draft.plate.root, path),
                    format!(
                        "this record cannot be read ({why}), so what should be there is taken from file names"
                    ),
                ),
            }
        }
        record(draft, &rows, is_whole);
        Ok(())
    }
}

fn described(files: &NamedFiles) -> Option<Description> {
    files.find(|name| stem_of(name, "jdce").is_some()).and_then(|path| Description::read(&path))
}

/// Takes what the rows of the tables say: where images lie, and which are not there.
fn record(draft: &mut Draft, rows: &[Row], is_whole: bool) {
    let by_name: HashMap<&str, ImageKey> =
        draft.plate.images.iter().map(|image| (image.source.file_name(), image.key)).collect();
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
