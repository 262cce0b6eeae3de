//! Sartorius Incucyte, as exported (`Phase_A2_1_03d06h40m.tif`, `VID12_Green_A2_1_2020y01m31d_00h00m.tif`) and as it keeps
//! its scans (`ScanData/2003/14/0600/12/A2-1-C1.tif`: year and month, day, time, vessel).
//!
//! A well, its field from 1, and a time, by which timepoints are numbered in their order. Deliberately absent: masks and
//! analyses.

use std::ffi::OsStr;
use std::rc::Rc;
use std::sync::LazyLock;

use super::reading::{Named, patterns, reader};
use super::spelling;
use crate::cancel::Cancelled;
use crate::plate::folder::{Disk, Folder};
use crate::plate::name_parts::is_number;
use crate::plate::reader::Reader;
use crate::plate::{Format, NamePattern};

pub(in crate::plate::formats) const READER: Reader = reader::<Incucyte>();

static PATTERNS: LazyLock<Vec<NamePattern>> = LazyLock::new(|| {
    let time = r"(?P<timepoint>\d{1,4}d\d{1,2}h\d{1,2}m|\d{4}y\d+m\d+d_\d+h\d+m)\.[^./]+$";
    let well = r"_(?P<well>[A-Z]{1,2}\d{1,2})_(?P<site>\d{1,5})_";
    let lights =
        "(?i:phase(?: ?contrast)?|bright ?field|green|red|orange|blue|nir|near ?ir|nuclight|hd phase)";
    let of_lights = format!("(?:^|/)(?:(?P<plate>[^/]+?)[-_ ])?(?P<channel>{lights}){well}{time}");
    let of_names = format!("(?:^|/)(?P<plate>[^/]+){well}{time}");
    let kept = r"(?:^|/)(?P<timepoint>\d{4}/\d{2}/\d{4})/(?:(?P<plate>\d+)/)?(?P<well>[A-Z]{1,2}\d{1,2})-(?P<site>\d{1,5})-(?P<channel>[A-Z]\d{0,2})\.[^./]+$";
    patterns(&[&of_lights, &of_names, kept])
});

struct Incucyte;

impl Named for Incucyte {
    const FORMAT: Format = Format::Incucyte;

    fn is_image(name: &str) -> bool {
        spelling::is_incucyte(name)
    }

    fn patterns() -> &'static [NamePattern] {
        &PATTERNS
    }

    fn is_part(below: &str) -> bool {
        is_of_scans(below.split('/'))
    }

    fn plate_folder(disk: &mut Disk<'_>, folder: &Folder) -> Result<Option<Rc<Folder>>, Cancelled> {
        // Folders of any program are called by numbers: from the highest on that can be that of a month.
        let names: Vec<&str> = folder.path.iter().rev().take(4).filter_map(OsStr::to_str).collect();
        let above = (1..=names.len()).rev().find(|up| is_of_scans(names[..*up].iter().rev().copied()));
        let Some(top) = above.and_then(|up| folder.path.ancestors().nth(up)) else { return Ok(None) };
        Ok(Some(disk.folder(top)?))
    }
}

/// The folders of a month (`2003`), a day, a time and a vessel, as far as there are any.
fn is_of_scans<'a>(folders: impl Iterator<Item = &'a str>) -> bool {
    let mut lengths = [4..=4, 2..=2, 4..=4, 1..=6].into_iter();
    let mut folders = folders;
    folders.all(|folder| {
        is_number(folder) && lengths.next().is_some_and(|lengths| lengths.contains(&folder.len()))
    })
}
