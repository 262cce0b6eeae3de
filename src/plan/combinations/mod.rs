//! The combinations of a plan: which images are preloaded, taken through all steps and cleared together.
//!
//! A plan says which they are and does not hold them: they are made of the plate, well after well, whenever somebody goes
//! through them. So a plan of a million images is no larger than one of a few, and wells that are alike in all that steps
//! see are looked at once, however many they are. Deliberately absent: what the combinations need, which is the
//! forecast's affair.

mod alike;
mod list;
mod made;
mod wells;

pub(super) use alike::{Alike, Particulars};
pub use list::Combinations;
pub(super) use list::Part;
pub(super) use wells::ChosenWells;
