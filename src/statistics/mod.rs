//! What numbers of wells come to: of one condition, of two controls, of a whole plate. Pure numbers; each by its published definition.
//!
//! Values that are no numbers are left out. What cannot be said of too few values is `None`, never 0. Deliberately absent: tests of
//! significance and fitted curves.

mod assay;
mod polish;
mod summary;

pub use assay::AssayQuality;
pub use polish::MedianPolish;
pub use summary::Summary;
