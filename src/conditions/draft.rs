//! What readers found, put together: the values of wells by columns, what these are, and what is odd.

use std::collections::{BTreeMap, BTreeSet};

use super::dose::{Amount, Marks, is_nothing, known_unit, scale, split_heading};
use super::headings::role;
use super::model::{Column, Conditions, Kind, Value, named};
use super::sheet::tidied;
use crate::limits;
use crate::plate::WellId;
use crate::quantity::plural;

/// What stands in one place: a table, or a grid, which is a table of one column.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// What stands over the columns, a unit included.
    pub(super) headings: Vec<String>,
    /// Wells with a text for each column, empty where there is none.
    pub(super) rows: Vec<(WellId, Vec<String>)>,
    /// Whether commas part the cells of the file.
    pub(super) has_commas_between: bool,
    /// What is odd, in sentences.
    pub(super) notes: Vec<String>,
}

impl Conditions {
    /// Puts blocks side by side. A column without any value is none.
    pub(super) fn of_blocks(blocks: Vec<Block>) -> Self {
        let mut conditions = Self::default();
        let mut wells: BTreeSet<WellId> = BTreeSet::new();
        let mut columns: Vec<(Column, BTreeMap<WellId, Value>)> = Vec::new();
        let mut further = 0;
        for block in blocks {
            conditions.notes.extend(block.notes);
            let (rows, doubled) = each_once(block.rows);
            if !doubled.is_empty() {
                conditions.notes.push(format!(
                    "The layout has wells more than once, and not alike: {}. What stands first counts.",
                    named(&doubled)
                ));
            }
            wells.extend(rows.keys());
            for (index, heading) in block.headings.iter().enumerate() {
                let texts = rows.iter().filter_map(|(well, texts)| Some((*well, texts.get(index)?.as_str())));
                let texts: Vec<(WellId, &str)> = texts.filter(|(_, text)| !text.is_empty()).collect();
                let Some(typed) = Typed::of(heading, &texts, block.has_commas_between) else { continue };
                conditions.notes.extend(typed.note);
                if columns.len() < limits::LAYOUT_COLUMNS {
                    columns.push((typed.column, typed.values));
                } else {
                    further += 1;
                }
            }
        }
        if further > 0 {
            conditions
                .notes
                .push(format!("{} more than a layout can have are left out.", plural(further, "column")));
        }
        let mut names = BTreeSet::new();
        for (column, _) in &mut columns {
            // As a heading it would say which well a row is of.
            if role(&column.name).is_some() {
                column.name.insert_str(0, "condition ");
            }
            column.name = distinct(&column.name, &mut names);
        }
        for well in wells {
            let values = columns.iter_mut().map(|(_, values)| values.remove(&well)).collect();
            conditions.wells.insert(well, values);
        }
        conditions.columns = columns.into_iter().map(|(column, _)| column).collect();
        conditions
    }
}

/// The rows by their wells, and the wells of several rows that are not alike. What a later one adds counts.
fn each_once(rows: Vec<(WellId, Vec<String>)>) -> (BTreeMap<WellId, Vec<String>>, Vec<WellId>) {
    let mut once: BTreeMap<WellId, Vec<String>> = BTreeMap::new();
    let mut doubled = BTreeSet::new();
    for (well, texts) in rows {
        let Some(known) = once.get_mut(&well) else {
            once.insert(well, texts);
            continue;
        };
        for (known, text) in known.iter_mut().zip(texts) {
            if known.is_empty() {
                *known = text;
            } else if !text.is_empty() && *known != text {
                doubled.insert(well);
            }
        }
    }
    (once, doubled.into_iter().collect())
}

/// A name that no other column has.
fn distinct(name: &str, names: &mut BTreeSet<String>) -> String {
    let mut distinct = name.to_owned();
    let mut count = 1;
    while !names.insert(distinct.to_lowercase()) {
        count += 1;
        distinct = format!("{name} {count}");
    }
    distinct
}

