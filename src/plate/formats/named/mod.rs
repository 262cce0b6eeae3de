//! Formats whose images are known by their names: one file for each, read by one mechanism (`reading.rs`).

pub(super) mod cellomics;
pub(super) mod embl;
pub(super) mod incucyte;
mod labels;
pub(super) mod leica_matrix;
mod reading;
pub(super) mod scan_r;
pub(super) mod spelling;
pub(super) mod squid;
pub(super) mod vitra;

pub(super) use reading::{Named, NamedFiles, patterns, read, reader, recognise};
pub(super) use spelling::is_named;
