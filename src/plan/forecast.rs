//! The peak of a run before it begins, by the rules that the engine follows.
//!
//! Two numbers: *counted*, the exact pixel bytes of what the store will hold at its fullest, and
//! *RSS*, an upper bound of the worker's resident memory. The rules, for one combination:
//!
//! 1. all readable images are preloaded, those in the same chunks of an array in one go (see [`super::readings`]);
//! 2. a step that works in place reserves its workspace, if it needs one, for each group that will be in
//!    hand at once, and releases it when it is done (*free*) or keeps it (*hold*);
//! 3. any other step reserves one result for each thread that will work (at most one for each
//!    group) before any input is released; a thread that is done with a group releases its inputs
//!    (*free*) or keeps them (*hold*), and only then reserves the result of its next group;
//! 4. results are saved from where they are; the clear releases all;
//! 5. flat and dark images that are given are read before the first combination, while there is nothing else, and stay;
//! 6. with reading ahead, room for all images of the next combination is taken when the first step
//!    begins;
//! 7. those that read and those that do steps have scratch of their own (see [`super::scratch`]).

use serde::{Deserialize, Serialize};

use super::readings::Readings;
use super::schedule::{Group, Item, execution_order, groups, in_hand, reservations, results};
use super::scratch::ScratchNeeds;
use super::{CombinationPlan, RunSpec};
use crate::image::ImageFormat;
use crate::paging::{AfterClear, Intermediates, slot_bytes, touched_bytes};
use crate::pipeline::{ResolvedPipeline, ResolvedStep, ScratchBytes};

/// What the allocator and the threads' stacks take beside the images when work begins, measured
/// as the growth of a worker on one tiny combination.
const WORKING_BYTES: u64 = 1_000_000;

/// What an image or result takes beside its pixels while its combination is in hand (its key, its
/// place in lists, the event that tells of it), measured on 27,000 images of 16 x 16.
const BOOKKEEPING_BYTES: u64 = 512;

/// What is remembered of an image whose objects go into tables, until its well is done.
const TABLE_IMAGE_BYTES: u64 = 256;

/// What an image of the plan takes in the worker beside its path, and what a combination takes.
const PLANNED_IMAGE_BYTES: u64 = 192;
const PLANNED_COMBINATION_BYTES: u64 = 1024;

/// What a run is expected to need at its fullest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// The most source images in memory at once.
    pub images_at_once: usize,
    /// The most pixel bytes of source images in memory at once.
    #[serde(default)]
    pub input_bytes: u64,
    /// Counted peak: exact pixel bytes.
    pub counted_bytes: u64,
    /// The same with every image rounded up to whole memory pages.
    pub mapped_bytes: u64,
    /// Memory beside the images: of the threads for decoding, steps and encoding, for keeping account of
    /// the images, and for flat and dark images that were given.
    pub scratch_bytes: u64,
    /// Of these, what the threads keep from one image and group to the next: exact for a run in which each
    /// buffer grows as far as it may.
    #[serde(default)]
    pub buffer_bytes: u64,
    /// What the files that steps were given may take while they are read, before there are any images: no more of them
    /// is read.
    #[serde(default)]
    pub given_bytes: u64,
    /// Memory of the plan in the worker, which has a few combinations of it at a time.
    pub plan_bytes: u64,
    /// Upper bound of the worker's resident memory, where its resting memory is known.
    pub rss_bytes: Option<u64>,
}