/// A column whose values are known.
struct Typed {
    column: Column,
    values: BTreeMap<WellId, Value>,
    note: Option<String>,
}

impl Typed {
    /// What texts are, none of which is empty; `None` where there is none.
    fn of(heading: &str, texts: &[(WellId, &str)], has_commas_between: bool) -> Option<Self> {
        if texts.is_empty() {
            return None;
        }
        let said: Vec<(WellId, &str)> = texts.iter().filter(|(_, text)| !is_nothing(text)).copied().collect();
        let amounts: Vec<Option<Amount<'_>>> = said.iter().map(|(_, text)| Amount::of(text)).collect();
        let numerals = amounts.iter().flatten().map(|amount| amount.numeral);
        let marks = Marks::of(numerals, has_commas_between);
        let read = |amount: &Option<Amount<'_>>| {
            let Amount { numeral, unit } = amount.as_ref()?;
            Some((marks.number(numeral)?, known_unit(unit)))
        };
        let numbers: Vec<Option<(f64, Option<String>)>> = amounts.iter().map(read).collect();
        let mut why = match numbers.iter().position(Option::is_none) {
            Some(at) => {
                let is_mostly_numbers = 2 * numbers.iter().flatten().count() >= numbers.len();
                is_mostly_numbers.then(|| format!("“{}” of {} is no number", said[at].1, said[at].0))
            }
            None if said.is_empty() => None,
            None => {
                let numbers: Vec<_> = numbers.into_iter().flatten().collect();
                match doses(heading, &numbers) {
                    Ok((column, numbers)) => {
                        let wells = said.iter().map(|(well, _)| *well);
                        let values = wells.zip(numbers.into_iter().map(Value::Number)).collect();
                        return Some(Self { column, values, note: None });
                    }
                    Err(why) => Some(why),
                }
            }
        };
        let column = Column { name: name_of(heading), kind: Kind::Text };
        let note = why.take().map(|why| format!("“{}” is taken for text, as {why}.", column.name));
        let values = texts.iter().map(|(well, text)| (*well, Value::Text((*text).to_owned()))).collect();
        Some(Self { column, values, note })
    }
}

/// Numbers in one unit, the smallest of those that they have, so that none is divided.
fn doses(heading: &str, numbers: &[(f64, Option<String>)]) -> Result<(Column, Vec<f64>), String> {
    let (name, of_heading) = split_heading(heading);
    let units: BTreeSet<&str> = numbers.iter().filter_map(|(_, unit)| unit.as_deref()).collect();
    let column = |unit: Option<String>| Column { name: name_of(name), kind: Kind::Dose { unit } };
    let plain = || numbers.iter().map(|(number, _)| *number).collect();
    if units.is_empty() {
        return Ok((column(of_heading), plain()));
    }
    let has_bare = numbers.iter().any(|(number, unit)| unit.is_none() && *number != 0.0);
    match (units.len(), has_bare) {
        (1, false) => return Ok((column(units.first().map(|unit| (*unit).to_owned())), plain())),
        (_, true) => return Err("some of its numbers have a unit and others have none".to_owned()),
        _ => {}
    }
    let scales: Option<BTreeMap<&str, (i32, &str)>> =
        units.iter().map(|unit| Some((*unit, scale(unit)?))).collect();
    let scales =
        scales.filter(|scales| scales.values().map(|(_, of)| of).collect::<BTreeSet<_>>().len() == 1);
    let Some(scales) = scales else {
        return Err(format!("its units differ: {}", units.into_iter().collect::<Vec<_>>().join(", ")));
    };
    let Some((smallest, (least, _))) = scales.iter().min_by_key(|(_, (power, _))| *power) else {
        return Ok((column(None), plain()));
    };
    let times = |unit: &Option<String>| {
        let power = unit.as_deref().and_then(|unit| scales.get(unit)).map_or(*least, |(power, _)| *power);
        10_f64.powi(power - least)
    };
    let numbers = numbers.iter().map(|(number, unit)| number * times(unit)).collect();
    Ok((column(Some((*smallest).to_owned())), numbers))
}

