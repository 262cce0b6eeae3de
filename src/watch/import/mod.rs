//! Memory that other programs measured, as a watched run: one file for each form, each a pure function from text to what it says or to
//! what is wrong with it.
//!
//! What a form does not say stays unknown. Deliberately absent: reading of files, which is the caller's.

mod cells;
mod columns;
mod error;
mod imported;
mod lines;
mod log;
mod memray;
mod mprof;
mod psrecord;
mod recognise;
mod table;

pub use columns::{Columns, Unit};
pub use error::ImportError;
pub use imported::{Form, Imported};
pub use recognise::{ImportHints, import};
