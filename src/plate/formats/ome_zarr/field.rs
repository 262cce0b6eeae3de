//! The image of a field: its arrays, and what its attributes say of them.

use std::path::Path;
use std::sync::Arc;

use super::axes::{Axes, Planes};
use super::fault::GroupFault;
use super::metadata::{Dataset, Image};
use super::own::OwnField;
use super::scale::{self, Lengths};
use super::{group, path};
use crate::image::{ImageSource, Rgb, SourceFolder};

/// What may lie in the group of a field beside its arrays.
const OTHERS: [&str; 2] = ["labels", "tables"];

/// The image of a field.
pub(super) struct FieldImage {
    /// The folder of its arrays, which knows the smaller ones.
    /// The first plane of its largest array.
    pub(super) first: ImageSource,
    pub(super) planes: Planes,
    pub(super) lengths: Lengths,
    pub(super) channels: Vec<ChannelSaid>,
    /// What of its attributes was odd, in words.
    pub(super) oddities: Vec<String>,
    /// What a result of Stepwell says beside.
    pub(super) own: Option<OwnField>,
    /// Groups of labels and tables, which are none of its images.
    pub(super) others: usize,
}

/// What is said of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ChannelSaid {
    pub(super) name: Option<Arc<str>>,
    pub(super) colour: Option<Rgb>,
}

impl FieldImage {
    /// Where the pixels of an image are; everything counts from 0.
    pub(super) fn source(&self, timepoint: u32, channel: u32, plane: u32) -> ImageSource {
        let number = self.planes.number(timepoint, channel, plane);
        self.first.with_page(number)
    }
}

/// Reads the image of the field `within` a plate folder.
pub(super) fn read(root: &Path, within: &str) -> Result<FieldImage, GroupFault> {
    let attributes = group::attributes(root, within)?;
    let (image, own) = (attributes.image()?, attributes.own());
    let mut arrays: Vec<(String, &Dataset)> = Vec::new();
    for dataset in &image.multiscale.datasets {
        let Some(parts) = path::parts(&dataset.path.0) else { continue };
        arrays.push((parts.join("/"), dataset));
    }
    let mut oddities = Vec::new();
    if arrays.len() < image.multiscale.datasets.len() {
        oddities.push("it names arrays by paths that lead nowhere below it; they were skipped".to_owned());
    }
    let (shape, largest) = largest(root, within, &image, &arrays)?;
    let axes = Axes::of(&image.multiscale, shape.len())?;
    let mut planes = axes.planes(&shape)?;
    let counts = planes.counts.within_limits();
    if counts != planes.counts {
        planes.counts = counts;
        oddities.push(
            "it has more timepoints, channels or planes than any microscope counts; the first were read"
                .to_owned(),
        );
    }
    let samples = own.as_ref().map_or(0, |own: &OwnField| own.samples);
    let is_colour = samples > 1 && samples == planes.counts.channels;
    let planes = if is_colour { planes.in_colour(&axes, shape.len()) } else { planes };
    let (array, dataset) = arrays.remove(largest);
    let lengths = scale::lengths(&image.multiscale, dataset, &axes);
    let smaller = arrays.into_iter().map(|(path, _)| path.into()).collect();
    if image.further > 0 {
        oddities.push(format!("it has {} images; the first was read", image.further + 1));
    }
    // What is said of the samples of colours is said of no channel.
    let channels = match is_colour {
        true => Vec::new(),
        false => channels(&image, planes.counts.channels, &mut oddities),
    };
    let others = OTHERS.iter().filter(|name| root.join(within).join(name).is_dir()).count();
    let folder = SourceFolder::closed_with_smaller(root, within, smaller);
    let first = ImageSource::plane_along(&folder, array, 0, planes.axes);
    Ok(FieldImage { first, planes, lengths, channels, oddities, own, others })
}

/// The shape of the largest array, and its place among them: the first, unless the scales say otherwise or nothing.
fn largest(
    root: &Path,
    within: &str,
    image: &Image,
    arrays: &[(String, &Dataset)],
) -> Result<(Vec<u64>, usize), GroupFault> {
    let folder = SourceFolder::closed(root, within);
    let shape = |path: &str| ImageSource::plane(&folder, path, 0).array_shape();
    let Some((first, _)) = arrays.first() else { return Err(GroupFault::NoSuch("image with an array")) };
    let shape_of_first = shape(first)?;
    let axes = Axes::of(&image.multiscale, shape_of_first.len())?;
    let fineness: Vec<Option<f64>> =
        arrays.iter().map(|(_, dataset)| scale::fineness(dataset, &axes)).collect();
    let is_finest = |first: f64| fineness.iter().all(|other| other.is_some_and(|other| first <= other));
    if arrays.len() == 1 || fineness[0].is_some_and(is_finest) {
        return Ok((shape_of_first, 0));
    }
    let pixels =
        |shape: &[u64]| axes.planes(shape).map_or(0, |planes| planes.width.saturating_mul(planes.height));
    let mut largest = (shape_of_first, 0);
    for (at, (path, _)) in arrays.iter().enumerate().skip(1) {
        // One that cannot be read is no larger one.
        let Ok(shape) = shape(path) else { continue };
        if shape.len() == largest.0.len() && pixels(&shape) > pixels(&largest.0) {
            largest = (shape, at);
        }
    }
    Ok(largest)
}

fn channels(image: &Image, count: u32, oddities: &mut Vec<String>) -> Vec<ChannelSaid> {
    let omero = match &image.omero {
        Ok(omero) => omero,
        Err(fault) => {
            oddities.push(format!("its description of channels (omero) cannot be read: {fault}"));
            return Vec::new();
        }
    };
    if !omero.channels.is_empty() && omero.channels.len() != count as usize {
        oddities.push(format!(
            "it describes {} channels (omero), and its array has {count}",
            omero.channels.len()
        ));
    }
    let said = omero.channels.iter().take(count as usize);
    said.map(|channel| ChannelSaid { name: channel.name().map(Arc::from), colour: channel.colour() })
        .collect()
}
