//! The combinations of a trial: of several sizes, since only these tell what a combination costs from what its images
//! do; each of several times, since one of a few milliseconds tells little; and one before them, since the first costs more
//! than those that follow. Each consists of what the pipeline needs together, as the combinations of a run do.

use std::collections::BTreeMap;

use crate::pipeline::PipelineSpec;
use crate::plan::{CombinationId, CombinationPlan, Combinations, PlannedImage};
use crate::plate::{Component, WellId};

/// How many of the smallest units the combinations of a trial have, in order: the first warms up.
const FIRST: [usize; 1] = [1];
const CYCLE: [usize; 5] = [1, 1, 4, 16, 64];

/// So often the sizes are tried.
const CYCLES: usize = 4;

/// How many combinations a trial has at least, so that it shows more than what the first costs.
const FEWEST: usize = 2;

/// The images of a trial, in combinations of their own: the first of some combinations, up to this many bytes of pixels, and
/// one image for each of two combinations at least.
pub(in crate::plan) fn combinations_of_trial(
    combinations: &Combinations,
    pipeline: &PipelineSpec,
    most_bytes: u64,
) -> Vec<CombinationPlan> {
    let units = units(combinations, pipeline, most_bytes);
    let sizes = FIRST.into_iter().chain((0..CYCLES).flat_map(|_| CYCLE));
    let mut left = units.as_slice();
    let mut tried: Vec<Vec<PlannedImage>> = Vec::new();
    for size in sizes {
        // What is left makes the last one.
        let (taken, rest) = left.split_at(size.min(left.len()));
        if taken.is_empty() {
            break;
        }
        tried.push(taken.concat());
        left = rest;
    }
    tried.into_iter().enumerate().map(combination).collect()
}

/// The smallest sets of images that the pipeline takes together, in order, up to this many bytes. Where these are not enough
/// for two combinations of whole ones, parts of the first.
fn units(combinations: &Combinations, pipeline: &PipelineSpec, most_bytes: u64) -> Vec<Vec<PlannedImage>> {
    let most_units = FIRST.iter().sum::<usize>() + CYCLES * CYCLE.iter().sum::<usize>();
    let bytes_of = |image: &PlannedImage| image.format.as_ref().map_or(0, |format| format.bytes());
    let mut whole: Vec<Vec<PlannedImage>> = Vec::new();
    let (mut first, mut bytes) = (Vec::new(), 0_u64);
    'all: for combination in combinations.iter() {
        let mut sets: BTreeMap<(WellId, Vec<Option<u32>>), Vec<&PlannedImage>> = BTreeMap::new();
        for image in combination.images.iter().filter(|image| image.format.is_ok()) {
            sets.entry(together(image, pipeline)).or_default().push(image);
        }
        for images in sets.into_values() {
            if first.len() < FEWEST {
                first.extend(images.iter().copied().cloned());
            }
            bytes = images.iter().fold(bytes, |bytes, image| bytes.saturating_add(bytes_of(image)));
            if bytes > most_bytes || whole.len() == most_units {
                break 'all;
            }
            whole.push(images.into_iter().cloned().collect());
        }
    }
    if whole.len() >= FEWEST {
        return whole;
    }
    // Two parts of what is too large to be taken whole twice.
    let mut left = most_bytes;
    let has_room = |image: &&PlannedImage| {
        let fits = bytes_of(image) <= left;
        left = left.saturating_sub(bytes_of(image));
        fits
    };
    let count = first.iter().take_while(has_room).count().max(FEWEST.min(first.len()));
    first.truncate(count);
    first.chunks(count.div_ceil(FEWEST).max(1)).map(<[PlannedImage]>::to_vec).collect()
}

/// What images have in common that the pipeline takes together: their well, and the value of each component that no step
/// needs whole.
fn together(image: &PlannedImage, pipeline: &PipelineSpec) -> (WellId, Vec<Option<u32>>) {
    let components = [Component::Timepoint, Component::Channel, Component::Site, Component::Z];
    let is_free = |component: &Component| pipeline.assembler_of(*component).is_none();
    let values = components.into_iter().filter(is_free).map(|component| image.key.get(component));
    (image.key.well, values.collect())
}

/// The images of a combination stand in the order of their keys.
fn combination((index, mut images): (usize, Vec<PlannedImage>)) -> CombinationPlan {
    images.sort_by_key(|image| image.key);
    CombinationPlan {
        id: CombinationId {
            index,
            well: images[0].key.well,
            more_wells: Vec::new(),
            values: BTreeMap::new(),
        },
        begins: Vec::new(),
        images,
        missing: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{DecodeError, ImageFormat, ImageSource, PixelType};
    use crate::plate::ImageKey;

    /// A combination of two channels, so many sites, and two planes each, of images of 100 bytes.
    fn combination_of(sites: u32) -> CombinationPlan {
        let well = WellId { row: 0, column: 0 };
        let format = ImageFormat::grey(10, 10, PixelType::U8);
        let keys = (1..=sites).flat_map(|site| {
            (1..=2).flat_map(move |channel| (1..=2).map(move |z| ImageKey::new(well, site, channel, z, 1)))
        });
        let image = |key| PlannedImage {
            key,
            source: ImageSource::file(format!("/plate/{key}.tif")),
            position: None,
            acquired: None,
            format: Ok(format),
            decode_scratch_bytes: 0,
            stored_bytes: format.bytes(),
            shared: None,
        };
        CombinationPlan {
            id: CombinationId { index: 0, well, more_wells: Vec::new(), values: BTreeMap::new() },
            begins: Vec::new(),
            images: keys.map(image).collect(),
            missing: Vec::new(),
        }
    }

    #[test]
    fn combinations_are_of_several_sizes_and_of_whole_stacks() {
        // Sites, bytes, and images of each combination of a trial.
        let table: [(u32, u64, &[usize]); 7] = [
            (1000, u64::MAX, &[2, 2, 2, 8, 32, 128, 2, 2, 8, 32, 128, 2, 2, 8, 32, 128, 2, 2, 8, 32, 128]),
            (5, u64::MAX, &[2, 2, 2, 8, 6]),
            (5, 1200, &[2, 2, 2, 6]),
            (5, 599, &[2, 2]),
            // Less than two stacks: two parts of one.
            (5, 200, &[1, 1]),
            (5, 0, &[1, 1]),
            (0, 1000, &[]),
        ];
        for (sites, bytes, expected) in table {
            let combinations = vec![combination_of(sites)].into();
            let tried = combinations_of_trial(&combinations, &PipelineSpec::default(), bytes);
            let sizes: Vec<usize> = tried.iter().map(|combination| combination.images.len()).collect();
            assert_eq!(sizes, expected, "{sites} sites, {bytes} bytes");
            assert!(tried.iter().enumerate().all(|(index, combination)| combination.id.index == index));
            for combination in &tried {
                assert!(combination.images.is_sorted_by_key(|image| image.key));
                let stacks = combination.images.chunks(2).map(|stack| stack.first().map(|image| image.key));
                assert!(sizes.len() < 3 || stacks.flatten().all(|key| key.z == Some(1)));
            }
        }
        // What cannot be read is no part of it.
        let mut broken = combination_of(3);
        for image in &mut broken.images[1..] {
            image.format = Err(DecodeError::NoImage { path: image.source.path() }.to_string());
        }
        let tried = combinations_of_trial(&vec![broken].into(), &PipelineSpec::default(), u64::MAX);
        assert_eq!(tried.iter().map(|combination| combination.images.len()).collect::<Vec<_>>(), [1]);
    }
}
