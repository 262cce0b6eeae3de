//! Leica Matrix Screener: `slide--S00/chamber--U00--V00/field--X00--Y00/image--L00--S00--U00--V00--J20--E00--O00--X00--Y00--T00--Z00--C00.ome.tif`.
//!
//! All count from 0: S the slide, which is a plate, U the column and V the row of the well, X and Y the column and row of the
//! field, then time, plane and channel. Fields are numbered in the order of their X and Y. Deliberately absent: jobs (J)
//! and loops (L, E, O), so that of several jobs one image of each kind is kept and the others are told; the metadata
//! beside the images.

use std::sync::LazyLock;

use super::reading::{Named, patterns, reader};
use super::spelling;
use crate::plate::reader::Reader;
use crate::plate::{Format, NamePattern};

pub(in crate::plate::formats) const READER: Reader = reader::<LeicaMatrix>();

static PATTERNS: LazyLock<Vec<NamePattern>> = LazyLock::new(|| {
    patterns(&[
        r"(?:^|/)image--L\d+--S(?P<plate>\d+)--U(?P<column0>\d+)--V(?P<row0>\d+)--J\d+--E\d+--O\d+--(?P<site>X\d+--Y\d+)--T(?P<timepoint>\d+)--Z(?P<z>\d+)--C(?P<channel>\d+)\.[^/]+$",
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

    fn is_part(name: &str) -> bool {
        ["slide--S", "chamber--U", "field--X"].iter().any(|part| name.starts_with(part))
    }
}
