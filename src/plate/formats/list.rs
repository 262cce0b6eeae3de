//! Which reader each format has.

use super::{cellvoyager, harmony, imagexpress, ome_tiff};
use crate::plate::Format;
use crate::plate::reader::Reader;

/// How a format is recognised and read; `None` where only the user says how.
pub(in crate::plate) fn reader(format: Format) -> Option<&'static Reader> {
    match format {
        Format::ImageXpress => Some(&imagexpress::READER),
        Format::Harmony => Some(&harmony::READER),
        Format::CellVoyager => Some(&cellvoyager::READER),
        Format::OmeTiff => Some(&ome_tiff::READER),
        Format::Pattern => None,
    }
}

/// The formats that are recognised.
pub(in crate::plate) fn readers() -> impl Iterator<Item = &'static Reader> {
    Format::ALL.into_iter().filter_map(reader)
}
