//! What the images that are used say of themselves: their sizes and types, which of them are unlike the rest, and
//! which files have more than is taken of them.

mod distinct;
mod further_pages;
mod issues;
mod listed;
mod read;
mod usual;

pub use distinct::MeasureError;
pub use read::Measured;
pub(crate) use read::header_readers;
pub use usual::UsualFormats;
