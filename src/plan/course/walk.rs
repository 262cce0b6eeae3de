//! The walk through one combination: what each of its phases does to the store, by the rules that the engine follows
//! (see [`super::super::forecast`]), and what it costs beside the images. All that is forecast of a run is folded of
//! such walks.

use serde::{Deserialize, Serialize};

use crate::image::ImageFormat;
use crate::paging::{Intermediates, slot_bytes, touched_bytes};
use crate::pipeline::{ResolvedPipeline, ResolvedStep, ScratchBytes};
use crate::plan::readings::Readings;
use crate::plan::schedule::{Group, Item, execution_order, groups, in_hand, reservations, results};
use crate::plan::scratch::ScratchNeeds;
use crate::plan::{CombinationPlan, RunSpec, Work};

/// What a combination goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CoursePhase {
    /// Its images are read.
    Preload,
    /// A step, by its zero-based index.
    Step(usize),
    /// The results of a step, by its zero-based index, are saved.
    Save(usize),
    /// Its memory is given back.
    Clear,
}

/// How full memory is in a phase, in bytes of one measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fill {
    /// When it begins, with all that is reserved for its beginning.
    pub begins: u64,
    /// The least while it goes on.
    pub least: u64,
    /// The most while it goes on.
    pub most: u64,
    /// When it is over.
    pub after: u64,
}

/// A phase of a combination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plan) struct WalkedPhase {
    pub(in crate::plan) phase: CoursePhase,
    /// Images that it reads, takes or saves.
    pub(in crate::plan) images: usize,
    /// What is done in it, in the units in which progress is told: images read, groups worked on, results saved.
    pub(in crate::plan) units: u64,
    /// Exact pixel bytes.
    pub(in crate::plan) counted: Fill,
    /// Memory of the images in whole pages.
    pub(in crate::plan) mapped: Fill,
    /// What it takes of time.
    pub(in crate::plan) work: Work,
}

/// What a combination needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plan) struct Walk {
    /// Source images that can be read.
    pub(in crate::plan) images: usize,
    /// Images that the plan names, those that are missing and those that cannot be read, too.
    pub(in crate::plan) planned: usize,
    /// How many readings these are.
    pub(in crate::plan) readings: usize,
    /// In order.
    pub(in crate::plan) phases: Vec<WalkedPhase>,
    /// With all its images in memory: exact, and in whole pages.
    pub(in crate::plan) loaded: u64,
    pub(in crate::plan) mapped_loaded: u64,
    /// All memory that it ever takes, in whole pages.
    pub(in crate::plan) mapped_total: u64,
    /// Images and results, each of which something is remembered of.
    pub(in crate::plan) accounted: u64,
    /// Of all steps, as long as the run lasts.
    pub(in crate::plan) standing_bytes: u64,
    /// Of all steps, before the first combination.
    pub(in crate::plan) reading_bytes: u64,
    /// Images whose objects go into tables.
    pub(in crate::plan) in_tables: u64,
}

impl Fill {
    /// A level that stays.
    fn level(bytes: u64) -> Self {
        Self { begins: bytes, least: bytes, most: bytes, after: bytes }
    }

    /// From one level to another.
    fn from_to(begins: u64, after: u64) -> Self {
        Self { begins, least: begins.min(after), most: begins.max(after), after }
    }

    /// The same with each level changed, by what keeps their order.
    pub(crate) fn map(self, change: impl Fn(u64) -> u64) -> Self {
        let Self { begins, least, most, after } = self;
        Self { begins: change(begins), least: change(least), most: change(most), after: change(after) }
    }

    /// It and what follows it.
    pub(super) fn and(self, next: Self) -> Self {
        Self {
            begins: self.begins,
            least: self.least.min(next.least),
            most: self.most.max(next.most),
            after: next.after,
        }
    }
}

