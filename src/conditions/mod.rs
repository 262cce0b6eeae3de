//! What each well holds: conditions such as a treatment, and doses with their unit.
//!
//! People keep this in tables and in grids that look like the plate, and some microscopes keep it beside the images.
//! All of these become [`Conditions`]: columns, and of each well a value or none. A layout says nothing of images: wells
//! that the plate does not have, wells of the plate that the layout does not have, and wells that it has twice are told and
//! change nothing else. Deliberately absent: writing to a plate; a copy of what was read lies in the folder of a run.

mod around;
mod choice;
mod dose;
mod draft;
mod fault;
mod file;
mod grid;
mod headings;
mod joined;
mod kept;
mod model;
mod own;
mod sheet;
mod table;
mod text;

pub use around::ForPlate;
pub use choice::{ChoiceFault, WellChoice, chosen_wells};
pub use fault::ConditionsFault;
pub use file::read;
pub(crate) use joined::JoinedColumns;
pub use kept::as_csv;
pub use model::{Column, Conditions, Kind, Value};
pub use own::of_plate;
