//! Thermo Fisher Cellomics ArrayScan and CellInsight, as exported: `AS_09047_050428030001_O01f00d2.tif`.
//!
//! A well, a field (f) and a channel (d or o), counted from 0. Fields begin anywhere. Deliberately absent: the C01 and DIB files
//! of the instrument, which only its own software exports.

use std::sync::LazyLock;

use super::reading::{Named, patterns, reader};
use super::spelling;
use crate::plate::reader::Reader;
use crate::plate::{Format, NamePattern};

pub(in crate::plate::formats) const READER: Reader = reader::<Cellomics>();

static PATTERNS: LazyLock<Vec<NamePattern>> = LazyLock::new(|| {
    patterns(&[
        r"(?:^|/)(?:(?P<plate>[^/]+)_)?(?P<well>[A-P]\d{2})f(?P<site>\d{2,3})[do](?P<channel>\d+)[^/_]*$",
        r"(?:^|/)(?:(?P<plate>[^/]+)_)?(?P<well>[A-P]\d{2})[do](?P<channel>\d+)[^/_]*$",
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
}
