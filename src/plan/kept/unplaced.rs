//! Whether the images of a plan have places in a layout that was made before it.

use super::layout::KeptLayout;
use super::made::{Made, made_by};
use super::zarr::ZarrStore;
use crate::plan::{CombinationPlan, Plan};
use crate::plate::{Component, ImageKey, SaveAs};

impl KeptLayout {
    /// An image of a plan that the layout has no place for, because it is of other images; `None` where it has one for each.
    pub(crate) fn unplaced(&self, plan: &Plan) -> Option<ImageKey> {
        if *self == plan.layout {
            return None;
        }
        let is_known = |key: &ImageKey| {
            let known = |component: &Component| self.values.get(component);
            let has =
                |component: Component, value: u32| known(&component).is_some_and(|all| all.contains(&value));
            Component::ALL.into_iter().all(|one| key.get(one).is_none_or(|value| has(one, value)))
        };
        // What wells have in common that are alike suffices to tell.
        let combinations: Vec<CombinationPlan> =
            plan.combinations.alike().flat_map(|part| part.combinations).collect();
        let mut keys = combinations.iter().flat_map(|one| &one.images).map(|image| image.key);
        if let Some(key) = keys.find(|key| !is_known(key)) {
            return Some(key);
        }
        for (step_index, step) in self.steps.iter().filter(|_| self.form == SaveAs::OmeZarr) {
            let store = ZarrStore::new(String::new(), &step.series, step.makes_labels.then_some(&step.slug));
            for combination in &combinations {
                for Made { item, over } in made_by(&plan.pipeline, combination, *step_index) {
                    let place = |format| store.place(item.key, format, over);
                    if item.format.is_some_and(|format| place(format).is_none()) {
                        return Some(item.key);
                    }
                }
            }
        }
        None
    }
}
