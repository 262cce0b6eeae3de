//! Names of EMBL's screens: `W0021--B9--empty/P000--B9--empty/x--B9--empty--W0021--P000--T0000--Z000--C00.ome.tif`.
//!
//! A well is named and counted (W, from 1, row by row), or counted alone; P, T, Z and C count from 0 in some screens and from 1
//! in others, and are taken as they are. Some planes are JPEG files. Deliberately absent: what stands between the
//! well and W, which is the treatment.

use std::sync::LazyLock;

use super::reading::{Named, patterns, reader};
use super::spelling;
use crate::plate::name_parts::is_number;
use crate::plate::reader::Reader;
use crate::plate::{Format, NamePattern};

pub(in crate::plate::formats) const READER: Reader = reader::<Embl>();

static PATTERNS: LazyLock<Vec<NamePattern>> = LazyLock::new(|| {
    patterns(&[
        r"--(?P<well>[A-Z]{1,2}\d{1,2})--[^/]*?W\d+--P(?P<site>\d+)--T(?P<timepoint>\d+)--Z(?P<z>\d+)--C(?P<channel>\d+)\.[^/]+$",
        r"(?:^|/|--)(?P<well>W\d+)--P(?P<site>\d+)--T(?P<timepoint>\d+)--Z(?P<z>\d+)--C(?P<channel>\d+)\.[^/]+$",
    ])
});

struct Embl;

impl Named for Embl {
    const FORMAT: Format = Format::Embl;

    fn is_image(name: &str) -> bool {
        spelling::is_embl(name)
    }

    fn patterns() -> &'static [NamePattern] {
        &PATTERNS
    }

    /// `W0021--B9--empty` and `P000--B9--empty`.
    fn is_part(name: &str) -> bool {
        let counted = name.split_once("--").map_or(name, |(counted, _)| counted);
        counted.len() > 3 && counted.strip_prefix(['W', 'P']).is_some_and(is_number)
    }
}
