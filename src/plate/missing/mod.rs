//! Which images a plate should have and does not.
//!
//! Where a record of the measurement was read to its end, a plate should have what the record names and
//! nothing else: a well with fewer fields than others misses none, and a file that is not there is missing and
//! named. Where there are only file names, or a record that ends in the middle, what is expected beyond the
//! record is counted per channel over the plate: every well that has any image should have, for each channel,
//! every site, plane and timepoint that the channel has anywhere in its stack. So a channel recorded with one
//! plane everywhere misses nothing, nor does one that exists only as ready-made projections, and a well that
//! was never reached is not missing but absent. A few files with far numbers let expect billions of images: what is
//! missing is therefore counted by arithmetic, and listed up to a limit. Deliberately absent: plans (an HTD), which say
//! what was meant to be and not what was.

mod expected;
mod recorded;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::parts::{MissingImage, PlateImage};
use super::{Component, ImageKey, WellId};
use crate::limits;
use expected::{Expected, group_of};
pub(super) use recorded::Absent;

/// From what it is known which images a plate should have. Every format says which it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Expectation {
    /// File names, and what a record names that could not be read to its end.
    #[default]
    Names,
    /// A record of the measurement that was read to its end.
    Record,
}

/// What a well lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MissingOfWell {
    /// Number of missing images.
    pub(crate) count: usize,
    /// The missing images, sorted by key; where they are very many, the first of them.
    pub(crate) listed: Vec<MissingImage>,
    /// Where not all are listed, others: of each group of images that are needed together, and of which some are there,
    /// at least one that it lacks. So what must be withheld is known without a list of all.
    pub(crate) needed: Vec<ImageKey>,
}

impl MissingOfWell {
    /// Number of missing images that are not listed.
    pub(crate) fn further(&self) -> usize {
        self.count.saturating_sub(self.listed.len())
    }
}

/// The missing images, sorted by key, and how many there are in all in each well. Those that a record names are
/// all listed; of the others at most [`limits::MISSING_LISTED`].
///
/// `images` is sorted by key.
pub(super) fn find(
    images: &[PlateImage],
    projections: &[PlateImage],
    absent: Absent,
    expectation: Expectation,
    channel_name: impl Fn(u32) -> String,
) -> (Vec<MissingImage>, BTreeMap<WellId, usize>) {
    let mut missing = absent.missing(images);
    let mut by_well: BTreeMap<WellId, usize> = BTreeMap::new();
    for image in &missing {
        *by_well.entry(image.key.well).or_default() += 1;
    }
    if expectation == Expectation::Names {
        let unrecorded = by_names(images, projections, &missing, &mut by_well, channel_name);
        missing.extend(unrecorded);
        missing.sort_by_key(|image| image.key);
    }
    (missing, by_well)
}

/// What is missing beside what a record names (`recorded`, sorted by key), the first [`limits::MISSING_LISTED`], and
/// all of it counted into `by_well`.
fn by_names(
    images: &[PlateImage],
    projections: &[PlateImage],
    recorded: &[MissingImage],
    by_well: &mut BTreeMap<WellId, usize>,
    channel_name: impl Fn(u32) -> String,
) -> Vec<MissingImage> {
    let expected = Expected::of(images);
    // How many of what is expected is there, or known to be missing.
    let mut accounted: BTreeMap<WellId, usize> = BTreeMap::new();
    for image in images.iter().chain(projections) {
        *accounted.entry(image.key().well).or_default() += usize::from(expected.has(image.key()));
    }
    for image in recorded.iter().filter(|image| expected.has(image.key)) {
        if let Some(count) = accounted.get_mut(&image.key.well) {
            *count += 1;
        }
    }
    let mut reasons = Reasons::new(channel_name);
    let mut missing = Vec::new();
    for (well, accounted) in accounted {
        let further = expected.of_each_well().saturating_sub(accounted);
        if further > 0 {
            let count = by_well.entry(well).or_default();
            *count = count.saturating_add(further);
            let room = limits::MISSING_LISTED.saturating_sub(missing.len());
            let absent = expected.absent(well, of_well(images, well, PlateImage::key));
            let known = of_well(recorded, well, |image| image.key);
            missing.extend(not_among(absent, known).take(room).map(|key| reasons.missing(key)));
        }
    }
    missing
}

