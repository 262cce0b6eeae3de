//! Leica Matrix Screener: `slide--S00/chamber--U00--V00/field--X00--Y00/image--L00--S00--U00--V00--J20--E00--O00--X00--Y00--T00--Z00--C00.ome.tif`.
//!
//! All count from 0: S the slide, which is a plate, U the column and V the row of the well, X and Y the column and row of the
//! field, then time, plane and channel. Fields are numbered in the order of their X and Y. Each slide and job (J) is a plate, of
//! which the user chooses. Deliberately absent: loops (L, E, O), and the metadata beside the images.

use std::sync::LazyLock;

use super::reading::{Named, patterns, reader};
use super::spelling;
use crate::plate::name_parts::is_number;
use crate::plate::reader::Reader;
use crate::plate::{Format, NamePattern};

pub(in crate::plate::formats) const READER: Reader = reader::<LeicaMatrix>();

static PATTERNS: LazyLock<Vec<NamePattern>> = LazyLock::new(|| {
    patterns(&[
        r"(?:^|/)image--L\d+--S\d+--U(?P<column0>\d{1,3})--V(?P<row0>\d{1,3})--J\d+(?:--[EO]\d+)*--(?P<site>X\d{1,4}--Y\d{1,4})--T(?P<timepoint>\d{1,6})--Z(?P<z>\d{1,5})--C(?P<channel>\d{1,3})\.[^/]+$",
    ])
});

struct LeicaMatrix;

impl Named for LeicaMatrix {
    const FORMAT: Format = Format::LeicaMatrix;

    fn is_image(name: &str) -> bool {
        spelling::is_leica_matrix(name)
    }

    fn patterns() -> &'static [NamePattern] {
        &PATTERNS
    }

    /// Slides and jobs: what a job recorded is of another size or light, or for the focus alone.
    fn plate_of(path: &str) -> Option<String> {
        PATTERNS.iter().find_map(|pattern| pattern.captures(path))?;
        let name = path.rsplit('/').next().unwrap_or(path);
        let part =
            |letter: char| name.split("--").find(|part| part.strip_prefix(letter).is_some_and(is_number));
        Some(format!("{} {}", part('S')?, part('J')?))
    }

    fn is_part(below: &str) -> bool {
        below.split('/').all(Self::is_surely_part)
    }

    fn is_surely_part(name: &str) -> bool {
        ["slide--S", "chamber--U", "field--X"].iter().any(|part| name.starts_with(part))
    }
}
