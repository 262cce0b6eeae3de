//! The resting memory of a worker: what it takes before it holds any image.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::combination::formats;
use super::combinations::Run;
use super::context::Context;
use super::emitter::Emitter;
use super::error::RunError;
use super::sampler::Sampler;
use super::tables::Tables;
use super::threads::ScratchSlots;
use crate::cancel::Cancel;
use crate::disk::Destination;
use crate::engine::request::{RunOrder, RunRequest};
use crate::events::Event;
use crate::image::{
    DecodeScratch, ImageFormat, ImageSource, PixelType, Reduction, decode_scratch_bytes, write_plane,
    write_tiff,
};
use crate::memory::{Probe, Resident, Store};
use crate::pipeline::{GroupImages, OwnImage, PlacedKey, ResolvedPipeline, Scratch, StepError, apply};
use crate::plan::{CombinationId, CombinationPlan, Group, Item, Plan, PlannedImage, PlannedWell, groups};
use crate::plate::{ImageKey, SaveAs, SitePosition, WellId};

/// The threads of a run.
pub(super) struct Threads<'a> {
    /// Those that do steps.
    pub(super) pool: &'a rayon::ThreadPool,
    /// Those that read ahead, where that is wanted.
    pub(super) ahead: Option<&'a rayon::ThreadPool>,
}

/// Median of ten samples after the threads have started, a small image has passed decoding, every step and encoding, and
/// a small run has passed all phases, with their scratch released: what they first touch is some megabytes of code, which
/// are not the images' memory. The image is in a file with the name of this stretch, because workers on many computers share
/// the folder. `unheard` is told the events of that run. `None` where the system does not tell, or the image cannot be written.
pub(super) fn resting_memory(
    folder: &Destination,
    order: &RunOrder,
    threads: &Threads<'_>,
    probe: &Probe,
    unheard: &(dyn Fn(Event) + Sync),
    cancel: &Cancel,
) -> Option<Resident> {
    let request = &order.request;
    let (plan, pool) = (&request.plan, threads.pool);
    let file = folder.join(format!(".warm-up {}.tif", order.stretch));
    pool.broadcast(|_| ());
    let is_warm = pool.install(|| warm_up(&file, plan));
    if is_warm {
        // What fails here fails in the run, which says so; a step that panics with so small an image need not fail there.
        let rehearsal = || rehearse(&file, folder, request, threads, probe, unheard, cancel);
        drop(catch_unwind(AssertUnwindSafe(rehearsal)));
    }
    // Its only use is over; that it may stay behind on a full disk is no harm.
    drop(file.remove_file());
    if !is_warm {
        // It would be less than what the run has before its first image.
        return None;
    }
    let mut samples: Vec<Resident> = Vec::with_capacity(10);
    for _ in 0..10 {
        samples.push(probe.resident()?);
        std::thread::sleep(Duration::from_millis(1));
    }
    samples.sort_by_key(|sample| sample.rss_bytes);
    samples.get(samples.len() / 2).copied()
}

/// The most bytes of what a step makes of the one small image. Settings that make more of it are first done in the
/// run, which was forecast and may have been refused; this is before that.
const MOST_RESULT_BYTES: u64 = 4_000_000;

/// The small image.
const FORMAT: ImageFormat = ImageFormat::grey(64, 64, PixelType::U16);

