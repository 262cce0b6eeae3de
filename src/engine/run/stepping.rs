//! One step on the groups of a combination, dealt out to the threads.
//!
//! What is reserved, and when, follows [`crate::plan`]'s schedule. As many groups are in hand at once as
//! there are threads, also while a step shares the work on one group among threads: so there is never
//! more scratch in use than was announced.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::activity::Activity;
use super::context::Context;
use super::error::RunError;
use super::faults;
use super::save::save_below;
use super::throttle::Throttle;
use crate::engine::lock::locked;
use crate::events::EventKind;
use crate::image::{ImageMut, ImageRef};
use crate::memory::{Room, StoreError, StoredImage};
use crate::pipeline::{GroupImages, Held, ResolvedStep, Scratch, StepNote, apply};
use crate::plan::{CombinationPlan, Group, Intermediates, Item, execution_order, in_hand};

/// A step with what it works on.
pub(super) struct StepWork<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) combination: &'a CombinationPlan,
    pub(super) room: &'a Room,
    pub(super) step: &'a ResolvedStep,
    /// Index of the step in the pipeline, from 0.
    pub(super) step_index: usize,
    /// The images as the plan has them before the step.
    pub(super) items: &'a [Item],
    pub(super) groups: &'a [Group],
}

/// What a step leaves.
pub(super) struct Stepped {
    pub(super) note: StepNote,
    /// The results that were made, in the order of [`crate::plan::results`].
    pub(super) images: Vec<Option<StoredImage>>,
    /// What is done with but held until the clear.
    pub(super) held: Vec<StoredImage>,
}

/// The memory of images that several threads take from and put into.
type Slots = [Mutex<Option<StoredImage>>];

