//! What a pattern captures in all names, each text once, and what these texts mean together.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use super::expression::{Captured, NamePattern, Part};
use super::names::ImageNames;
use super::values::Numbers;
use crate::cancel::{Cancel, Cancelled};
use crate::plate::{Component, PlateShape, SpelledWells, WellTexts};

/// How often a cancel is asked for.
const IMAGES_BETWEEN: usize = 1024;

/// The paths of all names in one text, so that what is captured lives as long as all of them.
pub(super) struct Paths {
    text: String,
    ends: Vec<usize>,
}

impl Paths {
    pub(super) fn of(names: &ImageNames) -> Self {
        let mut text = String::new();
        let mut ends = Vec::with_capacity(names.len());
        for image in 0..names.len() {
            let (folder, name) = names.place(image);
            if !matches!(folder, "." | "") {
                text.push_str(folder);
                text.push('/');
            }
            text.push_str(name);
            ends.push(text.len());
        }
        Self { text, ends }
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, end)| &self.text[begin..*end])
    }
}

/// The texts of a name by number; names without one have none.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) well: u32,
    pub(super) components: [Option<u32>; 4],
}

/// What is captured in all names.
pub(super) struct Gathered<'a> {
    /// For each name in order its texts, or that the pattern is not found in it.
    pub(super) rows: Vec<Option<Row>>,
    /// The texts of wells.
    pub(super) wells: Texts<WellTexts<'a>>,
    /// Those of each component, in the order of [`Component::ALL`].
    pub(super) components: [Texts<&'a str>; 4],
    /// Those of plates.
    pub(super) plates: BTreeSet<&'a str>,
    /// The first name of each channel by the number of the channel's text, where names say both.
    pub(super) channel_names: BTreeMap<u32, &'a str>,
}

impl<'a> Gathered<'a> {
    /// What the first pattern that is found in a name captures in it.
    pub(super) fn of(paths: &'a Paths, patterns: &[NamePattern], cancel: &Cancel) -> Result<Self, Cancelled> {
        let mut gathered = Self {
            rows: Vec::with_capacity(paths.ends.len()),
            wells: Texts::default(),
            components: Default::default(),
            plates: BTreeSet::new(),
            channel_names: BTreeMap::new(),
        };
        for (image, path) in paths.iter().enumerate() {
            if image.is_multiple_of(IMAGES_BETWEEN) {
                cancel.check()?;
            }
            let found = patterns.iter().find_map(|pattern| Some((pattern, pattern.captures(path)?)));
            let row = found.map(|(pattern, captured)| gathered.row(pattern, captured));
            gathered.rows.push(row);
        }
        Ok(gathered)
    }

    fn row(&mut self, pattern: &NamePattern, captured: Captured<'a>) -> Row {
        self.plates.extend(captured.of(Part::Plate));
        let well = match pattern.has(Part::Well) {
            true => (captured.of(Part::Well), None),
            false => (captured.of(Part::Row), captured.of(Part::Column)),
        };
        let mut components = [None; 4];
        for ((number, texts), component) in
            components.iter_mut().zip(&mut self.components).zip(Component::ALL)
        {
            *number = captured.of(Part::of_component(component)).map(|text| texts.number(text));
        }
        if let Some(channel) = components[position(Component::Channel)]
            && let Some(name) = captured.of(Part::ChannelName)
        {
            self.channel_names.entry(channel).or_insert(name);
        }
        Row { well: self.wells.number(well), components }
    }

    /// The wells that all texts of wells say together. Wells that are numbers are counted on `shape`, where the patterns do not
    /// say on which plate.
    pub(super) fn wells_by(&self, patterns: &[NamePattern], shape: Option<PlateShape>) -> SpelledWells<'a> {
        let texts = &self.wells.all;
        if patterns.iter().any(|pattern| pattern.has(Part::Well)) {
            let counted_on = patterns.iter().find_map(NamePattern::counted_on).or(shape);
            SpelledWells::of_wells(&texts.iter().filter_map(|(well, _)| *well).collect(), counted_on)
        } else {
            let is_from_0 = patterns.iter().any(NamePattern::is_from_0);
            SpelledWells::of_lines(&texts.iter().copied().collect(), is_from_0)
        }
    }

    /// The names of channels by their numbers, where names say both.
    pub(super) fn names_of_channels(&self, numbers: &Numbers<'a>) -> BTreeMap<u32, String> {
        let texts = &self.components[position(Component::Channel)].all;
        let named = self
            .channel_names
            .iter()
            .map(|(text, name)| (numbers.get(texts.get(*text as usize).copied()), (*name).to_owned()));
        named.collect()
    }

    /// The numbers that all texts of each component say together, in the order of [`Component::ALL`].
    pub(super) fn numbers(&self) -> [Numbers<'a>; 4] {
        Component::ALL.map(|component| {
            Numbers::of(component, &self.components[position(component)].all.iter().copied().collect())
        })
    }
}

/// Texts, each once.
pub(super) struct Texts<T> {
    numbers: HashMap<T, u32>,
    pub(super) all: Vec<T>,
}

impl<T> Default for Texts<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), all: Vec::new() }
    }
}

impl<T: Copy + Eq + Hash> Texts<T> {
    fn number(&mut self, text: T) -> u32 {
        *self.numbers.entry(text).or_insert_with(|| {
            self.all.push(text);
            u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX)
        })
    }
}

/// Where a component is in [`Component::ALL`].
pub(super) fn position(component: Component) -> usize {
    Component::ALL.into_iter().position(|one| one == component).unwrap_or(0)
}
