//! Which reader each format has.

use super::{cellvoyager, flex, harmony, imagexpress, in_carta, in_cell, named, ome_tiff, ome_zarr};
use crate::plate::Format;
use crate::plate::reader::Reader;

/// How a format is recognised and read; `None` where only the user says how.
pub(in crate::plate) fn reader(format: Format) -> Option<&'static Reader> {
    match format {
        Format::ImageXpress => Some(&imagexpress::READER),
        Format::Harmony => Some(&harmony::READER),
        Format::CellVoyager => Some(&cellvoyager::READER),
        Format::OmeTiff => Some(&ome_tiff::READER),
        Format::OmeZarr => Some(&ome_zarr::READER),
        Format::InCell => Some(&in_cell::READER),
        Format::InCarta => Some(&in_carta::READER),
        Format::Flex => Some(&flex::READER),
        Format::ScanR => Some(&named::scan_r::READER),
        Format::LeicaMatrix => Some(&named::leica_matrix::READER),
        Format::Embl => Some(&named::embl::READER),
        Format::Cellomics => Some(&named::cellomics::READER),
        Format::Vitra => Some(&named::vitra::READER),
        Format::Incucyte => Some(&named::incucyte::READER),
        Format::Squid => Some(&named::squid::READER),
        Format::Pattern => None,
    }
}

/// The formats that are recognised.
pub(in crate::plate) fn readers() -> impl Iterator<Item = &'static Reader> {
    Format::ALL.into_iter().filter_map(reader)
}
