//! The phases of one combination after its images are in memory: steps, save, clear.
//!
//! What is in memory at each moment follows the rules in [`crate::plan`]'s forecast; both use the
//! same groups in the same order.

use std::collections::HashSet;

use super::context::Context;
use super::error::RunError;
use super::faults;
use super::load::Loaded;
use super::save::save;
use super::saving::Saving;
use super::stepping::{StepWork, Stepped};
use crate::events::EventKind;
use crate::image::ImageFormat;
use crate::memory::{Room, Store, StoredImage};
use crate::plan::{CombinationPlan, Item, Plan, execution_order, groups, made, reservations, results};
use crate::plate::{ImageKey, Lack};

/// One combination on its way.
pub(super) struct Phases<'a> {
    context: &'a Context<'a>,
    combination: CombinationPlan,
    room: Room,
    /// The images as the plan has them before the next step, sorted by key. What is missing or failed changes
    /// nothing of them, so that groups, and what is reserved for them, stay those of the plan.
    items: Vec<Item>,
    /// Those that are there, in the same order: never one that the plan does not have.
    images: Vec<Option<StoredImage>>,
    /// What labels name objects of, in the same order.
    over: Vec<Option<ImageFormat>>,
    /// Images that are done with but held until the clear.
    held: Vec<StoredImage>,
}

impl<'a> Phases<'a> {
    /// Does the steps, saves, and clears. The clear is done, and told, even where a phase ended early.
    pub(super) fn run(
        context: &'a Context<'a>,
        store: &mut Store,
        loaded: Loaded,
        high_water: bool,
    ) -> Result<(), RunError> {
        let Loaded { combination, room, items, images, result } = loaded;
        let mut phases =
            Self { context, combination, room, items, images, over: Vec::new(), held: Vec::new() };
        let result = result.and_then(|()| phases.steps(store));
        phases.clear(store, high_water).and(result)
    }

    fn steps(&mut self, store: &Store) -> Result<(), RunError> {
        let saved: Vec<usize> = self.context.plan.saved_steps().collect();
        for step_index in 0..self.context.plan.pipeline.steps().len() {
            self.step(store, step_index)?;
            if saved.contains(&step_index) {
                self.save(step_index)?;
            }
        }
        Ok(())
    }

    fn step(&mut self, store: &Store, step_index: usize) -> Result<(), RunError> {
        let context = self.context;
        let Some(step) = context.plan.pipeline.steps().get(step_index) else { return Ok(()) };
        let groups = groups(step, &self.items);
        let is_there = |input: &usize| self.images[*input].is_some();
        let worked_on = groups.iter().filter(|group| group.is_workable(step, is_there));
        let id = self.combination.id.clone();
        let began = context.emitter.clock().secs();
        context.sampler.next_phase();
        context.emitter.emit(EventKind::StepStarted {
            combination: id.clone(),
            step: step_index,
            name: step.step().name().to_owned(),
            groups: groups.iter().filter(|group| group.has_result()).count(),
        });
        faults::tell(context, &self.combination, step_index, &self.items, &groups, is_there);
        let images_in = worked_on.flat_map(|group| &group.inputs).filter(|input| is_there(input)).count();
        let images = std::mem::take(&mut self.images);
        let work = StepWork {
            context,
            combination: &self.combination,
            room: &self.room,
            step,
            step_index,
            items: &self.items,
            groups: &groups,
        };
        let Stepped { note, images, held } = work.run(images, || context.sample(store))?;
        self.images = images;
        self.held.extend(held);
        let made = made(step, &groups, &self.items);
        self.over = made.iter().map(|made| made.over).collect();
        self.items = made.into_iter().map(|made| made.item).collect();
        self.tell_tables(step_index)?;
        for sentence in note.sentences() {
            let id = id.words(&context.plan.facts.channel_names);
            let why = format!("{id} · {}: {sentence}", step.step());
            context.emitter.emit(EventKind::Warning { why });
        }
        context.sample(store);
        context.emitter.emit(EventKind::StepDone {
            combination: id,
            step: step_index,
            images_in,
            images_out: self.images.iter().flatten().count(),
            secs: context.emitter.clock().secs() - began,
        });
        Ok(())
    }

    /// Tells the tables of a step of the images that were to be there.
    fn tell_tables(&self, step_index: usize) -> Result<(), RunError> {
        let context = self.context;
        if !context.tables.are_of(step_index) {
            return Ok(());
        }
        let missing = self.combination.missing.iter();
        let missing: HashSet<ImageKey> =
            missing.map(|key| context.plan.result_after(step_index, *key)).collect();
        for (item, _) in self.items.iter().zip(&self.images).filter(|(_, image)| image.is_none()) {
            let lack = if missing.contains(&item.key) { Lack::Missing } else { Lack::Failed };
            context.tables.add_absent(step_index, item.key, lack)?;
        }
        Ok(())
    }

    fn save(&self, step_index: usize) -> Result<(), RunError> {
        let items = self.items.iter().zip(&self.over).zip(&self.images);
        let images: Vec<Saving<'_>> = items
            .filter_map(|((item, over), image)| Some(Saving { item, over: *over, image: image.as_ref()? }))
            .collect();
        let planned = self.items.iter().filter(|item| item.format.is_some()).count();
        self.context.sampler.next_phase();
        save(self.context, &self.combination, step_index, &images, planned)
    }

    fn clear(self, store: &mut Store, high_water: bool) -> Result<(), RunError> {
        let Self { context, room, .. } = self;
        let rss_before = context.rss();
        let bytes = store.counted_bytes();
        let images = self.images.iter().flatten().count() + self.held.len();
        room.prepare_clear();
        drop((self.images, self.held));
        store.clear(room)?;
        if context.plan.spec.returns_after_clear() {
            context.reading.release();
        }
        context.sampler.next_phase();
        let after = context.probe.resident();
        context.sample(store);
        context.emitter.emit(EventKind::Cleared {
            combination: self.combination.id.clone(),
            images,
            bytes,
            rss_before,
            rss_after: after.map(|resident| resident.rss_bytes),
            scratch_bytes: context.scratch_bytes(),
            rss_peak: if high_water { context.probe.high_water_bytes() } else { None },
            counted_peak: store.take_counted_peak(),
            anonymous_after: after.and_then(|resident| resident.anonymous_bytes),
        });
        Ok(())
    }
}

/// The formats of every image of a combination and of all that its steps reserve.
pub(super) fn formats(combination: &CombinationPlan, plan: &Plan) -> Vec<ImageFormat> {
    let mut items = combination.items();
    let mut formats: Vec<ImageFormat> = items.iter().filter_map(|item| item.format).collect();
    for step in plan.pipeline.steps() {
        let groups = groups(step, &items);
        formats.extend(reservations(step, &groups, &execution_order(&groups), plan.spec.threads));
        items = results(&groups);
    }
    formats
}
