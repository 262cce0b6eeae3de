//! Names of images as a pattern reads them: which is which image, what does not fit, and what is there twice.
//!
//! The same for the plate that is opened and for the table that is shown while a pattern is chosen. Texts are
//! gathered first, since what a text means may depend on all of them. Deliberately absent: pixels.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use super::super::{Component, ImageKey, PlateShape, WellId};
use super::expression::{Captured, NamePattern, Part};
use super::fault::ReadingFault;
use super::names::ImageNames;
use super::values::Numbers;
use super::wells::{self, WellTexts, Wells};
use crate::cancel::{Cancel, Cancelled};
use crate::quantity::plural;
use crate::shown_text::brief;

/// How often a cancel is asked for.
const IMAGES_BETWEEN: usize = 1024;

/// What a pattern makes of some names.
#[derive(Clone, Debug)]
pub struct Reading {
    /// For each name in order the image that it is, or that it is none.
    pub keys: Vec<Option<ImageKey>>,
    /// Names of the channels whose group is a word.
    pub channel_names: BTreeMap<u32, String>,
    /// The plate whose wells are counted through, where wells are numbers; a guess where the pattern does not say it.
    pub counted_on: Option<PlateShape>,
    /// What was numbered or assumed, in words.
    pub notes: Vec<String>,
    /// The plates that the names are of, where the pattern has a group for that.
    pub plates: BTreeSet<String>,
    /// Texts that are no well, in words, by one name that has it.
    no_wells: BTreeMap<usize, String>,
    /// Names that lack a component that others have, by that component.
    lacks: BTreeMap<usize, Component>,
    /// Two names of one image, where there are any.
    pub doubled: Option<Doubled>,
    /// Number of different wells, sites, channels, planes and timepoints.
    pub counts: Counts,
}

/// Two names that are the same image by a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubled {
    /// The image.
    pub key: ImageKey,
    /// The first name.
    pub first: usize,
    /// The second one.
    pub second: usize,
    /// Number of names that are an image that another name is before them.
    pub names: usize,
}

/// How many of each there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Names that are an image.
    pub images: usize,
    /// Names that are none.
    pub unread: usize,
    /// Wells.
    pub wells: usize,
    /// The values of each component, in the order of [`Component::ALL`].
    pub components: [usize; 4],
}

impl Counts {
    /// Number of values of a component.
    pub fn of(&self, component: Component) -> usize {
        let at = Component::ALL.into_iter().position(|one| one == component);
        at.map_or(0, |at| self.components[at])
    }
}

/// `24 wells, 2 channels, 9 sites`: wells, and components of more than one value.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plural(self.wells, "well"))?;
        let components = [
            (Component::Channel, "channel"),
            (Component::Site, "site"),
            (Component::Z, "plane"),
            (Component::Timepoint, "timepoint"),
        ];
        for (component, word) in components {
            let count = self.of(component);
            if count > 1 {
                write!(f, ", {}", plural(count, word))?;
            }
        }
        Ok(())
    }
}

/// The texts of a name by number; names without one have none.
#[derive(Clone, Copy)]
struct Row {
    well: u32,
    components: [Option<u32>; 4],
}

/// Texts, each once.
#[derive(Default)]
struct Texts<T> {
    numbers: HashMap<T, u32>,
    all: Vec<T>,
}

impl<T: Copy + Eq + std::hash::Hash> Texts<T> {
    fn number(&mut self, text: T) -> u32 {
        *self.numbers.entry(text).or_insert_with(|| {
            self.all.push(text);
            u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX)
        })
    }
}

