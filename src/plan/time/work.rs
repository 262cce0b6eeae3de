//! How much a run has to do.
//!
//! Work is measured in *turn bytes*: the bytes that the busiest thread handles when the images of a
//! phase are dealt out in turns. Nine images of 1 MB on two threads take five turns, so 5 MB; that is
//! why small combinations take longer than their bytes alone would. Beside them stand the bytes of all threads together,
//! which say more where there are fewer processors than threads.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::image::ImageFormat;
use crate::pipeline::{ResolvedPipeline, ResolvedStep};
use crate::plan::schedule::Item;
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
    /// Bytes that all threads read together; 0 in records of earlier versions, and so are the next two.
    #[serde(default)]
    pub preload_bytes: u64,
    /// Bytes that go into all steps.
    #[serde(default)]
    pub step_bytes: u64,
    /// Bytes of the outputs.
    #[serde(default)]
    pub save_bytes: u64,
    /// Images that are preloaded, each of which the worker is told of.
    pub images: u64,
    /// Combinations, each of which takes a moment to begin and to clear, and so does each of its phases.
    pub combinations: u64,
}

impl Work {
    /// What a run has to do beside its combinations.
    pub(in crate::plan) fn beside(pipeline: &ResolvedPipeline) -> Self {
        let kept = pipeline.steps().iter().filter(|step| step.keep_images()).count() as u64;
        Self { written_bytes: kept * HTD_BYTES, ..Self::default() }
    }

    /// Reading a combination, but for what its files hold, and what each takes at all.
    pub(in crate::plan) fn of_preload(
        combination: &CombinationPlan,
        readings: &Readings,
        spec: &RunSpec,
    ) -> Self {
        let (mut count, mut unpacked_bytes) = (0, 0_u64);
        for bytes in readings.unpacked_bytes(&combination.images) {
            count += 1;
            unpacked_bytes = unpacked_bytes.saturating_add(bytes);
        }
        Self {
            written_bytes: RECORDED_COMBINATION_BYTES,
            preload: turn_bytes_of(count, unpacked_bytes, spec.threads),
            preload_bytes: unpacked_bytes,
            images: combination.images.len() as u64,
            combinations: 1,
            ..Self::default()
        }
    }

    /// A step on these.
    pub(in crate::plan) fn of_step(items: &[Item], step: &ResolvedStep, spec: &RunSpec) -> Self {
        let below = items.iter().filter_map(|item| item.format).filter(|_| spec.keeps_below(step));
        let written_bytes = below.map(|format| spec.most_saved_bytes(format)).sum();
        let (steps, step_bytes) = turn_bytes(items, spec.threads);
        Self { steps, step_bytes, written_bytes, ..Self::default() }
    }

    /// A part of the work: of this many of all images.
    #[must_use]
    pub(crate) fn share(self, images: u64, of: u64) -> Self {
        let share = |one: u64| {
            let part = u128::from(one) * u128::from(images) / u128::from(of.max(1));
            u64::try_from(part).unwrap_or(u64::MAX)
        };
        Self {
            read_bytes: share(self.read_bytes),
            written_bytes: share(self.written_bytes),
            preload: share(self.preload),
            steps: share(self.steps),
            save: share(self.save),
            preload_bytes: share(self.preload_bytes),
            step_bytes: share(self.step_bytes),
            save_bytes: share(self.save_bytes),
            images: share(self.images),
            combinations: share(self.combinations),
        }
    }

    /// Saving (or, where they are not kept, hashing) these results of a step.
    pub(in crate::plan) fn of_save(items: &[Item], step: &ResolvedStep, spec: &RunSpec) -> Self {
        let (save, save_bytes) = turn_bytes(items, spec.threads);
        if !step.keep_images() {
            return Self { save, save_bytes, ..Self::default() };
        }
        let saved = items.iter().filter_map(|item| item.format);
        let beside = RECORDED_OUTPUT_BYTES + DESCRIBED_IMAGE_BYTES;
        let files: u64 = saved.map(|format| spec.most_saved_bytes(format) + beside).sum();
        let absent = items.iter().filter(|item| item.format.is_none()).count() as u64;
        Self { save, save_bytes, written_bytes: files + absent * ABSENT_IMAGE_BYTES, ..Self::default() }
    }
}

impl AddAssign for Work {
    fn add_assign(&mut self, more: Self) {
        let add = |sum: &mut u64, more: u64| *sum = sum.saturating_add(more);
        add(&mut self.read_bytes, more.read_bytes);
        add(&mut self.written_bytes, more.written_bytes);
        add(&mut self.preload, more.preload);
        add(&mut self.steps, more.steps);
        add(&mut self.save, more.save);
        add(&mut self.preload_bytes, more.preload_bytes);
        add(&mut self.step_bytes, more.step_bytes);
        add(&mut self.save_bytes, more.save_bytes);
        add(&mut self.images, more.images);
        add(&mut self.combinations, more.combinations);
    }
}

/// Of images: turn bytes, and bytes in all.
fn turn_bytes(items: &[Item], threads: usize) -> (u64, u64) {
    let formats = items.iter().filter_map(|item| item.format);
    let (count, bytes) =
        formats.fold((0_u64, 0), |(count, bytes), format: ImageFormat| (count + 1, bytes + format.bytes()));
    (turn_bytes_of(count, bytes, threads), bytes)
}

fn turn_bytes_of(count: u64, bytes: u64, threads: usize) -> u64 {
    let turns = count.div_ceil(threads.max(1) as u64);
    bytes.checked_div(count).map_or(0, |bytes_each| bytes_each.saturating_mul(turns))
}
