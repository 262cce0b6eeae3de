//! Cephla Squid: `0/A1_0_0_Fluorescence_405_nm_Ex.tiff`: the timepoint's folder, then well, field, plane and light.
//!
//! All but columns count from 0. Where the stage stood is in `coordinates.csv` of the first timepoint, the pixel size follows from
//! `acquisition parameters.json` (sensor pixel / (magnification * tube lens / the objective's tube lens)), both beside
//! the folders. Deliberately absent: regions that are no wells (`manual0`), and positions that differ by timepoint.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;
use std::rc::Rc;
use std::sync::LazyLock;

use serde_json::Value;

use super::reading::{Named, NamedFiles, patterns, reader};
use super::spelling;
use crate::cancel::Cancelled;
use crate::disk;
use crate::limits;
use crate::plate::draft::Draft;
use crate::plate::folder::{Disk, Folder};
use crate::plate::geometry::Recorded;
use crate::plate::name_parts::is_number;
use crate::plate::reader::Reader;
use crate::plate::{Format, NamePattern, PixelSize, SitePosition, SitePositions, WellId};

pub(in crate::plate::formats) const READER: Reader = reader::<Squid>();

static PATTERNS: LazyLock<Vec<NamePattern>> = LazyLock::new(|| {
    let name = r"(?P<well>[A-Z]{1,2}\d{1,2})_(?P<site>\d{1,5})_(?P<z>\d{1,5})_(?P<channel>[^/]+)\.[^./]+$";
    patterns(&[&format!(r"(?:^|/)(?P<timepoint>\d{{1,5}})/{name}"), &format!("(?:^|/){name}")])
});

/// What an acquisition was set to.
const PARAMETERS: &str = "acquisition parameters.json";
/// Where the stage stood.
const TABLES: [&str; 2] = ["coordinates.csv", "acquired_positions.csv"];

struct Squid;

impl Named for Squid {
    const FORMAT: Format = Format::Squid;

    fn is_image(name: &str) -> bool {
        spelling::is_squid(name)
    }

    fn patterns() -> &'static [NamePattern] {
        &PATTERNS
    }

    fn is_part(below: &str) -> bool {
        is_number(below) && below.len() <= 5
    }

    /// Folders of any program are called by numbers: what lies beside them tells.
    fn plate_folder(disk: &mut Disk<'_>, folder: &Folder) -> Result<Option<Rc<Folder>>, Cancelled> {
        let Some(above) = folder.path.parent().filter(|_| Self::is_part(folder.name())) else {
            return Ok(None);
        };
        let above = disk.folder(above)?;
        Ok(above.has_file(|name| name.eq_ignore_ascii_case(PARAMETERS)).then_some(above))
    }

    fn describe(disk: &Disk<'_>, files: &NamedFiles, draft: &mut Draft) -> Result<(), Cancelled> {
        disk.cancel().check()?;
        draft.plate.microscope = Some("Squid".to_owned());
        let parameters = files.find(|name| name.eq_ignore_ascii_case(PARAMETERS));
        if let Some(size) = parameters.and_then(|path| pixel_size(&path)) {
            draft.pixel_size_of_all(size);
        }
        // That of the plan, beside the folders, does not say which field is where; newer versions write what was done there.
        let is_table = |name: &str| TABLES.iter().any(|table| name.eq_ignore_ascii_case(table));
        if let Some(stage) = files.find_all(is_table).find_map(|path| stage_positions(&path)) {
            let images = draft.plate.images.iter();
            draft.plate.site_positions = SitePositions::of_recorded(images.map(|image| {
                let site = image.key().site.unwrap_or(0);
                let recorded =
                    Recorded { offset: None, stage: stage.get(&(image.key().well, site)).copied() };
                (image.key(), recorded)
            }));
        }
        Ok(())
    }
}

fn pixel_size(path: &Path) -> Option<PixelSize> {
    let file = disk::open(path).ok()?;
    let mut text = Vec::new();
    file.take(limits::SQUID_PARAMETERS_BYTES).read_to_end(&mut text).ok()?;
    let parameters: Value = serde_json::from_slice(&text).ok()?;
    let number = |value: &Value, name: &str| value.get(name).and_then(Value::as_f64);
    let objective = parameters.get("objective")?;
    let lens = number(&parameters, "tube_lens_mm")? / number(objective, "tube_lens_f_mm")?;
    let sensor_um = number(&parameters, "sensor_pixel_size_um")?;
    PixelSize::square(sensor_um / (number(objective, "magnification")? * lens))
}

/// Where the stage stood at each field of a well, y down as the rows of images go.
fn stage_positions(path: &Path) -> Option<HashMap<(WellId, u32), SitePosition>> {
    let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(disk::open(path).ok()?);
    let headers = rows.headers().ok()?.clone();
    let column = |name: &str| headers.iter().position(|header| header.trim() == name);
    let (region, fov) = (column("region")?, column("fov")?);
    let (x, y) = (column("x (mm)")?, column("y (mm)")?);
    let mut positions = HashMap::new();
    // What cannot be read is a place that is not known.
    for row in rows.records().map_while(Result::ok).take(limits::TABLE_ROWS) {
        let at = |column: usize| row.get(column).map(str::trim);
        let number = |column: usize| at(column).and_then(|text| text.parse::<f64>().ok());
        let well = at(region).and_then(|well| well.parse().ok());
        let field = at(fov).and_then(|field| field.parse().ok());
        let (Some(well), Some(field), Some(x), Some(y)) = (well, field, number(x), number(y)) else {
            continue;
        };
        positions.entry((well, field)).or_insert(SitePosition { x_um: x * 1000.0, y_um: y * 1000.0 });
    }
    Some(positions)
}
