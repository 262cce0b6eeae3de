//! Formats whose images are known by their names: one file for each, read by one mechanism (`reading.rs`).

mod cellomics;
mod embl;
mod incucyte;
mod labels;
mod leica_matrix;
mod reading;
mod scan_r;
pub(super) mod spelling;
mod squid;
mod vitra;

pub(super) use cellomics::READER as CELLOMICS;
pub(super) use embl::READER as EMBL;
pub(super) use incucyte::READER as INCUCYTE;
pub(super) use leica_matrix::READER as LEICA_MATRIX;
pub(super) use reading::{Named, NamedFiles, patterns, read, reader, recognise};
pub(super) use scan_r::READER as SCAN_R;
pub(super) use spelling::is_named;
pub(super) use squid::READER as SQUID;
pub(super) use vitra::READER as VITRA;
