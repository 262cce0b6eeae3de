//! Which image each name is, once it is known what its texts mean.

use std::collections::{BTreeMap, BTreeSet};

use super::gathered::{Gathered, position};
use super::values::Numbers;
use crate::plate::{Component, ImageKey, MAX_SHAPE, SpelledWells, WellId, WellTexts};
use crate::shown_text::brief;

/// What a component is that a name lacks and others have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plate::formats) enum LackingIs {
    /// Nothing is right for it, so that the name is no image.
    Unknown,
    /// The first, as a format says that leaves out what is one.
    TheFirst,
}

/// The images that names are, and why some are none.
pub(super) struct Keys {
    /// For each name in order the image that it is.
    pub(super) keys: Vec<Option<ImageKey>>,
    /// Texts that are no well, in words, by one name that has it.
    pub(super) no_wells: BTreeMap<usize, String>,
    /// Names that lack a component that others have, by that component.
    pub(super) lacks: BTreeMap<usize, Component>,
}

impl Keys {
    pub(super) fn of<'a>(
        gathered: &Gathered<'a>,
        wells: &SpelledWells<'a>,
        numbers: &[Numbers<'a>; 4],
        lacking_is: LackingIs,
    ) -> Self {
        let texts_of_wells = &gathered.wells.all;
        let of_well: Vec<Option<WellId>> = texts_of_wells.iter().map(|texts| wells.get(*texts)).collect();
        let number_of: Vec<Vec<u32>> = gathered
            .components
            .iter()
            .zip(numbers)
            .map(|(texts, numbers)| texts.all.iter().map(|text| numbers.get(Some(text))).collect())
            .collect();
        let mut keys = Self {
            keys: Vec::with_capacity(gathered.rows.len()),
            no_wells: BTreeMap::new(),
            lacks: BTreeMap::new(),
        };
        let mut told = BTreeSet::new();
        for (image, row) in gathered.rows.iter().enumerate() {
            let Some(row) = row else {
                keys.keys.push(None);
                continue;
            };
            let Some(well) = of_well[row.well as usize] else {
                if told.insert(row.well) {
                    keys.no_wells.insert(image, no_well(texts_of_wells[row.well as usize]));
                }
                keys.keys.push(None);
                continue;
            };
            // Where others have it, no number is right for a name that lacks it.
            let lacking = |component: &Component| {
                let at = position(*component);
                lacking_is == LackingIs::Unknown && row.components[at].is_none() && !number_of[at].is_empty()
            };
            if let Some(component) = Component::ALL.into_iter().find(lacking) {
                keys.lacks.insert(image, component);
                keys.keys.push(None);
                continue;
            }
            let value = |component| {
                let at = position(component);
                row.components[at].map_or(1, |text| number_of[at][text as usize])
            };
            let [site, channel, z, timepoint] =
                [Component::Site, Component::Channel, Component::Z, Component::Timepoint].map(value);
            keys.keys.push(Some(ImageKey::new(well, site, channel, z, timepoint)));
        }
        keys
    }
}

/// Why texts are no well, in words.
fn no_well(texts: WellTexts<'_>) -> String {
    let text = match texts {
        (Some(one), Some(other)) => format!("{one} {other}"),
        (one, other) => one.or(other).unwrap_or_default().to_owned(),
    };
    if text.is_empty() {
        return "the pattern finds no well in this name, as it does in others".to_owned();
    }
    format!("“{}” is not a well of a plate with up to {} wells", brief(&text), MAX_SHAPE.wells())
}
