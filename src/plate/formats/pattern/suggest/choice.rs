//! Which of the guesses in paths hold: those that most paths have, and that tell them apart.

use std::collections::{BTreeMap, BTreeSet};

use super::super::expression::Part;
use super::layout::{Form, Item, Layout, Place};
use super::marks::{Guess, Mark, Spelling, is_lead, marks};
use crate::plate::Component;

/// A guess by what it is, the letters before it in lower case, and its place among such from the end of a path.
type Id = (Guess, String, usize);

/// What is known of a guess over all paths.
#[derive(Default)]
struct Known<'a> {
    paths: usize,
    values: BTreeSet<&'a str>,
    /// The letters of the values, where it is a well.
    rows: BTreeSet<&'a str>,
}

/// The guesses in some paths.
pub(super) struct Guesses<'a> {
    stems: Vec<&'a str>,
    of_paths: Vec<BTreeMap<Id, Mark>>,
    known: BTreeMap<Id, Known<'a>>,
}

impl<'a> Guesses<'a> {
    /// Those of paths without their endings, in order.
    pub(super) fn of(stems: &[&'a str]) -> Self {
        let mut guesses = Self { stems: stems.to_vec(), of_paths: Vec::new(), known: BTreeMap::new() };
        for stem in stems {
            let mut of_path: BTreeMap<Id, Mark> = BTreeMap::new();
            for mark in marks(stem).into_iter().rev() {
                let lead =
                    stem[mark.lead.clone()].trim_end_matches(|c: char| !c.is_alphabetic()).to_lowercase();
                let nth = of_path
                    .range((mark.guess, lead.clone(), 0)..=(mark.guess, lead.clone(), usize::MAX))
                    .count();
                of_path.insert((mark.guess, lead, nth), mark);
            }
            for (id, mark) in &of_path {
                let known = guesses.known.entry(id.clone()).or_default();
                let value = &stem[mark.value.clone()];
                known.paths += 1;
                known.values.insert(value);
                known.rows.insert(value.trim_matches(|c: char| !c.is_alphabetic()));
            }
            guesses.of_paths.push(of_path);
        }
        // What few paths have is no part of a pattern for all.
        let least = stems.len().div_ceil(2);
        guesses.known.retain(|_, known| known.paths >= least);
        guesses
    }

    /// The ways to tell the well, the likeliest first; the last is none at all.
    fn wells(&self) -> Vec<Vec<(Part, Id)>> {
        let wells = || {
            self.known.iter().filter_map(|(id, known)| match id.0 {
                Guess::Well(spelling) => Some((id, spelling, known)),
                _ => None,
            })
        };
        // A letter that never varies may be one before the number of something else: `s1`.
        let is_doubtful = |spelling: Spelling, known: &Known<'_>| {
            let row = known.rows.first().copied().unwrap_or_default();
            matches!(spelling, Spelling::Letters | Spelling::Apart) && known.rows.len() == 1 && is_lead(row)
        };
        let doubtful: BTreeSet<&Id> =
            wells().filter(|(_, spelling, known)| is_doubtful(*spelling, known)).map(|(id, ..)| id).collect();
        let is_padded = |value: &&str| value.len() > 2 && value.starts_with(|c: char| c.is_ascii_uppercase());
        let are_padded = |id: &Id| self.known[id].values.iter().all(is_padded);
        let padded = doubtful.iter().filter(|id| are_padded(id)).count();
        let likely = wells().filter(|(id, ..)| !doubtful.contains(id) || (padded == 1 && are_padded(id)));
        let mut likely: Vec<_> = likely.collect();
        // What varies, in surer spellings, of these those of more rows and wells, of these the last in the path.
        likely.sort_by_key(|(id, spelling, known)| {
            let (rows, wells) = (known.rows.len(), known.values.len());
            (doubtful.contains(id), wells == 1, *spelling, rows == 1, usize::MAX - wells, id.2)
        });
        let mut ways: Vec<Vec<(Part, Id)>> = Vec::new();
        let line = |guess: Guess| self.known.keys().find(|id| id.0 == guess).cloned();
        let lines = line(Guess::Row).zip(line(Guess::Column));
        let is_sure = likely.first().is_some_and(|(id, ..)| !doubtful.contains(id));
        if let Some((row, column)) = lines.filter(|_| !is_sure) {
            ways.push(vec![(Part::Row, row), (Part::Column, column)]);
        }
        ways.extend(likely.into_iter().take(2).map(|(id, ..)| vec![(Part::Well, id.clone())]));
        ways.push(Vec::new());
        ways
    }

