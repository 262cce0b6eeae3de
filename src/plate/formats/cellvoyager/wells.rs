//! Where wells lie that CQ1 and CV1000 count along the rows.
//!
//! Only the columns of the plate tell. Where no file says these, the smallest plate is taken that has this many wells, and
//! that is said. Deliberately absent: wells that are counted otherwise.

use super::name::{NamedWell, VoyagerName};
use crate::plate::{KNOWN_SHAPES, MAX_SHAPE, PlateShape, ScanIssue, WellId};
use crate::quantity::count_text;

/// What wells are counted on.
pub(super) struct CountedWells {
    known: Option<PlateShape>,
    /// Where nothing says it.
    assumed: Option<PlateShape>,
    most: u32,
}

impl CountedWells {
    /// Of the names of images, and the shape of the plate where it is known.
    pub(super) fn of<'a>(names: impl Iterator<Item = VoyagerName<'a>>, known: Option<PlateShape>) -> Self {
        let counted = names.filter_map(|name| match name.well {
            NamedWell::Nth(number) => Some(number).filter(|number| *number as usize <= MAX_SHAPE.wells()),
            NamedWell::At(_) => None,
        });
        let most = counted.max().unwrap_or(0);
        let holds = |shape: &PlateShape| shape.wells() >= most as usize;
        let assumed = KNOWN_SHAPES.into_iter().find(holds).filter(|_| known.is_none() && most > 0);
        Self { known, assumed, most }
    }

    /// The well of a name, where the plate has it.
    pub(super) fn at(&self, well: NamedWell) -> Option<WellId> {
        let number = match well {
            NamedWell::At(well) => return Some(well),
            NamedWell::Nth(number) => number.checked_sub(1)?,
        };
        let shape = self.shape()?;
        let columns = u32::from(shape.columns);
        WellId::at(number / columns, number % columns).filter(|well| shape.contains(*well))
    }

    /// The shape of the plate, where it is known or assumed.
    pub(super) fn shape(&self) -> Option<PlateShape> {
        self.known.or(self.assumed)
    }

    /// What is to be said of an assumption.
    pub(super) fn note(&self) -> Option<ScanIssue> {
        let PlateShape { rows, columns } = self.assumed?;
        let why = format!(
            "the wells have numbers (up to {}), and no file says how many columns the plate has: {columns} \
             columns and {rows} rows were assumed, the smallest plate with so many wells. If the plate is larger, \
             wells are shown in wrong places",
            count_text(self.most as usize)
        );
        Some(ScanIssue { path: ".".into(), why })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_wells_lie_along_the_rows() {
        /// Numbers of wells, the known shape, where the wells lie, and whether columns were assumed.
        type Case<'a> = (&'a [u32], Option<(u16, u16)>, &'a [Option<&'a str>], bool);
        let table: &[Case<'_>] = &[
            (&[1, 24, 25, 262], Some((16, 24)), &[Some("A01"), Some("A24"), Some("B01"), Some("K22")], false),
            (&[1, 13], Some((8, 12)), &[Some("A01"), Some("B01")], false),
            (&[1, 97], Some((8, 12)), &[Some("A01"), None], false),
            (&[1, 97], None, &[Some("A01"), Some("E01")], true),
            (&[6], None, &[Some("B03")], true),
            // What no plate has changes nothing for the others.
            (&[1536, 1537], None, &[Some("AF48"), None], true),
            (&[1537], None, &[None], false),
        ];
        for (numbers, known, expected, is_assumed) in table {
            let texts: Vec<_> = numbers.iter().map(|number| format!("W{number}F1T1Z1C1.tif")).collect();
            let names = || texts.iter().filter_map(|text| VoyagerName::parse(text));
            let wells = CountedWells::of(names(), known.map(|(rows, columns)| PlateShape { rows, columns }));
            let found: Vec<_> =
                names().map(|name| wells.at(name.well).map(|well| well.to_string())).collect();
            let expected: Vec<_> = expected.iter().map(|well| well.map(str::to_owned)).collect();
            assert_eq!(found, expected, "{numbers:?}");
            assert_eq!(wells.note().is_some(), *is_assumed, "{numbers:?}");
        }
    }
}
