//! What wells hold, as columns with a value or none for each well.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::plate::WellId;

/// What the wells of a plate hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    pub(super) columns: Vec<Column>,
    /// Of each well that the layout has as many values as there are columns.
    pub(super) wells: BTreeMap<WellId, Vec<Option<Value>>>,
    pub(super) notes: Vec<String>,
    pub(super) is_of_plate: bool,
}

/// A column of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What it is called, without its unit. No two columns of a layout share it.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
}

/// What the values of a column are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Names of conditions.
    Text,
    /// Numbers.
    Dose {
        /// What they count, as `µM`; `None` where nobody says.
        unit: Option<String>,
    },
}

/// What a well holds by one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The name of a condition.
    Text(String),
    /// A number, which is finite, in the unit of its column.
    Number(f64),
}

impl Conditions {
    /// The columns, as they stand in the layout.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The wells that the layout has, with a value or none for each column.
    pub fn wells(&self) -> impl ExactSizeIterator<Item = (WellId, &[Option<Value>])> {
        self.wells.iter().map(|(well, values)| (*well, values.as_slice()))
    }

    /// What a well holds, a value or none for each column; `None` where the layout does not have the well.
    pub fn of(&self, well: WellId) -> Option<&[Option<Value>]> {
        self.wells.get(&well).map(Vec::as_slice)
    }

    /// What to know of the layout by itself, in sentences: wells that it has twice, texts that are no well.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether the plate itself says it, and no layout that a user gave.
    pub fn is_of_plate(&self) -> bool {
        self.is_of_plate
    }

    /// The values of a column in order, with the wells that have each.
    pub fn values(&self, column: usize) -> Vec<(&Value, BTreeSet<WellId>)> {
        let mut values: Vec<(&Value, BTreeSet<WellId>)> = Vec::new();
        let of_wells = self.wells().filter_map(|(well, values)| Some((well, values.get(column)?.as_ref()?)));
        for (well, value) in of_wells {
            match values.binary_search_by(|(known, _)| known.in_order(value)) {
                Ok(at) => drop(values[at].1.insert(well)),
                Err(at) => values.insert(at, (value, BTreeSet::from([well]))),
            }
        }
        values
    }

    /// What to know where the layout is laid over wells of a plate, in sentences.
    pub fn notes_over(&self, wells: &BTreeSet<WellId>) -> Vec<String> {
        let laid: BTreeSet<WellId> = self.wells.keys().copied().collect();
        let without: Vec<WellId> = wells.difference(&laid).copied().collect();
        let without_images: Vec<WellId> = laid.difference(wells).copied().collect();
        let mut notes = Vec::new();
        if !without_images.is_empty() {
            notes.push(format!(
                "The layout has wells of which the plate has no image: {}.",
                named(&without_images)
            ));
        }
        if !without.is_empty() {
            notes.push(format!("The layout says nothing of wells of the plate: {}.", named(&without)));
        }
        notes
    }
}

/// The most wells that a sentence names.
const MOST_NAMED: usize = 8;

/// Wells in a sentence: `A01, A02 and 94 more`.
pub(super) fn named(wells: &[WellId]) -> String {
    let names: Vec<String> = wells.iter().take(MOST_NAMED).map(ToString::to_string).collect();
    let more = wells.len().saturating_sub(names.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    names.join(", ") + &more
}

impl Column {
    /// What stands over the column: `dose (µM)`.
    pub fn heading(&self) -> String {
        match &self.kind {
            Kind::Dose { unit: Some(unit) } => format!("{} ({unit})", self.name),
            Kind::Dose { unit: None } | Kind::Text => self.name.clone(),
        }
    }

    /// The unit of its values, where one is known.
    pub fn unit(&self) -> Option<&str> {
        match &self.kind {
            Kind::Dose { unit } => unit.as_deref(),
            Kind::Text => None,
        }
    }
}

impl Value {
    /// Numbers by their size, then texts by their letters, whatever their case.
    fn in_order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.total_cmp(other),
            (Self::Text(one), Self::Text(other)) => {
                alphanumeric_sort::compare_str(one.to_lowercase(), other.to_lowercase()).then(one.cmp(other))
            }
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

impl fmt::Display for Value {
    /// Without its unit. A number is as short as it can be read back exactly.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            // Zeros of very large and small numbers help nobody.
            Self::Number(number) if *number != 0.0 && !(1e-5..1e15).contains(&number.abs()) => {
                write!(f, "{number:e}")
            }
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}