impl Walk {
    /// Goes through a combination, and adds what its phases need of the threads' scratch, but for reading.
    pub(in crate::plan) fn of(
        combination: &CombinationPlan,
        spec: &RunSpec,
        pipeline: &ResolvedPipeline,
        scratch: &mut ScratchNeeds,
    ) -> Self {
        let mut items = combination.items();
        let present = |items: &[Item]| items.iter().filter(|item| item.format.is_some()).count();
        let images = present(&items);
        let readings = Readings::of(&combination.images);
        let planned = combination.images.len() + combination.missing.len();
        let mut accounted = planned;
        let slot_bytes_of = |format: ImageFormat| slot_bytes(format.bytes(), spec.returns_early());
        let mut counted = StoreFill::of(&items, ImageFormat::bytes);
        let mut mapped = StoreFill::of(&items, slot_bytes_of);
        let (loaded, mapped_loaded) = (counted.now, mapped.now);
        let (mut standing_bytes, mut reading_bytes, mut in_tables) = (0, 0, 0);
        let mut phases = vec![WalkedPhase {
            phase: CoursePhase::Preload,
            images,
            units: combination.images.len() as u64,
            counted: Fill::from_to(0, loaded),
            mapped: Fill::from_to(0, mapped_loaded),
            work: Work::of_preload(combination, &readings, spec),
        }];
        let last = pipeline.steps().len().saturating_sub(1);
        for (step_index, step) in pipeline.steps().iter().enumerate() {
            let groups = groups(step, &items);
            let worked_on = groups.iter().filter(|group| group.has_result());
            let inputs = worked_on.flat_map(|group| &group.inputs);
            let formats = inputs.filter_map(|index| items[*index].format);
            let needed = formats.map(|input| step.scratch_bytes(input)).reduce(ScratchBytes::larger);
            let order = execution_order(&groups);
            let group_count = order.len();
            let reserves = reservations(step, &groups, &order, spec.threads);
            let dealt = Dealt { step, items: &items, groups: &groups, order: &order, reserves: &reserves };
            scratch.step(in_hand(group_count, spec.threads), needed.unwrap_or_default());
            let formats = items.iter().filter_map(|item| item.format);
            standing_bytes += formats.clone().map(|input| step.standing_bytes(input)).max().unwrap_or(0);
            reading_bytes += formats.map(|input| step.reading_bytes(input)).max().unwrap_or(0);
            if spec.keeps_below(step) {
                let below = items.iter().filter_map(|item| item.format);
                let needed = below.map(|format| spec.saving_scratch_bytes(format)).max();
                scratch.save(in_hand(group_count, spec.threads), needed.unwrap_or(0));
            }
            let (levels, _) = counted.step(&dealt, spec, ImageFormat::bytes);
            let (mapped_levels, touched) = mapped.step(&dealt, spec, slot_bytes_of);
            phases.push(WalkedPhase {
                phase: CoursePhase::Step(step_index),
                images: present(&items),
                units: group_count as u64,
                counted: levels,
                // What was written to stays, unless it goes back image by image.
                mapped: if spec.returns_early() { mapped_levels } else { touched },
                work: Work::of_step(&items, step, spec),
            });
            items = results(&groups);
            accounted += items.len();
            in_tables += if step.step().finds_objects() { items.len() as u64 } else { 0 };
            if step.keep_images() {
                let saved = items.iter().filter_map(|item| item.format);
                let needed = saved.clone().map(|format| spec.saving_scratch_bytes(format)).max();
                scratch.save(in_hand(saved.count(), spec.threads), needed.unwrap_or(0));
            }
            if step.keep_images() || step_index == last {
                let images = present(&items);
                let mapped = if spec.returns_early() { mapped.now } else { mapped.total };
                phases.push(WalkedPhase {
                    phase: CoursePhase::Save(step_index),
                    images,
                    units: images as u64,
                    counted: Fill::level(counted.now),
                    mapped: Fill::level(mapped),
                    work: Work::of_save(&items, step, spec),
                });
            }
        }
        let mapped_total = mapped.total;
        let touched = |bytes: u64| touched_bytes(bytes, mapped_total, spec.returns_early());
        for phase in &mut phases {
            phase.mapped = phase.mapped.map(touched);
        }
        phases.push(WalkedPhase {
            phase: CoursePhase::Clear,
            images: 0,
            units: 0,
            counted: Fill::level(0),
            mapped: Fill::level(0),
            work: Work::default(),
        });
        Self {
            images,
            planned,
            readings: readings.unpacked_bytes(&combination.images).count(),
            phases,
            loaded,
            mapped_loaded: touched(mapped_loaded),
            mapped_total,
            accounted: accounted as u64,
            standing_bytes,
            reading_bytes,
            in_tables,
        }
    }
}

/// A step as it is dealt out.
struct Dealt<'a> {
    step: &'a ResolvedStep,
    items: &'a [Item],
    groups: &'a [Group],
    /// The groups with a result, in the order in which they are worked on.
    order: &'a [usize],
    /// What it ever reserves, in that order.
    reserves: &'a [ImageFormat],
}

/// How full the store is, in one measure of an image's size.
struct StoreFill {
    now: u64,
    /// All that was ever allocated in the combination.
    total: u64,
}

impl StoreFill {
    /// With all images preloaded.
    fn of(items: &[Item], size: impl Fn(ImageFormat) -> u64) -> Self {
        let now = items.iter().filter_map(|item| item.format).map(size).sum();
        Self { now, total: now }
    }

    /// A step (rules 2 and 3): what is held, and what has been written to since the combination began.
    fn step(&mut self, dealt: &Dealt<'_>, spec: &RunSpec, size: impl Fn(ImageFormat) -> u64) -> (Fill, Fill) {
        let Dealt { step, items, groups, order, reserves } = *dealt;
        let reserved = || reserves.iter().copied().map(&size);
        let reserved_bytes: u64 = reserved().sum();
        let in_hand = in_hand(order.len(), spec.threads);
        let first: u64 = reserved().take(in_hand).sum();
        let touched = Fill::from_to(self.total + first, self.total + reserved_bytes);
        let begins = self.now + first;
        self.total += reserved_bytes;
        if spec.intermediates == Intermediates::Hold {
            self.now += reserved_bytes;
            return (Fill::from_to(begins, self.now), touched);
        }
        let input_bytes = |group_index: usize| -> u64 {
            groups[group_index].inputs.iter().filter_map(|input| items[*input].format).map(&size).sum()
        };
        let idle: u64 =
            (0..groups.len()).filter(|group_index| !groups[*group_index].has_result()).map(input_bytes).sum();
        self.now -= idle;
        if step.step().works_in_place() {
            return (Fill::from_to(begins, self.now), touched);
        }
        // At the start: all inputs and the first results. Later, while groups are in hand, those
        // that are finished have given their inputs back; the worst case is that the groups with
        // the largest inputs are the ones still in hand.
        let mut level = self.now;
        let mut most = begins;
        let mut held: Vec<u64> = Vec::with_capacity(in_hand + 1);
        for (group_index, result) in order.iter().zip(reserved()) {
            held.push(input_bytes(*group_index));
            level += result;
            if held.len() > in_hand {
                let (smallest, _) =
                    held.iter().enumerate().min_by_key(|(_, bytes)| **bytes).unwrap_or((0, &0));
                level -= held.swap_remove(smallest);
            }
            most = most.max(level);
        }
        self.now = reserved_bytes;
        (Fill { begins, least: begins.min(self.now), most, after: self.now }, touched)
    }
}
