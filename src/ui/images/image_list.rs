//! Which images the grid shows: those of the selected wells, filtered, in the order of their keys.
//!
//! The list is made again only when plate, selection, outputs or filters change, so that a frame
//! costs nothing per image. Nothing here draws.

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub use super::image_item::{ImagesModel, Item, ItemIndex, Kind, Stage};
pub use crate::app::OutputEntry;
use crate::plan::Mode;
use crate::plate::{Component, ImageKey, Plate, PlateImage, WellId, value_name};

/// What is let through (an empty set lets all through), and in what order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filters {
    /// Stages of the pipeline that are let through.
    pub stages: BTreeSet<Stage>,
    /// Kinds of images that are let through.
    pub kinds: BTreeSet<Kind>,
    /// Values per component.
    pub values: BTreeMap<Component, BTreeSet<u32>>,
    /// The component that comes first in the order; `None` for well after well.
    pub first: Option<Component>,
}

impl Default for Filters {
    fn default() -> Self {
        let stages = BTreeSet::from([Stage::Source]);
        Self { stages, kinds: BTreeSet::new(), values: BTreeMap::new(), first: None }
    }
}

impl Filters {
    /// Whether an image of this key is let through. An image that stands for all values of a
    /// component passes any filter of it.
    pub fn pass(&self, stage: Stage, key: ImageKey) -> bool {
        (self.stages.is_empty() || self.stages.contains(&stage)) && self.pass_values(key)
    }

    fn pass_values(&self, key: ImageKey) -> bool {
        self.values.iter().all(|(component, values)| {
            values.is_empty() || key.get(*component).is_none_or(|value| values.contains(&value))
        })
    }

    /// Whether a tile is let through. Who asks for what failed gets it of all stages.
    fn pass_item(&self, item: &Item) -> bool {
        let kind = item.kind();
        if kind == Kind::Failed && self.kinds.contains(&kind) {
            return self.pass_values(item.key);
        }
        self.pass(item.stage, item.key) && (self.kinds.is_empty() || self.kinds.contains(&kind))
    }

    /// Whether some of the plate's own images are left out.
    pub(crate) fn leave_out(&self) -> bool {
        !(self.stages.is_empty() || self.stages.contains(&Stage::Source))
            || !self.kinds.is_empty()
            || self.values.values().any(|values| !values.is_empty())
    }

    /// Adds or takes away a value of a component.
    pub fn toggle(&mut self, component: Component, value: u32) {
        let values = self.values.entry(component).or_default();
        if !values.remove(&value) {
            values.insert(value);
        }
    }

    /// Adds or takes away a kind.
    pub(crate) fn toggle_kind(&mut self, kind: Kind) {
        if !self.kinds.remove(&kind) {
            self.kinds.insert(kind);
        }
    }

    /// Adds or takes away a stage.
    pub(crate) fn toggle_stage(&mut self, stage: Stage) {
        if !self.stages.remove(&stage) {
            self.stages.insert(stage);
        }
    }
}

/// The filtered list, and what there is to filter by.
#[derive(Debug, Default)]
pub struct ImageList {
    /// The tiles, sorted by key and stage, or by a component first.
    pub items: Vec<Item>,
    /// The values of each component over the plate.
    pub values: BTreeMap<Component, BTreeSet<u32>>,
    /// Channel number to name.
    channel_names: BTreeMap<u32, String>,
    /// The stages that there are, with their names.
    pub stages: Vec<(Stage, String)>,
    /// The kinds that the plate has.
    pub kinds: Vec<Kind>,
    /// How often the list was made.
    pub version: u64,
    /// Indices into the outputs, by stage and well.
    outputs: HashMap<(Stage, WellId), Vec<usize>>,
    /// Indices into the failures: of images of the plate, and of results by stage and well.
    failed: HashMap<ImageKey, usize>,
    withheld: HashMap<(Stage, WellId), Vec<usize>>,
    made_of: Option<MadeOf>,
}

