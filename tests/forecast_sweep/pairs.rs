//! Rows of choices in which all pairs come: far fewer than all that can be combined, and a fault that two
//! choices make together is met.

use std::collections::BTreeSet;

/// For factors with so many levels each, rows of one level of each factor such that any two levels of two
/// factors are together in some row. The same rows each time.
pub(crate) fn covering(levels: &[usize]) -> Vec<Vec<usize>> {
    let mut open = BTreeSet::new();
    for (one, of_one) in levels.iter().enumerate() {
        for (other, of_other) in levels.iter().enumerate().skip(one + 1) {
            let pairs = (0..*of_one).flat_map(|a| (0..*of_other).map(move |b| (a, b)));
            open.extend(pairs.map(|(a, b)| [(one, a), (other, b)]));
        }
    }
    let mut rows: Vec<Vec<usize>> = Vec::new();
    while let Some(first) = open.first().copied() {
        let mut row: Vec<Option<usize>> = vec![None; levels.len()];
        first.iter().for_each(|(factor, level)| row[*factor] = Some(*level));
        for factor in 0..levels.len() {
            if row[factor].is_some() {
                continue;
            }
            let met = |level: usize| {
                let others = row.iter().enumerate().filter_map(|(other, of)| Some((other, (*of)?)));
                others.filter(|other| open.contains(&ordered([(factor, level), *other]))).count()
            };
            // Where it makes no difference, the levels take turns.
            let turn = |level: usize| (level + rows.len()) % levels[factor];
            row[factor] = (0..levels[factor]).max_by_key(|level| (met(*level), turn(*level)));
        }
        let row: Vec<usize> = row.into_iter().map(Option::unwrap_or_default).collect();
        for one in 0..row.len() {
            for other in one + 1..row.len() {
                open.remove(&[(one, row[one]), (other, row[other])]);
            }
        }
        rows.push(row);
    }
    rows
}

fn ordered([one, other]: [(usize, usize); 2]) -> [(usize, usize); 2] {
    if one < other { [one, other] } else { [other, one] }
}

#[test]
fn all_pairs_come() {
    let levels = [6, 7, 4, 3, 4, 2, 2, 4];
    let rows = covering(&levels);
    assert!((42..=60).contains(&rows.len()), "{}", rows.len());
    for one in 0..levels.len() {
        for other in one + 1..levels.len() {
            let pairs: BTreeSet<_> = rows.iter().map(|row| (row[one], row[other])).collect();
            assert_eq!(pairs.len(), levels[one] * levels[other], "{one} {other}");
        }
    }
}