impl StepWork<'_> {
    /// Does the step to those images that are there. `on_reserved` is called when all is reserved that the step
    /// begins with.
    pub(super) fn run(
        &self,
        images: Vec<Option<StoredImage>>,
        on_reserved: impl FnOnce(),
    ) -> Result<Stepped, RunError> {
        let plan = self.context.plan;
        let planned = execution_order(self.groups);
        let is_there = |input: &usize| images[*input].is_some();
        let is_workable = |group_index: &usize| self.groups[*group_index].is_workable(self.step, is_there);
        let order: Vec<usize> = planned.iter().copied().filter(is_workable).collect();
        let in_hand = in_hand(order.len(), plan.spec.threads);
        // Room was made for the workspaces of the groups that the plan begins with, none of which is
        // smaller than that of the group which has come into its place.
        let reserving = if self.step.step().works_in_place() { &planned } else { &order };
        let formats =
            reserving.iter().filter_map(|group_index| self.groups[*group_index].reserves).take(in_hand);
        let first = formats.map(|format| self.room.allocate(format).map(Some));
        let mut first = first.collect::<Result<Vec<_>, StoreError>>()?;
        first.resize_with(in_hand, || None);
        on_reserved();
        let idle: Vec<&Group> =
            self.groups.iter().filter(|group| !group.is_workable(self.step, is_there)).collect();
        let slots: Vec<_> = images.into_iter().map(Mutex::new).collect();
        let holds = plan.spec.intermediates == Intermediates::Hold;
        let aside = Aside { holds, held: Mutex::default() };
        // Inputs of results that are withheld have no further use.
        for group in idle {
            aside.put(take_all(&slots, group).into_iter().map(|(_, image)| image));
        }
        let results: Vec<_> = self.groups.iter().map(|_| Mutex::default()).collect();
        let note = self.each_group(&order, first, &slots, &results, &aside)?;
        let images = if self.step.step().works_in_place() { slots } else { results };
        let images = images.into_iter().map(into_inner).collect();
        Ok(Stepped { note, images, held: into_inner(aside.held) })
    }

    /// One group. Where the step makes a new image and nothing is reserved for it, that is reserved
    /// only now, when the thread has released the inputs of its group before.
    fn one_group(
        &self,
        group_index: usize,
        reserved: &mut Option<StoredImage>,
        scratch: &mut Scratch,
        slots: &Slots,
        results: &Slots,
        aside: &Aside,
    ) -> Result<StepNote, RunError> {
        let group = &self.groups[group_index];
        let (indices, images): (Vec<usize>, Vec<StoredImage>) = take_all(slots, group).into_iter().unzip();
        let members = indices.iter().map(|index| self.items[*index].placed()).collect();
        let images = GroupImages { members, images, reserves: group.reserves };
        let reserve = |format| self.room.allocate(format).map_err(RunError::from);
        let applied = match apply(self.step, images, reserved, reserve, scratch, self.context.cancel) {
            // What cannot be done to the images of a group costs their results and nothing else.
            Err(RunError::Step(error)) => {
                faults::tell_of_error(self.context, self.combination, self.step_index, group, &error);
                return Ok(StepNote::default());
            }
            applied => applied?,
        };
        if self.step.step().makes_labels() {
            for (index, image) in indices.iter().zip(&applied.spent) {
                save_below(self.context, self.step_index, self.items[*index].key, image.view())?;
            }
        }
        if let Some(found) = group.results.first().filter(|_| self.step.step().finds_objects()) {
            self.context.tables.add(self.step_index, found.placed(), scratch)?;
        }
        // Each image is its own result, or all have one.
        let in_place = self.step.step().works_in_place();
        let result_slots: Vec<_> = if in_place {
            indices.into_iter().map(|index| &slots[index]).collect()
        } else {
            vec![&results[group_index]]
        };
        if result_slots.len() != applied.results.len() {
            return Err(RunError::Fault);
        }
        for (slot, result) in result_slots.into_iter().zip(applied.results) {
            *locked(slot) = Some(result);
        }
        aside.put(applied.spent);
        Ok(applied.note)
    }

    /// Has as many tasks as groups are in hand at once take one group after the other. Each task has what
    /// was reserved for its first group. A workspace serves one group after the other: those that follow
    /// need no larger one; it is done with at the end.
    fn each_group(
        &self,
        order: &[usize],
        reserved: Vec<Option<StoredImage>>,
        slots: &Slots,
        results: &Slots,
        aside: &Aside,
    ) -> Result<StepNote, RunError> {
        let next = AtomicUsize::new(reserved.len());
        let progress = Throttle::new();
        let planned = self.groups.iter().filter(|group| group.has_result()).count();
        let withheld = planned - order.len();
        let task = |(nth, mut reserved): (usize, Option<StoredImage>)| {
            let mut note = StepNote::default();
            let mut turn = Some(nth);
            let mut scratch = self.context.stepping.take(nth);
            while let Some(group_index) = turn.take().and_then(|turn| order.get(turn)) {
                self.context.cancel.check()?;
                if let Some(result) = self.groups[*group_index].results.first() {
                    self.context.begin(Activity::Step { step: self.step_index, key: result.key });
                }
                note += self.one_group(*group_index, &mut reserved, &mut scratch, slots, results, aside)?;
                progress.finish_one(|done| self.emit(withheld + done, planned));
                turn = Some(next.fetch_add(1, Ordering::Relaxed));
            }
            Ok((note, reserved))
        };
        let tasks: Vec<_> = reserved.into_iter().enumerate().collect();
        let done = self.context.pool.install(|| {
            tasks.into_par_iter().with_max_len(1).map(task).collect::<Result<Vec<_>, RunError>>()
        })?;
        let mut note = StepNote::default();
        for (more, reserved) in done {
            note += more;
            aside.put(reserved);
        }
        Ok(note)
    }

    fn emit(&self, done: usize, of: usize) {
        let combination = self.combination.id.clone();
        self.context.emitter.emit(EventKind::Stepping { combination, step: self.step_index, done, of });
    }
}

impl Held for StoredImage {
    fn view(&self) -> ImageRef<'_> {
        self.view()
    }

    fn view_mut(&mut self) -> ImageMut<'_> {
        self.view_mut()
    }

    fn fresh_mut(&mut self) -> ImageMut<'_> {
        self.fresh_mut()
    }
}

/// Where images go that are done with: they are held until the clear, or released at once.
struct Aside {
    holds: bool,
    held: Mutex<Vec<StoredImage>>,
}

impl Aside {
    fn put(&self, images: impl IntoIterator<Item = StoredImage>) {
        let images = images.into_iter();
        if self.holds { locked(&self.held).extend(images) } else { images.for_each(drop) }
    }
}

/// The images of a group that are there, with their indices.
fn take_all(slots: &Slots, group: &Group) -> Vec<(usize, StoredImage)> {
    group.inputs.iter().filter_map(|index| Some((*index, locked(&slots[*index]).take()?))).collect()
}

fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}
