//! Grids of cells that look like the plate: the numbers of columns above, the letters of rows at the left, and in each cell what
//! the well there holds. A sheet may have several, each with its title.

use super::draft::Block;
use super::sheet::Sheet;
use crate::limits;
use crate::plate::{MAX_SHAPE, WellId};

/// How many rows above a grid its title may stand.
const TITLE_WITHIN: usize = 3;

/// A grid's place in its sheet: its corner, and how many rows and columns of wells follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    row: usize,
    column: usize,
    rows: usize,
    columns: usize,
}

impl Place {
    fn has(&self, row: usize, column: usize) -> bool {
        (self.row..=self.row + self.rows).contains(&row)
            && (self.column..=self.column + self.columns).contains(&column)
    }
}

/// The grids of a sheet, from the top.
pub(super) fn blocks(sheet: &Sheet) -> Vec<Block> {
    let places = places(sheet);
    let is_only = places.len() == 1;
    places.iter().enumerate().map(|(index, place)| block(sheet, *place, &places[..index], is_only)).collect()
}

fn places(sheet: &Sheet) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for row in 0..sheet.rows.len() {
        let mut column = 0;
        while column < sheet.rows[row].len() && places.len() <= limits::LAYOUT_COLUMNS {
            let known = places.iter().find(|place| place.has(row, column));
            let found = if known.is_some() { None } else { place_at(sheet, row, column) };
            column = known.or(found.as_ref()).map_or(column, |place| place.column + place.columns) + 1;
            places.extend(found);
        }
    }
    places
}

/// The grid whose corner is a cell.
fn place_at(sheet: &Sheet, row: usize, column: usize) -> Option<Place> {
    let first_number = number(sheet.cell(row, column + 1))?;
    let first_letters = letters(sheet.cell(row + 1, column))?;
    let numbers = (1..).zip(first_number..).take_while(|(at, expected)| {
        *expected <= u32::from(MAX_SHAPE.columns) && number(sheet.cell(row, column + at)) == Some(*expected)
    });
    let columns = numbers.count();
    let lines = (1..).zip(first_letters..);
    let rows =
        lines.take_while(|(at, expected)| letters(sheet.cell(row + at, column)) == Some(*expected)).count();
    // Fewer are no picture of a plate.
    (columns >= 2 && rows * columns >= 4).then_some(Place { row, column, rows, columns })
}

fn number(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten().filter(|number| *number > 0)
}

fn letters(text: &str) -> Option<u16> {
    WellId::from_row_letters(text, 1).map(|well| well.row)
}

fn block(sheet: &Sheet, place: Place, before: &[Place], is_only: bool) -> Block {
    let Place { row, column, .. } = place;
    let first_column = number(sheet.cell(row, column + 1)).unwrap_or(1);
    let first_row = letters(sheet.cell(row + 1, column)).unwrap_or(0);
    let mut rows = Vec::new();
    for (down, line) in (1..=place.rows).zip(u32::from(first_row)..) {
        for (across, number) in (1..=place.columns).zip(first_column..) {
            let text = sheet.cell(row + down, column + across);
            // A grid shows all wells; those of which it says nothing are no rows.
            if let Some(well) = WellId::at(line, number - 1).filter(|_| !text.is_empty()) {
                rows.push((well, vec![text.to_owned()]));
            }
        }
    }
    let headings = vec![title(sheet, place, before, is_only)];
    Block { headings, rows, has_commas_between: sheet.has_commas_between, notes: Vec::new() }
}

/// What a grid is called: in its corner, above it, or as its sheet.
fn title(sheet: &Sheet, place: Place, before: &[Place], is_only: bool) -> String {
    let corner = sheet.cell(place.row, place.column);
    if corner.chars().any(char::is_alphanumeric) && super::headings::role(corner).is_none() {
        return corner.to_owned();
    }
    for row in (place.row.saturating_sub(TITLE_WITHIN)..place.row).rev() {
        if before
            .iter()
            .any(|other| (other.row..=other.row + other.rows).contains(&row) && overlaps(other, &place))
        {
            break;
        }
        let above = (place.column..=place.column + place.columns).map(|column| sheet.cell(row, column));
        if let Some(title) = above.into_iter().find(|text| !text.is_empty()) {
            return title.to_owned();
        }
    }
    let of_sheet = sheet.name.as_deref().filter(|name| is_only && !is_unnamed(name));
    of_sheet.unwrap_or("condition").to_owned()
}

fn overlaps(one: &Place, other: &Place) -> bool {
    one.column <= other.column + other.columns && other.column <= one.column + one.columns
}

/// Whether a sheet has the name that a new one has: `Sheet1`, `Tabelle2`.
fn is_unnamed(name: &str) -> bool {
    let word = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end().to_lowercase();
    ["sheet", "tabelle", "feuil", "feuille", "hoja", "foglio", "blad", ""].contains(&word.as_str())
}
