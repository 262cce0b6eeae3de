//! What an edit makes of a pipeline, and where the selected step is after it. Pure.

use super::messages::PipelineCommand;
use crate::pipeline::{PipelineSpec, PipelineStep};

impl PipelineCommand {
    /// The pipeline after it; `None` where it changes nothing.
    pub(super) fn applied(&self, pipeline: &PipelineSpec) -> Option<PipelineSpec> {
        let mut edited = pipeline.clone();
        let steps = &mut edited.steps;
        match self {
            Self::Add(step) => {
                // What comes last is what was wanted.
                let place = pipeline.insertion_index(step);
                let keep_images = place == steps.len();
                steps.insert(place, PipelineStep { step: step.clone(), keep_images });
            }
            Self::Remove(index) if *index < steps.len() => {
                steps.remove(*index);
            }
            Self::Move { from, to } if (*from).max(*to) < steps.len() => {
                let step = steps.remove(*from);
                steps.insert(*to, step);
            }
            Self::Set { index, step, .. } => steps.get_mut(*index)?.clone_from(step),
            _ => return None,
        }
        (edited != *pipeline).then_some(edited)
    }

    /// Where the selected step of the pipeline is after it: the same step, wherever it has gone.
    pub(super) fn selected_after(&self, pipeline: &PipelineSpec, selected: usize) -> Option<usize> {
        match *self {
            Self::Add(ref step) => Some(selected + usize::from(pipeline.insertion_index(step) <= selected)),
            Self::Remove(index) if index == selected => None,
            Self::Remove(index) => Some(selected - usize::from(index < selected)),
            Self::Move { from, to } if from == selected => Some(to),
            Self::Move { from, to } if from < selected && to >= selected => Some(selected - 1),
            Self::Move { from, to } if from > selected && to <= selected => Some(selected + 1),
            _ => Some(selected),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Step;
    use crate::pipeline::steps::{PercentileNormalize, ZProjection};

    #[test]
    fn the_selection_stays_with_its_step() {
        use PipelineCommand::{Add, Move, Remove};
        let single = Step::PercentileNormalize(PercentileNormalize::default());
        let joining = Step::ZProjection(ZProjection::default());
        // Of single, single, joining, joining the second is selected.
        let table = [
            (Add(single.clone()), Some(1)),
            (Add(joining.clone()), Some(1)),
            (Remove(0), Some(0)),
            (Remove(1), None),
            (Remove(2), Some(1)),
            (Move { from: 1, to: 3 }, Some(3)),
            (Move { from: 0, to: 1 }, Some(0)),
            (Move { from: 3, to: 0 }, Some(2)),
            (Move { from: 2, to: 3 }, Some(1)),
        ];
        let steps = [&single, &single, &joining, &joining]
            .map(|step| PipelineStep { step: step.clone(), keep_images: false });
        let pipeline = PipelineSpec::of(steps.into());
        for (edit, expected) in table {
            assert_eq!(edit.selected_after(&pipeline, 1), expected, "{edit:?}");
        }
    }
}
