//! OME-XML, as OME-TIFF files and the documents beside them have it: plates, images, and which page of which file
//! holds which plane.
//!
//! This is the one reader of such documents. What they say of the pages of one file is told here ([`places`]); what
//! they say of a plate is the plate module's affair. Namespaces and their years make no difference: elements are known
//! by their local names and where they stand. Of annotations that of Stepwell's own results is read, and what is said of
//! wells. Deliberately absent: regions of interest, other annotations, and whatever else is no part of a plate.

mod attributes;
mod document;
mod elements;
mod places;
mod planes;
mod reader;
mod result;
mod wells;

pub(crate) use document::{
    ExposedPlane, OmeChannel, OmeDocument, OmeFile, OmeImage, OmePlace, OmePlane, OmePlate, OmeSample,
    OmeUnit, TiffData,
};
pub(super) use places::places;
pub(crate) use planes::PlaneOrder;
pub(crate) use reader::read;
pub(crate) use result::{AbsentPlane, RESULT_NAMESPACE};
