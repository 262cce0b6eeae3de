//! Wells that are chosen by their names or by what they hold: `A01,B02`, `treatment=DMSO`, `dose=1,10`.

use std::collections::BTreeSet;
use std::str::FromStr;

use super::dose::{Amount, Marks};
use super::model::{Column, Conditions, Kind, Value};
use crate::plate::{WellId, WellNameError};
use crate::quantity::plural;

/// Wells that are chosen in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WellChoice {
    /// By their names.
    Named(Vec<WellId>),
    /// By what they hold.
    Holding {
        /// The name of a column.
        column: String,
        /// What stands behind the equals sign: a value, or several with commas between.
        values: String,
    },
}

/// Why no wells can be chosen so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceFault {
    /// A text is no well.
    #[error(transparent)]
    NoWell(#[from] WellNameError),
    /// A side of the equals sign is empty.
    #[error("“{0}” names no condition: write it as treatment=DMSO")]
    Half(String),
    /// Nothing is known of what wells hold.
    #[error(
        "what the wells hold is not known, so that none can be chosen by “{0}”: name a layout with --layout"
    )]
    Unknown(String),
    /// There is no such column.
    #[error("the layout has no column “{column}”: it has {}", columns.join(", "))]
    NoColumn {
        /// What was asked for.
        column: String,
        /// The columns that there are.
        columns: Vec<String>,
    },
    /// No well has the value.
    #[error("no well has “{value}” as {column}: there are {}", values.join(", "))]
    NoValue {
        /// The column.
        column: String,
        /// What was asked for.
        value: String,
        /// The values that there are, with the number of wells of each.
        values: Vec<String>,
    },
    /// No well is all that.
    #[error("no well of the plate is all of this: {0}")]
    None(String),
}

/// The most values that an error lists.
const MOST_VALUES: usize = 20;

impl FromStr for WellChoice {
    type Err = ChoiceFault;

    fn from_str(text: &str) -> Result<Self, ChoiceFault> {
        let Some((column, values)) = text.split_once('=') else {
            let wells: Result<Vec<WellId>, WellNameError> = text.split(',').map(str::parse).collect();
            return Ok(Self::Named(wells?));
        };
        let (column, values) = (column.trim().to_owned(), values.trim().to_owned());
        if column.is_empty() || values.is_empty() {
            return Err(ChoiceFault::Half(text.to_owned()));
        }
        Ok(Self::Holding { column, values })
    }
}

impl std::fmt::Display for WellChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(wells) => {
                f.write_str(&wells.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
            }
            Self::Holding { column, values } => write!(f, "{column}={values}"),
        }
    }
}

/// The wells that are chosen: those that are named, or all of the plate where none is, and of these the ones that hold what is
/// asked for by each column.
///
/// # Errors
/// [`ChoiceFault`]
pub fn chosen_wells(
    choices: &[WellChoice],
    of_plate: &BTreeSet<WellId>,
    conditions: Option<&Conditions>,
) -> Result<BTreeSet<WellId>, ChoiceFault> {
    let named = choices.iter().filter_map(|choice| match choice {
        WellChoice::Named(wells) => Some(wells),
        WellChoice::Holding { .. } => None,
    });
    let named: BTreeSet<WellId> = named.flatten().copied().collect();
    let mut wells = if named.is_empty() { of_plate.clone() } else { named };
    let mut has_conditions = false;
    for choice in choices {
        let WellChoice::Holding { column, values } = choice else { continue };
        has_conditions = true;
        let conditions = conditions.ok_or_else(|| ChoiceFault::Unknown(choice.to_string()))?;
        let holding = holding(conditions, column, values)?;
        wells.retain(|well| holding.contains(well));
    }
    if wells.is_empty() && has_conditions {
        let all: Vec<String> = choices.iter().map(ToString::to_string).collect();
        return Err(ChoiceFault::None(all.join(" ")));
    }
    Ok(wells)
}

/// The wells that hold one of some values.
fn holding(conditions: &Conditions, name: &str, values: &str) -> Result<BTreeSet<WellId>, ChoiceFault> {
    let columns = conditions.columns();
    let is_named = |column: &&Column| column.name == name || column.heading() == name;
    let is_like = |column: &&Column| {
        let name = name.to_lowercase();
        column.name.to_lowercase() == name || column.heading().to_lowercase() == name
    };
    let found = columns.iter().find(is_named).or_else(|| columns.iter().find(is_like));
    let Some(column) = found else {
        let columns = columns.iter().map(Column::heading).collect();
        return Err(ChoiceFault::NoColumn { column: name.to_owned(), columns });
    };
    let index = columns.iter().position(|other| other == column).unwrap_or_default();
    let known = conditions.values(index);
    // A value may have a comma in it.
    if let Some(wells) = wells_of(&known, column, values) {
        return Ok(wells.clone());
    }
    let mut wells = BTreeSet::new();
    for value in values.split(',').map(str::trim) {
        let Some(of_value) = wells_of(&known, column, value) else {
            let shown = |(value, wells): &(&Value, BTreeSet<WellId>)| {
                format!("{value} ({})", plural(wells.len(), "well"))
            };
            let mut values: Vec<String> = known.iter().take(MOST_VALUES).map(shown).collect();
            if known.len() > values.len() {
                values.push(format!("{} more", known.len() - values.len()));
            }
            return Err(ChoiceFault::NoValue { column: column.heading(), value: value.to_owned(), values });
        };
        wells.extend(of_value);
    }
    Ok(wells)
}

/// The wells of a value: by its letters, else whatever their case, or by its number.
fn wells_of<'a>(
    known: &'a [(&Value, BTreeSet<WellId>)],
    column: &Column,
    asked: &str,
) -> Option<&'a BTreeSet<WellId>> {
    let of = |is: &dyn Fn(&Value) -> bool| known.iter().find(|(value, _)| is(value)).map(|(_, wells)| wells);
    match &column.kind {
        Kind::Text => {
            let lower = asked.to_lowercase();
            let is_text =
                |is: &dyn Fn(&str) -> bool| of(&|value| matches!(value, Value::Text(text) if is(text)));
            is_text(&|text| text == asked).or_else(|| is_text(&|text| text.to_lowercase() == lower))
        }
        Kind::Dose { unit } => {
            let amount = Amount::of(asked)?;
            let is_unit = amount.unit.is_empty() || super::dose::known_unit(amount.unit) == *unit;
            let asked = Marks::of(std::iter::once(amount.numeral), true)
                .number(amount.numeral)
                .filter(|_| is_unit)?;
            of(&|value| matches!(value, Value::Number(number) if *number == asked))
        }
    }
}