/// What some wells lack, those that lack nothing left out. `listed` and `by_well` are what [`find`] gave. At most
/// [`limits::MISSING_TOLD`] images are listed in all. Each of `together` says which components of an image are needed
/// together.
pub(super) fn of_wells(
    images: &[PlateImage],
    listed: &[MissingImage],
    by_well: &BTreeMap<WellId, usize>,
    wells: &BTreeSet<WellId>,
    together: &[BTreeSet<Component>],
    channel_name: impl Fn(u32) -> String,
) -> BTreeMap<WellId, MissingOfWell> {
    let mut room = limits::MISSING_TOLD;
    let mut expected = None;
    let mut reasons = Reasons::new(channel_name);
    let mut missing = BTreeMap::new();
    for (well, count) in wells.iter().filter_map(|well| Some((*well, *by_well.get(well)?))) {
        let known = of_well(listed, well, |image| image.key);
        let (told, untold) = known.split_at(known.len().min(room));
        let mut of_this = MissingOfWell { count, listed: told.to_vec(), needed: Vec::new() };
        let untold = untold.iter().map(|image| image.key);
        if known.len() >= count {
            of_this.needed.extend(untold);
        } else {
            // Beyond what is known, names alone speak.
            let expected = expected.get_or_insert_with(|| Expected::of(images));
            let there = of_well(images, well, PlateImage::key);
            let further = not_among(expected.absent(well, there), known).take(room - told.len());
            of_this.listed.extend(further.map(|key| reasons.missing(key)));
            of_this.listed.sort_by_key(|image| image.key);
            if of_this.further() > 0 {
                // What only a record names is none of these.
                of_this.needed.extend(untold.filter(|key| !expected.has(*key)));
                of_this.needed.extend(expected.needed(there, together));
            }
        }
        room -= of_this.listed.len();
        missing.insert(well, of_this);
    }
    missing
}

/// A missing image that is needed together with one that is there, where there is one: it differs from that in the
/// components that are taken together only.
pub(super) fn needed_with(
    images: &[PlateImage],
    listed: &[MissingImage],
    count: usize,
    key: ImageKey,
    together: &BTreeSet<Component>,
    channel_name: impl Fn(u32) -> String,
) -> Option<MissingImage> {
    let group = group_of(key, together);
    let known = of_well(listed, key.well, |image| image.key);
    let needed = known.iter().find(|missing| group_of(missing.key, together) == group);
    if needed.is_some() || known.len() >= count {
        return needed.cloned();
    }
    let there = of_well(images, key.well, PlateImage::key);
    let absent = Expected::of(images).absent_with(key, together, there)?;
    Some(Reasons::new(channel_name).missing(absent))
}

/// The part of a list sorted by key that is of one well.
fn of_well<T>(all: &[T], well: WellId, key: impl Fn(&T) -> ImageKey) -> &[T] {
    let start = all.partition_point(|one| key(one).well < well);
    let count = all[start..].partition_point(|one| key(one).well == well);
    &all[start..start + count]
}

/// The keys that a list sorted by key does not have.
fn not_among(keys: impl Iterator<Item = ImageKey>, known: &[MissingImage]) -> impl Iterator<Item = ImageKey> {
    keys.filter(|key| known.binary_search_by_key(key, |image| image.key).is_err())
}

/// Why images are missing that no record names: one text for all of a channel.
struct Reasons<F> {
    channel_name: F,
    of_channels: BTreeMap<Option<u32>, Arc<str>>,
}

impl<F: Fn(u32) -> String> Reasons<F> {
    fn new(channel_name: F) -> Self {
        Self { channel_name, of_channels: BTreeMap::new() }
    }

