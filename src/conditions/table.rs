//! Tables with a row for each well.
//!
//! The row of headings is where a column is called as wells are, or where rows and columns of the plate have columns; what stands
//! above it (a title, a date) is passed over. A table without such a heading has its wells in the column in which most texts are
//! wells. Where a table has several plates, the rows of this plate are read. Deliberately absent: plates of which each has a column.

use std::collections::BTreeSet;

use super::around::ForPlate;
use super::draft::Block;
use super::headings::{Role, role};
use super::sheet::Sheet;
use crate::limits;
use crate::plate::{MAX_SHAPE, SpelledWells, WellId, WellTexts};
use crate::quantity::plural;
use crate::shown_text::brief;

/// In so many rows from the top the headings are looked for.
const HEADINGS_WITHIN: usize = 100;

/// The most names that a sentence lists.
const MOST_NAMED: usize = 5;

/// Why a table is of no use.
#[derive(Debug)]
pub(super) enum TableFault {
    /// It has rows of several plates, of which these are some, and none of the one that is asked for.
    OtherPlates(Vec<String>),
    /// It has more cells than any layout, those included that are empty.
    TooLarge,
}

/// Where a table is in its sheet.
struct Layout {
    /// Its first row of wells.
    first: usize,
    /// What stands over each column; empty where nothing does.
    headings: Vec<String>,
    /// Where the well of a row stands.
    at: At,
    plate: Option<usize>,
}

/// The columns that say the well of a row.
#[derive(Clone, Copy)]
enum At {
    Well(usize),
    Lines { row: usize, column: usize },
}

/// The table of a sheet, if it has one.
pub(super) fn block(sheet: &Sheet, around: &ForPlate<'_>) -> Result<Option<Block>, TableFault> {
    let Some(layout) = by_headings(sheet).or_else(|| by_wells(sheet)) else { return Ok(None) };
    let mut lines: Vec<usize> = (layout.first..sheet.rows.len()).collect();
    if let Some(column) = layout.plate {
        of_this_plate(sheet, column, around, &mut lines)?;
    }
    let mut notes = Vec::new();
    let wells = wells(sheet, layout.at, &lines, around, &mut notes);
    // A column that says the place again is no condition.
    let is_place = |column: usize| match layout.at {
        At::Well(well) => {
            column == well
                || matches!(role(&layout.headings[column]), Some(Role::Row | Role::Column | Role::Plate))
        }
        At::Lines { .. } => role(&layout.headings[column]).is_some(),
    };
    // Rows that are only counted, as pandas and R write them, have no heading.
    let counts = |column: usize| {
        let numbers = lines.iter().filter_map(|line| sheet.cell(*line, column).parse::<usize>().ok());
        layout.headings[column].is_empty()
            && numbers.clone().count() == lines.len()
            && (numbers.clone().eq(0..lines.len()) || numbers.eq(1..=lines.len()))
    };
    let mut is_used = vec![false; layout.headings.len()];
    for line in &lines {
        sheet.rows[*line].iter().zip(&mut is_used).for_each(|(cell, is_used)| *is_used |= !cell.is_empty());
    }
    let columns: Vec<usize> = (0..layout.headings.len())
        .filter(|column| is_used[*column] && !is_place(*column))
        .take(limits::LAYOUT_COLUMNS + 1)
        .filter(|column| !counts(*column))
        .collect();
    let mut rows = Vec::new();
    for (line, wells) in wells {
        if (rows.len() + wells.len()) * (1 + columns.len()) > limits::LAYOUT_CELLS {
            return Err(TableFault::TooLarge);
        }
        let texts: Vec<String> = columns.iter().map(|column| sheet.cell(line, *column).to_owned()).collect();
        rows.extend(wells.into_iter().map(|well| (well, texts.clone())));
    }
    let heading = |column: &usize| match layout.headings[*column].as_str() {
        "" => format!("column {}", column + 1),
        heading => heading.to_owned(),
    };
    let headings = columns.iter().map(heading).collect();
    Ok(Some(Block { headings, rows, has_commas_between: sheet.has_commas_between, notes }))
}

fn by_headings(sheet: &Sheet) -> Option<Layout> {
    (0..sheet.rows.len().min(HEADINGS_WITHIN)).find_map(|row| {
        let roles: Vec<Option<Role>> = sheet.rows[row].iter().map(|cell| role(cell)).collect();
        let of = |wanted| roles.iter().position(|role| *role == Some(wanted));
        let at = match (of(Role::Well), of(Role::Row), of(Role::Column)) {
            (Some(well), _, _) => At::Well(well),
            (None, Some(row), Some(column)) => At::Lines { row, column },
            _ => return None,
        };
        Some(Layout { first: row + 1, headings: headings(sheet, Some(row)), at, plate: of(Role::Plate) })
    })
}

/// Without a heading that says it: the column that has most wells, and what stands over the first of these.
fn by_wells(sheet: &Sheet) -> Option<Layout> {
    let is_well = |text: &str| text.parse::<WellId>().is_ok();
    let mut found = vec![0_usize; sheet.width()];
    for cells in &sheet.rows {
        cells.iter().zip(&mut found).for_each(|(cell, found)| *found += usize::from(is_well(cell)));
    }
    let column = (0..found.len()).rev().max_by_key(|column| found[*column])?;
    let found = found[column];
    let first = (0..sheet.rows.len()).find(|row| is_well(sheet.cell(*row, column)))?;
    let said = (first..sheet.rows.len()).filter(|row| !sheet.cell(*row, column).is_empty()).count();
    if found < 2 || 5 * found < 4 * said {
        return None;
    }
    let heading = first.checked_sub(1).filter(|row| sheet.rows[*row].iter().any(|cell| !cell.is_empty()));
    let mut headings = headings(sheet, heading);
    if heading.is_none() {
        // What wells hold has no name, where nobody gives it one.
        headings.iter_mut().for_each(|heading| "condition".clone_into(heading));
    }
    Some(Layout { first, headings, at: At::Well(column), plate: None })
}