#[derive(Debug, PartialEq)]
struct MadeOf {
    plate_id: u64,
    selected: BTreeSet<WellId>,
    outputs_version: u64,
    failures_version: u64,
    filters: Filters,
}

impl ImageList {
    /// Makes the list again if anything that it depends on has changed.
    pub fn refresh(&mut self, model: &ImagesModel<'_>, filters: &mut Filters) {
        let current = self.made_of.as_ref().is_some_and(|made| {
            made.plate_id == model.plate_id
                && made.outputs_version == model.outputs_version
                && made.failures_version == model.failures.version
                && made.selected == *model.selected
                && made.filters == *filters
        });
        if current {
            return;
        }
        let known = self.made_of.as_ref();
        let other_plate = known.is_none_or(|made| made.plate_id != model.plate_id);
        if other_plate {
            self.values = Component::ALL.map(|component| (component, model.plate.values(component))).into();
            self.channel_names.clone_from(&model.plate.channel_names);
        }
        let is_other = |made: &MadeOf| {
            (made.outputs_version, made.failures_version) != (model.outputs_version, model.failures.version)
        };
        if other_plate || known.is_none_or(is_other) {
            self.index_outputs(model);
            let Plate { images, projections, missing, .. } = model.plate;
            let kinds = [
                (Kind::Image, images.is_empty()),
                (Kind::Projection, projections.is_empty()),
                (Kind::Missing, missing.is_empty()),
                (Kind::Failed, self.failed.is_empty() && self.withheld.is_empty()),
            ];
            self.kinds = kinds.into_iter().filter(|(_, has_none)| !has_none).map(|(kind, _)| kind).collect();
        }
        // A filter by what no longer exists would hide everything without a chip to lift it.
        let stages = &self.stages;
        filters.stages.retain(|stage| stages.iter().any(|(known, _)| known == stage));
        if filters.stages.is_empty() && stages.len() <= 1 {
            filters.stages.insert(Stage::Source);
        }
        filters.kinds.retain(|kind| self.kinds.contains(kind));
        for (component, values) in &mut filters.values {
            values.retain(|value| self.values.get(component).is_some_and(|known| known.contains(value)));
        }
        self.items = self.filtered(model, filters);
        self.version += 1;
        self.made_of = Some(MadeOf {
            plate_id: model.plate_id,
            selected: model.selected.clone(),
            outputs_version: model.outputs_version,
            failures_version: model.failures.version,
            filters: filters.clone(),
        });
    }

    fn index_outputs(&mut self, model: &ImagesModel<'_>) {
        let mut last: HashMap<(Stage, ImageKey), usize> = HashMap::new();
        let mut names: BTreeMap<Stage, &str> = BTreeMap::new();
        for (index, output) in model.outputs.iter().enumerate() {
            let stage = stage_of(output.step, output.mode);
            last.insert((stage, output.key), index);
            names.insert(stage, &output.step_name);
        }
        self.failed.clear();
        self.withheld.clear();
        for (index, entry) in model.failures.entries.iter().enumerate() {
            let Some(withheld) = &entry.withheld else {
                self.failed.insert(entry.key, index);
                continue;
            };
            let stage = stage_of(withheld.step, withheld.mode);
            // Another run, or one without what failed, has made it all the same.
            if !last.contains_key(&(stage, entry.key)) {
                names.entry(stage).or_insert(&withheld.step_name);
                self.withheld.entry((stage, entry.key.well)).or_default().push(index);
            }
        }
        self.outputs.clear();
        for ((stage, key), index) in last {
            self.outputs.entry((stage, key.well)).or_default().push(index);
        }
        for indices in self.outputs.values_mut() {
            indices.sort_unstable_by_key(|index| model.outputs[*index].key);
        }
        for indices in self.withheld.values_mut() {
            indices.sort_unstable_by_key(|index| model.failures.entries[*index].key);
        }
        self.stages = vec![(Stage::Source, "Source".to_owned())];
        for (stage, name) in &names {
            let Stage::Output { step, bulk } = *stage else { continue };
            // The mode is named only where both modes made images of the same step.
            let both = names.contains_key(&Stage::Output { step, bulk: !bulk });
            let mode = if bulk { Mode::Bulk } else { Mode::Sequential };
            let name =
                if both { format!("{name}, {}", mode.title().to_lowercase()) } else { (*name).to_owned() };
            self.stages.push((*stage, name));
        }
    }

