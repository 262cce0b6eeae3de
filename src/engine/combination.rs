//! The phases of one combination: preload, steps, save, clear.
//!
//! What is in memory at each moment follows the rules in [`crate::plan`]'s forecast; both use the
//! same groups in the same order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use super::context::{Context, RunError, step_folder};
use super::event::{EventKind, OutputImage};
use crate::image::{Compression, ImageFormat, ImageRef, decode_into, write_tiff};
use crate::memory::{Room, Store, StoreError, StoredImage};
use crate::pipeline::{PipelineSpec, Step, StepError, StepNote};
use crate::plan::{CombinationPlan, Group, Intermediates, Item, PlannedImage, execution_order, groups};
use crate::plate::ImageKey;

/// Least time between two events of progress.
const PROGRESS_EVERY: Duration = Duration::from_millis(50);

/// One combination on its way.
pub(super) struct Phases<'a> {
    context: &'a Context<'a>,
    store: &'a mut Store,
    combination: &'a CombinationPlan,
    room: Room,
    /// The images as the next step finds them, sorted by key, with their memory.
    items: Vec<Item>,
    images: Vec<Option<StoredImage>>,
    /// Images that are done with but held until the clear.
    held: Vec<StoredImage>,
}

/// Tells progress, but not more often than it is of use.
struct Progress {
    done: AtomicUsize,
    told: Mutex<Instant>,
}

impl Progress {
    fn new() -> Self {
        Self { done: AtomicUsize::new(0), told: Mutex::new(Instant::now()) }
    }

    fn one_done(&self, tell: impl FnOnce(usize)) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Ok(mut told) = self.told.try_lock()
            && told.elapsed() >= PROGRESS_EVERY
        {
            *told = Instant::now();
            tell(done);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Phases<'a> {
    /// Does all phases. The clear is done, and told, even where a phase ended early.
    pub(super) fn run(
        context: &'a Context<'a>,
        store: &'a mut Store,
        combination: &'a CombinationPlan,
    ) -> Result<(), RunError> {
        context.cancel.check()?;
        let high_water = context.probe.reset_high_water();
        let room = store.begin(formats(combination, &context.plan.spec.pipeline))?;
        let mut phases = Self {
            context,
            store,
            combination,
            room,
            items: Vec::new(),
            images: Vec::new(),
            held: Vec::new(),
        };
        let result = phases.preload_and_steps();
        phases.clear(high_water).and(result)
    }

    fn preload_and_steps(&mut self) -> Result<(), RunError> {
        self.preload()?;
        let saved: Vec<usize> = self.context.plan.saved_steps().collect();
        for place in 0..self.context.plan.spec.pipeline.steps.len() {
            self.step(place)?;
            if saved.contains(&place) {
                self.save(place)?;
            }
        }
        Ok(())
    }

    fn preload(&mut self) -> Result<(), RunError> {
        let context = self.context;
        let id = &self.combination.id;
        let began = Instant::now();
        let rss_before = context.rss();
        let of = self.combination.images.len();
        let progress = Progress::new();
        context.teller.tell(EventKind::Preloading { combination: id.clone(), done: 0, of });
        let load = |planned: &PlannedImage| -> Result<Option<StoredImage>, RunError> {
            context.cancel.check()?;
            let image = self.load(planned)?;
            progress.one_done(|done| {
                context.teller.tell(EventKind::Preloading { combination: id.clone(), done, of });
            });
            Ok(image)
        };
        let images: Vec<Option<StoredImage>> = context
            .pool
            .install(|| self.combination.images.par_iter().map(load).collect::<Result<_, RunError>>())?;
        // Keys are sorted in both lists, so each stored image finds the item with its key.
        let mut loaded = self.combination.images.iter().map(|planned| planned.key).zip(images).peekable();
        let mut items = self.combination.items();
        self.images = items
            .iter_mut()
            .map(|item| {
                let image = loaded.next_if(|(key, _)| *key == item.key).and_then(|(_, image)| image);
                item.format = image.as_ref().map(StoredImage::format);
                image
            })
            .collect();
        self.items = items;
        context.sample(self.store);
        context.teller.tell(EventKind::Preloaded {
            combination: id.clone(),
            images: self.images.iter().flatten().count(),
            bytes: self.store.counted_bytes(),
            secs: began.elapsed().as_secs_f64(),
            rss_before,
            rss_after: context.rss(),
        });
        Ok(())
    }

    /// One image into the store; `None`, and told, where it cannot be had.
    fn load(&self, planned: &PlannedImage) -> Result<Option<StoredImage>, RunError> {
        let path = self.context.plan.plate_root.join(&planned.path);
        let why = match &planned.format {
            Err(why) => why.clone(),
            Ok(format) => {
                let mut image = self.room.allocate(*format)?;
                let mut scratch = self.context.scratch.borrow();
                let bytes = image.view_mut().bytes;
                // Decoders are other people's code, and files are anybody's.
                let decode = || decode_into(&path, planned.page, *format, bytes, &mut scratch.decode);
                match catch_unwind(AssertUnwindSafe(decode)) {
                    Ok(Ok(())) => return Ok(Some(image)),
                    Ok(Err(error)) => error.to_string(),
                    Err(_) => format!(
                        "{}: the decoder failed on this file: it is damaged in a way that it does not know",
                        path.display()
                    ),
                }
            }
        };
        self.context.fail_source(planned.key, path, &why);
        Ok(None)
    }

    fn step(&mut self, place: usize) -> Result<(), RunError> {
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
        let work =
            StepWork { phases: self, step, place, groups: &groups, order: &order, progress: Progress::new() };
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
        context.sample(self.store);
        context.teller.tell(EventKind::StepDone {
            combination: id,
            step: place,
            images_in,
            images_out: self.images.iter().flatten().count(),
            secs: began.elapsed().as_secs_f64(),
        });
        Ok(())
    }

    fn save(&mut self, place: usize) -> Result<(), RunError> {
        let context = self.context;
        let began = Instant::now();
        let keep = context.plan.spec.pipeline.steps.get(place).is_some_and(|step| step.keep_images);
        let folder = step_folder(context.plan, place);
        let path_of =
            |key: ImageKey| format!("{folder}/{}_{key}.tif", file_name_of(&context.plan.plate_name));
        let one = |(item, image): (&Item, &StoredImage)| -> Result<(OutputImage, u64), RunError> {
            context.cancel.check()?;
            let path = keep.then(|| path_of(item.key));
            let bytes = match &path {
                Some(path) => write_tiff(&context.folder.join(path), image.view(), Compression::None, None)?,
                None => 0,
            };
            Ok((OutputImage { step: place, key: item.key, hash: content_hash(image.view()), path }, bytes))
        };
        let images: Vec<_> = self
            .items
            .iter()
            .zip(&self.images)
            .filter_map(|(item, image)| Some((item, image.as_ref()?)))
            .collect();
        let results: Vec<Result<(OutputImage, u64), RunError>> =
            context.pool.install(|| images.into_par_iter().map(one).collect());
        // What was written before a cancel or an error is told all the same.
        let mut saved = Vec::with_capacity(results.len());
        let mut fault = None;
        for result in results {
            match result {
                Ok(output) => saved.push(output),
                Err(error) => fault = fault.or(Some(error)),
            }
        }
        context.teller.tell(EventKind::Saved {
            combination: self.combination.id.clone(),
            step: place,
            images: if keep { saved.len() } else { 0 },
            bytes: saved.iter().map(|(_, bytes)| bytes).sum(),
            secs: began.elapsed().as_secs_f64(),
            outputs: saved.into_iter().map(|(output, _)| output).collect(),
        });
        fault.map_or(Ok(()), Err)
    }

    fn clear(self, high_water: bool) -> Result<(), RunError> {
        let Self { context, store, room, .. } = self;
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
            rss_peak: if high_water { context.probe.high_water_bytes() } else { None },
            counted_peak: store.take_counted_peak(),
            anonymous_after: after.and_then(|resident| resident.anonymous_bytes),
        });
        Ok(())
    }
}

