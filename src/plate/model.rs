//! A plate that was opened.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::missing::{self, MissingOfWell};
use super::parts::{Format, MissingImage, PlateImage, ScanIssue, ShadingImages};
use super::{
    Acquisitions, Component, Fingerprint, ImageKey, NamePattern, PixelSizes, PlateIdentity, PlateShape,
    SitePositions, Thumbs, WellId, WellLayer,
};
use crate::image::{ImageSource, Rgb, channel_colours};
use crate::shown_text::brief;

/// One plate (one acquisition of it), as found on disk.
#[derive(Clone, Debug)]
pub struct Plate {
    /// Absolute path of the plate folder; image paths are relative to it.
    pub root: PathBuf,
    /// Absolute path that opens exactly this plate again. It differs from `root` where the plate
    /// folder holds several measurements.
    pub opened_by: PathBuf,
    /// Name of the plate.
    pub name: String,
    /// Format it was read as.
    pub format: Format,
    /// The pattern by which the names of its images were read, where the user gave one.
    pub pattern: Option<NamePattern>,
    /// What it looks like, by which it is known where it was moved; `None` of one that is not on a disk.
    pub fingerprint: Option<Fingerprint>,
    /// Instrument, where the metadata names it.
    pub microscope: Option<String>,
    /// Objective, where the metadata names it: `20X Plan Apo Lambda`.
    pub objective: Option<String>,
    /// When the plate was recorded, as the metadata has it to the second: `2023-02-21 10:41:56`.
    pub acquired: Option<String>,
    /// Rows and columns: from the metadata, else the smallest shape that holds the wells.
    pub shape: PlateShape,
    /// The images, sorted by key, each key once.
    pub images: Vec<PlateImage>,
    /// Ready-made projections, kept apart from the stack, sorted by key (`z` is `None`).
    pub projections: Vec<PlateImage>,
    /// Channel number to name, where the metadata names it.
    pub channel_names: BTreeMap<u32, String>,
    /// Channel number to the colour of its brightest pixels, where the metadata says it.
    pub channel_colours: BTreeMap<u32, Rgb>,
    /// Size of a pixel of each channel, where known.
    pub pixel_sizes: PixelSizes,
    /// Position of each well's sites, where known. A format that keeps positions in its images has those of a few
    /// wells here.
    pub site_positions: SitePositions,
    /// How the images were recorded, where a record of the plate says it. A format that keeps that in its images has
    /// nothing here.
    pub acquisitions: Acquisitions,
    /// Images that should be there and are not, sorted by key: those that a record of the measurement names, or
    /// where there are only file names, what each channel has elsewhere on the plate.
    /// A very long list by names is cut, which an issue then says; [`Self::missing_by_well`] has the whole
    /// numbers.
    pub missing: Vec<MissingImage>,
    /// Number of missing images of each well that misses any.
    pub missing_by_well: BTreeMap<WellId, usize>,
    /// The small pictures that the microscope wrote of its images, which are none of them.
    pub thumbs: Thumbs,
    /// The images that the microscope kept of its light, where it did.
    pub shading: ShadingImages,
    /// What the microscope, or who described the plate, says of wells.
    pub layers: Vec<WellLayer>,
    /// Number of files skipped because they are no planes (thumbnails, shading images …).
    pub ignored: usize,
    /// What the scan found missing or odd; the plate is usable all the same.
    pub issues: Vec<ScanIssue>,
}

impl Plate {
    /// The wells that have images or projections, row by row.
    pub fn wells(&self) -> BTreeSet<WellId> {
        let of = |images: &'_ [PlateImage]| {
            let mut at = 0;
            std::iter::from_fn(move || {
                let well = images.get(at)?.key().well;
                at += images[at..].partition_point(|image| image.key().well == well);
                Some(well)
            })
            .collect::<Vec<_>>()
        };
        of(&self.images).into_iter().chain(of(&self.projections)).collect()
    }

    /// The values of a component over the whole plate, in numeric order, those that only ready-made
    /// projections have included.
    pub fn values(&self, component: Component) -> BTreeSet<u32> {
        distinct(self.images.iter().chain(&self.projections).filter_map(|image| image.key().get(component)))
    }

    /// The images of a well, sorted by key.
    pub fn images_of(&self, well: WellId) -> &[PlateImage] {
        of_well(&self.images, well)
    }

    /// The ready-made projections of a well, sorted by key.
    pub(crate) fn projections_of(&self, well: WellId) -> &[PlateImage] {
        of_well(&self.projections, well)
    }

    /// Number of missing images.
    pub fn missing_count(&self) -> usize {
        self.missing_by_well.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// What is missing of some wells, those that lack nothing left out. Each of `together` says which components of an
    /// image are needed together.
    pub(crate) fn missing_of(
        &self,
        wells: &BTreeSet<WellId>,
        together: &[BTreeSet<Component>],
    ) -> BTreeMap<WellId, MissingOfWell> {
        let title = |channel| self.channel_title(channel);
        missing::of_wells(&self.images, &self.missing, &self.missing_by_well, wells, together, title)
    }

    /// A missing image that is needed together with another one, where there is one: it differs from that in the
    /// components that are taken together only.
    pub(crate) fn missing_with(&self, key: ImageKey, together: &BTreeSet<Component>) -> Option<MissingImage> {
        let count = *self.missing_by_well.get(&key.well)?;
        let title = |channel| self.channel_title(channel);
        missing::needed_with(&self.images, &self.missing, count, key, together, title)
    }

    /// The colours of its channels: those that the metadata says, else those of their names.
    pub fn colours(&self) -> BTreeMap<u32, Rgb> {
        let numbers = self.values(Component::Channel);
        shown_colours(numbers, &self.channel_names, &self.channel_colours)
    }

    pub(super) fn channel_title(&self, channel: u32) -> String {
        channel_title(&self.channel_names, channel)
    }

    /// What tells it from other plates.
    pub fn identity(&self) -> PlateIdentity {
        PlateIdentity {
            root: self.root.clone(),
            name: self.name.clone(),
            format: self.format,
            pattern: self.pattern.as_ref().map(|pattern| pattern.text().to_owned()),
            fingerprint: self.fingerprint.clone(),
        }
    }

    /// The small picture that the microscope wrote of an image, where it did.
    pub fn thumb_of(&self, image: &PlateImage) -> Option<ImageSource> {
        self.thumbs.of(image)
    }

    /// The name of a component's value on screen: `DAPI`, `w1` of a channel without a name, `s3`.
    pub fn value_name(&self, component: Component, value: u32) -> String {
        value_name(&self.channel_names, component, value)
    }
}

