//! The phases of one combination after its images are in memory: steps, save, clear.
//!
//! What is in memory at each moment follows the rules in [`crate::plan`]'s forecast; both use the
//! same groups in the same order.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rayon::prelude::*;

use super::context::{Context, Doing, Progress, RunError, locked};
use super::event::EventKind;
use super::load::Loaded;
use super::save::save;
use crate::image::{ImageFormat, ImageRef};
use crate::memory::{Room, Store, StoreError, StoredImage};
use crate::pipeline::{PipelineSpec, Step, StepError, StepNote};
use crate::plan::{CombinationPlan, Group, Intermediates, Item, execution_order, groups};

/// One combination on its way.
pub(super) struct Phases<'a> {
    context: &'a Context<'a>,
    combination: CombinationPlan,
    room: Room,
    /// The images as the next step finds them, sorted by key, with their memory.
    items: Vec<Item>,
    images: Vec<Option<StoredImage>>,
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
        let mut phases = Self { context, combination, room, items, images, held: Vec::new() };
        let result = result.and_then(|()| phases.steps(store));
        phases.clear(store, high_water).and(result)
    }

    fn steps(&mut self, store: &Store) -> Result<(), RunError> {
        let saved: Vec<usize> = self.context.plan.saved_steps().collect();
        for place in 0..self.context.plan.spec.pipeline.steps.len() {
            self.step(store, place)?;
            if saved.contains(&place) {
                self.save(place)?;
            }
        }
        Ok(())
    }

    fn step(&mut self, store: &Store, place: usize) -> Result<(), RunError> {
        let context = self.context;
        let Some(step) = context.plan.spec.pipeline.steps.get(place).map(|step| &step.step) else {
            return Ok(());
        };
        let groups = groups(step, &self.items);
        let order = execution_order(&groups);
        let id = self.combination.id.clone();
        let began = Instant::now();
        context.teller.tell(EventKind::StepStarted {
            combination: id.clone(),
            step: place,
            name: step.name().to_owned(),
            groups: order.len(),
        });
        for group in &groups {
            if let Err(error) = &group.output {
                let path = context.plan.plate_root.clone();
                context.fail(group.key, path, format!("{} is withheld: {error}", group.key));
            }
        }
        let images_in = order.iter().map(|place| groups[*place].inputs.len()).sum();
        let work = StepWork {
            phases: self,
            store,
            step,
            place,
            groups: &groups,
            order: &order,
            progress: Progress::new(),
        };
        let (notes, images, held) = if step.works_in_place() { work.in_place()? } else { work.into_new()? };
        self.images = images;
        self.held.extend(held);
        self.items =
            groups.iter().map(|group| Item { key: group.key, format: group.output_format() }).collect();
        if notes.saturated_samples > 0 {
            context.teller.tell(EventKind::Warning {
                why: format!(
                    "{id} · {step}: {} pixels were too bright for the image type and were held at its highest value.",
                    notes.saturated_samples
                ),
            });
        }
        context.sample(store);
        context.teller.tell(EventKind::StepDone {
            combination: id,
            step: place,
            images_in,
            images_out: self.images.iter().flatten().count(),
            secs: began.elapsed().as_secs_f64(),
        });
        Ok(())
    }

    fn save(&self, place: usize) -> Result<(), RunError> {
        let images: Vec<(&Item, &StoredImage)> = self
            .items
            .iter()
            .zip(&self.images)
            .filter_map(|(item, image)| Some((item, image.as_ref()?)))
            .collect();
        save(self.context, &self.combination.id, place, &images)
    }

    fn clear(self, store: &mut Store, high_water: bool) -> Result<(), RunError> {
        let Self { context, room, .. } = self;
        let rss_before = context.rss();
        let bytes = store.counted_bytes();
        let images = self.images.iter().flatten().count() + self.held.len();
        room.prepare_clear();
        drop((self.images, self.held));
        store.clear(room)?;
        let after = context.probe.resident();
        context.sample(store);
        context.teller.tell(EventKind::Cleared {
            combination: self.combination.id.clone(),
            images,
            bytes,
            rss_before,
            rss_after: after.map(|resident| resident.rss_bytes),
            scratch_bytes: context.scratch.bytes(),
            rss_peak: if high_water { context.probe.high_water_bytes() } else { None },
            counted_peak: store.take_counted_peak(),
            anonymous_after: after.and_then(|resident| resident.anonymous_bytes),
        });
        Ok(())
    }
}

/// The formats of every image and every result of a combination.
pub(super) fn formats(combination: &CombinationPlan, pipeline: &PipelineSpec) -> Vec<ImageFormat> {
    let mut items = combination.items();
    let mut formats: Vec<ImageFormat> = items.iter().filter_map(|item| item.format).collect();
    for step in &pipeline.steps {
        let groups = groups(&step.step, &items);
        items = groups.iter().map(|group| Item { key: group.key, format: group.output_format() }).collect();
        if !step.step.works_in_place() {
            formats.extend(items.iter().filter_map(|item| item.format));
        }
    }
    formats
}

