//! Names of EMBL's screens: `W0021--B9--empty/P000--B9--empty/x--B9--empty--W0021--P000--T0000--Z000--C00.ome.tif`.
//!
//! A well is named and counted (W, from 1, row by row), or counted alone; P, T, Z and C count from 0 in some screens and from 1
//! in others, and are taken as they are. Some planes are JPEG files. Deliberately absent: what stands between the
//! well and W, which is the treatment.

use std::sync::LazyLock;

use super::labels::Labels;
use super::reading::{Named, NamedFiles, patterns, reader};
use super::spelling;
use crate::cancel::Cancelled;
use crate::plate::draft::Draft;
use crate::plate::folder::Disk;
use crate::plate::name_parts::is_number;
use crate::plate::reader::Reader;
use crate::plate::{Format, NamePattern, PlateShape};

pub(in crate::plate::formats) const READER: Reader = reader::<Embl>();

static PATTERNS: LazyLock<Vec<NamePattern>> = LazyLock::new(|| {
    let rest =
        r"--P(?P<site>\d{1,5})--T(?P<timepoint>\d{1,6})--Z(?P<z>\d{1,5})--C(?P<channel>\d{1,3})\.[^/]+$";
    patterns(&[
        &format!(r"(?:^|/|--)(?P<well>[A-Z]{{1,2}}\d{{1,2}})--(?:[^/]*--)?W\d+{rest}"),
        &format!(r"(?:^|/|--)(?P<well>W\d{{1,6}}){rest}"),
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

    /// `W0021--B9--empty`, and in it `P000--B9--empty`; in some screens without the treatment.
    fn is_part(below: &str) -> bool {
        let (well, site) = below.split_once('/').map_or((below, None), |(well, site)| (well, Some(site)));
        is_counted(well, 'W', 4) && site.is_none_or(|site| is_counted(site, 'P', 3))
    }

    fn is_surely_part(name: &str) -> bool {
        name.contains("--") && (is_counted(name, 'W', 4) || is_counted(name, 'P', 3))
    }

    fn shape(_: &Disk<'_>, files: &NamedFiles) -> Result<Option<PlateShape>, Cancelled> {
        Ok(Labels::of(files).shape())
    }

    fn describe(_: &Disk<'_>, files: &NamedFiles, draft: &mut Draft) -> Result<(), Cancelled> {
        if let Some(note) = Labels::of(files).note() {
            draft.issue(".", note);
        }
        Ok(())
    }
}

/// `W0021`, alone or before `--`.
fn is_counted(name: &str, letter: char, least_digits: usize) -> bool {
    let counted = name.split_once("--").map_or(name, |(counted, _)| counted);
    counted.strip_prefix(letter).is_some_and(|digits| digits.len() >= least_digits && is_number(digits))
}
