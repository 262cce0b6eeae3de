//! Where the images of a kept step lie in an OME-Zarr plate: `PLATE.zarr/A/01/0`, with a folder for each level in it.
//!
//! An array has one size and type, and one length along each axis. So images of one size and type are a series, with the
//! timepoints, channels and planes that any of them has, alike in all wells: programs lay out a plate by what they find in its
//! first well. A field is a series at a site; those of the series of the most images have the lowest numbers, in the order of
//! the plate's sites. What a site lacks of them is a plane that is not there. Axes of a single value are left out, but for
//! that of channels. Images in colour have all five axes, and a series for each of their channels, whose axis is that of the
//! samples of a pixel.
//!
//! Labels (a mask, or numbers of objects) lie under the field of the image that they name objects of, which is kept with
//! them, so that programs show one over the other. The labels of each channel are an image of their own, without an axis of channels.
//! Deliberately absent: any IO.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::image::{ImageFormat, LeadingAxis, Reduction};
use crate::plate::{Component, ImageKey, WellId, row_letters};

/// The images of a step that are of one size and type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Series {
    /// Their size and type; of labels those of the images that they name objects of.
    pub format: ImageFormat,
    /// The size and type of labels, where the images of the step are labels.
    pub labels: Option<ImageFormat>,
    /// The values of each component that any of them has; 1 of one that a step has assembled.
    values: BTreeMap<Component, BTreeSet<u32>>,
}

/// The axis of channels.
const CHANNELS: &str = "c";

/// Tells series apart: the format, and of colours the channel.
type SeriesId = (ImageFormat, Option<u32>);

/// Collects the series of a step.
#[derive(Debug, Default)]
pub(super) struct SeriesOfStep(Vec<(SeriesId, Series, usize)>);

impl SeriesOfStep {
    /// Takes in an image that this many wells have, and the format of that which it has labels of.
    pub(super) fn add(&mut self, key: ImageKey, made: ImageFormat, over: Option<ImageFormat>, times: usize) {
        let (format, labels) = (over.unwrap_or(made), over.map(|_| made));
        let id = id_of(key, format);
        let at = self.0.iter().position(|(of, ..)| *of == id).unwrap_or_else(|| {
            self.0.push((id, Series { format, labels, values: BTreeMap::new() }, 0));
            self.0.len() - 1
        });
        let (_, series, count) = &mut self.0[at];
        *count += times;
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

    /// The axes of its images before rows and columns.
    pub(crate) fn axes(&self) -> Vec<LeadingAxis> {
        self.components().map(|(component, name)| self.axis(component, name)).collect()
    }

    /// The axes of labels before rows and columns.
    pub(crate) fn axes_of_labels(&self) -> Vec<LeadingAxis> {
        self.axes().into_iter().filter(|axis| axis.name != CHANNELS).collect()
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
        let all = [(Component::Timepoint, "t"), (Component::Channel, CHANNELS), (Component::Z, "z")];
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
    series: &'a [Series],
    /// What the labels are called, where the images of the step are labels.
    labels: Option<&'a str>,
    /// The sites of all series: 1 where a step has assembled them.
    sites: BTreeSet<u32>,
}

/// Where an image lies.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ZarrPlace {
    /// The folder of its levels in that of the run, with `/` between folders.
    pub folder: String,
    /// Its number among the images of the array of full size, the last axis going fastest.
    pub plane: u32,
    /// Size and type of the arrays' planes.
    pub format: ImageFormat,
    /// How its levels are made.
    pub reduction: Reduction,
    /// The axes of the arrays before rows and columns.
    pub axes: Vec<LeadingAxis>,
    /// Its shard along them.
    place: Vec<u64>,
}

impl ZarrPlace {
    fn new(folder: String, format: ImageFormat, axes: Vec<LeadingAxis>, place: Vec<u64>) -> Option<Self> {
        let shards = |axis: &LeadingAxis| axis.len / axis.in_shard.max(1);
        let planes = place.iter().zip(&axes).fold(0, |planes, (at, axis)| planes * shards(axis) + at);
        let plane = u32::try_from(planes).ok()?;
        Some(Self { folder, plane, format, reduction: Reduction::Mean, axes, place })
    }

    /// The folder of the array of a level.
    pub(crate) fn array(&self, level: usize) -> String {
        format!("{}/{level}", self.folder)
    }

    /// The file of its shard at a level.
    pub(crate) fn shard(&self, level: usize) -> String {
        let place: String = self.place.iter().map(|at| format!("{at}/")).collect();
        format!("{}/c/{place}0/0", self.array(level))
    }
}

impl<'a> ZarrStore<'a> {
    pub(super) fn new(root: String, series: &'a [Series], labels: Option<&'a str>) -> Self {
        let sites = series.iter().flat_map(|series| series.numbers(Component::Site)).collect();
        Self { root, series, labels, sites }
    }

    /// Whether the images of the step are labels, which have the images below them that they are made of.
    pub(crate) fn has_labels(&self) -> bool {
        self.labels.is_some()
    }

    /// The series of a field, by the number of this.
    pub(crate) fn series_of(&self, field: usize) -> Option<&'a Series> {
        self.series.get(field / self.sites.len().max(1))
    }

    /// Where an image of the step lies that is of a size and type, and what it has labels of; `None` of one that the plan
    /// does not have.
    pub(crate) fn place(
        &self,
        key: ImageKey,
        format: ImageFormat,
        over: Option<ImageFormat>,
    ) -> Option<ZarrPlace> {
        let (Some(name), Some(over)) = (self.labels, over) else { return self.image(key, format) };
        let (series, image) = (self.series.get(self.index_of(key, over)?)?, self.image(key, over)?);
        let mut place = image.place;
        if let Some(channels) = image.axes.iter().position(|axis| axis.name == CHANNELS) {
            place.remove(channels);
        }
        let name = match series.numbers(Component::Channel).count() {
            0 | 1 => name.to_owned(),
            _ => format!("{name}-{}", key.channel.unwrap_or(1)),
        };
        let folder = format!("{}/labels/{name}", image.folder);
        let place = ZarrPlace::new(folder, format, series.axes_of_labels(), place)?;
        Some(ZarrPlace { reduction: Reduction::Nearest, ..place })
    }

    /// Where an image lies that is no label, or is below labels.
    pub(crate) fn image(&self, key: ImageKey, format: ImageFormat) -> Option<ZarrPlace> {
        let index = self.index_of(key, format)?;
        let series = self.series.get(index)?;
        let site = key.site.unwrap_or(1);
        let field = index * self.sites.len() + self.sites.range(..site).count();
        let folder = format!("{}/{}/{field}", self.root, well_path(key.well));
        ZarrPlace::new(folder, format, series.axes(), series.place_of(key)?)
    }

    fn index_of(&self, key: ImageKey, format: ImageFormat) -> Option<usize> {
        self.series.iter().position(|series| series.id() == id_of(key, format))
    }
}

/// The folder of a well in that of the plate.
pub(crate) fn well_path(WellId { row, column }: WellId) -> String {
    format!("{}/{:02}", row_letters(row), column + 1)
}
