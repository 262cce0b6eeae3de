//! The run that would show a claim of the study, of what is chosen and forecast.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::inputs::JobInputs;
use crate::plan::{AfterClear, Choice, Mode, RunSpec, SecsRange, Work};
use crate::plate::{Component, WellId};
use crate::study::ShownBy;

/// A run one at a time that would show a claim of the study.
#[derive(Clone, Debug, PartialEq)]
pub struct Showing {
    /// The wells that it takes.
    pub wells: BTreeSet<WellId>,
    /// What it takes one value at a time, outermost first.
    pub sequential: Vec<Component>,
    /// What happens to its memory after a clear.
    pub after_clear: AfterClear,
    /// Its combinations, as the forecast counts them.
    pub combinations: usize,
    /// Seconds that it is expected to take; `None` where no pace is known.
    pub secs: Option<SecsRange>,
}

impl JobInputs<'_> {
    /// The smallest run that has as many combinations as show a claim: by what is chosen on the largest well, else by
    /// more components, else on more wells. `None` where none fits, or the claim wants both ways.
    pub(crate) fn showing(&self, shown_by: ShownBy) -> Option<Showing> {
        let ShownBy::Run { after_clear, fewest_combinations } = shown_by else { return None };
        let (plate, outlook) = (self.plate?, self.forecast.outlook()?);
        let images = |well: &WellId| plate.wells.get(well).map_or(0, |facts| facts.images);
        let mut wells: Vec<WellId> = plate.selection.iter().copied().collect();
        wells.sort_by_key(|well| (Reverse(images(well)), *well));
        let sets = wells.len().div_ceil(self.settings.kept.wells_at_once.unwrap_or(1).max(1));
        let in_a_well = |choice: &Choice| choice.combinations / sets.max(1);
        let sequential = || outlook.choices.iter().filter(|one| one.mode == Mode::Sequential && one.fits);
        let present = self.forecast.chosen(&plate.sequential).filter(|choice| choice.fits);
        let is_enough = |choice: &&Choice| in_a_well(choice) >= fewest_combinations;
        let more_components = || sequential().filter(is_enough).min_by_key(|choice| choice.combinations);
        let (choice, count) = match present.filter(is_enough).or_else(more_components) {
            Some(choice) => (choice, 1),
            None => {
                let choice = present.or_else(|| sequential().max_by_key(|choice| choice.combinations))?;
                (choice, fewest_combinations.div_ceil(in_a_well(choice).max(1)))
            }
        };
        let all: usize = wells.iter().map(images).sum();
        let taken = wells.get(..count)?;
        let images_taken: usize = taken.iter().map(images).sum();
        let combinations = in_a_well(choice) * count;
        // It takes its wells one by one, whatever is chosen.
        let work =
            Work { combinations: combinations as u64, ..choice.work.share(images_taken as u64, all as u64) };
        Some(Showing {
            wells: taken.iter().copied().collect(),
            sequential: choice.sequential.clone(),
            after_clear,
            combinations,
            secs: self.forecast.trial.paces.expected(&work),
        })
    }

    /// What such a run does: as chosen, but for what it is to show.
    pub(super) fn showing_spec(&self, showing: &Showing) -> Option<RunSpec> {
        let chosen = self.plate?.spec(self.settings, Mode::Sequential);
        Some(RunSpec {
            sequential: showing.sequential.clone(),
            after_clear: showing.after_clear,
            wells_at_once: 1,
            read_ahead: false,
            ..chosen
        })
    }
}