/// The formats of every image and every result of a combination.
fn formats(combination: &CombinationPlan, pipeline: &PipelineSpec) -> Vec<ImageFormat> {
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
        let one = |image: &mut Option<StoredImage>| -> Result<StepNote, RunError> {
            let Some(image) = image else { return Ok(StepNote::default()) };
            context.cancel.check()?;
            let mut scratch = context.scratch.borrow();
            let note = work.step.run_in_place(image.view_mut(), &mut scratch.step, context.cancel);
            let note = note.map_err(run_error)?;
            work.one_done();
            Ok(note)
        };
        let notes: Vec<StepNote> =
            context.pool.install(|| images.par_iter_mut().map(one).collect::<Result<_, RunError>>())?;
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
        context.sample(self.phases.store);
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
                let images = take_all(&inputs, &self.groups[place]);
                {
                    let views: Vec<ImageRef<'_>> = images.iter().map(StoredImage::view).collect();
                    let mut scratch = context.scratch.borrow();
                    let note = self.step.run(&views, result.view_mut(), &mut scratch.step, context.cancel);
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

/// A plate's name as the beginning of a file name.
fn file_name_of(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || "-._ ".contains(c) { c } else { '-' }).collect()
}

/// Hash of size, type and pixels (little-endian), the same on every machine of one byte order.
fn content_hash(image: ImageRef<'_>) -> String {
    let mut hash = Xxh3::new();
    let ImageFormat { width, height, samples, pixel } = image.format;
    hash.update(format!("{width} {height} {samples} {} ", pixel.name()).as_bytes());
    hash.update(image.bytes);
    format!("{:032x}", hash.digest128())
}