/// One step on the groups of a combination.
struct StepWork<'p, 'a> {
    phases: &'p mut Phases<'a>,
    store: &'p Store,
    step: &'p Step,
    place: usize,
    groups: &'p [Group],
    order: &'p [usize],
    progress: Progress,
}

/// What a step leaves: its notes, its results in the order of the groups, and what is held.
type StepResult = (StepNote, Vec<Option<StoredImage>>, Vec<StoredImage>);

impl StepWork<'_, '_> {
    fn one_done(&self) {
        let context = self.phases.context;
        self.progress.one_done(|done| {
            context.teller.tell(EventKind::Stepping {
                combination: self.phases.combination.id.clone(),
                step: self.place,
                done,
                of: self.order.len(),
            });
        });
    }

    fn in_place(self) -> Result<StepResult, RunError> {
        let context = self.phases.context;
        let mut images = std::mem::take(&mut self.phases.images);
        let work = &self;
        let items = &self.phases.items;
        let one = |(item, image): (&Item, &mut Option<StoredImage>)| -> Result<StepNote, RunError> {
            let Some(image) = image else { return Ok(StepNote::default()) };
            context.cancel.check()?;
            context.begin(Doing::Step { step: work.place, key: item.key });
            let mut scratch = context.scratch.borrow();
            let note = work.step.run_in_place(image.view_mut(), &mut scratch.step, context.cancel);
            let note = note.map_err(run_error)?;
            work.one_done();
            Ok(note)
        };
        let notes: Vec<StepNote> = context.pool.install(|| {
            let images = items.par_iter().zip(&mut images).with_max_len(1);
            images.map(one).collect::<Result<_, RunError>>()
        })?;
        Ok((sum(&notes), images, Vec::new()))
    }

    /// Results in memory of their own. One result is reserved for each thread before any input is
    /// released; a thread reserves the next only after it has released its inputs.
    fn into_new(self) -> Result<StepResult, RunError> {
        let context = self.phases.context;
        let inputs: Vec<Mutex<Option<StoredImage>>> =
            std::mem::take(&mut self.phases.images).into_iter().map(Mutex::new).collect();
        let in_hand = context.plan.spec.threads.max(1).min(self.order.len());
        let reserve = |place: usize| self.phases.room.allocate(result_format(&self.groups[place])?);
        let first: Vec<StoredImage> =
            self.order[..in_hand].iter().map(|place| reserve(*place)).collect::<Result<_, StoreError>>()?;
        context.sample(self.store);
        let holds = context.plan.spec.intermediates == Intermediates::Hold;
        let held: Mutex<Vec<StoredImage>> = Mutex::default();
        let put_aside = |images: Vec<StoredImage>| {
            if holds {
                locked(&held).extend(images);
            }
        };
        // Inputs of results that are withheld have no further use.
        for group in self.groups.iter().filter(|group| group.output_format().is_none()) {
            put_aside(take_all(&inputs, group));
        }
        let next = AtomicUsize::new(in_hand);
        let results: Vec<Mutex<Option<StoredImage>>> = self.groups.iter().map(|_| Mutex::default()).collect();
        let thread = |(nth, mut result): (usize, StoredImage)| -> Result<StepNote, RunError> {
            let mut notes = StepNote::default();
            let mut place = self.order[nth];
            loop {
                context.cancel.check()?;
                context.begin(Doing::Step { step: self.place, key: self.groups[place].key });
                let images = take_all(&inputs, &self.groups[place]);
                {
                    let views: Vec<ImageRef<'_>> = images.iter().map(StoredImage::view).collect();
                    let mut scratch = context.scratch.borrow();
                    let note = self.step.run(&views, result.fresh_mut(), &mut scratch.step, context.cancel);
                    notes.saturated_samples += note.map_err(run_error)?.saturated_samples;
                }
                *locked(&results[place]) = Some(result);
                put_aside(images);
                self.one_done();
                let Some(following) = self.order.get(next.fetch_add(1, Ordering::Relaxed)) else {
                    return Ok(notes);
                };
                place = *following;
                result = reserve(place)?;
            }
        };
        let notes: Vec<StepNote> = context.pool.install(|| {
            first
                .into_iter()
                .enumerate()
                .collect::<Vec<_>>()
                .into_par_iter()
                .with_max_len(1)
                .map(thread)
                .collect::<Result<_, RunError>>()
        })?;
        let images =
            results.into_iter().map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner));
        let held = held.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok((sum(&notes), images.collect(), held))
    }
}

fn result_format(group: &Group) -> Result<ImageFormat, StoreError> {
    group.output_format().ok_or(StoreError::NotReserved { bytes: 0 })
}

fn take_all(images: &[Mutex<Option<StoredImage>>], group: &Group) -> Vec<StoredImage> {
    group.inputs.iter().filter_map(|place| locked(&images[*place]).take()).collect()
}

fn sum(notes: &[StepNote]) -> StepNote {
    StepNote { saturated_samples: notes.iter().map(|note| note.saturated_samples).sum() }
}

/// A cancelled step is a cancelled run.
fn run_error(error: StepError) -> RunError {
    match error {
        StepError::Cancelled(cancelled) => RunError::Cancelled(cancelled),
        mixed @ StepError::MixedFormats { .. } => RunError::Step(mixed),
    }
}