    fn filtered(&self, model: &ImagesModel<'_>, filters: &Filters) -> Vec<Item> {
        let plate = model.plate;
        let mut items = Vec::new();
        let mut add = |key: ImageKey, stage: Stage, index: ItemIndex| {
            let item = self.item(key, stage, index);
            if filters.pass_item(&item) {
                items.push(item);
            }
        };
        for well in model.selected {
            let start = plate.images.partition_point(|image| image.key().well < *well);
            for (offset, image) in plate.images_of(*well).iter().enumerate() {
                add(image.key(), Stage::Source, ItemIndex::Image(start + offset));
            }
            for (stage, _) in &self.stages {
                for index in self.outputs.get(&(*stage, *well)).into_iter().flatten() {
                    add(model.outputs[*index].key, *stage, ItemIndex::Output(*index));
                }
                for index in self.withheld_of(*stage, *well) {
                    add(model.failures.entries[*index].key, *stage, ItemIndex::Withheld(*index));
                }
            }
        }
        for (index, image) in plate.projections.iter().enumerate() {
            if model.selected.contains(&image.key().well) {
                add(image.key(), Stage::Source, ItemIndex::Projection(index));
            }
        }
        for (index, missing) in plate.missing.iter().enumerate() {
            if model.selected.contains(&missing.key.well) {
                add(missing.key, Stage::Source, ItemIndex::Missing(index));
            }
        }
        items.sort_by_key(|item| {
            let first = filters.first.map(|component| item.key.get(component));
            (first, item.key, item.stage)
        });
        items
    }

    /// A tile, with what failed of it.
    fn item(&self, key: ImageKey, stage: Stage, index: ItemIndex) -> Item {
        let failed = match index {
            ItemIndex::Image(_) | ItemIndex::Projection(_) => self.failed.get(&key).copied(),
            ItemIndex::Withheld(index) => Some(index),
            ItemIndex::Missing(_) | ItemIndex::Output(_) => None,
        };
        Item { key, stage, index, failed }
    }

    fn withheld_of(&self, stage: Stage, well: WellId) -> &[usize] {
        self.withheld.get(&(stage, well)).map_or(&[], Vec::as_slice)
    }

    /// The results of a well at a stage, sorted by key; then those that were withheld.
    pub(crate) fn results_of(&self, model: &ImagesModel<'_>, stage: Stage, well: WellId) -> Vec<Item> {
        let made = self.outputs.get(&(stage, well)).into_iter().flatten();
        let made = made.map(|index| self.item(model.outputs[*index].key, stage, ItemIndex::Output(*index)));
        let withheld = self.withheld_of(stage, well).iter();
        let withheld = withheld
            .map(|index| self.item(model.failures.entries[*index].key, stage, ItemIndex::Withheld(*index)));
        made.chain(withheld).collect()
    }

    /// A list of the same plate and stages that has these tiles, sorted by key. Each such list has
    /// a version of its own, as lists have that are made again.
    pub(crate) fn with_items(&self, items: Vec<Item>, version: u64) -> Self {
        Self {
            items,
            values: self.values.clone(),
            channel_names: self.channel_names.clone(),
            stages: self.stages.clone(),
            kinds: self.kinds.clone(),
            version,
            outputs: self.outputs.clone(),
            failed: self.failed.clone(),
            withheld: self.withheld.clone(),
            made_of: None,
        }
    }