    /// Where the parts are, for each way to tell the well; beside them the components that have one value everywhere,
    /// which may be left out.
    pub(super) fn layouts(&self) -> Vec<(Layout<'a>, Vec<Item>)> {
        let with_constants = |mut parts: Vec<(Part, Id)>| {
            let mut constant = Vec::new();
            for component in Component::ALL {
                let Some((id, known)) = self.component(component, &parts) else { continue };
                let of = if known.values.len() > 1 { &mut parts } else { &mut constant };
                of.push((Part::of_component(component), id.clone()));
            }
            let layout = self.layout(&parts, &self.stems)?;
            let item = |one: (Part, Id)| {
                let alone = self.layout(&[one], &layout.stems)?;
                alone.items.into_iter().next().filter(|item| item.places.len() == layout.stems.len())
            };
            let constants = constant.into_iter().filter_map(item).collect();
            Some((layout, constants))
        };
        self.wells().into_iter().filter_map(with_constants).collect()
    }

    /// What tells a component, beside what is chosen already: what most paths have, of these what varies, then what is
    /// written out, then the last.
    fn component(&self, component: Component, chosen: &[(Part, Id)]) -> Option<(&Id, &Known<'a>)> {
        let is_of = |guess: Guess| {
            guess == Guess::Component(component)
                || (guess == Guess::Time && component == Component::Timepoint)
        };
        let free = self.known.iter().filter(|(id, _)| is_of(id.0) && !self.is_taken(id, chosen));
        free.max_by_key(|(id, known)| {
            (
                known.paths,
                known.values.len() > 1,
                id.0 == Guess::Time,
                id.1.is_empty(),
                id.1.len(),
                usize::MAX - id.2,
            )
        })
    }

    /// Whether a guess lies in what is chosen, or is the well once more, counted through the plate.
    fn is_taken(&self, id: &Id, chosen: &[(Part, Id)]) -> bool {
        let has_well = chosen.iter().any(|(part, _)| matches!(part, Part::Well | Part::Row));
        self.of_paths.iter().filter_map(|path| Some((path, path.get(id)?))).take(1).any(|(path, mark)| {
            let overlaps =
                |other: &Mark| mark.lead.start < other.value.end && other.lead.start < mark.value.end;
            let is_counted_well =
                |(id, other): (&Id, &Mark)| id.0 == Guess::Well(Spelling::Counted) && overlaps(other);
            chosen.iter().any(|(_, chosen)| path.get(chosen).is_some_and(overlaps))
                || (has_well && path.iter().any(is_counted_well))
        })
    }

    /// Where parts are in those of some paths that have all of them.
    fn layout(&self, parts: &[(Part, Id)], stems: &[&'a str]) -> Option<Layout<'a>> {
        let forms: Vec<(Part, Form)> = parts
            .iter()
            .map(|(part, id)| {
                let is_number = match id.0 {
                    Guess::Component(_) => self.known[id].values.iter().all(|value| is_number(value)),
                    Guess::Row | Guess::Column | Guess::Well(Spelling::Counted | Spelling::SixDigits) => true,
                    Guess::Well(_) | Guess::Time => false,
                };
                (*part, if is_number { Form::Digits } else { Form::Alike })
            })
            .collect();
        let paths = stems.iter().filter_map(|stem| {
            let marks = &self.of_paths[self.stems.binary_search(stem).ok()?];
            let place = |(_, id): &(Part, Id)| {
                let Mark { lead, value, .. } = marks.get(id)?.clone();
                Some(Place { lead, value })
            };
            Some((*stem, parts.iter().map(place).collect::<Option<Vec<_>>>()?))
        });
        Layout::of(&forms, paths)
    }
}

fn is_number(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit())
}