fn headings(sheet: &Sheet, row: Option<usize>) -> Vec<String> {
    (0..sheet.width()).map(|column| row.map_or("", |row| sheet.cell(row, column)).to_owned()).collect()
}

/// Leaves the rows of this plate, where there are some of several.
fn of_this_plate(
    sheet: &Sheet,
    column: usize,
    around: &ForPlate<'_>,
    lines: &mut Vec<usize>,
) -> Result<(), TableFault> {
    let said: BTreeSet<&str> =
        lines.iter().map(|line| sheet.cell(*line, column)).filter(|text| !text.is_empty()).collect();
    if said.len() < 2 {
        return Ok(());
    }
    let name = around.name.unwrap_or_default();
    let is_equal = |text: &&&str| text.eq_ignore_ascii_case(name);
    let is_within = |text: &&&str| is_part_of_name(text, name);
    // The longest: of P1 and P10 in P10_scan it is the latter, which the former is no part of.
    let found =
        said.iter().find(is_equal).or_else(|| said.iter().filter(is_within).max_by_key(|text| text.len()));
    let Some(this) = found else {
        return Err(TableFault::OtherPlates(said.into_iter().take(MOST_NAMED).map(str::to_owned).collect()));
    };
    lines.retain(|line| sheet.cell(*line, column) == *this);
    Ok(())
}

/// Whether a name has a text in it between what are no letters or digits.
fn is_part_of_name(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    let is_end = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    name.match_indices(&text).any(|(at, found)| {
        is_end(name[..at].chars().next_back()) && is_end(name[at + found.len()..].chars().next())
    })
}

/// The wells of lines; what is no well is told.
fn wells(
    sheet: &Sheet,
    at: At,
    lines: &[usize],
    around: &ForPlate<'_>,
    notes: &mut Vec<String>,
) -> Vec<(usize, Vec<WellId>)> {
    let texts_of = |line: usize| -> WellTexts<'_> {
        match at {
            At::Well(column) => (Some(sheet.cell(line, column)), None),
            At::Lines { row, column } => (Some(sheet.cell(line, row)), Some(sheet.cell(line, column))),
        }
    };
    let is_said =
        |(one, other): WellTexts<'_>| [one, other].into_iter().flatten().any(|text| !text.is_empty());
    let said: Vec<(usize, WellTexts<'_>)> =
        lines.iter().map(|line| (*line, texts_of(*line))).filter(|(_, texts)| is_said(*texts)).collect();
    let spelled = match at {
        At::Well(_) => {
            let texts: BTreeSet<&str> = said.iter().filter_map(|(_, texts)| texts.0).collect();
            SpelledWells::of_wells(
                &texts.into_iter().filter(|text| several(text).is_none()).collect(),
                around.shape,
            )
        }
        At::Lines { .. } => SpelledWells::of_lines(&said.iter().map(|(_, texts)| *texts).collect(), false),
    };
    notes.extend(spelled.notes.iter().map(|note| format!("The layout: {note}.")));
    let (mut wells, mut unread) = (Vec::new(), Vec::new());
    for (line, texts) in said {
        match spelled.get(texts).map(|well| vec![well]).or_else(|| texts.0.and_then(several)) {
            Some(found) => wells.push((line, found)),
            None => unread.push((line, texts)),
        }
    }
    if !unread.is_empty() {
        let shown = |(line, texts): &(usize, WellTexts<'_>)| {
            let texts: Vec<&str> = [texts.0, texts.1].into_iter().flatten().collect();
            format!("“{}” in row {}", brief(&texts.join(" ")), line + 1)
        };
        let names: Vec<String> = unread.iter().take(MOST_NAMED).map(shown).collect();
        let more = unread.len() - names.len();
        let more = if more > 0 { format!(" and {}", plural(more, "more row")) } else { String::new() };
        notes.push(format!(
            "The layout has rows of no well, which are passed over: {}{more}.",
            names.join(", ")
        ));
    }
    wells
}

/// The wells of a list or an area: `A01, A02`, `A01-A12`, `A1:H1`.
fn several(text: &str) -> Option<Vec<WellId>> {
    if text.contains([',', ';']) {
        let parts: Option<Vec<Vec<WellId>>> = text.split([',', ';']).map(|part| area(part.trim())).collect();
        return parts.map(|parts| parts.concat());
    }
    area(text).filter(|wells| wells.len() > 1)
}

/// The wells of an area, or the one.
fn area(text: &str) -> Option<Vec<WellId>> {
    if let Ok(well) = text.parse() {
        return Some(vec![well]);
    }
    let between =
        ["-", "–", ":", " to ", " bis "].into_iter().find_map(|between| text.split_once(between))?;
    let (first, last): (WellId, WellId) = (between.0.trim().parse().ok()?, between.1.trim().parse().ok()?);
    let rows = first.row.min(last.row)..=first.row.max(last.row);
    let columns = first.column.min(last.column)..=first.column.max(last.column);
    let wells = rows.flat_map(|row| columns.clone().map(move |column| WellId { row, column }));
    Some(wells.take(MAX_SHAPE.wells()).collect())
}
