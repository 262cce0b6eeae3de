//! What names alone let expect: of each channel every site, plane and timepoint that it has anywhere.
//!
//! This is a product of three sets of numbers, which may be huge where the files are few. So it is never made: it is
//! counted, and gone through only as far as somebody asks. Nothing here takes longer than the images that are there
//! and those that are asked for.

use std::collections::btree_set::Range;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::super::parts::PlateImage;
use super::super::{Component, ImageKey, WellId};

/// What each well with any image should have.
pub(super) struct Expected {
    channels: BTreeMap<u32, ChannelExtent>,
    of_each_well: usize,
}

/// What a channel has anywhere on the plate.
#[derive(Default)]
struct ChannelExtent {
    sites: BTreeSet<u32>,
    planes: BTreeSet<u32>,
    timepoints: BTreeSet<u32>,
}

impl Expected {
    pub(super) fn of(images: &[PlateImage]) -> Self {
        let mut channels: BTreeMap<u32, ChannelExtent> = BTreeMap::new();
        for key in images.iter().map(PlateImage::key) {
            if let (Some(channel), Some(site), Some(z), Some(timepoint)) =
                (key.channel, key.site, key.z, key.timepoint)
            {
                let extent = channels.entry(channel).or_default();
                extent.sites.insert(site);
                extent.planes.insert(z);
                extent.timepoints.insert(timepoint);
            }
        }
        let of_each_well = channels.values().map(ChannelExtent::count).fold(0, usize::saturating_add);
        Self { channels, of_each_well }
    }

    /// Number of images that each well should have.
    pub(super) fn of_each_well(&self) -> usize {
        self.of_each_well
    }

    /// Whether an image is one of those that its well should have.
    pub(super) fn has(&self, key: ImageKey) -> bool {
        let has = |values: &BTreeSet<u32>, value: Option<u32>| value.is_some_and(|v| values.contains(&v));
        key.channel.and_then(|channel| self.channels.get(&channel)).is_some_and(|of| {
            has(&of.sites, key.site) && has(&of.planes, key.z) && has(&of.timepoints, key.timepoint)
        })
    }

    /// What a well should have and does not, channel by channel. `there` are its images, sorted by key.
    pub(super) fn absent<'a>(
        &'a self,
        well: WellId,
        there: &'a [PlateImage],
    ) -> impl Iterator<Item = ImageKey> + 'a {
        let all = self.channels.iter().flat_map(move |(channel, extent)| {
            extent.keys(ImageKey { well, site: None, channel: Some(*channel), z: None, timepoint: None })
        });
        all.filter(move |key| !is_there(there, key))
    }

    /// An image that the well should have and does not, and that differs from `key` only in components that are
    /// taken together; `None` where the group is whole, or `key` is of no single image of it. `there` are the images of
    /// the well, sorted by key.
    pub(super) fn absent_with(
        &self,
        key: ImageKey,
        together: &BTreeSet<Component>,
        there: &[PlateImage],
    ) -> Option<ImageKey> {
        let is_apart = |component: &Component| !together.contains(component);
        if Component::ALL.into_iter().filter(is_apart).any(|component| key.get(component).is_none()) {
            return None;
        }
        let group = group_of(key, together);
        let channels = match group.channel {
            Some(channel) => self.channels.range(channel..=channel),
            None => self.channels.range(..),
        };
        let of_channel = |(channel, extent): (&u32, &ChannelExtent)| {
            let group = group.with(Component::Channel, Some(*channel));
            extent.keys(group).find(|key| !is_there(there, key))
        };
        channels.into_iter().find_map(of_channel)
    }

    /// For each way in which images are taken together, and each group with an image that is there: one image that
    /// the group lacks, if it lacks any. `there` are the images of a well, sorted by key.
    pub(super) fn needed(&self, there: &[PlateImage], together: &[BTreeSet<Component>]) -> Vec<ImageKey> {
        let mut needed = BTreeSet::new();
        for together in together {
            let mut groups = HashSet::new();
            for key in there.iter().map(PlateImage::key) {
                if groups.insert(group_of(key, together)) {
                    needed.extend(self.absent_with(key, together, there));
                }
            }
        }
        needed.into_iter().collect()
    }
}

