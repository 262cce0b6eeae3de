//! Which wells a plate names, and how large it is.

use std::collections::HashSet;

use super::metadata::{Line, PlateRecord};
use super::path;
use crate::plate::draft::Draft;
use crate::plate::{KNOWN_SHAPES, PlateShape, ScanIssue, WellId};
use crate::quantity::plural;
use crate::shown_text::brief;

/// A well of a plate.
pub(super) struct NamedWell {
    pub(super) well: WellId,
    /// The path of its group below the plate folder.
    pub(super) path: String,
}

/// The wells that a plate names, each once. What is no well is told.
pub(super) fn of_plate(draft: &mut Draft, plate: &PlateRecord) -> Vec<NamedWell> {
    let mut wells = Vec::new();
    let mut seen = HashSet::new();
    let mut issues = Vec::new();
    for named in &plate.wells {
        let path = named.path.0.trim_matches('/');
        let why = match path::parts(&named.path.0).map(|parts| well_of(&parts)) {
            None => "its path leads nowhere below the plate",
            Some(None) => "no plate has a well of this name",
            Some(Some(well)) if seen.insert(well) => {
                wells.push(NamedWell { well, path: path.to_owned() });
                continue;
            }
            Some(Some(_)) => "another well has the same place",
        };
        let why = format!("the plate names a well “{}”: {why}; skipped", brief(path));
        issues.push(ScanIssue { path: ".".to_owned(), why });
    }
    draft.issues(issues, ".", |rest| format!("{} that the plate names skipped", plural(rest, "more well")));
    wells
}

/// The well at the end of a path: row and column, or both in one name.
fn well_of(parts: &[&str]) -> Option<WellId> {
    match parts {
        [.., row, column] => {
            let (row, column) = (row_of(row)?, column.parse::<u32>().ok()?.checked_sub(1)?);
            WellId::at(row, column)
        }
        [name] => name.parse().ok(),
        [] => None,
    }
}

/// A row by its letters or its number, from 0.
fn row_of(name: &str) -> Option<u32> {
    match name.parse::<u32>() {
        Ok(number) => number.checked_sub(1),
        Err(_) => WellId::from_row_letters(name, 1).map(|well| u32::from(well.row)),
    }
}

/// Rows and columns, where the plate names all of those of a plate that is made. Many name only the ones in use.
pub(super) fn shape(plate: &PlateRecord) -> Option<PlateShape> {
    let last = |lines: &[Line], number: fn(&str) -> Option<u32>| {
        let numbers: HashSet<u32> = lines.iter().filter_map(|line| number(&line.name.0)).collect();
        let last = numbers.iter().max()?.checked_add(1)?;
        u16::try_from(last).ok().filter(|_| numbers.len() == last as usize)
    };
    let column_of = |name: &str| name.parse::<u32>().ok()?.checked_sub(1);
    let shape = PlateShape { rows: last(&plate.rows, row_of)?, columns: last(&plate.columns, column_of)? };
    KNOWN_SHAPES.contains(&shape).then_some(shape)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_well_is_where_the_end_of_its_path_says() {
        let table = [
            ("A/1", Some("A01")),
            ("B/03", Some("B03")),
            ("plates/B/03", Some("B03")),
            ("AF/48", Some("AF48")),
            ("2/3", Some("B03")),
            ("h/12", Some("H12")),
            ("B03", Some("B03")),
            ("B/0", None),
            ("B/x", None),
            ("Q9/1", None),
            ("A/49", None),
        ];
        for (path, expected) in table {
            let well = path::parts(path).and_then(|parts| well_of(&parts)).map(|well| well.to_string());
            assert_eq!(well.as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn a_shape_is_told_by_all_rows_and_columns_of_a_plate() {
        let names = |names: &str| {
            json!(names.split_whitespace().map(|name| json!({ "name": name })).collect::<Vec<_>>())
        };
        let table = [
            ("A B", "1 2 3", Some((2, 3))),
            ("A B C", "01 02 03 04", Some((3, 4))),
            ("B", "03", None),
            ("A B C", "1 2 3", None),
            ("A B", "1 2 4", None),
            ("", "", None),
        ];
        for (rows, columns, expected) in table {
            let plate = json!({ "rows": names(rows), "columns": names(columns), "wells": [] });
            let plate: PlateRecord = serde_json::from_value(plate).unwrap();
            assert_eq!(shape(&plate).map(|shape| (shape.rows, shape.columns)), expected, "{rows} {columns}");
        }
    }
}