fn name_of(heading: &str) -> String {
    let name = tidied(heading);
    if name.is_empty() { "condition".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(heading: &str, texts: &[&str]) -> (String, String, usize) {
        let rows = texts.iter().enumerate().map(|(index, text)| {
            (WellId::at(0, u32::try_from(index).unwrap()).unwrap(), vec![(*text).to_owned()])
        });
        let block = Block { headings: vec![heading.to_owned()], rows: rows.collect(), ..Block::default() };
        let conditions = Conditions::of_blocks(vec![block]);
        let Some(column) = conditions.columns().first() else { return (String::new(), String::new(), 0) };
        let value = |value: &Option<Value>| match value {
            Some(Value::Text(text)) => format!("“{text}”"),
            Some(value) => value.to_string(),
            None => "-".to_owned(),
        };
        let values: Vec<String> = conditions.wells().map(|(_, values)| value(&values[0])).collect();
        (column.heading(), values.join(" "), conditions.notes().len())
    }

    #[test]
    fn columns_are_text_or_doses() {
        let table: &[(&str, &[&str], &str, &str, usize)] = &[
            ("treatment", &["DMSO", "Taxol", ""], "treatment", "“DMSO” “Taxol” -", 0),
            ("dose (uM)", &["1", "0,5", "-", "n/a"], "dose (µM)", "1 0.5 - -", 0),
            ("dose", &["10 nM", "1 µM", "0"], "dose (nM)", "10 1000 0", 0),
            ("dose", &["3.3 µM", "100 nM"], "dose (nM)", "3300 100", 0),
            ("dose", &["10 µM", "10 ng/ml"], "dose", "“10 µM” “10 ng/ml”", 1),
            ("dose", &["10 µM", "10"], "dose", "“10 µM” “10”", 1),
            ("dose (µM)", &["10", "1", "DMSO"], "dose (µM)", "“10” “1” “DMSO”", 1),
            ("cells", &["3T3", "HeLa"], "cells", "“3T3” “HeLa”", 0),
            ("replicate", &["1", "2", "3"], "replicate", "1 2 3", 0),
            ("control", &["-", "-", "+"], "control", "“-” “-” “+”", 0),
            ("", &["a"], "condition", "“a”", 0),
            ("none", &["", ""], "", "", 0),
        ];
        for (heading, texts, expected, values, notes) in table {
            let expected = ((*expected).to_owned(), (*values).to_owned(), *notes);
            assert_eq!(column(heading, texts), expected, "{heading} {texts:?}");
        }
    }

    #[test]
    fn wells_count_once_and_columns_have_names_of_their_own() {
        let well = |name: &str| name.parse::<WellId>().unwrap();
        let row =
            |name: &str, texts: &[&str]| (well(name), texts.iter().map(|text| (*text).to_owned()).collect());
        let first = Block {
            headings: vec!["drug".into(), "Drug".into()],
            rows: vec![
                row("A01", &["a", ""]),
                row("A01", &["a", "x"]),
                row("A02", &["b", "y"]),
                row("A02", &["c", ""]),
            ],
            ..Block::default()
        };
        let second =
            Block { headings: vec!["drug".into()], rows: vec![row("B01", &["z"])], ..Block::default() };
        let conditions = Conditions::of_blocks(vec![first, second]);
        let names: Vec<_> = conditions.columns().iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["drug", "Drug 2", "drug 3"]);
        let shown = |name| {
            let values = conditions.of(well(name)).unwrap().iter();
            values
                .map(|value| value.as_ref().map_or("-".to_owned(), ToString::to_string))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!([shown("A01"), shown("A02"), shown("B01")], ["a x -", "b y -", "- - z"]);
        assert_eq!(conditions.notes().len(), 1, "{:?}", conditions.notes());
        assert!(conditions.notes()[0].contains(": A02."), "{:?}", conditions.notes());
    }
}