impl Forecast {
    /// The forecast of a run: its fullest moment counts.
    pub(crate) fn of(combinations: &[CombinationPlan], spec: &RunSpec, pipeline: &ResolvedPipeline) -> Self {
        let mut forecast = Self::default();
        let mut plans = combinations.iter().map(plan_bytes).collect::<Vec<_>>();
        let mut scratch = ScratchNeeds::default();
        let (mut standing, mut reading, mut bookkeeping) = (0, 0, 0);
        // Images in tables since the wells at hand began.
        let (mut in_tables, mut most_in_tables) = (0, 0);
        // Memory that is kept: of each of the two rooms that take turns when images are read ahead.
        let mut kept = [0_u64; 2];
        let mut next = combinations.first().map(|first| Needs::of(first, spec, pipeline, &mut scratch));
        for (combination_index, combination) in combinations.iter().enumerate() {
            let Some(here) = next.take() else { break };
            next = combinations
                .get(combination_index + 1)
                .map(|next| Needs::of(next, spec, pipeline, &mut scratch));
            in_tables = if combination.begins.is_empty() { in_tables } else { 0 } + here.in_tables;
            most_in_tables = most_in_tables.max(in_tables);
            let ahead = next.as_ref().filter(|_| spec.read_ahead);
            let of_next = |amount: fn(&Needs) -> u64| ahead.map_or(0, amount);
            let images_ahead = ahead.map_or(0, |next| next.images);
            forecast.images_at_once = forecast.images_at_once.max(here.images + images_ahead);
            let input = here.counted.loaded + of_next(|next| next.counted.loaded);
            forecast.input_bytes = forecast.input_bytes.max(input);
            forecast.counted_bytes =
                forecast.counted_bytes.max(here.counted.peak + of_next(|next| next.counted.loaded));
            let touched =
                |level: &StoreFill, bytes: u64| touched_bytes(bytes, level.total, spec.returns_early());
            let mapped_ahead = ahead.map_or(0, |next| touched(&next.mapped, next.mapped.loaded));
            forecast.mapped_bytes =
                forecast.mapped_bytes.max(touched(&here.mapped, here.mapped.peak) + mapped_ahead);
            bookkeeping = bookkeeping.max(here.bookkeeping_bytes + of_next(|next| next.bookkeeping_bytes));
            standing = standing.max(here.standing_bytes);
            reading = reading.max(here.reading_bytes);
            let room = &mut kept[if spec.read_ahead { combination_index % 2 } else { 0 }];
            *room = (*room).max(here.mapped.total);
        }
        forecast.buffer_bytes = scratch.kept_bytes();
        forecast.scratch_bytes = scratch.total_bytes() + bookkeeping + WORKING_BYTES;
        forecast.scratch_bytes += standing + most_in_tables * TABLE_IMAGE_BYTES;
        if spec.after_clear == AfterClear::Keep {
            forecast.mapped_bytes = kept.iter().sum();
        }
        // The worker has the one at hand, the next, and with reading ahead the one after that.
        plans.extend([0, 0]);
        forecast.plan_bytes = plans.windows(3).map(|three| three.iter().sum()).max().unwrap_or(0);
        // Of small images, what is given may be the most that there ever is.
        forecast.given_bytes = reading;
        forecast.scratch_bytes += reading.saturating_sub(forecast.above_resting_bytes());
        forecast
    }

    /// The same forecast for a worker that rests at this.
    #[must_use]
    pub fn with_resting(mut self, resting_rss_bytes: Option<u64>) -> Self {
        self.rss_bytes = resting_rss_bytes.map(|resting| resting + self.above_resting_bytes());
        self
    }

    /// What is compared with a budget: the resident peak; where resting memory is unknown, what comes on
    /// top of it, which is the least that is needed.
    pub(crate) fn needed_bytes(&self) -> u64 {
        self.rss_bytes.unwrap_or_else(|| self.above_resting_bytes())
    }

    /// Upper bound of what the run adds to the worker's resting memory.
    pub fn above_resting_bytes(&self) -> u64 {
        self.mapped_bytes + self.scratch_bytes + self.plan_bytes
    }
}

fn plan_bytes(combination: &CombinationPlan) -> u64 {
    let paths: u64 = combination.images.iter().map(|image| image.source.file_name().len() as u64).sum();
    let missing: usize = combination.begins.iter().map(|well| well.missing.len()).sum();
    let images = (combination.images.len() + combination.missing.len() + missing) as u64;
    paths + images * PLANNED_IMAGE_BYTES + PLANNED_COMBINATION_BYTES
}

/// What one combination needs.
struct Needs {
    images: usize,
    counted: StoreFill,
    mapped: StoreFill,
    bookkeeping_bytes: u64,
    /// Of all steps, as long as the run lasts.
    standing_bytes: u64,
    /// Of all steps, before the first combination.
    reading_bytes: u64,
    /// Images whose objects go into tables.
    in_tables: u64,
}