/// The name of a component's value where there is little room: the channel's name where it has one, elided where it is
/// long, else the number with its letter: `DAPI`, `w1`, `s3`.
pub(crate) fn value_name(names: &BTreeMap<u32, String>, component: Component, value: u32) -> String {
    let number = || format!("{}{value}", component.letter());
    channel_name(names, component, value).unwrap_or_else(number)
}

/// The same in words: `DAPI`, `channel 1`, `site 3`.
pub(crate) fn value_words(names: &BTreeMap<u32, String>, component: Component, value: u32) -> String {
    channel_name(names, component, value).unwrap_or_else(|| format!("{component} {value}"))
}

/// The name of a channel, with its number where another one looks alike: `DAPI`, `DAPI (w2)`.
fn channel_name(names: &BTreeMap<u32, String>, component: Component, value: u32) -> Option<String> {
    let name = |name: &String| Some(brief(name)).filter(|name| !name.trim().is_empty());
    let shown = names.get(&value).filter(|_| component == Component::Channel).and_then(name)?;
    let is_alike =
        names.iter().any(|(other, of_other)| *other != value && name(of_other).as_ref() == Some(&shown));
    Some(if is_alike { format!("{shown} ({}{value})", component.letter()) } else { shown })
}

/// Those of some images, sorted by key, that are of one well.
fn of_well(images: &[PlateImage], well: WellId) -> &[PlateImage] {
    let start = images.partition_point(|image| image.key().well < well);
    let len = images[start..].partition_point(|image| image.key().well == well);
    &images[start..start + len]
}

/// Values without repeats: of very many, which mostly are small, in a moment.
pub(crate) fn distinct(values: impl Iterator<Item = u32>) -> BTreeSet<u32> {
    const SMALL: usize = 4096;
    let mut small = [false; SMALL];
    let mut distinct = BTreeSet::new();
    for value in values {
        match small.get_mut(value as usize) {
            Some(seen) => *seen = true,
            None => {
                distinct.insert(value);
            }
        }
    }
    distinct.extend((0..).zip(small).filter_map(|(value, seen)| seen.then_some(value)));
    distinct
}

/// `channel 2`, or `channel 2 (FITC)` where it has a name.
pub(crate) fn channel_title(names: &BTreeMap<u32, String>, channel: u32) -> String {
    match names.get(&channel) {
        Some(name) => format!("channel {channel} ({name})"),
        None => format!("channel {channel}"),
    }
}

/// The colours of channels of these numbers: those that are `said`, else those of their names.
pub(crate) fn shown_colours(
    numbers: impl IntoIterator<Item = u32>,
    names: &BTreeMap<u32, String>,
    said: &BTreeMap<u32, Rgb>,
) -> BTreeMap<u32, Rgb> {
    let numbers: Vec<u32> = numbers.into_iter().collect();
    let by_name = channel_colours(numbers.iter().map(|number| names.get(number).map(String::as_str)));
    let colour = |(number, by_name): (u32, Rgb)| (number, said.get(&number).copied().unwrap_or(by_name));
    numbers.into_iter().zip(by_name).map(colour).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_called_by_its_name_and_by_its_number_where_another_looks_alike() {
        let names = [(1, "DAPI"), (2, "FITC"), (4, " "), (5, "FITC"), (6, "GFP")];
        let names: BTreeMap<u32, String> = names.map(|(number, name)| (number, name.to_owned())).into();
        for (component, value, short, words) in [
            (Component::Channel, 1, "DAPI", "DAPI"),
            (Component::Channel, 2, "FITC (w2)", "FITC (w2)"),
            (Component::Channel, 3, "w3", "channel 3"),
            (Component::Channel, 4, "w4", "channel 4"),
            (Component::Channel, 5, "FITC (w5)", "FITC (w5)"),
            (Component::Site, 1, "s1", "site 1"),
            (Component::Timepoint, 2, "t2", "timepoint 2"),
        ] {
            assert_eq!(value_name(&names, component, value), short);
            assert_eq!(value_words(&names, component, value), words);
        }
    }
}
