//! Sartorius Incucyte, as exported (`Phase_A2_1_03d06h40m.tif`, `VID12_Green_A2_1_2020y01m31d_00h00m.tif`) and as it keeps
//! its scans (`ScanData/2003/14/0600/12/A2-1-C1.tif`: year and month, day, time, vessel).
//!
//! A well, its field from 1, and a time, by which timepoints are numbered in their order. Deliberately absent: masks and
//! analyses.

use std::sync::LazyLock;

use super::reading::{Named, patterns, reader};
use super::spelling;
use crate::plate::name_parts::is_number;
use crate::plate::reader::Reader;
use crate::plate::{Format, NamePattern};

pub(in crate::plate::formats) const READER: Reader = reader::<Incucyte>();

static PATTERNS: LazyLock<Vec<NamePattern>> = LazyLock::new(|| {
    let time = r"(?P<timepoint>\d+d\d+h\d+m|\d{4}y\d+m\d+d_\d+h\d+m)\.[^./]+$";
    let well = r"_(?P<well>[A-Z]{1,2}\d{1,2})_(?P<site>\d+)_";
    let lights = "(?i:phase(?: ?contrast)?|bright ?field|green|red|orange|blue|nir|near ?ir|hd phase)";
    let of_lights = format!("(?:^|/)(?:(?P<plate>[^/]+?)[-_ ])?(?P<channel>{lights}){well}{time}");
    let of_names = format!("(?:^|/)(?P<plate>[^/]+){well}{time}");
    let kept = r"(?:^|/)(?P<timepoint>\d{4}/\d{2}/\d{4})/(?:(?P<plate>\d+)/)?(?P<well>[A-Z]{1,2}\d{1,2})-(?P<site>\d+)-(?P<channel>[A-Z]\d*)\.[^./]+$";
    let one_scan = r"(?:^|/)(?P<well>[A-Z]{1,2}\d{1,2})-(?P<site>\d+)-(?P<channel>[A-Z]\d*)\.[^./]+$";
    patterns(&[&of_lights, &of_names, kept, one_scan])
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

    /// The folders of months, days, times and vessels.
    fn is_part(name: &str) -> bool {
        is_number(name) && name.len() <= 6
    }

    /// Folders of any program are called so.
    fn is_surely_part(_: &str) -> bool {
        false
    }
}
