//! Which images a plate should have and does not.
//!
//! Where a record of the measurement was read to its end, a plate should have what the record names and
//! nothing else: a well with fewer fields than others misses none, and a file that is not there is missing and
//! named. Where there are only file names, or a record that ends in the middle, what is expected beyond the
//! record is counted per channel over the plate: every well that has any image should have, for each channel,
//! every site, plane and timepoint that the channel has anywhere in its stack. So a channel recorded with one
//! plane everywhere misses nothing, nor does one that exists only as ready-made projections, and a well that
//! was never reached is not missing but absent. Deliberately absent: plans (an HTD), which say what was meant
//! to be and not what was.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::parts::{MissingImage, PlateImage, RecordedFile};
use super::{ImageKey, WellId};

/// The most missing images that are listed of those that only names speak for: of an aborted run millions can
/// be missing, and no list of them helps anybody.
pub(super) const MOST_LISTED: usize = 100_000;

/// From what it is known which images a plate should have. Every format says which it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Expectation {
    /// File names, and what a record names that could not be read to its end.
    #[default]
    Names,
    /// A record of the measurement that was read to its end.
    Record,
}

/// The images that a record names and that are not there.
///
/// The names of their files are one text, since a record may name a million images of a plate of which most
/// were left elsewhere.
#[derive(Default)]
pub(super) struct Absent {
    images: Vec<AbsentImage>,
    files: String,
}

struct AbsentImage {
    key: ImageKey,
    why: Arc<str>,
    /// Where its file's name ends in the text, that of the one before being where it begins; equal to that where
    /// the record names no file.
    file_end: usize,
}

impl Absent {
    /// Adds an image with the reason, which many share, and the path that its file should have in the plate folder.
    pub(super) fn add(&mut self, key: ImageKey, why: &Arc<str>, file: &str) {
        self.files.push_str(file);
        self.images.push(AbsentImage { key, why: Arc::clone(why), file_end: self.files.len() });
    }

    /// The wells that have absent images.
    pub(super) fn wells(&self) -> impl Iterator<Item = WellId> {
        self.images.iter().map(|image| image.key.well)
    }

    /// Those that are not among `images` (sorted by key), sorted by key, each once.
    fn missing(self, images: &[PlateImage]) -> Vec<MissingImage> {
        let files: Arc<str> = self.files.into();
        let mut begin = 0;
        let mut missing = Vec::with_capacity(self.images.len());
        for AbsentImage { key, why, file_end } in self.images {
            let file = RecordedFile::of(&files, begin..file_end);
            begin = file_end;
            if images.binary_search_by_key(&key, |image| image.key).is_err() {
                missing.push(MissingImage { key, file, why });
            }
        }
        missing.sort_by_key(|image| image.key);
        missing.dedup_by_key(|image| image.key);
        missing
    }
}

/// The missing images, sorted by key, and how many there are in all in each well. Those that a record names are
/// all listed; of the others at most [`MOST_LISTED`].
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

/// What is missing beside what a record names (`recorded`, sorted by key), the first [`MOST_LISTED`], and all of it
/// counted into `by_well`.
fn by_names(
    images: &[PlateImage],
    projections: &[PlateImage],
    recorded: &[MissingImage],
    by_well: &mut BTreeMap<WellId, usize>,
    channel_name: impl Fn(u32) -> String,
) -> Vec<MissingImage> {
    let wells: BTreeSet<WellId> = images.iter().chain(projections).map(|image| image.key.well).collect();
    let mut missing = Vec::new();
    for (channel, seen) in channels_of(images) {
        for &well in &wells {
            let found = seen.found_in(well);
            if found >= seen.expected() {
                continue;
            }
            let recorded = of_well(recorded, well);
            let known = recorded.iter().map(|image| &image.key);
            let known = known.filter(|key| key.channel == Some(channel) && seen.expects(key)).count();
            let unknown = (seen.expected() - found).saturating_sub(known);
            if unknown > 0 {
                let count = by_well.entry(well).or_default();
                *count = count.saturating_add(unknown);
            }
            let room = MOST_LISTED.saturating_sub(missing.len());
            if room > 0 {
                let name = channel_name(channel);
                let is_recorded =
                    |key: &ImageKey| recorded.binary_search_by_key(key, |image| image.key).is_ok();
                let gaps = gaps(images, well, channel, &seen, &name);
                missing.extend(gaps.filter(|gap| !is_recorded(&gap.key)).take(room));
            }
        }
    }
    missing
}

/// The part of a list sorted by key that is of one well.
fn of_well(missing: &[MissingImage], well: WellId) -> &[MissingImage] {
    let start = missing.partition_point(|image| image.key.well < well);
    let count = missing[start..].partition_point(|image| image.key.well == well);
    &missing[start..start + count]
}

/// All that is missing of some wells, however much: `listed` is what [`find`] gave, which is
/// completed by what names speak for where it was cut (`is_cut`).
pub(super) fn of_wells(
    images: &[PlateImage],
    listed: &[MissingImage],
    is_cut: bool,
    wells: &BTreeSet<WellId>,
    channel_name: impl Fn(u32) -> String,
) -> BTreeMap<WellId, Vec<MissingImage>> {
    let listed = |well: &WellId| (*well, of_well(listed, *well).to_vec());
    let mut missing: BTreeMap<WellId, Vec<MissingImage>> = wells.iter().map(listed).collect();
    missing.retain(|_, of_well| is_cut || !of_well.is_empty());
    if is_cut {
        let channels = channels_of(images);
        for (well, of_well) in &mut missing {
            let listed: HashSet<ImageKey> = of_well.iter().map(|image| image.key).collect();
            for (channel, seen) in &channels {
                let name = channel_name(*channel);
                let gaps = gaps(images, *well, *channel, seen, &name);
                of_well.extend(gaps.filter(|gap| !listed.contains(&gap.key)));
            }
            of_well.sort_by_key(|image| image.key);
        }
    }
    missing
}

