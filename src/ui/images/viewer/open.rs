//! The image that is open in the viewer.

use super::preview::PreviewSwitch;
use super::stack::Stack;
use crate::pipeline::PipelineStep;
use crate::plate::{Component, ImageKey};
use crate::ui::images::image_list::{ImagesModel, Item};

/// The image that is open, and where it stands among others.
pub(crate) struct Open {
    pub(crate) item: Item,
    /// Place in the filtered list from which the arrow keys go on.
    pub(crate) position: usize,
    /// The last key with all components, so that going from a projection back finds its plane.
    pub(crate) full_key: ImageKey,
    /// The same place at each stage that has it; worked out when the item changes.
    pub(crate) companions: Vec<Item>,
    /// The planes and the timepoints around it; worked out when the item changes.
    pub(super) stacks: Vec<Stack>,
    /// The same place in all channels; worked out when the item changes.
    pub(crate) channels: Vec<Item>,
    pub(super) list_version: u64,
}

impl Open {
    /// The stacks to go through. A preview that joins a stack has no planes left.
    pub(crate) fn stacks(&self, model: &ImagesModel<'_>, preview: &PreviewSwitch) -> Vec<&Stack> {
        let is_joined = |component: Component| {
            let joins =
                |step: &PipelineStep| step.step.assembles() == Some(component) && !step.step.works_in_place();
            preview.is_on && model.previewed.iter().any(joins)
        };
        self.stacks.iter().filter(|stack| !is_joined(stack.component)).collect()
    }
}