    /// The image of the same place at another stage. Where the stage has assembled a component,
    /// that is the image of all its values; where the given key has, it is the first.
    pub(crate) fn counterpart(&self, model: &ImagesModel<'_>, key: ImageKey, stage: Stage) -> Option<Item> {
        let agree = |other: ImageKey| {
            other.well == key.well
                && Component::ALL.into_iter().all(|component| {
                    match (key.get(component), other.get(component)) {
                        (Some(value), Some(other)) => value == other,
                        _ => true,
                    }
                })
        };
        if stage == Stage::Source {
            let start = model.plate.images.partition_point(|image| image.key().well < key.well);
            let images = model.plate.images_of(key.well);
            let offset = images.iter().position(|image| agree(image.key()))?;
            return Some(self.item(images[offset].key(), stage, ItemIndex::Image(start + offset)));
        }
        let indices = self.outputs.get(&(stage, key.well))?;
        let index = *indices.iter().find(|index| agree(model.outputs[**index].key))?;
        Some(self.item(model.outputs[index].key, stage, ItemIndex::Output(index)))
    }

    /// What a stage has of exactly this key, be it that it is missing.
    pub fn at(&self, model: &ImagesModel<'_>, key: ImageKey, stage: Stage) -> Option<Item> {
        let plate = model.plate;
        let place = if stage == Stage::Source {
            let found = plate.images.binary_search_by_key(&key, PlateImage::key).map(ItemIndex::Image);
            let projection = || plate.projections.binary_search_by_key(&key, PlateImage::key);
            let missing = || plate.missing.binary_search_by_key(&key, |missing| missing.key);
            found
                .or_else(|_| projection().map(ItemIndex::Projection))
                .or_else(|_| missing().map(ItemIndex::Missing))
                .ok()?
        } else {
            let indices = self.outputs.get(&(stage, key.well))?;
            let found = indices.binary_search_by_key(&key, |index| model.outputs[*index].key).ok()?;
            ItemIndex::Output(indices[found])
        };
        Some(self.item(key, stage, place))
    }

    /// The images of the same stage that differ from one in a component alone, it among them, in the
    /// order of the component's values; what is missing too. None of an image that stands for all of
    /// the component's values.
    pub(crate) fn siblings(&self, model: &ImagesModel<'_>, item: Item, component: Component) -> Vec<Item> {
        let values = item.key.get(component).and_then(|_| self.values.get(&component));
        let keys = values.into_iter().flatten().map(|value| item.key.with(component, Some(*value)));
        keys.filter_map(|key| self.at(model, key, item.stage)).collect()
    }

    /// The name of a stage.
    pub(crate) fn stage_name(&self, stage: Stage) -> &str {
        self.stages.iter().find(|(known, _)| *known == stage).map_or("", |(_, name)| name)
    }

    /// `E07 · s1 · FITC · z3`: without z and timepoint where the plate has but one, and with the
    /// step where the list mixes stages.
    pub fn caption(&self, item: &Item, name_stage: bool) -> String {
        use std::fmt::Write as _;
        let mut text = item.key.well.to_string();
        for component in [Component::Site, Component::Channel, Component::Z, Component::Timepoint] {
            let single = self.values.get(&component).is_none_or(|values| values.len() <= 1);
            let telling = !single || matches!(component, Component::Site | Component::Channel);
            if let (Some(value), true) = (item.key.get(component), telling) {
                let _ = write!(text, " · {}", value_name(&self.channel_names, component, value));
            }
        }
        if matches!(item.index, ItemIndex::Projection(_)) {
            text.push_str(" · projection");
        }
        if name_stage && item.stage != Stage::Source {
            let _ = write!(text, " · {}", self.stage_name(item.stage));
        }
        text
    }
}

fn stage_of(step: usize, mode: Mode) -> Stage {
    Stage::Output { step, bulk: mode == Mode::Bulk }
}
