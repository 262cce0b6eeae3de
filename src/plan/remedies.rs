//! What would help where no choice fits the budget.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::choices::choices;
use super::{AfterClear, Basis, Choice, Intermediates, PlanError, RunSpec};
use crate::plate::{Measured, Plate, WellId};
use crate::quantity::bytes_text;

/// A change that lowers what the least choice needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RemedyKind {
    /// Process one well at a time.
    OneWellAtOnce,
    /// Free images after their last use.
    FreeIntermediates,
    /// Do not read the next combination ahead.
    NoReadAhead,
    /// Return memory after each clear.
    ReturnMemory,
    /// Work on fewer images at the same time.
    OneThread,
    /// Remove this step, which needs all values of a component together.
    RemoveStep(usize),
    /// Another computer, or a higher budget.
    MoreMemory,
}

/// A change, and the least that a run then needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// What to change.
    pub kind: RemedyKind,
    /// The change in words, with what is then needed.
    pub what: String,
    /// The least peak of any choice after the change.
    pub peak_bytes: u64,
    /// Whether that fits.
    pub fits: bool,
}

impl RemedyKind {
    /// The choice with the change made.
    pub fn applied(self, spec: &RunSpec) -> RunSpec {
        let mut spec = spec.clone();
        match self {
            Self::OneWellAtOnce => spec.wells_at_once = 1,
            Self::FreeIntermediates => spec.intermediates = Intermediates::Free,
            Self::NoReadAhead => spec.read_ahead = false,
            Self::ReturnMemory => spec.after_clear = AfterClear::Return,
            Self::OneThread => spec.threads = 1,
            Self::RemoveStep(step) if step < spec.pipeline.steps.len() => {
                spec.pipeline.steps.remove(step);
            }
            Self::RemoveStep(_) => {}
            Self::MoreMemory => {}
        }
        spec
    }

    fn words(self, spec: &RunSpec) -> String {
        match self {
            Self::OneWellAtOnce => "Process one well at a time".to_owned(),
            Self::FreeIntermediates => "Free images after their last use".to_owned(),
            Self::NoReadAhead => "Do not read the next combination ahead".to_owned(),
            Self::ReturnMemory => "Return memory to the system after each combination".to_owned(),
            Self::OneThread => "Use one thread".to_owned(),
            Self::RemoveStep(step) => {
                let name = spec.pipeline.steps.get(step).map_or("a step", |step| step.step.name());
                format!(
                    "Remove “{name}” (step {}), so that its component can be processed one at a time",
                    step + 1
                )
            }
            Self::MoreMemory => "Raise the budget, or use a computer with more memory".to_owned(),
        }
    }
}

/// How much more than the forecast to ask for, in percent: resting memory varies from worker to worker.
const SPARE_PERCENT: u64 = 5;

/// The changes that would help, those that suffice first, then by what is then needed; more memory
/// comes last, with how much. Empty where a choice fits as it is.
pub(super) fn remedies(
    plate: &Arc<Plate>,
    measured: &Arc<Measured>,
    wells: &BTreeSet<WellId>,
    spec: &RunSpec,
    basis: &Basis,
    choices_now: &[Choice],
) -> Result<Vec<Remedy>, PlanError> {
    let least_of = |choices: &[Choice]| choices.iter().map(|choice| choice.needed_bytes).min();
    let least = |spec: &RunSpec| -> Result<Option<u64>, PlanError> {
        Ok(least_of(&choices(plate, measured, wells, spec, basis)?))
    };
    let (Some(budget), Some(now)) = (basis.budget_bytes, least_of(choices_now)) else {
        return Ok(Vec::new());
    };
    if now <= budget {
        return Ok(Vec::new());
    }
    let mut kinds = Vec::new();
    let mut offer = |applies: bool, kind: RemedyKind| kinds.extend(applies.then_some(kind));
    offer(spec.wells_at_once > 1, RemedyKind::OneWellAtOnce);
    offer(spec.intermediates == Intermediates::Hold, RemedyKind::FreeIntermediates);
    offer(spec.after_clear == AfterClear::Keep, RemedyKind::ReturnMemory);
    offer(spec.read_ahead, RemedyKind::NoReadAhead);
    offer(spec.threads > 1, RemedyKind::OneThread);
    for (step_index, step) in spec.pipeline.steps.iter().enumerate() {
        // A pipeline needs a step.
        let is_one_of_several = spec.pipeline.steps.len() > 1;
        offer(is_one_of_several && step.step.assembles().is_some(), RemedyKind::RemoveStep(step_index));
    }
    let mut remedies = Vec::new();
    for kind in kinds {
        let Some(peak_bytes) = least(&kind.applied(spec))?.filter(|peak| *peak < now) else { continue };
        let fits = peak_bytes <= budget;
        let verdict = if fits { "which fits" } else { "not enough by itself" };
        let what = format!("{}: {}, {verdict}.", kind.words(spec), bytes_text(peak_bytes));
        remedies.push(Remedy { kind, what, peak_bytes, fits });
    }
    remedies.sort_by_key(|remedy| (!remedy.fits, remedy.peak_bytes));
    let kind = RemedyKind::MoreMemory;
    let enough = now + now / 100 * SPARE_PERCENT;
    let what = format!("{}: {} are enough.", kind.words(spec), bytes_text(enough));
    remedies.push(Remedy { kind, what, peak_bytes: enough, fits: false });
    Ok(remedies)
}
