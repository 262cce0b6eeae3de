//! Where the images of a kept step lie in an OME-Zarr plate: `PLATE.zarr/A/01/0`, with a folder for each level in it.
//!
//! An array has one size and type, and one length along each axis. So images of one size and type are a series, with the
//! timepoints, channels and planes that any of them has, alike in all wells: programs lay out a plate by what they find in its
//! first well. A field is a series at a site; those of the series of the most images have the lowest numbers, in the order of
//! the plate's sites. What a site lacks of them is a plane that is not there. Axes of a single value are left out, but for
//! that of channels. Images in colour have all five axes, and a series for each of their channels, whose axis is that of the
//! samples of a pixel. Deliberately absent: any IO.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::image::{ImageFormat, LeadingAxis, Reduction};
use crate::plate::{Component, ImageKey, WellId, row_letters};

/// The images of a step that are of one size and type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Series {
    /// Their size and type.
    pub format: ImageFormat,
    /// The values of each component that any of them has; 1 of one that a step has assembled.
    values: BTreeMap<Component, BTreeSet<u32>>,
}

/// Tells series apart: the format, and of colours the channel.
type SeriesId = (ImageFormat, Option<u32>);

/// Collects the series of a step.
#[derive(Debug, Default)]
pub(super) struct SeriesOfStep(Vec<(SeriesId, Series, usize)>);

impl SeriesOfStep {
    /// Takes in an image.
    pub(super) fn add(&mut self, key: ImageKey, format: ImageFormat) {
        let id = id_of(key, format);
        let at = self.0.iter().position(|(of, ..)| *of == id).unwrap_or_else(|| {
            self.0.push((id, Series { format, values: BTreeMap::new() }, 0));
            self.0.len() - 1
        });
        let (_, series, count) = &mut self.0[at];
        *count += 1;
        for component in Component::ALL {
            series.values.entry(component).or_default().insert(key.get(component).unwrap_or(1));
        }
    }

    /// The series, those of the most images first.
    pub(super) fn finish(mut self) -> Vec<Series> {
        let order = |format: ImageFormat| (format.width, format.height, format.samples, format.pixel);
        self.0.sort_by_key(|((format, channel), _, count)| {
            (std::cmp::Reverse(*count), order(*format), *channel)
        });
        self.0.into_iter().map(|(_, series, _)| series).collect()
    }
}

fn id_of(key: ImageKey, format: ImageFormat) -> SeriesId {
    (format, (format.samples > 1).then(|| key.channel.unwrap_or(1)))
}

impl Series {
    fn id(&self) -> SeriesId {
        let channel = self.numbers(Component::Channel).next().unwrap_or(1);
        (self.format, (self.format.samples > 1).then_some(channel))
    }

    /// The numbers of a component, in their order.
    pub(crate) fn numbers(&self, component: Component) -> impl Iterator<Item = u32> + '_ {
        self.values.get(&component).into_iter().flatten().copied()
    }

    fn len(&self, component: Component) -> u64 {
        self.values.get(&component).map_or(1, |values| values.len() as u64)
    }

    /// The axes before rows and columns.
    pub(crate) fn axes(&self) -> Vec<LeadingAxis> {
        self.components().map(|(component, name)| self.axis(component, name)).collect()
    }

    fn axis(&self, component: Component, name: &'static str) -> LeadingAxis {
        match (component, self.format.samples) {
            (Component::Channel, samples @ 2..) => {
                LeadingAxis { name, len: samples.into(), in_shard: samples.into() }
            }
            _ => LeadingAxis { name, len: self.len(component), in_shard: 1 },
        }
    }

    /// The components that have axes.
    fn components(&self) -> impl Iterator<Item = (Component, &'static str)> + '_ {
        let is_colour = self.format.samples > 1;
        let all = [(Component::Timepoint, "t"), (Component::Channel, "c"), (Component::Z, "z")];
        all.into_iter().filter(move |(component, _)| {
            is_colour || *component == Component::Channel || self.len(*component) > 1
        })
    }

    /// Where an image lies along the axes, in shards; `None` where it is none of the series.
    fn place_of(&self, key: ImageKey) -> Option<Vec<u64>> {
        let rank = |component| {
            let values = self.values.get(&component)?;
            let value = key.get(component).unwrap_or(1);
            values.contains(&value).then(|| values.range(..value).count() as u64)
        };
        let place = |(component, _)| {
            if component == Component::Channel && self.format.samples > 1 { Some(0) } else { rank(component) }
        };
        self.components().map(place).collect()
    }
}

/// A kept step as an OME-Zarr plate.
#[derive(Debug)]
pub(crate) struct ZarrStore<'a> {
    /// The plate's folder in that of the run, with `/` between folders.
    pub root: String,
    pub series: &'a [Series],
    /// How the levels of its images are made.
    pub reduction: Reduction,
    /// The sites of all series: 1 where a step has assembled them.
    sites: BTreeSet<u32>,
}

/// Where an image lies.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ZarrPlace {
    /// The folder of its field in that of the run, with `/` between folders.
    pub field: String,
    /// Index of its series.
    pub series: usize,
    /// Number of its plane in the array of full size, the last axis going fastest.
    pub plane: u32,
    /// Its shard along the axes before rows and columns.
    place: Vec<u64>,
}

impl ZarrPlace {
    /// The folder of the array of a level.
    pub(crate) fn array(&self, level: usize) -> String {
        format!("{}/{level}", self.field)
    }

    /// The file of its shard at a level.
    pub(crate) fn shard(&self, level: usize) -> String {
        let place: String = self.place.iter().map(|at| format!("{at}/")).collect();
        format!("{}/c/{place}0/0", self.array(level))
    }
}

impl<'a> ZarrStore<'a> {
    pub(super) fn new(root: String, series: &'a [Series], reduction: Reduction) -> Self {
        let sites = series.iter().flat_map(|series| series.numbers(Component::Site)).collect();
        Self { root, series, reduction, sites }
    }

    /// Where an image of a size and type lies; `None` of one that the plan does not have.
    pub(crate) fn place(&self, key: ImageKey, format: ImageFormat) -> Option<ZarrPlace> {
        let id = id_of(key, format);
        let index = self.series.iter().position(|series| series.id() == id)?;
        let series = &self.series[index];
        let place = series.place_of(key)?;
        let site = key.site.unwrap_or(1);
        let field = index * self.sites.len() + self.sites.range(..site).count();
        let axes = series.axes();
        let planes = place.iter().zip(&axes).fold(0, |planes, (at, axis)| planes * axis.len + at);
        Some(ZarrPlace {
            field: format!("{}/{}/{field}", self.root, well_path(key.well)),
            series: index,
            plane: u32::try_from(planes).ok()?,
            place,
        })
    }
}

/// The folder of a well in that of the plate.
pub(crate) fn well_path(WellId { row, column }: WellId) -> String {
    format!("{}/{:02}", row_letters(row), column + 1)
}
