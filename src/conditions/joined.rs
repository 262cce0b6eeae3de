//! Conditions as columns of a table of results.
//!
//! A column is named such that scripts and databases take its name as it is: letters, digits and lines, its unit at the end
//! (`dose_uM`), and called as no other column of the table, whatever their case.

use std::collections::BTreeSet;

use super::model::{Column, Conditions};
use crate::plate::WellId;
use crate::sheet_text::cell;

/// Conditions as the last columns of a table.
#[derive(Debug)]
pub(crate) struct JoinedColumns<'a> {
    conditions: &'a Conditions,
    names: Vec<String>,
}

impl<'a> JoinedColumns<'a> {
    /// For a table that has columns of these names.
    pub(crate) fn new<'b>(conditions: &'a Conditions, taken: impl Iterator<Item = &'b str>) -> Self {
        let mut taken: BTreeSet<String> = taken.map(str::to_lowercase).collect();
        let names = conditions.columns().iter().map(|column| free_name(&name(column), &mut taken)).collect();
        Self { conditions, names }
    }

    /// The names of the columns, each behind a comma.
    pub(crate) fn header(&self) -> String {
        self.names.iter().map(|name| format!(",{name}")).collect()
    }

    /// What a well holds, each behind a comma; nothing between them where it is not known.
    pub(crate) fn cells(&self, well: WellId) -> String {
        let values = self.conditions.of(well).unwrap_or_default();
        let text = |index: usize| values.get(index).and_then(Option::as_ref).map(ToString::to_string);
        (0..self.names.len()).map(|index| format!(",{}", cell(&text(index).unwrap_or_default()))).collect()
    }
}

/// The name of a column as scripts take it.
fn name(column: &Column) -> String {
    let whole = match column.unit() {
        Some(unit) => format!("{} {}", column.name, unit.replace('%', "percent")),
        None => column.name.clone(),
    };
    let mut name = String::with_capacity(whole.len());
    for c in whole.chars() {
        match c {
            'µ' | 'μ' => name.push('u'),
            c if c.is_alphanumeric() => name.push(c),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_matches('_');
    if name.starts_with(|c: char| c.is_alphabetic()) { name.to_owned() } else { format!("condition_{name}") }
}

/// The name, or one like it that is not taken.
fn free_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let others = (2..).map(|number| format!("condition_{name}_{number}"));
    let all = [name.to_owned(), format!("condition_{name}")].into_iter().chain(others);
    let free = all.into_iter().find(|name| taken.insert(name.to_lowercase()));
    free.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conditions::draft::Block;

    #[test]
    fn columns_have_names_that_scripts_take() {
        let headings =
            ["Treatment", "dose (µM)", "DMSO (%)", "5-FU", "Zeit in h", "site", "Site 2", "note, long"];
        let texts = ["=x", "0.5", "1", "a", "24", "b", "c", "d,e"];
        let well: WellId = "A01".parse().unwrap();
        let block = Block {
            headings: headings.iter().map(|heading| (*heading).to_owned()).collect(),
            rows: vec![(well, texts.iter().map(|text| (*text).to_owned()).collect())],
            ..Block::default()
        };
        let conditions = Conditions::of_blocks(vec![block]);
        let joined = JoinedColumns::new(&conditions, ["plate", "well", "site"].into_iter());
        assert_eq!(
            joined.header(),
            ",Treatment,dose_uM,DMSO_percent,condition_5_FU,Zeit_in_h,condition_site,Site_2,note_long"
        );
        assert_eq!(joined.cells(well), ",'=x,0.5,1,a,24,b,c,\"d,e\"");
        assert_eq!(joined.cells("A02".parse().unwrap()), ",,,,,,,,");
    }
}
