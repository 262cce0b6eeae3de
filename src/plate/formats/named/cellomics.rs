//! Thermo Fisher Cellomics ArrayScan and CellInsight, as exported: `AS_09047_050428030001_O01f00d2.tif`.
//!
//! A well, a field (f) and a channel (d or o), counted from 0. Fields begin anywhere. Deliberately absent: the C01 and DIB files
//! of the instrument, which only its own software exports; names without a field, which say no more than those of anybody; what
//! tells channels called d from those called o.

use std::sync::LazyLock;

use super::super::pattern::Part;
use super::reading::{Named, patterns, reader};
use super::spelling;
use crate::plate::reader::Reader;
use crate::plate::{Format, NamePattern};

pub(in crate::plate::formats) const READER: Reader = reader::<Cellomics>();

static PATTERNS: LazyLock<Vec<NamePattern>> = LazyLock::new(|| {
    patterns(&[
        r"(?:^|/)(?:(?P<plate>[^/]+)_)?(?P<well>[A-Za-z]{1,2}\d{2})f(?P<site>\d{2,3})(?:[do](?P<channel>\d{1,2}))?(?:\.[^/_]*)?\.[^./]+$",
    ])
});

struct Cellomics;

impl Named for Cellomics {
    const FORMAT: Format = Format::Cellomics;

    fn is_image(name: &str) -> bool {
        spelling::is_cellomics(name)
    }

    fn patterns() -> &'static [NamePattern] {
        &PATTERNS
    }

    /// Channels of both letters are two readings of a plate, of which the user chooses.
    fn plate_of(path: &str) -> Option<String> {
        let captured = PATTERNS.iter().find_map(|pattern| pattern.captures(path))?;
        let plate = captured.of(Part::Plate).unwrap_or_default();
        let last = path.rsplit('_').next().unwrap_or(path).split('.').next().unwrap_or_default();
        let letter = last.chars().rev().find(|c| matches!(c, 'd' | 'o')).map(String::from);
        Some([plate, letter.as_deref().unwrap_or_default()].join(" ").trim().to_owned())
    }
}
