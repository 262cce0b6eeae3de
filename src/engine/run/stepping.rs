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
use super::throttle::Throttle;
use crate::engine::lock::locked;
use crate::events::EventKind;
use crate::image::ImageMut;
use crate::memory::{Room, StoreError, StoredImage};
use crate::pipeline::{Input, Step, StepNote};
use crate::plan::{CombinationId, Group, Intermediates, Item, execution_order, in_hand};
use crate::plate::ImageKey;

/// A step with what it works on.
pub(super) struct StepWork<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) combination: &'a CombinationId,
    pub(super) room: &'a Room,
    pub(super) step: &'a Step,
    /// Place of the step in the pipeline.
    pub(super) place: usize,
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
    /// Does the step to those images that are there. `begun` is called when all is reserved that the step
    /// begins with.
    pub(super) fn run(
        &self,
        images: Vec<Option<StoredImage>>,
        begun: impl FnOnce(),
    ) -> Result<Stepped, RunError> {
        let plan = self.context.plan;
        let planned = execution_order(self.groups);
        let is_there = |input: &usize| images[*input].is_some();
        let is_workable = |place: &usize| self.groups[*place].is_workable(self.step, is_there);
        let order: Vec<usize> = planned.iter().copied().filter(is_workable).collect();
        let in_hand = in_hand(order.len(), plan.spec.threads);
        // Room was made for the workspaces of the groups that the plan begins with, none of which is
        // smaller than that of the group which has come into its place.
        let reserving = if self.step.works_in_place() { &planned } else { &order };
        let formats = reserving.iter().filter_map(|place| self.groups[*place].reserves).take(in_hand);
        let first = formats.map(|format| self.room.allocate(format).map(Some));
        let mut first = first.collect::<Result<Vec<_>, StoreError>>()?;
        first.resize_with(in_hand, || None);
        begun();
        let idle: Vec<&Group> =
            self.groups.iter().filter(|group| !group.is_workable(self.step, is_there)).collect();
        let slots: Vec<_> = images.into_iter().map(Mutex::new).collect();
        let holds = plan.spec.intermediates == Intermediates::Hold;
        let aside = Aside { holds, held: Mutex::default() };
        // Inputs of results that are withheld have no further use.
        for group in idle {
            aside.put(take_all(&slots, group).into_iter().map(|(_, image)| image));
        }
        let (note, images) = if self.step.works_in_place() {
            (self.in_place(&order, first, &slots, &aside)?, slots)
        } else {
            let results: Vec<_> = self.groups.iter().map(|_| Mutex::default()).collect();
            (self.new_images(&order, first, &slots, &results, &aside)?, results)
        };
        let images = images.into_iter().map(into_inner).collect();
        Ok(Stepped { note, images, held: into_inner(aside.held) })
    }

    /// Each image becomes its own result. A workspace serves one group after the other: those that follow
    /// need no larger one.
    fn in_place(
        &self,
        order: &[usize],
        workspaces: Vec<Option<StoredImage>>,
        slots: &Slots,
        aside: &Aside,
    ) -> Result<StepNote, RunError> {
        let one = |place: usize, workspace: &mut Option<StoredImage>| -> Result<StepNote, RunError> {
            let group = &self.groups[place];
            let mut images = take_all(slots, group);
            let keys: Vec<ImageKey> = images.iter().map(|(place, _)| self.items[*place].key).collect();
            let mut views: Vec<ImageMut<'_>> = images.iter_mut().map(|(_, image)| image.view_mut()).collect();
            let mut scratch = self.context.scratch.borrow();
            let workspace = match (workspace, group.reserves) {
                (Some(image), Some(format)) => image.fresh_mut().resized(format).bytes,
                _ => &mut [],
            };
            let note = self.step.run_in_place(
                &keys,
                &mut views,
                workspace,
                &mut scratch.step,
                self.context.cancel,
            )?;
            for (place, image) in images {
                *locked(&slots[place]) = Some(image);
            }
            Ok(note)
        };
        let (note, workspaces) = self.each_group(order, workspaces, one)?;
        aside.put(workspaces.into_iter().flatten());
        Ok(note)
    }

    /// One new image of each group. The first were reserved before any input is released; a thread reserves
    /// the next only after it has released its inputs.
    fn new_images(
        &self,
        order: &[usize],
        first: Vec<Option<StoredImage>>,
        slots: &Slots,
        results: &Slots,
        aside: &Aside,
    ) -> Result<StepNote, RunError> {
        let one = |place: usize, reserved: &mut Option<StoredImage>| -> Result<StepNote, RunError> {
            let group = &self.groups[place];
            let mut result = match (reserved.take(), group.reserves) {
                (Some(reserved), _) => reserved,
                (None, Some(format)) => self.room.allocate(format)?,
                (None, None) => return Err(RunError::Fault),
            };
            let images = take_all(slots, group);
            let inputs: Vec<Input<'_>> = images
                .iter()
                .map(|(place, image)| Input { key: self.items[*place].key, image: image.view() })
                .collect();
            let mut scratch = self.context.scratch.borrow();
            let note = self.step.run(&inputs, result.fresh_mut(), &mut scratch.step, self.context.cancel)?;
            if let Some(found) = group.results.first().filter(|_| self.step.finds_objects()) {
                self.context.tables.add(self.place, found.key, scratch.step.objects())?;
            }
            *locked(&results[place]) = Some(result);
            aside.put(images.into_iter().map(|(_, image)| image));
            Ok(note)
        };
        self.each_group(order, first, one).map(|(note, _)| note)
    }

    /// Has as many tasks as groups are in hand at once take one group after the other. Each task has what
    /// was reserved for its first group, and gives back what is left of it.
    fn each_group(
        &self,
        order: &[usize],
        reserved: Vec<Option<StoredImage>>,
        one: impl Fn(usize, &mut Option<StoredImage>) -> Result<StepNote, RunError> + Sync,
    ) -> Result<(StepNote, Vec<Option<StoredImage>>), RunError> {
        let next = AtomicUsize::new(reserved.len());
        let progress = Throttle::new();
        let task = |(nth, mut reserved): (usize, Option<StoredImage>)| {
            let mut note = StepNote::default();
            let mut turn = Some(nth);
            while let Some(place) = turn.take().and_then(|turn| order.get(turn)) {
                self.context.cancel.check()?;
                if let Some(result) = self.groups[*place].results.first() {
                    self.context.begin(Activity::Step { step: self.place, key: result.key });
                }
                note += one(*place, &mut reserved)?;
                progress.one_done(|done| self.emit(done, order.len()));
                turn = Some(next.fetch_add(1, Ordering::Relaxed));
            }
            Ok((note, reserved))
        };
        let tasks: Vec<_> = reserved.into_iter().enumerate().collect();
        let done = self.context.pool.install(|| {
            tasks.into_par_iter().with_max_len(1).map(task).collect::<Result<Vec<_>, RunError>>()
        })?;
        let mut note = StepNote::default();
        let left = done.into_iter().map(|(more, reserved)| {
            note += more;
            reserved
        });
        let left = left.collect();
        Ok((note, left))
    }

    fn emit(&self, done: usize, of: usize) {
        let combination = self.combination.clone();
        self.context.emitter.emit(EventKind::Stepping { combination, step: self.place, done, of });
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

/// The images of a group that are there, with their places.
fn take_all(slots: &Slots, group: &Group) -> Vec<(usize, StoredImage)> {
    group.inputs.iter().filter_map(|place| Some((*place, locked(&slots[*place]).take()?))).collect()
}

fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}