impl ChannelExtent {
    /// Number of images that a well should have.
    fn count(&self) -> usize {
        self.sites.len().saturating_mul(self.planes.len()).saturating_mul(self.timepoints.len())
    }

    /// The keys of the channel that a well should have, in order: with the values of `group` where it has any, and all
    /// others where it has none.
    fn keys(&self, group: ImageKey) -> impl Iterator<Item = ImageKey> + '_ {
        let [timepoints, sites, planes] = [
            in_group(&self.timepoints, group.timepoint),
            in_group(&self.sites, group.site),
            in_group(&self.planes, group.z),
        ];
        // Without any of the innermost the outer ones would be gone through for nothing.
        let is_any = sites.clone().next().is_some() && planes.clone().next().is_some();
        timepoints.filter(move |_| is_any).flat_map(move |timepoint| {
            let planes = planes.clone();
            sites.clone().flat_map(move |site| {
                planes.clone().map(move |z| ImageKey {
                    site: Some(*site),
                    z: Some(*z),
                    timepoint: Some(*timepoint),
                    ..group
                })
            })
        })
    }
}

/// The values that images of a group have.
fn in_group(values: &BTreeSet<u32>, of_group: Option<u32>) -> Range<'_, u32> {
    match of_group {
        Some(value) => values.range(value..=value),
        None => values.range(..),
    }
}

/// What images that are taken together have in common.
pub(super) fn group_of(key: ImageKey, together: &BTreeSet<Component>) -> ImageKey {
    together.iter().fold(key, |key, component| key.with(*component, None))
}

fn is_there(there: &[PlateImage], key: &ImageKey) -> bool {
    there.binary_search_by_key(key, PlateImage::key).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::image::ImageSource;

    fn images(keys: &BTreeSet<ImageKey>) -> Vec<PlateImage> {
        keys.iter().map(|key| PlateImage::new(*key, ImageSource::file(""))).collect()
    }

    proptest! {
        /// As if all were made: which groups of a well with an image lack one, and what is absent.
        #[test]
        fn what_is_needed_is_found_without_a_list_of_all(
            numbers in prop::collection::vec((0..2_u16, 1..4_u32, 1..3_u32, 1..4_u32, 1..4_u32), 1..40),
            components in prop::collection::vec(prop::sample::select(Component::ALL.to_vec()), 0..4),
        ) {
            let key = |(column, site, channel, z, timepoint)| {
                ImageKey::new(WellId { row: 0, column }, site, channel, z, timepoint)
            };
            let keys: BTreeSet<ImageKey> = numbers.into_iter().map(key).collect();
            let all = images(&keys);
            let expected = Expected::of(&all);
            let together: BTreeSet<Component> = components.into_iter().collect();
            for well in keys.iter().map(|key| key.well).collect::<BTreeSet<_>>() {
                let there: Vec<PlateImage> = all.iter().filter(|image| image.key().well == well).cloned().collect();
                // A product made in full.
                let values = |of: Component| -> BTreeSet<Option<u32>> { keys.iter().map(|key| key.get(of)).collect() };
                let mut absent = BTreeSet::from([there[0].key()]);
                for component in Component::ALL {
                    absent = absent
                        .iter()
                        .flat_map(|key| values(component).into_iter().map(|value| key.with(component, value)))
                        .collect();
                }
                absent.retain(|key| expected.has(*key) && !keys.contains(key));
                let found: BTreeSet<ImageKey> = expected.absent(well, &there).collect();
                prop_assert_eq!(&found, &absent);
                prop_assert_eq!(expected.of_each_well(), absent.len() + there.len());

                let needed = expected.needed(&there, std::slice::from_ref(&together));
                prop_assert!(needed.iter().all(|key| absent.contains(key)));
                let groups = |keys: &mut dyn Iterator<Item = ImageKey>| -> BTreeSet<ImageKey> {
                    keys.map(|key| group_of(key, &together)).collect()
                };
                let with_image = groups(&mut there.iter().map(PlateImage::key));
                let lacking = groups(&mut absent.iter().copied());
                let told = groups(&mut needed.iter().copied());
                prop_assert_eq!(told, with_image.intersection(&lacking).copied().collect::<BTreeSet<_>>());
            }
        }
    }
}
