//! How much a run has to do, and how long that takes at a known pace.
//!
//! Work is measured in *turn bytes*: the bytes that the busiest thread handles when the images of a
//! phase are dealt out in turns. Nine images of 1 MB on two threads take five turns, so 5 MB; that is
//! why small combinations take longer than their bytes alone would.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::readings::Readings;
use super::schedule::{Item, groups, results};
use super::{CombinationId, CombinationPlan, PlannedImage, RunSpec};
use crate::image::ImageFormat;
use crate::limits;
use crate::pipeline::ResolvedPipeline;

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
    /// Combinations, each of which takes a moment to begin and to clear.
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

/// How long a machine takes for a plate and a pipeline, as a run has shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// Seconds for each turn byte of reading.
    pub preload: f64,
    /// Seconds for each turn byte of the steps.
    pub steps: f64,
    /// Seconds for each turn byte of saving.
    pub save: f64,
    /// Seconds for each combination beside.
    pub combination: f64,
}

/// Seconds that the phases of a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PhaseSecs {
    /// Seconds of reading images into memory.
    pub preload: f64,
    /// Seconds of all steps together.
    pub steps: f64,
    /// Seconds of writing outputs.
    pub save: f64,
    /// The whole run.
    pub wall: f64,
}

impl Pace {
    /// The pace that a run has shown; `None` for one that did nothing.
    pub fn shown(work: &Work, secs: PhaseSecs) -> Option<Self> {
        let each = |secs: f64, amount: u64| if amount == 0 { 0.0 } else { secs / amount as f64 };
        let beside = (secs.wall - secs.preload - secs.steps - secs.save).max(0.0);
        (work.preload > 0).then(|| Self {
            preload: each(secs.preload, work.preload),
            steps: each(secs.steps, work.steps),
            save: each(secs.save, work.save),
            combination: each(beside, work.combinations),
        })
    }

    /// Whether a run can have shown it.
    pub(crate) fn is_possible(&self) -> bool {
        let paces = [self.preload, self.steps, self.save, self.combination];
        paces.iter().all(|secs| (0.0..=limits::PACE_SECS).contains(secs))
    }

    fn secs(&self, work: &Work) -> f64 {
        let amounts = [work.preload, work.steps, work.save, work.combinations];
        let paces = [self.preload, self.steps, self.save, self.combination];
        amounts.iter().zip(paces).map(|(amount, pace)| *amount as f64 * pace).sum()
    }
}

/// What is known of the pace.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Paces {
    /// Neither a trial nor an earlier run has shown it.
    #[default]
    Unknown,
    /// A short trial on a few images of the plate.
    Trial(Pace),
    /// Whole runs of the same plate, pipeline and threads on this machine.
    Runs(Vec<Pace>),
}

/// How far from its expected time a run may be that was tried on a few images only: their files
/// may come from a slow disk or from memory, and the machine may have other work.
const TRIAL_RANGE: [f64; 2] = [0.6, 1.8];
/// The same beyond the fastest and the slowest of earlier runs.
const RUNS_RANGE: [f64; 2] = [0.85, 1.25];

/// Seconds that a run is expected to take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecsRange {
    /// The fewest seconds that are expected.
    pub low: f64,
    /// The most seconds that are expected.
    pub high: f64,
}

impl SecsRange {
    /// What the ends stand around.
    pub fn middle(self) -> f64 {
        (self.low * self.high).sqrt()
    }
}

impl Paces {
    /// Seconds for some work, where a pace is known.
    pub fn expected(&self, work: &Work) -> Option<SecsRange> {
        let (paces, [faster, slower]) = match self {
            Self::Unknown => return None,
            Self::Trial(pace) => (std::slice::from_ref(pace), TRIAL_RANGE),
            Self::Runs(paces) => (paces.as_slice(), RUNS_RANGE),
        };
        let secs = || paces.iter().map(|pace| pace.secs(work));
        let (low, high) = (secs().reduce(f64::min)?, secs().reduce(f64::max)?);
        Some(SecsRange { low: low * faster, high: high * slower })
    }
}

/// How many combinations a trial has, so that what each takes beside its images shows.
const TRIAL_COMBINATIONS: usize = 2;

/// The first images of a plan, up to so many bytes of pixels, and one for each combination of a trial at least.
pub(super) fn images_of_trial(combinations: &[CombinationPlan], most_bytes: u64) -> Vec<PlannedImage> {
    let mut bytes = 0;
    let has_room = |image: &&PlannedImage| {
        bytes += image.format.as_ref().map_or(0, |format| format.bytes());
        bytes <= most_bytes
    };
    let readable =
        combinations.iter().flat_map(|combination| &combination.images).filter(|image| image.format.is_ok());
    let first = readable.clone().take(TRIAL_COMBINATIONS);
    first.chain(readable.skip(TRIAL_COMBINATIONS).take_while(has_room)).cloned().collect()
}

/// Images of a trial as combinations of their own.
pub(super) fn of_trial(images: &[PlannedImage]) -> Vec<CombinationPlan> {
    let of_each = images.len().div_ceil(TRIAL_COMBINATIONS).max(1);
    let combination = |(index, images): (usize, &[PlannedImage])| CombinationPlan {
        id: CombinationId {
            index,
            well: images[0].key.well,
            more_wells: Vec::new(),
            values: BTreeMap::new(),
        },
        begins: Vec::new(),
        images: images.to_vec(),
        missing: Vec::new(),
    };
    images.chunks(of_each).enumerate().map(combination).collect()
}
