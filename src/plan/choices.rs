//! The ways in which a plate can be processed, side by side: what each needs and which to take.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::forecast::UNKNOWN_RESTING_BYTES;
use super::prospect::Prospect;
use super::{Mode, Paces, Plan, PlanCourse, PlanError, RunSpec, SecsRange, Work, conflicts, single_valued};
use crate::plate::{Component, Measured, Plate, WellId};
use crate::quantity::bytes_text;

/// One way to process the selected wells, with its forecast.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// All at once or one at a time.
    pub mode: Mode,
    /// Components taken one value at a time, outermost first.
    pub sequential: Vec<Component>,
    /// Number of combinations.
    pub combinations: usize,
    /// The most images in memory at once.
    pub images_at_once: usize,
    /// The most pixel bytes of source images in memory at once; the rest of the counted peak is of
    /// results.
    pub input_bytes_at_once: u64,
    /// Forecast of the counted peak.
    pub peak_counted_bytes: u64,
    /// Forecast of the resident peak; `None` where the worker's resting memory is unknown.
    pub peak_rss_bytes: Option<u64>,
    /// What is compared with the budget: the resident peak, or what is known of it.
    pub needed_bytes: u64,
    /// Bytes of pixels that are read, as the files hold them.
    pub read_bytes: u64,
    /// Bytes that the results take on the disk, at most.
    pub written_bytes: u64,
    /// Seconds that it is expected to take; `None` where no pace is known.
    pub expected_secs: Option<SecsRange>,
    /// Whether it fits the budget.
    pub fits: bool,
    /// Whether this is the choice to take.
    pub recommended: bool,
    /// One sentence on why it is, or is not.
    pub why: String,
    /// What there is to do.
    #[serde(skip)]
    pub work: Work,
    /// How memory comes to its peak, over all wells.
    #[serde(skip)]
    pub course: Arc<PlanCourse>,
    /// Seconds from the beginning to the end of each part of the course; `None` where no pace is known.
    #[serde(skip)]
    pub course_secs: Option<Arc<[f64]>>,
}

impl Choice {
    /// Works out how long it takes at a pace.
    pub(super) fn pace(&mut self, paces: &Paces) {
        self.expected_secs = paces.expected(&self.work);
        self.course_secs = self.course.ends_secs(paces).map(Arc::from);
    }

    /// `All at once`, `Channel`, `Channel + site`.
    pub fn title(&self) -> String {
        if self.sequential.is_empty() {
            return Mode::Bulk.title().to_owned();
        }
        let names: Vec<_> = self.sequential.iter().map(|component| component.name()).collect();
        let mut text = names.join(" + ");
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        text
    }
}

/// What forecasts rest on beside the plan.
#[derive(Clone, Debug, Default)]
pub struct Basis {
    /// Resting memory of a worker, where known.
    pub resting_rss_bytes: Option<u64>,
    /// What a run may use; `None` for no limit.
    pub budget_bytes: Option<u64>,
    /// How fast this machine is.
    pub paces: Paces,
    /// How many more sets of wells that are processed together the first of them stands for, on a plate that does not exist yet.
    pub further_sets: u64,
}

/// Every sensible way to process the wells: bulk, then each set of components that the plate varies
/// and the pipeline leaves free, by falling peak. `spec` gives everything but mode and components.
pub(super) fn choices(
    plate: &Arc<Plate>,
    measured: &Arc<Measured>,
    wells: &BTreeSet<WellId>,
    spec: &RunSpec,
    basis: &Basis,
) -> Result<Vec<Choice>, PlanError> {
    let prospect = Prospect::new(plate, measured, wells, spec)?.of_sets(basis.further_sets);
    let single = single_valued(plate);
    let conflicts = conflicts(&spec.pipeline);
    let free: Vec<Component> = [Component::Timepoint, Component::Channel, Component::Site, Component::Z]
        .into_iter()
        .filter(|component| !single.contains(component))
        .filter(|component| conflicts.iter().all(|conflict| conflict.component != *component))
        .collect();
    let choice_of = |set: u32| -> Result<Choice, PlanError> {
        let chosen = free.iter().enumerate().filter(|(bit, _)| set & (1 << bit) != 0);
        let sequential: Vec<Component> = chosen.map(|(_, component)| *component).collect();
        let mode = if sequential.is_empty() { Mode::Bulk } else { Mode::Sequential };
        let plan = Plan::of(&prospect, &RunSpec { mode, sequential, ..spec.clone() })?;
        Ok(Choice::of(plan, basis))
    };
    let mut choices: Vec<Choice> =
        (0..1_u32 << free.len()).into_par_iter().map(choice_of).collect::<Result<_, _>>()?;
    choices.sort_by_key(|choice| std::cmp::Reverse(choice.needed_bytes));
    choices.sort_by_key(|choice| choice.mode != Mode::Bulk);
    recommend(&mut choices, basis.budget_bytes);
    Ok(choices)
}

