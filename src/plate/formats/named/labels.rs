//! Wells that are named and counted at once: on which plate both are right.

use crate::plate::name_parts::{is_number, is_well};
use crate::plate::{KNOWN_SHAPES, PlateShape, WellId};

use super::reading::NamedFiles;

/// What the names of a plate say of its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Labels {
    /// No well is named and counted.
    None,
    /// On this plate, the smallest such, all are right.
    Agree(PlateShape),
    /// There is no such plate.
    Contradict,
}

impl Labels {
    /// Of all images, in whose names `--W0021--P` counts the well from 1.
    pub(super) fn of(files: &NamedFiles) -> Self {
        Self::among(files.names.iter().filter_map(|(_, name)| labelled(name)))
    }

    fn among(wells: impl Iterator<Item = (Option<WellId>, u32)>) -> Self {
        let mut shapes: Vec<PlateShape> = KNOWN_SHAPES.to_vec();
        let mut is_any = false;
        for (label, number) in wells {
            shapes.retain(|shape| number as usize <= shape.wells());
            let Some(label) = label else { continue };
            is_any = true;
            shapes.retain(|shape| {
                let index = u32::from(label.row) * u32::from(shape.columns) + u32::from(label.column);
                shape.contains(label) && index + 1 == number
            });
        }
        match shapes.first() {
            _ if !is_any => Self::None,
            Some(shape) => Self::Agree(*shape),
            None => Self::Contradict,
        }
    }

    /// The plate, where there is one.
    pub(super) fn shape(self) -> Option<PlateShape> {
        match self {
            Self::Agree(shape) => Some(shape),
            Self::None | Self::Contradict => None,
        }
    }

    /// What is to be said of it.
    pub(super) fn note(self) -> Option<&'static str> {
        (self == Self::Contradict).then_some(
            "the wells in the names and the well numbers beside them do not fit any plate; the wells in the names were used",
        )
    }
}

/// The well that a name says, where it does, and its number.
fn labelled(name: &str) -> Option<(Option<WellId>, u32)> {
    let parts: Vec<&str> = name.split("--").collect();
    let is_counted = |part: &str, letter: char| part.strip_prefix(letter).is_some_and(is_number);
    let at = parts.windows(2).position(|pair| is_counted(pair[0], 'W') && is_counted(pair[1], 'P'))?;
    let label = parts[..at].iter().find(|part| is_well(part)).and_then(|part| part.parse().ok());
    Some((label, parts[at][1..].parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_tell_the_plate_on_which_wells_are_counted() {
        let shape = |wells| KNOWN_SHAPES.into_iter().find(|shape| shape.wells() == wells).map(Labels::Agree);
        let table: [(&[&str], Option<Labels>); 7] = [
            (&["B1--W00013--P00001--Z0", "--W00096--P00001"], shape(96)),
            // In the first row the columns are seen from what does not fit.
            (&["A7--W00007--P00001"], shape(48)),
            (&["A12--W00012--P00001", "--W00013--P00001"], shape(96)),
            (&["x--B9--e--W0021--P000", "x--W0022--P000"], shape(96)),
            (&["P24--W0384--P1"], shape(384)),
            (&["x--W0022--P000", "none"], Some(Labels::None)),
            (&["A1--W0002--P1"], Some(Labels::Contradict)),
        ];
        for (names, expected) in table {
            assert_eq!(
                Some(Labels::among(names.iter().filter_map(|name| labelled(name)))),
                expected,
                "{names:?}"
            );
        }
    }
}
