//! What the images that are used say of themselves: their sizes and types, which of them are unlike the rest, and
//! which files have more than is taken of them.

mod further_pages;
mod issues;
mod listed;
mod read;
mod usual;

pub(crate) use read::header_readers;
pub use read::{MeasureError, Measured};
pub use usual::UsualFormats;