impl Needs {
    /// Also adds what its phases need of the threads' scratch.
    fn of(
        combination: &CombinationPlan,
        spec: &RunSpec,
        pipeline: &ResolvedPipeline,
        scratch: &mut ScratchNeeds,
    ) -> Self {
        let mut items = combination.items();
        let images = items.iter().filter(|item| item.format.is_some()).count();
        let reading = combination.images.iter().map(|image| image.decode_scratch_bytes).max();
        let readings = Readings::of(&combination.images).work(&combination.images).count();
        scratch.read(in_hand(readings, spec.threads), reading.unwrap_or(0));
        let mut accounted = combination.images.len() + combination.missing.len();
        let slot_bytes_of = |format: ImageFormat| slot_bytes(format.bytes(), spec.returns_early());
        let mut counted = StoreFill::of(&items, ImageFormat::bytes);
        let mut mapped = StoreFill::of(&items, slot_bytes_of);
        let (mut standing_bytes, mut reading_bytes, mut in_tables) = (0, 0, 0);
        for step in pipeline.steps() {
            let groups = groups(step, &items);
            let worked_on = groups.iter().filter(|group| group.has_result());
            let inputs = worked_on.clone().flat_map(|group| &group.inputs);
            let formats = inputs.filter_map(|index| items[*index].format);
            let needed = formats.map(|input| step.scratch_bytes(input)).reduce(ScratchBytes::larger);
            scratch.step(in_hand(worked_on.clone().count(), spec.threads), needed.unwrap_or_default());
            let formats = items.iter().filter_map(|item| item.format);
            standing_bytes += formats.clone().map(|input| step.standing_bytes(input)).max().unwrap_or(0);
            reading_bytes += formats.map(|input| step.reading_bytes(input)).max().unwrap_or(0);
            if spec.keeps_below(step) {
                let below = items.iter().filter_map(|item| item.format);
                let needed = below.map(|format| spec.saving_scratch_bytes(format)).max();
                scratch.save(in_hand(worked_on.count(), spec.threads), needed.unwrap_or(0));
            }
            counted.step(step, &items, &groups, spec, ImageFormat::bytes);
            mapped.step(step, &items, &groups, spec, slot_bytes_of);
            items = results(&groups);
            accounted += items.len();
            in_tables += if step.step().finds_objects() { items.len() as u64 } else { 0 };
            if step.keep_images() {
                let saved = items.iter().filter_map(|item| item.format);
                let needed = saved.clone().map(|format| spec.saving_scratch_bytes(format)).max();
                scratch.save(in_hand(saved.count(), spec.threads), needed.unwrap_or(0));
            }
        }
        Self {
            images,
            counted,
            mapped,
            bookkeeping_bytes: accounted as u64 * BOOKKEEPING_BYTES,
            standing_bytes,
            reading_bytes,
            in_tables,
        }
    }
}

/// How full the store is, in one measure of an image's size.
struct StoreFill {
    /// With all images preloaded.
    loaded: u64,
    now: u64,
    peak: u64,
    /// All that was ever allocated in the combination.
    total: u64,
}

impl StoreFill {
    fn of(items: &[Item], size: impl Fn(ImageFormat) -> u64) -> Self {
        let now = items.iter().filter_map(|item| item.format).map(size).sum();
        Self { loaded: now, now, peak: now, total: now }
    }

    /// A step (rules 2 and 3).
    fn step(
        &mut self,
        step: &ResolvedStep,
        items: &[Item],
        groups: &[Group],
        spec: &RunSpec,
        size: impl Fn(ImageFormat) -> u64,
    ) {
        let reserved: Vec<u64> = reservations(step, groups, spec.threads).into_iter().map(&size).collect();
        let reserved_bytes: u64 = reserved.iter().sum();
        self.total += reserved_bytes;
        if spec.intermediates == Intermediates::Hold {
            self.now += reserved_bytes;
            self.peak = self.peak.max(self.now);
            return;
        }
        let order = execution_order(groups);
        let in_hand = in_hand(order.len(), spec.threads);
        self.peak = self.peak.max(self.now + reserved.iter().take(in_hand).sum::<u64>());
        let input_bytes = |group_index: usize| -> u64 {
            groups[group_index].inputs.iter().filter_map(|input| items[*input].format).map(&size).sum()
        };
        let idle: u64 =
            (0..groups.len()).filter(|group_index| !groups[*group_index].has_result()).map(input_bytes).sum();
        self.now -= idle;
        if step.step().works_in_place() {
            return;
        }
        // At the start: all inputs and the first results. Later, while groups are in hand, those
        // that are finished have given their inputs back; the worst case is that the groups with
        // the largest inputs are the ones still in hand.
        let mut level = self.now;
        let mut held: Vec<u64> = Vec::with_capacity(in_hand + 1);
        for (group_index, result) in order.into_iter().zip(&reserved) {
            held.push(input_bytes(group_index));
            level += result;
            if held.len() > in_hand {
                let (smallest, _) =
                    held.iter().enumerate().min_by_key(|(_, bytes)| **bytes).unwrap_or((0, &0));
                level -= held.swap_remove(smallest);
            }
            self.peak = self.peak.max(level);
        }
        self.now = reserved_bytes;
    }
}
