//! Pixels: what an image is made of, decoding into given memory, encoding, thumbnails.
//!
//! Pixels are plain bytes in the machine's byte order, row by row from the top left, samples of a
//! pixel side by side. Nothing here owns the pixels of a run: the store of [`crate::memory`] does,
//! and hands slices to these functions. Deliberately absent: colour management and any change of
//! pixel type on reading (an image keeps the type it has in its file).

mod content_hash;
mod contrast;
mod decode;
mod description;
mod encode;
mod fault;
mod file_names;
mod format;
mod ome;
mod page_place;
mod pages;
mod palette;
mod picture;
mod plane_axes;
mod prefetch;
mod scratch;
mod source;
mod source_folder;
mod tiff_file;
mod zarr;

pub(crate) use content_hash::hash_of_file;
pub use content_hash::{ContentHash, NoHash};
pub use contrast::Contrast;
pub(crate) use contrast::auto_contrast;
pub(crate) use contrast::sample_value;
pub use decode::{DecodeScratch, decode_scratch_bytes};
pub(crate) use description::flex_xml;
pub use description::{PageDescription, description};
#[cfg(test)]
pub(crate) use encode::MOST_DESCRIPTION_BYTES;
pub(crate) use encode::encode_scratch_bytes;
pub use encode::{Compression, Description, EncodeError, most_file_bytes, write_tiff};
pub use fault::DecodeError;
pub use file_names::{FileName, FileNames};
pub use format::{ImageFormat, ImageHeader, ImageMut, ImageRef, PixelType, SharedChunk};
pub(crate) use ome::{
    AbsentPlane, ExposedPlane, OmeChannel, OmeDocument, OmeFile, OmeImage, OmePlace, OmePlane, OmePlate,
    OmeSample, OmeUnit, PlaneOrder, RESULT_NAMESPACE, TiffData, read as read_ome,
};
pub use page_place::PagePlace;
pub use pages::{PageOfFile, Pages, PagesToldBy, pages};
pub(crate) use palette::usual_colour;
pub use palette::{CHANNEL_COLOURS, Rgb, channel_colours};
pub use plane_axes::PlaneAxes;
pub use source::ImageSource;
pub use source_folder::{SourceFiles, SourceFolder};
pub use zarr::ZarrFault;
pub(crate) use zarr::{
    LeadingAxis, Level, Reduction, array_metadata, levels, most_plane_bytes, plane_scratch_bytes, write_plane,
};
