//! Which image stands for each well in the overview of the plate, and the choice of it.
//!
//! One site, channel and timepoint, at the source or after a step; of a stack the ready-made
//! projection or else the middle plane, unless a plane is chosen. Worked out when something that it
//! depends on changes, not in each frame.

use std::collections::{BTreeMap, BTreeSet};

use egui::{ComboBox, Ui};

use super::image_list::{ImageList, ImagesModel, Item, Stage};
use crate::image::ImageSource;
use crate::plate::{Component, ImageKey, WellId};
use crate::ui::plate::well_state::middle_plane;

/// What of each well is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlaneChoice {
    /// Where in the pipeline.
    stage: Stage,
    /// The chosen values; where there is none the plate's first, of the planes the projection or else
    /// the one in the middle.
    values: BTreeMap<Component, u32>,
}

impl Default for PlaneChoice {
    fn default() -> Self {
        Self { stage: Stage::Source, values: BTreeMap::new() }
    }
}

/// A well with the image that stands for it.
pub(crate) struct WellCell {
    /// The image or what is known of it; `None` where the well has no such image.
    pub(crate) item: Option<Item>,
    pub(crate) source: Option<ImageSource>,
}

/// The wells of a plate with their images.
#[derive(Default)]
pub(crate) struct WellCells {
    pub(crate) cells: BTreeMap<WellId, WellCell>,
    /// The images in the order of their wells, for the viewer to go from well to well.
    pub(crate) list: ImageList,
    made_of: Option<(u64, u64, PlaneChoice)>,
    version: u64,
}

impl WellCells {
    /// Works them out again where plate, outputs or choice are others.
    pub(crate) fn refresh(&mut self, model: &ImagesModel<'_>, list: &ImageList, choice: &mut PlaneChoice) {
        choice.drop_unknown(list);
        let of = (model.plate_id, list.version, choice.clone());
        if self.made_of.as_ref() == Some(&of) {
            return;
        }
        self.made_of = Some(of);
        let cell = |well: WellId| {
            let item = choice.item_of(model, list, well);
            (well, WellCell { item, source: item.and_then(|item| item.source(model)) })
        };
        self.cells = model.wells.keys().map(|well| cell(*well)).collect();
        self.version += 1;
        let items = self.cells.values().filter_map(|cell| cell.item).collect();
        self.list = list.with_items(items, self.version);
    }
}

impl PlaneChoice {
    fn drop_unknown(&mut self, list: &ImageList) {
        self.values.retain(|component, value| {
            list.values.get(component).is_some_and(|values| values.contains(value))
        });
        if !list.stages.iter().any(|(stage, _)| *stage == self.stage) {
            self.stage = Stage::Source;
        }
    }

    fn value(&self, list: &ImageList, component: Component) -> u32 {
        let first = || list.values.get(&component).and_then(|values| values.first()).copied();
        self.values.get(&component).copied().or_else(first).unwrap_or(1)
    }

    /// The image that stands for a well.
    fn item_of(&self, model: &ImagesModel<'_>, list: &ImageList, well: WellId) -> Option<Item> {
        let plane = self.values.get(&Component::Z).copied();
        let key = ImageKey {
            well,
            site: Some(self.value(list, Component::Site)),
            channel: Some(self.value(list, Component::Channel)),
            timepoint: Some(self.value(list, Component::Timepoint)),
            z: plane,
        };
        if self.stage != Stage::Source {
            return self.result_of(model, list, key);
        }
        // Without a plane this is the projection.
        let exact = list.at(model, key, Stage::Source);
        if exact.is_some() || plane.is_some() {
            return exact;
        }
        let middle = middle_plane(model.plate, key).map(|image| image.key);
        let missing = || {
            let missing = model.plate.missing.iter().map(|missing| missing.key);
            missing.into_iter().find(|missing| missing.with(Component::Z, None) == key)
        };
        list.at(model, middle.or_else(missing)?, Stage::Source)
    }

    /// Of a step's results the one in the middle of those that agree with a key; what was withheld
    /// only where no other is there.
    fn result_of(&self, model: &ImagesModel<'_>, list: &ImageList, key: ImageKey) -> Option<Item> {
        let agrees = |item: &Item| {
            Component::ALL
                .iter()
                .all(|part| item.key.get(*part).zip(key.get(*part)).is_none_or(|(a, b)| a == b))
        };
        let mut items = list.results_of(model, self.stage, key.well);
        items.retain(agrees);
        let made: Vec<Item> = items.iter().copied().filter(Item::is_there).collect();
        made.get(made.len() / 2).or(items.first()).copied()
    }

    /// The menus of what has several values.
    pub(crate) fn choice_ui(&mut self, ui: &mut Ui, model: &ImagesModel<'_>, list: &ImageList) {
        if list.stages.len() > 1 {
            let name = |stage: Stage| list.stage_name(stage).to_owned();
            menu(ui, "Step of the wells' images", &name(self.stage), |ui| {
                for (stage, name) in &list.stages {
                    ui.selectable_value(&mut self.stage, *stage, name);
                }
            });
        }
        for component in [Component::Channel, Component::Site, Component::Z, Component::Timepoint] {
            let Some(values) = list.values.get(&component) else { continue };
            let has_projections = component == Component::Z && !model.plate.projections.is_empty();
            if values.len() > 1 || (has_projections && !values.is_empty()) {
                self.component_ui(ui, model, list, component, values);
            }
        }
    }

    fn component_ui(
        &mut self,
        ui: &mut Ui,
        model: &ImagesModel<'_>,
        list: &ImageList,
        component: Component,
        values: &BTreeSet<u32>,
    ) {
        let name = |value: u32| match component {
            Component::Channel => model.plate.value_name(component, value),
            _ => format!("{} {value}", component.title()),
        };
        let any = match (component, model.plate.projections.is_empty()) {
            (Component::Z, true) => Some("Middle z"),
            (Component::Z, false) => Some("Projection or middle z"),
            _ => None,
        };
        let chosen = self.values.get(&component).copied();
        let shown = match (chosen, any) {
            (None, Some(any)) => any.to_owned(),
            _ => name(self.value(list, component)),
        };
        menu(ui, &format!("{} of the wells' images", component.title()), &shown, |ui| {
            if let Some(any) = any
                && ui.selectable_label(chosen.is_none(), any).clicked()
            {
                self.values.remove(&component);
            }
            for value in values {
                let is_chosen = chosen == Some(*value)
                    || chosen.is_none() && any.is_none() && values.first() == Some(value);
                if ui.selectable_label(is_chosen, name(*value)).clicked() {
                    self.values.insert(component, *value);
                }
            }
        });
    }
}

fn menu(ui: &mut Ui, name: &str, shown: &str, entries: impl FnOnce(&mut Ui)) {
    let combo = ComboBox::from_id_salt(name).width(64.0).selected_text(shown);
    combo.show_ui(ui, entries).response.accessible_name(name);
}
