//! Which timepoint a `TimepointID` of the index is.
//!
//! Generations of the index count from 0 or from 1, the `sk` numbers in file names from 1. Deliberately
//! absent: times of the clock.

use std::collections::{BTreeMap, BTreeSet};

use super::index::Index;
use super::name::HarmonyName;

/// The microscope's number of each `TimepointID`: as the names of files have it where they have one
/// number for each, else the rank from 1. An ID without a name gets the number that follows from the
/// others, or an unused one; it never changes theirs.
pub(super) fn timepoints(index: &Index) -> BTreeMap<Option<u32>, u32> {
    let ids: BTreeSet<Option<u32>> = index.records.iter().map(|record| record.timepoint).collect();
    let by_rank = || ids.iter().copied().zip(1..).collect::<BTreeMap<_, _>>();
    let mut numbers = BTreeMap::new();
    for record in &index.records {
        if let Some(sequence) = HarmonyName::in_url(index.url_of(record)).and_then(|name| name.sequence)
            && *numbers.entry(record.timepoint).or_insert(sequence) != sequence
        {
            return by_rank();
        }
    }
    let mut used: BTreeSet<u32> = numbers.values().copied().collect();
    if used.len() < numbers.len() || numbers.is_empty() {
        return by_rank();
    }
    // Indexes count timepoints from 0 or from 1, names from 1.
    let offsets: BTreeSet<Option<i64>> =
        numbers.iter().map(|(id, number)| id.map(|id| i64::from(*number) - i64::from(id))).collect();
    let offset = offsets.first().copied().flatten().filter(|_| offsets.len() == 1);
    let mut next_free = 1;
    for (id, rank) in by_rank() {
        if numbers.contains_key(&id) {
            continue;
        }
        let expected = id.zip(offset).and_then(|(id, offset)| u32::try_from(i64::from(id) + offset).ok());
        let expected = expected.filter(|number| *number > 0 && !used.contains(number));
        let number = expected.unwrap_or_else(|| {
            // Ranks rise, so that no number is looked at twice.
            next_free = next_free.max(rank);
            while used.contains(&next_free) {
                next_free += 1;
            }
            next_free
        });
        used.insert(number);
        numbers.insert(id, number);
    }
    numbers
}
