//! What OME has no place for, in an annotation of our own: the microscope's numbers, and what is not there.
//!
//! ```xml
//! <Result xmlns="urn:x-stepwell:result" Version="1" Channels="1 3" Planes="1-9" Timepoints="1">
//!   <Channel Number="3" PhysicalSizeX="0.65" PhysicalSizeY="0.65"/>
//!   <Well Row="0" Column="1" Sites="1 3" Further="12">
//!     <Absent Why="…">s2_w1_z1_t1 s2_w3_z1_t1</Absent>
//!   </Well>
//! </Result>
//! ```
//!
//! `Channels`, `Planes` and `Timepoints` are the numbers by OME's ranks, `Sites` those of the well's samples in their order.
//! A component that a step has assembled counts as 1, as in the names of the files. `Further` counts what a well lacks beyond
//! the list.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::plate::{Component, ImageKey};

/// Version of the annotation.
pub(super) const VERSION: u32 = 1;

/// Why an image of a result is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Lack {
    /// An image that it is made of is missing from the plate.
    Missing,
    /// An image that it is made of could not be read, or a step could not be done to it.
    Failed,
    /// The run ended before.
    Ended,
}

impl Lack {
    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Missing => "withheld by the run, as an image that it is made of was missing",
            Self::Failed => "withheld by the run, as an image or a step that it needs failed",
            Self::Ended => "not saved: the run ended before",
        }
    }
}

/// Numbers as a list, in which those that follow each other are one part: `1-4 9`.
pub(super) fn listed(numbers: impl IntoIterator<Item = u32>) -> String {
    let mut parts: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match parts.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => parts.push((number, number)),
        }
    }
    let part = |(first, last): (u32, u32)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    parts.into_iter().map(part).collect::<Vec<_>>().join(" ")
}

/// Images among those of their well: `s2_w1_z1_t1 s2_w1_z2_t1`.
pub(super) fn tokens(keys: &[ImageKey]) -> String {
    let mut text = String::new();
    for key in keys {
        let mut joint = if text.is_empty() { "" } else { " " };
        for component in [Component::Site, Component::Channel, Component::Z, Component::Timepoint] {
            // Writing to a text cannot fail.
            let _ = write!(text, "{joint}{}{}", component.letter(), key.get(component).unwrap_or(1));
            joint = "_";
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_follow_each_other_are_one_part() {
        let table: [(&[u32], &str); 5] = [
            (&[], ""),
            (&[7], "7"),
            (&[1, 2, 3, 5, 9, 10], "1-3 5 9-10"),
            // Two images of one site.
            (&[1, 1, 2, 2], "1 1-2 2"),
            (&[u32::MAX - 1, u32::MAX], "4294967294-4294967295"),
        ];
        for (numbers, expected) in table {
            assert_eq!(listed(numbers.iter().copied()), expected);
        }
    }
}
