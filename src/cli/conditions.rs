//! What wells hold, as a command is told it or the plate says it, and the wells that are chosen by it.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::failure::{Exit, Failure};
use super::output::{print, print_stderr};
use crate::conditions::{ChoiceFault, Conditions, ConditionsFault, Kind, Value, WellChoice, of_plate, read};
use crate::plate::Plate;
use crate::quantity::plural;

/// The most values of a column that are shown in words; JSON has all.
const MOST_SHOWN: usize = 12;

impl From<ConditionsFault> for Failure {
    fn from(fault: ConditionsFault) -> Self {
        let exit = if matches!(fault, ConditionsFault::Io { .. }) { Exit::CannotOpen } else { Exit::Usage };
        Self::new(exit, format!("{fault}."))
    }
}

impl From<ChoiceFault> for Failure {
    fn from(fault: ChoiceFault) -> Self {
        Self::usage(format!("{fault}."))
    }
}

/// What the wells of a plate hold: by a layout that was named, else as the plate says of itself. What to know of it is told.
pub(super) fn conditions(layout: Option<&Path>, plate: &Plate) -> Result<Option<Arc<Conditions>>, Failure> {
    let Some(layout) = layout else {
        let found = of_plate(plate);
        found.iter().flat_map(Conditions::notes).for_each(|note| print_stderr(note));
        return Ok(found.map(Arc::new));
    };
    let found = read(layout, plate.into())?;
    found.notes().iter().for_each(|note| print_stderr(note));
    found.notes_over(&plate.wells()).iter().for_each(|note| print_stderr(note));
    Ok(Some(Arc::new(found)))
}

/// Wells by names or by what they hold, as an option that may also be `all` or nothing.
pub(super) fn choices(words: &[String]) -> Result<Vec<WellChoice>, Failure> {
    let chosen: Result<Vec<WellChoice>, ChoiceFault> =
        words.iter().filter(|word| *word != "all").map(|word| word.parse()).collect();
    Ok(chosen?)
}

/// What wells hold, column by column, in words.
pub(super) fn describe(conditions: &Conditions) {
    for (index, column) in conditions.columns().iter().enumerate() {
        let values = conditions.values(index);
        let shown: Vec<String> = values
            .iter()
            .take(MOST_SHOWN)
            .map(|(value, wells)| format!("{value} ({})", plural(wells.len(), "well")))
            .collect();
        let more = values.len() - shown.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        print(&format!("{}: {}{more}", column.heading(), shown.join(", ")));
    }
}

/// The same for scripts.
pub(super) fn document(conditions: &Conditions) -> Json {
    let value = |value: &Value| match value {
        Value::Text(text) => json!(text),
        Value::Number(number) => json!(number),
    };
    let columns = conditions.columns().iter().map(|column| {
        let kind = match column.kind {
            Kind::Text => "text",
            Kind::Dose { .. } => "dose",
        };
        json!({"name": column.name, "kind": kind, "unit": column.unit()})
    });
    let well = |values: &[Option<Value>]| {
        let cells = conditions.columns().iter().zip(values);
        let cells =
            cells.map(|(column, cell)| (column.name.clone(), cell.as_ref().map_or(Json::Null, value)));
        Json::Object(cells.collect::<Map<String, Json>>())
    };
    let wells = conditions.wells().map(|(name, values)| (name.to_string(), well(values)));
    json!({
        "columns": columns.collect::<Vec<_>>(),
        "wells": wells.collect::<Map<String, Json>>(),
        "notes": conditions.notes(),
        "of_plate": conditions.is_of_plate(),
    })
}
