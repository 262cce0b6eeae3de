//! How much a run has to do.
//!
//! Work is measured in *turn bytes*: the bytes that the busiest thread handles when the images of a
//! phase are dealt out in turns. Nine images of 1 MB on two threads take five turns, so 5 MB; that is
//! why small combinations take longer than their bytes alone would.

use serde::{Deserialize, Serialize};

use crate::image::ImageFormat;
use crate::pipeline::ResolvedPipeline;
use crate::plan::schedule::{Item, groups, results};
use crate::plan::{CombinationPlan, Readings, RunSpec};

/// What the HTD of a step that is kept takes, and its companion without the images, at most.
const HTD_BYTES: u64 = 64 * 1024;

/// What the companion of a step takes for each image: what is more of a long name, the room for its description has.
const DESCRIBED_IMAGE_BYTES: u64 = 1024;

/// What a companion takes for each image that is not there.
const ABSENT_IMAGE_BYTES: u64 = 64;

/// What a record takes for each image saved and for each combination, rounded up.
const RECORDED_OUTPUT_BYTES: u64 = 600;
const RECORDED_COMBINATION_BYTES: u64 = 4096;

/// What a run has to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Bytes of pixels as the plate's files hold them, compressed or not.
    pub read_bytes: u64,
    /// Bytes that saved images and the record take on the disk, at most.
    pub written_bytes: u64,
    /// Turn bytes of reading.
    pub preload: u64,
    /// Turn bytes of all steps, by what goes into them.
    pub steps: u64,
    /// Turn bytes of the outputs that are hashed and, where kept, written.
    pub save: u64,
    /// Images that are preloaded, each of which the worker is told of.
    pub images: u64,
    /// Combinations, each of which takes a moment to begin and to clear, and so does each of its phases.
    pub combinations: u64,
}

impl Work {
    /// The work of some combinations.
    pub fn of<'a>(
        combinations: impl IntoIterator<Item = &'a CombinationPlan>,
        spec: &RunSpec,
        pipeline: &ResolvedPipeline,
    ) -> Self {
        let kept = pipeline.steps().iter().filter(|step| step.keep_images()).count() as u64;
        let mut work = Self { written_bytes: kept * HTD_BYTES, ..Self::default() };
        for combination in combinations {
            work.add(combination, spec, pipeline);
        }
        work
    }

    fn add(&mut self, combination: &CombinationPlan, spec: &RunSpec, pipeline: &ResolvedPipeline) {
        let turns = |items: &[Item]| turn_bytes(items, spec.threads);
        let (mut readings, mut unpacked_bytes) = (0, 0_u64);
        for reading in Readings::of(&combination.images).work(&combination.images) {
            readings += 1;
            unpacked_bytes = unpacked_bytes.saturating_add(reading.unpacked_bytes);
            self.read_bytes = self.read_bytes.saturating_add(reading.stored_bytes);
        }
        let readings = turn_bytes_of(readings, unpacked_bytes, spec.threads);
        self.preload = self.preload.saturating_add(readings);
        self.combinations += 1;
        self.images += combination.images.len() as u64;
        self.written_bytes += RECORDED_COMBINATION_BYTES;
        let mut items = combination.items();
        let last = pipeline.steps().len().saturating_sub(1);
        for (step_index, step) in pipeline.steps().iter().enumerate() {
            self.steps += turns(&items);
            if spec.keeps_below(step) {
                let below = items.iter().filter_map(|item| item.format);
                self.written_bytes += below.map(|format| spec.most_saved_bytes(format)).sum::<u64>();
            }
            items = results(&groups(step, &items));
            if step.keep_images() || step_index == last {
                self.save += turns(&items);
            }
            if step.keep_images() {
                let saved = items.iter().filter_map(|item| item.format);
                let beside = RECORDED_OUTPUT_BYTES + DESCRIBED_IMAGE_BYTES;
                let file_bytes = |format| spec.most_saved_bytes(format) + beside;
                self.written_bytes += saved.map(file_bytes).sum::<u64>();
                let absent = items.iter().filter(|item| item.format.is_none()).count() as u64;
                self.written_bytes += absent * ABSENT_IMAGE_BYTES;
            }
        }
    }

    /// The work of a plate of alike wells, of which this is that of some that stand for all.
    #[must_use]
    pub(crate) fn of_all(self, wells: Standing) -> Self {
        let Standing { wells, of } = wells;
        let share = |one: u64| {
            let all = u128::from(one) * u128::from(of) / u128::from(wells.max(1));
            u64::try_from(all).unwrap_or(u64::MAX)
        };
        Self {
            read_bytes: share(self.read_bytes),
            written_bytes: share(self.written_bytes),
            preload: share(self.preload),
            steps: share(self.steps),
            save: share(self.save),
            images: share(self.images),
            // The last few wells have as many combinations as a full set of them.
            combinations: self.combinations.saturating_mul(of.div_ceil(wells.max(1))),
        }
    }
}

/// Wells that stand for all wells of a plate on which they are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// So many of them, which are processed together.
    pub wells: u64,
    /// Number of wells that they stand for, themselves included.
    pub of: u64,
}

impl Default for Standing {
    /// Each for itself.
    fn default() -> Self {
        Self { wells: 1, of: 1 }
    }
}

fn turn_bytes(items: &[Item], threads: usize) -> u64 {
    let formats = items.iter().filter_map(|item| item.format);
    let (count, bytes) =
        formats.fold((0_u64, 0), |(count, bytes), format: ImageFormat| (count + 1, bytes + format.bytes()));
    turn_bytes_of(count, bytes, threads)
}

fn turn_bytes_of(count: u64, bytes: u64, threads: usize) -> u64 {
    let turns = count.div_ceil(threads.max(1) as u64);
    bytes.checked_div(count).map_or(0, |bytes_each| bytes_each.saturating_mul(turns))
}