fn channels_of(images: &[PlateImage]) -> BTreeMap<u32, ChannelExtent> {
    let mut channels: BTreeMap<u32, ChannelExtent> = BTreeMap::new();
    for PlateImage { key, .. } in images {
        if let (Some(channel), Some(site), Some(z), Some(timepoint)) =
            (key.channel, key.site, key.z, key.timepoint)
        {
            let seen = channels.entry(channel).or_default();
            seen.sites.insert(site);
            seen.planes.insert(z);
            seen.timepoints.insert(timepoint);
            // Images are sorted by well, so a well's count is the last one.
            match seen.found.last_mut() {
                Some((well, count)) if *well == key.well => *count += 1,
                _ => seen.found.push((key.well, 1)),
            }
        }
    }
    channels
}

/// What a well should have of a channel and does not, in key order.
fn gaps<'a>(
    images: &[PlateImage],
    well: WellId,
    channel: u32,
    seen: &'a ChannelExtent,
    channel_name: &str,
) -> impl Iterator<Item = MissingImage> + use<'a> {
    let start = images.partition_point(|image| image.key.well < well);
    let there: HashSet<ImageKey> = images[start..]
        .iter()
        .take_while(|image| image.key.well == well)
        .map(|image| image.key)
        .filter(|key| key.channel == Some(channel))
        .collect();
    let why: Arc<str> =
        format!("no file, though {channel_name} has this site, plane and timepoint elsewhere on the plate")
            .into();
    seen.keys(well, channel).filter(move |key| !there.contains(key)).map(move |key| MissingImage {
        key,
        file: None,
        why: Arc::clone(&why),
    })
}

/// What a channel has anywhere on the plate.
#[derive(Default)]
struct ChannelExtent {
    sites: BTreeSet<u32>,
    planes: BTreeSet<u32>,
    timepoints: BTreeSet<u32>,
    /// Number of images by well, in order.
    found: Vec<(WellId, usize)>,
}

impl ChannelExtent {
    /// Number of images that a well should have.
    fn expected(&self) -> usize {
        self.sites.len().saturating_mul(self.planes.len()).saturating_mul(self.timepoints.len())
    }

    fn found_in(&self, well: WellId) -> usize {
        let at = self.found.binary_search_by_key(&well, |(well, _)| *well);
        at.map_or(0, |at| self.found[at].1)
    }

    fn expects(&self, key: &ImageKey) -> bool {
        let has = |values: &BTreeSet<u32>, value: Option<u32>| value.is_some_and(|v| values.contains(&v));
        has(&self.sites, key.site) && has(&self.planes, key.z) && has(&self.timepoints, key.timepoint)
    }

    /// All keys that a well should have in this channel, in order.
    fn keys(&self, well: WellId, channel: u32) -> impl Iterator<Item = ImageKey> {
        self.timepoints.iter().flat_map(move |&timepoint| {
            self.sites.iter().flat_map(move |&site| {
                self.planes.iter().map(move |&z| ImageKey::new(well, site, channel, z, timepoint))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::ImageSource;

    fn image(well: &str, site: u32, channel: u32, z: u32, timepoint: u32) -> PlateImage {
        let well = well.parse().expect("a well");
        PlateImage { key: ImageKey::new(well, site, channel, z, timepoint), source: ImageSource::file("") }
    }

    fn missing(mut images: Vec<PlateImage>, projections: &[PlateImage]) -> Vec<String> {
        images.sort_by_key(|image| image.key);
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
        let mut projection = image("C01", 1, 3, 1, 1);
        projection.key.z = None;
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
        absent.add(image("B01", 3, 1, 1, 1).key, &gone, "b3.tif");
        absent.add(image("A01", 3, 1, 1, 1).key, &never, "");
        // Named twice, of which one is there.
        absent.add(image("A01", 2, 1, 1, 1).key, &gone, "a2.tif");
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
            let of_wells = of_wells(&images, &list, false, &wells, |c| format!("w{c}"));
            assert_eq!(of_wells.values().flatten().count(), expected.len() - 1);
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
        images.sort_by_key(|image| image.key);
        images.dedup_by_key(|image| image.key);
        let (list, by_well) = find(&images, &[], Absent::default(), Expectation::Names, |c| format!("w{c}"));
        assert_eq!(list.len(), MOST_LISTED);
        assert_eq!(by_well.values().sum::<usize>(), 9 * 2000 * 2000 - images.len());
        // Whoever plans a well gets all of it.
        let well = images[images.len() - 1].key.well;
        assert_eq!(by_well[&well], 2000 * 2000 - 1);
        let wells = BTreeSet::from([well]);
        let of_wells = of_wells(&images, &list, true, &wells, |c| format!("w{c}"));
        assert_eq!(of_wells[&well].len(), 2000 * 2000 - 1);
    }
}