impl Reading {
    /// Reads names by a pattern.
    ///
    /// # Errors
    /// On cancel.
    pub fn of(names: &ImageNames, pattern: &NamePattern, cancel: &Cancel) -> Result<Self, Cancelled> {
        // All in one text, so that what is captured lives as long as all of them.
        let mut all = String::new();
        let mut ends = Vec::with_capacity(names.len());
        for image in 0..names.len() {
            let (folder, name) = names.place(image);
            if !matches!(folder, "." | "") {
                all.push_str(folder);
                all.push('/');
            }
            all.push_str(name);
            ends.push(all.len());
        }
        let (mut wells, mut components) = (Texts::default(), [(); 4].map(|()| Texts::default()));
        let (mut rows, mut plates) = (Vec::with_capacity(names.len()), BTreeSet::new());
        let mut begin = 0;
        for (image, end) in ends.into_iter().enumerate() {
            if image.is_multiple_of(IMAGES_BETWEEN) {
                cancel.check()?;
            }
            let path = &all[std::mem::replace(&mut begin, end)..end];
            rows.push(pattern.captures(path).map(|captured| {
                plates.extend(captured.of(Part::Plate));
                let texts = well_texts(pattern, captured);
                let of = |(texts, component): (&mut Texts<_>, Component)| {
                    captured.of(Part::of_component(component)).map(|text| texts.number(text))
                };
                let mut of_components = [None; 4];
                for (at, pair) in components.iter_mut().zip(Component::ALL).enumerate() {
                    of_components[at] = of(pair);
                }
                Row { well: wells.number(texts), components: of_components }
            }));
        }
        let named = Self::wells(pattern, &wells.all);
        let of_well: Vec<Option<WellId>> = wells.all.iter().map(|texts| named.get(*texts)).collect();
        let numbers = Component::ALL.map(|component| {
            let at = position(component);
            Numbers::of(component, &components[at].all.iter().copied().collect())
        });
        let number_of: Vec<Vec<u32>> = components
            .iter()
            .zip(&numbers)
            .map(|(texts, numbers)| texts.all.iter().map(|text| numbers.get(Some(text))).collect())
            .collect();
        let (mut keys, mut no_wells, mut told) =
            (Vec::with_capacity(rows.len()), BTreeMap::new(), BTreeSet::new());
        let mut lacks = BTreeMap::new();
        for (image, row) in rows.iter().enumerate() {
            let Some(row) = row else {
                keys.push(None);
                continue;
            };
            let Some(well) = of_well[row.well as usize] else {
                if told.insert(row.well) {
                    no_wells.insert(image, wells::no_well(wells.all[row.well as usize]));
                }
                keys.push(None);
                continue;
            };
            // Where others have it, no number is right for a name that lacks it.
            let lacking = |component: &Component| {
                let at = position(*component);
                row.components[at].is_none() && !number_of[at].is_empty()
            };
            if let Some(component) = Component::ALL.iter().find(|component| lacking(component)) {
                lacks.insert(image, *component);
                keys.push(None);
                continue;
            }
            let value = |component| {
                let at = position(component);
                row.components[at].map_or(1, |text| number_of[at][text as usize])
            };
            let [site, channel, z, timepoint] =
                [Component::Site, Component::Channel, Component::Z, Component::Timepoint].map(value);
            keys.push(Some(ImageKey::new(well, site, channel, z, timepoint)));
        }
        let mut notes = named.notes;
        for (component, numbers) in Component::ALL.into_iter().zip(&numbers) {
            // Words for channels are what their names are for.
            notes.extend(numbers.note(component).filter(|_| component != Component::Channel));
        }
        if !pattern.unknown_groups().is_empty() {
            let groups = pattern.unknown_groups().join(", ");
            notes.push(format!(
                "groups of the pattern that say nothing of an image, and were passed over: {groups}"
            ));
        }
        let channels = numbers[position(Component::Channel)].names();
        let channel_names = channels.into_iter().map(|(number, name)| (number, name.to_owned())).collect();
        Ok(Self {
            counts: Counts::of_keys(&keys),
            doubled: Doubled::among(&keys),
            keys,
            channel_names,
            counted_on: named.counted_on,
            notes,
            plates: plates.into_iter().map(str::to_owned).collect(),
            no_wells,
            lacks,
        })
    }

    fn wells<'a>(pattern: &NamePattern, texts: &[WellTexts<'a>]) -> Wells<'a> {
        if pattern.has(Part::Well) {
            Wells::of_wells(&texts.iter().filter_map(|(well, _)| *well).collect(), pattern.counted_on())
        } else {
            Wells::of_lines(&texts.iter().copied().collect())
        }
    }

    /// Why a name is no image, in words.
    pub(super) fn why_unread(&self, image: usize) -> String {
        match (self.no_wells.get(&image), self.lacks.get(&image)) {
            (Some(why), _) => why.clone(),
            (None, Some(component)) => {
                format!("the pattern finds no {component} in this name, as it does in others")
            }
            (None, None) => "the pattern is not found in this name".to_owned(),
        }
    }

    /// Why the names make up no plate; `None` where they do.
    pub fn fault(&self, names: &ImageNames) -> Option<ReadingFault> {
        if names.is_empty() {
            return Some(ReadingFault::NoImages);
        }
        let quoted = |image: usize| format!("“{}”", brief(&names.path(image)));
        if self.counts.images == 0 {
            let (image, why) = match self.no_wells.first_key_value() {
                Some((image, why)) => (*image, why.as_str()),
                None => (0, "the pattern is not found in it"),
            };
            let why = format!("{}: {why}", quoted(image));
            return Some(ReadingFault::NothingMatches { images: names.len(), why });
        }
        if self.plates.len() > 1 {
            let plates: Vec<_> =
                self.plates.iter().take(3).map(|plate| format!("“{}”", brief(plate))).collect();
            return Some(ReadingFault::SeveralPlates { count: self.plates.len(), plates: plates.join(", ") });
        }
        self.doubled.map(|doubled| ReadingFault::Doubled {
            key: doubled.key,
            first: quoted(doubled.first),
            second: quoted(doubled.second),
            more: doubled.names - 1,
        })
    }
}

impl Counts {
    fn of_keys(keys: &[Option<ImageKey>]) -> Self {
        let (mut wells, mut values) = (BTreeSet::new(), [(); 4].map(|()| BTreeSet::new()));
        let mut images = 0;
        for key in keys.iter().flatten() {
            images += 1;
            wells.insert(key.well);
            for (values, component) in values.iter_mut().zip(Component::ALL) {
                values.extend(key.get(component));
            }
        }
        let components = values.map(|values| values.len());
        Self { images, unread: keys.len() - images, wells: wells.len(), components }
    }
}

impl Doubled {
    fn among(keys: &[Option<ImageKey>]) -> Option<Self> {
        let mut sorted: Vec<(ImageKey, usize)> =
            keys.iter().enumerate().filter_map(|(image, key)| Some(((*key)?, image))).collect();
        sorted.sort_unstable();
        let doubles = || sorted.windows(2).filter(|pair| pair[0].0 == pair[1].0);
        let first = doubles().next()?;
        Some(Self { key: first[0].0, first: first[0].1, second: first[1].1, names: doubles().count() })
    }
}

fn position(component: Component) -> usize {
    Component::ALL.into_iter().position(|one| one == component).unwrap_or(0)
}

fn well_texts<'a>(pattern: &NamePattern, captured: Captured<'a>) -> WellTexts<'a> {
    match pattern.has(Part::Well) {
        true => (captured.of(Part::Well), None),
        false => (captured.of(Part::Row), captured.of(Part::Column)),
    }
}
