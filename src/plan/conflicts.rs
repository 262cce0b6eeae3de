//! Which components cannot be taken one value at a time, and which make no difference.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::pipeline::PipelineSpec;
use crate::plate::{Component, Plate};

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
pub(crate) fn single_valued(plate: &Plate) -> BTreeSet<Component> {
    Component::ALL.into_iter().filter(|component| has_single_value(plate, *component)).collect()
}

/// Whether the plate's images have at most one value of a component.
pub(super) fn has_single_value(plate: &Plate, component: Component) -> bool {
    let mut values = plate.images.iter().map(|image| image.key().get(component));
    let first = values.next();
    values.all(|value| Some(value) == first)
}
