//! Names of images as a pattern reads them: which is which image, what does not fit, and what is there twice.
//!
//! The same for the plate that is opened and for the table that is shown while a pattern is chosen. Texts are
//! gathered first (`gathered.rs`), since what a text means may depend on all of them. Deliberately absent: pixels.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::slice;

use super::expression::NamePattern;
use super::fault::ReadingFault;
use super::gathered::{Gathered, Paths, position};
use super::keys::{Keys, LackingIs};
use super::names::ImageNames;
use crate::cancel::{Cancel, Cancelled};
use crate::plate::{Component, ImageKey, PlateShape};
use crate::quantity::plural;
use crate::shown_text::brief;

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

impl Reading {
    /// Reads names by a pattern.
    ///
    /// # Errors
    /// On cancel.
    pub fn of(names: &ImageNames, pattern: &NamePattern, cancel: &Cancel) -> Result<Self, Cancelled> {
        let mut reading = Self::of_format(names, slice::from_ref(pattern), None, LackingIs::Unknown, cancel)?;
        if !pattern.unknown_groups().is_empty() {
            let groups = pattern.unknown_groups().join(", ");
            reading
                .notes
                .push(format!("groups of the pattern without a meaning for images; skipped: {groups}"));
        }
        Ok(reading)
    }

    /// Reads each name by the first of some patterns that is found in it. Wells that are numbers are counted on `shape`.
    pub(in crate::plate::formats) fn of_format(
        names: &ImageNames,
        patterns: &[NamePattern],
        shape: Option<PlateShape>,
        lacking_is: LackingIs,
        cancel: &Cancel,
    ) -> Result<Self, Cancelled> {
        let paths = Paths::of(names);
        let gathered = Gathered::of(&paths, patterns, cancel)?;
        let wells = gathered.wells_by(patterns, shape);
        let numbers = gathered.numbers();
        let Keys { keys, no_wells, lacks } = Keys::of(&gathered, &wells, &numbers, lacking_is);
        let mut notes = wells.notes;
        for (component, numbers) in Component::ALL.into_iter().zip(&numbers) {
            // Words for channels are what their names are for.
            notes.extend(numbers.note(component).filter(|_| component != Component::Channel));
        }
        let channels = &numbers[position(Component::Channel)];
        let words = channels.names().into_iter().map(|(number, name)| (number, name.to_owned()));
        let channel_names = words.chain(gathered.names_of_channels(channels)).collect();
        Ok(Self {
            counts: Counts::of_keys(&keys),
            doubled: Doubled::among(&keys),
            keys,
            channel_names,
            counted_on: wells.counted_on,
            notes,
            plates: gathered.plates.into_iter().map(str::to_owned).collect(),
            no_wells,
            lacks,
        })
    }

    /// Why a name is no image, in words.
    pub(super) fn why_unread(&self, image: usize) -> String {
        match (self.no_wells.get(&image), self.lacks.get(&image)) {
            (Some(why), _) => why.clone(),
            (None, Some(component)) => {
                format!("the pattern finds no {component} in this name, but it does in others")
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