    fn missing(&mut self, key: ImageKey) -> MissingImage {
        let why = self.of_channels.entry(key.channel).or_insert_with(|| {
            let name = key.channel.map_or_else(|| "the plate".to_owned(), &self.channel_name);
            format!("no file, though {name} has this site, plane and timepoint elsewhere on the plate").into()
        });
        MissingImage { key, file: None, why: Arc::clone(why) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::ImageSource;

    fn image(well: &str, site: u32, channel: u32, z: u32, timepoint: u32) -> PlateImage {
        let well = well.parse().expect("a well");
        PlateImage::new(ImageKey::new(well, site, channel, z, timepoint), ImageSource::file(""))
    }

    fn missing(mut images: Vec<PlateImage>, projections: &[PlateImage]) -> Vec<String> {
        images.sort_by_key(PlateImage::key);
        let (list, by_well) =
            find(&images, projections, Absent::default(), Expectation::Names, |c| format!("w{c}"));
        assert_eq!(list.len(), by_well.values().sum::<usize>());
        for (well, count) in &by_well {
            assert_eq!(list.iter().filter(|image| image.key.well == *well).count(), *count, "{well}");
        }
        list.iter().map(|image| image.key.to_string()).collect()
    }

    #[test]
    fn expected_is_counted_per_channel() {
        // Channel 1 has two planes, channel 2 one: nothing is missing.
        let whole = || vec![image("A01", 1, 1, 1, 1), image("A01", 1, 1, 2, 1), image("A01", 1, 2, 1, 1)];
        assert!(missing(whole(), &[]).is_empty());
        // A well without channel 2, and with one plane of channel 1.
        let mut ragged = whole();
        ragged.push(image("B01", 1, 1, 2, 1));
        assert_eq!(missing(ragged, &[]), ["B01_s1_w1_z1_t1", "B01_s1_w2_z1_t1"]);
        // A well known only from its projections misses its stack; a projection-only channel misses nothing.
        let plane = image("C01", 1, 3, 1, 1);
        let projection = PlateImage::new(plane.key().with(Component::Z, None), plane.source);
        assert_eq!(
            missing(whole(), &[projection]),
            ["C01_s1_w1_z1_t1", "C01_s1_w1_z2_t1", "C01_s1_w2_z1_t1"]
        );
    }

    /// Two wells of which the second lacks site 2, and a record that names three absent images.
    fn recorded() -> (Vec<PlateImage>, Absent) {
        let images = vec![image("A01", 1, 1, 1, 1), image("A01", 2, 1, 1, 1), image("B01", 1, 1, 1, 1)];
        let mut absent = Absent::default();
        let (gone, never): (Arc<str>, Arc<str>) = ("its file is gone".into(), "never recorded".into());
        absent.add(image("B01", 3, 1, 1, 1).key(), &gone, "b3.tif");
        absent.add(image("A01", 3, 1, 1, 1).key(), &never, "");
        // Named twice, of which one is there.
        absent.add(image("A01", 2, 1, 1, 1).key(), &gone, "a2.tif");
        (images, absent)
    }

    #[test]
    fn a_record_says_what_is_missing_and_names_files() {
        let table: [(Expectation, &[&str]); 2] = [
            (
                Expectation::Record,
                &["A01_s3_w1_z1_t1: never recorded", "B01_s3_w1_z1_t1: its file is gone: “b3.tif”"],
            ),
            // Of a record that ends in the middle, what it named, and what the channel has elsewhere.
            (
                Expectation::Names,
                &[
                    "A01_s3_w1_z1_t1: never recorded",
                    "B01_s2_w1_z1_t1: no file, though w1 has this site, plane and timepoint elsewhere on the plate",
                    "B01_s3_w1_z1_t1: its file is gone: “b3.tif”",
                ],
            ),
        ];
        for (expectation, expected) in table {
            let (images, absent) = recorded();
            let (list, by_well) = find(&images, &[], absent, expectation, |c| format!("w{c}"));
            let shown: Vec<_> = list.iter().map(|image| format!("{}: {image}", image.key)).collect();
            assert_eq!(shown, expected);
            let counts: Vec<_> = by_well.iter().map(|(well, count)| (well.to_string(), *count)).collect();
            assert_eq!(counts, [("A01".to_owned(), 1), ("B01".to_owned(), expected.len() - 1)]);
            let wells = BTreeSet::from([list[1].key.well]);
            let of_wells = of_wells(&images, &list, &by_well, &wells, &[], |c| format!("w{c}"));
            assert_eq!(of_wells.values().map(|one| one.listed.len()).sum::<usize>(), expected.len() - 1);
        }
    }

    #[test]
    fn a_long_list_is_cut_and_counted() {
        // 2000 sites and 2000 timepoints, of which only the cross exists, in 8 wells.
        let mut images = Vec::new();
        for n in 1..=2000 {
            images.push(image("A01", n, 1, 1, 1));
            images.push(image("A01", 1, 1, 1, n));
        }
        images.extend((1..=8).map(|c| image(&format!("B0{c}"), 1, 1, 1, 1)));
        images.sort_by_key(PlateImage::key);
        images.dedup_by_key(|image| image.key());
        let (list, by_well) = find(&images, &[], Absent::default(), Expectation::Names, |c| format!("w{c}"));
        assert_eq!(list.len(), limits::MISSING_LISTED);
        assert_eq!(by_well.values().sum::<usize>(), 9 * 2000 * 2000 - images.len());
        // Whoever plans a well is told how much of it is missing, and by one image of each stack that it is not whole.
        let well = images[images.len() - 1].key().well;
        assert_eq!(by_well[&well], 2000 * 2000 - 1);
        let (wells, sites) = (BTreeSet::from([well]), BTreeSet::from([Component::Site]));
        let planes = BTreeSet::from([Component::Z]);
        let together = [planes.clone(), sites.clone()];
        let of_wells = of_wells(&images, &list, &by_well, &wells, &together, |c| format!("w{c}"));
        let of_well = &of_wells[&well];
        assert_eq!((of_well.count, of_well.listed.len()), (by_well[&well], limits::MISSING_TOLD));
        let needed: Vec<_> = of_well.needed.iter().map(ToString::to_string).collect();
        assert_eq!(needed, ["B08_s2_w1_z1_t1"]);
        let with = |key: ImageKey, together| {
            let name = |c| format!("w{c}");
            let missing = needed_with(&images, &list, by_well[&key.well], key, together, name);
            missing.map(|missing| missing.key.to_string())
        };
        let there = images[images.len() - 1].key();
        assert_eq!(with(there, &sites).as_deref(), Some("B08_s2_w1_z1_t1"));
        assert_eq!(with(there, &planes), None);
        assert_eq!(with(images[0].key(), &sites), None, "A01 has all sites at its first timepoint");
    }
}
