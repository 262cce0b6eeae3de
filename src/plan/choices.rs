//! The ways in which a plate can be processed, side by side: what each needs and which to take.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Mode, Paces, Plan, PlanError, RunSpec, SecsRange, Work};
use crate::pipeline::{PipelineSpec, Step};
use crate::plate::{Component, Measured, Plate, WellId};
use crate::quantity::bytes_text;

/// A component that cannot be taken one value at a time, because a step needs its values together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The component.
    pub component: Component,
    /// Name of the step.
    pub step: String,
    /// Zero-based index of the step.
    pub step_index: usize,
    /// The reason and the fix, in one sentence.
    pub why: String,
}

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
}

impl Choice {
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

    /// What is compared with the budget: the resident peak, else the counted one.
    pub fn peak_bytes(&self) -> u64 {
        self.peak_rss_bytes.unwrap_or(self.peak_counted_bytes)
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
    /// How many times over the wells of the plan stand for those of the plate; 0 and 1 for once.
    pub times: u64,
}

/// The components that cannot be sequential with this pipeline.
pub fn conflicts(pipeline: &PipelineSpec) -> Vec<Conflict> {
    Component::ALL
        .into_iter()
        .filter_map(|component| {
            let (step_index, step) = pipeline.assembler_of(component)?;
            let name = step.name();
            Some(Conflict {
                component,
                step: name.to_owned(),
                step_index,
                why: format!(
                    "{} cannot be processed one at a time, because “{name}” (step {}) needs all its values together: take {component} out of the choice, or remove that step",
                    component.title(),
                    step_index + 1,
                ),
            })
        })
        .collect()
}

/// The components of which the plate's images have at most one value.
pub fn single_valued(plate: &Plate) -> BTreeSet<Component> {
    Component::ALL
        .into_iter()
        .filter(|component| {
            let mut values = plate.images.iter().map(|image| image.key.get(*component));
            let first = values.next();
            values.all(|value| Some(value) == first)
        })
        .collect()
}

/// What is to be known of steps that compare sites, where wells have one.
pub(super) fn note_on_lone_sites(plate: &Plate, pipeline: &PipelineSpec) -> Option<String> {
    let compares = pipeline.steps.iter().find(|step| matches!(step.step, Step::FlatField(_)))?;
    single_valued(plate).contains(&Component::Site).then(|| {
        format!(
            "{} finds the light in what the sites of a well have in common, and this plate has one site: what is seen in an image is taken for light and divided out of it. Remove that step.",
            compares.step.name()
        )
    })
}

/// Every sensible way to process the wells: bulk, then each set of components that the plate varies
/// and the pipeline leaves free, by falling peak. `spec` gives everything but mode and components.
pub(super) fn choices(
    plate: &Plate,
    measured: &Measured,
    wells: &BTreeSet<WellId>,
    spec: &RunSpec,
    basis: &Basis,
) -> Result<Vec<Choice>, PlanError> {
    let single = single_valued(plate);
    let conflicts = conflicts(&spec.pipeline);
    let free: Vec<Component> = [Component::Timepoint, Component::Channel, Component::Site, Component::Z]
        .into_iter()
        .filter(|component| !single.contains(component))
        .filter(|component| conflicts.iter().all(|conflict| conflict.component != *component))
        .collect();
    let mut choices = Vec::new();
    for set in 0..1_u32 << free.len() {
        let sequential: Vec<Component> = free
            .iter()
            .enumerate()
            .filter(|(bit, _)| set & (1 << bit) != 0)
            .map(|(_, component)| *component)
            .collect();
        let mode = if sequential.is_empty() { Mode::Bulk } else { Mode::Sequential };
        let plan = Plan::new(plate, measured, wells, &RunSpec { mode, sequential, ..spec.clone() })?;
        choices.push(Choice::of(plan, basis));
    }
    choices.sort_by_key(|choice| std::cmp::Reverse(choice.peak_bytes()));
    choices.sort_by_key(|choice| choice.mode != Mode::Bulk);
    recommend(&mut choices, basis.budget_bytes);
    Ok(choices)
}

impl Choice {
    fn of(plan: Plan, basis: &Basis) -> Self {
        let forecast = plan.forecast.with_resting(basis.resting_rss_bytes);
        let work: Work = plan.work().times(basis.times.max(1));
        let mut choice = Self {
            mode: plan.spec.mode,
            sequential: plan.spec.sequential,
            combinations: usize::try_from(work.combinations).unwrap_or(usize::MAX),
            images_at_once: forecast.images_at_once,
            input_bytes_at_once: forecast.input_bytes,
            peak_counted_bytes: forecast.counted_bytes,
            peak_rss_bytes: forecast.rss_bytes,
            read_bytes: work.read_bytes,
            written_bytes: work.written_bytes,
            expected_secs: basis.paces.expected(&work),
            fits: true,
            recommended: false,
            why: String::new(),
        };
        choice.fits = basis.budget_bytes.is_none_or(|budget| choice.peak_bytes() <= budget);
        choice
    }
}

/// Marks the fastest of those that fit with a tenth of the budget to spare, else the fastest that
/// fits. Where no time is known, and of times within a hundredth, the first: fewer, larger
/// combinations keep the processors busier.
fn recommend(choices: &mut [Choice], budget_bytes: Option<u64>) {
    let fastest = |choices: &[Choice], may: &dyn Fn(&Choice) -> bool| -> Option<usize> {
        let mut best: Option<usize> = None;
        for (place, choice) in choices.iter().enumerate().filter(|(_, choice)| may(choice)) {
            let is_faster = match best.map(|best| (choice.expected_secs, choices[best].expected_secs)) {
                None => true,
                Some((Some(here), Some(best))) => here.middle() < 0.99 * best.middle(),
                Some(_) => false,
            };
            if is_faster {
                best = Some(place);
            }
        }
        best
    };
    let fits_well =
        |choice: &Choice| budget_bytes.is_none_or(|budget| choice.peak_bytes() <= budget - budget / 10);
    let best = fastest(choices, &fits_well);
    let has_room = best.is_some();
    let best = best.or_else(|| fastest(choices, &|choice| choice.fits));
    for (place, choice) in choices.iter_mut().enumerate() {
        choice.recommended = Some(place) == best;
        let budget = budget_bytes
            .map_or_else(|| "the budget".to_owned(), |bytes| format!("the budget of {}", bytes_text(bytes)));
        choice.why = match (choice.recommended, choice.fits) {
            (true, _) if choice.mode == Mode::Bulk => {
                format!("Everything fits {budget}, and nothing is faster.")
            }
            (true, _) if has_room && choice.expected_secs.is_some() => {
                format!("The fastest choice that fits {budget} with room to spare.")
            }
            (true, _) if has_room => {
                format!("The largest combinations that fit {budget} with room to spare.")
            }
            (true, _) => format!("Fits {budget}, though barely; no choice leaves room to spare."),
            (false, true) => format!("Fits {budget}."),
            (false, false) => format!("Needs more than {budget}."),
        };
    }
}
