//! Choices as the chart shows them before they are run.

use crate::chart::{Expected, PlannedWay};
use crate::pipeline::PipelineSpec;
use crate::plan::{Choice, Mode, way_title};
use crate::plate::{Component, Plate};

/// A choice as the chart shows it.
pub(crate) fn planned_way(choice: &Choice, pipeline: &PipelineSpec, plate: Option<&Plate>) -> PlannedWay {
    PlannedWay {
        mode: choice.mode,
        title: way_title(choice.mode, &choice.sequential),
        sequential: choice.sequential.clone(),
        expected: Expected {
            course: choice.course.clone(),
            ends_secs: choice.course_secs.clone(),
            steps: pipeline.steps.iter().map(|step| step.step.name().to_owned()).collect(),
            channel_names: plate.map(|plate| plate.channel_names.clone()).unwrap_or_default(),
        },
    }
}

/// The ways that tell a plan's story: all at once, and one at a time in one component more each.
pub(crate) fn telling_ways(choices: &[Choice]) -> Vec<&Choice> {
    let order = [Component::Channel, Component::Timepoint, Component::Site, Component::Z];
    let is_free = |component: &Component| choices.iter().any(|choice| choice.sequential == [*component]);
    let free: Vec<Component> = order.into_iter().filter(is_free).take(2).collect();
    let of = |taken: usize| {
        choices.iter().find(|choice| {
            choice.sequential.len() == taken
                && free[..taken].iter().all(|one| choice.sequential.contains(one))
        })
    };
    let bulk = choices.iter().find(|choice| choice.mode == Mode::Bulk);
    bulk.into_iter().chain((1..=free.len()).filter_map(of)).collect()
}
