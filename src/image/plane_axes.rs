//! Along which axes of an array its images lie.

use serde::{Deserialize, Serialize};

/// Which axes of an array are rows and columns, counted from its last axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlaneAxes {
    /// Where rows follow each other.
    pub rows_from_last: u8,
    /// The axis of the columns, from the last one.
    pub columns_from_last: u8,
}

impl Default for PlaneAxes {
    /// The last two.
    fn default() -> Self {
        Self { rows_from_last: 1, columns_from_last: 0 }
    }
}
