//! Reading the images of a combination into the store: at once, or ahead while the combination
//! before is still worked on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Scope, ScopedJoinHandle};

use super::activity::Activity;
use super::context::Context;
use super::error::RunError;
use super::panics::panic_text;
use super::throttle::Throttle;
use crate::engine::lock::locked;
use crate::events::EventKind;
use crate::image::{DecodeScratch, ImageFormat, ImageSource};
use crate::memory::{Room, StoreError, StoredImage};
use crate::plan::{CombinationPlan, Item, PlannedImage, Readings};

/// How many images before its turn the system is asked to prefetch a file, for each thread.
const PREFETCHED_PER_THREAD: usize = 4;

/// A combination with its images in memory.
pub(super) struct Loaded {
    pub(super) combination: CombinationPlan,
    pub(super) room: Room,
    /// The images as the plan has them, sorted by key.
    pub(super) items: Vec<Item>,
    /// Those that could be read, in the same order.
    pub(super) images: Vec<Option<StoredImage>>,
    /// Why reading ended early, where it did.
    pub(super) result: Result<(), RunError>,
}

/// Reads a combination that is wanted now.
pub(super) fn load(context: &Context<'_>, combination: CombinationPlan, room: Room) -> Loaded {
    let slots = combination.images.iter().map(|_| Mutex::default()).collect();
    Reader { context, pool: context.pool, is_awaited: &AtomicBool::new(true) }.read(combination, room, slots)
}

/// A combination that is being read while another is worked on.
pub(super) struct ReadingAhead<'scope> {
    thread: ScopedJoinHandle<'scope, Loaded>,
    is_awaited: Arc<AtomicBool>,
}

impl<'scope> ReadingAhead<'scope> {
    /// Begins to read. The slots of all images are taken before this returns, so that what is held
    /// while the other combination is worked on does not depend on how fast files are read.
    pub(super) fn begin<'env>(
        scope: &'scope Scope<'scope, 'env>,
        context: &'env Context<'env>,
        pool: &'env rayon::ThreadPool,
        combination: CombinationPlan,
        room: Room,
    ) -> Result<Self, RunError> {
        context.emitter.emit(EventKind::ReadingAhead {
            combination: combination.id.clone(),
            images: combination.images.len(),
        });
        let slot = |planned: &PlannedImage| -> Result<Mutex<Option<StoredImage>>, StoreError> {
            let image = planned.format.as_ref().ok().map(|format| room.allocate(*format)).transpose()?;
            Ok(Mutex::new(image))
        };
        let slots = combination.images.iter().map(slot).collect::<Result<_, _>>()?;
        let is_awaited = Arc::<AtomicBool>::default();
        let read = {
            let is_awaited = Arc::clone(&is_awaited);
            move || Reader { context, pool, is_awaited: &is_awaited }.read(combination, room, slots)
        };
        let thread = std::thread::Builder::new()
            .name("read ahead".to_owned())
            .spawn_scoped(scope, read)
            .map_err(|source| RunError::Io { path: context.folder.path().to_owned(), source })?;
        Ok(Self { thread, is_awaited })
    }

    /// Waits until all is read, and has progress told from now on.
    pub(super) fn finish(self) -> Result<Loaded, RunError> {
        self.is_awaited.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|panic| RunError::Panicked(panic_text(&*panic)))
    }
}

/// Reads one combination on the threads of a pool.
struct Reader<'a> {
    context: &'a Context<'a>,
    pool: &'a rayon::ThreadPool,
    /// Whether the run waits for it; progress is told then only.
    is_awaited: &'a AtomicBool,
}

