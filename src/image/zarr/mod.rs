//! Planes of Zarr arrays, version 2 and 3, as images: any two axes are rows and columns.
//!
//! A folder is an array by its `zarr.json` or `.zarray`. Its chunks are decoded one after the other, on the thread that asks,
//! straight into the image where a chunk's samples lie as the image's do; a chunk that is not there is the fill
//! value. Chunks are decompressed by crates, into memory of the size that the metadata gives and never of one that
//! compressed data claims. The `zarrs` crate (0.23) makes room for what they claim (found: 1.1 GB for a chunk of 33 kB
//! that should be 128 bytes), so that a damaged chunk can end the process, and needs a C++ library and some forty crates. Deliberately absent: groups, what the axes
//! mean, stores other than folders.

mod blosc;
mod blosclz;
mod chunk;
mod coding;
mod decompressors;
mod fault;
mod layout;
mod metadata;
mod part;
mod plane;
mod samples;
mod shuffle;
mod version2;
mod version3;
mod write;

pub use fault::ZarrFault;
pub(super) use metadata::{OpenedArray, stamp};
pub(super) use plane::{Plane, decode_into, measure, shape, smaller_form};
pub(crate) use write::{
    LeadingAxis, Level, Reduction, array_metadata, levels, most_plane_bytes, plane_scratch_bytes, write_plane,
};