impl Choice {
    fn of(plan: Plan, basis: &Basis) -> Self {
        let forecast = plan.forecast.with_resting(basis.resting_rss_bytes);
        let work = plan.work();
        let course = (*plan.course).clone().with_resting(basis.resting_rss_bytes);
        let mut choice = Self {
            mode: plan.spec.mode,
            sequential: plan.spec.sequential,
            combinations: usize::try_from(work.combinations).unwrap_or(usize::MAX),
            images_at_once: forecast.images_at_once,
            input_bytes_at_once: forecast.input_bytes,
            peak_counted_bytes: forecast.counted_bytes,
            peak_rss_bytes: forecast.rss_bytes,
            needed_bytes: forecast.needed_bytes(),
            read_bytes: work.read_bytes,
            written_bytes: work.written_bytes,
            expected_secs: None,
            fits: true,
            recommended: false,
            why: String::new(),
            work,
            course: Arc::new(course),
            course_secs: None,
        };
        choice.pace(&basis.paces);
        choice.fits = basis.budget_bytes.is_none_or(|budget| choice.needed_bytes <= budget);
        choice
    }
}

/// Times within this factor of the fastest are as good as the fastest: no forecast is finer.
const AS_FAST: f64 = 1.02;

/// Marks the choice to take: of those that fit with a tenth of the budget to spare (else of those that
/// fit) the fastest; all at once where that is as fast as any, else the one of the fastest that needs
/// the least. Where no time is known the first: fewer, larger combinations keep the processors busier.
pub(super) fn recommend(choices: &mut [Choice], budget_bytes: Option<u64>) {
    let fits_well =
        |choice: &Choice| budget_bytes.is_none_or(|budget| choice.needed_bytes <= budget - budget / 10);
    let has_room = choices.iter().any(fits_well);
    // Where it is not known what Stepwell itself takes, it is not known either what leaves how much room.
    let is_unknown = budget_bytes.is_some() && choices.iter().any(|choice| choice.peak_rss_bytes.is_none());
    let may_be = |choice: &Choice| {
        !is_unknown && choice.images_at_once > 0 && if has_room { fits_well(choice) } else { choice.fits }
    };
    let secs = |choice: &Choice| choice.expected_secs.map(SecsRange::middle);
    let candidates: Vec<usize> = (0..choices.len()).filter(|index| may_be(&choices[*index])).collect();
    let fastest = candidates.iter().filter_map(|index| secs(&choices[*index])).reduce(f64::min);
    let is_as_fast = |index: &usize| {
        let secs = secs(&choices[*index]);
        fastest.zip(secs).is_none_or(|(fastest, secs)| secs <= fastest * AS_FAST)
    };
    let fast: Vec<usize> = candidates.into_iter().filter(is_as_fast).collect();
    let bulk = fast.iter().find(|index| choices[**index].mode == Mode::Bulk);
    let best = match fastest {
        _ if bulk.is_some() => bulk,
        None => fast.first(),
        Some(_) => fast.iter().min_by_key(|index| choices[**index].needed_bytes),
    };
    let best = best.copied();
    let fits = budget_bytes.map_or_else(
        || "fits, as no limit is known".to_owned(),
        |bytes| format!("fits the budget of {}", bytes_text(bytes)),
    );
    for (index, choice) in choices.iter_mut().enumerate() {
        choice.recommended = Some(index) == best;
        let over = || format!("Needs more than the budget of {}.", bytes_text(budget_bytes.unwrap_or(0)));
        choice.why = match (choice.recommended, choice.fits, fastest) {
            _ if choice.images_at_once == 0 => "None of its images can be read.".to_owned(),
            (true, ..) if !has_room => {
                format!("It {fits}, though barely; no choice leaves room to spare.")
            }
            (true, _, Some(_)) if choice.mode == Mode::Bulk => {
                format!("Everything {fits} with room to spare, and nothing is faster.")
            }
            (true, _, None) if choice.mode == Mode::Bulk => format!("Everything {fits} with room to spare."),
            (true, _, Some(_)) => {
                format!(
                    "It {fits} with room to spare. No other choice that does is faster, or as fast with less memory."
                )
            }
            (true, _, None) => format!("It {fits} with room to spare, in the largest combinations that do."),
            (false, true, _) if is_unknown => format!(
                "It {fits} with the {} that are allowed for Stepwell itself, as that could not be measured.",
                bytes_text(UNKNOWN_RESTING_BYTES)
            ),
            (false, true, _) => format!("It {fits}."),
            (false, false, _) => over(),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(needed: u64, secs: Option<f64>) -> Choice {
        Choice {
            mode: Mode::Sequential,
            sequential: vec![Component::Channel],
            combinations: 1,
            images_at_once: 1,
            input_bytes_at_once: needed,
            peak_counted_bytes: needed,
            peak_rss_bytes: Some(needed),
            needed_bytes: needed,
            read_bytes: 0,
            written_bytes: 0,
            expected_secs: secs.map(|secs| SecsRange { low: secs, high: secs }),
            fits: true,
            recommended: false,
            why: String::new(),
            work: Work::default(),
            course: Arc::default(),
            course_secs: None,
        }
    }

    #[test]
    fn the_fastest_that_fits_with_room_is_recommended() {
        // Needs and times, bulk first; the budget; which one, and a part of the reason.
        type Case = (&'static [(u64, Option<f64>)], Option<u64>, Option<usize>, &'static str);
        let table: [Case; 9] = [
            (&[(80, Some(1.0)), (40, Some(1.0))], Some(100), Some(0), "Everything fits the budget of 100 B"),
            (&[(80, Some(2.0)), (40, Some(1.0))], Some(100), Some(1), "No other choice that does is faster"),
            // Bulk fits, but barely: what has room to spare goes before.
            (&[(95, Some(1.0)), (40, Some(3.0))], Some(100), Some(1), "with room to spare"),
            (&[(95, Some(1.0)), (93, Some(3.0))], Some(100), Some(0), "barely"),
            // As fast within what a forecast can tell: the one that needs the least.
            (
                &[(900, Some(1.0)), (80, Some(1.0)), (30, Some(1.01)), (20, Some(1.5))],
                Some(100),
                Some(2),
                "as fast with less",
            ),
            (&[(900, None), (80, None), (30, None)], Some(100), Some(1), "largest combinations"),
            (&[(900, Some(1.0)), (200, Some(1.0))], Some(100), None, ""),
            (&[(900, Some(1.0)), (200, Some(1.0))], None, Some(0), "no limit is known"),
            (&[(0, None)], Some(100), None, ""),
        ];
        for (facts, budget, expected, reason) in table {
            let mut choices: Vec<Choice> =
                facts.iter().map(|(needed, secs)| choice(*needed, *secs)).collect();
            choices[0].mode = Mode::Bulk;
            for choice in &mut choices {
                choice.fits = budget.is_none_or(|budget| choice.needed_bytes <= budget);
                choice.images_at_once = usize::from(choice.needed_bytes > 0);
            }
            recommend(&mut choices, budget);
            let found = choices.iter().position(|choice| choice.recommended);
            assert_eq!(found, expected, "{facts:?} in {budget:?}");
            assert_eq!(
                choices.iter().filter(|choice| choice.recommended).count(),
                usize::from(found.is_some())
            );
            if let Some(found) = found {
                assert!(choices[found].why.contains(reason), "{}", choices[found].why);
            }
        }
    }
}
