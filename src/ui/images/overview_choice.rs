//! Which images stand for each well in the overview of the plate, and the choice of them.
//!
//! One channel and timepoint, of one site or of all of them, at the source or after a step; of a stack the ready-made
//! projection or else the middle plane, unless a plane is chosen. Worked out when something that it
//! depends on changes, not in each frame. Where the images lie in their wells is told by [`overview_wells`](super::overview_wells).

use std::collections::{BTreeMap, BTreeSet};

use egui::{ComboBox, Ui};

use super::image_list::{ImageList, ImagesModel, Item, Stage};
use crate::plate::{Component, ImageKey, PlateImage, WellId};
use crate::ui::lists::{choice, choice_label, list_ui};
use crate::ui::plate::well_state::middle_plane;

/// What of each well is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlaneChoice {
    /// Where in the pipeline.
    stage: Stage,
    /// Whether all sites of a well are shown where they lie.
    is_all_sites: bool,
    /// The chosen values; where there is none the plate's first, of the planes the projection or else
    /// the one in the middle.
    values: BTreeMap<Component, u32>,
}

impl Default for PlaneChoice {
    fn default() -> Self {
        Self { stage: Stage::Source, is_all_sites: false, values: BTreeMap::new() }
    }
}

impl PlaneChoice {
    /// Whether all sites of a well are shown.
    pub(crate) fn is_all_sites(&self) -> bool {
        self.is_all_sites
    }

    /// Lets go what the plate does not have.
    pub(crate) fn drop_unknown(&mut self, list: &ImageList) {
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

    /// The images that stand for a well, in the order of its sites.
    pub(crate) fn items_of(&self, model: &ImagesModel<'_>, list: &ImageList, well: WellId) -> Vec<Item> {
        let key = ImageKey {
            well,
            site: Some(self.value(list, Component::Site)),
            channel: Some(self.value(list, Component::Channel)),
            timepoint: Some(self.value(list, Component::Timepoint)),
            z: self.values.get(&Component::Z).copied(),
        };
        let results = match self.stage {
            Stage::Source => None,
            stage => Some(list.results_of(model, stage, well)),
        };
        let sites: BTreeSet<Option<u32>> = match &results {
            _ if !self.is_all_sites => BTreeSet::from([key.site]),
            Some(results) => results.iter().map(|item| item.key.site).collect(),
            None => sites_of(model, well),
        };
        let of_site = |site: Option<u32>| {
            let key = key.with(Component::Site, site);
            match &results {
                Some(results) => result_of(results, key),
                None => source_of(model, list, key),
            }
        };
        sites.into_iter().filter_map(of_site).collect()
    }

    /// The menus of what has several values.
    pub(crate) fn choice_ui(&mut self, ui: &mut Ui, model: &ImagesModel<'_>, list: &ImageList) {
        if list.stages.len() > 1 {
            let name = |stage: Stage| list.stage_name(stage).to_owned();
            menu(ui, "Step of the wells' images", &name(self.stage), |ui| {
                for (stage, name) in &list.stages {
                    choice(ui, &mut self.stage, *stage, name);
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
        // What is looked at without one of the values.
        let any = match (component, model.plate.projections.is_empty()) {
            (Component::Z, true) => Some("Middle z"),
            (Component::Z, false) => Some("Projection or middle z"),
            (Component::Site, _) => Some("All sites"),
            _ => None,
        };
        let is_any = match component {
            Component::Site => self.is_all_sites,
            _ => any.is_some() && !self.values.contains_key(&component),
        };
        let shown = match any.filter(|_| is_any) {
            Some(any) => any.to_owned(),
            None => name(self.value(list, component)),
        };
        menu(ui, &format!("{} of the wells' images", component.title()), &shown, |ui| {
            if let Some(any) = any
                && choice_label(ui, is_any, any).clicked()
            {
                self.values.remove(&component);
                self.is_all_sites |= component == Component::Site;
            }
            for value in values {
                let is_chosen = !is_any && self.value(list, component) == *value;
                if choice_label(ui, is_chosen, name(*value)).clicked() {
                    self.values.insert(component, *value);
                    self.is_all_sites &= component != Component::Site;
                }
            }
        });
    }
}

/// The sites that a well has or should have.
fn sites_of(model: &ImagesModel<'_>, well: WellId) -> BTreeSet<Option<u32>> {
    let plate = model.plate;
    let images = plate.images_of(well).iter().map(PlateImage::key);
    let start = plate.projections.partition_point(|image| image.key().well < well);
    let projections = plate.projections[start..].iter().map(PlateImage::key);
    let start = plate.missing.partition_point(|missing| missing.key.well < well);
    let missing = plate.missing[start..].iter().map(|missing| missing.key);
    let of_well = |key: &ImageKey| key.well == well;
    images
        .chain(projections.take_while(of_well))
        .chain(missing.take_while(of_well))
        .map(|key| key.site)
        .collect()
}

/// The image of the plate: where no plane is wanted the projection, else the middle of the planes that are there.
fn source_of(model: &ImagesModel<'_>, list: &ImageList, key: ImageKey) -> Option<Item> {
    // Without a plane this is the projection.
    let exact = list.at(model, key, Stage::Source);
    if exact.is_some() || key.z.is_some() {
        return exact;
    }
    let middle = middle_plane(model.plate, key).map(PlateImage::key);
    let missing = || {
        let missing = &model.plate.missing;
        let first = missing.get(missing.partition_point(|missing| missing.key < key))?;
        Some(first.key).filter(|missing| missing.with(Component::Z, None) == key)
    };
    list.at(model, middle.or_else(missing)?, Stage::Source)
}

/// Of a well's results the one in the middle of those that agree with a key; what was withheld
/// only where no other is there.
fn result_of(results: &[Item], key: ImageKey) -> Option<Item> {
    let agrees = |item: &&Item| {
        Component::ALL.iter().all(|part| item.key.get(*part).zip(key.get(*part)).is_none_or(|(a, b)| a == b))
    };
    let agreeing: Vec<Item> = results.iter().filter(agrees).copied().collect();
    let made: Vec<Item> = agreeing.iter().copied().filter(Item::is_there).collect();
    made.get(made.len() / 2).or(agreeing.first()).copied()
}

fn menu(ui: &mut Ui, name: &str, shown: &str, entries: impl FnOnce(&mut Ui)) {
    list_ui(ui, ComboBox::from_id_salt(name).width(64.0), name, shown, entries);
}
