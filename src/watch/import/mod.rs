//! Memory that other programs measured, as a watched run: one file for each form, each a pure function from text to what it says or to
//! what is wrong with it.
//!
//! What a form does not say stays unknown. `file` reads one and writes the run.

mod cells;
mod columns;
mod error;
mod file;
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
pub use file::{ImportFileError, import_file, is_named_as_recorded};
pub use imported::{Form, Imported};
pub use recognise::{ImportHints, import};
