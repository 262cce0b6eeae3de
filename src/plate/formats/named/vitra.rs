//! Names of Vitra's and of the SBS standard's order: `Channel1-01-A-01.tif`, with a field or plane at the end in some.
//!
//! The channel, a running number of the well, its row and its column. Deliberately absent: the running number, which
//! says nothing more.

use std::sync::LazyLock;

use super::reading::{Named, patterns, reader};
use super::spelling;
use crate::plate::reader::Reader;
use crate::plate::{Format, NamePattern};

pub(in crate::plate::formats) const READER: Reader = reader::<Vitra>();

static PATTERNS: LazyLock<Vec<NamePattern>> = LazyLock::new(|| {
    patterns(&[
        r"(?:^|/)Channel ?(?P<channel>\d{1,3})-\d+-(?P<row>[A-Z]{1,2})-(?P<column>\d{1,2})(?:-(?P<site>\d{1,5}))?\.[^./]+$",
    ])
});

struct Vitra;

impl Named for Vitra {
    const FORMAT: Format = Format::Vitra;

    fn is_image(name: &str) -> bool {
        spelling::is_vitra(name)
    }

    fn patterns() -> &'static [NamePattern] {
        &PATTERNS
    }
}
