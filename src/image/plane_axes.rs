//! Along which axes of an array its images lie.

use std::num::NonZeroU8;

use serde::{Deserialize, Serialize};

/// Which axes of an array are rows and columns, counted from its last axis, and which the samples of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlaneAxes {
    /// Where rows follow each other.
    pub rows_from_last: u8,
    /// The axis of the columns, from the last one.
    pub columns_from_last: u8,
    /// The axis of the samples of a pixel, from 1 for the last one; `None` where a pixel has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<NonZeroU8>,
}

impl PlaneAxes {
    /// In colour, as Stepwell saves it: time, samples, z, rows, columns.
    pub(crate) fn in_colour() -> Self {
        Self { samples: NonZeroU8::new(4), ..Self::default() }
    }
}

impl Default for PlaneAxes {
    /// The last two, and one sample.
    fn default() -> Self {
        Self { rows_from_last: 1, columns_from_last: 0, samples: None }
    }
}
