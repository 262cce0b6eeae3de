//! What the threads of a run are at, for the sentence with which memory meets the budget.

use crate::plan::Plan;
use crate::plate::ImageKey;

/// What a thread began last: what is at hand when memory meets the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activity {
    /// An image is read.
    Reading(ImageKey),
    /// A step makes a result.
    Step { step: usize, key: ImageKey },
    /// A result of a step is saved.
    Saving { step: usize, key: ImageKey },
}

impl Activity {
    /// `while A01_s1_w1_z1_t1 was read`.
    pub(super) fn words(self, plan: &Plan) -> String {
        let name = |step: usize| plan.spec.pipeline.steps.get(step).map_or("a step", |step| step.step.name());
        match self {
            Self::Reading(key) => format!("while {key} was read"),
            Self::Step { step, key } => format!("in step {}, “{}”, at {key}", step + 1, name(step)),
            Self::Saving { step, key } => {
                format!("while {key} of step {}, “{}”, was saved", step + 1, name(step))
            }
        }
    }
}
