//! The ways in which a plate can be processed, side by side: what each needs and which to take.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Mode, Plan, PlanError, RunSpec};
use crate::pipeline::PipelineSpec;
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// All at once or one at a time.
    pub mode: Mode,
    /// Components taken one value at a time, outermost first.
    pub sequential: Vec<Component>,
    /// Number of combinations.
    pub combinations: usize,
    /// The most images in memory at once.
    pub images_at_once: usize,
    /// Forecast of the counted peak.
    pub peak_counted_bytes: u64,
    /// Forecast of the resident peak; `None` where the worker's resting memory is unknown.
    pub peak_rss_bytes: Option<u64>,
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

/// Every sensible way to process the wells: bulk, then each set of components that the plate varies
/// and the pipeline leaves free, by falling peak. `spec` gives everything but mode and components.
pub fn choices(
    plate: &Plate,
    measured: &Measured,
    wells: &BTreeSet<WellId>,
    spec: &RunSpec,
    resting_rss_bytes: Option<u64>,
    budget_bytes: Option<u64>,
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
        let forecast = plan.forecast.with_resting(resting_rss_bytes);
        let mut choice = Choice {
            mode,
            combinations: plan.combinations.len(),
            sequential: plan.spec.sequential,
            images_at_once: forecast.images_at_once,
            peak_counted_bytes: forecast.counted_bytes,
            peak_rss_bytes: forecast.rss_bytes,
            fits: true,
            recommended: false,
            why: String::new(),
        };
        choice.fits = budget_bytes.is_none_or(|budget| choice.peak_bytes() <= budget);
        choices.push(choice);
    }
    choices.sort_by_key(|choice| std::cmp::Reverse(choice.peak_bytes()));
    choices.sort_by_key(|choice| choice.mode != Mode::Bulk);
    recommend(&mut choices, budget_bytes);
    Ok(choices)
}

/// Marks the first choice that fits with a tenth to spare, else the first that fits: fewer, larger
/// combinations keep the processors busier.
fn recommend(choices: &mut [Choice], budget_bytes: Option<u64>) {
    let fits_well =
        |choice: &Choice| budget_bytes.is_none_or(|budget| choice.peak_bytes() <= budget - budget / 10);
    let best = choices.iter().position(fits_well);
    let has_room = best.is_some();
    let best = best.or_else(|| choices.iter().position(|choice| choice.fits));
    for (place, choice) in choices.iter_mut().enumerate() {
        choice.recommended = Some(place) == best;
        let budget = budget_bytes
            .map_or_else(|| "the budget".to_owned(), |bytes| format!("the budget of {}", bytes_text(bytes)));
        choice.why = match (choice.recommended, choice.fits) {
            (true, _) if choice.mode == Mode::Bulk => {
                format!("Everything fits {budget}, and nothing is faster.")
            }
            (true, _) if has_room => {
                format!("The largest combinations that fit {budget} with room to spare.")
            }
            (true, _) => format!("The largest combinations that fit {budget}, though barely."),
            (false, true) => format!("Fits {budget}."),
            (false, false) => format!("Needs more than {budget}."),
        };
    }
}
