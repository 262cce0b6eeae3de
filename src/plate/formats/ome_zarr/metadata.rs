//! What plates, wells and images say, as the specification has it; what else they say is skipped.

use serde::Deserialize;

use super::fault::GroupFault;
use super::text::{Word, list};
use crate::image::Rgb;

/// Rows or columns of a plate: no more than names in both notations.
const MOST_LINES: usize = 10_000;
/// Wells of a plate, each named several times.
pub(super) const MOST_WELLS: usize = 100_000;
/// Acquisitions of a plate.
const MOST_ACQUISITIONS: usize = 10_000;
/// Fields of a well: as many as sites have numbers.
const MOST_FIELDS: usize = 100_000;
/// Axes, levels and transformations of an image.
const MOST_FEW: usize = 64;
/// Channels of an image: as many as channels have numbers.
const MOST_CHANNELS: usize = 2_000;

#[derive(Debug, Default, Deserialize)]
pub(super) struct PlateRecord {
    #[serde(default)]
    pub(super) name: Word,
    #[serde(default, deserialize_with = "list::<MOST_LINES, _, _>")]
    pub(super) rows: Vec<Line>,
    #[serde(default, deserialize_with = "list::<MOST_LINES, _, _>")]
    pub(super) columns: Vec<Line>,
    #[serde(default, deserialize_with = "list::<MOST_WELLS, _, _>")]
    pub(super) wells: Vec<WellRecord>,
    #[serde(default, deserialize_with = "list::<MOST_ACQUISITIONS, _, _>")]
    pub(super) acquisitions: Vec<Acquisition>,
}

/// A row or a column.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    #[serde(default)]
    pub(super) name: Word,
}

#[derive(Debug, Deserialize)]
pub(super) struct WellRecord {
    #[serde(default)]
    pub(super) path: Word,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Acquisition {
    #[serde(default)]
    pub(super) id: Word,
    #[serde(default)]
    pub(super) name: Word,
}

#[derive(Debug, Deserialize)]
pub(super) struct Well {
    #[serde(default, deserialize_with = "list::<MOST_FIELDS, _, _>")]
    pub(super) images: Vec<FieldRecord>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct FieldRecord {
    #[serde(default)]
    pub(super) path: Word,
    /// Empty where it names none.
    #[serde(default)]
    pub(super) acquisition: Word,
}

/// What a group says of an image.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) multiscale: Multiscale,
    /// How many more images it has, which are not read.
    pub(super) further: usize,
    pub(super) omero: Result<Omero, GroupFault>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Multiscale {
    #[serde(default, deserialize_with = "list::<MOST_FEW, _, _>")]
    pub(super) axes: Vec<AxisRecord>,
    #[serde(default, rename = "coordinateSystems", deserialize_with = "list::<MOST_FEW, _, _>")]
    pub(super) systems: Vec<System>,
    #[serde(default, deserialize_with = "list::<MOST_FEW, _, _>")]
    pub(super) datasets: Vec<Dataset>,
    #[serde(default, rename = "coordinateTransformations", deserialize_with = "list::<MOST_FEW, _, _>")]
    pub(super) transformations: Vec<Transformation>,
}

/// Axes with a name, as the drafts of 0.6 have them.
#[derive(Debug, Deserialize)]
pub(super) struct System {
    #[serde(default, deserialize_with = "list::<MOST_FEW, _, _>")]
    pub(super) axes: Vec<AxisRecord>,
}

/// An axis; 0.3 has its name alone.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum AxisRecord {
    Name(String),
    Full {
        #[serde(default)]
        name: Word,
        #[serde(default, rename = "type")]
        kind: Word,
        #[serde(default)]
        unit: Word,
    },
}

#[derive(Debug, Deserialize)]
pub(super) struct Dataset {
    #[serde(default)]
    pub(super) path: Word,
    #[serde(default, rename = "coordinateTransformations", deserialize_with = "list::<MOST_FEW, _, _>")]
    pub(super) transformations: Vec<Transformation>,
}

/// A scale, a translation, several of them (0.6), or something that says nothing here.
#[derive(Debug, Deserialize)]
pub(super) struct Transformation {
    #[serde(default, deserialize_with = "list::<MOST_FEW, _, _>")]
    pub(super) scale: Vec<Option<f64>>,
    #[serde(default, deserialize_with = "list::<MOST_FEW, _, _>")]
    pub(super) translation: Vec<Option<f64>>,
    #[serde(default, deserialize_with = "list::<MOST_FEW, _, _>")]
    pub(super) transformations: Vec<Transformation>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Omero {
    #[serde(default, deserialize_with = "list::<MOST_CHANNELS, _, _>")]
    pub(super) channels: Vec<ChannelRecord>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ChannelRecord {
    #[serde(default)]
    label: Word,
    #[serde(default)]
    name: Word,
    #[serde(default)]
    color: Word,
}

impl AxisRecord {
    /// Name, type and unit; empty where it does not say.
    pub(super) fn words(&self) -> [&str; 3] {
        match self {
            Self::Name(name) => [name, "", ""],
            Self::Full { name, kind, unit } => [&name.0, &kind.0, &unit.0],
        }
    }
}

impl ChannelRecord {
    pub(super) fn name(&self) -> Option<&str> {
        [&self.label, &self.name].into_iter().map(|word| word.0.trim()).find(|name| !name.is_empty())
    }

    /// Its colour, written as six hexadecimal digits.
    pub(super) fn colour(&self) -> Option<Rgb> {
        let digits = self.color.0.trim().trim_start_matches('#');
        if digits.len() != 6 || !digits.is_ascii() {
            return None;
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some([red, green, blue])
    }
}
