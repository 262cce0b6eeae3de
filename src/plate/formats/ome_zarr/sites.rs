//! The numbers of fields, by their paths: the same path is the same site in all wells.

use std::collections::{BTreeSet, HashMap, HashSet};

use alphanumeric_sort::compare_str;

use super::listed::ListedField;

/// The site of each field, from 1.
pub(super) fn numbers(fields: &[ListedField]) -> Vec<u32> {
    by_numbers(fields).unwrap_or_else(|| by_names(fields))
}

/// By the numbers that all paths are; `None` where some is none, or two of a well are the same.
fn by_numbers(fields: &[ListedField]) -> Option<Vec<u32>> {
    let numbers: Vec<u32> = fields.iter().map(|field| number(&field.name)).collect::<Option<_>>()?;
    let first = u32::from(numbers.contains(&0));
    let numbers: Vec<u32> =
        numbers.into_iter().map(|number| number.checked_add(first)).collect::<Option<_>>()?;
    let mut seen = HashSet::new();
    fields.iter().zip(&numbers).all(|(field, number)| seen.insert((field.well, *number))).then_some(numbers)
}

fn number(name: &str) -> Option<u32> {
    name.bytes().all(|byte| byte.is_ascii_digit()).then(|| name.parse().ok())?
}

/// By the natural order of all names of the plate; within each well, where no two wells share a name.
fn by_names(fields: &[ListedField]) -> Vec<u32> {
    let mut wells_of: HashMap<&str, BTreeSet<_>> = HashMap::new();
    for field in fields {
        wells_of.entry(&field.name).or_default().insert(field.well);
    }
    let are_shared = wells_of.values().any(|wells| wells.len() > 1);
    let group = |field: &ListedField| (!are_shared).then_some(field.well);
    let mut names: Vec<_> = fields.iter().map(|field| (group(field), field.name.as_str())).collect();
    names.sort_by(|(one_well, one), (other_well, other)| {
        one_well.cmp(other_well).then_with(|| compare_str(one, other)).then_with(|| one.cmp(other))
    });
    names.dedup();
    let mut places = HashMap::new();
    for of_group in names.chunk_by(|(one, _), (other, _)| one == other) {
        places.extend((1..).zip(of_group).map(|(place, name)| (*name, place)));
    }
    fields
        .iter()
        .map(|field| places.get(&(group(field), field.name.as_str())).copied().unwrap_or(1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_same_site_in_all_wells() {
        /// Well and path of each field, and their sites.
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a [u32]);
        let table: [Case<'_>; 7] = [
            (&[("A01", "0"), ("A01", "1"), ("B01", "1")], &[1, 2, 2]),
            (&[("A01", "1"), ("A01", "10"), ("B01", "2")], &[1, 10, 2]),
            (&[("A01", "00"), ("A01", "01")], &[1, 2]),
            (&[("A01", "f10"), ("A01", "f2"), ("B01", "f10"), ("B01", "f1")], &[3, 2, 3, 1]),
            // Two paths of the same number.
            (&[("A01", "1"), ("A01", "01")], &[1, 2]),
            // No two wells have a name in common.
            (&[("A01", "A01_2"), ("A01", "A01_1"), ("B01", "B01_7")], &[2, 1, 1]),
            (&[], &[]),
        ];
        for (fields, expected) in table {
            let listed: Vec<_> = fields
                .iter()
                .map(|(well, name)| ListedField {
                    well: well.parse().unwrap(),
                    name: (*name).to_owned(),
                    path: String::new(),
                    acquisition: String::new(),
                })
                .collect();
            assert_eq!(numbers(&listed), expected, "{fields:?}");
        }
    }
}
