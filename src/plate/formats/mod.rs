//! The forms in which plates are found on disk: one file for each, with its `Reader`, and a folder for its parts.
//!
//! To add one: its file here, its arm of [`Format`](super::Format), and its line in `list.rs`.

mod cellvoyager;
mod files;
mod flex;
mod harmony;
pub(super) mod imagexpress;
mod in_carta;
mod in_cell;
mod list;
mod named;
mod ome_tiff;
mod ome_zarr;
pub(super) mod pattern;

pub(super) use list::{reader, readers};