impl Reader<'_> {
    /// Reads all images, in order, into their slots; those that are not taken yet are taken when an
    /// image's turn comes.
    fn read(
        &self,
        combination: CombinationPlan,
        room: Room,
        slots: Vec<Mutex<Option<StoredImage>>>,
    ) -> Loaded {
        let planned = &combination.images;
        let readings = Readings::of(planned);
        let (next, in_hand) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let progress = Throttle::new();
        let prefetch_distance = PREFETCHED_PER_THREAD * self.pool.current_num_threads();
        let prefetch = |nth: usize| {
            for soon in readings.get(nth).into_iter().flatten() {
                planned[soon].source.read_soon();
            }
        };
        let thread = |_: rayon::BroadcastContext<'_>| -> Result<(), RunError> {
            let mut scratch = None;
            loop {
                self.context.cancel.check()?;
                let nth = next.fetch_add(1, Ordering::Relaxed);
                let Some(places) = readings.get(nth) else { return Ok(()) };
                let together: Vec<&PlannedImage> = places.iter().map(|place| &planned[*place]).collect();
                let Some(first) = together.first() else { continue };
                self.context.begin(Activity::Reading(first.key));
                prefetch(nth + prefetch_distance);
                // Where there is less to read than there are threads, those without any take no scratch.
                let take = || self.context.reading.take(in_hand.fetch_add(1, Ordering::Relaxed));
                match &first.format {
                    // What the plan knows to be unreadable takes none either, as in the forecast.
                    Err(why) => self.fail(first, why),
                    Ok(format) => {
                        let taken = places.iter().map(|place| locked(&slots[*place]).take()).collect();
                        let scratch = scratch.get_or_insert_with(take);
                        let images = self.load_together(&room, &together, *format, taken, scratch)?;
                        for (place, image) in places.iter().zip(images) {
                            *locked(&slots[*place]) = Some(image);
                        }
                    }
                }
                for _ in &places {
                    progress.finish_one(|done| self.emit(&combination, done));
                }
            }
        };
        let result = self.pool.broadcast(thread).into_iter().collect();
        let images = slots.into_iter().map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner));
        // Keys are sorted in both lists, so each stored image finds the item with its key.
        let mut loaded = combination.images.iter().map(|planned| planned.key).zip(images).peekable();
        let items = combination.items();
        let find = |item: &Item| loaded.next_if(|(key, _)| *key == item.key).and_then(|(_, image)| image);
        let images = items.iter().map(find).collect();
        Loaded { combination, room, items, images, result }
    }

    fn emit(&self, combination: &CombinationPlan, done: usize) {
        if self.is_awaited.load(Ordering::Relaxed) {
            let of = combination.images.len();
            self.context.emitter.emit(EventKind::Preloading {
                combination: combination.id.clone(),
                done,
                of,
            });
        }
    }

    /// Images that are read in one go into the store; none of them, and told, where they cannot be read.
    fn load_together(
        &self,
        room: &Room,
        planned: &[&PlannedImage],
        format: ImageFormat,
        taken: Vec<Option<StoredImage>>,
        scratch: &mut DecodeScratch,
    ) -> Result<Vec<StoredImage>, RunError> {
        let stored = taken.into_iter().map(|taken| taken.map_or_else(|| room.allocate(format), Ok));
        let mut images: Vec<StoredImage> = stored.collect::<Result<_, _>>()?;
        let mut bytes: Vec<&mut [u8]> = images.iter_mut().map(|image| image.fresh_mut().bytes).collect();
        // Decoders are other people's code, and files are anybody's.
        let decode = || match (planned, &mut bytes[..]) {
            ([only], [bytes]) => only.source.decode_into(format, bytes, scratch),
            _ => {
                let sources: Vec<&ImageSource> = planned.iter().map(|image| &image.source).collect();
                let goes_on = || !self.context.cancel.is_cancelled();
                ImageSource::decode_together(&sources, format, &mut bytes, scratch, &goes_on)
            }
        };
        let decoded = catch_unwind(AssertUnwindSafe(decode));
        if planned.len() > 1 {
            self.context.cancel.check()?;
        }
        let why = match decoded {
            Ok(Ok(())) => return Ok(images),
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => None,
        };
        for image in planned {
            let panicked = || {
                format!("{}: the decoder failed on this file: it is damaged in an unknown way", image.source)
            };
            self.fail(image, &why.clone().unwrap_or_else(panicked));
        }
        Ok(Vec::new())
    }

    fn fail(&self, planned: &PlannedImage, why: &str) {
        self.context.fail_source(planned.key, planned.source.path(), why);
    }
}