/// One image through everything. Errors do not matter here: the run will meet and tell them. Whether the image is in its
/// file.
fn warm_up(file: &Destination, plan: &Plan) -> bool {
    let format = FORMAT;
    let mut store = Store::new(plan.spec.after_clear, plan.spec.intermediates);
    let image_of = PlacedKey { key: key(plan, 1), position: Some(PLACE) };
    let Ok(room) = store.begin([format]) else { return false };
    let Ok(mut image) = room.allocate(format) else { return false };
    let (mut decode, mut scratch) = (DecodeScratch::new(), Scratch::default());
    if plan.spec.save_as == SaveAs::OmeZarr {
        drop(write_plane(std::slice::from_ref(file), image.view(), Reduction::Mean));
    }
    let saved = write_tiff(file, image.view(), plan.spec.compression, None).is_ok();
    // What fails here fails in the run, which says so; here only the code is to have been used.
    if saved {
        drop(ImageSource::file(file.path()).decode_into(format, image.view_mut().bytes, &mut decode));
    }
    let items = [Item { key: image_of.key, position: image_of.position, format: Some(format) }];
    for step in plan.pipeline.steps() {
        let is_small = |group: &&Group| {
            let made = group.results.iter().filter_map(|item| item.format).chain(group.reserves);
            group.has_result() && made.max_by_key(|format| format.bytes()).is_none_or(is_within)
        };
        for group in groups(step, &items).iter().filter(is_small) {
            let images = vec![OwnImage::copy_of(image.view())];
            let images = GroupImages { members: vec![image_of], images, reserves: group.reserves };
            let reserve = |format| Ok::<_, StepError>(OwnImage::new(format));
            drop(apply(step, images, &mut None, reserve, &mut scratch, &Cancel::new()));
        }
    }
    saved
}

/// Where the small image lies.
const PLACE: SitePosition = SitePosition { x_um: 0.0, y_um: 0.0 };

/// A site of a channel whose pixels have a known size, where there is one: some steps ask for it.
fn key(plan: &Plan, site: u32) -> ImageKey {
    let channel = plan.facts.pixel_sizes.iter().next().map_or(1, |(channel, _)| channel);
    ImageKey::new(WellId { row: 0, column: 0 }, site, channel, 1, 1)
}

fn is_within(made: ImageFormat) -> bool {
    made.bytes() <= MOST_RESULT_BYTES
}

/// Two combinations of the small image, one for each thread, through all phases. Nothing of it is kept.
fn rehearse(
    file: &Destination,
    folder: &Destination,
    request: &RunRequest,
    threads: &Threads<'_>,
    probe: &Probe,
    unheard: &(dyn Fn(Event) + Sync),
    cancel: &Cancel,
) -> Result<(), RunError> {
    let mut plan = request.plan.without_work();
    let count = plan.spec.threads;
    let image = |site: u32| PlannedImage {
        key: key(&plan, site),
        source: ImageSource::file(file.path()),
        position: Some(PLACE),
        acquired: None,
        format: Ok(FORMAT),
        decode_scratch_bytes: decode_scratch_bytes(FORMAT),
        stored_bytes: FORMAT.bytes(),
        shared: None,
    };
    let images: Vec<PlannedImage> = (1..).take(count).map(image).collect();
    let well = key(&plan, 1).well;
    let combination = |index: usize| CombinationPlan {
        id: CombinationId { index, well, more_wells: Vec::new(), values: BTreeMap::default() },
        begins: vec![PlannedWell { well, combinations: 2, missing: Vec::new(), further_missing: 0 }],
        images: images.clone(),
        missing: Vec::new(),
    };
    if !formats(&combination(0), &plan).into_iter().all(is_within) {
        plan.pipeline = ResolvedPipeline::default();
    }
    let context = Context {
        plan: &plan,
        folder,
        kept: &BTreeMap::new(),
        tables: &Tables::default(),
        emitter: &Emitter::new(request, unheard),
        cancel,
        probe,
        pool: threads.pool,
        reading: &ScratchSlots::new(count),
        stepping: &ScratchSlots::new(count),
        bytes_below: &AtomicU64::new(0),
        activity: &Mutex::new(None),
        sampler: &Sampler::default(),
    };
    let mut store = Store::new(plan.spec.after_clear, plan.spec.intermediates);
    let mut left = (0..2).map(combination);
    std::thread::scope(|scope| {
        Run { scope, context: &context, ahead: threads.ahead }.combinations(&mut store, &mut || left.next())
    })
}
